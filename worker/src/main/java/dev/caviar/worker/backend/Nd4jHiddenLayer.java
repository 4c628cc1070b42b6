package dev.caviar.worker.backend;

import dev.caviar.worker.network.NetworkConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Dense → batch norm (or bias) → activation → dropout: one hidden layer's buffers, large enough for
 * the largest mini-batch, and the operations on them. Smaller mini-batches use the first rows.
 */
final class Nd4jHiddenLayer {
  final int units;

  /** Dropout's factors, 0 or 1/(1−p), to be filled before each step; null without dropout. */
  final @Nullable INDArray mask;

  private final INDArray weights;
  private final INDArray weightGradient;
  private final @Nullable Nd4jBatchNorm batchNorm;
  private final @Nullable Nd4jBias bias;
  private final Nd4jActivation activation;

  /** z, and after batch norm's forward pass the normalised z. */
  private final INDArray z;

  private final INDArray activated;
  private final INDArray dropped;
  private final INDArray gradient;
  private final INDArray scratch;

  Nd4jHiddenLayer(
      NetworkConfig config,
      int layer,
      int maxBatchSize,
      Nd4jParameters parameters,
      INDArray ones,
      Nd4jMemory memory) {
    units = config.fanOut(layer);
    weights = parameters.value(layer, "weights");
    weightGradient = parameters.gradient(layer, "weights");
    boolean normalized = config.normalized(layer);
    batchNorm = normalized ? new Nd4jBatchNorm(config, layer, parameters, ones, memory) : null;
    bias = normalized ? null : new Nd4jBias(layer, parameters, ones);
    activation = new Nd4jActivation(config.activation(), memory);
    activated = memory.zeros(maxBatchSize, units);
    z = normalized ? memory.zeros(maxBatchSize, units) : activated;
    mask = config.dropout() > 0 ? memory.zeros(maxBatchSize, units) : null;
    dropped = mask == null ? activated : memory.zeros(maxBatchSize, units);
    gradient = memory.zeros(maxBatchSize, units);
    scratch = memory.zeros(maxBatchSize, units);
  }

  /** What the next layer is given in training. */
  INDArray trainingOutput(int rows) {
    return rows(dropped, rows);
  }

  /** What the next layer is given in inference. */
  INDArray inferenceOutput(int rows) {
    return rows(activated, rows);
  }

  /** The loss's gradient by {@link #trainingOutput}, for the next layer to fill. */
  INDArray gradient(int rows) {
    return rows(gradient, rows);
  }

  void addForward(INDArray input, List<Runnable> program) {
    int rows = input.rows();
    INDArray output = rows(activated, rows);
    program.add(Nd4jOperation.matmul(1, input, false, weights, false, rows(z, rows)));
    if (batchNorm != null) {
      batchNorm.addForward(rows(z, rows), output, program);
    }
    if (bias != null) {
      bias.addForward(output, program);
    }
    activation.addForward(output, rows(scratch, rows), program);
    if (mask != null) {
      program.add(Nd4jOperation.of("multiply", rows(dropped, rows), output, rows(mask, rows)));
    }
  }

  void addInference(INDArray input, List<Runnable> program) {
    int rows = input.rows();
    INDArray output = rows(activated, rows);
    program.add(Nd4jOperation.matmul(1, input, false, weights, false, rows(z, rows)));
    if (batchNorm != null) {
      batchNorm.addInference(rows(z, rows), output, program);
    }
    if (bias != null) {
      bias.addForward(output, program);
    }
    activation.addForward(output, rows(scratch, rows), program);
  }

  /**
   * From {@link #gradient} to those of the parameters and of the input.
   *
   * @param inputGradient null for the first layer, whose input is data
   */
  void addBackward(INDArray input, @Nullable INDArray inputGradient, List<Runnable> program) {
    int rows = input.rows();
    INDArray gradient = rows(this.gradient, rows);
    INDArray scratch = rows(this.scratch, rows);
    if (mask != null) {
      program.add(Nd4jOperation.of("multiply", gradient, gradient, rows(mask, rows)));
    }
    activation.addBackward(gradient, rows(activated, rows), scratch, program);
    if (batchNorm != null) {
      batchNorm.addBackward(gradient, rows(z, rows), scratch, program);
    }
    if (bias != null) {
      bias.addBackward(gradient, program);
    }
    program.add(Nd4jOperation.matmul(1, input, true, gradient, false, weightGradient));
    if (inputGradient != null) {
      program.add(Nd4jOperation.matmul(1, gradient, false, weights, true, inputGradient));
    }
  }

  private INDArray rows(INDArray buffer, int rows) {
    return Nd4jMemory.matrix(buffer, 0, rows, units);
  }
}
