package dev.caviar.worker.network;

/**
 * How a gradient g changes a parameter w, α being the learning rate.
 *
 * <p>Weight decay is not among them: L2 is part of the loss and so of g; see {@link
 * OptimizerSettings#l2()}.
 */
public enum Optimizer {
  /** w ← w − α·g. */
  SGD,
  /** v ← β·v + (1−β)·g; w ← w − α·v. The exponentially weighted average of the gradients. */
  MOMENTUM,
  /** s ← β2·s + (1−β2)·g²; w ← w − α·g / (√s + ε). */
  RMSPROP,
  /**
   * m ← β1·m + (1−β1)·g; s ← β2·s + (1−β2)·g²; w ← w − α·m̂ / (√ŝ + ε) with m̂ = m/(1−β1ᵗ) and ŝ =
   * s/(1−β2ᵗ). Kingma and Ba, "Adam", 2015.
   */
  ADAM
}
