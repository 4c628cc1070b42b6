package dev.caviar.worker.backend;

import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * All that a network learns, laid end to end in one vector, and its gradients and moments likewise:
 * so the optimizer works on one long vector and not on many short ones. Weight matrices come first,
 * because L2 applies to them alone.
 */
final class Nd4jParameters {
  /** Where a parameter lies in the vectors, as a matrix; biases, γ and β are a row. */
  private record Place(long offset, int rows, int columns) {
    int length() {
      return rows * columns;
    }
  }

  final int length;
  final int weightsLength;
  final INDArray values;
  final INDArray gradients;

  /** Averages of gradients and of their squares: {@code .m} and {@code .s} in a state. */
  final INDArray averages;

  final INDArray squareAverages;

  /** Whether any step or state has filled them yet. */
  boolean hasAverages;

  boolean hasSquareAverages;

  private final Map<String, Place> places = new LinkedHashMap<>();
  private final Map<String, INDArray> runningStatistics = new LinkedHashMap<>();

  /**
   * @throws IllegalArgumentException if {@code initial} does not fit {@code config}
   */
  Nd4jParameters(NetworkConfig config, NetworkState initial, Nd4jMemory memory) {
    int offset = 0;
    for (int layer = 0; layer < config.layers(); layer++) {
      offset = place(name(layer, "weights"), offset, config.fanIn(layer), config.fanOut(layer));
    }
    weightsLength = offset;
    for (int layer = 0; layer < config.layers(); layer++) {
      if (config.normalized(layer)) {
        offset = place(name(layer, "gamma"), offset, 1, config.fanOut(layer));
        offset = place(name(layer, "beta"), offset, 1, config.fanOut(layer));
      } else {
        offset = place(name(layer, "bias"), offset, 1, config.fanOut(layer));
      }
    }
    length = offset;
    hasAverages = initial.has(name(0, "weights") + ".m");
    hasSquareAverages = initial.has(name(0, "weights") + ".s");

    // Gathered before any native memory is taken, so that a state which does not fit leaks none.
    float[] initialValues = gather(initial, "");
    float[] initialAverages = hasAverages ? gather(initial, ".m") : new float[length];
    float[] initialSquareAverages = hasSquareAverages ? gather(initial, ".s") : new float[length];
    Map<String, float[]> initialStatistics = gatherStatistics(config, initial);

    values = upload(initialValues, memory);
    averages = upload(initialAverages, memory);
    squareAverages = upload(initialSquareAverages, memory);
    gradients = memory.zeros(length);
    initialStatistics.forEach(
        (name, statistics) -> runningStatistics.put(name, uploadRow(statistics, memory)));
  }

  /** The parameter itself, as a matrix or a row. */
  INDArray value(int layer, String suffix) {
    return view(values, place(name(layer, suffix)));
  }

  /** Its gradient. */
  INDArray gradient(int layer, String suffix) {
    return view(gradients, place(name(layer, suffix)));
  }

  /** {@code running_mean} or {@code running_variance}, a row. */
  INDArray running(int layer, String suffix) {
    INDArray row = runningStatistics.get(name(layer, suffix));
    if (row == null) {
      throw new IllegalArgumentException("layer " + layer + " has no batch norm");
    }
    return row;
  }

  NetworkState state(long step) {
    Map<String, float[]> tensors = new TreeMap<>();
    scatter(values, "", tensors);
    if (hasAverages) {
      scatter(averages, ".m", tensors);
    }
    if (hasSquareAverages) {
      scatter(squareAverages, ".s", tensors);
    }
    runningStatistics.forEach((name, row) -> tensors.put(name, download(row)));
    return new NetworkState(step, tensors);
  }

  private int place(String name, int offset, int rows, int columns) {
    places.put(name, new Place(offset, rows, columns));
    return Math.addExact(offset, Math.multiplyExact(rows, columns));
  }

  private Place place(String name) {
    Place place = places.get(name);
    if (place == null) {
      throw new IllegalArgumentException("no parameter named " + name);
    }
    return place;
  }

  private float[] gather(NetworkState state, String suffix) {
    float[] all = new float[length];
    places.forEach(
        (name, place) ->
            System.arraycopy(
                state.tensor(name + suffix, place.length()),
                0,
                all,
                (int) place.offset,
                place.length()));
    return all;
  }

  private static Map<String, float[]> gatherStatistics(NetworkConfig config, NetworkState state) {
    Map<String, float[]> statistics = new LinkedHashMap<>();
    for (int layer = 0; layer < config.layers(); layer++) {
      if (config.normalized(layer)) {
        for (String suffix : new String[] {"running_mean", "running_variance"}) {
          String name = name(layer, suffix);
          statistics.put(name, state.tensor(name, config.fanOut(layer)));
        }
      }
    }
    return statistics;
  }

  private void scatter(INDArray vector, String suffix, Map<String, float[]> tensors) {
    float[] all = download(vector);
    places.forEach(
        (name, place) ->
            tensors.put(
                name + suffix,
                Arrays.copyOfRange(all, (int) place.offset, (int) place.offset + place.length())));
  }

  private static INDArray view(INDArray vector, Place place) {
    return Nd4jMemory.matrix(vector, place.offset, place.rows, place.columns);
  }

  private static INDArray upload(float[] from, Nd4jMemory memory) {
    INDArray vector = memory.zeros(from.length);
    Nd4jMemory.upload(from, from.length, vector);
    return vector;
  }

  private static INDArray uploadRow(float[] from, Nd4jMemory memory) {
    INDArray row = memory.zeros(1, from.length);
    Nd4jMemory.upload(from, from.length, row);
    return row;
  }

  private static float[] download(INDArray array) {
    float[] to = new float[(int) array.length()];
    Nd4jMemory.download(array, to, to.length);
    return to;
  }

  private static String name(int layer, String suffix) {
    return "layer" + layer + "." + suffix;
  }
}
