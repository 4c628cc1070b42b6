package dev.caviar.coordinator.search;

import java.util.Arrays;
import java.util.Comparator;

/**
 * How likely outcomes are under a Gaussian process with mean 0 and a {@link Matern} kernel, times a
 * prior of the kernel's parameters; Rasmussen and Williams, "Gaussian processes for machine
 * learning", 2006, equations 5.8 and 5.9. For {@link Lbfgs} negative and logarithmic.
 *
 * <p>Its variables are logarithms: of a length scale for each dimension, normal with mean 0, as
 * long as the side of the unit cube, and deviation 1; of the signal's variance, normal with mean 1
 * and deviation 1; and of the noise's variance above {@link #LEAST_NOISE}, which itself has a Gamma
 * density with shape 1.1 and rate 30, as in Optuna's sampler: most likely 0.003 of the variance of
 * outcomes. A mean that grows with the dimensions, as Hvarfner et al. have it ("Vanilla Bayesian
 * optimization performs great in high dimensions", 2024), did worse on BBOB in 10 dimensions: with
 * 50 trials a slope has to be believed early.
 */
final class MarginalLikelihood implements Lbfgs.Objective {
  /** Below, two trials at nearly the same place would make the kernel's matrix singular. */
  static final double LEAST_NOISE = 1e-6;

  private static final double LENGTH_MEAN = 0;
  private static final double LENGTH_DEVIATION = 1;
  private static final double SIGNAL_MEAN = 1;
  private static final double SIGNAL_DEVIATION = 1;

  /** Less 1, of the Gamma density. */
  private static final double NOISE_SHAPE = 0.1;

  private static final double NOISE_RATE = 30;

  /** Where the search for the likeliest begins: length scales over √D, of which the best. */
  private static final double[] STARTS = {0.1, 0.2, 0.4, 0.8, 1.6, 3.2};

  /** How many of them are improved. */
  private static final int IMPROVED = 2;

  private static final int MOST_STEPS = 50;

  private static final double LOG_TWO_PI = StrictMath.log(2 * Math.PI);

  private final double[][] distances;
  private final double[] outcomes;

  /**
   * A likelihood of length scales, signal and noise.
   *
   * @param distances by dimension: the squared distances of each point to all those after it
   * @param outcomes by point
   */
  MarginalLikelihood(double[][] distances, double[] outcomes) {
    this.distances = distances;
    this.outcomes = outcomes;
  }

  /** What a kernel and the noise are, from the variables. */
  GaussianProcess.Parameters parameters(double[] x) {
    int dimensions = distances.length;
    double[] scales = new double[dimensions];
    Arrays.setAll(scales, d -> StrictMath.exp(x[d]));
    return new GaussianProcess.Parameters(
        scales, StrictMath.exp(x[dimensions]), LEAST_NOISE + StrictMath.exp(x[dimensions + 1]));
  }

  /**
   * How well some of the outcomes are told from all the others: the sum of the logarithms of each
   * one's density, given the others; Rasmussen and Williams, equations 5.10 to 5.12.
   *
   * @return −∞ where the kernel's matrix is singular
   */
  double leaveOneOut(GaussianProcess.Parameters parameters, int[] some) {
    int pairs = outcomes.length * (outcomes.length - 1) / 2;
    double[][] matrix = matrix(parameters, new double[pairs], new double[pairs]);
    if (!Cholesky.factor(matrix)) {
      return Double.NEGATIVE_INFINITY;
    }
    double[][] lower = Cholesky.inverse(matrix);
    double[] weights = Cholesky.transposedProduct(lower, Cholesky.product(lower, outcomes));
    double[][] inverse = Cholesky.inverseOfProduct(lower);
    double sum = 0;
    for (int i : some) {
      double precision = inverse[i][i];
      sum += 0.5 * (StrictMath.log(precision) - weights[i] * weights[i] / precision - LOG_TWO_PI);
    }
    return sum;
  }

  /**
   * Of the outcomes' covariances.
   *
   * @param kernel to be filled by pair, with zeros in it
   * @param slopes likewise, with the derivatives by half the squared distance
   */
  private double[][] matrix(
      GaussianProcess.Parameters parameters, double[] kernel, double[] slopes) {
    for (int d = 0; d < distances.length; d++) {
      double scale = parameters.lengthScales()[d];
      Cholesky.addScaled(1 / (scale * scale), distances[d], kernel, 0, kernel.length);
    }
    Matern.fill(kernel, slopes);
    int n = outcomes.length;
    double[][] matrix = new double[n][n];
    for (int i = 0, pair = 0; i < n; i++) {
      matrix[i][i] = parameters.signal() + parameters.noise();
      for (int j = i + 1; j < n; j++) {
        matrix[i][j] = parameters.signal() * kernel[pair++];
      }
    }
    return matrix;
  }

