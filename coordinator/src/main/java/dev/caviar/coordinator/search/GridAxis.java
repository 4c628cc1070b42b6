package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Scale;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** The values that a grid takes from a dimension, in increasing order, none twice. */
final class GridAxis {
  private GridAxis() {}

  /**
   * All choices, or evenly spaced points of a range.
   *
   * @param points at least 1; of whole numbers there can be fewer
   */
  static List<ParameterValue> of(Domain domain, int points) {
    return switch (domain) {
      case Domain.RealRange r ->
          spaced(r.scale(), r.min(), r.max(), points)
              .distinct()
              .<ParameterValue>mapToObj(ParameterValue.Real::new)
              .toList();
      case Domain.WholeRange w ->
          wholes(w, points).<ParameterValue>mapToObj(ParameterValue.Whole::new).toList();
      case Domain.Choices c -> c.values();
    };
  }

  private static LongStream wholes(Domain.WholeRange w, int points) {
    return spaced(w.scale(), (double) w.min(), (double) w.max(), points)
        .mapToLong(x -> Math.clamp(Math.round(x), w.min(), w.max()))
        .distinct();
  }

  private static DoubleStream spaced(Scale scale, double min, double max, int points) {
    if (points == 1) {
      return DoubleStream.of(scale.fromUnit(0.5, min, max));
    }
    // The ends as they are written, not as they come back from the scale.
    return IntStream.range(0, points)
        .mapToDouble(
            i ->
                i == 0
                    ? min
                    : i == points - 1 ? max : scale.fromUnit(i / (points - 1.0), min, max));
  }
}
