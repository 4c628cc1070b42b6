package dev.caviar.coordinator.retest;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.hipparchus.distribution.continuous.TDistribution;

/**
 * By how much one point's losses are above another's, over trials that were paired by their seeds:
 * what both owe to a seed is in neither difference. Student's t for paired observations, as in
 * Snedecor and Cochran, "Statistical Methods", 8th edition, 1989, chapter 6; Student, "The probable
 * error of a mean", Biometrika 6, 1908.
 *
 * @param pairs at least 2
 * @param mean of the differences; above 0 where the point is the worse
 * @param deviation their standard deviation, taken over pairs − 1; 0 where they are all alike
 */
public record PairedDifference(int pairs, double mean, double deviation) {
  /** Differences that differ by no more of the losses than this do so by rounding. */
  private static final double ROUNDING = 1e-12;

  /**
   * Of losses in the order of their seeds.
   *
   * @param losses finite, at least 2
   * @param others of the point that it is compared with, as many
   */
  public static PairedDifference of(double[] losses, double[] others) {
    int pairs = losses.length;
    if (pairs != others.length || pairs < 2) {
      throw new IllegalArgumentException(pairs + " losses and " + others.length + " others");
    }
    double[] differences =
        IntStream.range(0, pairs).mapToDouble(i -> losses[i] - others[i]).toArray();
    double mean = Arrays.stream(differences).sum() / pairs;
    double squares = Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
    double deviation = Math.sqrt(squares / (pairs - 1));
    double largest =
        Math.max(
            Arrays.stream(losses).map(Math::abs).max().orElse(0),
            Arrays.stream(others).map(Math::abs).max().orElse(0));
    return new PairedDifference(pairs, mean, deviation <= ROUNDING * largest ? 0 : deviation);
  }

  /**
   * Whether it can be told how sure the mean is. Differences that are all alike do not say how much
   * they differ: errors that are counts of few examples often come out so by chance.
   */
  public boolean hasSpread() {
    return deviation > 0;
  }

  /** How far the mean is likely to be from that of very many pairs. */
  public double standardError() {
    return deviation / Math.sqrt(pairs);
  }

  /** How probable a mean at least this far from 0 is, to either side, if there is no difference. */
  public double p() {
    return hasSpread()
        ? 2 * new TDistribution(pairs - 1).cumulativeProbability(-Math.abs(mean) / standardError())
        : 1;
  }

  /**
   * How far the interval that holds the true mean reaches from the mean to either side; infinite
   * where that cannot be told.
   *
   * @param confidence with what probability it does, above 0 and below 1
   */
  public double reach(double confidence) {
    return hasSpread()
        ? quantile(pairs, 1 - (1 - confidence) / 2) * standardError()
        : Double.POSITIVE_INFINITY;
  }

  /**
   * The least number of pairs with which an interval leaves out 0 with a given probability, if the
   * true mean and deviation are those found here: n with |mean| at least (t of the confidence + t
   * of the power) · deviation / √n, as in Snedecor and Cochran, section 6.14, with the quantiles of
   * t for n pairs in the place of the normal ones.
   *
   * @param confidence of the interval
   * @param power the probability, at least 0.5 and below 1
   * @param most where to stop looking
   * @return most + 1 if that many are not enough
   */
  public int pairsToSettle(double confidence, double power, int most) {
    if (mean == 0 || !hasSpread()) {
      return most + 1;
    }
    int low = 1; // Not enough, as no spread is known of one.
    int high = most + 1;
    while (high - low > 1) {
      int n = (low + high) / 2;
      double needed = quantile(n, 1 - (1 - confidence) / 2) + quantile(n, power);
      if (Math.abs(mean) >= needed * deviation / Math.sqrt(n)) {
        high = n;
      } else {
        low = n;
      }
    }
    return high;
  }

  private static double quantile(int pairs, double probability) {
    return new TDistribution(pairs - 1).inverseCumulativeProbability(probability);
  }
}
