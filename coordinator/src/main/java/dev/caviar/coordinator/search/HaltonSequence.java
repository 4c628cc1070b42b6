package dev.caviar.coordinator.search;

import org.apache.commons.rng.UniformRandomProvider;

/**
 * Points of the unit cube that fill it more evenly than random ones: Halton, "On the efficiency of
 * certain quasi-random sequences of points in evaluating multi-dimensional integrals", 1960. The
 * coordinate in dimension i is the index written in the i-th prime as base, mirrored at the point:
 * 6 is 110 in base 2 and gives 0.011, or 3/8.
 *
 * <p>Plain coordinates in large bases rise in step for a long time. Hence every digit goes through
 * a permutation drawn for its dimension and its place, leading zeros included: Owen, "A randomized
 * Halton algorithm in R", 2017. Each point alone is then uniform, and together they are as even as
 * before: in a dimension of base b each of b^k equal intervals holds exactly one of the first b^k
 * points.
 */
final class HaltonSequence {
  private final int[] bases;

  /** For each dimension, what becomes of digit d at place k behind the point: [k · base + d]. */
  private final int[][] permutations;

  /** The sequence whose permutations follow from the seed. */
  HaltonSequence(int dimensions, long seed) {
    this.bases = primes(dimensions);
    this.permutations = new int[dimensions][];
    for (int i = 0; i < dimensions; i++) {
      int places = places(bases[i]);
      permutations[i] = new int[places * bases[i]];
      for (int place = 0; place < places; place++) {
        shuffle(
            permutations[i],
            place * bases[i],
            bases[i],
            Draws.stream(seed, Draws.Purpose.SCRAMBLING, place, i));
      }
    }
  }

  /**
   * A point of the sequence, in time that does not depend on which.
   *
   * @param index from 0
   * @return coordinates, each at least 0 and below 1
   */
  double[] point(int index) {
    double[] point = new double[bases.length];
    for (int i = 0; i < bases.length; i++) {
      point[i] = mirrored(index, bases[i], permutations[i]);
    }
    return point;
  }

  static double mirrored(int index, int base, int[] permutations) {
    long digits = 0;
    double unit = 1;
    int rest = index;
    for (int place = 0; place < permutations.length; place += base) {
      digits = digits * base + permutations[place + rest % base];
      rest /= base;
      unit *= base;
    }
    // Rounded once, and never up to 1.
    return Math.min(digits / unit, Math.nextDown(1.0));
  }

  /** How many digits there are until those behind them are less than a double's last. */
  static int places(int base) {
    int places = 0;
    for (double size = 1; size < 0x1p53; size *= base) {
      places++;
    }
    return places;
  }

  private static void shuffle(int[] all, int from, int base, UniformRandomProvider random) {
    for (int digit = 0; digit < base; digit++) {
      // Fisher and Yates, from the inside out.
      int other = random.nextInt(digit + 1);
      all[from + digit] = all[from + other];
      all[from + other] = digit;
    }
  }

  private static int[] primes(int count) {
    int[] primes = new int[count];
    int found = 0;
    for (int candidate = 2; found < count; candidate++) {
      boolean prime = true;
      for (int i = 0; i < found && primes[i] * primes[i] <= candidate && prime; i++) {
        prime = candidate % primes[i] != 0;
      }
      if (prime) {
        primes[found++] = candidate;
      }
    }
    return primes;
  }
}
