package dev.caviar.coordinator.space;

import dev.caviar.proto.v1.Parameter;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Points that a user gives: some of a space's parameters, or all. */
public final class GivenPoint {
  private GivenPoint() {}

  /**
   * The point that has the parameters and nothing else, to be completed by drawing the rest.
   *
   * @throws IllegalArgumentException if one of them is not sampled, lies outside of its range, or
   *     does not apply beside the others; the message is for whoever gave them
   */
  public static Point of(SearchSpace space, List<Parameter> parameters) {
    Map<String, ParameterValue> given = new HashMap<>();
    for (Parameter parameter : parameters) {
      add(space, parameter, given);
    }
    Map<String, ParameterValue> values = new LinkedHashMap<>();
    for (Dimension dimension : space.dimensions()) {
      ParameterValue value = given.get(dimension.name());
      if (value != null) {
        requireApplies(space, dimension, values);
        values.put(dimension.name(), value);
      }
    }
    return new Point(Collections.unmodifiableMap(values));
  }

  /**
   * How the point is given: the inverse of {@link #of}.
   *
   * @param point of the space, with values of dimensions in the order of layers
   */
  public static List<Parameter> parameters(SearchSpace space, Point point) {
    Map<String, Parameter.Builder> parameters = new LinkedHashMap<>();
    for (Dimension dimension : space.dimensions()) {
      ParameterValue value = point.values().get(dimension.name());
      if (value == null) {
        continue;
      }
      Parameter.Builder parameter =
          parameters.computeIfAbsent(
              dimension.parameter(), name -> Parameter.newBuilder().setName(name));
      if (dimension.layer() < 0) {
        parameter.setValue(value.message());
      } else {
        parameter.getValueBuilder().getPerLayerBuilder().addValues(value.message());
      }
    }
    return parameters.values().stream().map(Parameter.Builder::build).toList();
  }

  private static void add(
      SearchSpace space, Parameter parameter, Map<String, ParameterValue> given) {
    String name = parameter.getName();
    List<Dimension> dimensions = dimensions(space, name);
    boolean perLayer = dimensions.getFirst().layer() >= 0;
    List<dev.caviar.proto.v1.ParameterValue> values =
        parameter.getValue().hasPerLayer()
            ? parameter.getValue().getPerLayer().getValuesList()
            : List.of(parameter.getValue());
    if (values.size() > dimensions.size() || (values.size() != 1 && !perLayer)) {
      throw new IllegalArgumentException(
          "%s has %d values, and takes %s"
              .formatted(name, values.size(), perLayer ? "at most " + dimensions.size() : "one"));
    }
    for (int i = 0; i < values.size(); i++) {
      Dimension dimension = dimensions.get(i);
      ParameterValue value = value(values.get(i), dimension.domain());
      if (value == null || !dimension.domain().contains(value)) {
        throw new IllegalArgumentException(
            "%s must be %s, is %s".formatted(name, range(dimension.domain()), text(values.get(i))));
      }
      if (given.put(dimension.name(), value) != null) {
        throw new IllegalArgumentException(name + " is given twice");
      }
    }
  }

  /**
   * Those of a parameter.
   *
   * @throws IllegalArgumentException if it is not sampled
   */
  static List<Dimension> dimensions(SearchSpace space, String parameter) {
    List<Dimension> dimensions =
        space.dimensions().stream().filter(d -> d.parameter().equals(parameter)).toList();
    if (dimensions.isEmpty()) {
      throw new IllegalArgumentException(
          "%s is not sampled in this sweep; sampled are %s"
              .formatted(
                  Problems.quote(parameter),
                  String.join(
                      ", ",
                      space.dimensions().stream().map(Dimension::parameter).distinct().toList())));
    }
    return dimensions;
  }

