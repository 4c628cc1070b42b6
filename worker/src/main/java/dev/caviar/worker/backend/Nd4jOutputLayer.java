package dev.caviar.worker.backend;

import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.blas.Level1;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The last dense layer and the loss's gradient by it. */
final class Nd4jOutputLayer {
  final int units;

  /** After a forward pass: logarithms of the classes' probabilities, or a regression's values. */
  final INDArray outputs;

  /** To be filled before a step: as wide as the outputs, a class as 1 among zeros. */
  final INDArray targets;

  private final Level1 blas = Nd4j.getBlasWrapper().level1();
  private final Loss loss;
  private final INDArray weights;
  private final INDArray weightGradient;
  private final Nd4jBias bias;
  private final INDArray z;
  private final INDArray gradient;

  Nd4jOutputLayer(
      NetworkConfig config,
      int maxBatchSize,
      Nd4jParameters parameters,
      INDArray ones,
      Nd4jMemory memory) {
    int layer = config.layers() - 1;
    units = config.outputs();
    loss = config.loss();
    weights = parameters.value(layer, "weights");
    weightGradient = parameters.gradient(layer, "weights");
    bias = new Nd4jBias(layer, parameters, ones);
    outputs = memory.zeros(maxBatchSize, units);
    z = loss == Loss.SQUARED_ERROR ? outputs : memory.zeros(maxBatchSize, units);
    targets = memory.zeros(maxBatchSize, units);
    gradient = memory.zeros(maxBatchSize, units);
  }

  void addForward(INDArray input, List<Runnable> program) {
    int rows = input.rows();
    INDArray z = rows(this.z, rows);
    program.add(Nd4jOperation.matmul(1, input, false, weights, false, z));
    bias.addForward(z, program);
    if (loss == Loss.SOFTMAX_CROSS_ENTROPY) {
      program.add(Nd4jOperation.alongRows("log_softmax", rows(outputs, rows), z));
    }
  }

  /**
   * @param inputGradient null where the input is data
   */
  void addBackward(INDArray input, @Nullable INDArray inputGradient, List<Runnable> program) {
    int rows = input.rows();
    INDArray z = rows(this.z, rows);
    INDArray gradient = rows(this.gradient, rows);
    INDArray targets = rows(this.targets, rows);
    switch (loss) {
      case SOFTMAX_CROSS_ENTROPY -> {
        program.add(Nd4jOperation.alongRows("softmax", gradient, z));
        program.add(Nd4jOperation.of("subtract", gradient, gradient, targets));
        program.add(() -> blas.scal(gradient.length(), 1.0 / rows, gradient));
      }
      case SQUARED_ERROR -> {
        program.add(Nd4jOperation.of("subtract", gradient, z, targets));
        program.add(() -> blas.scal(gradient.length(), 2.0 / gradient.length(), gradient));
      }
    }
    bias.addBackward(gradient, program);
    program.add(Nd4jOperation.matmul(1, input, true, gradient, false, weightGradient));
    if (inputGradient != null) {
      program.add(Nd4jOperation.matmul(1, gradient, false, weights, true, inputGradient));
    }
  }

  private INDArray rows(INDArray buffer, int rows) {
    return Nd4jMemory.matrix(buffer, 0, rows, units);
  }
}
