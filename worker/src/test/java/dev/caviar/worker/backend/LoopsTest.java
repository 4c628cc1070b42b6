package dev.caviar.worker.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.worker.network.Activation;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The vector loops against the plain ones, at sizes about the width of a vector. */
class LoopsTest {
  /** Both round each number; a sum over 64 rows errs by some units in the last place more. */
  private static final double TOLERANCE = 2e-5;

  private final Loops vector = new VectorLoops();
  private final Loops plain = new PlainLoops();

  static Stream<Arguments> sizes() {
    return IntStream.of(1, 2, 63, 64)
        .boxed()
        .flatMap(
            rows ->
                IntStream.of(1, 3, 15, 16, 17, 50, 100)
                    .boxed()
                    .flatMap(
                        units ->
                            Stream.of(Activation.values())
                                .map(activation -> Arguments.of(rows, units, activation))));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void batchNormAgrees(int rows, int units, Activation activation) {
    Pass found = new Pass(vector, rows, units, activation);
    Pass expected = new Pass(plain, rows, units, activation);

    assertClose(found.mean, expected.mean);
    assertClose(found.variance, expected.variance);
    assertClose(found.inverse, expected.inverse);
    assertClose(found.normalized, expected.normalized);
    assertClose(found.a, expected.a);
    assertClose(found.gammaGradient, expected.gammaGradient);
    assertClose(found.betaGradient, expected.betaGradient);
    assertClose(found.d, expected.d);
  }

  /** Forward and backward through batch norm. */
  private static final class Pass {
    final float[] normalized;
    final float[] a;
    final float[] d;
    final float[] mean;
    final float[] variance;
    final float[] inverse;
    final float[] gammaGradient;
    final float[] betaGradient;

    Pass(Loops loops, int rows, int units, Activation activation) {
      normalized = numbers(1, rows * units);
      a = new float[rows * units];
      d = numbers(2, rows * units);
      mean = new float[units];
      variance = new float[units];
      inverse = new float[units];
      gammaGradient = new float[units];
      betaGradient = new float[units];
      float[] gamma = numbers(3, units);
      float[] beta = numbers(4, units);
      // A large ε keeps 1/√(variance + ε) from making much of the rounding of a batch of one or
      // two.
      float epsilon = 0.1f;
      loops.normalize(
          normalized, a, rows, units, gamma, beta, epsilon, activation, mean, variance, inverse);
      // The same activations for both, so that none lies on the other side of ReLU's corner.
      float[] activations = numbers(5, rows * units);
      loops.normalizeBackward(
          d,
          activations,
          normalized,
          rows,
          units,
          gamma,
          inverse,
          activation,
          gammaGradient,
          betaGradient);
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void scaleAndShiftAgree(int rows, int units, Activation activation) {
    float[] z = numbers(1, rows * units);
    float[] scale = numbers(2, units);
    float[] shift = numbers(3, units);
    float[] found = new float[rows * units];
    float[] expected = new float[rows * units];

    vector.scaleShift(z, found, rows, units, scale, shift, activation);
    plain.scaleShift(z, expected, rows, units, scale, shift, activation);

    assertClose(found, expected);
    vector.scaleShift(z, z, rows, units, scale, shift, activation);
    assertThat(z).as("in place").isEqualTo(found);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void biasBackwardAgrees(int rows, int units, Activation activation) {
    float[] a = numbers(1, rows * units);
    float[] found = numbers(2, rows * units);
    float[] expected = found.clone();
    float[] foundBias = numbers(3, units);
    float[] expectedBias = new float[units];

    vector.biasBackward(found, a, rows, units, activation, foundBias);
    plain.biasBackward(expected, a, rows, units, activation, expectedBias);

    assertClose(found, expected);
    assertClose(foundBias, expectedBias);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 17, 50, 640})
  void elementwiseFunctionsAgreeAndStopAtCount(int count) {
    float[] found = numbers(1, count + 20);
    float[] expected = found.clone();
    float[] y = numbers(2, count + 20);

    vector.exp(found, count);
    plain.exp(expected, count);
    assertClose(found, expected);

    vector.multiply(found, y, count);
    plain.multiply(expected, y, count);
    assertClose(found, expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 15, 16, 17, 50, 100})
  void optimizersAgree(int length) {
    float[] g = numbers(1, length);
    State found = new State(length);
    State expected = new State(length);
    float rate = 0.1f;
    float l2 = 0.2f;

    vector.sgd(found.w, g, rate, l2);
    plain.sgd(expected.w, g, rate, l2);
    found.assertClose(expected);

    vector.momentum(found.w, g, found.m, rate, 0.9f, l2);
    plain.momentum(expected.w, g, expected.m, rate, 0.9f, l2);
    found.assertClose(expected);

    vector.rmsprop(found.w, g, found.s, rate, 0.99f, 1e-3f, l2);
    plain.rmsprop(expected.w, g, expected.s, rate, 0.99f, 1e-3f, l2);
    found.assertClose(expected);

    vector.adam(found.w, g, found.m, found.s, rate, 1.5f, 0.9f, 0.999f, 1e-3f, l2);
    plain.adam(expected.w, g, expected.m, expected.s, rate, 1.5f, 0.9f, 0.999f, 1e-3f, l2);
    found.assertClose(expected);
  }

  private static final class State {
    final float[] w;
    final float[] m;
    final float[] s;

    State(int length) {
      w = numbers(7, length);
      m = numbers(8, length);
      s = numbers(9, length);
      for (int i = 0; i < length; i++) {
        s[i] *= s[i];
      }
    }

    void assertClose(State expected) {
      LoopsTest.assertClose(w, expected.w);
      LoopsTest.assertClose(m, expected.m);
      LoopsTest.assertClose(s, expected.s);
    }
  }

  private static float[] numbers(long seed, int count) {
    Random random = new Random(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private static void assertClose(float[] found, float[] expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < found.length; i++) {
      assertThat((double) Math.abs(found[i] - expected[i]))
          .as("element %d: found %s, expected %s", i, found[i], expected[i])
          .isLessThanOrEqualTo(TOLERANCE * Math.max(1, Math.abs(expected[i])));
    }
  }
}
