package dev.caviar.worker.backend;

import dev.caviar.worker.network.Activation;

/**
 * What lies between two matrix products, in as few passes over memory as possible. Matrices are
 * rows × units, row-major. One form uses the Vector API, the other plain loops where that is
 * missing; both add up in their own order, so they agree within rounding only.
 */
interface Loops {
  /** The form to use in this JVM. */
  static Loops forThisJvm() {
    // Asked of the module system, because a missing class could not be asked.
    boolean vectors = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    return vectors ? new VectorLoops() : new PlainLoops();
  }

  /** For people: what does the work. */
  String description();

  /**
   * Batch norm in training, then the activation.
   *
   * @param z products on entry; normalised, before γ and β, on return
   * @param a activations on return
   * @param mean of each unit over the rows, on return
   * @param variance likewise, divided by rows
   * @param inverse 1/√(variance + ε), on return
   */
  void normalize(
      float[] z,
      float[] a,
      int rows,
      int units,
      float[] gamma,
      float[] beta,
      float epsilon,
      Activation activation,
      float[] mean,
      float[] variance,
      float[] inverse);

  /**
   * Backward through {@link #normalize}: Ioffe and Szegedy, "Batch normalization", 2015, section 3.
   *
   * @param d gradient of the activations on entry, of the products on return
   * @param a activations, and normalized and inverse, as {@link #normalize} left them
   */
  void normalizeBackward(
      float[] d,
      float[] a,
      float[] normalized,
      int rows,
      int units,
      float[] gamma,
      float[] inverse,
      Activation activation,
      float[] gammaGradient,
      float[] betaGradient);

  /** a ← activation(z·scale + shift), with a scale and a shift for each unit; a may be z. */
  void scaleShift(
      float[] z,
      float[] a,
      int rows,
      int units,
      float[] scale,
      float[] shift,
      Activation activation);

  /**
   * Backward through {@link #scaleShift} where scale is 1 and shift is a bias.
   *
   * @param d gradient of the activations on entry, of the products on return
   */
  void biasBackward(
      float[] d, float[] a, int rows, int units, Activation activation, float[] biasGradient);

  /** x ← e<sup>x</sup> for the first {@code count} numbers. */
  void exp(float[] x, int count);

  /** x ← x·y for the first {@code count} numbers. */
  void multiply(float[] x, float[] y, int count);

  /** w ← w − rate·(g + l2·w). */
  void sgd(float[] w, float[] g, float rate, float l2);

  /** m ← β·m + (1−β)·(g + l2·w); w ← w − rate·m. */
  void momentum(float[] w, float[] g, float[] m, float rate, float beta, float l2);

  /** With h = g + l2·w: s ← β2·s + (1−β2)·h²; w ← w − rate·h/(√s + ε). */
  void rmsprop(float[] w, float[] g, float[] s, float rate, float beta2, float epsilon, float l2);

  /**
   * With h = g + l2·w: m ← β1·m + (1−β1)·h; s ← β2·s + (1−β2)·h²; w ← w − rate·m/(√s·root + ε), the
   * two corrections of bias being in rate = α/(1−β1ᵗ) and root = 1/√(1−β2ᵗ).
   */
  void adam(
      float[] w,
      float[] g,
      float[] m,
      float[] s,
      float rate,
      float root,
      float beta1,
      float beta2,
      float epsilon,
      float l2);
}
