package dev.caviar.worker.network;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.rng.UniformRandomProvider;

/** Weights to begin with. */
public final class Initializer {
  private Initializer() {}

  /**
   * Draws the weights of a network, as a function of the seed alone. Weights are normal with mean 0
   * and variance
   *
   * <ul>
   *   <li>2 / fanIn before ReLU: He et al., "Delving deep into rectifiers", 2015
   *   <li>2 / (fanIn + fanOut) before tanh and sigmoid and in the output layer: Glorot and Bengio,
   *       "Understanding the difficulty of training deep feedforward neural networks", 2010, also
   *       called Xavier
   * </ul>
   *
   * Biases and β are 0, γ is 1, the running mean is 0 and the running variance 1.
   */
  public static NetworkState initialize(NetworkConfig config, long seed) {
    Map<String, float[]> tensors = new HashMap<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      int fanIn = config.fanIn(layer);
      int fanOut = config.fanOut(layer);
      String name = "layer" + layer;
      boolean he = layer < config.layers() - 1 && config.activation() == Activation.RELU;
      double variance = he ? 2.0 / fanIn : 2.0 / (fanIn + fanOut);
      float[] weights = new float[Math.multiplyExact(fanIn, fanOut)];
      fillNormal(
          weights,
          Math.sqrt(variance),
          RandomStreams.stream(seed, RandomStreams.Purpose.INITIAL_WEIGHTS, layer));
      tensors.put(name + ".weights", weights);
      if (config.normalized(layer)) {
        float[] ones = new float[fanOut];
        Arrays.fill(ones, 1f);
        tensors.put(name + ".gamma", ones);
        tensors.put(name + ".beta", new float[fanOut]);
        tensors.put(name + ".running_mean", new float[fanOut]);
        tensors.put(name + ".running_variance", ones.clone());
      } else {
        tensors.put(name + ".bias", new float[fanOut]);
      }
    }
    return new NetworkState(0, tensors);
  }

  /** Marsaglia's polar method: two independent normal numbers from each accepted pair. */
  private static void fillNormal(float[] into, double deviation, UniformRandomProvider random) {
    for (int i = 0; i < into.length; ) {
      double x = 2 * random.nextDouble() - 1;
      double y = 2 * random.nextDouble() - 1;
      double square = x * x + y * y;
      if (square >= 1 || square == 0) {
        continue;
      }
      double factor = deviation * Math.sqrt(-2 * StrictMath.log(square) / square);
      into[i++] = (float) (x * factor);
      if (i < into.length) {
        into[i++] = (float) (y * factor);
      }
    }
  }
}
