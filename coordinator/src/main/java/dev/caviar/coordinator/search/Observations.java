package dev.caviar.coordinator.search;

import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where the trials of a history lie, as flat arrays. It is kept from one history to the next, which
 * mostly has the same trials and a few more: a shortcut, never a different answer.
 */
final class Observations {
  private final List<Dimension> dimensions;
  private final List<Coordinate> kinds;
  private final List<Point> points = new ArrayList<>();

  /** By dimension and trial; NaN where the dimension does not apply. */
  private final double[][] coordinates;

  /** By dimension: the trials it applies to, by their coordinates, then by their numbers. */
  private final int[][] orders;

  /** By dimension: how many trials it applies to. */
  private final int[] applying;

  Observations(List<Dimension> dimensions) {
    this.dimensions = dimensions;
    this.kinds = dimensions.stream().map(d -> Coordinate.of(d.domain())).toList();
    this.coordinates = new double[dimensions.size()][16];
    this.orders = new int[dimensions.size()][16];
    this.applying = new int[dimensions.size()];
  }

  /** Takes in the points of these trials; those of others may stay. */
  void follow(List<TrialRecord> trials) {
    for (int trial = 0; trial < trials.size(); trial++) {
      Point point = trials.get(trial).point();
      if (trial < points.size()) {
        Point known = points.get(trial);
        if (known.equals(point)) {
          continue;
        }
        forgetFrom(trial);
      }
      add(point);
    }
  }

  private void forgetFrom(int trial) {
    points.subList(trial, points.size()).clear();
    for (int d = 0; d < orders.length; d++) {
      int kept = 0;
      for (int rank = 0; rank < applying[d]; rank++) {
        if (orders[d][rank] < trial) {
          orders[d][kept++] = orders[d][rank];
        }
      }
      applying[d] = kept;
    }
  }

  private void add(Point point) {
    int trial = points.size();
    points.add(point);
    for (int d = 0; d < coordinates.length; d++) {
      if (trial == coordinates[d].length) {
        coordinates[d] = Arrays.copyOf(coordinates[d], 2 * trial);
        orders[d] = Arrays.copyOf(orders[d], 2 * trial);
      }
      ParameterValue value = point.values().get(dimensions.get(d).name());
      if (value == null) {
        coordinates[d][trial] = Double.NaN;
      } else {
        coordinates[d][trial] = kinds.get(d).of(value);
        insert(d, trial);
      }
    }
  }

  private void insert(int dimension, int trial) {
    int[] order = orders[dimension];
    double[] at = coordinates[dimension];
    int low = 0;
    int high = applying[dimension]++;
    int last = high;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (at[order[middle]] <= at[trial]) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    System.arraycopy(order, low, order, low + 1, last - low);
    order[low] = trial;
  }

  int dimensions() {
    return dimensions.size();
  }

  Coordinate kind(int dimension) {
    return kinds.get(dimension);
  }

  /** Whether every point has the dimension. */
  boolean always(int dimension) {
    return dimensions.get(dimension).condition() == null;
  }

  /** By trial; NaN where the dimension does not apply. Not to be written to. */
  double[] coordinates(int dimension) {
    return coordinates[dimension];
  }

  /** The {@link #applying} trials with this dimension, in its order. Not to be written to. */
  int[] order(int dimension) {
    return orders[dimension];
  }

  int applying(int dimension) {
    return applying[dimension];
  }
}
