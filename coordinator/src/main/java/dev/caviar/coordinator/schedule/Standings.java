package dev.caviar.coordinator.schedule;

import java.util.Collections;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How far all trials of a sweep are, kept up as they change; for one thread. It goes through trials
 * only when a schedule first asks about those of a bracket, so that a judgement among a hundred
 * thousand trials costs what one among a thousand does.
 */
public final class Standings {
  private static final Standing NOT_THERE =
      new Standing(Collections.emptySortedMap(), Standing.State.ENDED);

  /** Trials that are compared with each other. */
  private static final class Bracket {
    final int end;
    final RungRankings reached = new RungRankings();
    final RungRankings open = new RungRankings();
    int openTrials;

    Bracket(int end) {
      this.end = end;
    }
  }

  private final List<Standing> trials;
  private int expected;
  private final boolean minimize;
  private long changes;
  // Those that were asked about, by their first trial.
  private final TreeMap<Integer, Bracket> brackets = new TreeMap<>();
  // Running averages of completed trials; null until somebody asks.
  private @Nullable RungRankings averages;

  /**
   * Of a sweep's trials.
   *
   * @param trials a view, in the order of their numbers; whoever changes it says so by {@link
   *     #added} and {@link #changed}
   * @param expected how many trials there will be, with those there are
   * @param minimize whether a smaller objective is better
   */
  public Standings(List<Standing> trials, int expected, boolean minimize) {
    this.trials = trials;
    this.expected = expected;
    this.minimize = minimize;
  }

  /** From here on so many trials are expected, with those there are. */
  public void expect(int trials) {
    if (expected != trials) {
      expected = trials;
      changes++;
    }
  }

  /** There is one more trial, with the next number. */
  public void added(int trial, Standing now) {
    changed(trial, NOT_THERE, now);
  }

  /** A trial stood there, and now stands elsewhere. */
  public void changed(int trial, Standing before, Standing now) {
    changes++;
    Map.Entry<Integer, Bracket> entry = brackets.floorEntry(trial);
    if (entry != null && trial < entry.getValue().end) {
      change(entry.getValue(), trial, before, now);
    }
    if (averages != null) {
      averages.change(trial, runningAverages(before), runningAverages(now));
    }
  }

  /** Grows with all that could have a schedule judge otherwise. */
  public long changes() {
    return changes;
  }

  /** How many trials there will be, with those there are. */
  int expected() {
    return expected;
  }

  boolean minimize() {
    return minimize;
  }

  /** How many of the trials in {@code [first, end)} may still reach the rung. */
  int toCome(int first, int end, int epoch) {
    Bracket bracket = bracket(first, end);
    return Math.max(0, Math.min(end, expected) - Math.max(first, trials.size()))
        + bracket.openTrials
        - bracket.open.at(epoch).size();
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
    Ranking reached = bracket(first, end).reached.at(epoch);
    return new Place(reached.before(loss(value(trial, epoch)), trial) + 1, reached.size());
  }

  /**
   * Its place among those in {@code [first, end)} that reached the rung and have not ended, which
   * it has not; in the same order.
   */
  Place placeAmongOpen(int trial, int first, int end, int epoch) {
    Ranking open = bracket(first, end).open.at(epoch);
    return new Place(open.before(loss(value(trial, epoch)), trial) + 1, open.size());
  }

  /** The trial at such a place, from 1, among those that reached the rung and have not ended. */
  int openAt(int place, int first, int end, int epoch) {
    return bracket(first, end).open.at(epoch).trial(place - 1);
  }

  /** The running averages up to the rung of the completed trials that came past it. */
  Ranking averages(int epoch) {
    RungRankings known = averages;
    if (known == null) {
      known = new RungRankings();
      for (int trial = 0; trial < trials.size(); trial++) {
        known.change(trial, Map.of(), runningAverages(trials.get(trial)));
      }
      averages = known;
    }
    return known.at(epoch);
  }

  /** A trial's objectives at the rungs that it reached, by their epochs. */
  SortedMap<Integer, Double> values(int trial) {
    return trials.get(trial).values();
  }

  double value(int trial, int epoch) {
    Double value = values(trial).get(epoch);
    if (value == null) {
      throw new IllegalArgumentException(
          "trial %d has not reached epoch %d".formatted(trial, epoch));
    }
    return value;
  }

  /** Brackets have no trial in common, and a bracket's end is always the same. */
  private Bracket bracket(int first, int end) {
    Bracket known = brackets.get(first);
    if (known != null && known.end != end) {
      throw new IllegalArgumentException(
          "the bracket from trial %d ends before %d, not %d".formatted(first, known.end, end));
    }
    if (known != null) {
      return known;
    }
    Bracket bracket = new Bracket(end);
    for (int trial = first; trial < Math.min(end, trials.size()); trial++) {
      change(bracket, trial, NOT_THERE, trials.get(trial));
    }
    brackets.put(first, bracket);
    return bracket;
  }

  private void change(Bracket bracket, int trial, Standing before, Standing now) {
    Map<Integer, Double> had = losses(before);
    Map<Integer, Double> has = losses(now);
    bracket.reached.change(trial, had, has);
    bracket.open.change(trial, isOpen(before) ? had : Map.of(), isOpen(now) ? has : Map.of());
    bracket.openTrials += (isOpen(now) ? 1 : 0) - (isOpen(before) ? 1 : 0);
  }

  private static boolean isOpen(Standing trial) {
    return trial.state() == Standing.State.OPEN;
  }

  private Map<Integer, Double> losses(Standing trial) {
    return minimize
        ? trial.values()
        : trial.values().entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, entry -> loss(entry.getValue())));
  }

  /** At each rung the mean over it and those before; empty unless the trial is completed. */
  private static Map<Integer, Double> runningAverages(Standing trial) {
    if (trial.state() != Standing.State.COMPLETED) {
      return Map.of();
    }
    Map<Integer, Double> averages = new TreeMap<>();
    DoubleSummaryStatistics soFar = new DoubleSummaryStatistics();
    trial
        .values()
        .forEach(
            (epoch, value) -> {
              soFar.accept(value);
              averages.put(epoch, soFar.getAverage());
            });
    return averages;
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
