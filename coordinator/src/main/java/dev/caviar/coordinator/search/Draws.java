package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import java.util.List;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.core.source64.Philox4x64;

/**
 * A sweep's randomness. Each draw is a pure function of (seed, purpose, trial, dimension), so that
 * neither restarts nor the order of questions can change a point. Philox is counter-based: Salmon
 * et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.
 */
public final class Draws {
  /** What numbers are drawn for. Workers use keys below 16 on the seeds of their trials. */
  enum Purpose {
    /** A value of a point. */
    POINT(16),
    /** The seed of a trial's training. */
    TRIAL_SEED(17),
    /** How a sequence of points is scrambled; the same for all trials. */
    SCRAMBLING(18),
    /** The points that a trial's is chosen from. */
    CANDIDATES(19),
    /** A step from the mean of an evolution strategy's distribution. */
    MUTATION(21),
    /** Where an evolution strategy starts again. */
    RESTART(22),
    /** Which trial of a population another becomes a copy of. */
    DONOR(23),
    /** How a copy's parameters differ. */
    EXPLORATION(24);

    private final long key;

    Purpose(long key) {
      this.key = key;
    }
  }

  private Draws() {}

  /** A generator that starts at the same place whenever it is asked for with the same arguments. */
  static UniformRandomProvider stream(long seed, Purpose purpose, int trial, int dimension) {
    // Philox takes a key of two words and a counter of four; the low counter word runs.
    return new Philox4x64(new long[] {seed, purpose.key, 0, trial, dimension, 0});
  }

  /** A trial's point, where {@code domains} has what is left of each of the space's dimensions. */
  static Point point(SearchSpace space, List<Domain> domains, long seed, int trial) {
    return space.point(i -> value(domains.get(i), stream(seed, Purpose.POINT, trial, i)));
  }

  /** The given point with what it lacks drawn as a random sampler draws it. */
  public static Point completed(SearchSpace space, Point given, long seed, int trial) {
    return space.point(
        i -> {
          Dimension dimension = space.dimensions().get(i);
          ParameterValue value = given.values().get(dimension.name());
          return value != null
              ? value
              : value(dimension.domain(), stream(seed, Purpose.POINT, trial, i));
        });
  }

  /** A value of the domain, evenly on its scale. */
  static ParameterValue value(Domain domain, UniformRandomProvider random) {
    return switch (domain) {
      case Domain.RealRange r -> UnitCube.value(r, random.nextDouble());
      case Domain.WholeRange w when w.scale() == Scale.LINEAR ->
          new ParameterValue.Whole(linear(w.min(), w.max(), random));
      case Domain.WholeRange w -> UnitCube.value(w, random.nextDouble());
      case Domain.Choices c -> c.values().get(random.nextInt(c.values().size()));
    };
  }

  /** Each number exactly as likely as the others, however many there are. */
  private static long linear(long min, long max, UniformRandomProvider random) {
    if (max < Long.MAX_VALUE) {
      return random.nextLong(min, max + 1);
    }
    return min > Long.MIN_VALUE ? random.nextLong(min - 1, max) + 1 : random.nextLong();
  }
}
