package dev.caviar.worker.network;

/** How the learning rate falls over the epochs. */
public final class LearningRateDecay {
  private LearningRateDecay() {}

  /**
   * α = α0 / (1 + decay·epoch), the formula of Andrew Ng's course.
   *
   * @param initial α0, above 0
   * @param decay 0 or more; 0 keeps the rate constant
   * @param epoch epochs completed, 0 in the first
   */
  public static float learningRate(double initial, double decay, int epoch) {
    return (float) (initial / (1 + decay * epoch));
  }
}
