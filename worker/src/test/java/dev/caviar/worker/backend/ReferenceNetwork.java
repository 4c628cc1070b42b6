package dev.caviar.worker.backend;

import static java.util.Objects.requireNonNull;

import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import dev.caviar.worker.network.OptimizerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the backends are measured against: the network of {@link NetworkConfig} in double precision,
 * written for the reader and not for speed. Its gradients are themselves held against finite
 * differences by {@link ReferenceGradientTest}. Matrices are [example][unit]; weights are fanIn ×
 * fanOut, row-major, as in {@link NetworkState}.
 */
final class ReferenceNetwork {
  /** What each hidden activation is multiplied by: 0 or 1/(1−p). */
  interface DropoutMask {
    DropoutMask NONE = (layer, example, unit) -> 1;

    double factor(int layer, int example, int unit);
  }

  final NetworkConfig config;
  private final Map<String, double[]> tensors = new TreeMap<>();
  long step;

  ReferenceNetwork(NetworkConfig config, NetworkState initial) {
    this.config = config;
    this.step = initial.step();
    initial.tensors().forEach((name, values) -> tensors.put(name, toDoubles(values)));
  }

  /** The numbers of that name themselves, not a copy. */
  double[] tensor(String name) {
    return requireNonNull(tensors.get(name), name);
  }

