package dev.caviar.coordinator.search;

import java.util.Arrays;
import org.apache.commons.rng.UniformRandomProvider;

/**
 * A density over the points of a space: the weighted mean of a kernel around each of some trials'
 * points and of one wide kernel, the prior. A kernel is a product over the dimensions of the point
 * at hand:
 *
 * <ul>
 *   <li>On a line it is a normal density around the trial's coordinate, cut off at 0 and 1. Its
 *       bandwidth is the distance to the farther of the two trials next to it (of the outermost: to
 *       the one next to it; of a single one: to the farther end), but at least 1 / min(100, n + 2)
 *       for n trials, and at most 1.
 *   <li>Of few whole numbers it is the probability that such a density gives to a number's piece of
 *       the line. Trials at the same number share the mean of their kernels.
 *   <li>Of K choices it is (1 + 1/(n+1)) / (1 + K/(n+1)) for the trial's own and (1/(n+1)) / (1 +
 *       K/(n+1)) for each of the others.
 *   <li>In a dimension that did not apply to the trial it is that of the prior: a normal density of
 *       mean ½ and deviation 1, or the same for each choice.
 * </ul>
 *
 * <p>That is the estimator of Bergstra et al., "Algorithms for hyper-parameter optimization", 2011,
 * section 4, with joint kernels, as Optuna 5 has it. In spaces with conditions a point has only
 * some dimensions; since the others follow from these, the density is still one over all of them
 * together.
 */
final class ParzenEstimator {
  /** How many kernels are added up at a time, so that what is needed of them stays in the cache. */
  private static final int BLOCK = 256;

  /** A kernel that adds less than e^-40 of the prior's share, all kernels together, is left out. */
  private static final double NEGLIGIBLE = 40;

  private static final double PRIOR_MEAN = 0.5;
  private static final double PRIOR_BANDWIDTH = 1;
  private static final double ROOT_OF_TWO_PI = Math.sqrt(2 * Math.PI);

  private final Observations observations;

  /** The trials, and after them the prior. */
  private final int kernels;

  /** Sums up to each kernel's weight; the last is the sum of all. */
  private final double[] cumulative;

  /** Each kernel's weight over the sum, times its factors of lines that every point has. */
  private final double[] factors;

  /** By dimension and kernel, of lines. */
  private final double[][] means;

  private final double[][] bandwidths;

  /** 1 / (2 · bandwidth²). */
  private final double[][] precisions;

  /** 1 / (bandwidth · √2π · probability of 0 to 1). */
  private final double[][] scales;

  /** By dimension and kernel, of cells and choices: which is the trial's; their count for none. */
  private final int[][] values;

  /** Of cells: [trial's · count + other], the prior behind the last of the trials'. */
  private final double[][] tables;

  /** Of choices: the kernel at the trial's own choice and at another. */
  private final double[] hits;

  private final double[] misses;

  /** The most that a kernel's factors can come to, conditional ones included. */
  private double largest;

  /**
   * The density around some trials.
   *
   * @param members the trials' numbers, increasing; of 25 and more the older ones weigh less
   */
  ParzenEstimator(Observations observations, int[] members) {
    int dimensions = observations.dimensions();
    this.observations = observations;
    this.kernels = members.length + 1;
    this.cumulative = new double[kernels];
    this.factors = weights(members.length);
    this.means = new double[dimensions][];
    this.bandwidths = new double[dimensions][];
    this.precisions = new double[dimensions][];
    this.scales = new double[dimensions][];
    this.values = new int[dimensions][];
    this.tables = new double[dimensions][];
    this.hits = new double[dimensions];
    this.misses = new double[dimensions];
    double sum = 0;
    for (int j = 0; j < kernels; j++) {
      sum += factors[j];
      cumulative[j] = sum;
    }
    for (int j = 0; j < kernels; j++) {
      factors[j] /= sum;
    }
    double conditional = 1;
    for (int d = 0; d < dimensions; d++) {
      switch (observations.kind(d)) {
        case Coordinate.Line line -> conditional *= addLine(d, line, members);
        case Coordinate.Cells cells -> addCells(d, cells, members);
        case Coordinate.Choice choice -> addChoice(d, choice, members);
      }
    }
    for (double factor : factors) {
      largest = Math.max(largest, factor * conditional);
    }
  }

