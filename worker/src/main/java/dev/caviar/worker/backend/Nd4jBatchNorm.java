package dev.caviar.worker.backend;

import dev.caviar.worker.network.NetworkConfig;
import java.util.List;
import org.nd4j.linalg.api.blas.Level1;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.floating.RSqrt;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Batch norm of one hidden layer; Ioffe and Szegedy, "Batch Normalization", 2015.
 *
 * <p>Made of products and differences, with means as products with a row of ones. ND4J's own
 * operations (moments, batchnorm, batchnorm_bp) give the same numbers and take four times as long:
 * 279 µs against about 65 µs for 64 examples of 256 units, forward and backward.
 */
final class Nd4jBatchNorm {
  private final Level1 blas = Nd4j.getBlasWrapper().level1();
  private final int units;
  private final double momentum;
  private final INDArray ones;
  private final INDArray epsilon;
  private final INDArray gamma;
  private final INDArray beta;
  private final INDArray gammaGradient;
  private final INDArray betaGradient;
  private final INDArray runningMean;
  private final INDArray runningVariance;
  private final INDArray mean;
  private final INDArray variance;

  /** 1/√(variance + ε). */
  private final INDArray inverseDeviation;

  private final INDArray row;

  /**
   * @param ones a row at least as long as the largest mini-batch
   */
  Nd4jBatchNorm(
      NetworkConfig config,
      int layer,
      Nd4jParameters parameters,
      INDArray ones,
      Nd4jMemory memory) {
    units = config.fanOut(layer);
    momentum = config.batchNormMomentum();
    this.ones = ones;
    epsilon = memory.filled(config.batchNormEpsilon(), 1);
    gamma = parameters.value(layer, "gamma");
    beta = parameters.value(layer, "beta");
    gammaGradient = parameters.gradient(layer, "gamma");
    betaGradient = parameters.gradient(layer, "beta");
    runningMean = parameters.running(layer, "running_mean");
    runningVariance = parameters.running(layer, "running_variance");
    mean = memory.zeros(1, units);
    variance = memory.zeros(1, units);
    inverseDeviation = memory.zeros(1, units);
    row = memory.zeros(1, units);
  }

  /**
   * Training: turns {@code z} into its normalised self, fills {@code output}, and lets the running
   * statistics follow.
   */
  void addForward(INDArray z, INDArray output, List<Runnable> program) {
    long m = z.rows();
    program.add(columnSums(1.0 / m, z, mean));
    program.add(Nd4jOperation.of("subtract", z, z, mean));
    program.add(Nd4jOperation.of("multiply", output, z, z));
    program.add(columnSums(1.0 / m, output, variance));
    program.add(() -> follow(runningMean, mean, 1));
    // Unbiased, divided by m−1; a single example has no such variance and counts as 0.
    program.add(() -> follow(runningVariance, variance, (double) m / Math.max(1, m - 1)));
    program.add(Nd4jOperation.of("add", inverseDeviation, variance, epsilon));
    program.add(Nd4jOperation.of(new RSqrt(inverseDeviation, inverseDeviation)));
    program.add(Nd4jOperation.of("multiply", z, z, inverseDeviation));
    program.add(Nd4jOperation.of("multiply", output, z, gamma));
    program.add(Nd4jOperation.of("add", output, output, beta));
  }

  /** Inference: fills {@code output} with {@code z} normalised by the running statistics. */
  void addInference(INDArray z, INDArray output, List<Runnable> program) {
    program.add(Nd4jOperation.of("add", row, runningVariance, epsilon));
    program.add(Nd4jOperation.of(new RSqrt(row, row)));
    program.add(Nd4jOperation.of("multiply", row, row, gamma));
    program.add(Nd4jOperation.of("subtract", output, z, runningMean));
    program.add(Nd4jOperation.of("multiply", output, output, row));
    program.add(Nd4jOperation.of("add", output, output, beta));
  }

  /**
   * Turns {@code gradient} by the output into the gradient by z, which is γ/σ·(g − mean(g) −
   * x̂·mean(g·x̂)), the paper's chain rule written out.
   *
   * @param normalized z as {@link #addForward} left it
   */
  void addBackward(
      INDArray gradient, INDArray normalized, INDArray scratch, List<Runnable> program) {
    double share = 1.0 / gradient.rows();
    program.add(columnSums(1, gradient, betaGradient));
    program.add(Nd4jOperation.of("multiply", scratch, gradient, normalized));
    program.add(columnSums(1, scratch, gammaGradient));
    program.add(columnSums(share, scratch, row));
    program.add(Nd4jOperation.of("multiply", scratch, normalized, row));
    program.add(columnSums(share, gradient, row));
    program.add(Nd4jOperation.of("subtract", gradient, gradient, scratch));
    program.add(Nd4jOperation.of("subtract", gradient, gradient, row));
    program.add(Nd4jOperation.of("multiply", row, gamma, inverseDeviation));
    program.add(Nd4jOperation.of("multiply", gradient, gradient, row));
  }

  private Runnable columnSums(double factor, INDArray matrix, INDArray sums) {
    INDArray row = Nd4jMemory.matrix(ones, 0, 1, matrix.rows());
    return Nd4jOperation.matmul(factor, row, false, matrix, false, sums);
  }

  private void follow(INDArray running, INDArray batch, double factor) {
    blas.scal(units, momentum, running);
    blas.axpy(units, (1 - momentum) * factor, batch, running);
  }
}
