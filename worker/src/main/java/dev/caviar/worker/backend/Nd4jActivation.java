package dev.caviar.worker.backend;

import dev.caviar.worker.network.Activation;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.api.ops.impl.transforms.same.Sign;

/** The activation and its derivative, the latter written in terms of the activation's value a. */
final class Nd4jActivation {
  private final Activation activation;
  private final INDArray one;

  Nd4jActivation(Activation activation, Nd4jMemory memory) {
    this.activation = activation;
    one = memory.filled(1, 1);
  }

  /** Turns {@code z} into a. */
  void addForward(INDArray z, INDArray scratch, List<Runnable> program) {
    switch (activation) {
      case SIGMOID -> program.add(Nd4jOperation.of("sigmoid", z, z));
      case TANH -> program.add(Nd4jOperation.of("tanh", z, z));
      // z·[z > 0] leaves a NaN one; "relu" and "maximum" make it 0 and hide a divergence.
      case RELU -> {
        program.add(Nd4jOperation.of(new Step(z, scratch, 0)));
        program.add(Nd4jOperation.of("multiply", z, z, scratch));
      }
    }
  }

  /** Turns {@code gradient} by a into that by z. */
  void addBackward(INDArray gradient, INDArray a, INDArray scratch, List<Runnable> program) {
    switch (activation) {
      case SIGMOID -> {
        program.add(Nd4jOperation.of("subtract", scratch, one, a));
        program.add(Nd4jOperation.of("multiply", scratch, scratch, a));
      }
      case TANH -> {
        program.add(Nd4jOperation.of("multiply", scratch, a, a));
        program.add(Nd4jOperation.of("subtract", scratch, one, scratch));
      }
      // The sign of a, which is never negative, is 0 or 1; "relu_bp" takes six times as long.
      case RELU -> program.add(Nd4jOperation.of(new Sign(a, scratch)));
    }
    program.add(Nd4jOperation.of("multiply", gradient, gradient, scratch));
  }
}