  /** The parameters that are likeliest, by both the outcomes and the prior. */
  GaussianProcess.Parameters likeliest() {
    int n = distances.length + 2;
    double[] low = new double[n];
    double[] high = new double[n];
    // Far out in every prior; beyond, exponentials could overflow.
    Arrays.fill(low, -16);
    Arrays.fill(high, 16);
    Lbfgs.Minimum[] starts = new Lbfgs.Minimum[STARTS.length];
    for (int i = 0; i < starts.length; i++) {
      double[] start = start(STARTS[i]);
      double value = value(start, new double[n]);
      starts[i] = new Lbfgs.Minimum(start, value);
    }
    Arrays.sort(starts, Comparator.comparingDouble(Lbfgs.Minimum::value));
    Lbfgs search = new Lbfgs(low, high, MOST_STEPS, 1e-2);
    Lbfgs.Minimum best = starts[0];
    for (int i = 0; i < IMPROVED; i++) {
      Lbfgs.Minimum found = search.minimize(this, starts[i].x());
      best = found.value() < best.value() ? found : best;
    }
    return parameters(best.x());
  }

  private double[] start(double scale) {
    int dimensions = distances.length;
    double[] start = new double[dimensions + 2];
    Arrays.fill(
        start,
        0,
        dimensions,
        StrictMath.log(scale) + 0.5 * StrictMath.log(Math.max(1, dimensions)));
    start[dimensions + 1] = StrictMath.log(1e-3);
    return start;
  }

  @Override
  public double value(double[] x, double[] gradient) {
    int dimensions = distances.length;
    double value = -logLikelihood(x, gradient);
    for (int i = 0; i <= dimensions; i++) {
      double mean = i < dimensions ? LENGTH_MEAN : SIGNAL_MEAN;
      double deviation = i < dimensions ? LENGTH_DEVIATION : SIGNAL_DEVIATION;
      double z = (x[i] - mean) / deviation;
      value += z * z / 2;
      gradient[i] = -gradient[i] + z / deviation;
    }
    double noise = StrictMath.exp(x[dimensions + 1]);
    value += NOISE_RATE * noise - NOISE_SHAPE * x[dimensions + 1];
    gradient[dimensions + 1] = -gradient[dimensions + 1] + NOISE_RATE * noise - NOISE_SHAPE;
    return value;
  }

  /**
   * The logarithm of the outcomes' density; NaN where the kernel's matrix is singular.
   *
   * @param gradient to be filled with its derivatives by the variables
   */
  double logLikelihood(double[] x, double[] gradient) {
    int n = outcomes.length;
    int dimensions = distances.length;
    GaussianProcess.Parameters parameters = parameters(x);
    double signal = parameters.signal();
    double[] kernel = new double[n * (n - 1) / 2];
    double[] slopes = new double[kernel.length];
    double[][] matrix = matrix(parameters, kernel, slopes);
    if (!Cholesky.factor(matrix)) {
      return Double.NaN;
    }
    double[][] lower = Cholesky.inverse(matrix);
    double[] white = Cholesky.product(lower, outcomes);
    double[] weights = Cholesky.transposedProduct(lower, white);
    double value = -0.5 * n * LOG_TWO_PI;
    for (int i = 0; i < n; i++) {
      value -= StrictMath.log(matrix[i][i]) + 0.5 * white[i] * white[i];
    }
    double[][] inverse = Cholesky.inverseOfProduct(lower);

    // The derivative by K_ij is ½ (w_i w_j − K⁻¹_ij); each pair is in the matrix twice.
    double bySignal = 0;
    double byNoise = 0;
    for (int i = 0, pair = 0; i < n; i++) {
      double own = 0.5 * (weights[i] * weights[i] - inverse[i][i]);
      bySignal += own;
      byNoise += own;
      for (int j = i + 1; j < n; j++) {
        double twice = weights[i] * weights[j] - inverse[i][j];
        bySignal += twice * kernel[pair];
        slopes[pair++] *= twice;
      }
    }
    for (int d = 0; d < dimensions; d++) {
      double scale = parameters.lengthScales()[d];
      double sum = 0;
      for (int pair = 0; pair < slopes.length; pair++) {
        sum += slopes[pair] * distances[d][pair];
      }
      // r² has the length scale to the power of −2.
      gradient[d] = -2 * signal * sum / (scale * scale);
    }
    gradient[dimensions] = signal * bySignal;
    gradient[dimensions + 1] = (parameters.noise() - LEAST_NOISE) * byNoise;
    return value;
  }
}
