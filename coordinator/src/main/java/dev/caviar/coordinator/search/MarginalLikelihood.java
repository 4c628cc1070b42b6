package dev.caviar.coordinator.search;

import java.util.Arrays;

/**
 * How likely outcomes are under a Gaussian process with mean 0 and a {@link Matern} kernel, times a
 * prior of the kernel's parameters; Rasmussen and Williams, "Gaussian processes for machine
 * learning", 2006, equations 5.8 and 5.9. For {@link Lbfgs} negative and logarithmic.
 *
 * <p>Its variables are logarithms, each with a normal prior: of a length scale for each of D
 * dimensions, with mean √2 + ½ log D and deviation √3 (Hvarfner et al., "Vanilla Bayesian
 * optimization performs great in high dimensions", 2024); of the signal's variance, with mean 0 and
 * deviation 1, since outcomes have a variance of 1; and of the noise's variance above {@link
 * #LEAST_NOISE}, with mean −4 and deviation 1 (the same paper).
 */
final class MarginalLikelihood implements Lbfgs.Objective {
  /** Below, two trials at nearly the same place would make the kernel's matrix singular. */
  static final double LEAST_NOISE = 1e-6;

  private static final double LENGTH_MEAN = Math.sqrt(2);
  private static final double LENGTH_DEVIATION = Math.sqrt(3);
  private static final double SIGNAL_MEAN = 0;
  private static final double SIGNAL_DEVIATION = 1;
  private static final double NOISE_MEAN = -4;
  private static final double NOISE_DEVIATION = 1;

  private static final double LOG_TWO_PI = StrictMath.log(2 * Math.PI);

  private final double[][] distances;
  private final double[] outcomes;
  private final double[] means;
  private final double[] deviations;

  /**
   * A likelihood of length scales, signal and noise.
   *
   * @param distances by dimension: the squared distances of each point to all those after it
   * @param outcomes by point
   */
  MarginalLikelihood(double[][] distances, double[] outcomes) {
    this.distances = distances;
    this.outcomes = outcomes;
    int dimensions = distances.length;
    this.means = new double[dimensions + 2];
    this.deviations = new double[dimensions + 2];
    Arrays.fill(means, 0, dimensions, LENGTH_MEAN + 0.5 * StrictMath.log(Math.max(1, dimensions)));
    Arrays.fill(deviations, 0, dimensions, LENGTH_DEVIATION);
    means[dimensions] = SIGNAL_MEAN;
    deviations[dimensions] = SIGNAL_DEVIATION;
    means[dimensions + 1] = NOISE_MEAN;
    deviations[dimensions + 1] = NOISE_DEVIATION;
  }

  /** What a kernel and the noise are, from the variables. */
  GaussianProcess.Parameters parameters(double[] x) {
    int dimensions = distances.length;
    double[] scales = new double[dimensions];
    Arrays.setAll(scales, d -> StrictMath.exp(x[d]));
    return new GaussianProcess.Parameters(
        scales, StrictMath.exp(x[dimensions]), LEAST_NOISE + StrictMath.exp(x[dimensions + 1]));
  }

  /** The parameters that are likeliest, by both the outcomes and the prior. */
  GaussianProcess.Parameters likeliest() {
    double[] low = new double[means.length];
    double[] high = new double[means.length];
    for (int i = 0; i < means.length; i++) {
      // Six deviations out the prior alone decides; beyond them exponentials overflow.
      low[i] = means[i] - 6 * deviations[i];
      high[i] = means[i] + 6 * deviations[i];
    }
    return parameters(new Lbfgs(low, high, 50, 1e-2).minimize(this, means).x());
  }

  @Override
  public double value(double[] x, double[] gradient) {
    double value = -logLikelihood(x, gradient);
    for (int i = 0; i < x.length; i++) {
      double z = (x[i] - means[i]) / deviations[i];
      value += z * z / 2;
      gradient[i] = -gradient[i] + z / deviations[i];
    }
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
    for (int d = 0; d < dimensions; d++) {
      double scale = parameters.lengthScales()[d];
      Cholesky.addScaled(1 / (scale * scale), distances[d], kernel, 0, kernel.length);
    }
    Matern.fill(kernel, slopes);
    double[][] matrix = new double[n][n];
    for (int i = 0, pair = 0; i < n; i++) {
      matrix[i][i] = signal + parameters.noise();
      for (int j = i + 1; j < n; j++) {
        matrix[i][j] = signal * kernel[pair++];
      }
    }
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