  /**
   * One for the prior and each of the last 25 trials; those before rise evenly from 1/n, so that
   * what was learnt early is slowly forgotten. Optuna's default.
   */
  static double[] weights(int trials) {
    double[] weights = new double[trials + 1];
    int rising = Math.max(0, trials - 25);
    for (int j = 0; j <= trials; j++) {
      double first = 1.0 / trials;
      weights[j] = j >= rising ? 1 : rising == 1 ? first : first + (1 - first) * j / (rising - 1);
    }
    return weights;
  }

  /** Answers the largest factor that is left to be multiplied by for a point with the dimension. */
  private double addLine(int d, Coordinate.Line line, int[] members) {
    double[] at = observations.coordinates(d);
    double[] mean = new double[kernels];
    double[] scale = new double[kernels];
    double[] precision = new double[kernels];
    double[] bandwidth = bandwidths(d, members, line.leastBandwidth());
    double largestScale = 0;
    for (int j = 0; j < kernels; j++) {
      boolean own = j < members.length && !Double.isNaN(at[members[j]]);
      mean[j] = own ? at[members[j]] : PRIOR_MEAN;
      double width = own ? bandwidth[j] : PRIOR_BANDWIDTH;
      bandwidth[j] = width;
      precision[j] = 1 / (2 * width * width);
      scale[j] = 1 / (width * ROOT_OF_TWO_PI * inside(mean[j], width));
      largestScale = Math.max(largestScale, scale[j]);
    }
    means[d] = mean;
    bandwidths[d] = bandwidth;
    precisions[d] = precision;
    scales[d] = scale;
    if (!observations.always(d)) {
      return largestScale;
    }
    for (int j = 0; j < kernels; j++) {
      factors[j] *= scale[j];
    }
    return 1;
  }

  /** How much of a normal density lies between 0 and 1. */
  private static double inside(double mean, double width) {
    // Beyond nine deviations there is less than a double's last digit.
    double below = mean > 9 * width ? 0 : Normal.cumulative(-mean / width);
    double above = 1 - mean > 9 * width ? 0 : Normal.cumulative((mean - 1) / width);
    return 1 - below - above;
  }

  /** By kernel; left 0 for those without the dimension. */
  private double[] bandwidths(int d, int[] members, double least) {
    double[] at = observations.coordinates(d);
    int[] order = observations.order(d);
    int[] kernelOf = new int[points(members)];
    Arrays.fill(kernelOf, -1);
    for (int j = 0; j < members.length; j++) {
      kernelOf[members[j]] = j;
    }
    double[] widths = new double[kernels];
    int last = -1;
    int count = 0;
    for (int rank = 0; rank < observations.applying(d); rank++) {
      int trial = order[rank];
      int kernel = trial < kernelOf.length ? kernelOf[trial] : -1;
      if (kernel < 0) {
        continue;
      }
      if (last >= 0) {
        double gap = at[trial] - at[members[last]];
        widths[last] = Math.max(widths[last], gap);
        widths[kernel] = gap;
      }
      last = kernel;
      count++;
    }
    if (count == 1) {
      double only = at[members[last]];
      widths[last] = Math.max(only, 1 - only);
    }
    for (int j = 0; j < members.length; j++) {
      widths[j] = clipped(widths[j], count, least);
    }
    return widths;
  }

  private static int points(int[] members) {
    return members.length == 0 ? 0 : members[members.length - 1] + 1;
  }

