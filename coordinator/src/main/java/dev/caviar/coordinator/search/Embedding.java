package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Dimension;
import java.util.Arrays;
import java.util.List;

/**
 * The points of a space as vectors, one or more features for each dimension, so that the distance
 * of the vectors is how different the points are:
 *
 * <ul>
 *   <li>A number is its place on its scale, 0 to 1. Whole numbers are at the middle of their piece
 *       of it, and nowhere between (Garrido-Merchán and Hernández-Lobato, "Dealing with categorical
 *       and integer-valued variables in Bayesian optimization with Gaussian processes", 2020).
 *   <li>Of choices each has a feature of its own: any two are 1 apart.
 *   <li>Where a dimension does not apply to every point, a number is a place on an arc of one
 *       radian, and what has no value is at the arc's centre: it is 1 away from every number and 0
 *       from whatever else lacks the dimension. On the arc two numbers are 2 sin(Δ/2) apart, where
 *       Δ is their distance on the scale, nearly the same. So no value is made up for what has
 *       none, and none is nearer to it than another (Swersky et al., "Raiders of the lost
 *       architecture: kernels for Bayesian optimization in conditional parameter spaces", 2013).
 *       What lacks a choice is √½ away from each.
 * </ul>
 *
 * <p>Distances between vectors are Euclidean within a dimension, hence every kernel of them is
 * positive definite.
 */
final class Embedding {
  /** How far a choice is from what has none, so that two choices are 1 apart. */
  private static final double CHOICE = Math.sqrt(0.5);

  private final List<Coordinate> kinds;
  private final boolean[] arcs;

  /** By dimension: its first feature; and after the last, how many there are. */
  private final int[] first;

  /** By feature: its dimension. */
  private final int[] owners;

  Embedding(List<Dimension> dimensions) {
    this.kinds = dimensions.stream().map(d -> Coordinate.of(d.domain())).toList();
    this.arcs = new boolean[dimensions.size()];
    this.first = new int[dimensions.size() + 1];
    for (int d = 0; d < arcs.length; d++) {
      boolean conditional = dimensions.get(d).condition() != null;
      arcs[d] = conditional && !(kinds.get(d) instanceof Coordinate.Choice);
      first[d + 1] = first[d] + width(d);
    }
    this.owners = new int[first[arcs.length]];
    for (int d = 0; d < arcs.length; d++) {
      Arrays.fill(owners, first[d], first[d + 1], d);
    }
  }

  private int width(int d) {
    if (kinds.get(d) instanceof Coordinate.Choice choice) {
      return choice.count();
    }
    return arcs[d] ? 2 : 1;
  }

  int dimensions() {
    return arcs.length;
  }

  int features() {
    return owners.length;
  }

  /** The dimension that a feature is of. */
  int dimension(int feature) {
    return owners[feature];
  }

  /**
   * The vector of a point.
   *
   * @param point by dimension, as {@link Coordinate} has it; NaN where one does not apply
   */
  double[] features(double[] point) {
    double[] features = new double[owners.length];
    for (int d = 0; d < point.length; d++) {
      int at = first[d];
      double x = point[d];
      if (Double.isNaN(x)) {
        continue;
      }
      if (kinds.get(d) instanceof Coordinate.Choice) {
        features[at + (int) x] = CHOICE;
        continue;
      }
      double place = kinds.get(d) instanceof Coordinate.Cells c ? c.centres()[(int) x] : x;
      features[at] = arcs[d] ? StrictMath.cos(place) : place;
      if (arcs[d]) {
        features[at + 1] = StrictMath.sin(place);
      }
    }
    return features;
  }

  /**
   * The derivative by the coordinate of a number, from those by its features.
   *
   * @param features where the point is
   * @param gradient by feature
   */
  double slope(int d, double[] features, double[] gradient) {
    int at = first[d];
    return arcs[d]
        ? gradient[at + 1] * features[at] - gradient[at] * features[at + 1]
        : gradient[at];
  }
}
