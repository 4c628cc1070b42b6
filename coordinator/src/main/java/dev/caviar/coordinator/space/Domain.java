package dev.caviar.coordinator.space;

import java.util.List;

/** The values a dimension can take. */
public sealed interface Domain {
  /** Real numbers from min to max, both included; min below max, both finite and on the scale. */
  record RealRange(Scale scale, double min, double max) implements Domain {}

  /** Whole numbers from min to max, both included; min at most max. */
  record WholeRange(Scale scale, long min, long max) implements Domain {}

  /** One of a list, at least one, none twice. */
  record Choices(List<ParameterValue> values) implements Domain {
    public Choices {
      values = List.copyOf(values);
    }
  }
}
