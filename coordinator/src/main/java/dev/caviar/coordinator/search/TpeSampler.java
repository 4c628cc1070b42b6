package dev.caviar.coordinator.search;

import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Dimension.Test;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.apache.commons.rng.UniformRandomProvider;
import org.jspecify.annotations.Nullable;

/**
 * The tree-structured Parzen estimator: draws each trial from where good trials are denser than bad
 * ones. Bergstra et al., "Algorithms for hyper-parameter optimization", 2011; with joint kernels as
 * in Falkner et al., "BOHB: robust and efficient hyperparameter optimization at scale", 2018.
 *
 * <p>The best tenth of the ended trials, rounded up and at most 25, are the good ones; all others
 * are the bad ones, among them those that failed or diverged, and those still running, so that
 * trials drawn before any of them ends keep apart (a constant liar). Of equal objectives the lower
 * trial number is better. With l the density of the good ones and g of the bad ones, points are
 * drawn from l, and the one with the largest l/g is the trial's: the one with the largest expected
 * improvement (section 4.1). {@link ParzenEstimator} has the densities.
 *
 * <p>With several objectives the good trials are those of the first Pareto fronts: Ozaki et al.,
 * "Multiobjective tree-structured Parzen estimator for computationally expensive optimization
 * problems", 2020; {@link ParetoFront#best} has the rule. Their kernels weigh the same.
 *
 * <p>Trials that broke a constraint are worse than all that did not, and better than each other the
 * less they broke it, so that the good ones are the least bad as long as none keeps to it.
 *
 * <p>Trials are drawn as by {@link RandomSampler} until {@code startup_trials} have ended, one of
 * them completed. From then on a point depends on which trials have ended when it is drawn, and so,
 * where several run at once, on how long each takes.
 *
 * <p>With early stopping few trials train all their epochs, so a trial's result is its objective at
 * a rung: the last one that {@code startup_trials} trials have a result at, or the end of whole
 * trials once as many have come there. Trials that were stopped before are left out: at that rung
 * there is nothing to compare. So {@code tpe} with Hyperband is what BOHB is (section 3.2 of its
 * paper, with {@code startup_trials} for the N_min + 2 observations that a model takes).
 *
 * <p>Conditions need no groups: a point has the dimensions that its other values call for, and
 * kernels are compared in these alone. One that lacks a dimension has the prior's factor there, so
 * a good trial with one optimizer also speaks for its learning rate with another.
 */
public final class TpeSampler implements Sampler {
  /** As an epoch: the last of a whole trial, after all rungs. */
  private static final int WHOLE = Integer.MAX_VALUE;

  /** How many good trials there are at the most. */
  private static final int MOST_GOOD = 25;

  private final SearchSpace space;
  private final Search.Tpe search;
  private final List<Domain> domains;

  /** Whether conditions ask for a dimension's value. */
  private final boolean[] tested;

  /** Used under its lock. */
  private final Observations observations;

  public TpeSampler(SearchSpace space, Search.Tpe search) {
    this.space = space;
    this.search = search;
    this.domains = space.dimensions().stream().map(Dimension::domain).toList();
    this.observations = new Observations(space.dimensions());
    Set<String> names =
        space.dimensions().stream()
            .flatMap(d -> tests(d).stream())
            .map(Test::parameter)
            .collect(Collectors.toSet());
    this.tested = new boolean[domains.size()];
    for (int d = 0; d < tested.length; d++) {
      tested[d] = names.contains(space.dimensions().get(d).name());
    }
  }

  private static List<Test> tests(Dimension dimension) {
    Dimension.Condition condition = dimension.condition();
    return condition == null ? List.of() : condition.tests();
  }

  @Override
  public Proposal propose(int trial, History history) {
    if (trial >= search.trials()) {
      return new Proposal.Exhausted();
    }
    List<TrialRecord> before =
        history.trials().subList(0, Math.min(trial, history.trials().size()));
    Split split = split(before, history.minimize());
    Point point =
        split == null
            ? Draws.point(space, domains, search.seed(), trial)
            : best(trial, before, split);
    return new Proposal.Sampled(point, null);
  }

  @Override
  public int independentOfResults() {
    return search.startupTrials();
  }

  @Override
  public boolean dependsOnOrderOfResults() {
    return true;
  }

  /** The numbers of the good trials and of all others, each increasing. */
  private record Split(int[] good, int[] bad) {}

  /** Null as long as there is too little to learn from. */
  private @Nullable Split split(List<TrialRecord> trials, boolean minimize) {
    int level = level(trials);
    double[] losses = new double[trials.size()];
    double[] violations = new double[losses.length];
    boolean[] leftOut = new boolean[losses.length];
    int ended = 0;
    int reached = 0;
    int infeasible = 0;
    for (int i = 0; i < losses.length; i++) {
      TrialRecord trial = trials.get(i);
      Double value = at(trial, level);
      losses[i] = Double.NaN;
      if (value != null) {
        losses[i] = minimize ? value : -value;
        reached++;
      }
      boolean breaks = trial.status() == Status.INFEASIBLE;
      violations[i] = breaks ? trial.violation() : Double.NaN;
      infeasible += breaks ? 1 : 0;
      // What ended at a lower rung is not compared; what failed is worse than all.
      leftOut[i] = value == null && trial.status() == Status.STOPPED;
      ended += value != null || breaks || isFailed(trial) ? 1 : 0;
    }
    if (ended < search.startupTrials() || reached + infeasible == 0) {
      return null;
    }
    int wanted = Math.min((int) Math.ceil(0.1 * ended), MOST_GOOD);
    int feasible = Math.min(wanted, reached);
    int[] good =
        IntStream.concat(
                Arrays.stream(
                    hasFront(trials)
                        ? bestOfFronts(trials, losses, feasible)
                        : best(losses, feasible)),
                Arrays.stream(best(violations, Math.min(wanted - feasible, infeasible))))
            .sorted()
            .toArray();
    int[] bad =
        IntStream.range(0, losses.length)
            .filter(i -> !leftOut[i] && Arrays.binarySearch(good, i) < 0)
            .toArray();
    return new Split(good, bad);
  }

