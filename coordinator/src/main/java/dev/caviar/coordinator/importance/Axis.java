package dev.caviar.coordinator.importance;

import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Scale;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A dimension laid out from 0 to 1 such that each piece is as long as it is likely to be drawn: a
 * range on its own scale, of a whole number's neighbourhood half a number to either side, and of k
 * choices 1/k for each.
 */
sealed interface Axis {
  /** The name of the dimension. */
  String name();

  /**
   * Where a value of the dimension lies, 0 to 1; of a piece that stands for one value its middle.
   */
  double unit(ParameterValue value);

  /** The values a curve is drawn at, at most {@code most} where there is no end of them. */
  List<ParameterValue> values(int most);

  /** The pieces, each from its low to its high end, that the values take up together. */
  List<Piece> pieces(List<ParameterValue> values);

  /** A part of an axis. */
  record Piece(double low, double high) {
    static final Piece WHOLE = new Piece(0, 1);

    double length() {
      return high - low;
    }
  }

  /**
   * The axis of a dimension. A range that trials went beyond, because coarse-to-fine widened it,
   * reaches as far as they went.
   */
  static Axis of(Dimension dimension, List<Observation> observations) {
    return switch (dimension.domain()) {
      case Domain.Choices choices -> new Choices(dimension.name(), choices.values());
      case Domain.RealRange range -> {
        double low = range.min();
        double high = range.max();
        for (double x : numbers(dimension.name(), observations)) {
          low = Math.min(low, x);
          high = Math.max(high, x);
        }
        yield new Reals(dimension.name(), range.scale(), low, high);
      }
      case Domain.WholeRange range -> {
        long low = range.min();
        long high = range.max();
        for (double x : numbers(dimension.name(), observations)) {
          low = Math.min(low, (long) x);
          high = Math.max(high, (long) x);
        }
        yield new Wholes(dimension.name(), range.scale(), low, high);
      }
    };
  }

  private static List<Double> numbers(String name, List<Observation> observations) {
    return observations.stream()
        .map(observation -> observation.point().values().get(name))
        .filter(Objects::nonNull)
        .map(Axis::number)
        .toList();
  }

  private static double number(ParameterValue value) {
    return switch (value) {
      case ParameterValue.Real r -> r.value();
      case ParameterValue.Whole w -> (double) w.value();
      case ParameterValue.Text t -> throw new IllegalArgumentException("not a number: " + t);
      case ParameterValue.Flag f -> throw new IllegalArgumentException("not a number: " + f);
    };
  }

  /** Between two places with trials, the one that parts them. */
  default double between(double left, double right) {
    return (left + right) / 2;
  }

  /** Real numbers, low below high. */
  record Reals(String name, Scale scale, double low, double high) implements Axis {
    @Override
    public double unit(ParameterValue value) {
      return Math.clamp(scale.toUnit(number(value), low, high), 0, 1);
    }

    @Override
    public List<ParameterValue> values(int most) {
      return IntStream.range(0, most)
          .<ParameterValue>mapToObj(
              i -> new ParameterValue.Real(scale.fromUnit((double) i / (most - 1), low, high)))
          .toList();
    }

    @Override
    public List<Piece> pieces(List<ParameterValue> values) {
      // A sweep file tests whole numbers and choices only.
      throw new IllegalArgumentException(name + " cannot be tested");
    }
  }

  /** Whole numbers from low to high, both included. */
  record Wholes(String name, Scale scale, long low, long high) implements Axis {
    @Override
    public double unit(ParameterValue value) {
      return at(number(value));
    }

    /** Half a number more at either end, as samplers draw them. */
    private double at(double x) {
      return Math.clamp(scale.toUnit(x, low - 0.5, high + 0.5), 0, 1);
    }

    @Override
    public double between(double left, double right) {
      long below = Math.round(scale.fromUnit(left, low - 0.5, high + 0.5));
      long above = Math.round(scale.fromUnit(right, low - 0.5, high + 0.5));
      return at(Math.floorDiv(below + above, 2) + 0.5);
    }

    @Override
    public List<ParameterValue> values(int most) {
      if (high - low < most) {
        return IntStream.rangeClosed(0, (int) (high - low))
            .<ParameterValue>mapToObj(i -> new ParameterValue.Whole(low + i))
            .toList();
      }
      return IntStream.range(0, most)
          .mapToLong(
              i -> Math.round(scale.fromUnit((double) i / (most - 1), (double) low, (double) high)))
          .distinct()
          .<ParameterValue>mapToObj(ParameterValue.Whole::new)
          .toList();
    }

    @Override
    public List<Piece> pieces(List<ParameterValue> values) {
      return values.stream()
          .map(Axis::number)
          .filter(x -> x >= low && x <= high)
          .map(x -> new Piece(at(x - 0.5), at(x + 0.5)))
          .toList();
    }
  }

  /** One of k values, of which each has the k-th part. */
  record Choices(String name, List<ParameterValue> choices) implements Axis {
    @Override
    public double unit(ParameterValue value) {
      int index = choices.indexOf(value);
      if (index < 0) {
        throw new IllegalArgumentException(value + " is no choice of " + name);
      }
      return (index + 0.5) / choices.size();
    }

    /** Which choice lies there. */
    int choice(double unit) {
      return Math.min((int) (unit * choices.size()), choices.size() - 1);
    }

    @Override
    public List<ParameterValue> values(int most) {
      return choices;
    }

    @Override
    public List<Piece> pieces(List<ParameterValue> values) {
      BitSet meant = new BitSet();
      values.stream().mapToInt(choices::indexOf).filter(i -> i >= 0).forEach(meant::set);
      return pieces(meant);
    }

    /** The choices' pieces, neighbours joined. */
    List<Piece> pieces(BitSet of) {
      List<Piece> pieces = new ArrayList<>();
      double k = choices.size();
      for (int from = of.nextSetBit(0); from >= 0; ) {
        int to = of.nextClearBit(from);
        pieces.add(new Piece(from / k, to / k));
        from = of.nextSetBit(to);
      }
      return pieces;
    }
  }
}
