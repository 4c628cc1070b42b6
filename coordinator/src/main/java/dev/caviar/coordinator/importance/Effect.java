package dev.caviar.coordinator.importance;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one dimension, or a pair of them beyond what each does alone, does to the objective.
 *
 * @param dimensions one name or two, in the space's order
 * @param share of all there is to explain, 0 to 1
 * @param deviation the share's standard deviation; null where the method knows none
 */
public record Effect(List<String> dimensions, double share, @Nullable Double deviation) {
  public Effect {
    dimensions = List.copyOf(dimensions);
  }
}
