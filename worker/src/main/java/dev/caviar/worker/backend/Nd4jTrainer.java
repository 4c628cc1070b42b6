package dev.caviar.worker.backend;

import dev.caviar.worker.network.Dropout;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import dev.caviar.worker.network.OptimizerSettings;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network in ND4J's arrays. Mini-batches, dropout masks and outputs cross between Java and native
 * memory; all else stays there.
 */
final class Nd4jTrainer implements Trainer {
  private final NetworkConfig config;
  private final int maxBatchSize;
  private final long seed;
  private final Nd4jMemory memory = new Nd4jMemory();
  private final Nd4jParameters parameters;
  private final Nd4jNetwork network;
  private final Nd4jOptimizer optimizer;

  /** By mini-batch size. A run meets two or three: full ones and each set's last. */
  private final Map<Integer, Nd4jNetwork.Passes> passes = new HashMap<>();

  private final float[] features;
  private final float[] targets;
  private final float[] outputs;

  /** One layer's at a time; empty without dropout. */
  private final float[] masks;

  private long step;

  Nd4jTrainer(NetworkConfig config, int maxBatchSize, NetworkState initial, long seed) {
    this.config = config;
    this.maxBatchSize = maxBatchSize;
    this.seed = seed;
    parameters = new Nd4jParameters(config, initial, memory);
    network = new Nd4jNetwork(config, maxBatchSize, parameters, memory);
    optimizer = new Nd4jOptimizer(parameters, memory);
    features = new float[Math.multiplyExact(maxBatchSize, config.inputs())];
    targets = new float[Math.multiplyExact(maxBatchSize, config.outputs())];
    outputs = new float[targets.length];
    int widest = config.hiddenUnits().stream().mapToInt(Integer::intValue).max().orElse(0);
    masks = new float[config.dropout() > 0 ? Math.multiplyExact(maxBatchSize, widest) : 0];
    step = initial.step();
  }

  @Override
  public double step(
      Examples examples, int[] order, int from, int batchSize, OptimizerSettings settings) {
    if (batchSize < 1 || batchSize > maxBatchSize) {
      throw new IllegalArgumentException(
          "a mini-batch of " + batchSize + " where 1 to " + maxBatchSize + " are possible");
    }
    requireFits(examples);
    for (int i = 0; i < batchSize; i++) {
      copyFeatures(examples, order[from + i], i);
      copyTarget(examples, order[from + i], i);
    }
    Nd4jMemory.upload(features, batchSize * config.inputs(), network.inputs);
    Nd4jMemory.upload(targets, batchSize * config.outputs(), network.outputLayer.targets);
    uploadMasks(batchSize);
    Nd4jNetwork.Passes passes = passes(batchSize);
    passes.forward().forEach(Runnable::run);
    passes.backward().forEach(Runnable::run);
    step++;
    optimizer.update(settings, step);
    downloadOutputs(batchSize);
    double sum = 0;
    for (int i = 0; i < batchSize; i++) {
      sum += loss(examples, order[from + i], i);
    }
    return sum / batchSize;
  }

  @Override
  public Evaluation evaluate(Examples examples) {
    requireFits(examples);
    if (examples.count() == 0) {
      throw new IllegalArgumentException("no examples to evaluate");
    }
    double sum = 0;
    int wrong = 0;
    for (int from = 0; from < examples.count(); from += maxBatchSize) {
      int rows = infer(examples, from);
      for (int i = 0; i < rows; i++) {
        sum += loss(examples, from + i, i);
        wrong += misclassified(examples, from + i, i) ? 1 : 0;
      }
    }
    double loss = sum / examples.count();
    return switch (config.loss()) {
      case SOFTMAX_CROSS_ENTROPY -> new Evaluation(loss, (double) wrong / examples.count());
      case SQUARED_ERROR -> new Evaluation(loss, Math.sqrt(loss));
    };
  }

