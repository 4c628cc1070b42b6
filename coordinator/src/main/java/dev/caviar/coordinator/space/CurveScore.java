package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.proto.v1.CurvePoint;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What an objective makes of a curve that grows. A pure function of the points it was given, each
 * once and in the order of their epochs; for one thread.
 */
public final class CurveScore {
  private final @Nullable Objective objective;
  // Of the mean: the last ones, the oldest first. Of the others: one.
  private final Deque<Double> values = new ArrayDeque<>();

  /** Of a curve without points. */
  public CurveScore(Objective objective) {
    this.objective = objective;
  }

  /** Of a curve that is whole. */
  public CurveScore(double value) {
    this.objective = null;
    values.add(value);
  }

  /** The first epoch that still counts when the given one is the last. */
  public static int firstEpoch(Objective objective, int last) {
    return switch (objective.of()) {
      case LAST -> last;
      case BEST -> 1;
      case MEAN -> Math.max(1, last - objective.over() + 1);
    };
  }

  /**
   * Takes in the next epoch.
   *
   * @throws IllegalStateException if the curve was whole
   */
  public void add(CurvePoint point) {
    if (objective == null) {
      throw new IllegalStateException("the curve has no epoch " + point.getEpoch());
    }
    double value = objective.metric().value(point);
    switch (objective.of()) {
      case LAST -> values.clear();
      case BEST -> {
        // What is not a number is no best.
        if (!values.isEmpty() && !objective.isBetter(value, values.getFirst())) {
          return;
        }
        values.clear();
      }
      case MEAN -> {
        if (values.size() == objective.over()) {
          values.removeFirst();
        }
      }
    }
    values.addLast(value);
  }

  /** Null before the first point. Of fewer epochs than the mean is over, the mean of these. */
  public @Nullable Double value() {
    if (values.isEmpty()) {
      return null;
    }
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.size();
  }
}
