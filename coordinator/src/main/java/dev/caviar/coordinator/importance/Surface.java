package dev.caviar.coordinator.importance;

import dev.caviar.coordinator.space.ParameterValue;
import java.util.List;

/**
 * The objective to be expected at each pair of values of two dimensions, all others being drawn
 * evenly from their scales.
 *
 * @param values of the first: numbers in rising order, evenly apart on the dimension's scale;
 *     choices in the order of the sweep file
 * @param secondValues likewise of the second
 * @param means of the objective over the trees, a row for each of {@code values}
 * @param deviations the standard deviations between the trees: how sure they are
 */
public record Surface(
    String first,
    String second,
    List<ParameterValue> values,
    List<ParameterValue> secondValues,
    double[][] means,
    double[][] deviations) {
  public Surface {
    values = List.copyOf(values);
    secondValues = List.copyOf(secondValues);
  }
}
