package dev.caviar.coordinator.search;

import java.util.List;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.EigenDecompositionSymmetric;

/**
 * The distribution N(m, σ²C) of a CMA evolution strategy before a generation, and how it goes on
 * from the points of that generation: Hansen, "The CMA evolution strategy: a tutorial", arXiv
 * 1604.00772. Immutable. Equation numbers are the tutorial's.
 *
 * <p>All of it is plain arithmetic, square roots and StrictMath, which come to the same bits on
 * every machine.
 */
final class EvolutionState {
  /** No standard deviation along an axis is a smaller part of the largest one. */
  private static final double LEAST_AXIS = 1e-10;

  private final EvolutionParameters parameters;

  /** How many generations led here. */
  private final int generation;

  private final double[] mean;
  private final double sigma;
  private final double[][] covariance;
  private final double[] sigmaPath;
  private final double[] covariancePath;

  /** C = B D² Bᵀ; the columns of B are the axes. */
  private final double[][] axes;

  private final double[] deviations;

  private EvolutionState(
      EvolutionParameters parameters,
      int generation,
      double[] mean,
      double sigma,
      double[][] covariance,
      double[] sigmaPath,
      double[] covariancePath) {
    this.parameters = parameters;
    this.generation = generation;
    this.mean = mean;
    this.sigma = sigma;
    this.covariance = covariance;
    this.sigmaPath = sigmaPath;
    this.covariancePath = covariancePath;
    EigenDecompositionSymmetric decomposition =
        new EigenDecompositionSymmetric(new Array2DRowRealMatrix(covariance, false));
    this.axes = decomposition.getV().getData();
    this.deviations = decomposition.getEigenvalues();
    double largest = 0;
    for (double value : deviations) {
      largest = Math.max(largest, StrictMath.sqrt(Math.max(0, value)));
    }
    for (int i = 0; i < deviations.length; i++) {
      // What rounding leaves of a covariance that has all but lost a direction may be below 0.
      deviations[i] = Math.max(StrictMath.sqrt(Math.max(0, deviations[i])), LEAST_AXIS * largest);
    }
  }

  /** A round distribution. */
  static EvolutionState start(EvolutionParameters parameters, double[] mean, double sigma) {
    int n = parameters.dimensions();
    double[][] identity = new double[n][n];
    for (int i = 0; i < n; i++) {
      identity[i][i] = 1;
    }
    return new EvolutionState(
        parameters, 0, mean.clone(), sigma, identity, new double[n], new double[n]);
  }

  EvolutionParameters parameters() {
    return parameters;
  }

  int generation() {
    return generation;
  }

  double mean(int i) {
    return mean[i];
  }

  double sigma() {
    return sigma;
  }

  double covariance(int i, int j) {
    return covariance[i][j];
  }

  /** The standard deviation of coordinate i. */
  double deviation(int i) {
    return sigma * StrictMath.sqrt(Math.max(0, covariance[i][i]));
  }

  /** The largest standard deviation along any axis. */
  double largestDeviation() {
    double largest = 0;
    for (double deviation : deviations) {
      largest = Math.max(largest, deviation);
    }
    return sigma * largest;
  }

  /** The ratio of the largest eigenvalue of C to the smallest. */
  double condition() {
    double largest = 0;
    double smallest = Double.POSITIVE_INFINITY;
    for (double deviation : deviations) {
      largest = Math.max(largest, deviation);
      smallest = Math.min(smallest, deviation);
    }
    return (largest / smallest) * (largest / smallest);
  }

  /** The step y ~ N(0, C) of a standard normal z, eq. (39): the point is m + σy. */
  double[] step(double[] z) {
    int n = mean.length;
    double[] y = new double[n];
    for (int k = 0; k < n; k++) {
      double length = deviations[k] * z[k];
      for (int i = 0; i < n; i++) {
        y[i] += axes[i][k] * length;
      }
    }
    return y;
  }

  /** C^−½ y. */
  double[] whitened(double[] y) {
    int n = mean.length;
    double[] white = new double[n];
    for (int k = 0; k < n; k++) {
      double along = 0;
      for (int i = 0; i < n; i++) {
        along += axes[i][k] * y[i];
      }
      along /= deviations[k];
      for (int i = 0; i < n; i++) {
        white[i] += axes[i][k] * along;
      }
    }
    return white;
  }

  static double norm(double[] vector) {
    double squares = 0;
    for (double x : vector) {
      squares += x * x;
    }
    return StrictMath.sqrt(squares);
  }

  /**
   * The distribution after a generation.
   *
   * @param ranked the steps y = (x − m)/σ of its λ points, the best first
   * @param stretch by coordinate how much longer than y the step of the mean is, 1 where points are
   *     drawn as they are here
   */
  EvolutionState next(List<double[]> ranked, double[] stretch) {
    int n = mean.length;
    EvolutionParameters p = parameters;
    double[] weights = p.weights();

    // Eqs. (41) and (42).
    double[] step = new double[n];
    for (int rank = 0; rank < p.parents(); rank++) {
      for (int i = 0; i < n; i++) {
        step[i] += weights[rank] * ranked.get(rank)[i];
      }
    }
    double[] newMean = new double[n];
    for (int i = 0; i < n; i++) {
      newMean[i] = mean[i] + sigma * stretch[i] * step[i];
    }

    // Eqs. (43) and (44).
    double[] whiteStep = whitened(step);
    double gain = StrictMath.sqrt(p.sigmaDecay() * (2 - p.sigmaDecay()) * p.effective());
    double[] newSigmaPath = new double[n];
    for (int i = 0; i < n; i++) {
      newSigmaPath[i] = (1 - p.sigmaDecay()) * sigmaPath[i] + gain * whiteStep[i];
    }
    double length = norm(newSigmaPath);
    double newSigma =
        sigma * StrictMath.exp(p.sigmaDecay() / p.damping() * (length / p.expectedNorm() - 1));

    // Eq. (45); h_σ stalls the path while σ is still much too small.
    double expected =
        StrictMath.sqrt(1 - StrictMath.pow(1 - p.sigmaDecay(), 2.0 * (generation + 1)));
    boolean advance = length / expected < (1.4 + 2 / (n + 1.0)) * p.expectedNorm();
    double pathGain =
        advance ? StrictMath.sqrt(p.pathDecay() * (2 - p.pathDecay()) * p.effective()) : 0;
    double[] newPath = new double[n];
    for (int i = 0; i < n; i++) {
      newPath[i] = (1 - p.pathDecay()) * covariancePath[i] + pathGain * step[i];
    }

    // Eqs. (46) and (47).
    double stalled = advance ? 0 : p.pathDecay() * (2 - p.pathDecay());
    double sum = 0;
    for (double weight : weights) {
      sum += weight;
    }
    double kept = 1 + p.rankOne() * stalled - p.rankOne() - p.rankMu() * sum;
    double[][] newCovariance = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        newCovariance[i][j] = kept * covariance[i][j] + p.rankOne() * newPath[i] * newPath[j];
      }
    }
    for (int rank = 0; rank < weights.length; rank++) {
      double[] y = ranked.get(rank);
      double weight = weights[rank];
      if (weight < 0) {
        double white = norm(whitened(y));
        // A point on the mean says nothing of any direction.
        weight *= white == 0 ? 0 : n / (white * white);
      }
      for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
          newCovariance[i][j] += p.rankMu() * weight * y[i] * y[j];
        }
      }
    }
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        newCovariance[j][i] = newCovariance[i][j];
      }
    }
    return new EvolutionState(
        p, generation + 1, newMean, newSigma, newCovariance, newSigmaPath, newPath);
  }
}
