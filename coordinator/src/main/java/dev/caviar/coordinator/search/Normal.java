package dev.caviar.coordinator.search;

import org.apache.commons.rng.UniformRandomProvider;

/**
 * The normal distribution, by StrictMath, so that what is computed with it is the same to the last
 * bit on every machine.
 */
final class Normal {
  /** Where the tail is smaller than the smallest double. */
  private static final double END = 38;

  private Normal() {}

  /**
   * The probability that a standard normal variable is at most z, to 1e-15, and to 8 digits where
   * it is less: algorithm 5666 of Hart et al., "Computer approximations", 1968, as in West, "Better
   * approximations to cumulative normal functions", 2005.
   */
  static double cumulative(double z) {
    double x = Math.abs(z);
    double tail = x > END ? 0 : tail(x);
    return z > 0 ? 1 - tail : tail;
  }

  /** The probability of more than x, which is at least 0. */
  private static double tail(double x) {
    double exponential = StrictMath.exp(-x * x / 2);
    if (x < 7.07106781186547) {
      double above = 3.52624965998911e-2 * x + 0.700383064443688;
      above = above * x + 6.37396220353165;
      above = above * x + 33.912866078383;
      above = above * x + 112.079291497871;
      above = above * x + 221.213596169931;
      above = above * x + 220.206867912376;
      double below = 8.83883476483184e-2 * x + 1.75566716318264;
      below = below * x + 16.064177579207;
      below = below * x + 86.7807322029461;
      below = below * x + 296.564248779674;
      below = below * x + 637.333633378831;
      below = below * x + 793.826512519948;
      below = below * x + 440.413735824752;
      return exponential * above / below;
    }
    double fraction = x + 1 / (x + 2 / (x + 3 / (x + 4 / (x + 0.65))));
    return exponential / fraction / 2.506628274631;
  }

  /**
   * Where the probability to lie below is {@code probability}, the inverse of {@link #cumulative}
   * to within its own error.
   *
   * @param probability from 0.5, below 1
   */
  static double quantile(double probability) {
    double low = 0;
    double high = END;
    // Halving goes on until there is no number between the two.
    while (true) {
      double middle = (low + high) / 2;
      if (middle <= low || middle >= high) {
        return low;
      }
      if (cumulative(middle) < probability) {
        low = middle;
      } else {
        high = middle;
      }
    }
  }

  /**
   * The probability that a normal variable lies between two numbers.
   *
   * @param deviation above 0
   */
  static double between(double low, double high, double mean, double deviation) {
    double from = (low - mean) / deviation;
    double to = (high - mean) / deviation;
    // In the upper tail the difference of two numbers near 1 would lose all digits.
    return from > 0 ? cumulative(-from) - cumulative(-to) : cumulative(to) - cumulative(from);
  }

  /**
   * A normal variable, given that it lies between 0 and 1.
   *
   * @param mean 0 to 1, so that about one draw in three at the least hits
   * @param deviation above 0, at most 1
   */
  static double inUnit(double mean, double deviation, UniformRandomProvider random) {
    while (true) {
      double x = mean + deviation * standard(random);
      if (x >= 0 && x <= 1) {
        return x;
      }
    }
  }

  /**
   * A standard normal variable: Marsaglia and Bray, "A convenient method for generating normal
   * variables", 1964.
   */
  static double standard(UniformRandomProvider random) {
    while (true) {
      double x = 2 * random.nextDouble() - 1;
      double y = 2 * random.nextDouble() - 1;
      double square = x * x + y * y;
      if (square < 1 && square > 0) {
        return x * StrictMath.sqrt(-2 * StrictMath.log(square) / square);
      }
    }
  }
}