  private static boolean hasFront(List<TrialRecord> trials) {
    return trials.stream().anyMatch(trial -> !trial.others().isEmpty());
  }

  /** By more than one objective; the places, increasing, of trials whose loss is a number. */
  private static int[] bestOfFronts(List<TrialRecord> trials, double[] losses, int count) {
    int[] compared =
        IntStream.range(0, losses.length).filter(i -> !Double.isNaN(losses[i])).toArray();
    double[][] all =
        Arrays.stream(compared)
            .mapToObj(
                i ->
                    DoubleStream.concat(
                            DoubleStream.of(losses[i]),
                            trials.get(i).others().stream().mapToDouble(loss -> loss))
                        .toArray())
            .toArray(double[][]::new);
    return Arrays.stream(ParetoFront.best(all, count)).map(i -> compared[i]).toArray();
  }

  /** Or completed with an objective that is not a number. */
  private static boolean isFailed(TrialRecord trial) {
    return trial.status() == Status.FAILED
        || (trial.status() == Status.COMPLETED && at(trial, WHOLE) == null);
  }

  /**
   * The epoch whose results are learned from: the last that as many trials have a result at as it
   * takes to learn; else, and without rungs, that of whole trials. Failed and infeasible trials
   * count for each.
   */
  private int level(List<TrialRecord> trials) {
    int failed =
        (int)
            trials.stream()
                .map(TrialRecord::status)
                .filter(status -> status == Status.FAILED || status == Status.INFEASIBLE)
                .count();
    TreeMap<Integer, Integer> results = new TreeMap<>();
    for (TrialRecord trial : trials) {
      for (int epoch : trial.rungs().keySet()) {
        if (at(trial, epoch) != null) {
          results.merge(epoch, 1, Integer::sum);
        }
      }
      if (at(trial, WHOLE) != null) {
        results.merge(WHOLE, 1, Integer::sum);
      }
    }
    return results.descendingMap().entrySet().stream()
        .filter(level -> level.getValue() + failed >= search.startupTrials())
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(WHOLE);
  }

  /** Its objective at an epoch; null if it has none, or none that is a number. */
  private static @Nullable Double at(TrialRecord trial, int epoch) {
    Double value = epoch == WHOLE ? trial.objective() : trial.rungs().get(epoch);
    boolean has = epoch != WHOLE || trial.status() == Status.COMPLETED;
    return !has || value == null || value.isNaN() ? null : value;
  }

  /** The places, increasing, of the smallest; of equals the first. NaN is none. */
  private static int[] best(double[] losses, int count) {
    if (count == 0) {
      return new int[0];
    }
    int[] best = new int[count];
    int found = 0;
    for (int i = 0; i < losses.length; i++) {
      if (Double.isNaN(losses[i]) || (found == count && losses[i] >= losses[best[count - 1]])) {
        continue;
      }
      int at = found == count ? count - 1 : found++;
      while (at > 0 && losses[best[at - 1]] > losses[i]) {
        best[at] = best[at - 1];
        at--;
      }
      best[at] = i;
    }
    Arrays.sort(best);
    return best;
  }

  private Point best(int trial, List<TrialRecord> before, Split split) {
    synchronized (observations) {
      observations.follow(before);
      ParzenEstimator good = new ParzenEstimator(observations, split.good());
      ParzenEstimator bad = new ParzenEstimator(observations, split.bad());
      UniformRandomProvider random =
          Draws.stream(search.seed(), Draws.Purpose.CANDIDATES, trial, 0);
      double[][] candidates = new double[search.candidates()][];
      Arrays.setAll(candidates, i -> candidate(good, random));
      double[] likely = good.densities(candidates);
      double[] unlikely = bad.densities(candidates);
      int best = 0;
      for (int i = 1; i < candidates.length; i++) {
        if (likely[i] / unlikely[i] > likely[best] / unlikely[best]) {
          best = i;
        }
      }
      return point(candidates[best]);
    }
  }

  /** Coordinates drawn from the density; NaN where a dimension does not apply. */
  private double[] candidate(ParzenEstimator good, UniformRandomProvider random) {
    double[] candidate = new double[domains.size()];
    Map<String, ParameterValue> values = new HashMap<>();
    int kernel = good.drawKernel(random);
    for (int d = 0; d < candidate.length; d++) {
      Dimension dimension = space.dimensions().get(d);
      if (!space.applies(dimension, values)) {
        candidate[d] = Double.NaN;
        continue;
      }
      candidate[d] = good.draw(d, kernel, random);
      if (tested[d]) {
        values.put(dimension.name(), observations.kind(d).value(candidate[d]));
      }
    }
    return candidate;
  }

  private Point point(double[] candidate) {
    Map<String, ParameterValue> values = new LinkedHashMap<>();
    for (int d = 0; d < candidate.length; d++) {
      if (!Double.isNaN(candidate[d])) {
        values.put(space.dimensions().get(d).name(), observations.kind(d).value(candidate[d]));
      }
    }
    return new Point(Collections.unmodifiableMap(values));
  }
}
