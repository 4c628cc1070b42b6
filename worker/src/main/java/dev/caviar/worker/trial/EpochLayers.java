package dev.caviar.worker.trial;

import dev.caviar.proto.v1.BatchNormStatistics;
import dev.caviar.proto.v1.LayerStatistics;
import dev.caviar.worker.backend.Examples;
import dev.caviar.worker.backend.HiddenLayers;
import dev.caviar.worker.backend.HiddenLayers.Seen;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import java.util.ArrayList;
import java.util.List;

/**
 * What a point of the curve says of the hidden layers; {@link LayerStatistics} has the formulas.
 */
final class EpochLayers {
  /** Enough to tell a dead unit from one that seldom speaks, and soon looked at. */
  static final int EXAMPLES = 512;

  /** A γ is near 0 below this share of the layer's mean one. */
  private static final double NEAR_ZERO = 0.01;

  private EpochLayers() {}

  /**
   * Of each hidden layer, from as many mini-batches as make {@link #EXAMPLES} examples, or from one
   * where mini-batches are larger.
   *
   * @param order of which the first ones are looked at
   */
  static List<LayerStatistics> of(
      NetworkConfig config, NetworkState state, Examples examples, int[] order, int batchSize) {
    long wanted = Math.max(1, EXAMPLES / batchSize) * (long) batchSize;
    int count = (int) Math.min(examples.count(), wanted);
    List<Seen> seen = HiddenLayers.see(config, state, examples, order, count, batchSize);
    List<LayerStatistics> layers = new ArrayList<>();
    for (int layer = 0; layer < seen.size(); layer++) {
      LayerStatistics.Builder statistics =
          LayerStatistics.newBuilder()
              .setUnits(seen.get(layer).units())
              .setDeadUnits(seen.get(layer).deadUnits());
      if (config.normalized(layer)) {
        statistics.setBatchNorm(
            batchNorm(state, "layer" + layer + ".", seen.get(layer), config.batchNormEpsilon()));
      }
      layers.add(statistics.build());
    }
    return layers;
  }

  private static BatchNormStatistics batchNorm(
      NetworkState state, String prefix, Seen seen, double epsilon) {
    int units = seen.units();
    float[] gamma = state.tensor(prefix + "gamma", units);
    float[] beta = state.tensor(prefix + "beta", units);
    float[] mean = state.tensor(prefix + "running_mean", units);
    float[] variance = state.tensor(prefix + "running_variance", units);
    double absoluteSum = 0;
    double smallest = Double.POSITIVE_INFINITY;
    double squaredGaps = 0;
    double logarithms = 0;
    for (int j = 0; j < units; j++) {
      double absolute = Math.abs(gamma[j]);
      absoluteSum += absolute;
      smallest = Math.min(smallest, absolute);
      double gap = seen.mean()[j] - mean[j];
      squaredGaps += gap * gap / (variance[j] + epsilon);
      logarithms += Math.log((seen.variance()[j] + epsilon) / (variance[j] + epsilon));
    }
    int nearZero = 0;
    for (float each : gamma) {
      nearZero += Math.abs(each) < NEAR_ZERO * absoluteSum / units ? 1 : 0;
    }
    return BatchNormStatistics.newBuilder()
        .setGammaMean(mean(gamma))
        .setGammaDeviation(deviation(gamma))
        .setGammaSmallest(smallest)
        .setGammaNearZero(nearZero)
        .setBetaMean(mean(beta))
        .setBetaDeviation(deviation(beta))
        .setRunningMean(mean(mean))
        .setRunningVariance(mean(variance))
        .setMeanGap(Math.sqrt(squaredGaps / units))
        .setVarianceGap(logarithms / units)
        .build();
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double deviation(float[] values) {
    double mean = mean(values);
    double squares = 0;
    for (float value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / values.length);
  }
}
