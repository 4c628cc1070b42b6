package dev.caviar.worker.backend;

import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** States and examples to test with, the same at every run. */
final class RandomNetworks {
  private RandomNetworks() {}

  /** No parameter is 0 or 1 by accident, as initial ones are. */
  static NetworkState state(NetworkConfig config, long seed) {
    Random random = new Random(seed);
    Map<String, float[]> tensors = new TreeMap<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      String name = "layer" + layer;
      int units = config.fanOut(layer);
      float deviation = (float) Math.sqrt(1.0 / config.fanIn(layer));
      tensors.put(name + ".weights", gaussian(random, config.fanIn(layer) * units, 0, deviation));
      if (config.normalized(layer)) {
        tensors.put(name + ".gamma", gaussian(random, units, 1, 0.3f));
        tensors.put(name + ".beta", gaussian(random, units, 0, 0.3f));
        tensors.put(name + ".running_mean", gaussian(random, units, 0, 0.3f));
        tensors.put(name + ".running_variance", uniform(random, units, 0.5f, 1.5f));
      } else {
        tensors.put(name + ".bias", gaussian(random, units, 0, 0.3f));
      }
    }
    return new NetworkState(0, tensors);
  }

  /** The same in mid-training: step 7, with moments such as gradients of about 0.1 leave. */
  static NetworkState withMoments(NetworkState state, long seed) {
    Random random = new Random(seed);
    Map<String, float[]> tensors = new TreeMap<>(state.tensors());
    state
        .tensors()
        .forEach(
            (name, values) -> {
              if (!name.contains("running")) {
                tensors.put(name + ".m", gaussian(random, values.length, 0, 0.1f));
                tensors.put(name + ".s", uniform(random, values.length, 1e-3f, 1e-2f));
              }
            });
    return new NetworkState(7, tensors);
  }

  static Examples examples(NetworkConfig config, int count, long seed) {
    Random random = new Random(seed);
    float[] features = gaussian(random, count * config.inputs(), 0.2f, 1);
    if (config.loss() == Loss.SQUARED_ERROR) {
      float[] targets = gaussian(random, count * config.outputs(), 0, 1);
      return new Examples(count, config.inputs(), features, config.outputs(), targets);
    }
    float[] classes = new float[count];
    for (int i = 0; i < count; i++) {
      classes[i] = random.nextInt(config.outputs());
    }
    return new Examples(count, config.inputs(), features, 1, classes);
  }

  static int[] order(int count, long seed) {
    Random random = new Random(seed);
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  private static float[] gaussian(Random random, int length, float mean, float deviation) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = mean + deviation * (float) random.nextGaussian();
    }
    return values;
  }

  private static float[] uniform(Random random, int length, float min, float max) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = min + (max - min) * random.nextFloat();
    }
    return values;
  }
}
