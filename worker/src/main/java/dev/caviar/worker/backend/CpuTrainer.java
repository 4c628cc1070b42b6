package dev.caviar.worker.backend;

import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.Dropout;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import dev.caviar.worker.network.OptimizerSettings;
import java.util.HashMap;
import java.util.Map;

/** A network in training on {@link CpuBackend}. */
final class CpuTrainer implements Trainer {
  /**
   * Examples of one piece of an evaluation: enough for an efficient product, and still in cache.
   */
  private static final int EVALUATION_ROWS = 256;

  private final NetworkConfig config;
  private final int maxBatchSize;
  private final long seed;
  private final Gemm gemm;
  private final Loops loops;
  private final CpuLayer[] layers;
  private final float[] inputs;
  private final float[] targets;
  // For each hidden layer, where there is dropout: its mask, and what is left of its activations.
  private final float[][] masks;
  private final float[][] dropped;
  private long step;

  CpuTrainer(
      NetworkConfig config,
      int maxBatchSize,
      NetworkState initial,
      long seed,
      Gemm gemm,
      Loops loops) {
    if (maxBatchSize < 1) {
      throw new IllegalArgumentException("the largest batch must be at least 1: " + maxBatchSize);
    }
    this.config = config;
    this.maxBatchSize = maxBatchSize;
    this.seed = seed;
    this.gemm = gemm;
    this.loops = loops;
    this.step = initial.step();
    int rows = Math.max(maxBatchSize, EVALUATION_ROWS);
    layers = new CpuLayer[config.layers()];
    for (int i = 0; i < layers.length; i++) {
      layers[i] = new CpuLayer(config, i, rows, initial);
    }
    inputs = new float[Math.multiplyExact(maxBatchSize, config.inputs())];
    targets = new float[Math.multiplyExact(maxBatchSize, targetWidth())];
    int hidden = config.dropout() > 0 ? layers.length - 1 : 0;
    masks = new float[hidden][];
    dropped = new float[hidden][];
    for (int i = 0; i < hidden; i++) {
      masks[i] = new float[maxBatchSize * layers[i].units];
      dropped[i] = new float[maxBatchSize * layers[i].units];
    }
  }

  private int targetWidth() {
    return config.loss() == Loss.SOFTMAX_CROSS_ENTROPY ? 1 : config.outputs();
  }

  @Override
  public double step(
      Examples examples, int[] order, int from, int batchSize, OptimizerSettings settings) {
    requireFits(examples);
    if (batchSize < 1 || batchSize > maxBatchSize) {
      throw new IllegalArgumentException(
          "a batch of " + batchSize + "; this trainer was made for 1 to " + maxBatchSize);
    }
    gather(examples, order, from, batchSize);
    forward(batchSize);
    double loss = lossAndGradient(batchSize);
    backward(batchSize);
    step++;
    for (CpuLayer layer : layers) {
      layer.optimize(loops, settings, step);
    }
    return loss;
  }

  /**
   * Mini-batch through the hidden layers as in training, without a step of the optimizer; {@link
   * #layer} has what came of it.
   */
  void forward(Examples examples, int[] order, int from, int batchSize) {
    requireFits(examples);
    gather(examples, order, from, batchSize);
    forward(batchSize);
  }

  CpuLayer layer(int index) {
    return layers[index];
  }

  private void gather(Examples examples, int[] order, int from, int batchSize) {
    int width = examples.width();
    int targetWidth = examples.targetWidth();
    for (int i = 0; i < batchSize; i++) {
      int row = order[from + i];
      System.arraycopy(examples.features(), row * width, inputs, i * width, width);
      System.arraycopy(
          examples.targets(), row * targetWidth, targets, i * targetWidth, targetWidth);
    }
  }

  private void forward(int rows) {
    float[] x = inputs;
    for (int i = 0; i < layers.length; i++) {
      CpuLayer layer = layers[i];
      gemm.multiply(
          false, false, rows, layer.units, layer.fanIn, x, 0, layer.weights.values, layer.z);
      if (i == layers.length - 1) {
        return; // The loss adds the output layer's bias.
      }
      activate(layer, rows);
      x = layer.a;
      if (dropped.length > 0) {
        int count = rows * layer.units;
        Dropout.mask(masks[i], count, config.dropout(), seed, step, i);
        System.arraycopy(x, 0, dropped[i], 0, count);
        loops.multiply(dropped[i], masks[i], count);
        x = dropped[i];
      }
    }
  }

