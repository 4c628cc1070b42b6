package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Scale;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One side of the next box. Everything is measured on the dimension's own scale, on which the sweep
 * file's range reaches from 0 to 1.
 */
final class Narrowing {
  /** How much of the side before is added on each side of the best values, at the least. */
  static final double LEAST_MARGIN = 0.1;

  /** How much of the side before counts as its edge. */
  static final double EDGE = 0.1;

  /** What a trip to the scale and back may cost, as a share of the file's range. */
  private static final double ROUNDING = 1e-12;

  private Narrowing() {}

  /**
   * The side around the best values.
   *
   * @param before the side of the stage before
   * @param best values of the best trials to which the dimension applied, best first; empty: the
   *     side stays
   */
  static Stage.Side of(Dimension dimension, Stage.Side before, List<ParameterValue> best) {
    Domain sampled = dimension.domain();
    Domain widest = dimension.mayWiden();
    return switch (before.domain()) {
      // Nothing was learnt of it.
      case Domain d when best.isEmpty() -> side(dimension, d, false, false, before.widened());
      // Also those that the side before had left out: there may be no others among the best.
      case Domain.Choices c ->
          side(
              dimension,
              new Domain.Choices(
                  ((Domain.Choices) sampled).values().stream().filter(best::contains).toList()),
              false,
              false,
              false);
      case Domain.RealRange r ->
          real(dimension, (Domain.RealRange) sampled, (Domain.RealRange) widest, r, best);
      case Domain.WholeRange w ->
          whole(dimension, (Domain.WholeRange) sampled, (Domain.WholeRange) widest, w, best);
    };
  }

  private static Stage.Side real(
      Dimension dimension,
      Domain.RealRange sampled,
      Domain.@Nullable RealRange widest,
      Domain.RealRange before,
      List<ParameterValue> best) {
    double lowest = widest == null ? sampled.min() : Math.min(sampled.min(), widest.min());
    double highest = widest == null ? sampled.max() : Math.max(sampled.max(), widest.max());
    Scale scale = sampled.scale();
    double[] units =
        best.stream()
            .mapToDouble(v -> scale.toUnit(number(v), sampled.min(), sampled.max()))
            .toArray();
    Interval from = interval(scale, before.min(), before.max(), sampled.min(), sampled.max());
    Interval limit = interval(scale, lowest, highest, sampled.min(), sampled.max());
    Interval.Next next = from.around(units, limit);
    double low = next.interval().low();
    double high = next.interval().high();
    double floor = next.hitLower() ? lowest : before.min();
    double ceiling = next.hitUpper() ? highest : before.max();
    // An end that stays, or is a limit of the file, is kept as it is written there.
    double min =
        low - (next.hitLower() ? limit : from).low() < ROUNDING
            ? floor
            : Math.clamp(scale.fromUnit(low, sampled.min(), sampled.max()), floor, ceiling);
    double max =
        (next.hitUpper() ? limit : from).high() - high < ROUNDING
            ? ceiling
            : Math.clamp(scale.fromUnit(high, sampled.min(), sampled.max()), floor, ceiling);
    if (min >= max) {
      // As narrow as doubles get.
      min = before.min();
      max = before.max();
    }
    return side(
        dimension,
        new Domain.RealRange(scale, min, max),
        next.hitLower(),
        next.hitUpper(),
        min < sampled.min() || max > sampled.max());
  }

  private static Stage.Side whole(
      Dimension dimension,
      Domain.WholeRange sampled,
      Domain.@Nullable WholeRange widest,
      Domain.WholeRange before,
      List<ParameterValue> best) {
    if (sampled.min() == sampled.max()) {
      return side(dimension, before, false, false, false);
    }
    long lowest = widest == null ? sampled.min() : Math.min(sampled.min(), widest.min());
    long highest = widest == null ? sampled.max() : Math.max(sampled.max(), widest.max());
    Scale scale = sampled.scale();
    double zero = (double) sampled.min();
    double one = (double) sampled.max();
    double[] units = best.stream().mapToDouble(v -> scale.toUnit(number(v), zero, one)).toArray();
    Interval from = interval(scale, (double) before.min(), (double) before.max(), zero, one);
    Interval limit = interval(scale, (double) lowest, (double) highest, zero, one);
    Interval.Next next = from.around(units, limit);
    long floor = next.hitLower() ? lowest : before.min();
    long ceiling = next.hitUpper() ? highest : before.max();
    long min = Math.round(scale.fromUnit(next.interval().low(), zero, one));
    long max = Math.round(scale.fromUnit(next.interval().high(), zero, one));
    // Rounding must not leave the best number without neighbours: the next stage could not tell
    // on which side of it better ones are.
    long bestNumber = ((ParameterValue.Whole) best.getFirst()).value();
    min = Math.clamp(Math.min(min, bestNumber - 1), floor, ceiling);
    max = Math.clamp(Math.max(max, bestNumber + 1), floor, ceiling);
    return side(
        dimension,
        new Domain.WholeRange(scale, min, max),
        next.hitLower(),
        next.hitUpper(),
        min < sampled.min() || max > sampled.max());
  }

  private static Interval interval(Scale scale, double low, double high, double min, double max) {
    return new Interval(scale.toUnit(low, min, max), scale.toUnit(high, min, max));
  }

  static double number(ParameterValue value) {
    return switch (value) {
      case ParameterValue.Real r -> r.value();
      case ParameterValue.Whole w -> (double) w.value();
      case ParameterValue.Text t -> throw new IllegalArgumentException("not a number: " + t);
      case ParameterValue.Flag f -> throw new IllegalArgumentException("not a number: " + f);
    };
  }

  private static Stage.Side side(
      Dimension dimension, Domain domain, boolean lower, boolean upper, boolean widened) {
    return new Stage.Side(dimension.name(), domain, lower, upper, widened);
  }
}
