package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SearchSpace;

/**
 * A search space as the unit cube, one side for each dimension, so that what is even in the cube is
 * distributed in the space as {@link RandomSampler} draws.
 */
final class UnitCube {
  private UnitCube() {}

  /**
   * The point of the space at a place of the cube. Dimensions that do not apply have their side all
   * the same, so that those that apply keep theirs.
   *
   * @param place a coordinate for each of the space's dimensions, at least 0 and below 1; what
   *     follows them is not looked at
   */
  static Point point(SearchSpace space, double[] place) {
    return space.point(i -> value(space.dimensions().get(i).domain(), place[i]));
  }

  /**
   * The value at u of the domain, evenly on its scale; each choice has as much of the side as the
   * others.
   *
   * @param u at least 0 and below 1
   */
  static ParameterValue value(Domain domain, double u) {
    return switch (domain) {
      case Domain.RealRange r -> new ParameterValue.Real(r.scale().fromUnit(u, r.min(), r.max()));
      case Domain.WholeRange w -> {
        // Half a number more at either end, or the ends would come up half as often as they
        // should. Both stay on the scale: min is at least 1 on the log scale, max at most 0 on
        // the other.
        double x = w.scale().fromUnit(u, w.min() - 0.5, w.max() + 0.5);
        yield new ParameterValue.Whole(Math.clamp(Math.round(x), w.min(), w.max()));
      }
      case Domain.Choices c -> c.values().get((int) (u * c.values().size()));
    };
  }

  /** Where in a range a number is, the inverse of {@link #value}: 0 to 1. */
  static double coordinate(Domain range, ParameterValue number) {
    double u =
        switch (range) {
          case Domain.RealRange r ->
              r.scale().toUnit(((ParameterValue.Real) number).value(), r.min(), r.max());
          case Domain.WholeRange w ->
              w.scale()
                  .toUnit(
                      (double) ((ParameterValue.Whole) number).value(),
                      w.min() - 0.5,
                      w.max() + 0.5);
          case Domain.Choices c -> throw new IllegalArgumentException("not a range: " + c);
        };
    // Rounding may reach past the ends.
    return Math.clamp(u, 0, 1);
  }
}
