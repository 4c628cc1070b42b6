package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.Dimension.Test;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Other hyperparameters for a network that is being trained. */
public final class TunedParameters {
  private TunedParameters() {}

  /**
   * The changes as trials have them: real numbers as reals, in the order of the catalog, those left
   * out that are what they were.
   *
   * @param present all that it trains with
   * @throws IllegalArgumentException if one of them is no hyperparameter, cannot change while a
   *     network is trained, changes nothing beside the others, or is out of its range; the message
   *     is for whoever gave them
   */
  public static List<Parameter> of(List<Parameter> present, List<Parameter> changes) {
    if (changes.isEmpty()) {
      throw new IllegalArgumentException(
          "there is nothing to change; say what, as in learning_rate=0.01");
    }
    Map<String, ParameterValue> before = new HashMap<>();
    present.forEach(parameter -> before.put(parameter.getName(), parameter.getValue()));
    Map<Hyperparameter, ParameterValue> after = new LinkedHashMap<>();
    for (Parameter change : changes) {
      Hyperparameter hyperparameter = known(change.getName());
      requireChangeable(hyperparameter, before);
      if (after.put(hyperparameter, value(hyperparameter, change.getValue())) != null) {
        throw new IllegalArgumentException(hyperparameter.key() + " is given twice");
      }
    }
    List<Parameter> tuned = new ArrayList<>();
    for (Hyperparameter hyperparameter : Hyperparameter.values()) {
      ParameterValue value = after.get(hyperparameter);
      if (value != null && !value.equals(before.get(hyperparameter.key()))) {
        tuned.add(Parameter.newBuilder().setName(hyperparameter.key()).setValue(value).build());
      }
    }
    return tuned;
  }

  /** Those of some parameters that are named in others, with the values that they have here. */
  public static List<Parameter> sameOf(List<Parameter> present, List<Parameter> named) {
    List<String> names = named.stream().map(Parameter::getName).toList();
    return present.stream().filter(parameter -> names.contains(parameter.getName())).toList();
  }

  /** All parameters, with the changed ones in place of those of the same name. */
  public static List<Parameter> with(List<Parameter> present, List<Parameter> changes) {
    Map<String, Parameter> merged = new LinkedHashMap<>();
    present.forEach(parameter -> merged.put(parameter.getName(), parameter));
    changes.forEach(parameter -> merged.put(parameter.getName(), parameter));
    return List.copyOf(merged.values());
  }

  private static Hyperparameter known(String name) {
    return Hyperparameter.named(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    Mapping.unknown("hyperparameter", name, changeable())));
  }

  private static List<String> changeable() {
    return Arrays.stream(Hyperparameter.values())
        .filter(Hyperparameter::changeableInTraining)
        .map(Hyperparameter::key)
        .toList();
  }

  private static void requireChangeable(
      Hyperparameter hyperparameter, Map<String, ParameterValue> present) {
    String name = hyperparameter.key();
    if (!hyperparameter.changeableInTraining()) {
      String why =
          switch (hyperparameter) {
            case HIDDEN_LAYERS, HIDDEN_UNITS ->
                "its weights are of this shape; a new shape is a new model";
            case ACTIVATION -> "its weights were trained for this one";
            case BATCH_NORM -> "its layers have γ and β and no bias, or a bias and none of them";
            case OPTIMIZER -> "what the optimizer remembers of the gradients is of its own kind";
            default -> "a panda trains for as long as it is let; end it with `caviar panda end`";
          };
      throw new IllegalArgumentException(
          "%s cannot change while a model is trained: %s. What can: %s"
              .formatted(name, why, String.join(", ", changeable())));
    }
    Test usedWhen = hyperparameter.usedWhen();
    if (usedWhen != null && !present.containsKey(name)) {
      ParameterValue subject = present.get(usedWhen.parameter());
      throw new IllegalArgumentException(
          "%s changes nothing here: it is used where %s is %s, and that is %s"
              .formatted(
                  name,
                  usedWhen.parameter(),
                  Scalars.either(usedWhen.values().stream().map(GivenPoint::text).toList()),
                  subject == null ? "not used" : GivenPoint.text(subject)));
    }
  }

  private static ParameterValue value(Hyperparameter hyperparameter, ParameterValue given) {
    ParameterValue.Builder value = ParameterValue.newBuilder();
    Number number = number(given);
    switch (hyperparameter.kind()) {
      case Hyperparameter.Kind.RealNumber(Hyperparameter.Bounds bounds) -> {
        if (number != null && bounds.contains(number.doubleValue())) {
          return value.setReal(number.doubleValue()).build();
        }
        throw wrong(
            hyperparameter,
            bounds.max() == Double.POSITIVE_INFINITY
                ? "a number %s %s"
                    .formatted(bounds.minIncluded() ? "of at least" : "above", (long) bounds.min())
                : "a number of at least %s and below %s"
                    .formatted((long) bounds.min(), (long) bounds.max()),
            given);
      }
      case Hyperparameter.Kind.WholeNumber(long min, long max) -> {
        if (number != null
            && number.doubleValue() == Math.rint(number.doubleValue())
            && number.doubleValue() >= min
            && number.doubleValue() <= max) {
          return value.setInteger(number.longValue()).build();
        }
        throw wrong(hyperparameter, "a whole number from %d to %d".formatted(min, max), given);
      }
      case Hyperparameter.Kind.Word _, Hyperparameter.Kind.YesNo _ ->
          throw new IllegalStateException(hyperparameter + " is not a number, and can change");
    }
  }

  private static @Nullable Number number(ParameterValue given) {
    return switch (given.getKindCase()) {
      case REAL -> given.getReal();
      case INTEGER -> given.getInteger();
      default -> null;
    };
  }

  private static IllegalArgumentException wrong(
      Hyperparameter hyperparameter, String expected, ParameterValue given) {
    return new IllegalArgumentException(
        "%s must be %s, is %s".formatted(hyperparameter.key(), expected, GivenPoint.text(given)));
  }
}
