package dev.caviar.worker.backend;

import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import dev.caviar.worker.network.OptimizerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One dense layer of a {@link CpuTrainer}: its parameters, their gradients, and its buffers. */
final class CpuLayer {
  final int fanIn;
  final int units;
  final boolean normalized;

  final Weights weights;

  /** β where the layer is normalised, else the bias. */
  final Weights shift;

  /** γ; null where the layer is not normalised. */
  final @Nullable Weights gamma;

  final float[] runningMean;
  final float[] runningVariance;
  final float[] mean;
  final float[] variance;
  final float[] inverse;

  /** Products; after batch norm the normalised values, which backward needs. */
  final float[] z;

  /** Activations, before dropout. */
  final float[] a;

  /** Gradient of the activations, then of the products. */
  final float[] d;

  /** Scale and shift of inference, where batch norm is a linear map. */
  final float[] inferenceScale;

  final float[] inferenceShift;

  private final String name;

  CpuLayer(NetworkConfig config, int layer, int rows, NetworkState initial) {
    fanIn = config.fanIn(layer);
    units = config.fanOut(layer);
    normalized = config.normalized(layer);
    name = "layer" + layer;
    weights = new Weights(name + ".weights", Math.multiplyExact(fanIn, units), initial);
    shift = new Weights(name + (normalized ? ".beta" : ".bias"), units, initial);
    gamma = normalized ? new Weights(name + ".gamma", units, initial) : null;
    int statistics = normalized ? units : 0;
    runningMean = normalized ? initial.tensor(name + ".running_mean", units).clone() : new float[0];
    runningVariance =
        normalized ? initial.tensor(name + ".running_variance", units).clone() : new float[0];
    mean = new float[statistics];
    variance = new float[statistics];
    inverse = new float[statistics];
    z = new float[Math.multiplyExact(rows, units)];
    a = normalized ? new float[rows * units] : z;
    d = new float[rows * units];
    inferenceScale = new float[units];
    inferenceShift = new float[units];
    Arrays.fill(inferenceScale, 1f);
  }

  /** The running statistics take in those of a mini-batch. */
  void updateRunning(int rows, float momentum) {
    // What the variance of the population is estimated by; a single example has no say in that.
    float unbiased = rows > 1 ? rows / (rows - 1f) : 1f;
    for (int j = 0; j < runningMean.length; j++) {
      runningMean[j] = momentum * runningMean[j] + (1 - momentum) * mean[j];
      runningVariance[j] =
          momentum * runningVariance[j] + (1 - momentum) * (variance[j] * unbiased);
    }
  }

  /** Folds the running statistics, γ and β into one scale and one shift for each unit. */
  void prepareInference(float epsilon) {
    if (gamma == null) {
      System.arraycopy(shift.values, 0, inferenceShift, 0, units);
      return;
    }
    for (int j = 0; j < units; j++) {
      inferenceScale[j] =
          (float) (gamma.values[j] / Math.sqrt((double) runningVariance[j] + epsilon));
      inferenceShift[j] = shift.values[j] - runningMean[j] * inferenceScale[j];
    }
  }

  void optimize(Loops loops, OptimizerSettings settings, long step) {
    weights.optimize(loops, settings, settings.l2(), step);
    for (Weights other : withoutL2()) {
      other.optimize(loops, settings, 0f, step);
    }
  }

  private List<Weights> withoutL2() {
    return gamma == null ? List.of(shift) : List.of(gamma, shift);
  }

  void addTo(Map<String, float[]> tensors) {
    List<Weights> all = new ArrayList<>(withoutL2());
    all.add(weights);
    all.forEach(parameter -> parameter.addTo(tensors));
    if (normalized) {
      tensors.put(name + ".running_mean", runningMean.clone());
      tensors.put(name + ".running_variance", runningVariance.clone());
    }
  }

  /** A parameter tensor, its gradient, and the optimizer's moments once it has any. */
  static final class Weights {
    final float[] values;
    final float[] gradient;
    private final String name;
    private float @Nullable [] m;
    private float @Nullable [] s;

    Weights(String name, int length, NetworkState initial) {
      this.name = name;
      values = initial.tensor(name, length).clone();
      gradient = new float[length];
      m = initial.has(name + ".m") ? initial.tensor(name + ".m", length).clone() : null;
      s = initial.has(name + ".s") ? initial.tensor(name + ".s", length).clone() : null;
    }

    /**
     * @param step from 1: Adam's t
     */
    void optimize(Loops loops, OptimizerSettings settings, float l2, long step) {
      float rate = settings.learningRate();
      switch (settings.optimizer()) {
        case SGD -> loops.sgd(values, gradient, rate, l2);
        case MOMENTUM -> loops.momentum(values, gradient, m(), rate, settings.momentum(), l2);
        case RMSPROP ->
            loops.rmsprop(values, gradient, s(), rate, settings.beta2(), settings.epsilon(), l2);
        case ADAM ->
            loops.adam(
                values,
                gradient,
                m(),
                s(),
                (float) (rate / (1 - Math.pow(settings.beta1(), (double) step))),
                (float) (1 / Math.sqrt(1 - Math.pow(settings.beta2(), (double) step))),
                settings.beta1(),
                settings.beta2(),
                settings.epsilon(),
                l2);
      }
    }

    private float[] m() {
      if (m == null) {
        m = new float[values.length];
      }
      return m;
    }

    private float[] s() {
      if (s == null) {
        s = new float[values.length];
      }
      return s;
    }

    void addTo(Map<String, float[]> tensors) {
      tensors.put(name, values.clone());
      if (m != null) {
        tensors.put(name + ".m", m.clone());
      }
      if (s != null) {
        tensors.put(name + ".s", s.clone());
      }
    }
  }
}
