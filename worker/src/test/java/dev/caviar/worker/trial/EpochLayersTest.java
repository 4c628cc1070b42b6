package dev.caviar.worker.trial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.proto.v1.BatchNormStatistics;
import dev.caviar.proto.v1.LayerStatistics;
import dev.caviar.worker.backend.Examples;
import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Networks made by hand, of which it is known how they are. */
class EpochLayersTest {
  private static final float EPSILON = 1e-3f;

  /** Two hundred examples of a single feature: −1 and 1 by turns. */
  private static final Examples EXAMPLES = examples(200);

  private static Examples examples(int count) {
    float[] features = new float[count];
    for (int i = 0; i < count; i++) {
      features[i] = i % 2 == 0 ? -1 : 1;
    }
    return new Examples(count, 1, features, 1, new float[count]);
  }

  @Test
  void countsUnitsThatAreZeroForAllExamples() {
    // max(0, x), 0 for half of them; max(0, x − 3), always 0; x + 3, never.
    LayerStatistics layer =
        without(Activation.RELU, new float[] {1, 1, 1}, new float[] {0, -3, 3}, EXAMPLES);
    assertThat(layer.getUnits()).isEqualTo(3);
    assertThat(layer.getDeadUnits()).isEqualTo(1);
    assertThat(layer.hasBatchNorm()).isFalse();
  }

  @Test
  void countsUnitsThatStayAtOneEnd() {
    // tanh of ±5, at both ends by turns; of 5 ± 0.1 and −5 ± 0.1, at one; of 1.5 ± 0.1, at none.
    float[] weights = {5, 0.1f, 0.1f, 0.1f};
    float[] biases = {0, 5, -5, 1.5f};
    assertThat(without(Activation.TANH, weights, biases, EXAMPLES).getDeadUnits()).isEqualTo(2);
    // The logistic function of 5 is 0.9933, of −5 0.0067, of 3 0.95.
    float[] others = {0, 5, -5, 3};
    assertThat(without(Activation.SIGMOID, weights, others, EXAMPLES).getDeadUnits()).isEqualTo(2);
  }

  @Test
  void toleratesOneExampleInAHundred() {
    // Of 200 examples the unit is at its end but for so many.
    for (int elsewhere : new int[] {2, 3}) {
      float[] features = new float[200];
      for (int i = 0; i < 200; i++) {
        features[i] = i < elsewhere ? 0 : 1;
      }
      Examples examples = new Examples(200, 1, features, 1, new float[200]);
      assertThat(
              without(Activation.TANH, new float[] {5}, new float[] {0}, examples).getDeadUnits())
          .as("%d of 200 elsewhere", elsewhere)
          .isEqualTo(elsewhere == 2 ? 1 : 0);
    }
  }

  @Test
  void tellsHowGammaAndBetaLie() {
    BatchNormStatistics found =
        normalized(
            new float[] {1, 2, 3, -4},
            new float[] {1, -3, 0.001f, 2},
            new float[] {0, 1, 2, 5},
            new float[] {0, 0, 0, 0},
            new float[] {1, 1, 1, 1});
    assertThat(found.getGammaMean()).isCloseTo(0.00025, within(1e-6));
    // About that mean: √((1 + 9 + 4 + 10⁻⁶)/4 − 0.00025²).
    assertThat(found.getGammaDeviation()).isCloseTo(Math.sqrt(3.5), within(1e-5));
    assertThat(found.getGammaSmallest()).isCloseTo(0.001, within(1e-8));
    // The mean absolute one is 1.5, a hundredth of it 0.015.
    assertThat(found.getGammaNearZero()).isEqualTo(1);
    assertThat(found.getBetaMean()).isEqualTo(2);
    assertThat(found.getBetaDeviation()).isCloseTo(Math.sqrt(3.5), within(1e-7));
  }

