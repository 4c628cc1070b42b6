package dev.caviar.coordinator.space;

import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.DataSource;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A sweep file, understood.
 *
 * @param name letters, digits, dots, dashes and underscores, the first a letter or digit; at most
 *     64. Safe as the name of a file
 * @param file the text as it was written
 * @param epochs of a trial that is not stopped early, at least 1
 * @param objectives at least one; where there are more, no trial but those of a front is better
 *     than all others
 * @param constraints what a trial has to keep to, or it is never the best
 * @param retest when its best is to be tested again; null where the file says nothing of that
 * @param layerStatistics whether points of curves say how each hidden layer is
 */
public record SweepDefinition(
    String name,
    String file,
    DataSource data,
    SearchSpace space,
    int epochs,
    List<Objective> objectives,
    List<Constraint> constraints,
    Search search,
    Repeats repeats,
    EarlyStopping earlyStopping,
    @Nullable Retest retest,
    boolean layerStatistics) {

  public SweepDefinition {
    objectives = List.copyOf(objectives);
    constraints = List.copyOf(constraints);
  }

  /** The first objective: the only one, unless trials are compared by a front. */
  public Objective objective() {
    return objectives.getFirst();
  }

  /** Whether trials are compared by more than one objective. */
  public boolean hasFront() {
    return objectives.size() > 1;
  }

  /** Whether an objective or a constraint is about this. */
  public boolean asksFor(Metric metric) {
    return objectives.stream().anyMatch(objective -> objective.metric() == metric)
        || constraints.stream().anyMatch(constraint -> constraint.metric() == metric);
  }

  /** The constraints that a trial breaks which ends after this epoch. */
  public List<Constraint> broken(CurvePoint last) {
    return constraints.stream()
        .filter(constraint -> constraint.violation(constraint.metric().value(last)) > 0)
        .toList();
  }

  /** How many parameters a network may have at the most; 0: any number. */
  public long largestNetwork() {
    return constraints.stream()
        .filter(constraint -> constraint.metric() == Metric.PARAMETERS)
        .map(Constraint::max)
        .filter(Objects::nonNull)
        .mapToLong(max -> Math.max(1, (long) Math.floor(max)))
        .findFirst()
        .orElse(0);
  }

  /** The same with so many points to try more. */
  public SweepDefinition plus(int trials) {
    return with(search.plus(trials), earlyStopping);
  }

  /** The same with another search and early stopping. */
  public SweepDefinition with(Search other, EarlyStopping otherStopping) {
    return new SweepDefinition(
        name,
        file,
        data,
        space,
        epochs,
        objectives,
        constraints,
        other,
        repeats,
        otherStopping,
        retest,
        layerStatistics);
  }

  /** The same with another space. */
  public SweepDefinition in(SearchSpace other) {
    return new SweepDefinition(
        name,
        file,
        data,
        other,
        epochs,
        objectives,
        constraints,
        search,
        repeats,
        earlyStopping,
        retest,
        layerStatistics);
  }

  /**
   * How often each point is trained, each time with another seed.
   *
   * @param count at least 1
   * @param pairedSeeds whether the r-th trial of every point has the same seed
   */
  public record Repeats(int count, boolean pairedSeeds) {
    /** Each point once. */
    public static final Repeats NONE = new Repeats(1, false);

    /** More would tell nothing new. */
    static final int MOST = 1_000;
  }

  /**
   * When the best of a sweep is to be tested again.
   *
   * @param every after how long at the latest, at least a second; null: however old it is
   * @param onChange of what it is to be when that has changed
   * @param seeds on how many each point is trained then, at least 2
   */
  public record Retest(@Nullable Duration every, Set<Change> onChange, int seeds) {
    /** Unless the sweep file says. */
    public static final int STANDARD_SEEDS = 5;

    /** One pair of trials tells nothing of how much such pairs differ. */
    public static final int LEAST_SEEDS = 2;

    /** As of any point. */
    public static final int MOST_SEEDS = Repeats.MOST;

    public Retest {
      onChange = Set.copyOf(onChange);
    }
  }

  /** What makes an old result doubtful. */
  public enum Change {
    DATA,
    CODE;

    /** Its name in sweep files, such as data. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
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

  /**
   * What makes one trial better than another: a number that its curve has.
   *
   * @param of which of the epochs' values
   * @param over how many of the last epochs the mean is of, at least 1; 1 unless it is a mean
   */
  public record Objective(Metric metric, boolean minimize, Of of, int over) {
    /** The value after the last epoch. */
    public Objective(Metric metric, boolean minimize) {
      this(metric, minimize, Of.LAST, 1);
    }

    /** The smaller the better: the value, its sign changed where more is better. */
    public double loss(double value) {
      return minimize || Double.isNaN(value) ? value : -value;
    }

    /** Whether a value is better than another. What is not a number is worse than all that are. */
    public boolean isBetter(double value, double than) {
      return Double.isNaN(than) || (minimize ? value < than : value > than);
    }

    /** What a trial with this curve has; null where it has no point. */
    public @Nullable Double value(Iterable<CurvePoint> curve) {
      CurveScore score = new CurveScore(this);
      curve.forEach(score::add);
      return score.value();
    }

    /** In words: least dev_error, mean of the last 5 epochs. */
    public String text() {
      return (minimize ? "least " : "greatest ")
          + metric.key()
          + switch (of) {
            case LAST -> "";
            case BEST -> " of any epoch";
            case MEAN -> ", mean of the last %d epochs".formatted(over);
          };
    }
  }

  /** Which of a curve's values counts. */
  public enum Of {
    /** That after the last epoch. */
    LAST,
    /** The least of all epochs, or the greatest where more is better. */
    BEST,
    /** The mean of the last epochs. */
    MEAN;

    /** Its name in sweep files, such as last. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What a trial has to keep to at its end.
   *
   * @param min inclusive; null: no limit
   * @param max inclusive; null: no limit
   */
  public record Constraint(Metric metric, @Nullable Double min, @Nullable Double max) {
    /**
     * By how much a value breaks it, as a fraction of the limit, or as it is where that is 0;
     * infinite where the value is not a number. 0 if it keeps to it.
     */
    public double violation(double value) {
      if (Double.isNaN(value)) {
        return Double.POSITIVE_INFINITY;
      }
      if (max != null && value > max) {
        return excess(value - max, max);
      }
      return min != null && value < min ? excess(min - value, min) : 0;
    }

    private static double excess(double by, double limit) {
      return limit == 0 ? by : by / Math.abs(limit);
    }

    /** Whether a trial that ends after this epoch has too much of it, rather than too little. */
    public boolean isAbove(CurvePoint last) {
      return max != null && metric.value(last) > max;
    }

    /** In words: training_time at most 30.0. */
    public String text() {
      return metric.key()
          + (min == null ? "" : " at least " + number(min))
          + (max == null ? "" : (min == null ? "" : " and") + " at most " + number(max));
    }

    private static String number(double value) {
      return value == Math.rint(value) && Math.abs(value) < 1e15
          ? Long.toString((long) value)
          : Double.toString(value);
    }

    /** Why a value breaks it, in words. */
    public String broken(double value) {
      return "%s is %s, and must be %s"
          .formatted(metric.key(), number(value), text().substring(metric.key().length() + 1));
    }
  }

  /** What can be read off a curve after an epoch. */
  public enum Metric {
    DEV_ERROR,
    DEV_LOSS,
    TRAIN_LOSS,
    /** Seconds since the first mini-batch, pauses left out. Never the same twice. */
    TRAINING_TIME,
    /** Of the network: weights, biases, and scales and shifts of batch norm. */
    PARAMETERS;

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

    /** Whether it says how well a network has learned; the others say what it costs. */
    public boolean isOfLearning() {
      return switch (this) {
        case DEV_ERROR, DEV_LOSS, TRAIN_LOSS -> true;
        case TRAINING_TIME, PARAMETERS -> false;
      };
    }

    /** Its value after an epoch. */
    public double value(CurvePoint point) {
      return switch (this) {
        case DEV_ERROR -> point.getDevError();
        case DEV_LOSS -> point.getDevLoss();
        case TRAIN_LOSS -> point.getTrainLoss();
        case TRAINING_TIME -> point.getElapsedMicros() / 1e6;
        case PARAMETERS -> point.getNetworkParameters();
      };
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
