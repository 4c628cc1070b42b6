package dev.caviar.worker.backend;

/**
 * Batch norm over one mini-batch, in double precision and in the order of the formulas of Ioffe and
 * Szegedy, "Batch Normalization", 2015: algorithm 1 forward, section 3's chain rule backward.
 * Matrices are [example][unit].
 */
final class ReferenceBatchNorm {
  final double[] mean;

  /** Biased: divided by m. */
  final double[] variance;

  final double[][] normalized;
  final double[][] output;

  private final double[][] input;
  private final double[] gamma;
  private final double epsilon;

  ReferenceBatchNorm(double[][] input, double[] gamma, double[] beta, double epsilon) {
    this.input = input;
    this.gamma = gamma;
    this.epsilon = epsilon;
    int m = input.length;
    int units = gamma.length;
    mean = new double[units];
    variance = new double[units];
    normalized = new double[m][units];
    output = new double[m][units];
    for (int j = 0; j < units; j++) {
      for (int i = 0; i < m; i++) {
        mean[j] += input[i][j] / m;
      }
      for (int i = 0; i < m; i++) {
        variance[j] += Math.pow(input[i][j] - mean[j], 2) / m;
      }
      for (int i = 0; i < m; i++) {
        normalized[i][j] = (input[i][j] - mean[j]) / Math.sqrt(variance[j] + epsilon);
        output[i][j] = gamma[j] * normalized[i][j] + beta[j];
      }
    }
  }

  /** The loss's gradient by the input, from that by the output. */
  double[][] inputGradient(double[][] outputGradient) {
    int m = input.length;
    double[][] gradient = new double[m][gamma.length];
    for (int j = 0; j < gamma.length; j++) {
      double deviation = Math.sqrt(variance[j] + epsilon);
      double varianceGradient = 0;
      for (int i = 0; i < m; i++) {
        double normalizedGradient = outputGradient[i][j] * gamma[j];
        varianceGradient +=
            normalizedGradient * (input[i][j] - mean[j]) * -0.5 * Math.pow(deviation, -3);
      }
      double meanGradient = 0;
      for (int i = 0; i < m; i++) {
        meanGradient += outputGradient[i][j] * gamma[j] * -1 / deviation;
        meanGradient += varianceGradient * -2 * (input[i][j] - mean[j]) / m;
      }
      for (int i = 0; i < m; i++) {
        gradient[i][j] =
            outputGradient[i][j] * gamma[j] / deviation
                + varianceGradient * 2 * (input[i][j] - mean[j]) / m
                + meanGradient / m;
      }
    }
    return gradient;
  }

  double[] gammaGradient(double[][] outputGradient) {
    double[] gradient = new double[gamma.length];
    for (int i = 0; i < input.length; i++) {
      for (int j = 0; j < gamma.length; j++) {
        gradient[j] += outputGradient[i][j] * normalized[i][j];
      }
    }
    return gradient;
  }

  /** The output's inference form: normalised by the running statistics instead. */
  static double[][] inference(
      double[][] input,
      double[] gamma,
      double[] beta,
      double[] runningMean,
      double[] runningVariance,
      double epsilon) {
    double[][] output = new double[input.length][gamma.length];
    for (int i = 0; i < input.length; i++) {
      for (int j = 0; j < gamma.length; j++) {
        output[i][j] =
            gamma[j] * (input[i][j] - runningMean[j]) / Math.sqrt(runningVariance[j] + epsilon)
                + beta[j];
      }
    }
    return output;
  }
}