  @Test
  void tellsHowFarTheRunningStatisticsAreOff() {
    // In one mini-batch of 200, w·x has mean 0 and the unbiased variance w²·200/199.
    float[] weights = {1, 3};
    double[] variance = {200.0 / 199, 9 * 200.0 / 199};
    float[] running = new float[2];
    float[] mean = new float[2];
    for (int j = 0; j < 2; j++) {
      // The true variance, with ε, is four times what prediction takes it for.
      running[j] = (float) ((variance[j] + EPSILON) / 4 - EPSILON);
      // And the mean is off by one and by seven deviations: √((1 + 49)/2) is 5.
      mean[j] = (float) ((j == 0 ? 1 : -7) * Math.sqrt(running[j] + EPSILON));
    }
    BatchNormStatistics found =
        normalized(weights, new float[] {1, 1}, new float[] {0, 0}, mean, running);
    assertThat(found.getMeanGap()).isCloseTo(5, within(1e-4));
    assertThat(found.getVarianceGap()).isCloseTo(Math.log(4), within(1e-4));
    assertThat(found.getRunningMean()).isCloseTo((mean[0] + mean[1]) / 2, within(1e-6));
    assertThat(found.getRunningVariance()).isCloseTo((running[0] + running[1]) / 2, within(1e-6));
  }

  /** They have no gap where the running statistics are those of the mini-batches. */
  @Test
  void looksAtWholeMiniBatches() {
    Examples examples = examples(2_000);
    float variance = 10f / 9;
    // Of 10 examples 51 mini-batches are looked at, each of five −1 and five 1.
    NetworkConfig config = config(1, Activation.RELU, true);
    NetworkState state =
        state(
            new float[] {1},
            new float[] {1},
            new float[] {0},
            new float[] {0},
            new float[] {variance});
    int[] order = IntStream.range(0, 2_000).toArray();
    LayerStatistics found = EpochLayers.of(config, state, examples, order, 10).getFirst();
    assertThat(found.getBatchNorm().getMeanGap()).isCloseTo(0, within(1e-6));
    assertThat(found.getBatchNorm().getVarianceGap()).isCloseTo(0, within(1e-6));
    // And of the size of the data, however large it is said to be.
    found = EpochLayers.of(config, state, examples, order, 1_000_000).getFirst();
    assertThat(found.getBatchNorm().getVarianceGap())
        .isCloseTo(Math.log((2000.0 / 1999 + EPSILON) / (variance + EPSILON)), within(1e-5));
  }

  private static LayerStatistics without(
      Activation activation, float[] weights, float[] biases, Examples examples) {
    Map<String, float[]> tensors = new TreeMap<>();
    tensors.put("layer0.weights", weights);
    tensors.put("layer0.bias", biases);
    tensors.put("layer1.weights", new float[2 * weights.length]);
    tensors.put("layer1.bias", new float[2]);
    return EpochLayers.of(
            config(weights.length, activation, false),
            new NetworkState(0, tensors),
            examples,
            IntStream.range(0, examples.count()).toArray(),
            50)
        .getFirst();
  }

  private static BatchNormStatistics normalized(
      float[] weights, float[] gamma, float[] beta, float[] mean, float[] variance) {
    List<LayerStatistics> layers =
        EpochLayers.of(
            config(weights.length, Activation.RELU, true),
            state(weights, gamma, beta, mean, variance),
            EXAMPLES,
            IntStream.range(0, 200).toArray(),
            200);
    assertThat(layers).hasSize(1);
    return layers.getFirst().getBatchNorm();
  }

  private static NetworkState state(
      float[] weights, float[] gamma, float[] beta, float[] mean, float[] variance) {
    Map<String, float[]> tensors = new TreeMap<>();
    tensors.put("layer0.weights", weights);
    tensors.put("layer0.gamma", gamma);
    tensors.put("layer0.beta", beta);
    tensors.put("layer0.running_mean", mean);
    tensors.put("layer0.running_variance", variance);
    tensors.put("layer1.weights", new float[2 * weights.length]);
    tensors.put("layer1.bias", new float[2]);
    return new NetworkState(0, tensors);
  }

  private static NetworkConfig config(int units, Activation activation, boolean batchNorm) {
    return new NetworkConfig(
        1, List.of(units), 2, activation, Loss.SOFTMAX_CROSS_ENTROPY, batchNorm, 0.9f, EPSILON, 0f);
  }
}
