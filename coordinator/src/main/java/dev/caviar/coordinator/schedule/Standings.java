package dev.caviar.coordinator.schedule;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How far all trials of a sweep are; for one thread. Good for as long as nothing changes of what it
 * was made of: it remembers for how many a rung waits and in which order they came out, since all
 * who wait there ask.
 */
public final class Standings {
  private record Rung(int first, int end, int epoch) {}

  private final List<Standing> trials;
  private final int expected;
  private final boolean minimize;
  private final Map<Rung, Integer> toCome = new HashMap<>();
  private final Map<Rung, List<Integer>> ranked = new HashMap<>();

  /**
   * Of a sweep's trials.
   *
   * @param trials in the order of their numbers
   * @param expected how many trials there will be, with those there are
   * @param minimize whether a smaller objective is better
   */
  public Standings(List<Standing> trials, int expected, boolean minimize) {
    this.trials = trials;
    this.expected = expected;
    this.minimize = minimize;
  }

  /** In the order of their numbers. */
  List<Standing> trials() {
    return trials;
  }

  /** How many trials there will be, with those there are. */
  public int expected() {
    return expected;
  }

  boolean minimize() {
    return minimize;
  }

  /** How many of the trials in {@code [first, end)} may still reach the rung. */
  int toCome(int first, int end, int epoch) {
    return toCome.computeIfAbsent(
        new Rung(first, end, epoch),
        rung -> {
          int count = Math.max(0, end - Math.max(first, trials.size()));
          for (int trial = first; trial < Math.min(end, trials.size()); trial++) {
            Standing standing = trials.get(trial);
            count +=
                standing.state() == Standing.State.OPEN && !standing.values().containsKey(epoch)
                    ? 1
                    : 0;
          }
          return count;
        });
  }

  /**
   * A trial's place among others, and how many they are with it.
   *
   * @param place from 1, the best
   */
  record Place(int place, int of) {}

  /**
   * Its place among the trials in {@code [first, end)} that reached the rung. Of equals the lower
   * number is better, so that the order of arrival is nothing; what is not a number is worst.
   */
  Place place(int trial, int first, int end, int epoch) {
    double loss = loss(value(trial, epoch));
    int better = 0;
    int reached = 0;
    for (int other = first; other < Math.min(end, trials.size()); other++) {
      Double value = trials.get(other).values().get(epoch);
      if (value != null) {
        reached++;
        int compared = Double.compare(loss(value), loss);
        better += compared < 0 || (compared == 0 && other < trial) ? 1 : 0;
      }
    }
    return new Place(better + 1, reached);
  }

  /**
   * The trials in {@code [first, end)} that reached the rung and have not ended, the best first; in
   * the order of {@link #place}.
   */
  List<Integer> rankedOpen(int first, int end, int epoch) {
    return ranked.computeIfAbsent(
        new Rung(first, end, epoch),
        rung ->
            IntStream.range(first, Math.min(end, trials.size()))
                .filter(trial -> trials.get(trial).state() == Standing.State.OPEN)
                .filter(trial -> trials.get(trial).values().containsKey(epoch))
                .boxed()
                // Stable: of equals the lower number stays before the other.
                .sorted(Comparator.comparingDouble(trial -> loss(value(trial, epoch))))
                .toList());
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
  private double loss(double value) {
    return minimize || Double.isNaN(value) ? value : -value;
  }

  /** Whether the first is worse than the second. */
  boolean isWorse(double value, double than) {
    return Double.isNaN(value) || (minimize ? value > than : value < than);
  }
}
