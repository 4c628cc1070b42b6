package dev.caviar.coordinator.schedule;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Successive halving and Hyperband: a bracket of trials begins together; at each rung all wait for
 * each other, the best 1/η train on, and the others end. Jamieson and Talwalkar, "Non-stochastic
 * best arm identification and hyperparameter optimization", 2016; Li et al., "Hyperband: a novel
 * bandit-based approach to hyperparameter optimization", 2018, algorithm 1.
 */
final class SynchronousHalving implements Schedule {
  /**
   * Trials that are compared with each other.
   *
   * @param size how many trials begin, at least 1
   * @param rungs the epochs after which the best {@code size}/η, {@code size}/η², … train on;
   *     increasing
   */
  record Bracket(int size, List<Integer> rungs) {}

  private final List<Bracket> brackets;
  private final int reductionFactor;
  private final int round;

  private SynchronousHalving(List<Bracket> brackets, int reductionFactor) {
    this.brackets = brackets;
    this.reductionFactor = reductionFactor;
    this.round = brackets.stream().mapToInt(Bracket::size).sum();
  }

  /** All trials in one bracket. */
  static SynchronousHalving successive(int trials, int epochs, int minEpochs, int reductionFactor) {
    List<Integer> rungs = new ArrayList<>();
    for (long epoch = minEpochs; epoch < epochs; epoch *= reductionFactor) {
      rungs.add((int) epoch);
    }
    return new SynchronousHalving(List.of(new Bracket(trials, rungs)), reductionFactor);
  }

  /** Brackets from many trials that begin with few epochs to few that train all, over and over. */
  static SynchronousHalving hyperband(int epochs, int reductionFactor) {
    return new SynchronousHalving(brackets(epochs, reductionFactor), reductionFactor);
  }

  /** Table 1 of the paper has those for 81 epochs and η = 3. */
  static List<Bracket> brackets(int epochs, int reductionFactor) {
    int most = 0; // s_max, the largest with η^s ≤ R
    while (Math.pow(reductionFactor, most + 1) <= epochs) {
      most++;
    }
    List<Bracket> brackets = new ArrayList<>();
    for (int s = most; s >= 0; s--) {
      int size = (int) Math.ceil((most + 1) * Math.pow(reductionFactor, s) / (s + 1));
      List<Integer> rungs = new ArrayList<>();
      for (int i = 0; i < s; i++) {
        rungs.add((int) (epochs / Math.pow(reductionFactor, s - i)));
      }
      brackets.add(new Bracket(size, Collections.unmodifiableList(rungs)));
    }
    return brackets;
  }

  /** A bracket of its own would be of other trials than its user compared. */
  @Override
  public boolean takesMoreTrials() {
    return brackets.size() > 1;
  }

  /** A bracket's first trial, and the bracket. */
  private record Place(int first, Bracket bracket) {
    /** The number after that of its last trial, if there will be so many. */
    int end() {
      return first + bracket.size();
    }
  }

  private Place place(int trial) {
    int first = trial / round * round;
    for (Bracket bracket : brackets) {
      if (trial < first + bracket.size()) {
        return new Place(first, bracket);
      }
      first += bracket.size();
    }
    throw new IllegalStateException("brackets have no place for trial " + trial);
  }

  @Override
  public List<Integer> rungs(int trial) {
    return place(trial).bracket().rungs();
  }

  @Override
  public int bracketEnd(int trial) {
    return place(trial).end();
  }

  @Override
  public Verdict judge(int trial, int epoch, Standings standings) {
    Place place = place(trial);
    int first = place.first();
    int toCome = standings.toCome(first, place.end(), epoch);
    if (toCome > 0) {
      return new Verdict.Wait("%d trials have not reached epoch %d".formatted(toCome, epoch));
    }
    int rung = place.bracket().rungs().indexOf(epoch);
    int size = Math.min(place.end(), standings.expected()) - first;
    int best = Math.max(1, (int) (size / Math.pow(reductionFactor, rung + 1)));
    return among(
        standings.place(trial, first, place.end(), epoch), best, standings.value(trial, epoch));
  }

  /** Whether a trial is one of the best, of which so many go on. */
  static Verdict among(Standings.Place place, int best, double value) {
    String reason =
        "%s is place %d of %d, and %d go%s on"
            .formatted(
                MedianStopping.text(value), place.place(), place.of(), best, best == 1 ? "es" : "");
    return place.place() <= best ? new Verdict.GoOn(reason) : new Verdict.Stop(reason);
  }
}
