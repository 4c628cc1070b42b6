package dev.caviar.worker.backend;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager.Location;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The native arrays of one trainer, all float and row-major. They are given back when it is closed
 * and not when the garbage collector gets to it: that sees only small Java objects and would leave
 * gigabytes behind.
 */
final class Nd4jMemory implements AutoCloseable {
  private final List<INDArray> arrays = new ArrayList<>();

  INDArray zeros(long... shape) {
    // Detached: not in the workspace of whichever thread happens to make the trainer.
    INDArray array = Nd4j.createUninitializedDetached(DataType.FLOAT, shape);
    arrays.add(array);
    return array.assign(0f);
  }

  INDArray filled(float value, long... shape) {
    return zeros(shape).assign(value);
  }

  /** The same memory seen as a matrix, from the element numbered {@code offset} on. */
  static INDArray matrix(INDArray array, long offset, long rows, long columns) {
    return Nd4j.create(
        array.data(), new long[] {rows, columns}, new long[] {columns, 1}, offset, 'c');
  }

  /** To a whole array or to the start of one, not to a view from an offset on. */
  static void upload(float[] from, int length, INDArray to) {
    to.data().asNioFloat().put(from, 0, length);
    // On a GPU, ND4J is told that the host's copy is now the newer one.
    Nd4j.getAffinityManager().tagLocation(to, Location.HOST);
  }

  /** From a whole array or the start of one. */
  static void download(INDArray from, float[] to, int length) {
    Nd4j.getAffinityManager().ensureLocation(from, Location.HOST);
    from.data().asNioFloat().get(to, 0, length);
  }

  @Override
  public void close() {
    arrays.forEach(INDArray::close);
    arrays.clear();
  }
}
