package dev.caviar.coordinator.schedule;

import java.util.SortedMap;

/**
 * How far a trial is.
 *
 * @param values its objective at each rung that it reached, by the rung's epoch
 */
public record Standing(SortedMap<Integer, Double> values, State state) {

  /** Whether more is to come of it. */
  public enum State {
    /** It waits for a worker, or trains, or waits at a rung. */
    OPEN,
    /** It trained all its epochs. */
    COMPLETED,
    /** It was stopped, failed, diverged or was cancelled. */
    ENDED
  }
}
