package dev.caviar.worker.backend;

import dev.caviar.worker.network.NetworkConfig;
import java.util.Random;

/**
 * The matrix products of one training step of {@link CpuBackend} and nothing between them, on
 * numbers that stay as they are: what the rest of a step is measured against. In this package
 * because products are not for others to ask for.
 */
public final class StepProducts {
  private final Gemm gemm;
  private final int rows;
  private final Layer[] layers;

  /** Of a network without dropout, for mini-batches of so many rows. */
  public StepProducts(CpuBackend backend, NetworkConfig config, int rows) {
    this.gemm = backend.gemm();
    this.rows = rows;
    Random random = new Random(3);
    layers = new Layer[config.layers()];
    for (int i = 0; i < layers.length; i++) {
      layers[i] = Layer.of(config.fanIn(i), config.fanOut(i), rows, random);
    }
  }

  private static float[] numbers(int count, Random random) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  /** Does them all once, in the order of a step. */
  public void multiply() {
    for (Layer layer : layers) {
      gemm.multiply(
          false, false, rows, layer.units, layer.fanIn, layer.x, 0, layer.weights, layer.z);
    }
    for (int i = layers.length - 1; i >= 0; i--) {
      Layer layer = layers[i];
      gemm.multiply(
          true, false, layer.fanIn, layer.units, rows, layer.x, 0, layer.d, layer.gradient);
      if (i > 0) {
        gemm.multiply(
            false, true, rows, layer.fanIn, layer.units, layer.d, 0, layer.weights, layer.back);
      }
    }
  }

  /**
   * What one layer multiplies; its results are nobody's operands, or they would grow without end.
   *
   * @param x its inputs
   * @param z their products with the weights
   * @param d gradients of its products
   * @param back what it passes on to the layer before it
   */
  private record Layer(
      int fanIn,
      int units,
      float[] x,
      float[] weights,
      float[] z,
      float[] d,
      float[] gradient,
      float[] back) {
    static Layer of(int fanIn, int units, int rows, Random random) {
      return new Layer(
          fanIn,
          units,
          numbers(rows * fanIn, random),
          numbers(fanIn * units, random),
          new float[rows * units],
          numbers(rows * units, random),
          new float[fanIn * units],
          new float[rows * fanIn]);
    }
  }
}