  private void activate(CpuLayer layer, int rows) {
    if (layer.gamma == null) {
      loops.scaleShift(
          layer.z,
          layer.a,
          rows,
          layer.units,
          layer.inferenceScale,
          layer.shift.values,
          config.activation());
      return;
    }
    loops.normalize(
        layer.z,
        layer.a,
        rows,
        layer.units,
        layer.gamma.values,
        layer.shift.values,
        config.batchNormEpsilon(),
        config.activation(),
        layer.mean,
        layer.variance,
        layer.inverse);
    layer.updateRunning(rows, config.batchNormMomentum());
  }

  /** The mean loss; the gradient of the outputs goes to the last layer's d. */
  private double lossAndGradient(int rows) {
    CpuLayer output = layers[layers.length - 1];
    double sum;
    if (config.loss() == Loss.SOFTMAX_CROSS_ENTROPY) {
      sum = softmaxCrossEntropy(output, rows, targets, 0);
      subtractTargets(output, rows);
    } else {
      sum = squaredError(output, rows, targets, 0);
    }
    PlainLoops.sumUnits(0, output.d, rows, output.units, output.shift.gradient);
    return sum / rows;
  }

  /** From products to probabilities in z, and the sum of the losses. */
  private double softmaxCrossEntropy(CpuLayer output, int rows, float[] labels, int labelsFrom) {
    double loss = softmaxShift(output, rows, labels, labelsFrom);
    float[] z = output.z;
    int units = output.units;
    loops.exp(z, rows * units);
    for (int row = 0; row < rows; row++) {
      int at = row * units;
      float sum = 0;
      for (int j = at; j < at + units; j++) {
        sum += z[j];
      }
      loss += Math.log(sum);
      float scale = 1 / sum;
      for (int j = at; j < at + units; j++) {
        z[j] *= scale;
      }
    }
    return loss;
  }

  /**
   * Adds the bias and takes each row's largest from it, so that no exponential overflows.
   *
   * @return minus the sum of the true classes' shifted outputs: the loss but for log of the sums
   */
  private static double softmaxShift(CpuLayer output, int rows, float[] labels, int labelsFrom) {
    float[] z = output.z;
    float[] bias = output.shift.values;
    int units = output.units;
    double loss = 0;
    for (int row = 0; row < rows; row++) {
      int at = row * units;
      float largest = Float.NEGATIVE_INFINITY;
      for (int j = 0; j < units; j++) {
        z[at + j] += bias[j];
        largest = Math.max(largest, z[at + j]);
      }
      for (int j = 0; j < units; j++) {
        z[at + j] -= largest;
      }
      if (labels.length > 0) {
        loss -= z[at + (int) labels[labelsFrom + row]];
      }
    }
    return loss;
  }

  /** d ← (probabilities − one-hot targets) / rows. */
  private void subtractTargets(CpuLayer output, int rows) {
    float scale = 1f / rows;
    int units = output.units;
    for (int i = 0; i < rows * units; i++) {
      output.d[i] = output.z[i] * scale;
    }
    for (int row = 0; row < rows; row++) {
      output.d[row * units + (int) targets[row]] -= scale;
    }
  }

  /** Adds the bias to the products, sums the losses, and leaves their gradient in d. */
  private double squaredError(CpuLayer output, int rows, float[] values, int valuesFrom) {
    int units = output.units;
    float scale = 2f / rows / units;
    double loss = 0;
    for (int i = 0; i < rows * units; i++) {
      output.z[i] += output.shift.values[i % units];
      float difference = output.z[i] - values[valuesFrom + i];
      loss += (double) difference * difference;
      output.d[i] = difference * scale;
    }
    return loss / units;
  }

  private void backward(int rows) {
    for (int i = layers.length - 1; i >= 0; i--) {
      CpuLayer layer = layers[i];
      if (i < layers.length - 1) {
        backwardActivation(layer, i, rows);
      }
      float[] x = i == 0 ? inputs : dropped.length > 0 ? dropped[i - 1] : layers[i - 1].a;
      gemm.multiply(
          true, false, layer.fanIn, layer.units, rows, x, 0, layer.d, layer.weights.gradient);
      if (i > 0) {
        gemm.multiply(
            false,
            true,
            rows,
            layer.fanIn,
            layer.units,
            layer.d,
            0,
            layer.weights.values,
            layers[i - 1].d);
      }
    }
  }

