package dev.caviar.worker.backend;

import static java.util.Objects.requireNonNull;

import dev.caviar.worker.network.OptimizerSettings;
import java.util.Map;

/** The formulas of {@link dev.caviar.worker.network.Optimizer}, one parameter after the other. */
final class ReferenceOptimizer {
  private ReferenceOptimizer() {}

  /**
   * Changes the parameter named {@code name} and its moments in {@code tensors}.
   *
   * @param gradient the L2 term included
   * @param t this step's number, from 1
   */
  static void update(
      Map<String, double[]> tensors,
      String name,
      double[] gradient,
      OptimizerSettings settings,
      long t) {
    double[] w = requireNonNull(tensors.get(name), name);
    double alpha = settings.learningRate();
    double epsilon = settings.epsilon();
    for (int i = 0; i < w.length; i++) {
      double g = gradient[i];
      switch (settings.optimizer()) {
        case SGD -> w[i] -= alpha * g;
        case MOMENTUM -> {
          double v = average(tensors, name + ".m", i, w.length, settings.momentum(), g);
          w[i] -= alpha * v;
        }
        case RMSPROP -> {
          double s = average(tensors, name + ".s", i, w.length, settings.beta2(), g * g);
          w[i] -= alpha * g / (Math.sqrt(s) + epsilon);
        }
        case ADAM -> {
          double m = average(tensors, name + ".m", i, w.length, settings.beta1(), g);
          double s = average(tensors, name + ".s", i, w.length, settings.beta2(), g * g);
          double mHat = m / (1 - Math.pow(settings.beta1(), (double) t));
          double sHat = s / (1 - Math.pow(settings.beta2(), (double) t));
          w[i] -= alpha * mHat / (Math.sqrt(sHat) + epsilon);
        }
      }
    }
  }

  /** The exponentially weighted average of that name after one more value; 0 before the first. */
  private static double average(
      Map<String, double[]> tensors,
      String name,
      int index,
      int length,
      double beta,
      double value) {
    double[] average = tensors.computeIfAbsent(name, absent -> new double[length]);
    average[index] = beta * average[index] + (1 - beta) * value;
    return average[index];
  }
}
