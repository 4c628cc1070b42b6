package dev.caviar.coordinator.search;

import java.util.Arrays;

/**
 * What is known of a function after it was seen at some points, with noise: at each point a mean
 * and a deviation. A Gaussian process with mean 0 and a {@link Matern} kernel with one length scale
 * for each dimension; Rasmussen and Williams, "Gaussian processes for machine learning", 2006,
 * equations 2.25 and 2.26.
 *
 * <p>Not safe for use by several threads.
 */
final class GaussianProcess {
  /**
   * Of a kernel.
   *
   * @param lengthScales by dimension: over which distance the function changes
   * @param signal the variance of the function
   * @param noise the variance of what is seen around it
   */
  record Parameters(double[] lengthScales, double signal, double noise) {}

  private final double[][] features;
  private final double[] precisions;
  private final double signal;

  /** The inverse of the kernel matrix's root: by row, and by column from its diagonal on. */
  private final double[][] rows;

  private final double[][] columns;
  private final double[] weights;

  private final double[] kernel;
  private final double[] slopes;
  private double[] towards = {};
  private double mean;
  private double deviation;

  /**
   * What follows from some outcomes. Points without one are believed to come out as the others have
   * it (Ginsbourger et al., "Kriging is well-suited to parallelize optimization", 2010): they leave
   * the mean as it is everywhere, and the deviation is small around them.
   *
   * @param features by feature and point
   * @param dimensions by feature: its dimension, whose length scale it has
   * @param outcomes of the first points; the others have none yet
   */
  GaussianProcess(double[][] features, int[] dimensions, double[] outcomes, Parameters parameters) {
    int n = features.length == 0 ? outcomes.length : features[0].length;
    this.features = features;
    this.signal = parameters.signal();
    this.precisions = new double[features.length];
    for (int f = 0; f < features.length; f++) {
      double scale = parameters.lengthScales()[dimensions[f]];
      precisions[f] = 1 / (scale * scale);
    }
    this.kernel = new double[n];
    this.slopes = new double[n];
    double added = parameters.noise();
    double[][] root = matrix(n, added);
    while (!Cholesky.factor(root)) {
      // Rounding can leave a matrix just short of positive definite.
      added *= 10;
      root = matrix(n, added);
    }
    this.rows = Cholesky.inverse(root);
    this.columns = new double[n][];
    for (int j = 0; j < n; j++) {
      columns[j] = new double[n];
      for (int i = j; i < n; i++) {
        columns[j][i] = rows[i][j];
      }
    }
    // Of believed points whatever is left when the others have had their say, which is nothing.
    double[] seen = new double[n];
    for (int i = 0; i < outcomes.length; i++) {
      for (int j = 0; j <= i; j++) {
        seen[i] += rows[i][j] * outcomes[j];
      }
    }
    this.weights = Cholesky.transposedProduct(rows, seen);
  }

  private double[][] matrix(int n, double added) {
    double[][] matrix = new double[n][n];
    double[] point = new double[features.length];
    for (int i = 0; i < n; i++) {
      for (int f = 0; f < point.length; f++) {
        point[f] = features[f][i];
      }
      fillKernel(point);
      for (int j = i; j < n; j++) {
        matrix[i][j] = signal * kernel[j];
      }
      matrix[i][i] += added;
    }
    return matrix;
  }

  private void fillKernel(double[] point) {
    Arrays.fill(kernel, 0);
    for (int f = 0; f < point.length; f++) {
      addSquares(point[f], features[f], precisions[f], kernel);
    }
    Matern.fill(kernel, slopes);
  }

  private static void addSquares(double x, double[] others, double precision, double[] to) {
    for (int i = 0; i < to.length; i++) {
      double distance = x - others[i];
      to[i] += precision * (distance * distance);
    }
  }

  /**
   * Works out {@link #mean} and {@link #deviation} at a point.
   *
   * @param point by feature
   */
  void at(double[] point) {
    fillKernel(point);
    double sum = 0;
    for (int i = 0; i < kernel.length; i++) {
      sum += kernel[i] * weights[i];
    }
    mean = signal * sum;
    towards = new double[kernel.length];
    for (int j = 0; j < kernel.length; j++) {
      Cholesky.addScaled(kernel[j], columns[j], towards, j, kernel.length);
    }
    double explained = 0;
    for (double share : towards) {
      explained += share * share;
    }
    // Where a trial is, rounding may leave nothing.
    double variance = signal - signal * signal * explained;
    deviation = Math.sqrt(Math.max(variance, 1e-12 * signal));
  }

  /** The mean at the point asked for last. */
  double mean() {
    return mean;
  }

  /** The deviation, without noise, at the point asked for last; above 0. */
  double deviation() {
    return deviation;
  }

  /**
   * How something rises by the features of the point asked for last.
   *
   * @param byMean its derivative by the mean
   * @param byDeviation its derivative by the deviation
   */
  double[] gradient(double[] point, double byMean, double byDeviation) {
    double[] explaining = Cholesky.transposedProduct(rows, towards);
    double[] shares = new double[kernel.length];
    double byVariance = byDeviation / (2 * deviation);
    for (int i = 0; i < shares.length; i++) {
      double byKernel = byMean * weights[i] - 2 * byVariance * signal * explaining[i];
      // The derivative of r² by a feature has a factor of 2.
      shares[i] = 2 * signal * byKernel * slopes[i];
    }
    double[] gradient = new double[point.length];
    for (int f = 0; f < point.length; f++) {
      double sum = 0;
      for (int i = 0; i < shares.length; i++) {
        sum += shares[i] * (point[f] - features[f][i]);
      }
      gradient[f] = precisions[f] * sum;
    }
    return gradient;
  }
}
