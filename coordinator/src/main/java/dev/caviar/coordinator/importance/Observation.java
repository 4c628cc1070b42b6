package dev.caviar.coordinator.importance;

import dev.caviar.coordinator.space.Point;

/**
 * A completed trial.
 *
 * @param point of the search space; a dimension that did not apply is not in it
 * @param objective finite
 */
public record Observation(Point point, double objective) {
  public Observation {
    if (!Double.isFinite(objective)) {
      throw new IllegalArgumentException("the objective must be finite, is " + objective);
    }
  }
}