  /** The names of what the optimizer changes, in order. */
  List<String> parameters() {
    List<String> names = new ArrayList<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      names.add(name(layer, "weights"));
      if (config.normalized(layer)) {
        names.add(name(layer, "gamma"));
        names.add(name(layer, "beta"));
      } else {
        names.add(name(layer, "bias"));
      }
    }
    return names;
  }

  /** Forward, backward, and one step of the optimizer; the loss before it, without the L2 term. */
  double step(double[][] x, double[][] targets, DropoutMask mask, OptimizerSettings settings) {
    Forward forward = new Forward(x, mask);
    Map<String, double[]> gradients = gradients(forward, targets, mask, settings.l2());
    updateRunningStatistics(forward);
    step++;
    gradients.forEach(
        (name, gradient) -> ReferenceOptimizer.update(tensors, name, gradient, settings, step));
    return loss(forward.outputs, targets);
  }

  /** The training loss with {@code l2}/2·‖W‖² added. */
  double objective(double[][] x, double[][] targets, DropoutMask mask, double l2) {
    double sum = 0;
    for (int layer = 0; layer < config.layers(); layer++) {
      for (double w : tensor(layer, "weights")) {
        sum += w * w;
      }
    }
    return loss(new Forward(x, mask).outputs, targets) + l2 / 2 * sum;
  }

  /** The gradient of {@link #objective} by every parameter, by backpropagation. */
  Map<String, double[]> gradients(double[][] x, double[][] targets, DropoutMask mask, double l2) {
    return gradients(new Forward(x, mask), targets, mask, l2);
  }

  /** Outputs with running statistics and without dropout; a classifier's are probabilities. */
  double[][] predict(double[][] x) {
    double[][] a = x;
    for (int layer = 0; layer < config.layers(); layer++) {
      a = dense(layer, a);
      if (config.normalized(layer)) {
        a =
            ReferenceBatchNorm.inference(
                a,
                tensor(layer, "gamma"),
                tensor(layer, "beta"),
                tensor(layer, "running_mean"),
                tensor(layer, "running_variance"),
                config.batchNormEpsilon());
      }
      if (layer < config.layers() - 1) {
        a = activate(a);
      }
    }
    return ReferenceLoss.outputs(config.loss(), a);
  }

  Trainer.Evaluation evaluate(double[][] x, double[][] targets) {
    double[][] outputs = predict(x);
    return new Trainer.Evaluation(
        loss(outputs, targets), ReferenceLoss.error(config.loss(), outputs, targets));
  }

  NetworkState state() {
    Map<String, float[]> floats = new TreeMap<>();
    tensors.forEach((name, values) -> floats.put(name, toFloats(values)));
    return new NetworkState(step, floats);
  }

  private double loss(double[][] outputs, double[][] targets) {
    return ReferenceLoss.mean(config.loss(), outputs, targets);
  }

  private Map<String, double[]> gradients(
      Forward forward, double[][] targets, DropoutMask mask, double l2) {
    Map<String, double[]> gradients = new TreeMap<>();
    double[][] gradient = ReferenceLoss.gradient(config.loss(), forward.outputs, targets);
    for (int layer = config.layers() - 1; layer >= 0; layer--) {
      if (layer < config.layers() - 1) {
        double[][] activations = forward.activations.get(layer);
        for (int i = 0; i < gradient.length; i++) {
          for (int j = 0; j < gradient[i].length; j++) {
            gradient[i][j] *=
                mask.factor(layer, i, j) * derivative(config.activation(), activations[i][j]);
          }
        }
      }
      if (config.normalized(layer)) {
        ReferenceBatchNorm batchNorm = requireNonNull(forward.batchNorms.get(layer));
        gradients.put(name(layer, "gamma"), batchNorm.gammaGradient(gradient));
        gradients.put(name(layer, "beta"), columnSums(gradient));
        gradient = batchNorm.inputGradient(gradient);
      } else {
        gradients.put(name(layer, "bias"), columnSums(gradient));
      }
      gradients.put(
          name(layer, "weights"), weightGradient(layer, forward.inputs.get(layer), gradient, l2));
      gradient = denseInputGradient(layer, gradient);
    }
    return gradients;
  }

  /** dW = inputᵀ·gradient + λW. */
  private double[] weightGradient(int layer, double[][] input, double[][] gradient, double l2) {
    double[] weights = tensor(layer, "weights");
    int fanOut = config.fanOut(layer);
    double[] result = new double[weights.length];
    for (int k = 0; k < config.fanIn(layer); k++) {
      for (int j = 0; j < fanOut; j++) {
        result[k * fanOut + j] = l2 * weights[k * fanOut + j];
        for (int i = 0; i < input.length; i++) {
          result[k * fanOut + j] += input[i][k] * gradient[i][j];
        }
      }
    }
    return result;
  }

  /** gradient·Wᵀ. */
  private double[][] denseInputGradient(int layer, double[][] gradient) {
    double[] weights = tensor(layer, "weights");
    int fanOut = config.fanOut(layer);
    double[][] result = new double[gradient.length][config.fanIn(layer)];
    for (int i = 0; i < result.length; i++) {
      for (int k = 0; k < result[i].length; k++) {
        for (int j = 0; j < fanOut; j++) {
          result[i][k] += gradient[i][j] * weights[k * fanOut + j];
        }
      }
    }
    return result;
  }

  /** x·W, and + b where there is a bias. */
  private double[][] dense(int layer, double[][] x) {
    double[] weights = tensor(layer, "weights");
    int fanOut = config.fanOut(layer);
    double[][] z = new double[x.length][fanOut];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < fanOut; j++) {
        z[i][j] = config.normalized(layer) ? 0 : tensor(layer, "bias")[j];
        for (int k = 0; k < x[i].length; k++) {
          z[i][j] += x[i][k] * weights[k * fanOut + j];
        }
      }
    }
    return z;
  }

  private double[][] activate(double[][] z) {
    double[][] a = new double[z.length][z[0].length];
    for (int i = 0; i < z.length; i++) {
      for (int j = 0; j < z[i].length; j++) {
        a[i][j] =
            switch (config.activation()) {
              case SIGMOID -> 1 / (1 + Math.exp(-z[i][j]));
              case TANH -> Math.tanh(z[i][j]);
              case RELU -> Math.max(0, z[i][j]);
            };
      }
    }
    return a;
  }

  /** da/dz, written in terms of a. */
  private static double derivative(Activation activation, double a) {
    return switch (activation) {
      case SIGMOID -> a * (1 - a);
      case TANH -> 1 - a * a;
      case RELU -> a > 0 ? 1 : 0;
    };
  }

  private void updateRunningStatistics(Forward forward) {
    forward.batchNorms.forEach(
        (layer, batchNorm) -> {
          double m = forward.outputs.length;
          double unbiased = m > 1 ? m / (m - 1) : 1;
          double kept = config.batchNormMomentum();
          double[] mean = tensor(layer, "running_mean");
          double[] variance = tensor(layer, "running_variance");
          for (int j = 0; j < mean.length; j++) {
            mean[j] = kept * mean[j] + (1 - kept) * batchNorm.mean[j];
            variance[j] = kept * variance[j] + (1 - kept) * unbiased * batchNorm.variance[j];
          }
        });
  }

  private double[] tensor(int layer, String suffix) {
    return tensor(name(layer, suffix));
  }

  private static String name(int layer, String suffix) {
    return "layer" + layer + "." + suffix;
  }

  private static double[] columnSums(double[][] matrix) {
    double[] sums = new double[matrix[0].length];
    for (double[] row : matrix) {
      for (int j = 0; j < row.length; j++) {
        sums[j] += row[j];
      }
    }
    return sums;
  }

  private static double[] toDoubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  private static float[] toFloats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** All that the backward pass needs of a training forward pass. */
  private final class Forward {
    /** What each dense layer multiplied. */
    final List<double[][]> inputs = new ArrayList<>();

    /** Of the hidden layers, before dropout. */
    final List<double[][]> activations = new ArrayList<>();

    /** By layer, where there is one. */
    final Map<Integer, ReferenceBatchNorm> batchNorms = new TreeMap<>();

    final double[][] outputs;

    Forward(double[][] x, DropoutMask mask) {
      double[][] a = x;
      for (int layer = 0; layer < config.layers() - 1; layer++) {
        inputs.add(a);
        double[][] z = dense(layer, a);
        if (config.normalized(layer)) {
          ReferenceBatchNorm batchNorm =
              new ReferenceBatchNorm(
                  z, tensor(layer, "gamma"), tensor(layer, "beta"), config.batchNormEpsilon());
          batchNorms.put(layer, batchNorm);
          z = batchNorm.output;
        }
        activations.add(activate(z));
        a = dropOut(layer, activations.get(layer), mask);
      }
      inputs.add(a);
      outputs = ReferenceLoss.outputs(config.loss(), dense(config.layers() - 1, a));
    }

    private static double[][] dropOut(int layer, double[][] activations, DropoutMask mask) {
      double[][] a = new double[activations.length][activations[0].length];
      for (int i = 0; i < a.length; i++) {
        for (int j = 0; j < a[i].length; j++) {
          a[i][j] = activations[i][j] * mask.factor(layer, i, j);
        }
      }
      return a;
    }
  }
}
