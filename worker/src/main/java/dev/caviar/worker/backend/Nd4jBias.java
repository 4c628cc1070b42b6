package dev.caviar.worker.backend;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The bias of a layer without batch norm. */
final class Nd4jBias {
  private final INDArray bias;
  private final INDArray biasGradient;
  private final INDArray ones;

  Nd4jBias(int layer, Nd4jParameters parameters, INDArray ones) {
    bias = parameters.value(layer, "bias");
    biasGradient = parameters.gradient(layer, "bias");
    this.ones = ones;
  }

  void addForward(INDArray z, List<Runnable> program) {
    program.add(Nd4jOperation.of("add", z, z, bias));
  }

  void addBackward(INDArray gradient, List<Runnable> program) {
    INDArray row = Nd4jMemory.matrix(ones, 0, 1, gradient.rows());
    program.add(Nd4jOperation.matmul(1, row, false, gradient, false, biasGradient));
  }
}
