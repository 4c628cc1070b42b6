package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Point;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sweep's trials so far, as samplers see them.
 *
 * @param trials in order of their numbers, which are their places in the list
 * @param minimize whether a smaller objective is better
 */
public record History(List<TrialRecord> trials, boolean minimize) {

  /** What a sampler may know of a trial. */
  public record TrialRecord(int trial, Point point, Status status, @Nullable Double objective) {}

  /** How far a trial is. */
  public enum Status {
    /** Not over; the objective is null. */
    RUNNING,
    /** Over, with an objective. */
    COMPLETED,
    /** Over without an objective worth having: diverged or failed. Worse than any completed one. */
    FAILED
  }
}
