package dev.caviar.worker.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class InitializerTest {
  private static final int INPUTS = 200;
  private static final int HIDDEN = 300;
  private static final int OUTPUTS = 100;

  private static NetworkConfig config(Activation activation) {
    return NetworkConfig.classifier(INPUTS, List.of(HIDDEN), OUTPUTS, activation);
  }

  @ParameterizedTest
  @EnumSource
  void hiddenWeightsHaveTheVarianceOfTheirActivation(Activation activation) {
    double variance = activation == Activation.RELU ? 2.0 / INPUTS : 2.0 / (INPUTS + HIDDEN);

    assertNormal(weights(config(activation), 0, INPUTS * HIDDEN), variance);
  }

  @ParameterizedTest
  @EnumSource
  void outputWeightsHaveGlorotsVarianceWhateverTheActivation(Activation activation) {
    assertNormal(weights(config(activation), 1, HIDDEN * OUTPUTS), 2.0 / (HIDDEN + OUTPUTS));
  }

  @Test
  void otherTensorsStartAsNeutral() {
    NetworkState state = Initializer.initialize(config(Activation.RELU), 5);

    assertThat(state.step()).isZero();
    assertThat(state.tensor("layer0.gamma", HIDDEN)).containsOnly(1f);
    assertThat(state.tensor("layer0.beta", HIDDEN)).containsOnly(0f);
    assertThat(state.tensor("layer0.running_mean", HIDDEN)).containsOnly(0f);
    assertThat(state.tensor("layer0.running_variance", HIDDEN)).containsOnly(1f);
    assertThat(state.tensor("layer1.bias", OUTPUTS)).containsOnly(0f);
    assertThat(state.has("layer0.bias")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void parametersAreAllThatIsTrained(boolean batchNorm) {
    NetworkConfig config =
        new NetworkConfig(
            7,
            List.of(5, 3),
            2,
            Activation.RELU,
            Loss.SOFTMAX_CROSS_ENTROPY,
            batchNorm,
            0.9f,
            1e-5f,
            0f);
    NetworkState state = Initializer.initialize(config, 5);
    long trained =
        state.tensors().entrySet().stream()
            .filter(tensor -> !tensor.getKey().contains(".running_"))
            .mapToLong(tensor -> tensor.getValue().length)
            .sum();

    assertThat(config.parameters()).isEqualTo(trained);
  }

  @Test
  void weightsAreAFunctionOfSeedAndLayer() {
    NetworkConfig square = NetworkConfig.classifier(20, List.of(20, 20), 20, Activation.TANH);

    assertThat(weights(square, 0, 400)).isEqualTo(weights(square, 0, 400));
    assertThat(weights(square, 0, 400)).isNotEqualTo(weights(square, 1, 400));
    assertThat(Initializer.initialize(square, 6).tensor("layer0.weights", 400))
        .isNotEqualTo(weights(square, 0, 400));
  }

  private static float[] weights(NetworkConfig config, int layer, int length) {
    return Initializer.initialize(config, 5).tensor("layer" + layer + ".weights", length);
  }

  /** Mean, variance and fourth moment within four standard errors of those of a normal. */
  private static void assertNormal(float[] weights, double variance) {
    int n = weights.length;
    double mean = 0;
    double square = 0;
    double fourth = 0;
    for (float weight : weights) {
      double x = weight / Math.sqrt(variance);
      mean += x / n;
      square += x * x / n;
      fourth += x * x * x * x / n;
    }
    assertThat(mean).isCloseTo(0, offset(4 * Math.sqrt(1.0 / n)));
    assertThat(square).isCloseTo(1, offset(4 * Math.sqrt(2.0 / n)));
    assertThat(fourth).isCloseTo(3, offset(4 * Math.sqrt(96.0 / n)));
  }
}
