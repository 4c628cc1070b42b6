package dev.caviar.coordinator.search;

import org.apache.commons.rng.core.source64.SplitMix64;
import org.hipparchus.random.SobolSequenceGenerator;

/**
 * Points of the unit cube that fill it more evenly than random ones: Sobol's sequence with the
 * direction numbers {@code new-joe-kuo-6} of Joe and Kuo, "Constructing Sobol sequences with better
 * two-dimensional projections", 2008, in the order of Gray code.
 *
 * <p>It is scrambled as in Owen, "Randomly permuted (t,m,s)-nets and (t,s)-sequences", 1995: each
 * binary digit of a coordinate is flipped or not by a coin that belongs to the digits before it.
 * Each point alone is then uniform, and together they are as even as before: in each dimension
 * every one of 2^k equal intervals holds exactly one of the first 2^k points.
 *
 * <p>Safe for use by several threads.
 */
final class SobolSequence {
  /** Binary digits of a coordinate, as many as the generator has. */
  private static final int DIGITS = 52;

  /** By how much SplitMix64's state grows from one number to the next. */
  private static final long STEP = 0x9e3779b97f4a7c15L;

  /** Remembers where it was asked last, hence only used under its lock. */
  private final SobolSequenceGenerator generator;

  /** Which tree of coins each dimension has. */
  private final long[] keys;

  /**
   * The sequence whose scrambling follows from the seed.
   *
   * @param dimensions 1 to 21,201
   */
  SobolSequence(int dimensions, long seed) {
    this.generator = new SobolSequenceGenerator(dimensions);
    this.keys = new long[dimensions];
    for (int i = 0; i < dimensions; i++) {
      keys[i] = Draws.stream(seed, Draws.Purpose.SCRAMBLING, 0, i).nextLong();
    }
  }

  /**
   * A point of the sequence, in time that does not depend on which.
   *
   * @param index from 0
   * @return coordinates, each at least 0 and below 1
   */
  double[] point(int index) {
    double[] point = unscrambled(index);
    for (int i = 0; i < point.length; i++) {
      point[i] = scrambled(point[i], keys[i]);
    }
    return point;
  }

  double[] unscrambled(int index) {
    synchronized (generator) {
      return generator.skipTo(index);
    }
  }

  private static double scrambled(double coordinate, long key) {
    long digits = (long) (coordinate * 0x1p52);
    long scrambled = 0;
    // The digits so far after a leading 1: a number for each node of the tree, none twice.
    long node = 1;
    for (int i = DIGITS - 1; i >= 0; i--) {
      long digit = digits >>> i & 1;
      // SplitMix64's numbers can be had in any order, since its state only counts.
      long coin = new SplitMix64(key + node * STEP).nextLong() >>> 63;
      scrambled = scrambled << 1 | (digit ^ coin);
      node = node << 1 | digit;
    }
    return scrambled * 0x1p-52;
  }
}
