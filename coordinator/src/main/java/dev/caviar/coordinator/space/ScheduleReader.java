package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoublePredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads whether trials end early: the section schedule. */
final class ScheduleReader {
  private static final String NONE = "none";
  private static final String MEDIAN = "median";
  private static final String SUCCESSIVE_HALVING = "successive_halving";
  private static final String ASHA = "asha";
  private static final String HYPERBAND = "hyperband";
  private static final String POPULATION_BASED = "population_based";
  private static final List<String> RULES =
      List.of(NONE, MEDIAN, SUCCESSIVE_HALVING, ASHA, HYPERBAND, POPULATION_BASED);

  private static final String EARLY_STOPPING = "early_stopping";
  private static final String MIN_EPOCHS = "min_epochs";
  private static final String INTERVAL = "interval";
  private static final String STARTUP_TRIALS = "startup_trials";
  private static final String REDUCTION_FACTOR = "reduction_factor";
  private static final String QUANTILE = "quantile";
  private static final String RESAMPLE = "resample";

  /** Which rules have an option. */
  private static final Map<String, Set<String>> OWNERS =
      Map.of(
          MIN_EPOCHS, Set.of(MEDIAN, SUCCESSIVE_HALVING, ASHA),
          INTERVAL, Set.of(MEDIAN, POPULATION_BASED),
          STARTUP_TRIALS, Set.of(MEDIAN),
          REDUCTION_FACTOR, Set.of(SUCCESSIVE_HALVING, ASHA, HYPERBAND),
          QUANTILE, Set.of(POPULATION_BASED),
          RESAMPLE, Set.of(POPULATION_BASED));

  private static final List<String> OPTIONS =
      List.of(MIN_EPOCHS, INTERVAL, STARTUP_TRIALS, REDUCTION_FACTOR, QUANTILE, RESAMPLE);

  private static final List<String> KEYS =
      Stream.concat(Stream.of(EARLY_STOPPING), OPTIONS.stream()).toList();

  /** Samplers whose points need no results: a population begins together. */
  private static final List<String> BEGINNERS = List.of("random", "sobol", "halton", "grid");

  private static final int MOST = 1_000_000;

  private final Problems problems;
  private final Scalars scalars;

  ScheduleReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
  }

  /**
   * Null only if something is reported.
   *
   * @param search null where it is wrong itself
   * @param space null where it is wrong itself
   */
  @Nullable EarlyStopping read(Mapping file, @Nullable Search search, @Nullable SearchSpace space) {
    Node node = file.value("schedule");
    if (node == null) {
      return new EarlyStopping.None();
    }
    Mapping schedule = Mapping.read(node, "schedule: ", KEYS, problems);
    if (schedule == null) {
      return null;
    }
    Node ruleNode = schedule.value(EARLY_STOPPING);
    String rule =
        ruleNode == null ? NONE : scalars.oneOf(ruleNode, "schedule: early_stopping", RULES);
    Integer epochs = epochs(space);
    // At every rung a checkpoint is stored: at every epoch would be many.
    long tenth = epochs == null ? 1 : Math.max(1, epochs / 10);
    Long minEpochs = whole(schedule, MIN_EPOCHS, MEDIAN.equals(rule) ? tenth : 1, 1);
    Long interval = whole(schedule, INTERVAL, tenth, 1);
    Long startupTrials = whole(schedule, STARTUP_TRIALS, 5, 1);
    Long reductionFactor = whole(schedule, REDUCTION_FACTOR, 3, 2);
    Double quantile =
        fraction(schedule, QUANTILE, 0.25, q -> q > 0 && q <= 0.5, "above 0 and at most 0.5");
    Double resample = fraction(schedule, RESAMPLE, 0.25, p -> p >= 0 && p <= 1, "from 0 to 1");
    if (rule != null) {
      reportForeignOptions(schedule, rule);
    }
    if (rule == null
        || minEpochs == null
        || interval == null
        || startupTrials == null
        || reductionFactor == null
        || quantile == null
        || resample == null) {
      return null;
    }
    if (rule.equals(POPULATION_BASED)) {
      boolean possible = reportNoPopulation(schedule, search, space, interval);
      return possible
          ? new EarlyStopping.PopulationBased(interval.intValue(), quantile, resample)
          : null;
    }
    if (!rule.equals(NONE) && epochs != null) {
      boolean hyperband = rule.equals(HYPERBAND);
      long least = hyperband ? reductionFactor : minEpochs + 1;
      if (epochs < least) {
        problems.add(
            schedule.has(MIN_EPOCHS) ? schedule.at(MIN_EPOCHS) : schedule.node(),
            hyperband
                ? "schedule: hyperband with reduction_factor %d needs trials of at least %d epochs, they have %d"
                    .formatted(reductionFactor, least, epochs)
                : "schedule: min_epochs must be less than the %d epochs of a whole trial, is %d"
                    .formatted(epochs, minEpochs));
        return null;
      }
    }
    if (!rule.equals(NONE) && search instanceof Search.Reproducible) {
      problems.add(
          schedule.node(),
          "schedule: which trials end early depends on others, so a sampler that learns from them"
              + " is not reproducible with it; drop reproducible: true, or take early_stopping:"
              + " none");
      return null;
    }
    int first = minEpochs.intValue();
    int factor = reductionFactor.intValue();
    return switch (rule) {
      case MEDIAN -> new EarlyStopping.Median(first, interval.intValue(), startupTrials.intValue());
      case SUCCESSIVE_HALVING -> new EarlyStopping.SuccessiveHalving(first, factor);
      case ASHA -> new EarlyStopping.Asha(first, factor);
      case HYPERBAND -> new EarlyStopping.Hyperband(factor);
      default -> new EarlyStopping.None();
    };
  }

  /** Reports what a population cannot do; false if there is anything. */
  private boolean reportNoPopulation(
      Mapping schedule, @Nullable Search search, @Nullable SearchSpace space, long interval) {
    int before = problems.count();
    Node at = schedule.at(EARLY_STOPPING);
    Integer epochs = epochs(space);
    if (epochs != null && interval >= epochs) {
      problems.add(
          schedule.at(INTERVAL),
          "schedule: interval must be less than the %d epochs of a whole trial, is %d"
              .formatted(epochs, interval));
    }
    if (learns(search)) {
      problems.add(
          at,
          "schedule: a population begins together, before there are results to learn from; with"
              + " population_based the sampler must be "
              + Scalars.either(BEGINNERS));
    }
    if (search != null && search.trials() < 2) {
      problems.add(at, "schedule: a population needs at least 2 trials, search: trials is 1");
    }
    if (space != null && space.dimensions().stream().noneMatch(Dimension::changeableInTraining)) {
      problems.add(
          at,
          "schedule: population_based changes parameters while networks are trained, and none that"
              + " is sampled here can change; sample one of "
              + String.join(", ", changeable()));
    }
    return problems.count() == before;
  }

  private static boolean learns(@Nullable Search search) {
    return switch (search) {
      case Search.Random r -> false;
      case Search.Sobol s -> false;
      case Search.Halton h -> false;
      case Search.Grid g -> false;
      case null -> false;
      default -> true;
    };
  }

  private static List<String> changeable() {
    return Arrays.stream(Hyperparameter.values())
        .filter(Hyperparameter::changeableInTraining)
        .map(Hyperparameter::key)
        .toList();
  }

  /** Of a whole trial; null where it is wrong itself. */
  static @Nullable Integer epochs(@Nullable SearchSpace space) {
    return space != null
            && space.constants().get(Hyperparameter.EPOCHS.key())
                instanceof ParameterValue.Whole(long epochs)
        ? (Integer) Math.toIntExact(epochs)
        : null;
  }

  private void reportForeignOptions(Mapping schedule, String rule) {
    for (String option : schedule.present(OPTIONS.toArray(String[]::new))) {
      Set<String> owners = OWNERS.getOrDefault(option, Set.of());
      if (!owners.contains(rule)) {
        problems.add(
            schedule.at(option),
            "schedule: %s belongs to early_stopping %s, not to %s; drop it"
                .formatted(
                    option,
                    String.join(" or ", RULES.stream().filter(owners::contains).toList()),
                    rule));
      }
    }
  }

  private @Nullable Double fraction(
      Mapping schedule, String key, double standard, DoublePredicate legal, String range) {
    Node node = schedule.value(key);
    if (node == null) {
      return standard;
    }
    Double number = scalars.number(node, "schedule: " + key);
    if (number != null && !legal.test(number)) {
      problems.add(node, "schedule: %s must be %s, %s".formatted(key, range, Scalars.is(node)));
      return null;
    }
    return number;
  }

  private @Nullable Long whole(Mapping schedule, String key, long standard, long min) {
    return scalars.whole(schedule.value(key), "schedule: " + key, standard, min, MOST);
  }
}
