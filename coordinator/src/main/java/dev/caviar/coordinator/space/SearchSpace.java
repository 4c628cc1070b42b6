package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.Dimension.Test;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterChange;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * All that can be sampled, and the constants beside it.
 *
 * @param dimensions what samplers draw, in the order of the sweep file, a condition's subject
 *     always before whatever depends on it
 * @param constants parameters that are the same in every trial, defaults included, by their names;
 *     units given for each layer are {@code hidden_units[0]}, {@code hidden_units[1]}, ...
 * @param learningRatePath how the learning rate changes while a trial trains
 */
public record SearchSpace(
    List<Dimension> dimensions,
    Map<String, ParameterValue> constants,
    LearningRatePath learningRatePath) {
  /** One whose trials keep the learning rate that they begin with. */
  public SearchSpace(List<Dimension> dimensions, Map<String, ParameterValue> constants) {
    this(dimensions, constants, LearningRatePath.NONE);
  }

  public SearchSpace {
    dimensions = List.copyOf(dimensions);
    constants = Collections.unmodifiableMap(new LinkedHashMap<>(constants));
  }

  /**
   * The same with other domains.
   *
   * @param domains by the names of dimensions; the others stay
   */
  public SearchSpace with(Map<String, Domain> domains) {
    return new SearchSpace(
        dimensions.stream().map(d -> d.in(domains.getOrDefault(d.name(), d.domain()))).toList(),
        constants,
        learningRatePath);
  }

  /** The same with another path of the learning rate. */
  SearchSpace along(LearningRatePath path) {
    return new SearchSpace(dimensions, constants, path);
  }

  /**
   * Whether a point has a value in each dimension that applies, and all of them lie in the space.
   */
  public boolean contains(Point point) {
    return dimensions.stream()
        .filter(dimension -> applies(dimension, point.values()))
        .allMatch(
            dimension -> {
              ParameterValue value = point.values().get(dimension.name());
              return value != null && dimension.domain().contains(value);
            });
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

  /**
   * What changes while a trial trains, in the order of its epochs.
   *
   * @param parameters what it begins with, as {@link #parameters} has them
   */
  public List<ParameterChange> changes(List<Parameter> parameters) {
    return learningRatePath.changes(parameters);
  }

  /**
   * The point whose dimensions have these values, those left out that do not apply to it.
   *
   * @param values of a dimension by its place in the space; asked for where it applies
   */
  public Point point(IntFunction<ParameterValue> values) {
    Map<String, ParameterValue> drawn = new LinkedHashMap<>();
    for (int i = 0; i < dimensions.size(); i++) {
      Dimension dimension = dimensions.get(i);
      if (applies(dimension, drawn)) {
        drawn.put(dimension.name(), values.apply(i));
      }
    }
    return new Point(Collections.unmodifiableMap(drawn));
  }

  /**
   * Where a trial lies that trains with these parameters: the inverse of {@link #parameters}. A
   * dimension of which they say nothing is left out of the point, as is one that does not apply.
   */
  public Point point(List<Parameter> parameters) {
    Map<String, dev.caviar.proto.v1.ParameterValue> given = new HashMap<>();
    parameters.forEach(parameter -> given.put(parameter.getName(), parameter.getValue()));
    Map<String, ParameterValue> drawn = new LinkedHashMap<>();
    for (Dimension dimension : dimensions) {
      dev.caviar.proto.v1.ParameterValue value = given.get(dimension.parameter());
      if (value != null && applies(dimension, drawn)) {
        of(value, Math.max(dimension.layer(), 0))
            .ifPresent(known -> drawn.put(dimension.name(), known));
      }
    }
    return new Point(Collections.unmodifiableMap(drawn));
  }

  /** A value, or of those of layers the one of a layer; empty where there is no such layer. */
  private static Optional<ParameterValue> of(dev.caviar.proto.v1.ParameterValue value, int layer) {
    return switch (value.getKindCase()) {
      case REAL -> Optional.of(new ParameterValue.Real(value.getReal()));
      case INTEGER -> Optional.of(new ParameterValue.Whole(value.getInteger()));
      case TEXT -> Optional.of(new ParameterValue.Text(value.getText()));
      case FLAG -> Optional.of(new ParameterValue.Flag(value.getFlag()));
      case PER_LAYER ->
          layer < value.getPerLayer().getValuesCount()
              ? of(value.getPerLayer().getValues(layer), 0)
              : Optional.empty();
      case KIND_NOT_SET -> Optional.empty();
    };
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
