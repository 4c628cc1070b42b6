package dev.caviar.worker.backend;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every gradient of the reference network against finite differences of its loss. */
class ReferenceGradientTest {
  private static final int EXAMPLES = 7;
  private static final double L2 = 0.03;
  private static final double H = 1e-5;

  /** Central differences err by about h² in the loss's third derivative and 1e-16/h in rounding. */
  private static final double TOLERANCE = 1e-8;

  static Stream<Arguments> networks() {
    return Stream.of(Activation.values())
        .flatMap(
            activation ->
                Stream.of(Loss.values())
                    .flatMap(
                        loss ->
                            Stream.of(true, false)
                                .flatMap(
                                    batchNorm ->
                                        Stream.of(0f, 0.4f)
                                            .map(
                                                dropout ->
                                                    Arguments.of(
                                                        activation, loss, batchNorm, dropout)))));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void everyGradientIsTheSlopeOfTheLoss(
      Activation activation, Loss loss, boolean batchNorm, float dropout) {
    NetworkConfig config =
        new NetworkConfig(5, List.of(6, 4), 3, activation, loss, batchNorm, 0.9f, 1e-5f, dropout);
    Random random = new Random(11);
    ReferenceNetwork network = new ReferenceNetwork(config, randomState(config, random));
    double[][] x = gaussian(random, EXAMPLES, 5);
    double[][] targets = targets(random, loss);
    ReferenceNetwork.DropoutMask mask =
        (layer, example, unit) ->
            (layer + 3 * example + 5 * unit) % 5 < 5 * dropout ? 0 : 1 / (1 - dropout);

    Map<String, double[]> gradients = network.gradients(x, targets, mask, L2);

    assertThat(gradients.keySet()).containsExactlyInAnyOrderElementsOf(network.parameters());
    for (String name : network.parameters()) {
      double[] gradient = requireNonNull(gradients.get(name));
      double[] parameter = network.tensor(name);
      for (int i = 0; i < parameter.length; i++) {
        double at = parameter[i];
        parameter[i] = at + H;
        double above = network.objective(x, targets, mask, L2);
        parameter[i] = at - H;
        double below = network.objective(x, targets, mask, L2);
        parameter[i] = at;
        double slope = (above - below) / (2 * H);
        assertThat(Math.abs(gradient[i] - slope))
            .as("%s[%d]: gradient %s, slope %s", name, i, gradient[i], slope)
            .isLessThan(TOLERANCE * Math.max(1, Math.abs(slope)));
      }
    }
  }

  @Test
  void normalizedUnitsHaveMeanZeroAndVarianceOneOverTheMiniBatch() {
    double[][] z = gaussian(new Random(3), 50, 2);
    ReferenceBatchNorm batchNorm =
        new ReferenceBatchNorm(z, new double[] {1, 1}, new double[] {0, 0}, 1e-12);
    for (int j = 0; j < 2; j++) {
      double mean = 0;
      double square = 0;
      for (double[] row : batchNorm.normalized) {
        mean += row[j] / 50;
        square += row[j] * row[j] / 50;
      }
      assertThat(mean).isCloseTo(0, offset(1e-12));
      assertThat(square).isCloseTo(1, offset(1e-9));
    }
  }

  private static NetworkState randomState(NetworkConfig config, Random random) {
    Map<String, float[]> tensors = new TreeMap<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      String name = "layer" + layer;
      int units = config.fanOut(layer);
      tensors.put(name + ".weights", gaussian(random, config.fanIn(layer) * units));
      if (config.normalized(layer)) {
        tensors.put(name + ".gamma", gaussian(random, units));
        tensors.put(name + ".beta", gaussian(random, units));
        tensors.put(name + ".running_mean", new float[units]);
        tensors.put(name + ".running_variance", new float[units]);
      } else {
        tensors.put(name + ".bias", gaussian(random, units));
      }
    }
    return new NetworkState(0, tensors);
  }

  private static float[] gaussian(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static double[][] gaussian(Random random, int rows, int columns) {
    double[][] values = new double[rows][columns];
    for (double[] row : values) {
      for (int j = 0; j < columns; j++) {
        row[j] = random.nextGaussian();
      }
    }
    return values;
  }

  private static double[][] targets(Random random, Loss loss) {
    if (loss == Loss.SQUARED_ERROR) {
      return gaussian(random, EXAMPLES, 3);
    }
    double[][] classes = new double[EXAMPLES][1];
    for (double[] row : classes) {
      row[0] = random.nextInt(3);
    }
    return classes;
  }
}
