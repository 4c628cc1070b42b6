package dev.caviar.worker.model;

import dev.caviar.proto.v1.Tensor;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Between a {@link NetworkState} and the tensors of a model or a checkpoint. Numbers keep their
 * bits in both directions, NaN and −0 included.
 */
public final class Tensors {
  private Tensors() {}

  /** Every tensor of {@code state}, in the order of their names: what a checkpoint keeps. */
  public static List<Tensor> ofCheckpoint(NetworkState state) {
    return toTensors(state.tensors());
  }

  /**
   * The tensors that inference reads, in the order of their names: no optimizer moments.
   *
   * @throws IllegalArgumentException if {@code state} lacks one of them, or if one has not the
   *     length that {@code config} gives it
   */
  public static List<Tensor> ofModel(NetworkConfig config, NetworkState state) {
    requireFits(config, state);
    Map<String, float[]> read = new LinkedHashMap<>(state.tensors());
    read.keySet().retainAll(lengths(config).keySet());
    return toTensors(read);
  }

  /**
   * The state that {@code tensors} hold.
   *
   * @param step training steps behind these numbers, which a tensor does not know
   * @throws IllegalArgumentException if two tensors have the same name or one has none
   */
  public static NetworkState toState(long step, List<Tensor> tensors) {
    Map<String, float[]> byName = new HashMap<>();
    for (Tensor tensor : tensors) {
      if (tensor.getName().isEmpty()) {
        throw new IllegalArgumentException("a tensor without a name");
      }
      if (byName.put(tensor.getName(), values(tensor)) != null) {
        throw new IllegalArgumentException("two tensors named " + tensor.getName());
      }
    }
    return new NetworkState(step, byName);
  }

  /**
   * Checks that {@code state} has each tensor that inference with {@code config} reads, in its
   * length, and none besides but moments of these, in the lengths of what they are moments of.
   *
   * @throws IllegalArgumentException if not
   */
  public static void requireFits(NetworkConfig config, NetworkState state) {
    Map<String, Long> lengths = lengths(config);
    lengths.forEach((name, length) -> requireLength(state, name, length));
    var others = new TreeSet<>(state.tensors().keySet());
    others.removeAll(lengths.keySet());
    for (String name : others) {
      Long length =
          name.endsWith(".m") || name.endsWith(".s")
              ? lengths.get(name.substring(0, name.length() - 2))
              : null;
      if (length == null) {
        throw new IllegalArgumentException(
            "unknown tensor " + name + "; the network has " + String.join(", ", lengths.keySet()));
      }
      requireLength(state, name, length);
    }
  }

  private static void requireLength(NetworkState state, String name, long length) {
    if (length > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          name + " would have " + length + " numbers, more than one tensor can hold");
    }
    state.tensor(name, (int) length);
  }

  /** How many numbers inference reads under each name; {@link NetworkState} has the shapes. */
  private static Map<String, Long> lengths(NetworkConfig config) {
    Map<String, Long> lengths = new LinkedHashMap<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      String prefix = "layer" + layer + ".";
      long units = config.fanOut(layer);
      lengths.put(prefix + "weights", config.fanIn(layer) * units);
      if (config.normalized(layer)) {
        lengths.put(prefix + "gamma", units);
        lengths.put(prefix + "beta", units);
        lengths.put(prefix + "running_mean", units);
        lengths.put(prefix + "running_variance", units);
      } else {
        lengths.put(prefix + "bias", units);
      }
    }
    return lengths;
  }

  private static List<Tensor> toTensors(Map<String, float[]> tensors) {
    List<Tensor> result = new ArrayList<>(tensors.size());
    tensors.forEach((name, values) -> result.add(toTensor(name, values)));
    return result;
  }

  private static Tensor toTensor(String name, float[] values) {
    Tensor.Builder tensor = Tensor.newBuilder().setName(name);
    for (float value : values) {
      tensor.addValues(value);
    }
    return tensor.build();
  }

  private static float[] values(Tensor tensor) {
    float[] values = new float[tensor.getValuesCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.getValues(i);
    }
    return values;
  }
}
