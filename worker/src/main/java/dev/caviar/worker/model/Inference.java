package dev.caviar.worker.model;

import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A network's forward pass with running statistics, in plain Java: whoever only predicts needs no
 * native library. Thread-safe.
 */
final class Inference {
  private final NetworkConfig config;
  private final List<Layer> layers = new ArrayList<>();

  /**
   * z·scale + shift, z being x·W: batch norm by running statistics comes down to this, and so does
   * a bias.
   *
   * @param weights a row for each input. As rows, and not as one block, the JIT compiler can tell
   *     that they do not overlap z, and multiplies whole vectors
   */
  private record Layer(float[][] weights, float[] scale, float[] shift) {
    int units() {
      return scale.length;
    }
  }

  /**
   * @param state fits {@code config}; not copied
   */
  Inference(NetworkConfig config, NetworkState state) {
    this.config = config;
    for (int i = 0; i < config.layers(); i++) {
      layers.add(layer(config, state, i));
    }
  }

  private static Layer layer(NetworkConfig config, NetworkState state, int index) {
    String prefix = "layer" + index + ".";
    int inputs = config.fanIn(index);
    int units = config.fanOut(index);
    float[] block = state.tensor(prefix + "weights", inputs * units);
    float[][] weights = new float[inputs][];
    Arrays.setAll(weights, i -> Arrays.copyOfRange(block, i * units, (i + 1) * units));
    float[] scale = new float[units];
    float[] shift = new float[units];
    if (config.normalized(index)) {
      float[] gamma = state.tensor(prefix + "gamma", units);
      float[] beta = state.tensor(prefix + "beta", units);
      float[] mean = state.tensor(prefix + "running_mean", units);
      float[] variance = state.tensor(prefix + "running_variance", units);
      for (int j = 0; j < units; j++) {
        double factor = gamma[j] / Math.sqrt((double) variance[j] + config.batchNormEpsilon());
        scale[j] = (float) factor;
        shift[j] = (float) (beta[j] - mean[j] * factor);
      }
    } else {
      Arrays.fill(scale, 1);
      System.arraycopy(state.tensor(prefix + "bias", units), 0, shift, 0, units);
    }
    return new Layer(weights, scale, shift);
  }

  /**
   * The output layer's values before any softmax.
   *
   * @param features count × inputs, normalised, row-major
   * @return count × outputs, row-major
   */
  float[] outputs(float[] features, int count) {
    float[] outputs = new float[Math.multiplyExact(count, config.outputs())];
    int widest = layers.stream().mapToInt(Layer::units).max().orElseThrow();
    float[] input = new float[widest];
    float[] z = new float[widest];
    for (int row = 0; row < count; row++) {
      float[] from = features;
      int at = row * config.inputs();
      for (int i = 0; i < layers.size(); i++) {
        Layer layer = layers.get(i);
        forward(layer, from, at, z);
        if (i < layers.size() - 1) {
          activate(z, layer.units());
        }
        float[] swap = input;
        input = z;
        z = swap;
        from = input;
        at = 0;
      }
      System.arraycopy(input, 0, outputs, row * config.outputs(), config.outputs());
    }
    return outputs;
  }

  private static void forward(Layer layer, float[] input, int from, float[] z) {
    int units = layer.units();
    Arrays.fill(z, 0, units, 0);
    for (int i = 0; i < layer.weights().length; i++) {
      float x = input[from + i];
      if (x != 0) { // Half of a ReLU's outputs are.
        addScaled(z, x, layer.weights()[i]);
      }
    }
    for (int j = 0; j < units; j++) {
      z[j] = z[j] * layer.scale()[j] + layer.shift()[j];
    }
  }

  private static void addScaled(float[] z, float x, float[] weights) {
    for (int j = 0; j < weights.length; j++) {
      z[j] += x * weights[j];
    }
  }

  private void activate(float[] z, int units) {
    Activation activation = config.activation();
    for (int j = 0; j < units; j++) {
      z[j] =
          switch (activation) {
            case RELU -> Math.max(0, z[j]);
            case TANH -> (float) Math.tanh(z[j]);
            case SIGMOID -> (float) (1 / (1 + Math.exp(-z[j])));
          };
    }
  }

  /** log Σ e^z over one row of outputs, without overflow. */
  static double logSumExp(float[] outputs, int from, int length) {
    float max = outputs[from];
    for (int j = 1; j < length; j++) {
      max = Math.max(max, outputs[from + j]);
    }
    double sum = 0;
    for (int j = 0; j < length; j++) {
      sum += Math.exp(outputs[from + j] - max);
    }
    return max + Math.log(sum);
  }
}
