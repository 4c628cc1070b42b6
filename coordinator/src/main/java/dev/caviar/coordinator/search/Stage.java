package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import java.util.List;

/**
 * A stage of coarse-to-fine search: the box its trials are drawn from, and why it is that box.
 *
 * @param number from 1
 * @param firstTrial number of its first trial
 * @param trials how many it has
 * @param drawnFrom the best trials before it, around which the box was drawn, best first; empty for
 *     the first stage
 * @param sides one for each dimension, in the space's order
 */
public record Stage(
    int number, int firstTrial, int trials, List<Integer> drawnFrom, List<Side> sides) {

  /** Whether a trial lies in the box: each of its values in the side of that dimension. */
  boolean contains(History.TrialRecord trial) {
    return sides.stream()
        .allMatch(
            side -> {
              ParameterValue value = trial.point().values().get(side.dimension());
              return value == null || side.domain().contains(value);
            });
  }

  /**
   * One side of the box.
   *
   * @param dimension its name
   * @param domain what is left of the dimension's values
   * @param hitLowerEdge the best points lay on the lower edge of the stage before
   * @param hitUpperEdge likewise the upper edge
   * @param widened whether the side reaches past the space of the sweep file
   */
  public record Side(
      String dimension,
      Domain domain,
      boolean hitLowerEdge,
      boolean hitUpperEdge,
      boolean widened) {}
}
