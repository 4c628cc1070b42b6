package dev.caviar.worker.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.Initializer;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import dev.caviar.worker.network.Optimizer;
import dev.caviar.worker.network.OptimizerSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CpuBackendTest {
  private static final int INPUTS = 9;
  private static final int OUTPUTS = 5;
  private static final int BATCH = 32;
  private static final Examples EXAMPLES = classification(600);
  private static final int[] ORDER = new Random(4).ints(2_000, 0, 600).toArray();
  private static final OptimizerSettings ADAM = OptimizerSettings.adam(0.01f);

  private final CpuBackend backend = new CpuBackend();

  static Stream<Arguments> trainings() {
    return Stream.of(Optimizer.values())
        .flatMap(
            optimizer ->
                Stream.of(true, false)
                    .flatMap(
                        batchNorm ->
                            Stream.of(0f, 0.3f)
                                .map(dropout -> Arguments.of(optimizer, batchNorm, dropout))));
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void theLibrariesAndTheVectorApiAreInUse() {
    CpuBackend.Diagnosis diagnosis = backend.diagnose();

    assertThat(diagnosis.problems()).isEmpty();
    assertThat(diagnosis.kernel()).isNotBlank();
    assertThat(diagnosis.vectorApi()).isTrue();
    assertThat(diagnosis.gigaflops()).isPositive();
    assertThat(diagnosis.description()).contains("OpenBLAS 0.3.31", "oneDNN 3.11", "Vector API");
  }

  @ParameterizedTest
  @MethodSource("trainings")
  void resumingFromAStateIsExact(Optimizer optimizer, boolean batchNorm, float dropout) {
    NetworkConfig config = config(batchNorm, dropout);
    OptimizerSettings settings = settings(optimizer);
    Trainer whole = trainer(config);
    train(whole, 0, 20, settings);

    Trainer first = trainer(config);
    train(first, 0, 10, settings);
    NetworkState half = first.state();
    train(first, 10, 5, settings); // What the first does now must not reach into the copy.
    Trainer second = backend.newTrainer(config, BATCH, half, 2);
    train(second, 10, 10, settings);

    assertSame(second.state(), whole.state());
    assertThat(second.state().step()).isEqualTo(20);
  }

  @Test
  void trainersSideBySideDoWhatOneDoesAlone() throws Exception {
    NetworkConfig config = config(true, 0.3f);
    Trainer alone = trainer(config);
    train(alone, 0, 60, ADAM);
    var together = new CyclicBarrier(2);
    Callable<NetworkState> training =
        () -> {
          Trainer trainer = trainer(config);
          together.await();
          train(trainer, 0, 60, ADAM);
          return trainer.state();
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      for (Future<NetworkState> state : threads.invokeAll(List.of(training, training))) {
        assertSame(state.get(), alone.state());
      }
    }
  }

  @Test
  void trainsOnTheRowsThatTheOrderNames() {
    NetworkConfig config = config(true, 0f);
    Trainer byOrder = trainer(config);
    byOrder.step(EXAMPLES, new int[] {99, 7, 300, 7, 599, 0}, 1, 4, ADAM);

    Trainer copied = trainer(config);
    copied.step(rows(EXAMPLES, 7, 300, 7, 599), new int[] {0, 1, 2, 3}, 0, 4, ADAM);

    assertSame(byOrder.state(), copied.state());
    Trainer other = trainer(config);
    other.step(rows(EXAMPLES, 99, 7, 300, 7), new int[] {0, 1, 2, 3}, 0, 4, ADAM);
    assertThat(other.state().tensor("layer0.weights", INPUTS * 17))
        .isNotEqualTo(copied.state().tensor("layer0.weights", INPUTS * 17));
  }

  @Test
  void aSmallerLastBatchLeavesNothingOfTheOneBefore() {
    NetworkConfig config = config(true, 0.3f);
    Trainer trainer = trainer(config);
    train(trainer, 0, 3, ADAM);
    Trainer fresh = backend.newTrainer(config, 5, trainer.state(), 2);

    double loss = trainer.step(EXAMPLES, ORDER, 7, 5, ADAM);

    assertThat(fresh.step(EXAMPLES, ORDER, 7, 5, ADAM)).isEqualTo(loss);
    assertSame(trainer.state(), fresh.state());
  }

  @Test
  void aBatchOfOneIsTrainedOn() {
    Trainer trainer = trainer(config(true, 0f));

    double loss = trainer.step(EXAMPLES, ORDER, 0, 1, ADAM);

    assertThat(loss).isFinite().isPositive();
    for (float[] tensor : trainer.state().tensors().values()) {
      for (float number : tensor) {
        assertThat(number).isFinite();
      }
    }
    // Normalised, a single example is 0 in each unit: no gradient gets past that.
    assertThat(trainer.state().tensor("layer0.weights.m", INPUTS * 17)).containsOnly(0f);
    assertThat(trainer.state().tensor("layer2.bias.m", OUTPUTS)).doesNotContain(0f);
  }

  @Test
  void trainingLearnsWhatThereIsToLearn() {
    Trainer trainer = trainer(config(true, 0f));
    double before = trainer.evaluate(EXAMPLES).error();
    for (int epoch = 0; epoch < 10; epoch++) {
      train(trainer, 0, 60, ADAM);
    }

    assertThat(before).isGreaterThan(0.5);
    assertThat(trainer.evaluate(EXAMPLES).error()).isLessThan(0.1);
  }

  @Test
  void evaluationIsThatOfThePredictions() {
    Trainer trainer = trainer(config(true, 0.3f));
    train(trainer, 0, 20, ADAM);
    float[] outputs = new float[600 * OUTPUTS];
    trainer.predict(EXAMPLES, outputs);

    double loss = 0;
    int wrong = 0;
    for (int i = 0; i < 600; i++) {
      float[] row = Arrays.copyOfRange(outputs, i * OUTPUTS, (i + 1) * OUTPUTS);
      int label = (int) EXAMPLES.targets()[i];
      assertThat(IntStream.range(0, OUTPUTS).mapToDouble(j -> row[j]).sum())
          .isCloseTo(1, offset(1e-5));
      loss -= Math.log(row[label]) / 600;
      wrong += IntStream.range(0, OUTPUTS).anyMatch(j -> row[j] > row[label]) ? 1 : 0;
    }

    Trainer.Evaluation evaluation = trainer.evaluate(EXAMPLES);
    assertThat(evaluation.loss()).isCloseTo(loss, offset(1e-5));
    assertThat(evaluation.error()).isEqualTo(wrong / 600.0);
    assertThat(wrong).isBetween(1, 599);
  }

  @Test
  void evaluationInPiecesIsThatOfTheExamplesOneByOne() {
    Trainer trainer = trainer(config(true, 0f));
    train(trainer, 0, 20, ADAM);
    double loss = 0;
    double error = 0;
    for (int i = 0; i < 600; i++) {
      Trainer.Evaluation one = trainer.evaluate(rows(EXAMPLES, i));
      loss += one.loss() / 600;
      error += one.error() / 600;
    }

    Trainer.Evaluation all = trainer.evaluate(EXAMPLES);
    assertThat(all.loss()).isCloseTo(loss, offset(1e-5));
    assertThat(all.error()).isCloseTo(error, offset(1e-9));
  }

  @Test
  void evaluationChangesNothing() {
    NetworkConfig config = config(true, 0.3f);
    Trainer watched = trainer(config);
    Trainer unwatched = trainer(config);
    for (int i = 0; i < 5; i++) {
      train(watched, i, 1, ADAM);
      watched.evaluate(EXAMPLES);
      train(unwatched, i, 1, ADAM);
    }

    assertSame(watched.state(), unwatched.state());
  }

  @Test
  void aRegressionsErrorIsTheRootOfItsMeanSquare() {
    NetworkConfig config =
        new NetworkConfig(
            INPUTS, List.of(17), 2, Activation.TANH, Loss.SQUARED_ERROR, true, 0.9f, 1e-5f, 0f);
    Random random = new Random(8);
    Examples examples =
        new Examples(300, INPUTS, gaussian(random, 300 * INPUTS), 2, gaussian(random, 600));
    Trainer trainer = trainer(config);
    float[] outputs = new float[600];
    trainer.predict(examples, outputs);
    double square = 0;
    for (int i = 0; i < 600; i++) {
      square += Math.pow((double) outputs[i] - examples.targets()[i], 2) / 600;
    }

    assertThat(trainer.evaluate(examples).loss()).isCloseTo(square, offset(1e-5));
    assertThat(trainer.evaluate(examples).error()).isCloseTo(Math.sqrt(square), offset(1e-5));
  }

  @Test
  void aLossThatIsNotANumberIsHandedOn() {
    Trainer trainer = trainer(config(true, 0f));
    float[] features = EXAMPLES.features().clone();
    features[0] = Float.NaN;
    Examples broken = new Examples(600, INPUTS, features, 1, EXAMPLES.targets());

    assertThat(trainer.step(broken, new int[] {0, 1, 2}, 0, 3, ADAM)).isNaN();
    assertThat(trainer.evaluate(EXAMPLES).loss()).isNaN();
    assertThat(trainer.evaluate(EXAMPLES).error()).isEqualTo(1);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    NetworkConfig config = config(true, 0f);
    NetworkState initial = Initializer.initialize(config, 1);
    Trainer trainer = trainer(config);
    Examples wide = new Examples(1, INPUTS + 1, new float[INPUTS + 1], 1, new float[1]);
    Examples twoTargets = new Examples(1, INPUTS, new float[INPUTS], 2, new float[2]);

    refused("features", () -> trainer.step(wide, ORDER, 0, 1, ADAM));
    refused("features", () -> trainer.predict(wide, new float[OUTPUTS]));
    refused("targets", () -> trainer.step(twoTargets, ORDER, 0, 1, ADAM));
    refused("targets", () -> trainer.evaluate(twoTargets));
    refused("batch", () -> trainer.step(EXAMPLES, ORDER, 0, 0, ADAM));
    refused("batch", () -> trainer.step(EXAMPLES, ORDER, 0, BATCH + 1, ADAM));
    refused("outputs", () -> trainer.predict(EXAMPLES, new float[600 * OUTPUTS - 1]));
    refused("no examples", () -> trainer.evaluate(rows(EXAMPLES)));
    refused("batch", () -> backend.newTrainer(config, 0, initial, 2));
  }

  @Test
  void aStateThatDoesNotFitIsRefused() {
    NetworkConfig config = config(true, 0f);
    for (String name : List.of("layer0.weights", "layer1.gamma", "layer1.running_variance")) {
      var missing = new TreeMap<>(Initializer.initialize(config, 1).tensors());
      missing.remove(name);
      refused(name, () -> backend.newTrainer(config, BATCH, new NetworkState(0, missing), 2));
      var longer = new TreeMap<>(Initializer.initialize(config, 1).tensors());
      longer.put(name, new float[1_000]);
      refused(name, () -> backend.newTrainer(config, BATCH, new NetworkState(0, longer), 2));
    }
    var moments = new TreeMap<>(Initializer.initialize(config, 1).tensors());
    moments.put("layer2.bias.m", new float[OUTPUTS + 1]);
    refused(
        "layer2.bias.m", () -> backend.newTrainer(config, BATCH, new NetworkState(1, moments), 2));
  }

  private static void refused(String word, Runnable call) {
    assertThatIllegalArgumentException().isThrownBy(call::run).withMessageContaining(word);
  }

  private static NetworkConfig config(boolean batchNorm, float dropout) {
    return new NetworkConfig(
        INPUTS,
        List.of(17, 16),
        OUTPUTS,
        Activation.RELU,
        Loss.SOFTMAX_CROSS_ENTROPY,
        batchNorm,
        0.9f,
        1e-5f,
        dropout);
  }

  private static OptimizerSettings settings(Optimizer optimizer) {
    return new OptimizerSettings(optimizer, 0.01f, 0.9f, 0.9f, 0.999f, 1e-8f, 1e-3f);
  }

  private Trainer trainer(NetworkConfig config) {
    return backend.newTrainer(config, BATCH, Initializer.initialize(config, 1), 2);
  }

  private static void train(
      Trainer trainer, int firstBatch, int steps, OptimizerSettings settings) {
    for (int i = firstBatch; i < firstBatch + steps; i++) {
      trainer.step(EXAMPLES, ORDER, i * BATCH, BATCH, settings);
    }
  }

  private static void assertSame(NetworkState found, NetworkState expected) {
    assertThat(found.step()).isEqualTo(expected.step());
    assertThat(found.tensors().keySet()).isEqualTo(expected.tensors().keySet());
    for (Map.Entry<String, float[]> tensor : expected.tensors().entrySet()) {
      assertThat(found.tensors().get(tensor.getKey()))
          .as(tensor.getKey())
          .isEqualTo(tensor.getValue());
    }
  }

  /** Each class has its own place, with noise about it. */
  private static Examples classification(int count) {
    Random random = new Random(3);
    float[] features = gaussian(random, count * INPUTS);
    float[] classes = new float[count];
    for (int i = 0; i < count; i++) {
      classes[i] = random.nextInt(OUTPUTS);
      features[i * INPUTS + (int) classes[i]] += 4;
    }
    return new Examples(count, INPUTS, features, 1, classes);
  }

  private static Examples rows(Examples examples, int... rows) {
    float[] features = new float[rows.length * INPUTS];
    float[] targets = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(examples.features(), rows[i] * INPUTS, features, i * INPUTS, INPUTS);
      targets[i] = examples.targets()[rows[i]];
    }
    return new Examples(rows.length, INPUTS, features, 1, targets);
  }

  private static float[] gaussian(Random random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }
}
