package dev.caviar.worker.backend;

import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Hidden layers as they are in training, each normalised by its mini-batch's own mean and variance,
 * but without dropout and with weights that stay as they are. By the arithmetic of {@link
 * CpuBackend} whichever backend trains.
 */
public final class HiddenLayers {
  /** How near to an end of its range a tanh or a sigmoid is saturated. */
  private static final float NEAR = 0.01f;

  private static final CpuBackend CPU = new CpuBackend();

  private HiddenLayers() {}

  /**
   * What one layer was seen to do.
   *
   * @param mean of each unit's products before batch norm: the mean over mini-batches of their
   *     means; empty without batch norm
   * @param variance likewise, of the mini-batches' unbiased variances (divided by m−1)
   * @param deadUnits units whose output is 0 for all examples (ReLU), or within 0.01 of the same
   *     end of the activation's range for at least 99 of 100 (tanh, sigmoid)
   */
  public record Seen(int units, double[] mean, double[] variance, int deadUnits) {}

  /**
   * What each hidden layer does, the one next to the inputs first.
   *
   * @param order rows of {@code examples}, of which the first {@code count}, at least one, are cut
   *     into mini-batches as an epoch is
   * @param batchSize at least 1
   */
  public static List<Seen> see(
      NetworkConfig config,
      NetworkState state,
      Examples examples,
      int[] order,
      int count,
      int batchSize) {
    int layers = config.layers() - 1;
    if (layers == 0) {
      return List.of();
    }
    List<Sums> sums = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      sums.add(new Sums(config.fanOut(layer), config.normalized(layer)));
    }
    int largest = Math.min(batchSize, count);
    CpuTrainer trainer = CPU.trainer(config, largest, withoutMoments(state));
    int at = 0;
    do {
      int size = Math.min(largest, count - at);
      trainer.forward(examples, order, at, size);
      for (int layer = 0; layer < layers; layer++) {
        sums.get(layer).add(trainer.layer(layer), size, config.activation());
      }
      at += size;
    } while (!config.leavesOut(count - at, batchSize));
    return sums.stream().map(layer -> layer.seen(config.activation())).toList();
  }

  /**
   * The same state with the running means and variances of batch norm made anew from all examples,
   * in the order of their rows: the mean over mini-batches of their means and of their unbiased
   * variances. It does not depend on the running statistics that were there. As {@code
   * torch.optim.swa_utils.update_bn} of PyTorch does; Izmailov et al., "Averaging weights leads to
   * wider optima and better generalization", 2018, section 3.2.
   *
   * @throws IllegalArgumentException if no layer has batch norm, or if the mini-batches are of a
   *     single example, which has no variance
   */
  public static NetworkState recalibrated(
      NetworkConfig config, NetworkState state, Examples examples, int batchSize) {
    if (!config.normalized(0)) {
      throw new IllegalArgumentException(
          "there are no running statistics to make anew: no layer has batch norm");
    }
    if (Math.min(batchSize, examples.count()) < 2) {
      throw new IllegalArgumentException(
          "running statistics cannot be made anew from mini-batches of a single example");
    }
    int[] order = new int[examples.count()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    List<Seen> seen = see(config, state, examples, order, order.length, batchSize);
    Map<String, float[]> tensors = new TreeMap<>(state.tensors());
    for (int layer = 0; layer < seen.size(); layer++) {
      tensors.put("layer" + layer + ".running_mean", floats(seen.get(layer).mean()));
      tensors.put("layer" + layer + ".running_variance", floats(seen.get(layer).variance()));
    }
    return new NetworkState(state.step(), tensors);
  }

  private static NetworkState withoutMoments(NetworkState state) {
    Map<String, float[]> tensors = new TreeMap<>(state.tensors());
    tensors.keySet().removeIf(name -> name.endsWith(".m") || name.endsWith(".s"));
    return new NetworkState(state.step(), tensors);
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** Of one layer, over the mini-batches so far. */
  private static final class Sums {
    private final int units;
    private final double[] mean;
    private final double[] variance;
    private final int[] low;
    private final int[] high;
    private int batches;
    private int examples;

    Sums(int units, boolean normalized) {
      this.units = units;
      mean = new double[normalized ? units : 0];
      variance = new double[mean.length];
      low = new int[units];
      high = new int[units];
    }

    void add(CpuLayer layer, int rows, Activation activation) {
      batches++;
      examples += rows;
      double unbiased = rows > 1 ? rows / (rows - 1.0) : 1;
      for (int j = 0; j < mean.length; j++) {
        mean[j] += layer.mean[j];
        variance[j] += layer.variance[j] * unbiased;
      }
      float lowEnd =
          switch (activation) {
            case RELU -> 0;
            case SIGMOID -> NEAR;
            case TANH -> NEAR - 1;
          };
      float highEnd = activation == Activation.RELU ? Float.POSITIVE_INFINITY : 1 - NEAR;
      float[] a = layer.a;
      for (int row = 0; row < rows; row++) {
        for (int j = 0; j < units; j++) {
          float output = a[row * units + j];
          low[j] += output <= lowEnd ? 1 : 0;
          high[j] += output >= highEnd ? 1 : 0;
        }
      }
    }

    Seen seen(Activation activation) {
      int dead = 0;
      for (int j = 0; j < units; j++) {
        long atOneEnd = Math.max(low[j], high[j]);
        boolean isDead =
            activation == Activation.RELU ? atOneEnd == examples : 100 * atOneEnd >= 99L * examples;
        dead += isDead ? 1 : 0;
      }
      for (int j = 0; j < mean.length; j++) {
        mean[j] /= batches;
        variance[j] /= batches;
      }
      return new Seen(units, mean, variance, dead);
    }
  }
}