  private static double clipped(double width, int trials, double least) {
    return Math.clamp(width, Math.max(least, 1 / Math.min(100.0, trials + 2.0)), 1);
  }

  private void addCells(int d, Coordinate.Cells cells, int[] members) {
    int count = cells.count();
    int[] trials = addValues(d, count, members);
    int all = Arrays.stream(trials).sum();
    double[] table = new double[(count + 1) * count];
    int before = -1;
    for (int cell = 0; cell < count; cell++) {
      if (trials[cell] == 0) {
        continue;
      }
      int after = cell + 1;
      while (after < count && trials[after] == 0) {
        after++;
      }
      double centre = cells.centres()[cell];
      double left = before < 0 ? 0 : centre - cells.centres()[before];
      double right = after == count ? 0 : cells.centres()[after] - centre;
      double[] row = new double[count];
      if (trials[cell] == 1) {
        double width = all == 1 ? Math.max(centre, 1 - centre) : Math.max(left, right);
        addProbabilities(cells, centre, clipped(width, all, 0), 1, row);
      } else {
        // The outer two of those at the same place have neighbours elsewhere; the inner have none.
        double share = 1.0 / trials[cell];
        addProbabilities(cells, centre, clipped(left, all, 0), share, row);
        addProbabilities(cells, centre, clipped(right, all, 0), share, row);
        addProbabilities(cells, centre, clipped(0, all, 0), 1 - 2 * share, row);
      }
      System.arraycopy(row, 0, table, cell * count, count);
      before = cell;
    }
    double[] prior = new double[count];
    addProbabilities(cells, PRIOR_MEAN, PRIOR_BANDWIDTH, 1, prior);
    System.arraycopy(prior, 0, table, count * count, count);
    tables[d] = table;
  }

  private static void addProbabilities(
      Coordinate.Cells cells, double mean, double width, double share, double[] row) {
    if (share == 0) {
      return;
    }
    double inside = inside(mean, width);
    for (int cell = 0; cell < row.length; cell++) {
      double probability =
          Normal.between(cells.edges()[cell], cells.edges()[cell + 1], mean, width);
      row[cell] += share * probability / inside;
    }
  }

  private void addChoice(int d, Coordinate.Choice choice, int[] members) {
    int trials = Arrays.stream(addValues(d, choice.count(), members)).sum();
    double prior = 1.0 / (trials + 1);
    double sum = 1 + choice.count() * prior;
    hits[d] = (1 + prior) / sum;
    misses[d] = prior / sum;
  }

  /** Answers how many trials have each value. */
  private int[] addValues(int d, int count, int[] members) {
    double[] at = observations.coordinates(d);
    int[] value = new int[kernels];
    int[] trials = new int[count];
    for (int j = 0; j < members.length; j++) {
      double own = at[members[j]];
      value[j] = Double.isNaN(own) ? count : (int) own;
      if (value[j] < count) {
        trials[value[j]]++;
      }
    }
    value[members.length] = count;
    values[d] = value;
    return trials;
  }

  /** A kernel, each as likely as its weight. */
  int drawKernel(UniformRandomProvider random) {
    double at = random.nextDouble() * cumulative[kernels - 1];
    int found = Arrays.binarySearch(cumulative, at);
    // Exactly on a sum the next kernel begins.
    return Math.min(found < 0 ? -found - 1 : found + 1, kernels - 1);
  }

  /** A coordinate in the dimension, as likely as the kernel has it. */
  double draw(int d, int kernel, UniformRandomProvider random) {
    return switch (observations.kind(d)) {
      case Coordinate.Line line ->
          line.nearest(Normal.inUnit(means[d][kernel], bandwidths[d][kernel], random));
      case Coordinate.Cells cells -> {
        int row = values[d][kernel] * cells.count();
        double rest = random.nextDouble();
        int cell = 0;
        while (cell < cells.count() - 1 && rest >= tables[d][row + cell]) {
          rest -= tables[d][row + cell];
          cell++;
        }
        yield cell;
      }
      case Coordinate.Choice choice -> {
        int own = values[d][kernel];
        yield own < choice.count() && random.nextDouble() < hits[d] - misses[d]
            ? own
            : random.nextInt(choice.count());
      }
    };
  }

