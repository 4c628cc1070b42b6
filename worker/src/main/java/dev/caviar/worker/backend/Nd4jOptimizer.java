package dev.caviar.worker.backend;

import dev.caviar.worker.network.OptimizerSettings;
import org.nd4j.linalg.api.blas.Level1;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.floating.Sqrt;
import org.nd4j.linalg.factory.Nd4j;

/**
 * {@link dev.caviar.worker.network.Optimizer} over all parameters at once.
 *
 * <p>Made of BLAS level 1 and not of ND4J's updaters: those count Adam's ε in another place (before
 * the bias correction, not after it) and, having no vector instructions either, are no faster.
 */
final class Nd4jOptimizer {
  private final Nd4jParameters parameters;
  private final Level1 blas = Nd4j.getBlasWrapper().level1();
  private final INDArray scratch;
  private final INDArray epsilon;
  private final Runnable squareGradients;
  private final Runnable divideGradients;
  private final Runnable divideAverages;
  private final Runnable rootOfSquareAverages;
  private final Runnable addEpsilon;

  Nd4jOptimizer(Nd4jParameters parameters, Nd4jMemory memory) {
    this.parameters = parameters;
    scratch = memory.zeros(parameters.length);
    epsilon = memory.zeros(1);
    INDArray gradients = parameters.gradients;
    // Not the operation "square": it goes by pow and takes seventy times as long.
    squareGradients = Nd4jOperation.of("multiply", scratch, gradients, gradients);
    divideGradients = Nd4jOperation.of("divide", scratch, gradients, scratch);
    divideAverages = Nd4jOperation.of("divide", scratch, parameters.averages, scratch);
    rootOfSquareAverages = Nd4jOperation.of(new Sqrt(parameters.squareAverages, scratch));
    addEpsilon = Nd4jOperation.of("add", scratch, scratch, epsilon);
  }

  /**
   * One step down the gradients, which it changes.
   *
   * @param t the step's number, from 1
   */
  void update(OptimizerSettings settings, long t) {
    if (settings.l2() > 0) {
      blas.axpy(parameters.weightsLength, settings.l2(), parameters.values, parameters.gradients);
    }
    double alpha = settings.learningRate();
    switch (settings.optimizer()) {
      case SGD -> descend(alpha, parameters.gradients);
      case MOMENTUM -> {
        averageGradients(settings.momentum());
        descend(alpha, parameters.averages);
      }
      case RMSPROP -> {
        averageSquares(settings.beta2());
        divideByRoot(divideGradients, settings.epsilon());
        descend(alpha, scratch);
      }
      case ADAM -> {
        averageGradients(settings.beta1());
        averageSquares(settings.beta2());
        // α·m̂/(√ŝ + ε) with both corrections drawn out of the vectors into α and ε.
        double root = Math.sqrt(1 - Math.pow(settings.beta2(), (double) t));
        divideByRoot(divideAverages, settings.epsilon() * root);
        descend(alpha * root / (1 - Math.pow(settings.beta1(), (double) t)), scratch);
      }
    }
  }

  private void averageGradients(double beta) {
    blas.scal(parameters.length, beta, parameters.averages);
    blas.axpy(parameters.length, 1 - beta, parameters.gradients, parameters.averages);
    parameters.hasAverages = true;
  }

  private void averageSquares(double beta) {
    squareGradients.run();
    blas.scal(parameters.length, beta, parameters.squareAverages);
    blas.axpy(parameters.length, 1 - beta, scratch, parameters.squareAverages);
    parameters.hasSquareAverages = true;
  }

  /** scratch = numerator / (√s + ε). */
  private void divideByRoot(Runnable divide, double added) {
    rootOfSquareAverages.run();
    epsilon.putScalar(0, (float) added);
    addEpsilon.run();
    divide.run();
  }

  private void descend(double alpha, INDArray direction) {
    blas.axpy(parameters.length, -alpha, direction, parameters.values);
  }
}
