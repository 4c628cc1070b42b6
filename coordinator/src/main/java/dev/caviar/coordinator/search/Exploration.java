package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import org.apache.commons.rng.UniformRandomProvider;

/**
 * How a population of trials explores: whom a trial becomes a copy of, and how the copy differs.
 * Jaderberg et al., "Population based training of neural networks", 2017, section 4.1: each
 * parameter is multiplied by 0.8 or 1.2, or sampled anew.
 */
public final class Exploration {
  private static final double LESS = 0.8;
  private static final double MORE = 1.2;

  private Exploration() {}

  /**
   * A place among the best of a population, all equally likely; always the same for the same
   * arguments.
   *
   * @param places how many are the best, at least 1
   * @return from 0 to below {@code places}
   */
  public static int donor(long seed, int trial, int epoch, int places) {
    return Draws.stream(seed, Draws.Purpose.DONOR, trial, epoch).nextInt(places);
  }

  /**
   * A point near another: of the parameters that can change while a network is trained each is
   * sampled anew, or else perturbed; the others stay. A number is multiplied by 0.8 or 1.2, 1 − β
   * on the scale of that name; a whole number changes by at least 1, a choice to its neighbour in
   * the list. All stay in the space.
   *
   * @param epoch after which the trial explores, so that it does so differently each time
   * @param resample the probability with which a parameter is sampled anew, from 0 to 1
   */
  public static Point explore(
      SearchSpace space, Point from, long seed, int trial, int epoch, double resample) {
    UniformRandomProvider random = Draws.stream(seed, Draws.Purpose.EXPLORATION, trial, epoch);
    return space.point(
        i -> {
          Dimension dimension = space.dimensions().get(i);
          ParameterValue value = from.values().get(dimension.name());
          if (value == null) {
            throw new IllegalArgumentException("the point has no " + dimension.name());
          }
          if (!dimension.changeableInTraining()) {
            return value;
          }
          return random.nextDouble() < resample
              ? Draws.value(dimension.domain(), random)
              : perturbed(dimension.domain(), value, random.nextBoolean());
        });
  }

  private static ParameterValue perturbed(Domain domain, ParameterValue value, boolean more) {
    double factor = more ? MORE : LESS;
    return switch (domain) {
      case Domain.RealRange r ->
          new ParameterValue.Real(
              Math.clamp(
                  times(r.scale(), ((ParameterValue.Real) value).value(), factor),
                  r.min(),
                  r.max()));
      case Domain.WholeRange w -> {
        long before = ((ParameterValue.Whole) value).value();
        long after = Math.round(times(w.scale(), (double) before, factor));
        if (after == before) {
          after = more ? Math.incrementExact(before) : Math.decrementExact(before);
        }
        yield new ParameterValue.Whole(Math.clamp(after, w.min(), w.max()));
      }
      case Domain.Choices c -> {
        int place = c.values().indexOf(value) + (more ? 1 : -1);
        yield c.values().get(Math.clamp(place, 0, c.values().size() - 1));
      }
    };
  }

  private static double times(Scale scale, double x, double factor) {
    return switch (scale) {
      case LINEAR, LOG -> x * factor;
      case ONE_MINUS_LOG -> 1 - (1 - x) * factor;
    };
  }
}
