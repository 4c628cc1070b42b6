package dev.caviar.coordinator.importance;

import java.util.Arrays;
import java.util.List;

/**
 * A function over the unit hypercube that is constant on each of the boxes that make it up, with
 * its functional analysis of variance: f = f₀ + Σ fᵢ + Σ fᵢⱼ + ..., each part having mean 0 over
 * each of its own dimensions, so that the parts' variances add up to that of f. All of it is exact,
 * since marginals of such a function are constant between the boxes' edges (Hutter, Hoos and
 * Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter Importance", ICML 2014,
 * algorithm 2 and its appendix).
 */
final class BoxFunction {
  /**
   * A box and the function's value on it.
   *
   * @param low its lower corner, 0 to 1 in each dimension
   * @param high its upper corner, above the lower one in each dimension
   */
  record Box(double value, double[] low, double[] high) {
    double length(int dimension) {
      return high[dimension] - low[dimension];
    }

    double volume() {
      double volume = 1;
      for (int i = 0; i < low.length; i++) {
        volume *= high[i] - low[i];
      }
      return volume;
    }
  }

  private final List<Box> boxes;
  private final int dimensions;
  private final double mean;
  private final double variance;

  /** Where the boxes begin and end, 0 and 1 included, rising. */
  private final double[][] edges;

  /** For each box and dimension the places of its ends among the edges. */
  private final int[][] from;

  private final int[][] to;

  /** For each dimension, for each piece between two edges, the mean over all else, less f₀. */
  private final double[][] main;

  private final double[] mainVariances;

  /**
   * A function made of boxes that fill the cube and do not overlap.
   *
   * @param dimensions how many, at least 1
   */
  BoxFunction(List<Box> boxes, int dimensions) {
    this.boxes = List.copyOf(boxes);
    this.dimensions = dimensions;
    double sum = 0;
    for (Box box : boxes) {
      sum += box.value() * box.volume();
    }
    mean = sum;
    double squares = 0;
    for (Box box : boxes) {
      squares += (box.value() - mean) * (box.value() - mean) * box.volume();
    }
    variance = squares;
    edges = new double[dimensions][];
    from = new int[dimensions][boxes.size()];
    to = new int[dimensions][boxes.size()];
    main = new double[dimensions][];
    mainVariances = new double[dimensions];
    for (int i = 0; i < dimensions; i++) {
      layOut(i);
      main[i] = marginal(i);
      for (int piece = 0; piece < main[i].length; piece++) {
        mainVariances[i] += length(i, piece) * main[i][piece] * main[i][piece];
      }
    }
  }

  private void layOut(int i) {
    edges[i] =
        boxes.stream()
            .flatMap(box -> List.of(box.low()[i], box.high()[i]).stream())
            .mapToDouble(Double::doubleValue)
            .sorted()
            .distinct()
            .toArray();
    for (int b = 0; b < boxes.size(); b++) {
      from[i][b] = Arrays.binarySearch(edges[i], boxes.get(b).low()[i]);
      to[i][b] = Arrays.binarySearch(edges[i], boxes.get(b).high()[i]);
    }
  }

  private double length(int i, int piece) {
    return edges[i][piece + 1] - edges[i][piece];
  }

  /** Adds up at each edge by how much the marginal changes there. */
  private double[] marginal(int i) {
    double[] changes = new double[edges[i].length];
    for (int b = 0; b < boxes.size(); b++) {
      Box box = boxes.get(b);
      double part = (box.value() - mean) * box.volume() / box.length(i);
      changes[from[i][b]] += part;
      changes[to[i][b]] -= part;
    }
    double[] marginal = new double[changes.length - 1];
    double sum = 0;
    for (int piece = 0; piece < marginal.length; piece++) {
      sum += changes[piece];
      marginal[piece] = sum;
    }
    return marginal;
  }

  /** f₀. */
  double mean() {
    return mean;
  }

