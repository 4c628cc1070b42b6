package dev.caviar.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.proto.v1.CsvSource;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.ModelReport;
import dev.caviar.proto.v1.Provenance;
import dev.caviar.proto.v1.ReportedExample;
import dev.caviar.proto.v1.Task;
import dev.caviar.worker.backend.Examples;
import dev.caviar.worker.data.DataSplits;
import dev.caviar.worker.data.Dataset;
import dev.caviar.worker.data.Normalization;
import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DevReportTest {
  private static final DataSource DIGITS = DataSource.newBuilder().setBuiltin("digits").build();
  private static final int EXAMPLES = 200;

  /** Pictures of 2 by 2, brightest where their class is; every tenth is called something else. */
  private static DataSplits splits(Normalization normalization) {
    Random random = new Random(5);
    float[] features = new float[4 * EXAMPLES];
    float[] targets = new float[EXAMPLES];
    for (int row = 0; row < EXAMPLES; row++) {
      int brightest = row % 4;
      for (int i = 0; i < 4; i++) {
        features[4 * row + i] = (i == brightest ? 9 : 1) + random.nextFloat();
      }
      targets[row] = row % 10 == 9 ? (brightest + 1) % 4 : brightest;
    }
    normalization.applyInPlace(features, EXAMPLES);
    var dev = new Examples(EXAMPLES, 4, features, 1, targets);
    var none = new Examples(0, 4, new float[0], 1, new float[0]);
    return new DataSplits(
        new Dataset(none, null, Task.CLASSIFICATION, List.of("a", "b", "c", "d"), List.of(), "x"),
        none,
        dev,
        none,
        normalization);
  }

  /** Takes the brightest place for the class. */
  private static TrainedModel model(DataSplits splits) {
    float[] weights = new float[16];
    for (int i = 0; i < 4; i++) {
      weights[5 * i] = 1;
    }
    return TrainedModel.of(
        new NetworkConfig(
            4, List.of(), 4, Activation.RELU, Loss.SOFTMAX_CROSS_ENTROPY, true, 0.9f, 1e-5f, 0),
        new NetworkState(0, Map.of("layer0.weights", weights, "layer0.bias", new float[4])),
        splits,
        Provenance.getDefaultInstance());
  }

  @Test
  void countsWhichClassIsTakenForWhich() {
    DataSplits splits = splits(Normalization.none());
    ModelReport report = DevReport.of(model(splits), splits, DIGITS);

    assertThat(report.getClassNamesList()).containsExactly("a", "b", "c", "d");
    int all = report.getConfusionList().stream().mapToInt(Integer::intValue).sum();
    int right = 0;
    for (int i = 0; i < 4; i++) {
      right += report.getConfusion(5 * i);
    }
    assertThat(all).isEqualTo(EXAMPLES);
    assertThat(right).isEqualTo(EXAMPLES - 20);
    // Every tenth is called by the next class; taken for the one before that.
    assertThat(report.getConfusion(4)).isEqualTo(0);
    assertThat(report.getConfusion(2 * 4 + 1)).isPositive();
  }

  @Test
  void showsWhatItIsMostWronglySureOfFirstAndThenEachClass() {
    DataSplits splits = splits(Normalization.none());
    ModelReport report = DevReport.of(model(splits), splits, DIGITS);
    List<ReportedExample> examples = report.getExamplesList();

    assertThat(examples).hasSize(2 * DevReport.SHOWN);
    List<ReportedExample> wrong = examples.subList(0, DevReport.SHOWN);
    assertThat(wrong).allMatch(example -> example.getIndex() % 10 == 9);
    assertThat(wrong.stream().map(DevReportTest::surest).toList())
        .isSortedAccordingTo((a, b) -> Float.compare(b, a));
    List<ReportedExample> right = examples.subList(DevReport.SHOWN, examples.size());
    assertThat(right.subList(0, 4))
        .extracting(ReportedExample::getTarget)
        .containsExactlyInAnyOrder(0.0, 1.0, 2.0, 3.0);
    assertThat(examples)
        .allSatisfy(
            example -> {
              assertThat(example.getPixels().size()).isEqualTo(4);
              assertThat(example.getPixels().byteAt(example.getIndex() % 4) & 0xff).isEqualTo(255);
              double sum = example.getOutputsList().stream().mapToDouble(Float::doubleValue).sum();
              assertThat(sum).isCloseTo(1, within(1e-5));
            });
    assertThat(report.getWidth()).isEqualTo(2);
  }

  private static float surest(ReportedExample example) {
    return example.getOutputsList().stream().max(Float::compare).orElseThrow();
  }

  /** The model normalises what it is given, so it must be given what was there before. */
  @Test
  void isTheSameHoweverTheInputsWereNormalised() {
    Normalization normalization =
        new Normalization(new float[] {1, 2, 3, 4}, new float[] {3, 3, 3, 3});
    DataSplits normalised = splits(normalization);
    DataSplits plain = splits(Normalization.none());
    ModelReport report = DevReport.of(model(normalised), normalised, DIGITS);

    assertThat(report.getExamples(0).getPixels().size()).isEqualTo(4);
    List<Integer> shown = report.getExamplesList().stream().map(ReportedExample::getIndex).toList();
    assertThat(shown).doesNotHaveDuplicates();
    for (ReportedExample example : report.getExamplesList()) {
      float[] row =
          Arrays.copyOfRange(
              plain.dev().features(), 4 * example.getIndex(), 4 * example.getIndex() + 4);
      assertThat(model(normalised).predict(row, 1)[0])
          .isCloseTo(example.getOutputs(0), within(1e-5f));
    }
  }

  @Test
  void onlyPicturesAreSentAlong() {
    DataSplits splits = splits(Normalization.none());
    DataSource table = DataSource.newBuilder().setCsv(CsvSource.getDefaultInstance()).build();
    ModelReport report = DevReport.of(model(splits), splits, table);

    assertThat(report.getWidth()).isZero();
    assertThat(report.getExamplesList()).allMatch(example -> example.getPixels().isEmpty());
  }
}
