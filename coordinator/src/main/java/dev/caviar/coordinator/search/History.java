package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Point;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A sweep's trials so far, as samplers see them.
 *
 * @param trials in order of their numbers, which are their places in the list
 * @param minimize whether a smaller objective is better
 */
public record History(List<TrialRecord> trials, boolean minimize) {

  /**
   * What a sampler may know of a trial.
   *
   * @param objective after all epochs; null unless the trial is completed
   * @param rungs its objective at each rung that it reached, by the rung's epoch; empty in a sweep
   *     without early stopping
   * @param violation by how much it breaks constraints; 0 unless it is infeasible
   * @param others where the sweep has several objectives and the trial is completed, those after
   *     the first, each as a loss: the smaller the better
   */
  public record TrialRecord(
      int trial,
      Point point,
      Status status,
      @Nullable Double objective,
      SortedMap<Integer, Double> rungs,
      double violation,
      List<Double> others) {
    /** In a sweep with one objective and without constraints. */
    public TrialRecord(
        int trial,
        Point point,
        Status status,
        @Nullable Double objective,
        SortedMap<Integer, Double> rungs) {
      this(trial, point, status, objective, rungs, 0, List.of());
    }

    /** In a sweep without early stopping. */
    public TrialRecord(int trial, Point point, Status status, @Nullable Double objective) {
      this(trial, point, status, objective, Collections.emptySortedMap());
    }

    /** The same as the trial of another number. */
    TrialRecord numbered(int other) {
      return new TrialRecord(other, point, status, objective, rungs, violation, others);
    }

    /**
     * What it came to: its objective after all epochs, or if it was stopped early that at its last
     * rung, from which it would hardly have become worse. Null while it runs, if it failed or is
     * infeasible, and if that is not a number.
     */
    public @Nullable Double result() {
      Double result =
          switch (status) {
            case COMPLETED -> objective;
            case STOPPED -> rungs.isEmpty() ? null : rungs.lastEntry().getValue();
            case RUNNING, FAILED, INFEASIBLE -> null;
          };
      return result == null || result.isNaN() ? null : result;
    }
  }

  /** How far a trial is. */
  public enum Status {
    /** Not over; the objective is null. */
    RUNNING,
    /** Over, with an objective. */
    COMPLETED,
    /** Ended at a rung where others were better. */
    STOPPED,
    /** Broke a constraint. Worse than any that did not, the more the worse. */
    INFEASIBLE,
    /** Over without an objective worth having: diverged or failed. Worse than any completed one. */
    FAILED
  }
}