  /** As the domain has its values; null if it has no such ones. */
  static @Nullable ParameterValue value(dev.caviar.proto.v1.ParameterValue given, Domain domain) {
    return switch (domain) {
      case Domain.RealRange r -> real(given);
      case Domain.WholeRange w -> whole(given);
      case Domain.Choices c ->
          switch (c.values().getFirst()) {
            case ParameterValue.Real first -> real(given);
            case ParameterValue.Whole first -> whole(given);
            case ParameterValue.Text first -> new ParameterValue.Text(given.getText());
            case ParameterValue.Flag first ->
                given.hasFlag() ? new ParameterValue.Flag(given.getFlag()) : null;
          };
    };
  }

  private static @Nullable ParameterValue real(dev.caviar.proto.v1.ParameterValue given) {
    return given.hasReal()
        ? new ParameterValue.Real(given.getReal())
        : given.hasInteger() ? new ParameterValue.Real((double) given.getInteger()) : null;
  }

  private static @Nullable ParameterValue whole(dev.caviar.proto.v1.ParameterValue given) {
    if (given.hasReal() && given.getReal() == Math.rint(given.getReal())) {
      return new ParameterValue.Whole((long) given.getReal());
    }
    return given.hasInteger() ? new ParameterValue.Whole(given.getInteger()) : null;
  }

  private static String range(Domain domain) {
    return switch (domain) {
      case Domain.RealRange r -> "from %s to %s".formatted(r.min(), r.max());
      case Domain.WholeRange w -> "a whole number from %d to %d".formatted(w.min(), w.max());
      case Domain.Choices c -> Scalars.either(c.values().stream().map(GivenPoint::text).toList());
    };
  }

  static String text(ParameterValue value) {
    return switch (value) {
      case ParameterValue.Real(double x) -> Double.toString(x);
      case ParameterValue.Whole(long n) -> Long.toString(n);
      case ParameterValue.Text(String text) -> text;
      case ParameterValue.Flag(boolean flag) -> Boolean.toString(flag);
    };
  }

  static String text(dev.caviar.proto.v1.ParameterValue value) {
    return switch (value.getKindCase()) {
      case REAL -> Double.toString(value.getReal());
      case INTEGER -> Long.toString(value.getInteger());
      case TEXT -> Problems.quote(value.getText());
      case FLAG -> Boolean.toString(value.getFlag());
      case PER_LAYER -> "a list";
      case KIND_NOT_SET -> "missing";
    };
  }

  /** What it depends on has to be given too: drawn, it might not apply. */
  private static void requireApplies(
      SearchSpace space, Dimension dimension, Map<String, ParameterValue> given) {
    Dimension.Condition condition = dimension.condition();
    if (condition == null) {
      return;
    }
    for (Dimension.Test test : condition.tests()) {
      if (!space.holds(test, given)
          && (given.containsKey(test.parameter()) || !alwaysHolds(space, test))) {
        String wanted =
            Scalars.either(
                test.values().stream().map(GivenPoint::text).map(Objects::toString).toList());
        throw new IllegalArgumentException(
            given.containsKey(test.parameter()) || !isSampled(space, test.parameter())
                ? "%s applies only where %s is %s"
                    .formatted(dimension.parameter(), test.parameter(), wanted)
                : "%s applies only where %s is %s; give that too"
                    .formatted(dimension.parameter(), test.parameter(), wanted));
      }
    }
  }

  private static boolean alwaysHolds(SearchSpace space, Dimension.Test test) {
    return space.dimensions().stream()
        .filter(d -> d.name().equals(test.parameter()) && d.condition() == null)
        .anyMatch(
            d ->
                switch (d.domain()) {
                  case Domain.RealRange r -> false;
                  case Domain.WholeRange w ->
                      // No two values of a test are equal.
                      test.values().stream().filter(w::contains).count() == w.max() - w.min() + 1;
                  case Domain.Choices c -> test.values().containsAll(c.values());
                });
  }

  private static boolean isSampled(SearchSpace space, String name) {
    return space.dimensions().stream().anyMatch(d -> d.name().equals(name));
  }
}
