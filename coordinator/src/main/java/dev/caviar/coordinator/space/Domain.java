package dev.caviar.coordinator.space;

import java.util.List;

/** The values a dimension can take. */
public sealed interface Domain {
  /** Whether a dimension with this domain can take the value. */
  boolean contains(ParameterValue value);

  /** Real numbers from min to max, both included; min below max, both finite and on the scale. */
  record RealRange(Scale scale, double min, double max) implements Domain {
    @Override
    public boolean contains(ParameterValue value) {
      return value instanceof ParameterValue.Real(double x) && x >= min && x <= max;
    }
  }

  /** Whole numbers from min to max, both included; min at most max. */
  record WholeRange(Scale scale, long min, long max) implements Domain {
    @Override
    public boolean contains(ParameterValue value) {
      return value instanceof ParameterValue.Whole(long n) && n >= min && n <= max;
    }
  }

  /** One of a list, at least one, none twice. */
  record Choices(List<ParameterValue> values) implements Domain {
    public Choices {
      values = List.copyOf(values);
    }

    @Override
    public boolean contains(ParameterValue value) {
      return values.contains(value);
    }
  }
}