  @Override
  public void predict(Examples examples, float[] predictions) {
    requireWidth(examples);
    int width = config.outputs();
    if (predictions.length < (long) examples.count() * width) {
      throw new IllegalArgumentException(
          examples.count() + " × " + width + " outputs into an array of " + predictions.length);
    }
    for (int from = 0; from < examples.count(); from += maxBatchSize) {
      int length = infer(examples, from) * width;
      for (int i = 0; i < length; i++) {
        predictions[from * width + i] =
            switch (config.loss()) {
              case SOFTMAX_CROSS_ENTROPY -> (float) Math.exp(outputs[i]);
              case SQUARED_ERROR -> outputs[i];
            };
      }
    }
  }

  @Override
  public NetworkState state() {
    return parameters.state(step);
  }

  @Override
  public void close() {
    passes.clear();
    memory.close();
  }

  /** Fills {@link #outputs} for the examples from that one on; answers how many. */
  private int infer(Examples examples, int from) {
    int rows = Math.min(maxBatchSize, examples.count() - from);
    for (int i = 0; i < rows; i++) {
      copyFeatures(examples, from + i, i);
    }
    Nd4jMemory.upload(features, rows * config.inputs(), network.inputs);
    passes(rows).inference().forEach(Runnable::run);
    downloadOutputs(rows);
    return rows;
  }

  private Nd4jNetwork.Passes passes(int rows) {
    return passes.computeIfAbsent(rows, network::passes);
  }

  private void requireFits(Examples examples) {
    requireWidth(examples);
    int targetWidth = config.loss() == Loss.SQUARED_ERROR ? config.outputs() : 1;
    if (examples.targetWidth() != targetWidth) {
      throw new IllegalArgumentException(
          "targets of " + examples.targetWidth() + " numbers for a network of " + targetWidth);
    }
  }

  private void requireWidth(Examples examples) {
    if (examples.width() != config.inputs()) {
      throw new IllegalArgumentException(
          "examples of " + examples.width() + " features for a network of " + config.inputs());
    }
  }

  private void copyFeatures(Examples examples, int row, int to) {
    int width = examples.width();
    System.arraycopy(examples.features(), row * width, features, to * width, width);
  }

  private void copyTarget(Examples examples, int row, int to) {
    int width = config.outputs();
    switch (config.loss()) {
      case SOFTMAX_CROSS_ENTROPY -> {
        Arrays.fill(targets, to * width, (to + 1) * width, 0f);
        targets[to * width + (int) examples.targets()[row]] = 1f;
      }
      case SQUARED_ERROR ->
          System.arraycopy(examples.targets(), row * width, targets, to * width, width);
    }
  }

  private void uploadMasks(int rows) {
    for (int layer = 0; layer < network.hiddenLayers.size(); layer++) {
      INDArray mask = network.hiddenLayers.get(layer).mask;
      if (mask != null) {
        int length = rows * mask.columns();
        Dropout.mask(masks, length, config.dropout(), seed, step, layer);
        Nd4jMemory.upload(masks, length, mask);
      }
    }
  }

  private void downloadOutputs(int rows) {
    Nd4jMemory.download(network.outputLayer.outputs, outputs, rows * config.outputs());
  }

  /** Of an example whose outputs are in that row of {@link #outputs}. */
  private double loss(Examples examples, int example, int row) {
    int width = config.outputs();
    return switch (config.loss()) {
      case SOFTMAX_CROSS_ENTROPY -> -outputs[row * width + (int) examples.targets()[example]];
      case SQUARED_ERROR -> {
        double sum = 0;
        for (int j = 0; j < width; j++) {
          double difference = outputs[row * width + j] - examples.targets()[example * width + j];
          sum += difference * difference;
        }
        yield sum / width;
      }
    };
  }

  /** Of equal outputs the first is taken. An output that is not a number is no answer, so wrong. */
  private boolean misclassified(Examples examples, int example, int row) {
    if (config.loss() == Loss.SQUARED_ERROR) {
      return false;
    }
    int width = config.outputs();
    int best = -1;
    float largest = Float.NEGATIVE_INFINITY;
    for (int j = 0; j < width; j++) {
      if (outputs[row * width + j] > largest) {
        largest = outputs[row * width + j];
        best = j;
      }
    }
    return best != (int) examples.targets()[example];
  }
}
