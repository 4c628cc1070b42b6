package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.Domain.Choices;
import dev.caviar.coordinator.space.Hyperparameter.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads one entry of parameters or fixed on its own, without looking at the others. */
final class ParameterReader {
  private static final List<String> KEYS =
      List.of("scale", "min", "max", "values", "when", "per", "grid", "widen");
  private static final int MOST_GRID_POINTS = 1_000;

  /** Of choices, and of values in a condition; all are compared with each other. */
  static final int MOST_VALUES = 1_000;

  private final Problems problems;
  private final Scalars scalars;
  private final ValueReader values;
  private final RangeReader ranges;

  ParameterReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
    this.values = new ValueReader(problems);
    this.ranges = new RangeReader(problems);
  }

  /** An entry of parameters: something to sample if it is a mapping, else a constant. */
  @Nullable Declaration parameter(Hyperparameter hyperparameter, Mapping.Entry entry) {
    if (!(entry.value() instanceof MappingNode)) {
      return constant(hyperparameter, entry);
    }
    String name = hyperparameter.key();
    Mapping options = Mapping.read(entry.value(), name + ": ", KEYS, problems);
    if (options == null) {
      return null;
    }
    if (hyperparameter == Hyperparameter.EPOCHS) {
      problems.add(
          entry.key(),
          "epochs: cannot be sampled, all trials of a sweep have the same; write a number");
      return null;
    }
    boolean perLayer = isPerLayer(hyperparameter, options);
    Integer gridPoints = gridPoints(name, options);
    Domain domain =
        options.has("values")
            ? choices(hyperparameter, options)
            : ranges.range(hyperparameter, entry, options);
    Domain mayWiden = domain == null ? null : ranges.widen(hyperparameter, domain, options);
    return domain == null
        ? null
        : new Declaration.Sampled(
            hyperparameter,
            entry.key(),
            domain,
            perLayer,
            options.value("when"),
            gridPoints,
            mayWiden);
  }

  /** An entry of fixed, or a bare value. */
  @Nullable Declaration constant(Hyperparameter hyperparameter, Mapping.Entry entry) {
    String name = hyperparameter.key();
    Node node = entry.value();
    if (node instanceof MappingNode) {
      problems.add(node, name + ": a constant is one value; what is sampled goes to parameters");
      return null;
    }
    if (!(node instanceof SequenceNode list)) {
      ParameterValue value = values.read(hyperparameter, node, name + ":");
      return value == null
          ? null
          : new Declaration.Constant(hyperparameter, entry.key(), List.of(value), false);
    }
    if (hyperparameter != Hyperparameter.HIDDEN_UNITS) {
      problems.add(
          node, name + ": a constant is one value; to sample from a list write {values: [...]}");
      return null;
    }
    return unitsOfLayers(entry, list);
  }

  private @Nullable Declaration unitsOfLayers(Mapping.Entry entry, SequenceNode list) {
    Kind.WholeNumber layers = (Kind.WholeNumber) Hyperparameter.HIDDEN_LAYERS.kind();
    if (list.getValue().isEmpty()) {
      problems.add(
          list, "hidden_units: the list is empty; for a network without them: hidden_layers: 0");
      return null;
    }
    if (list.getValue().size() > layers.max()) {
      problems.add(
          list,
          "hidden_units: has %d layers, and %d is the most"
              .formatted(list.getValue().size(), layers.max()));
      return null;
    }
    List<ParameterValue> units = new ArrayList<>();
    for (Node node : list.getValue()) {
      ParameterValue value =
          values.read(Hyperparameter.HIDDEN_UNITS, node, "hidden_units: a layer");
      if (value != null) {
        units.add(value);
      }
    }
    return units.size() < list.getValue().size()
        ? null
        : new Declaration.Constant(Hyperparameter.HIDDEN_UNITS, entry.key(), units, true);
  }

  private @Nullable Domain choices(Hyperparameter hyperparameter, Mapping options) {
    String name = hyperparameter.key();
    for (String key : options.present("min", "max", "scale", "grid", "widen")) {
      problems.add(
          options.at(key),
          "%s: %s goes with a range, not with values; drop one of them".formatted(name, key));
    }
    if (!(options.value("values") instanceof SequenceNode list)) {
      problems.add(
          options.at("values"),
          name + ": values must be a list, such as [" + example(hyperparameter) + "]");
      return null;
    }
    if (list.getValue().isEmpty()) {
      problems.add(list, name + ": values is empty; list at least one");
      return null;
    }
    if (list.getValue().size() > MOST_VALUES) {
      problems.add(
          list,
          "%s: has %d values, and %d is the most; a range may do"
              .formatted(name, list.getValue().size(), MOST_VALUES));
      return null;
    }
    List<ParameterValue> choices = new ArrayList<>();
    boolean good = true;
    for (Node node : list.getValue()) {
      ParameterValue value = values.read(hyperparameter, node, name + ": a value");
      if (value == null) {
        good = false;
      } else if (choices.contains(value)) {
        problems.add(
            node,
            "%s: %s is there twice; keep one".formatted(name, ((ScalarNode) node).getValue()));
      } else {
        choices.add(value);
      }
    }
    return good ? new Choices(choices) : null;
  }

  private static String example(Hyperparameter hyperparameter) {
    return switch (hyperparameter.kind()) {
      case Kind.RealNumber real -> "0.1, 0.5";
      case Kind.WholeNumber whole -> "1, 2";
      case Kind.Word(var words) -> String.join(", ", words);
      case Kind.YesNo yesNo -> "true, false";
    };
  }

  private boolean isPerLayer(Hyperparameter hyperparameter, Mapping options) {
    Node node = options.value("per");
    if (node == null) {
      return false;
    }
    if (hyperparameter != Hyperparameter.HIDDEN_UNITS) {
      problems.add(
          options.at("per"),
          hyperparameter.key() + ": only hidden_units can be sampled per layer; drop per");
      return false;
    }
    return scalars.oneOf(node, "hidden_units: per", List.of("layer")) != null;
  }

  private @Nullable Integer gridPoints(String name, Mapping options) {
    Node node = options.value("grid");
    if (node == null) {
      return null;
    }
    Long points = scalars.whole(node, name + ": grid", 1, MOST_GRID_POINTS);
    return points == null ? null : (Integer) Math.toIntExact(points);
  }
}
