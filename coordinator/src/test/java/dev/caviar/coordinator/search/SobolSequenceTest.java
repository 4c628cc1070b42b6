package dev.caviar.coordinator.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.commons.statistics.inference.ChiSquareTest;
import org.apache.commons.statistics.inference.KolmogorovSmirnovTest;
import org.junit.jupiter.api.Test;

class SobolSequenceTest {
  /** A right sequence fails with this probability; the seeds are fixed, so it does not flicker. */
  private static final double REJECT_BELOW = 0.001;

  private static double[][] points(int dimensions, int count, long seed) {
    SobolSequence sequence = new SobolSequence(dimensions, seed);
    return IntStream.range(0, count).mapToObj(sequence::point).toArray(double[][]::new);
  }

  /** How many points are in each box of a grid of 2^a by 2^b by ... boxes. */
  private static int[] counts(double[][] points, int... logarithms) {
    int[] counts = new int[1 << Arrays.stream(logarithms).sum()];
    for (double[] point : points) {
      int box = 0;
      for (int i = 0; i < logarithms.length; i++) {
        box = (box << logarithms[i]) + (int) (point[i] * (1 << logarithms[i]));
      }
      counts[box]++;
    }
    return counts;
  }

  @Test
  void beginsAsPublished() {
    // Joe and Kuo's notes on their program sobol.cc, in its order.
    double[][] published = {
      {0, 0, 0},
      {0.5, 0.5, 0.5},
      {0.75, 0.25, 0.25},
      {0.25, 0.75, 0.75},
      {0.375, 0.375, 0.625},
      {0.875, 0.875, 0.125},
      {0.625, 0.125, 0.875},
      {0.125, 0.625, 0.375},
      {0.1875, 0.3125, 0.9375},
      {0.6875, 0.8125, 0.4375},
    };
    SobolSequence sequence = new SobolSequence(3, 1);

    // Backwards: each point can be had without those before it.
    for (int index = published.length - 1; index >= 0; index--) {
      assertThat(sequence.unscrambled(index)).containsExactly(published[index]);
    }
  }

  @Test
  void hasTheSameDirectionNumbersAsSciPy() {
    double[] point = new SobolSequence(40, 1).unscrambled(12_345);

    // scipy.stats.qmc.Sobol(40, scramble=False) of SciPy 1.17.1, after fast_forward(12345).
    assertThat(Arrays.copyOf(point, 4))
        .containsExactly(0.64093017578125, 0.81341552734375, 0.16033935546875, 0.52679443359375);
    assertThat(Arrays.copyOfRange(point, 36, 40))
        .containsExactly(0.00262451171875, 0.32232666015625, 0.95989990234375, 0.94818115234375);
  }

  @Test
  void scrambledPointsAreANet() {
    for (long seed = 0; seed < 5; seed++) {
      double[][] points = points(3, 256, seed);
      // In the first two dimensions any box of 1/256 has one point, whatever its shape.
      for (int a = 0; a <= 8; a++) {
        assertThat(counts(points, a, 8 - a)).as("1/2^%d wide", a).containsOnly(1);
      }
      // In three dimensions t is 1: two points in any box of 1/128.
      for (int a = 0; a <= 7; a++) {
        for (int b = 0; a + b <= 7; b++) {
          assertThat(counts(points, a, b, 7 - a - b)).containsOnly(2);
        }
      }
    }
  }

  @Test
  void everyDimensionHasOnePointInEachInterval() {
    double[][] points = points(40, 64, 7);
    for (int i = 0; i < 40; i++) {
      int dimension = i;
      assertThat(Arrays.stream(points).mapToInt(p -> (int) (p[dimension] * 64)))
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void laterPartsOfTheSequenceAreNetsToo() {
    SobolSequence sequence = new SobolSequence(2, 3);
    double[][] points =
        IntStream.range(5 * 64, 6 * 64).mapToObj(sequence::point).toArray(double[][]::new);

    for (int a = 0; a <= 6; a++) {
      assertThat(counts(points, a, 6 - a)).containsOnly(1);
    }
  }

  @Test
  void eachPointIsUniformOverTheSeeds() {
    for (int index : new int[] {0, 1, 6, 1_000}) {
      double[][] points =
          IntStream.range(0, 4_096)
              .mapToObj(seed -> new SobolSequence(2, seed).point(index))
              .toArray(double[][]::new);
      for (int i = 0; i < 2; i++) {
        int dimension = i;
        double[] coordinates = Arrays.stream(points).mapToDouble(p -> p[dimension]).toArray();
        assertThat(KolmogorovSmirnovTest.withDefaults().test(coordinates, u -> u).getPValue())
            .as("point %d, dimension %d", index, i)
            .isGreaterThan(REJECT_BELOW);
      }
      // The dimensions are scrambled independently.
      assertThat(uniformP(counts(points, 3, 3))).isGreaterThan(REJECT_BELOW);
    }
  }

  @Test
  void digitsBehindTheFirstThatDiffersAreIndependent() {
    // Points 0 and 1 differ in the first digit; Owen's scrambling draws all later digits of the two
    // by different coins, where a mere shift would leave them alike.
    double[][] pairs =
        IntStream.range(0, 4_096)
            .mapToObj(
                seed -> {
                  SobolSequence sequence = new SobolSequence(1, seed);
                  return new double[] {sequence.point(0)[0] * 2 % 1, sequence.point(1)[0] * 2 % 1};
                })
            .toArray(double[][]::new);

    assertThat(uniformP(counts(pairs, 3, 3))).isGreaterThan(REJECT_BELOW);
  }

  @Test
  void pointsAreTheSameInEveryVersion() {
    // A sweep that was begun with one version must go on with the next.
    assertThat(new SobolSequence(2, 2024).point(7))
        .containsExactly(0.15500977487308965, 0.13242247784541905);
  }

  private static double uniformP(int[] counts) {
    return ChiSquareTest.withDefaults()
        .test(Arrays.stream(counts).asLongStream().toArray())
        .getPValue();
  }
}
