package dev.caviar.coordinator.space;

import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.DataSource;
import java.util.Locale;

/**
 * A sweep file, understood.
 *
 * @param name letters, digits, dots, dashes and underscores, the first a letter or digit; at most
 *     64. Safe as the name of a file
 * @param file the text as it was written
 * @param epochs of a trial that is not stopped early, at least 1
 */
public record SweepDefinition(
    String name,
    String file,
    DataSource data,
    SearchSpace space,
    int epochs,
    Objective objective,
    Search search,
    EarlyStopping earlyStopping) {

  /** The same with so many trials more. */
  public SweepDefinition plus(int trials) {
    return new SweepDefinition(
        name, file, data, space, epochs, objective, search.plus(trials), earlyStopping);
  }

  /** The same with another space. */
  public SweepDefinition in(SearchSpace other) {
    return new SweepDefinition(name, file, data, other, epochs, objective, search, earlyStopping);
  }

  /** Whether trials end before their last epoch, and by which rule. */
  public sealed interface EarlyStopping {
    /** Every trial trains all its epochs. */
    record None() implements EarlyStopping {}

    /**
     * A trial ends that is worse than the median of those that were completed.
     *
     * @param minEpochs the first rung, at least 1
     * @param interval epochs from rung to rung, at least 1
     * @param startupTrials how many have to be completed before, at least 1
     */
    record Median(int minEpochs, int interval, int startupTrials) implements EarlyStopping {}

    /**
     * At each rung all trials wait for each other, and the best of them go on.
     *
     * @param minEpochs the first rung, at least 1
     * @param reductionFactor η: one of so many goes on, for so many times the epochs; at least 2
     */
    record SuccessiveHalving(int minEpochs, int reductionFactor) implements EarlyStopping {}

    /**
     * The same without waiting: each is compared with those that have reached the rung before.
     *
     * @param minEpochs the first rung, at least 1
     * @param reductionFactor η, at least 2
     */
    record Asha(int minEpochs, int reductionFactor) implements EarlyStopping {}

    /**
     * Successive halving over and over, with many trials that begin short to few that train all.
     *
     * @param reductionFactor η, at least 2
     */
    record Hyperband(int reductionFactor) implements EarlyStopping {}

    /**
     * No trial ends early: the worst go on as copies of the best, with changed parameters.
     *
     * @param interval epochs from exchange to exchange, at least 1
     * @param quantile the fraction of the trials that become copies, and of those that they are
     *     copies of; above 0 and at most 0.5
     * @param resample the probability with which a copy's parameter is sampled anew, from 0 to 1
     */
    record PopulationBased(int interval, double quantile, double resample)
        implements EarlyStopping {}
  }

  /** What makes one trial better than another: the metric's value at a trial's last epoch. */
  public record Objective(Metric metric, boolean minimize) {
    /** What a trial would have whose last epoch this is. */
    public double value(CurvePoint point) {
      return switch (metric) {
        case DEV_ERROR -> point.getDevError();
        case DEV_LOSS -> point.getDevLoss();
        case TRAIN_LOSS -> point.getTrainLoss();
      };
    }
  }

  /** The metrics of a curve point. */
  public enum Metric {
    DEV_ERROR,
    DEV_LOSS,
    TRAIN_LOSS;

    /**
     * The one of that key.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Metric named(String key) {
      return valueOf(key.toUpperCase(Locale.ROOT));
    }

    /** Its name in sweep files and results, such as dev_error. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Which sampler, with how many trials and which seed. */
  public sealed interface Search {
    /** More than any sweep needs, and few enough to count. */
    int MOST_TRIALS = 1_000_000;

    /** At least 1. For a grid the most that are run of it. */
    int trials();

    long seed();

    /** The same with so many trials more. Those it had before are drawn as they were. */
    default Search plus(int more) {
      int all = trials() + more;
      return switch (this) {
        case Random s -> new Random(all, s.seed);
        case Grid s -> new Grid(all, s.seed, s.points);
        case CoarseToFine s ->
            new CoarseToFine(all, s.seed, s.stages, s.keep, s.countEarlier, s.added + more);
        case Sobol s -> new Sobol(all, s.seed);
        case Halton s -> new Halton(all, s.seed);
        case Tpe s -> new Tpe(all, s.seed, s.startupTrials, s.candidates);
        case CmaEs s -> new CmaEs(all, s.seed, s.population, s.step);
        case GaussianProcess s -> new GaussianProcess(all, s.seed, s.startupTrials);
        case Reproducible s -> new Reproducible(s.adaptive.plus(more), s.parallel);
      };
    }

    /** Each trial from the whole space. */
    record Random(int trials, long seed) implements Search {}

    /**
     * Every combination of values.
     *
     * @param points how many values a range has in the grid unless it says itself, at least 1
     */
    record Grid(int trials, long seed, int points) implements Search {}

    /**
     * A smaller box at each stage.
     *
     * @param stages at least 2
     * @param keep the fraction of all ended trials that the next box is drawn around, above 0 and
     *     at most 1
     * @param countEarlier whether a stage needs fewer trials of its own where earlier ones lie in
     *     its box, so that more are left for the stages after it
     * @param added how many of the trials were added to those of the sweep file; the last stage has
     *     them
     */
    record CoarseToFine(
        int trials, long seed, int stages, double keep, boolean countEarlier, int added)
        implements Search {

      /** As a sweep file has it. */
      public CoarseToFine(int trials, long seed, int stages, double keep, boolean countEarlier) {
        this(trials, seed, stages, keep, countEarlier, 0);
      }

      /** Without counting earlier trials. */
      public CoarseToFine(int trials, long seed, int stages, double keep) {
        this(trials, seed, stages, keep, false);
      }
    }

    /** Evenly spread over the whole space, by a scrambled Sobol sequence. */
    record Sobol(int trials, long seed) implements Search {}

    /** Evenly spread over the whole space, by a scrambled Halton sequence. */
    record Halton(int trials, long seed) implements Search {}

    /**
     * Where good trials are denser than bad ones.
     *
     * @param startupTrials how many trials have to end before, at least 1
     * @param candidates how many points each trial is chosen from, at least 1
     */
    record Tpe(int trials, long seed, int startupTrials, int candidates) implements Search {}

    /**
     * Generation after generation from a normal distribution that follows the better half of each.
     *
     * @param population how many trials the first generation has, at least 4; 0: as many as the
     *     number of dimensions calls for
     * @param step the first standard deviation as a fraction of each range on its scale, above 0
     *     and at most 1
     */
    record CmaEs(int trials, long seed, int population, double step) implements Search {
      /** A population as the number of dimensions calls for. */
      public static final int STANDARD_POPULATION = 0;
    }

    /**
     * Where the largest improvement on the best is expected, by a Gaussian process.
     *
     * @param startupTrials how many trials have to end before, at least 1
     */
    record GaussianProcess(int trials, long seed, int startupTrials) implements Search {}

    /**
     * One whose points depend on results, which it is to see in the order of the trials' numbers.
     *
     * @param parallel how many trials may be under way at once, at least 1
     */
    record Reproducible(Search adaptive, int parallel) implements Search {
      @Override
      public int trials() {
        return adaptive.trials();
      }

      @Override
      public long seed() {
        return adaptive.seed();
      }
    }
  }
}