  /**
   * The density at some points.
   *
   * @param points coordinates by point and dimension; NaN in those that do not apply to a point
   */
  double[] densities(double[][] points) {
    int dimensions = observations.dimensions();
    double[][][] rows = new double[points.length][dimensions][];
    double[] densities = new double[points.length];
    double[] farthest = new double[points.length];
    for (int p = 0; p < points.length; p++) {
      for (int d = 0; d < dimensions; d++) {
        if (values[d] != null && !Double.isNaN(points[p][d])) {
          rows[p][d] = row(d, (int) points[p][d]);
        }
      }
    }
    double[] exponents = new double[BLOCK];
    double[] products = new double[BLOCK];
    // The prior comes first, for what the others are compared to.
    int prior = kernels - 1;
    for (int p = 0; p < points.length; p++) {
      fill(prior, 1, points[p], rows[p], exponents, products);
      densities[p] = products[0] * StrictMath.exp(-exponents[0]);
      farthest[p] = NEGLIGIBLE + StrictMath.log(largest * kernels / densities[p]);
    }
    for (int from = 0; from < prior; from += BLOCK) {
      int count = Math.min(BLOCK, prior - from);
      for (int p = 0; p < points.length; p++) {
        fill(from, count, points[p], rows[p], exponents, products);
        double sum = 0;
        for (int i = 0; i < count; i++) {
          if (exponents[i] < farthest[p]) {
            sum += products[i] * StrictMath.exp(-exponents[i]);
          }
        }
        densities[p] += sum;
      }
    }
    return densities;
  }

  /** The factors at a value, by the values of kernels. */
  private double[] row(int d, int value) {
    return switch (observations.kind(d)) {
      case Coordinate.Line line -> throw new IllegalArgumentException("not of values: " + line);
      case Coordinate.Cells cells -> {
        double[] row = new double[cells.count() + 1];
        for (int own = 0; own < row.length; own++) {
          row[own] = tables[d][own * cells.count() + value];
        }
        yield row;
      }
      case Coordinate.Choice choice -> {
        double[] row = new double[choice.count() + 1];
        Arrays.fill(row, misses[d]);
        row[value] = hits[d];
        row[choice.count()] = 1.0 / choice.count();
        yield row;
      }
    };
  }

  /**
   * Works out some kernels at a point: products · e^-exponents. Loops of one operation over arrays,
   * which the compiler turns into vector instructions.
   */
  private void fill(
      int from, int count, double[] point, double[][] rows, double[] exponents, double[] products) {
    Arrays.fill(exponents, 0, count, 0);
    System.arraycopy(factors, from, products, 0, count);
    for (int d = 0; d < point.length; d++) {
      double x = point[d];
      if (Double.isNaN(x)) {
        continue;
      }
      if (values[d] == null) {
        addExponents(x, means[d], precisions[d], from, count, exponents);
        if (!observations.always(d)) {
          multiply(scales[d], from, count, products);
        }
      } else {
        multiply(rows[d], values[d], from, count, products);
      }
    }
  }

  private static void addExponents(
      double x, double[] means, double[] precisions, int from, int count, double[] exponents) {
    for (int i = 0; i < count; i++) {
      double distance = x - means[from + i];
      exponents[i] += precisions[from + i] * (distance * distance);
    }
  }

  private static void multiply(double[] by, int from, int count, double[] products) {
    for (int i = 0; i < count; i++) {
      products[i] *= by[from + i];
    }
  }

  private static void multiply(double[] row, int[] values, int from, int count, double[] products) {
    for (int i = 0; i < count; i++) {
      products[i] *= row[values[from + i]];
    }
  }
}
