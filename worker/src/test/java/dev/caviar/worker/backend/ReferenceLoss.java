package dev.caviar.worker.backend;

import dev.caviar.worker.network.Loss;

/**
 * The formulas of {@link Loss}. Targets are rows as in {@link Examples}: a class has one number.
 */
final class ReferenceLoss {
  private ReferenceLoss() {}

  /** What the network gives out, from its last dense layer: softmax, or the same. */
  static double[][] outputs(Loss loss, double[][] z) {
    if (loss == Loss.SQUARED_ERROR) {
      return z;
    }
    double[][] probabilities = new double[z.length][z[0].length];
    for (int i = 0; i < z.length; i++) {
      // The largest logit is taken away from all, which changes no quotient and prevents overflow.
      double largest = Double.NEGATIVE_INFINITY;
      for (double logit : z[i]) {
        largest = Math.max(largest, logit);
      }
      double sum = 0;
      for (double logit : z[i]) {
        sum += Math.exp(logit - largest);
      }
      for (int j = 0; j < z[i].length; j++) {
        probabilities[i][j] = Math.exp(z[i][j] - largest) / sum;
      }
    }
    return probabilities;
  }

  static double mean(Loss loss, double[][] outputs, double[][] targets) {
    double sum = 0;
    for (int i = 0; i < outputs.length; i++) {
      switch (loss) {
        case SOFTMAX_CROSS_ENTROPY -> sum -= Math.log(outputs[i][(int) targets[i][0]]);
        case SQUARED_ERROR -> {
          for (int j = 0; j < outputs[i].length; j++) {
            sum += Math.pow(outputs[i][j] - targets[i][j], 2) / outputs[i].length;
          }
        }
      }
    }
    return sum / outputs.length;
  }

  /** The mean loss's gradient by the last dense layer's z. */
  static double[][] gradient(Loss loss, double[][] outputs, double[][] targets) {
    int m = outputs.length;
    int width = outputs[0].length;
    double[][] gradient = new double[m][width];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < width; j++) {
        gradient[i][j] =
            switch (loss) {
              case SOFTMAX_CROSS_ENTROPY ->
                  (outputs[i][j] - (j == (int) targets[i][0] ? 1 : 0)) / m;
              case SQUARED_ERROR -> 2 * (outputs[i][j] - targets[i][j]) / width / m;
            };
      }
    }
    return gradient;
  }

  /** As {@link Trainer.Evaluation#error}. */
  static double error(Loss loss, double[][] outputs, double[][] targets) {
    if (loss == Loss.SQUARED_ERROR) {
      return Math.sqrt(mean(loss, outputs, targets));
    }
    double wrong = 0;
    for (int i = 0; i < outputs.length; i++) {
      int largest = 0;
      for (int j = 1; j < outputs[i].length; j++) {
        if (outputs[i][j] > outputs[i][largest]) {
          largest = j;
        }
      }
      wrong += largest == (int) targets[i][0] ? 0 : 1;
    }
    return wrong / outputs.length;
  }
}
