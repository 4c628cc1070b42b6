package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import java.util.stream.IntStream;

/** How a Parzen estimator sees the values of a dimension: as numbers, on the dimension's scale. */
sealed interface Coordinate {
  /** Whole numbers with at most so many values have kernels of probabilities, not densities. */
  int MOST_CELLS = 16;

  static Coordinate of(Domain domain) {
    return switch (domain) {
      case Domain.RealRange r -> new Line(r, 0);
      case Domain.WholeRange w when w.max() - w.min() >= 0 && w.max() - w.min() < MOST_CELLS ->
          Cells.of(w);
      // Between two numbers there is nothing for a narrower kernel to tell apart.
      case Domain.WholeRange w -> new Line(w, 0.5 / ((double) w.max() - (double) w.min() + 1));
      case Domain.Choices c -> new Choice(c);
    };
  }

  /** Where a value of the domain is: 0 to 1 on a line, otherwise its number from 0. */
  double of(ParameterValue value);

  /** The value there. */
  ParameterValue value(double coordinate);

  /**
   * Numbers so close that they are treated as real.
   *
   * @param leastBandwidth no kernel is narrower
   */
  record Line(Domain domain, double leastBandwidth) implements Coordinate {
    @Override
    public double of(ParameterValue value) {
      return UnitCube.coordinate(domain, value);
    }

    /** Where the value is that a number between 0 and 1 stands for. */
    double nearest(double u) {
      return domain instanceof Domain.WholeRange ? of(value(u)) : u;
    }

    @Override
    public ParameterValue value(double coordinate) {
      return UnitCube.value(domain, coordinate);
    }
  }

  /**
   * Few whole numbers; each has a piece of the scale.
   *
   * @param edges where the pieces begin, and 1
   * @param centres where the numbers are
   */
  record Cells(Domain.WholeRange range, double[] edges, double[] centres) implements Coordinate {
    static Cells of(Domain.WholeRange range) {
      int count = (int) (range.max() - range.min()) + 1;
      double low = range.min() - 0.5;
      double high = range.max() + 0.5;
      return new Cells(
          range,
          IntStream.rangeClosed(0, count)
              .mapToDouble(i -> range.scale().toUnit(low + i, low, high))
              .toArray(),
          IntStream.range(0, count)
              .mapToDouble(i -> range.scale().toUnit(low + 0.5 + i, low, high))
              .toArray());
    }

    int count() {
      return centres.length;
    }

    @Override
    public double of(ParameterValue value) {
      return ((ParameterValue.Whole) value).value() - range.min();
    }

    @Override
    public ParameterValue value(double coordinate) {
      return new ParameterValue.Whole(range.min() + (long) coordinate);
    }
  }

  /** Choices, none nearer to one than to another. */
  record Choice(Domain.Choices choices) implements Coordinate {
    int count() {
      return choices.values().size();
    }

    @Override
    public double of(ParameterValue value) {
      return choices.values().indexOf(value);
    }

    @Override
    public ParameterValue value(double coordinate) {
      return choices.values().get((int) coordinate);
    }
  }
}
