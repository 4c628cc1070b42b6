package dev.caviar.worker.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class VectorFunctionsTest {
  private static final int EXP = 926093361;
  private static final int TANH = 895473377;
  private static final int LOGISTIC = 1498664357;

  /** Of the result; a unit in the last place is 6e-8 to 1.2e-7. */
  private static final double TOLERANCE = 4e-7;

  @Test
  void expIsAccurate() {
    assertAccurate(VectorFunctions::exp, Math::exp, -87, 88.3f);
  }

  @Test
  void tanhIsAccurate() {
    assertAccurate(VectorFunctions::tanh, Math::tanh, -12, 12);
    assertAccurate(VectorFunctions::tanh, Math::tanh, -1e-3f, 1e-3f);
  }

  @Test
  void logisticIsAccurate() {
    assertAccurate(VectorFunctions::logistic, x -> 1 / (1 + Math.exp(-x)), -80, 80);
  }

  @Test
  void extremesHaveTheirLimits() {
    float inf = Float.POSITIVE_INFINITY;
    float nan = Float.NaN;
    assertThat(one(VectorFunctions::exp, 0)).isEqualTo(1);
    assertThat(one(VectorFunctions::exp, 100)).isEqualTo(inf);
    assertThat(one(VectorFunctions::exp, inf)).isEqualTo(inf);
    assertThat(one(VectorFunctions::exp, -100)).isEqualTo(0);
    assertThat(one(VectorFunctions::exp, -inf)).isEqualTo(0);
    assertThat(one(VectorFunctions::exp, nan)).isNaN();
    assertThat(one(VectorFunctions::tanh, inf)).isEqualTo(1);
    assertThat(one(VectorFunctions::tanh, -inf)).isEqualTo(-1);
    assertThat(one(VectorFunctions::tanh, nan)).isNaN();
    assertThat(one(VectorFunctions::logistic, inf)).isEqualTo(1);
    assertThat(one(VectorFunctions::logistic, -inf)).isEqualTo(0);
    assertThat(one(VectorFunctions::logistic, nan)).isNaN();
  }

  /**
   * A fixed sum of all bits: of interpreted code, of compiled code, and on every processor. Change
   * it only together with the formulas.
   */
  @Test
  void theBitsAreAlwaysTheSame() {
    float[] x = range(-20, 20);
    for (int i = 0; i < 300; i++) {
      assertThat(Arrays.hashCode(map(VectorFunctions::exp, x))).isEqualTo(EXP);
      assertThat(Arrays.hashCode(map(VectorFunctions::tanh, x))).isEqualTo(TANH);
      assertThat(Arrays.hashCode(map(VectorFunctions::logistic, x))).isEqualTo(LOGISTIC);
    }
  }

  private static void assertAccurate(
      Function function, DoubleUnaryOperator exact, float from, float to) {
    float[] x = range(from, to);
    float[] y = map(function, x);
    for (int i = 0; i < x.length; i++) {
      double expected = exact.applyAsDouble(x[i]);
      assertThat(Math.abs(y[i] - expected))
          .as("at %s: found %s, expected %s", x[i], y[i], expected)
          .isLessThanOrEqualTo(TOLERANCE * Math.abs(expected));
    }
  }

  private static float[] range(float from, float to) {
    float[] x = new float[4_096];
    for (int i = 0; i < x.length; i++) {
      x[i] = from + (to - from) * i / (x.length - 1);
    }
    return x;
  }

  private static float one(Function function, float x) {
    float[] all = new float[FloatVector.SPECIES_PREFERRED.length()];
    Arrays.fill(all, x);
    return map(function, all)[0];
  }

  private static float[] map(Function function, float[] x) {
    float[] y = x.clone();
    function.apply(y, y.length);
    return y;
  }

  private interface Function {
    void apply(float[] x, int count);
  }
}
