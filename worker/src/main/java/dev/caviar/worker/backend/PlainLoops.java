package dev.caviar.worker.backend;

import dev.caviar.worker.network.Activation;
import java.util.Arrays;

/**
 * {@link Loops} without the Vector API. The static methods take a range of units, so that the other
 * form can leave them those that do not fill a vector.
 */
final class PlainLoops implements Loops {
  @Override
  public String description() {
    return "plain loops";
  }

  @Override
  public void normalize(
      float[] z,
      float[] a,
      int rows,
      int units,
      float[] gamma,
      float[] beta,
      float epsilon,
      Activation activation,
      float[] mean,
      float[] variance,
      float[] inverse) {
    normalizeUnits(0, z, a, rows, units, gamma, beta, epsilon, mean, variance, inverse);
    activate(a, 0, rows * units, activation);
  }

  /** Batch norm for the units from {@code from} on, without the activation. */
  static void normalizeUnits(
      int from,
      float[] z,
      float[] a,
      int rows,
      int units,
      float[] gamma,
      float[] beta,
      float epsilon,
      float[] mean,
      float[] variance,
      float[] inverse) {
    Arrays.fill(mean, from, units, 0f);
    Arrays.fill(variance, from, units, 0f);
    for (int row = 0; row < rows; row++) {
      for (int j = from; j < units; j++) {
        mean[j] += z[row * units + j];
      }
    }
    for (int j = from; j < units; j++) {
      mean[j] /= rows;
    }
    // A second pass about the mean: the difference of two large sums would lose the variance.
    for (int row = 0; row < rows; row++) {
      for (int j = from; j < units; j++) {
        float d = z[row * units + j] - mean[j];
        variance[j] += d * d;
      }
    }
    for (int j = from; j < units; j++) {
      variance[j] /= rows;
      inverse[j] = (float) (1 / Math.sqrt(variance[j] + epsilon));
    }
    for (int row = 0; row < rows; row++) {
      for (int j = from; j < units; j++) {
        int at = row * units + j;
        float normalized = (z[at] - mean[j]) * inverse[j];
        z[at] = normalized;
        a[at] = normalized * gamma[j] + beta[j];
      }
    }
  }

  @Override
  public void normalizeBackward(
      float[] d,
      float[] a,
      float[] normalized,
      int rows,
      int units,
      float[] gamma,
      float[] inverse,
      Activation activation,
      float[] gammaGradient,
      float[] betaGradient) {
    activateBackward(d, a, 0, rows * units, activation);
    normalizeUnitsBackward(
        0, d, normalized, rows, units, gamma, inverse, gammaGradient, betaGradient);
  }

  /** Backward through batch norm for the units from {@code from} on, without the activation. */
  static void normalizeUnitsBackward(
      int from,
      float[] d,
      float[] normalized,
      int rows,
      int units,
      float[] gamma,
      float[] inverse,
      float[] gammaGradient,
      float[] betaGradient) {
    Arrays.fill(gammaGradient, from, units, 0f);
    Arrays.fill(betaGradient, from, units, 0f);
    for (int row = 0; row < rows; row++) {
      for (int j = from; j < units; j++) {
        int at = row * units + j;
        gammaGradient[j] += d[at] * normalized[at];
        betaGradient[j] += d[at];
      }
    }
    for (int row = 0; row < rows; row++) {
      for (int j = from; j < units; j++) {
        int at = row * units + j;
        d[at] =
            (d[at] - betaGradient[j] / rows - normalized[at] * (gammaGradient[j] / rows))
                * (gamma[j] * inverse[j]);
      }
    }
  }

  @Override
  public void scaleShift(
      float[] z,
      float[] a,
      int rows,
      int units,
      float[] scale,
      float[] shift,
      Activation activation) {
    scaleShiftUnits(0, z, a, rows, units, scale, shift);
    activate(a, 0, rows * units, activation);
  }

  static void scaleShiftUnits(
      int from, float[] z, float[] a, int rows, int units, float[] scale, float[] shift) {
    for (int row = 0; row < rows; row++) {
      for (int j = from; j < units; j++) {
        a[row * units + j] = z[row * units + j] * scale[j] + shift[j];
      }
    }
  }

  @Override
  public void biasBackward(
      float[] d, float[] a, int rows, int units, Activation activation, float[] biasGradient) {
    activateBackward(d, a, 0, rows * units, activation);
    sumUnits(0, d, rows, units, biasGradient);
  }

