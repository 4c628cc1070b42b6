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
   */
  public record TrialRecord(
      int trial,
      Point point,
      Status status,
      @Nullable Double objective,
      SortedMap<Integer, Double> rungs) {
    /** In a sweep without early stopping. */
    public TrialRecord(int trial, Point point, Status status, @Nullable Double objective) {
      this(trial, point, status, objective, Collections.emptySortedMap());
    }

    /**
     * What it came to: its objective after all epochs, or if it was stopped early that at its last
     * rung, from which it would hardly have become worse. Null while it runs, if it failed, and if
     * that is not a number.
     */
    public @Nullable Double result() {
      Double result =
          switch (status) {
            case COMPLETED -> objective;
            case STOPPED -> rungs.isEmpty() ? null : rungs.lastEntry().getValue();
            case RUNNING, FAILED -> null;
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
    /** Over without an objective worth having: diverged or failed. Worse than any completed one. */
    FAILED
  }
}
