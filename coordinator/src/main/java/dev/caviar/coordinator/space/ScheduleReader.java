package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads whether trials end early: the section schedule. */
final class ScheduleReader {
  private static final String NONE = "none";
  private static final String MEDIAN = "median";
  private static final String SUCCESSIVE_HALVING = "successive_halving";
  private static final String ASHA = "asha";
  private static final String HYPERBAND = "hyperband";
  private static final List<String> RULES =
      List.of(NONE, MEDIAN, SUCCESSIVE_HALVING, ASHA, HYPERBAND);

  private static final String EARLY_STOPPING = "early_stopping";
  private static final String MIN_EPOCHS = "min_epochs";
  private static final String INTERVAL = "interval";
  private static final String STARTUP_TRIALS = "startup_trials";
  private static final String REDUCTION_FACTOR = "reduction_factor";

  /** Which rules have an option. */
  private static final Map<String, Set<String>> OWNERS =
      Map.of(
          MIN_EPOCHS, Set.of(MEDIAN, SUCCESSIVE_HALVING, ASHA),
          INTERVAL, Set.of(MEDIAN),
          STARTUP_TRIALS, Set.of(MEDIAN),
          REDUCTION_FACTOR, Set.of(SUCCESSIVE_HALVING, ASHA, HYPERBAND));

  private static final List<String> KEYS =
      List.of(EARLY_STOPPING, MIN_EPOCHS, INTERVAL, STARTUP_TRIALS, REDUCTION_FACTOR);

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
    if (rule != null) {
      reportForeignOptions(schedule, rule);
    }
    if (rule == null
        || minEpochs == null
        || interval == null
        || startupTrials == null
        || reductionFactor == null) {
      return null;
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

  /** Of a whole trial; null where it is wrong itself. */
  private static @Nullable Integer epochs(@Nullable SearchSpace space) {
    return space != null
            && space.constants().get(Hyperparameter.EPOCHS.key())
                instanceof ParameterValue.Whole(long epochs)
        ? (Integer) Math.toIntExact(epochs)
        : null;
  }

  private void reportForeignOptions(Mapping schedule, String rule) {
    for (String option : schedule.present(MIN_EPOCHS, INTERVAL, STARTUP_TRIALS, REDUCTION_FACTOR)) {
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

  private @Nullable Long whole(Mapping schedule, String key, long standard, long min) {
    Node node = schedule.value(key);
    return node == null ? (Long) standard : scalars.whole(node, "schedule: " + key, min, MOST);
  }
}
