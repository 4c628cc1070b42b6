package dev.caviar.worker.network;

import org.apache.commons.rng.UniformRandomProvider;

/** Which activations a training step drops: Srivastava et al., "Dropout", 2014, inverted form. */
public final class Dropout {
  private Dropout() {}

  /**
   * Fills the mask of one layer for one step: 0 for a dropped activation, 1/(1−p) for a kept one.
   * Element i is the activation of unit i mod units of example i div units.
   *
   * @param p the fraction dropped, 0 ≤ p &lt; 1
   * @param step training steps before this one
   * @param layer of the hidden layer, from 0
   * @param count examples × units: so much of {@code mask} is filled
   */
  public static void mask(float[] mask, int count, float p, long seed, long step, int layer) {
    UniformRandomProvider random =
        RandomStreams.stream(seed, RandomStreams.Purpose.DROPOUT, step * 1_000 + layer);
    float kept = 1f / (1f - p);
    for (int i = 0; i < count; i++) {
      mask[i] = random.nextFloat() < p ? 0f : kept;
    }
  }
}
