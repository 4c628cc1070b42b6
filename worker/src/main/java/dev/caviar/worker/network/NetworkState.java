package dev.caviar.worker.network;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * All numbers of a network in training, by name. For dense layer i, 0 being the first hidden one
 * and the last the output layer:
 *
 * <ul>
 *   <li>{@code layer<i>.weights}: fanIn × fanOut, row-major, so that z = x·W
 *   <li>{@code layer<i>.bias}: fanOut; in layers without batch norm
 *   <li>{@code layer<i>.gamma}, {@code layer<i>.beta}, {@code layer<i>.running_mean}, {@code
 *       layer<i>.running_variance}: fanOut; in layers with batch norm. The running variance
 *       averages the mini-batches' unbiased variances (divided by m−1), as PyTorch's does
 *   <li>the optimizer's moments, once there are any: the name of the parameter with {@code .m}
 *       (average of gradients: momentum's v, Adam's m) or {@code .s} (average of squared gradients)
 *       after it, for example {@code layer0.weights.m}
 * </ul>
 *
 * The arrays are not copied: whoever makes a state hands them over, whoever reads one leaves them
 * as they are.
 *
 * @param step training steps behind these numbers, which is Adam's t
 */
public record NetworkState(long step, Map<String, float[]> tensors) {
  public NetworkState {
    tensors = Collections.unmodifiableMap(new TreeMap<>(tensors));
  }

  /**
   * The tensor of that name.
   *
   * @throws IllegalArgumentException if there is none, or if it has not {@code length} numbers
   */
  public float[] tensor(String name, int length) {
    float[] tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no tensor named " + name + " among " + tensors.keySet());
    }
    if (tensor.length != length) {
      throw new IllegalArgumentException(
          name + " has " + tensor.length + " numbers, the network needs " + length);
    }
    return tensor;
  }

  /** Whether there is a tensor of that name. */
  public boolean has(String name) {
    return tensors.containsKey(name);
  }
}
