package dev.caviar.coordinator.importance;

import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.SearchSpace;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.core.source64.Philox4x64;

/**
 * A random forest (Breiman, "Random Forests", 2001): regression trees, each grown from as many
 * trials as there are, drawn with replacement. Each tree may split on any dimension at each node.
 *
 * <p>A dimension that a trial does not use lies nowhere, so that each tree draws a place for it:
 * over the trees such a trial stands for all values alike, and trees learn that the dimension
 * changes nothing where it is not used.
 */
final class Forest {
  /** How many trees. */
  static final int TREES = 64;

  /** A tree is grown from no more draws than this, so that very large sweeps can be looked at. */
  static final int MOST_DRAWS = 2_000;

  /** What random numbers are drawn for: the second word of their generators' keys. */
  static final long BOOTSTRAP = 1;

  static final long TIES = 2;
  private static final long UNUSED = 3;

  private final List<Axis> axes;
  private final List<BoxFunction> functions;
  private final double outOfBagR2;

  private record Grown(BoxFunction function, double[] predictions) {}

  /** Grows it; the same observations and seed give the same forest on every machine. */
  Forest(SearchSpace space, List<Observation> observations, long seed) {
    axes = space.dimensions().stream().map(d -> Axis.of(d, observations)).toList();
    double[] objectives = observations.stream().mapToDouble(Observation::objective).toArray();
    List<Grown> trees =
        IntStream.range(0, TREES)
            .parallel()
            .mapToObj(tree -> grow(observations, objectives, seed, tree))
            .toList();
    functions = trees.stream().map(Grown::function).toList();
    outOfBagR2 = outOfBagR2(trees, objectives);
  }

  private Grown grow(List<Observation> observations, double[] objectives, long seed, int tree) {
    int n = objectives.length;
    double[][] units = new double[n][];
    for (int row = 0; row < n; row++) {
      units[row] = units(observations.get(row), seed, tree, row);
    }
    UniformRandomProvider random = new Philox4x64(new long[] {seed, BOOTSTRAP, 0, tree, 0, 0});
    int[] rows = IntStream.range(0, Math.min(n, MOST_DRAWS)).map(k -> random.nextInt(n)).toArray();
    long treeSeed = random.nextLong();
    RegressionTree grown = RegressionTree.grow(axes, units, objectives, rows, treeSeed);
    boolean[] seen = new boolean[n];
    IntStream.of(rows).forEach(row -> seen[row] = true);
    double[] predictions = new double[n];
    for (int row = 0; row < n; row++) {
      predictions[row] = seen[row] ? Double.NaN : grown.predict(units[row]);
    }
    return new Grown(grown.function(), predictions);
  }

  private double[] units(Observation observation, long seed, int tree, int row) {
    double[] units = new double[axes.size()];
    for (int i = 0; i < units.length; i++) {
      Axis axis = axes.get(i);
      ParameterValue value = observation.point().values().get(axis.name());
      units[i] =
          value == null
              ? new Philox4x64(new long[] {seed, UNUSED, axis.name().hashCode(), tree, row, 0})
                  .nextDouble()
              : axis.unit(value);
    }
    return units;
  }

  private static double outOfBagR2(List<Grown> trees, double[] objectives) {
    double[] predicted = new double[objectives.length];
    for (int row = 0; row < predicted.length; row++) {
      int at = row;
      predicted[row] =
          trees.stream()
              .mapToDouble(tree -> tree.predictions()[at])
              .filter(Double::isFinite)
              .average()
              .orElse(Double.NaN);
    }
    double mean = Arrays.stream(objectives).average().orElse(Double.NaN);
    double left = 0;
    double all = 0;
    for (int row = 0; row < predicted.length; row++) {
      if (Double.isFinite(predicted[row])) {
        left += (objectives[row] - predicted[row]) * (objectives[row] - predicted[row]);
        all += (objectives[row] - mean) * (objectives[row] - mean);
      }
    }
    return all > 0 ? 1 - left / all : Double.NaN;
  }

  List<Axis> axes() {
    return axes;
  }

  /** The trees as functions. */
  List<BoxFunction> functions() {
    return functions;
  }

  /**
   * How much of the variance of trials the trees predict that were not grown from them; 1 is all of
   * it, and below 0 their mean would have been the better guess. NaN if there is none to predict.
   */
  double outOfBagR2() {
    return outOfBagR2;
  }
}
