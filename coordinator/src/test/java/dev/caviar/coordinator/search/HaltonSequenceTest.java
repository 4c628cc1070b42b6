package dev.caviar.coordinator.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.statistics.inference.ChiSquareTest;
import org.apache.commons.statistics.inference.KolmogorovSmirnovTest;
import org.junit.jupiter.api.Test;

class HaltonSequenceTest {
  /** A right sequence fails with this probability; the seeds are fixed, so it does not flicker. */
  private static final double REJECT_BELOW = 0.001;

  private static double[][] points(int dimensions, int from, int to, long seed) {
    HaltonSequence sequence = new HaltonSequence(dimensions, seed);
    return IntStream.range(from, to).mapToObj(sequence::point).toArray(double[][]::new);
  }

  private static double[] unscrambled(int base, int count) {
    int[] identity = IntStream.range(0, base * HaltonSequence.places(base)).toArray();
    Arrays.setAll(identity, i -> i % base);
    return IntStream.range(0, count)
        .mapToDouble(index -> HaltonSequence.mirrored(index, base, identity))
        .toArray();
  }

  @Test
  void withoutPermutationsDigitsAreMirrored() {
    // Niederreiter, "Random number generation and quasi-Monte Carlo methods", 1992, chapter 3:
    // van der Corput's sequence.
    assertThat(unscrambled(2, 8))
        .containsExactly(0, 1 / 2.0, 1 / 4.0, 3 / 4.0, 1 / 8.0, 5 / 8.0, 3 / 8.0, 7 / 8.0);
    assertThat(unscrambled(3, 10))
        .containsExactly(
            new double[] {
              0, 1 / 3.0, 2 / 3.0, 1 / 9.0, 4 / 9.0, 7 / 9.0, 2 / 9.0, 5 / 9.0, 8 / 9.0, 1 / 27.0
            },
            within(1e-15));
    assertThat(unscrambled(5, 7)[6]).isCloseTo(1 / 5.0 + 1 / 25.0, within(1e-15));
  }

  @Test
  void everyBoxOfPowersOfTheBasesHasOnePoint() {
    for (long seed = 0; seed < 5; seed++) {
      // 8 by 9 by 5 boxes, and the second 360 points as well as the first.
      for (int from : new int[] {0, 360}) {
        assertThat(
                Arrays.stream(points(3, from, from + 360, seed))
                    .map(p -> List.of((int) (p[0] * 8), (int) (p[1] * 9), (int) (p[2] * 5))))
            .doesNotHaveDuplicates();
      }
    }
  }

  @Test
  void everyDimensionHasAPrimeOfItsOwnAsBase() {
    int[] primes = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71};
    for (int i = 0; i < primes.length; i++) {
      int dimension = i;
      int prime = primes[i];
      assertThat(Arrays.stream(points(20, 0, prime, 9)).mapToInt(p -> (int) (p[dimension] * prime)))
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void eachPointIsUniformOverTheSeeds() {
    for (int index : new int[] {0, 1, 6, 1_000}) {
      double[][] points =
          IntStream.range(0, 4_096)
              .mapToObj(seed -> new HaltonSequence(12, seed).point(index))
              .toArray(double[][]::new);
      for (int i = 0; i < 12; i++) {
        int dimension = i;
        double[] coordinates = Arrays.stream(points).mapToDouble(p -> p[dimension]).toArray();
        assertThat(KolmogorovSmirnovTest.withDefaults().test(coordinates, u -> u).getPValue())
            .as("point %d, dimension %d", index, i)
            .isGreaterThan(REJECT_BELOW);
      }
      long[] boxes = new long[64];
      Arrays.stream(points).forEach(p -> boxes[8 * (int) (p[10] * 8) + (int) (p[11] * 8)]++);
      assertThat(ChiSquareTest.withDefaults().test(boxes).getPValue()).isGreaterThan(REJECT_BELOW);
    }
  }

  @Test
  void largeBasesDoNotRiseInStep() {
    // Without permutations the first 29 points of bases 29 and 31 lie on a line.
    double[][] points = points(11, 0, 29, 1);
    double[] x = Arrays.stream(points).mapToDouble(p -> p[9] - 0.5).toArray();
    double[] y = Arrays.stream(points).mapToDouble(p -> p[10] - 0.5).toArray();
    double xy = IntStream.range(0, 29).mapToDouble(i -> x[i] * y[i]).sum();

    // Of independent coordinates the standard deviation is the root of 29 / 144, about 0.45.
    assertThat(xy).isBetween(-1.5, 1.5);
  }

  @Test
  void coordinatesAreBelowOne() {
    int[] last = new int[2 * HaltonSequence.places(2)];
    Arrays.fill(last, 1);
    assertThat(HaltonSequence.mirrored(5, 2, last)).isLessThan(1);
    int[] lastOfSeven = new int[7 * HaltonSequence.places(7)];
    Arrays.fill(lastOfSeven, 6);
    assertThat(HaltonSequence.mirrored(Integer.MAX_VALUE, 7, lastOfSeven)).isLessThan(1);
  }

  @Test
  void pointsAreTheSameInEveryVersion() {
    // A sweep that was begun with one version must go on with the next.
    assertThat(new HaltonSequence(3, 2024).point(7))
        .containsExactly(0.49792679450883215, 0.9396718841369109, 0.8925386508715848);
  }
}
