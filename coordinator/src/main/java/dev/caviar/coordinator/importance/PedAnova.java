package dev.caviar.coordinator.importance;

import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.SearchSpace;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.commons.numbers.gamma.ErfDifference;

/**
 * Which dimensions set the best trials apart from the rest (Watanabe, Bansal and Hutter,
 * "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary Subspaces", IJCAI
 * 2023): for each dimension the Pearson divergence between the density of the best trials' values
 * and that of all trials' values, both estimated by Parzen windows on a grid over the dimension's
 * scale. No forest is grown; the cost is that of sorting the trials.
 *
 * <p>A conditional dimension is looked at among the trials that use it, and weighs as much as these
 * are among the best: with α of the best trials and β of all trials using it, its divergence counts
 * α²/β (Watanabe's and Ito's conditional PED-ANOVA, arXiv:2601.20800, theorem 4.2). Interactions
 * this method does not know.
 */
public final class PedAnova {
  /** From fewer completed trials the best quarter would be fewer than five. */
  public static final int LEAST_TRIALS = 20;

  /** Cells of the grid over a range, at most. */
  static final int CELLS = 50;

  /** The narrowest window, in cells: 90 % of it lies in its own. */
  private static final double NARROWEST = 0.5 / 1.64;

  /** Keeps a ratio of densities finite. */
  private static final double TINY = 1e-12;

  private PedAnova() {}

  /**
   * Shares of all dimensions, the largest first. They add up to 1, or are all 0 if no dimension
   * sets the best trials apart.
   *
   * @param observations the completed trials
   * @param minimize whether a smaller objective is better
   * @param quantile which fraction of the trials is the best, above 0 and below 1; equal ones are
   *     taken with the last of them
   * @throws IllegalArgumentException if there are fewer than {@link #LEAST_TRIALS}, or if the best
   *     are all of them
   */
  public static List<Effect> of(
      SearchSpace space, List<Observation> observations, boolean minimize, double quantile) {
    if (!(quantile > 0 && quantile < 1)) {
      throw new IllegalArgumentException("quantile must be above 0 and below 1, is " + quantile);
    }
    if (observations.size() < LEAST_TRIALS) {
      throw new IllegalArgumentException(
          "%d completed trials are too few: at least %d are needed"
              .formatted(observations.size(), LEAST_TRIALS));
    }
    List<Observation> best = best(observations, minimize, quantile);
    if (best.size() == observations.size()) {
      throw new IllegalArgumentException(
          "the best %s of the trials are all of them, as they have the same objective"
              .formatted(quantile));
    }
    double[] divergences =
        space.dimensions().stream()
            .mapToDouble(dimension -> weighed(dimension, best, observations))
            .toArray();
    double sum = Arrays.stream(divergences).sum();
    return IntStream.range(0, divergences.length)
        .mapToObj(
            i ->
                new Effect(
                    List.of(space.dimensions().get(i).name()),
                    sum == 0 ? 0 : divergences[i] / sum,
                    null))
        .sorted(Comparator.comparingDouble(Effect::share).reversed())
        .toList();
  }

  private static List<Observation> best(
      List<Observation> observations, boolean minimize, double quantile) {
    double sign = minimize ? 1 : -1;
    double[] sorted =
        observations.stream().mapToDouble(o -> sign * o.objective()).sorted().toArray();
    double last = sorted[(int) Math.ceil(quantile * sorted.length) - 1];
    return observations.stream().filter(o -> sign * o.objective() <= last).toList();
  }

  private static double weighed(
      Dimension dimension, List<Observation> best, List<Observation> all) {
    List<ParameterValue> ofBest = values(dimension, best);
    List<ParameterValue> ofAll = values(dimension, all);
    if (ofBest.isEmpty()) {
      return 0;
    }
    double alpha = (double) ofBest.size() / best.size();
    double beta = (double) ofAll.size() / all.size();
    return alpha * alpha / beta * divergence(dimension, all, ofBest, ofAll);
  }

  private static List<ParameterValue> values(Dimension dimension, List<Observation> trials) {
    return trials.stream()
        .map(trial -> trial.point().values().get(dimension.name()))
        .filter(Objects::nonNull)
        .toList();
  }

  /** The Pearson divergence of the first values' density from that of the second. */
  private static double divergence(
      Dimension dimension,
      List<Observation> all,
      List<ParameterValue> ofBest,
      List<ParameterValue> ofAll) {
    Axis axis = Axis.of(dimension, all);
    double[] top = density(axis, ofBest);
    double[] base = density(axis, ofAll);
    double divergence = 0;
    for (int cell = 0; cell < top.length; cell++) {
      double ratio = (top[cell] + TINY) / (base[cell] + TINY) - 1;
      divergence += (base[cell] + TINY) * ratio * ratio;
    }
    return divergence;
  }

