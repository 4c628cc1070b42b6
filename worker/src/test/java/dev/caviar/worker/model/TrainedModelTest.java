package dev.caviar.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.proto.v1.CsvSource;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.Model;
import dev.caviar.proto.v1.Provenance;
import dev.caviar.proto.v1.Task;
import dev.caviar.proto.v1.Tensor;
import dev.caviar.worker.backend.Examples;
import dev.caviar.worker.backend.Trainer.Evaluation;
import dev.caviar.worker.data.DataSplits;
import dev.caviar.worker.data.Dataset;
import dev.caviar.worker.data.Normalization;
import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainedModelTest {
  private static final NetworkConfig CLASSIFIER =
      NetworkConfig.classifier(2, List.of(3), 2, Activation.RELU);
  private static final Provenance PROVENANCE =
      Provenance.newBuilder()
          .setSweepId("s1")
          .setTrial(7)
          .setData(
              DataSource.newBuilder().setCsv(CsvSource.newBuilder().setPath("x").setLabel("kind")))
          .build();

  @TempDir private Path directory;

  private static NetworkState state() {
    Map<String, float[]> tensors = new HashMap<>();
    tensors.put("layer0.weights", new float[] {1, -2, 0.5f, 3, 1, -1});
    tensors.put("layer0.weights.m", new float[6]);
    tensors.put("layer0.gamma", new float[] {1, 2, 0.5f});
    tensors.put("layer0.beta", new float[] {0.1f, 0, -0.5f});
    tensors.put("layer0.running_mean", new float[] {0.5f, -1, 0});
    tensors.put("layer0.running_variance", new float[] {1, 4, 0});
    tensors.put("layer1.weights", new float[] {1, -1, 0.5f, 2, -1, 0});
    tensors.put("layer1.bias", new float[] {0.25f, -0.25f});
    return new NetworkState(99, tensors);
  }

  private static DataSplits splits(Task task, List<String> classes, Normalization normalization) {
    var none = new Examples(0, 2, new float[0], 1, new float[0]);
    return new DataSplits(
        new Dataset(none, null, task, classes, List.of("a", "b"), "abc"),
        none,
        none,
        none,
        normalization);
  }

  private static TrainedModel classifier(NetworkConfig config) {
    var normalization = new Normalization(new float[] {1, 10}, new float[] {2, 5});
    return TrainedModel.of(
        config,
        state(),
        splits(Task.CLASSIFICATION, List.of("cat", "dog"), normalization),
        PROVENANCE);
  }

  @ParameterizedTest
  @EnumSource
  void predictsAsTheFormulasSay(Activation activation) {
    TrainedModel model = classifier(NetworkConfig.classifier(2, List.of(3), 2, activation));
    float[] rows = {3, 5, -1, 20, 1, 10};

    float[] probabilities = model.predict(rows, 3);

    for (int row = 0; row < 3; row++) {
      double[] expected = reference(activation, rows[2 * row], rows[2 * row + 1]);
      assertThat((double) probabilities[2 * row]).isCloseTo(expected[0], within(1e-6));
      assertThat((double) probabilities[2 * row + 1]).isCloseTo(expected[1], within(1e-6));
    }
    assertThat(rows).containsExactly(3, 5, -1, 20, 1, 10);
  }

  /** The same network, written out in double precision. */
  private static double[] reference(Activation activation, double a, double b) {
    Map<String, float[]> t = state().tensors();
    double[] x = {(a - 1) / 2, (b - 10) / 5};
    double[] hidden = new double[3];
    for (int j = 0; j < 3; j++) {
      double z = x[0] * at(t, "layer0.weights", j) + x[1] * at(t, "layer0.weights", 3 + j);
      double normal =
          (z - at(t, "layer0.running_mean", j))
              / Math.sqrt(at(t, "layer0.running_variance", j) + 1e-5);
      double shifted = at(t, "layer0.gamma", j) * normal + at(t, "layer0.beta", j);
      hidden[j] =
          switch (activation) {
            case RELU -> Math.max(0, shifted);
            case TANH -> Math.tanh(shifted);
            case SIGMOID -> 1 / (1 + Math.exp(-shifted));
          };
    }
    double[] z = {at(t, "layer1.bias", 0), at(t, "layer1.bias", 1)};
    for (int i = 0; i < 3; i++) {
      z[0] += hidden[i] * at(t, "layer1.weights", 2 * i);
      z[1] += hidden[i] * at(t, "layer1.weights", 2 * i + 1);
    }
    double first = 1 / (1 + Math.exp(z[1] - z[0]));
    return new double[] {first, 1 - first};
  }

  private static double at(Map<String, float[]> tensors, String name, int index) {
    float[] tensor = tensors.get(name);
    assertThat(tensor).isNotNull();
    return tensor == null ? Double.NaN : tensor[index];
  }

  private static TrainedModel line(Normalization normalization) {
    var config =
        new NetworkConfig(
            2, List.of(), 1, Activation.RELU, Loss.SQUARED_ERROR, true, 0.9f, 1e-5f, 0);
    var state =
        new NetworkState(
            0, Map.of("layer0.weights", new float[] {2, 3}, "layer0.bias", new float[] {1}));
    return TrainedModel.of(
        config, state, splits(Task.REGRESSION, List.of(), normalization), PROVENANCE);
  }

  @Test
  void predictsARegression() {
    TrainedModel model = line(Normalization.none());

    assertThat(model.predict(new float[] {1, 1, 0, -1}, 2)).containsExactly(6, -2);
    var examples = new Examples(2, 2, new float[] {1, 1, 0, -1}, 1, new float[] {6, 2});
    assertThat(model.evaluate(examples)).isEqualTo(new Evaluation(8, Math.sqrt(8)));
    assertThat(model.predict(new float[0], 0)).isEmpty();
  }

  @Test
  void evaluatesAClassification() {
    TrainedModel model = classifier(CLASSIFIER);
    float[] rows = {3, 5, -1, 20};
    float[] probabilities = model.predict(rows, 2);
    int first = model.predictedClass(probabilities, 0);
    int second = model.predictedClass(probabilities, 1);
    Evaluation evaluation =
        model.evaluate(new Examples(2, 2, rows, 1, new float[] {first, 1 - second}));

    assertThat(evaluation.error()).isEqualTo(0.5);
    double loss = -(Math.log(probabilities[first]) + Math.log(probabilities[2 + 1 - second])) / 2;
    assertThat(evaluation.loss()).isCloseTo(loss, within(1e-4));
  }

  @Test
  void saturatedOutputsStayFinite() {
    Map<String, float[]> tensors = new HashMap<>(state().tensors());
    tensors.put("layer1.bias", new float[] {3e38f, -3e38f});
    var normalization = Normalization.none();
    TrainedModel model =
        TrainedModel.of(
            CLASSIFIER,
            new NetworkState(0, tensors),
            splits(Task.CLASSIFICATION, List.of("cat", "dog"), normalization),
            PROVENANCE);

    assertThat(model.predict(new float[] {1, 1}, 1)).containsExactly(1, 0);
  }

  @Test
  void refusesRowsOfAnotherWidth() {
    TrainedModel model = classifier(CLASSIFIER);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model.predict(new float[3], 1))
        .withMessageContaining("3 features for 1 rows; the model takes 2 of each");
  }

  @Test
  void comesBackFromAFile() throws IOException {
    TrainedModel model = classifier(CLASSIFIER);
    Path file = directory.resolve("best.model");
    Files.writeString(file, "an older model");

    model.write(file);
    TrainedModel read = TrainedModel.read(file);

    assertThat(read.toProto()).isEqualTo(model.toProto());
    assertThat(read.network()).isEqualTo(CLASSIFIER);
    assertThat(read.classNames()).containsExactly("cat", "dog");
    assertThat(read.provenance()).isEqualTo(PROVENANCE);
    assertThat(read.state().has("layer0.weights.m")).isFalse();
    assertThat(read.signature().featureNames()).containsExactly("a", "b");
    assertThat(read.signature().label()).isEqualTo("kind");
    float[] rows = {1, 2};
    assertThat(read.predict(rows, 1)).isEqualTo(model.predict(rows, 1));
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void aFailedWriteLeavesNothingBehind() throws IOException {
    TrainedModel model = classifier(CLASSIFIER);
    assertThatThrownBy(() -> model.write(directory.resolve("none").resolve("best.model")))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("there is no such directory");
    Path occupied = Files.createDirectory(directory.resolve("occupied"));
    Files.createFile(occupied.resolve("file"));
    assertThatThrownBy(() -> model.write(occupied))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("cannot be written");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(occupied);
    }
  }

  @Test
  void refusesWhatIsNoFile() {
    Path none = directory.resolve("none");
    assertThatThrownBy(() -> TrainedModel.read(none))
        .isInstanceOf(ModelException.class)
        .hasMessage(none + ": no such file on this machine");
    assertThatThrownBy(() -> TrainedModel.read(directory))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("is a directory");
  }

  @Test
  void refusesAFileTooLargeToBeAModel() throws IOException {
    Path file = directory.resolve("large");
    try (var large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(1L << 40); // Sparse: it takes no room on the disk.
    }
    assertThatThrownBy(() -> TrainedModel.read(file))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("has 1099511627776 bytes");
  }

  @Test
  void refusesEveryFileCutShort() {
    byte[] bytes = classifier(CLASSIFIER).toProto().toByteArray();
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> TrainedModel.parse(cut)).isInstanceOf(ModelException.class);
    }
    assertThat(TrainedModel.parse(bytes).task()).isEqualTo(Task.CLASSIFICATION);
  }

  @Test
  void noChangedByteDoesWorseThanAModelException() {
    byte[] bytes = classifier(CLASSIFIER).toProto().toByteArray();
    for (int at = 0; at < bytes.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] changed = bytes.clone();
        changed[at] ^= (byte) (1 << bit);
        try {
          TrainedModel.parse(changed).predict(new float[2], 1);
        } catch (ModelException e) {
          assertThat(e).hasMessageStartingWith("model: ");
        } catch (IllegalArgumentException e) {
          // Another number of inputs, which the rows of this test do not fit.
          assertThat(e).hasMessageContaining("the model takes");
        }
      }
    }
  }

  @Test
  void refusesModelsThatContradictThemselves() {
    assertRefused(model -> model.clearFormatVersion(), "no format version");
    assertRefused(model -> model.setFormatVersion(2), "format version is 2; this Caviar reads 1");
    assertRefused(model -> model.removeTensors(0), "no tensor named layer0.beta");
    assertRefused(model -> model.getTensorsBuilder(0).addValues(1), "layer0.beta has 4 numbers");
    assertRefused(
        model -> model.addTensors(Tensor.newBuilder().setName("layer9.bias")), "layer9.bias");
    assertRefused(model -> model.addTensors(model.getTensors(0)), "two tensors named layer0.beta");
    assertRefused(
        model -> model.getTensorsBuilder(0).setValues(1, Float.NaN), "layer0.beta[1] is NaN");
    assertRefused(
        model -> model.getTensorsBuilder(3).setValues(0, -1), "layer0.running_variance[0] is -1");
    assertRefused(model -> model.getNormalizationBuilder().addMean(1), "3 means and 2 deviations");
    assertRefused(
        model -> model.getNormalizationBuilder().addMean(1).addDeviation(1),
        "normalises 3 inputs of 2");
    assertRefused(model -> model.getNormalizationBuilder().setDeviation(1, 0), "deviation 0.0");
    assertRefused(model -> model.addClassNames("cow"), "names 3 classes of 2");
    assertRefused(model -> model.setClassNames(1, "cat"), "the same name");
    assertRefused(model -> model.addFeatureNames("c"), "names 3 inputs of 2");
    assertRefused(model -> model.clearTask(), "no task");
    assertRefused(model -> model.setTask(Task.REGRESSION), "cannot have the loss");
    assertRefused(model -> model.clearNetwork(), "unknown activation ''");
    assertRefused(model -> model.getNetworkBuilder().setActivation("gelu"), "'gelu'");
  }

  private static void assertRefused(Consumer<Model.Builder> change, String message) {
    Model.Builder model = classifier(CLASSIFIER).toProto().toBuilder();
    change.accept(model);
    assertThatThrownBy(() -> TrainedModel.parse(model.build().toByteArray()))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message);
    assertThatThrownBy(() -> TrainedModel.of(model.build())).isInstanceOf(ModelException.class);
  }

  @Test
  void refusesADivergedNetwork() {
    Map<String, float[]> tensors = new HashMap<>(state().tensors());
    tensors.put("layer1.bias", new float[] {Float.POSITIVE_INFINITY, 0});
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                TrainedModel.of(
                    CLASSIFIER,
                    new NetworkState(0, tensors),
                    splits(Task.CLASSIFICATION, List.of("cat", "dog"), Normalization.none()),
                    PROVENANCE))
        .withMessageContaining("layer1.bias[0] is Infinity");
  }
}
