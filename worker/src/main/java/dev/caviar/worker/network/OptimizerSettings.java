package dev.caviar.worker.network;

/**
 * What one training step needs to know besides its mini-batch. May differ from step to step: that
 * is how a learning rate decays and how a running trial is tuned.
 *
 * @param learningRate α, above 0
 * @param momentum β of {@link Optimizer#MOMENTUM}, 0 ≤ β &lt; 1
 * @param beta1 β1 of {@link Optimizer#ADAM}, 0 ≤ β1 &lt; 1
 * @param beta2 β2 of {@link Optimizer#ADAM} and {@link Optimizer#RMSPROP}, 0 ≤ β2 &lt; 1
 * @param epsilon ε of the same two, above 0
 * @param l2 λ: the loss gains λ/2·‖W‖² over all weight matrices (not biases, γ or β), so each
 *     weight's gradient gains λ·w; 0 or more
 */
public record OptimizerSettings(
    Optimizer optimizer,
    float learningRate,
    float momentum,
    float beta1,
    float beta2,
    float epsilon,
    float l2) {

  public OptimizerSettings {
    require(learningRate > 0 && Float.isFinite(learningRate), "learning_rate", learningRate);
    require(momentum >= 0 && momentum < 1, "momentum", momentum);
    require(beta1 >= 0 && beta1 < 1, "beta1", beta1);
    require(beta2 >= 0 && beta2 < 1, "beta2", beta2);
    require(epsilon > 0, "epsilon", epsilon);
    require(l2 >= 0, "l2", l2);
  }

  private static void require(boolean holds, String name, float value) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is out of range: " + value);
    }
  }

  /** Adam with the constants of its paper: β1 0.9, β2 0.999, ε 1e-8, and no L2. */
  public static OptimizerSettings adam(float learningRate) {
    return new OptimizerSettings(Optimizer.ADAM, learningRate, 0.9f, 0.9f, 0.999f, 1e-8f, 0f);
  }

  /** The same with another learning rate. */
  public OptimizerSettings withLearningRate(float other) {
    return new OptimizerSettings(optimizer, other, momentum, beta1, beta2, epsilon, l2);
  }
}
