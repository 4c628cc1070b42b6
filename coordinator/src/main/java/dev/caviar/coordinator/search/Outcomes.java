package dev.caviar.coordinator.search;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Losses as a Gaussian process can take them: mean 0, variance 1, and a bad half without outliers.
 *
 * <p>The better half stays as it is, as distances from the median in its own spread. In the worse
 * half only the order counts: it is laid out as that of a normal distribution is, so that a few
 * trials that come out a thousand times worse than the others do not flatten what tells the good
 * ones apart. Trials that failed are all equal and worse than the worst. That is the half-rank
 * warping of Song et al., "The Vizier Gaussian process bandit algorithm", 2024.
 */
final class Outcomes {
  private Outcomes() {}

  /**
   * Smaller is better, before as after.
   *
   * @param losses NaN of trials that failed; at least one is a number
   */
  static double[] of(double[] losses) {
    double[] sorted = sorted(losses);
    double median = median(sorted);
    int good = 0;
    double squares = 0;
    while (good < sorted.length && sorted[good] <= median) {
      double below = (median - sorted[good++]);
      squares += below * below;
    }
    double spread = Math.sqrt(squares / good);
    // Where the whole better half is equal it has no spread to go by.
    double unit = spread > 0 && spread < Double.POSITIVE_INFINITY ? spread : 1;
    double bad = losses.length - good;
    double[] outcomes = new double[losses.length];
    for (int i = 0; i < losses.length; i++) {
      double loss = losses[i];
      if (loss <= median) {
        outcomes[i] = (loss - median) / unit;
      } else {
        // The mean rank of those that are equal, from 0 for the first that is bad.
        double better = Double.isNaN(loss) ? sorted.length : first(sorted, loss, false);
        double notWorse = Double.isNaN(loss) ? losses.length : first(sorted, loss, true);
        double rank = (better + notWorse) / 2 - good;
        outcomes[i] = Normal.quantile(0.5 + 0.5 * rank / bad);
      }
    }
    return standardized(outcomes);
  }

  /**
   * As they are, but for their mean and spread; trials that failed are as bad as the worst.
   *
   * @param losses NaN of trials that failed; at least one is a number
   */
  static double[] plain(double[] losses) {
    double[] sorted = sorted(losses);
    double worst = sorted[sorted.length - 1];
    return standardized(
        Arrays.stream(losses).map(loss -> Double.isNaN(loss) ? worst : loss).toArray());
  }

  /**
   * Whose losses are not above the median, increasing.
   *
   * @param losses NaN of trials that failed; at least one is a number
   */
  static int[] betterHalf(double[] losses) {
    double median = median(sorted(losses));
    return IntStream.range(0, losses.length).filter(i -> losses[i] <= median).toArray();
  }

  private static double[] sorted(double[] losses) {
    return Arrays.stream(losses).filter(loss -> !Double.isNaN(loss)).sorted().toArray();
  }

  /** The lower one of two. */
  private static double median(double[] sorted) {
    return sorted[(sorted.length - 1) / 2];
  }

  /** How many are below a number, or not above it. */
  private static int first(double[] sorted, double number, boolean above) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < number || (above && sorted[middle] == number)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static double[] standardized(double[] numbers) {
    double mean = 0;
    for (double number : numbers) {
      mean += number / numbers.length;
    }
    double squares = 0;
    for (double number : numbers) {
      squares += (number - mean) * (number - mean);
    }
    double deviation = Math.sqrt(squares / numbers.length);
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = deviation > 0 ? (numbers[i] - mean) / deviation : 0;
    }
    return numbers;
  }
}
