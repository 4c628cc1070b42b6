package dev.caviar.coordinator.importance;

import dev.caviar.coordinator.space.ParameterValue;
import java.util.List;

/**
 * The objective to be expected at each value of a dimension, all others being drawn evenly from
 * their scales.
 *
 * @param points numbers in rising order, evenly apart on the dimension's scale; choices in the
 *     order of the sweep file
 */
public record Curve(String dimension, List<Value> points) {
  public Curve {
    points = List.copyOf(points);
  }

  /**
   * One point of the curve.
   *
   * @param unit where it lies on the dimension's scale, 0 to 1
   * @param mean of the objective over the trees, each of which has averaged over the other
   *     dimensions
   * @param deviation the standard deviation between the trees: how sure they are
   */
  public record Value(ParameterValue value, double unit, double mean, double deviation) {}
}
