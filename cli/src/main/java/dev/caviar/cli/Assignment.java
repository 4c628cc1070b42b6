package dev.caviar.cli;

import dev.caviar.coordinator.space.Hyperparameter;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;

/**
 * What a user writes of a hyperparameter: {@code NAME=TEXT}.
 *
 * @param text behind the equals sign
 */
public record Assignment(Hyperparameter parameter, String text) {

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if it is none, or if there is no such hyperparameter
   */
  public static Assignment parse(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new IllegalArgumentException(
          "'%s' is not NAME=VALUE, such as learning_rate=0.01".formatted(assignment));
    }
    String name = assignment.substring(0, equals);
    return new Assignment(
        Hyperparameter.named(name)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no hyperparameter '%s'".formatted(name))),
        assignment.substring(equals + 1));
  }

  /**
   * The parameter with its value; units of layers have commas between them.
   *
   * @throws IllegalArgumentException if it has no such values
   */
  public Parameter toParameter() {
    ParameterValue.Builder value = ParameterValue.newBuilder();
    if (parameter == Hyperparameter.HIDDEN_UNITS) {
      for (String units : text.split(",", -1)) {
        value.getPerLayerBuilder().addValues(value(units.strip()));
      }
    } else {
      value.mergeFrom(value(text));
    }
    return Parameter.newBuilder().setName(parameter.key()).setValue(value).build();
  }

  /**
   * One value of the hyperparameter, in that text or a part of it; of hidden_units that of a layer.
   *
   * @throws IllegalArgumentException if it has no such values
   */
  ParameterValue value(String part) {
    ParameterValue.Builder value = ParameterValue.newBuilder();
    try {
      switch (parameter.kind()) {
        case Hyperparameter.Kind.RealNumber real -> value.setReal(Double.parseDouble(part));
        case Hyperparameter.Kind.WholeNumber whole -> value.setInteger(Long.parseLong(part));
        case Hyperparameter.Kind.Word word -> value.setText(part);
        case Hyperparameter.Kind.YesNo flag -> {
          if (!part.equals("true") && !part.equals("false")) {
            throw new IllegalArgumentException(
                "%s must be true or false, is '%s'".formatted(parameter.key(), part));
          }
          value.setFlag(part.equals("true"));
        }
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s must be a number, is '%s'".formatted(parameter.key(), part), e);
    }
    return value.build();
  }
}