  /** Probabilities of the grid's cells, or of the choices. */
  static double[] density(Axis axis, List<ParameterValue> values) {
    return switch (axis) {
      case Axis.Choices choices -> densityOfChoices(choices, values);
      case Axis.Reals reals ->
          density(
              CELLS,
              values.stream()
                  .mapToDouble(
                      v ->
                          reals
                              .scale()
                              .toUnit(((ParameterValue.Real) v).value(), reals.low(), reals.high()))
                  .toArray());
      case Axis.Wholes wholes ->
          density(
              (int) Math.min(CELLS, wholes.high() - wholes.low() + 1),
              values.stream()
                  .mapToDouble(
                      v ->
                          wholes
                              .scale()
                              .toUnit(
                                  (double) ((ParameterValue.Whole) v).value(),
                                  (double) wholes.low(),
                                  (double) wholes.high()))
                  .toArray());
    };
  }

  /**
   * One kernel for each value, which gives the other choices a little, the less the more values
   * there are, and an even one.
   */
  private static double[] densityOfChoices(Axis.Choices axis, List<ParameterValue> values) {
    int k = axis.choices().size();
    double kernels = values.size() + 1.0;
    double little = 1 / kernels;
    double[] density = new double[k];
    // Each value's kernel sums to 1, as does the even one; all count alike.
    Arrays.fill(density, (values.size() * little / (1 + k * little) + 1.0 / k) / kernels);
    for (ParameterValue value : values) {
      density[axis.choices().indexOf(value)] += 1 / (1 + k * little) / kernels;
    }
    return density;
  }

  /**
   * A Parzen estimate on a grid whose first and last cells have the scale's ends in their middle:
   * normal windows, cut off at the grid's ends, of the width that Scott's rule gives for the cells
   * the values fall in, and an even one that is as wide as the grid.
   */
  private static double[] density(int cells, double[] units) {
    if (cells == 1) {
      return new double[] {1};
    }
    int[] counts = new int[cells];
    for (double unit : units) {
      // Half-way between two cells counts as the lower.
      int cell = (int) Math.ceil(unit * (cells - 1) - 0.5);
      counts[Math.clamp(cell, 0, cells - 1)]++;
    }
    double width = Math.max(scott(counts, units.length), NARROWEST);
    double[] density = new double[cells];
    for (int cell = 0; cell < cells; cell++) {
      if (counts[cell] > 0) {
        addWindow(density, cell, width, counts[cell] / (units.length + 1.0));
      }
    }
    addWindow(density, (cells - 1) / 2.0, cells, 1 / (units.length + 1.0));
    return density;
  }

  /** 1.059 · min(IQR / 1.34, σ) · n^(−1/5): Scott, "Multivariate Density Estimation", 1992. */
  private static double scott(int[] counts, int n) {
    double mean = 0;
    for (int cell = 0; cell < counts.length; cell++) {
      mean += (double) cell * counts[cell] / n;
    }
    double squares = 0;
    for (int cell = 0; cell < counts.length; cell++) {
      squares += counts[cell] * (cell - mean) * (cell - mean);
    }
    double sigma = Math.sqrt(squares / Math.max(1, n - 1));
    int lower = firstWhere(counts, n / 4, true);
    int upper = firstWhere(counts, n * 3 / 4, false);
    return 1.059 * Math.min((upper - lower) / 1.34, sigma) * Math.pow(n, -0.2);
  }

  /** The first cell in use up to which there are that many values, or more than that many. */
  private static int firstWhere(int[] counts, int many, boolean reached) {
    int sum = 0;
    int last = 0;
    for (int cell = 0; cell < counts.length; cell++) {
      if (counts[cell] == 0) {
        continue;
      }
      last = cell;
      sum += counts[cell];
      if (reached ? sum >= many : sum > many) {
        return cell;
      }
    }
    return last;
  }

  private static void addWindow(double[] density, double middle, double width, double weight) {
    double inside = normal(-0.5, density.length - 0.5, middle, width);
    for (int cell = 0; cell < density.length; cell++) {
      density[cell] += weight * normal(cell - 0.5, cell + 0.5, middle, width) / inside;
    }
  }

  /** The probability that a normal variable lies between two numbers. */
  private static double normal(double from, double to, double mean, double deviation) {
    double scale = deviation * Math.sqrt(2);
    return ErfDifference.value((from - mean) / scale, (to - mean) / scale) / 2;
  }
}
