package dev.caviar.coordinator.importance;

import dev.caviar.coordinator.importance.Axis.Piece;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.SearchSpace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * How much of the objective's variance over the whole search space each dimension accounts for, and
 * each pair beyond its two (Hutter, Hoos and Leyton-Brown, "An Efficient Approach for Assessing
 * Hyperparameter Importance", ICML 2014). A random forest stands for the objective; the variance of
 * each of its trees is taken apart exactly, every dimension being even on its own scale, and shares
 * are means over the trees.
 *
 * <p>Conditional dimensions: a dimension that is not in use changes nothing, so it accounts for
 * variance only where its condition holds, and what it does there beyond its average over the whole
 * space shows as its interaction with what the condition tests.
 *
 * @see PedAnova for what is cheaper and asks what sets the best trials apart
 */
public final class Fanova {
  /** From fewer completed trials nothing of use can be said. */
  public static final int LEAST_TRIALS = 10;

  /** Points of a curve over a range of real numbers. */
  private static final int CURVE_POINTS = 101;

  /** Points of a surface over a range of real numbers. */
  private static final int SURFACE_POINTS = 31;

  private final SearchSpace space;
  private final Forest forest;
  private final List<BoxFunction> functions;
  private final List<Effect> mainEffects;
  private final List<Effect> interactions;

  private Fanova(SearchSpace space, Forest forest) {
    this.space = space;
    this.forest = forest;
    // A tree that has but one leaf has no variance to share out.
    functions = forest.functions().stream().filter(f -> f.variance() > 0).toList();
    List<Effect> main = new ArrayList<>();
    List<Effect> pairs = new ArrayList<>();
    List<Axis> axes = forest.axes();
    for (int i = 0; i < axes.size(); i++) {
      int first = i;
      main.add(effect(List.of(axes.get(i).name()), f -> f.variance(first)));
      for (int j = i + 1; j < axes.size(); j++) {
        int second = j;
        pairs.add(
            effect(
                List.of(axes.get(i).name(), axes.get(j).name()), f -> f.variance(first, second)));
      }
    }
    Comparator<Effect> largestFirst = Comparator.comparingDouble(Effect::share).reversed();
    mainEffects = main.stream().sorted(largestFirst).toList();
    interactions = pairs.stream().sorted(largestFirst).toList();
  }

  /**
   * Takes the variance apart.
   *
   * @param observations the completed trials, whose points lie in the space or, where
   *     coarse-to-fine widened it, beyond
   * @param seed of the forest; the same observations and seed give the same shares
   * @throws IllegalArgumentException if there are fewer than {@link #LEAST_TRIALS} or all have the
   *     same objective
   */
  public static Fanova of(SearchSpace space, List<Observation> observations, long seed) {
    if (observations.size() < LEAST_TRIALS) {
      throw new IllegalArgumentException(
          "%d completed trials are too few: at least %d are needed"
              .formatted(observations.size(), LEAST_TRIALS));
    }
    if (observations.stream().mapToDouble(Observation::objective).distinct().count() < 2) {
      throw new IllegalArgumentException(
          "all %d completed trials have the same objective, so there is nothing to explain"
              .formatted(observations.size()));
    }
    return new Fanova(space, new Forest(space, observations, seed));
  }

  private Effect effect(List<String> dimensions, ToDoubleFunction<BoxFunction> variance) {
    double[] shares =
        functions.stream().mapToDouble(f -> variance.applyAsDouble(f) / f.variance()).toArray();
    double mean = mean(shares);
    return new Effect(dimensions, mean, deviation(shares, mean));
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double deviation(double[] values, double mean) {
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / values.length);
  }

  /** Of each dimension alone, the largest share first; the deviation is that between the trees. */
  public List<Effect> mainEffects() {
    return mainEffects;
  }

  /** Of each pair beyond what its two do alone, the largest share first. */
  public List<Effect> interactions() {
    return interactions;
  }

  /**
   * How far the forest can be trusted: how much of the variance of trials its trees predict that
   * were not grown from them. 1 is all of it; at 0 or below their mean would be as good a guess.
   */
  public double outOfBagR2() {
    return forest.outOfBagR2();
  }

  /**
   * The objective to be expected over one dimension, all others drawn evenly from their scales; of
   * a conditional dimension, from where its condition holds.
   *
   * @throws IllegalArgumentException if the space has no dimension of that name
   */
  public Curve curve(String dimension) {
    List<Axis> axes = forest.axes();
    int i = indexOf(dimension);
    if (i < 0) {
      throw new IllegalArgumentException("there is no dimension " + dimension);
    }
    Axis axis = axes.get(i);
    List<ParameterValue> values = axis.values(CURVE_POINTS);
    double[] units = values.stream().mapToDouble(axis::unit).toArray();
    List<List<Piece>> region = whereTheyApply(List.of(i));
    List<double[]> marginals =
        forest.functions().stream().map(f -> f.marginal(i, units, region)).toList();
    List<Curve.Value> points = new ArrayList<>();
    for (int k = 0; k < units.length; k++) {
      int at = k;
      double[] ofTrees = marginals.stream().mapToDouble(marginal -> marginal[at]).toArray();
      double mean = mean(ofTrees);
      points.add(new Curve.Value(values.get(k), units[k], mean, deviation(ofTrees, mean)));
    }
    return new Curve(dimension, points);
  }

  /**
   * The objective to be expected over two dimensions, all others drawn evenly from their scales; of
   * conditional dimensions, from where their conditions hold.
   *
   * @throws IllegalArgumentException if the space has no such dimensions, or they are the same
   */
  public Surface surface(String first, String second) {
    int i = indexOf(first);
    int j = indexOf(second);
    if (i < 0 || j < 0) {
      throw new IllegalArgumentException("there is no dimension " + (i < 0 ? first : second));
    }
    if (i == j) {
      throw new IllegalArgumentException("a surface is over two dimensions, not twice " + first);
    }
    Axis rows = forest.axes().get(i);
    Axis columns = forest.axes().get(j);
    List<ParameterValue> rowValues = rows.values(SURFACE_POINTS);
    List<ParameterValue> columnValues = columns.values(SURFACE_POINTS);
    double[] units = rowValues.stream().mapToDouble(rows::unit).toArray();
    double[] others = columnValues.stream().mapToDouble(columns::unit).toArray();
    List<List<Piece>> region = whereTheyApply(List.of(i, j));
    List<double[][]> marginals =
        forest.functions().stream().map(f -> f.marginal(i, units, j, others, region)).toList();
    double[][] means = new double[units.length][others.length];
    double[][] deviations = new double[units.length][others.length];
    for (int row = 0; row < units.length; row++) {
      for (int column = 0; column < others.length; column++) {
        int r = row;
        int c = column;
        double[] ofTrees = marginals.stream().mapToDouble(marginal -> marginal[r][c]).toArray();
        means[row][column] = mean(ofTrees);
        deviations[row][column] = deviation(ofTrees, means[row][column]);
      }
    }
    return new Surface(first, second, rowValues, columnValues, means, deviations);
  }

  private int indexOf(String name) {
    List<String> names = space.dimensions().stream().map(Dimension::name).toList();
    return names.indexOf(name);
  }

  /**
   * The pieces of each axis over which the dimensions' conditions, and those they rest on, hold.
   */
  private List<List<Piece>> whereTheyApply(List<Integer> dimensions) {
    Map<Integer, List<ParameterValue>> allowed = new HashMap<>();
    dimensions.forEach(i -> collectTests(space.dimensions().get(i), allowed));
    List<List<Piece>> region = new ArrayList<>();
    for (int j = 0; j < space.dimensions().size(); j++) {
      List<ParameterValue> values = allowed.get(j);
      region.add(values == null ? List.of(Piece.WHOLE) : forest.axes().get(j).pieces(values));
    }
    return region;
  }

  private void collectTests(Dimension dimension, Map<Integer, List<ParameterValue>> into) {
    Dimension.Condition condition = dimension.condition();
    if (condition == null) {
      return;
    }
    for (Dimension.Test test : condition.tests()) {
      int subject = indexOf(test.parameter());
      if (subject >= 0) {
        into.merge(
            subject, test.values(), (one, other) -> one.stream().filter(other::contains).toList());
        collectTests(space.dimensions().get(subject), into);
      }
    }
  }
}
