package dev.caviar.coordinator.schedule;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How far all trials of a sweep are.
 *
 * @param trials in the order of their numbers
 * @param expected how many trials there will be, with those there are
 * @param minimize whether a smaller objective is better
 */
public record Standings(List<Standing> trials, int expected, boolean minimize) {

  /**
   * The trials in {@code [first, end)} that reached the rung, best first; of equals the lower
   * number, so that the order of arrival is nothing. What is not a number is worst.
   */
  List<Integer> ranked(int first, int end, int epoch) {
    return IntStream.range(first, Math.min(end, trials.size()))
        .filter(trial -> trials.get(trial).values().containsKey(epoch))
        .boxed()
        .sorted(
            Comparator.comparingDouble((Integer trial) -> loss(trial, epoch))
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  double value(int trial, int epoch) {
    Double value = trials.get(trial).values().get(epoch);
    if (value == null) {
      throw new IllegalArgumentException(
          "trial %d has not reached epoch %d".formatted(trial, epoch));
    }
    return value;
  }

  /** The value with its sign changed where more is better. */
  private double loss(int trial, int epoch) {
    double value = value(trial, epoch);
    return minimize || Double.isNaN(value) ? value : -value;
  }

  /** Whether the first is worse than the second. */
  boolean isWorse(double value, double than) {
    return Double.isNaN(value) || (minimize ? value > than : value < than);
  }
}
