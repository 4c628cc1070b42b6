package dev.caviar.worker.backend;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * e<sup>x</sup>, tanh and the logistic function over arrays, after Moshier's Cephes library, within
 * a few units in the last place.
 *
 * <p>Made of additions, multiplications and divisions only, which are the same to the bit
 * everywhere. The Vector API's own EXP and TANH are not: the interpreter takes them from {@link
 * Math}, compiled code from another library, so that a result would depend on when the JIT compiler
 * came by.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // Digits as in Cephes, to compare with it.
final class VectorFunctions {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** Beyond these the result would not be a normal number: it is ∞ or 0. */
  private static final float LARGEST = 88.37f;

  private static final float SMALLEST = -87f;

  private static final float LOG2_E = 1.44269504f;

  /** ln 2 in two parts; the first has so few bits that its product with an exponent is exact. */
  private static final float LN2_HIGH = 0.693359375f;

  private static final float LN2_LOW = -2.12194440e-4f;

  /** 1.5·2²³: what is added to this is rounded to an integer, which stands in the lowest bits. */
  private static final float ROUND = 12_582_912f;

  private static final int EXPONENT_SHIFT = 23;

  /** Numbers whose powers stand in the first-level cache at a time; a multiple of all lanes. */
  private static final int BLOCK = 512;

  private VectorFunctions() {}

  /**
   * x ← e<sup>x</sup>.
   *
   * @param count a multiple of the lanes, as in all these functions
   */
  // Loop and formula in one method: a formula of its own, once compiled, is too big to be inlined,
  // and its vectors would be objects.
  static void exp(float[] x, int count) {
    FloatVector p5 = broadcast(1.9875691500e-4f);
    FloatVector p4 = broadcast(1.3981999507e-3f);
    FloatVector p3 = broadcast(8.3334519073e-3f);
    FloatVector p2 = broadcast(4.1665795894e-2f);
    FloatVector p1 = broadcast(1.6666665459e-1f);
    FloatVector p0 = broadcast(5.0000001201e-1f);
    for (int i = 0; i < count; i += SPECIES.length()) {
      FloatVector value = FloatVector.fromArray(SPECIES, x, i);
      FloatVector inside = value.max(SMALLEST).min(LARGEST);
      FloatVector shifted = inside.fma(broadcast(LOG2_E), broadcast(ROUND));
      FloatVector n = shifted.sub(ROUND);
      FloatVector r = n.fma(broadcast(-LN2_LOW), n.fma(broadcast(-LN2_HIGH), inside));
      FloatVector p = p5.fma(r, p4).fma(r, p3).fma(r, p2).fma(r, p1).fma(r, p0);
      p = p.fma(r.mul(r), r).add(1f);
      // Times 2ⁿ: n is added to the exponent.
      var exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, EXPONENT_SHIFT);
      p.reinterpretAsInts()
          .add(exponent)
          .reinterpretAsFloats()
          .blend(Float.POSITIVE_INFINITY, value.compare(VectorOperators.GT, LARGEST))
          .blend(0f, value.compare(VectorOperators.LT, SMALLEST))
          .intoArray(x, i);
    }
  }

  /** x ← tanh x. */
  static void tanh(float[] x, int count) {
    float[] e = new float[Math.min(count, BLOCK)];
    for (int from = 0; from < count; from += BLOCK) {
      int length = Math.min(BLOCK, count - from);
      for (int i = 0; i < length; i += SPECIES.length()) {
        FloatVector.fromArray(SPECIES, x, from + i).abs().mul(-2f).intoArray(e, i);
      }
      exp(e, length);
      tanh(x, from, e, length);
    }
  }

  /**
   * @param e e<sup>−2|x|</sup>
   */
  private static void tanh(float[] x, int from, float[] e, int length) {
    FloatVector one = broadcast(1f);
    FloatVector p4 = broadcast(-5.70498872745e-3f);
    FloatVector p3 = broadcast(2.06390887954e-2f);
    FloatVector p2 = broadcast(-5.37397155531e-2f);
    FloatVector p1 = broadcast(1.33314422036e-1f);
    FloatVector p0 = broadcast(-3.33332819422e-1f);
    for (int i = 0; i < length; i += SPECIES.length()) {
      FloatVector value = FloatVector.fromArray(SPECIES, x, from + i);
      FloatVector power = FloatVector.fromArray(SPECIES, e, i);
      FloatVector far = one.sub(power).div(power.add(one));
      far = far.blend(far.neg(), value.compare(VectorOperators.LT, 0f));
      // About 0 the difference would lose its digits.
      FloatVector square = value.mul(value);
      FloatVector p = p4.fma(square, p3).fma(square, p2).fma(square, p1).fma(square, p0);
      FloatVector near = p.mul(square).fma(value, value);
      far.blend(near, value.abs().compare(VectorOperators.LT, 0.625f)).intoArray(x, from + i);
    }
  }

  /** x ← 1 / (1 + e<sup>−x</sup>). */
  static void logistic(float[] x, int count) {
    for (int i = 0; i < count; i += SPECIES.length()) {
      FloatVector.fromArray(SPECIES, x, i).neg().intoArray(x, i);
    }
    exp(x, count);
    FloatVector one = broadcast(1f);
    for (int i = 0; i < count; i += SPECIES.length()) {
      one.div(FloatVector.fromArray(SPECIES, x, i).add(one)).intoArray(x, i);
    }
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }
}
