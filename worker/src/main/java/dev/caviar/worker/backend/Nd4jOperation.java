package dev.caviar.worker.backend;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One of ND4J's operations with its arrays bound once. It then costs one or two microseconds to
 * call, where {@code Nd4j.exec} and methods such as {@code muli} cost ten or more: for the small
 * matrices of a tuner that is most of the time.
 */
final class Nd4jOperation {
  private Nd4jOperation() {}

  /** An operation of libnd4j by its name there. The output may be one of the inputs. */
  static Runnable of(String name, INDArray output, INDArray... inputs) {
    return of(name, new double[0], new long[0], output, inputs);
  }

  /** The same for an operation that works along the columns of each row. */
  static Runnable alongRows(String name, INDArray output, INDArray input) {
    return of(name, new double[0], new long[] {1}, output, input);
  }

  /** output = factor·op(a)·op(b), op being transposition where asked for. */
  static Runnable matmul(
      double factor,
      INDArray a,
      boolean transposeA,
      INDArray b,
      boolean transposeB,
      INDArray output) {
    return of(
        "matmul",
        new double[] {factor, 0},
        new long[] {transposeA ? 1 : 0, transposeB ? 1 : 0, 0},
        output,
        a,
        b);
  }

  /** One of ND4J's older operations, which are objects that know their arrays. */
  static Runnable of(Op operation) {
    return () -> Nd4j.getExecutioner().exec(operation);
  }

  private static Runnable of(
      String name, double[] reals, long[] integers, INDArray output, INDArray... inputs) {
    DynamicCustomOp operation =
        DynamicCustomOp.builder(name).addInputs(inputs).addOutputs(output).build();
    OpContext context = Nd4j.getExecutioner().buildContext();
    context.setInputArrays(inputs);
    context.setOutputArrays(output);
    context.setTArguments(reals);
    context.setIArguments(integers);
    return () -> Nd4j.getExecutioner().exec(operation, context);
  }
}