  /** Of the whole function. */
  double variance() {
    return variance;
  }

  /** The variance of fᵢ, what the dimension does alone. */
  double variance(int i) {
    return mainVariances[i];
  }

  /** The variance of fᵢⱼ, what both do together beyond what each does alone. */
  double variance(int i, int j) {
    int rows = edges[i].length;
    int columns = edges[j].length;
    if (rows == 2 || columns == 2) {
      // Never split there.
      return 0;
    }
    double[][] changes = new double[rows][columns];
    for (int b = 0; b < boxes.size(); b++) {
      Box box = boxes.get(b);
      double part = (box.value() - mean) * box.volume() / box.length(i) / box.length(j);
      changes[from[i][b]][from[j][b]] += part;
      changes[from[i][b]][to[j][b]] -= part;
      changes[to[i][b]][from[j][b]] -= part;
      changes[to[i][b]][to[j][b]] += part;
    }
    double squares = 0;
    double[] above = new double[columns];
    for (int row = 0; row < rows - 1; row++) {
      double sum = 0;
      for (int column = 0; column < columns - 1; column++) {
        sum += changes[row][column];
        above[column] += sum;
        double interaction = above[column] - main[i][row] - main[j][column];
        squares += length(i, row) * length(j, column) * interaction * interaction;
      }
    }
    return squares;
  }

  /**
   * The mean over a part of the cube of which one dimension is held.
   *
   * @param units where it is held, one after the other
   * @param region for each dimension the pieces that are averaged over; that of {@code i} does not
   *     matter
   */
  double[] marginal(int i, double[] units, List<List<Axis.Piece>> region) {
    double[] sums = new double[units.length];
    double[] weights = new double[units.length];
    for (Box box : boxes) {
      double weight = 1;
      for (int j = 0; j < dimensions && weight > 0; j++) {
        weight *= j == i ? 1 : overlap(box, j, region.get(j));
      }
      for (int k = 0; k < units.length && weight > 0; k++) {
        if (holds(box, i, units[k])) {
          sums[k] += weight * box.value();
          weights[k] += weight;
        }
      }
    }
    for (int k = 0; k < sums.length; k++) {
      sums[k] /= weights[k];
    }
    return sums;
  }

  /**
   * The mean over a part of the cube of which two dimensions are held.
   *
   * @param units where {@code i} is held, one after the other
   * @param others where {@code j} is, for each of those
   * @param region for each dimension the pieces that are averaged over; those of {@code i} and
   *     {@code j} do not matter
   * @return a row for each of {@code units}
   */
  double[][] marginal(
      int i, double[] units, int j, double[] others, List<List<Axis.Piece>> region) {
    double[][] sums = new double[units.length][others.length];
    double[][] weights = new double[units.length][others.length];
    for (Box box : boxes) {
      double weight = 1;
      for (int k = 0; k < dimensions && weight > 0; k++) {
        weight *= k == i || k == j ? 1 : overlap(box, k, region.get(k));
      }
      for (int row = 0; row < units.length && weight > 0; row++) {
        for (int column = 0; holds(box, i, units[row]) && column < others.length; column++) {
          if (holds(box, j, others[column])) {
            sums[row][column] += weight * box.value();
            weights[row][column] += weight;
          }
        }
      }
    }
    for (int row = 0; row < units.length; row++) {
      for (int column = 0; column < others.length; column++) {
        sums[row][column] /= weights[row][column];
      }
    }
    return sums;
  }

  private static boolean holds(Box box, int i, double unit) {
    return box.low()[i] <= unit && (unit < box.high()[i] || (box.high()[i] == 1 && unit == 1));
  }

  private static double overlap(Box box, int j, List<Axis.Piece> pieces) {
    double overlap = 0;
    for (Axis.Piece piece : pieces) {
      overlap +=
          Math.max(0, Math.min(box.high()[j], piece.high()) - Math.max(box.low()[j], piece.low()));
    }
    return overlap;
  }
}