  private void backwardActivation(CpuLayer layer, int i, int rows) {
    if (masks.length > 0) {
      loops.multiply(layer.d, masks[i], rows * layer.units);
    }
    Activation activation = config.activation();
    if (layer.gamma == null) {
      loops.biasBackward(layer.d, layer.a, rows, layer.units, activation, layer.shift.gradient);
    } else {
      loops.normalizeBackward(
          layer.d,
          layer.a,
          layer.z,
          rows,
          layer.units,
          layer.gamma.values,
          layer.inverse,
          activation,
          layer.gamma.gradient,
          layer.shift.gradient);
    }
  }

  @Override
  public Evaluation evaluate(Examples examples) {
    requireFits(examples);
    if (examples.count() == 0) {
      throw new IllegalArgumentException("no examples to evaluate");
    }
    CpuLayer output = layers[layers.length - 1];
    boolean classifier = config.loss() == Loss.SOFTMAX_CROSS_ENTROPY;
    prepareInference();
    double loss = 0;
    long wrong = 0;
    for (int from = 0; from < examples.count(); from += EVALUATION_ROWS) {
      int rows = Math.min(EVALUATION_ROWS, examples.count() - from);
      infer(examples, from, rows);
      if (classifier) {
        wrong += misclassified(output, rows, examples.targets(), from);
        loss += softmaxCrossEntropy(output, rows, examples.targets(), from);
      } else {
        loss += squaredError(output, rows, examples.targets(), from * output.units);
      }
    }
    double mean = loss / examples.count();
    return new Evaluation(mean, classifier ? (double) wrong / examples.count() : Math.sqrt(mean));
  }

  /** Of equal outputs the first is taken. An output that is not a number is no answer, so wrong. */
  private static long misclassified(CpuLayer output, int rows, float[] labels, int from) {
    int units = output.units;
    float[] bias = output.shift.values;
    long wrong = 0;
    for (int row = 0; row < rows; row++) {
      int best = -1;
      float largest = Float.NEGATIVE_INFINITY;
      for (int j = 0; j < units; j++) {
        float value = output.z[row * units + j] + bias[j];
        if (value > largest) {
          largest = value;
          best = j;
        }
      }
      if (best != (int) labels[from + row]) {
        wrong++;
      }
    }
    return wrong;
  }

  @Override
  public void predict(Examples examples, float[] outputs) {
    requireWidth(examples);
    CpuLayer output = layers[layers.length - 1];
    int units = output.units;
    if (outputs.length < (long) examples.count() * units) {
      throw new IllegalArgumentException(
          examples.count() + " × " + units + " outputs into an array of " + outputs.length);
    }
    prepareInference();
    for (int from = 0; from < examples.count(); from += EVALUATION_ROWS) {
      int rows = Math.min(EVALUATION_ROWS, examples.count() - from);
      infer(examples, from, rows);
      if (config.loss() == Loss.SOFTMAX_CROSS_ENTROPY) {
        softmaxCrossEntropy(output, rows, new float[0], 0);
      } else {
        for (int i = 0; i < rows * units; i++) {
          output.z[i] += output.shift.values[i % units];
        }
      }
      System.arraycopy(output.z, 0, outputs, from * units, rows * units);
    }
  }

  private void prepareInference() {
    for (CpuLayer layer : layers) {
      layer.prepareInference(config.batchNormEpsilon());
    }
  }

  /** The last layer's products, without its bias, for some of the examples. */
  private void infer(Examples examples, int from, int rows) {
    float[] x = examples.features();
    int offset = from * examples.width();
    for (int i = 0; i < layers.length; i++) {
      CpuLayer layer = layers[i];
      gemm.multiply(
          false, false, rows, layer.units, layer.fanIn, x, offset, layer.weights.values, layer.z);
      if (i < layers.length - 1) {
        loops.scaleShift(
            layer.z,
            layer.a,
            rows,
            layer.units,
            layer.inferenceScale,
            layer.inferenceShift,
            config.activation());
        x = layer.a;
        offset = 0;
      }
    }
  }

  private void requireFits(Examples examples) {
    requireWidth(examples);
    if (examples.targetWidth() != targetWidth()) {
      throw new IllegalArgumentException(
          "targets of " + examples.targetWidth() + " numbers for a network of " + targetWidth());
    }
  }

  private void requireWidth(Examples examples) {
    if (examples.width() != config.inputs()) {
      throw new IllegalArgumentException(
          "examples of " + examples.width() + " features for a network of " + config.inputs());
    }
  }

  @Override
  public NetworkState state() {
    Map<String, float[]> tensors = new HashMap<>();
    for (CpuLayer layer : layers) {
      layer.addTo(tensors);
    }
    return new NetworkState(step, tensors);
  }

  @Override
  public void close() {
    // All memory is the collector's.
  }
}
