package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.Dimension.Test;
import dev.caviar.proto.v1.Parameter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that can be sampled, and the constants beside it.
 *
 * @param dimensions what samplers draw, in the order of the sweep file, a condition's subject
 *     always before whatever depends on it
 * @param constants parameters that are the same in every trial, defaults included, by their names;
 *     units given for each layer are {@code hidden_units[0]}, {@code hidden_units[1]}, ...
 */
public record SearchSpace(List<Dimension> dimensions, Map<String, ParameterValue> constants) {
  public SearchSpace {
    dimensions = List.copyOf(dimensions);
    constants = Collections.unmodifiableMap(new LinkedHashMap<>(constants));
  }

  /**
   * Whether a dimension is drawn, given what was drawn before it. A condition on a parameter that
   * does not itself apply does not hold.
   *
   * @param drawn values by the names of their dimensions, those of all earlier dimensions that
   *     apply
   */
  public boolean applies(Dimension dimension, Map<String, ParameterValue> drawn) {
    Dimension.Condition condition = dimension.condition();
    return condition == null || condition.tests().stream().allMatch(test -> holds(test, drawn));
  }

  /**
   * What a trial at this point trains with, in the order of the catalog: values drawn, constants,
   * and defaults where neither is there; without those that its other values leave unused, as
   * momentum is with Adam. Units always come per layer, and not at all without hidden layers.
   */
  public List<Parameter> parameters(Point point) {
    return new TrialParameters(this, point.values()).list();
  }

  boolean holds(Test test, Map<String, ParameterValue> drawn) {
    ParameterValue value = drawn.get(test.parameter());
    if (value == null) {
      value = constantInUse(test.parameter(), drawn);
    }
    return value != null && test.values().contains(value);
  }

  private @Nullable ParameterValue constantInUse(String name, Map<String, ParameterValue> drawn) {
    ParameterValue constant = constants.get(name);
    if (constant == null) {
      return null;
    }
    Test usedWhen = Hyperparameter.named(name).map(Hyperparameter::usedWhen).orElse(null);
    return usedWhen == null || holds(usedWhen, drawn) ? constant : null;
  }
}
