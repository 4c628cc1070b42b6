package dev.caviar.coordinator.space;

import dev.caviar.proto.v1.RangeChange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** New ranges that a user gives to a search space. */
public final class ChangedRange {
  private ChangedRange() {}

  /**
   * The domains of the dimensions that change.
   *
   * @throws IllegalArgumentException if a parameter is not sampled, or what it is to be drawn from
   *     is none of its values; the message is for whoever gave it
   */
  public static Map<String, Domain> of(SearchSpace space, List<RangeChange> changes) {
    Map<String, Domain> domains = new LinkedHashMap<>();
    for (RangeChange change : changes) {
      List<Dimension> dimensions = GivenPoint.dimensions(space, change.getParameter());
      Hyperparameter parameter =
          Hyperparameter.named(change.getParameter())
              .orElseThrow(() -> new IllegalArgumentException("only hyperparameters are sampled"));
      for (Dimension dimension : dimensions) {
        if (domains.put(dimension.name(), domain(parameter, dimension.domain(), change)) != null) {
          throw new IllegalArgumentException(change.getParameter() + " is given twice");
        }
      }
      requireLayers(space, parameter, domains);
    }
    return domains;
  }

  private static Domain domain(Hyperparameter parameter, Domain before, RangeChange change) {
    String name = parameter.key();
    if (before instanceof Domain.Choices choices) {
      return choices(parameter, choices, change);
    }
    if (change.getChoicesCount() > 0) {
      throw new IllegalArgumentException(name + " has a range; give its ends, such as 0.1..0.5");
    }
    double min = change.getMin();
    double max = change.getMax();
    if (!(min < max) && !(before instanceof Domain.WholeRange && min == max)) {
      throw new IllegalArgumentException(
          "%s: the first end must be less than the second, %s is not less than %s"
              .formatted(name, number(min), number(max)));
    }
    Scale scale =
        switch (before) {
          case Domain.RealRange r -> r.scale();
          case Domain.WholeRange w -> w.scale();
          case Domain.Choices c -> Scale.LINEAR;
        };
    if ((scale == Scale.LOG && min <= 0) || (scale == Scale.ONE_MINUS_LOG && max >= 1)) {
      throw new IllegalArgumentException(
          scale == Scale.LOG
              ? "%s: on the scale log both ends must be above 0, is %s".formatted(name, number(min))
              : "%s: on the scale one_minus_log both ends must be below 1, is %s"
                  .formatted(name, number(max)));
    }
    if (before instanceof Domain.WholeRange) {
      requireWhole(parameter, min);
      requireWhole(parameter, max);
      return new Domain.WholeRange(scale, (long) min, (long) max);
    }
    requireReal(parameter, min);
    requireReal(parameter, max);
    return new Domain.RealRange(scale, min, max);
  }

  private static Domain choices(
      Hyperparameter parameter, Domain.Choices before, RangeChange change) {
    String name = parameter.key();
    if (change.getChoicesCount() == 0) {
      throw new IllegalArgumentException(
          name + " has choices; name those that are left, with commas between them");
    }
    List<ParameterValue> values = new ArrayList<>();
    for (dev.caviar.proto.v1.ParameterValue choice : change.getChoicesList()) {
      ParameterValue value = GivenPoint.value(choice, before);
      if (value instanceof ParameterValue.Real(double x)) {
        requireReal(parameter, x);
      } else if (value instanceof ParameterValue.Whole(long n)) {
        requireWhole(parameter, (double) n);
      } else if (value == null
          || (value instanceof ParameterValue.Text(String text)
              && parameter.kind() instanceof Hyperparameter.Kind.Word(List<String> words)
              && !words.contains(text))) {
        throw new IllegalArgumentException(
            "%s cannot be %s".formatted(name, GivenPoint.text(choice)));
      }
      if (values.contains(value)) {
        throw new IllegalArgumentException(
            "%s has %s twice".formatted(name, GivenPoint.text(choice)));
      }
      values.add(value);
    }
    return new Domain.Choices(values);
  }

  private static void requireReal(Hyperparameter parameter, double x) {
    if (parameter.kind() instanceof Hyperparameter.Kind.RealNumber(Hyperparameter.Bounds bounds)
        && !bounds.contains(x)) {
      throw new IllegalArgumentException("%s cannot be %s".formatted(parameter.key(), number(x)));
    }
  }

  private static void requireWhole(Hyperparameter parameter, double x) {
    if (x != Math.rint(x)
        || (parameter.kind() instanceof Hyperparameter.Kind.WholeNumber(long min, long max)
            && (x < min || x > max))) {
      throw new IllegalArgumentException("%s cannot be %s".formatted(parameter.key(), number(x)));
    }
  }

  /** Units are drawn for as many layers as the sweep file has; more would have none. */
  private static void requireLayers(
      SearchSpace space, Hyperparameter parameter, Map<String, Domain> changed) {
    if (parameter != Hyperparameter.HIDDEN_LAYERS) {
      return;
    }
    long layers =
        space.dimensions().stream()
            .filter(d -> d.parameter().equals(Hyperparameter.HIDDEN_UNITS.key()) && d.layer() >= 0)
            .count();
    if (layers > 0
        && changed.get(parameter.key()) instanceof Domain.WholeRange range
        && range.max() > layers) {
      throw new IllegalArgumentException(
          "hidden_layers can be at most %d here, since units are drawn for so many layers"
              .formatted(layers));
    }
  }

  private static String number(double x) {
    return x == Math.rint(x) && Math.abs(x) < 1e15 ? Long.toString((long) x) : Double.toString(x);
  }
}