  /** The sum over the rows, for the units from {@code from} on. */
  static void sumUnits(int from, float[] d, int rows, int units, float[] sum) {
    Arrays.fill(sum, from, units, 0f);
    for (int row = 0; row < rows; row++) {
      for (int j = from; j < units; j++) {
        sum[j] += d[row * units + j];
      }
    }
  }

  /** In place, from {@code from} to {@code to}. */
  static void activate(float[] a, int from, int to, Activation activation) {
    switch (activation) {
      case RELU -> {
        for (int i = from; i < to; i++) {
          a[i] = Math.max(a[i], 0f);
        }
      }
      case TANH -> {
        for (int i = from; i < to; i++) {
          a[i] = (float) Math.tanh(a[i]);
        }
      }
      case SIGMOID -> {
        for (int i = from; i < to; i++) {
          a[i] = (float) (1 / (1 + Math.exp(-a[i])));
        }
      }
    }
  }

  /** d ← d·activation'(z), which follows from a = activation(z). */
  static void activateBackward(float[] d, float[] a, int from, int to, Activation activation) {
    switch (activation) {
      case RELU -> {
        for (int i = from; i < to; i++) {
          d[i] = a[i] > 0 ? d[i] : 0f;
        }
      }
      case TANH -> {
        for (int i = from; i < to; i++) {
          d[i] *= 1 - a[i] * a[i];
        }
      }
      case SIGMOID -> {
        for (int i = from; i < to; i++) {
          d[i] *= a[i] * (1 - a[i]);
        }
      }
    }
  }

  @Override
  public void exp(float[] x, int count) {
    exp(x, 0, count);
  }

  static void exp(float[] x, int from, int to) {
    for (int i = from; i < to; i++) {
      x[i] = (float) Math.exp(x[i]);
    }
  }

  @Override
  public void multiply(float[] x, float[] y, int count) {
    multiply(x, y, 0, count);
  }

  static void multiply(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      x[i] *= y[i];
    }
  }

  @Override
  public void sgd(float[] w, float[] g, float rate, float l2) {
    sgd(0, w, g, rate, l2);
  }

  static void sgd(int from, float[] w, float[] g, float rate, float l2) {
    for (int i = from; i < w.length; i++) {
      w[i] -= rate * (g[i] + l2 * w[i]);
    }
  }

  @Override
  public void momentum(float[] w, float[] g, float[] m, float rate, float beta, float l2) {
    momentum(0, w, g, m, rate, beta, l2);
  }

  static void momentum(
      int from, float[] w, float[] g, float[] m, float rate, float beta, float l2) {
    for (int i = from; i < w.length; i++) {
      m[i] = beta * m[i] + (1 - beta) * (g[i] + l2 * w[i]);
      w[i] -= rate * m[i];
    }
  }

  @Override
  public void rmsprop(
      float[] w, float[] g, float[] s, float rate, float beta2, float epsilon, float l2) {
    rmsprop(0, w, g, s, rate, beta2, epsilon, l2);
  }

  static void rmsprop(
      int from, float[] w, float[] g, float[] s, float rate, float beta2, float epsilon, float l2) {
    for (int i = from; i < w.length; i++) {
      float h = g[i] + l2 * w[i];
      s[i] = beta2 * s[i] + (1 - beta2) * h * h;
      w[i] -= rate * h / ((float) Math.sqrt(s[i]) + epsilon);
    }
  }

  @Override
  public void adam(
      float[] w,
      float[] g,
      float[] m,
      float[] s,
      float rate,
      float root,
      float beta1,
      float beta2,
      float epsilon,
      float l2) {
    adam(0, w, g, m, s, rate, root, beta1, beta2, epsilon, l2);
  }

  static void adam(
      int from,
      float[] w,
      float[] g,
      float[] m,
      float[] s,
      float rate,
      float root,
      float beta1,
      float beta2,
      float epsilon,
      float l2) {
    for (int i = from; i < w.length; i++) {
      float h = g[i] + l2 * w[i];
      m[i] = beta1 * m[i] + (1 - beta1) * h;
      s[i] = beta2 * s[i] + (1 - beta2) * h * h;
      w[i] -= rate * m[i] / ((float) Math.sqrt(s[i]) * root + epsilon);
    }
  }
}
