package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import dev.caviar.coordinator.space.SweepDefinition.Repeats;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads how to search: the section search. */
final class SearchReader {
  private static final String RANDOM = "random";
  private static final String GRID = "grid";
  private static final String COARSE_TO_FINE = "coarse_to_fine";
  private static final String SOBOL = "sobol";
  private static final String HALTON = "halton";
  private static final String TPE = "tpe";
  private static final String CMA_ES = "cma_es";
  private static final String GAUSSIAN_PROCESS = "gaussian_process";
  private static final List<String> SAMPLERS =
      List.of(RANDOM, GRID, COARSE_TO_FINE, SOBOL, HALTON, TPE, CMA_ES, GAUSSIAN_PROCESS);

  /** Those whose points depend on the order in which trials end. */
  private static final List<String> LEARNING = List.of(TPE, CMA_ES, GAUSSIAN_PROCESS);

  private static final int MOST_POINTS = 1_000;
  private static final int MOST_STAGES = 100;
  private static final int MOST_CANDIDATES = 10_000;
  private static final int LEAST_POPULATION = 4;
  private static final int MOST_POPULATION = 10_000;

  /** A third of a range lies within one deviation of its middle. */
  private static final double STANDARD_STEP = 1.0 / 6;

  private static final int MOST_PARALLEL = 10_000;

  private static final String REPEATS = "repeats";
  private static final String PAIRED_SEEDS = "paired_seeds";

  /** Options that not every sampler has, and those that have them. */
  private static final Map<String, List<String>> OWNERS =
      Map.of(
          "points",
          List.of(GRID),
          "stages",
          List.of(COARSE_TO_FINE),
          "keep",
          List.of(COARSE_TO_FINE),
          "count_earlier",
          List.of(COARSE_TO_FINE),
          "startup_trials",
          List.of(TPE, GAUSSIAN_PROCESS),
          "candidates",
          List.of(TPE),
          "population",
          List.of(CMA_ES),
          "step",
          List.of(CMA_ES));

  private static final List<String> KEYS =
      List.of(
          "sampler",
          "trials",
          "seed",
          "points",
          "stages",
          "keep",
          "count_earlier",
          "startup_trials",
          "candidates",
          "population",
          "step",
          "reproducible",
          "parallel",
          REPEATS,
          PAIRED_SEEDS);

  private final Problems problems;
  private final Scalars scalars;

  SearchReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
  }

  @Nullable Search search(Mapping file) {
    Node node = file.value("search");
    if (node == null) {
      problems.add(file.node(), "search is missing; add a line such as search: {trials: 20}");
      return null;
    }
    Mapping search = Mapping.read(node, "search: ", KEYS, problems);
    if (search == null) {
      return null;
    }
    Node samplerNode = search.value("sampler");
    String sampler =
        samplerNode == null
            ? COARSE_TO_FINE
            : scalars.oneOf(samplerNode, "search: sampler", SAMPLERS);
    Long trials = trials(search);
    Long seed = whole(search, "seed", 0, Long.MIN_VALUE, Long.MAX_VALUE);
    Long points = whole(search, "points", 5, 1, MOST_POINTS);
    Long stages = whole(search, "stages", 3, 2, MOST_STAGES);
    Double keep = keep(search);
    Boolean countEarlier = flag(search, "count_earlier");
    Long startupTrials = whole(search, "startup_trials", 10, 1, Search.MOST_TRIALS);
    Long candidates = whole(search, "candidates", 24, 1, MOST_CANDIDATES);
    Long population =
        whole(
            search,
            "population",
            Search.CmaEs.STANDARD_POPULATION,
            LEAST_POPULATION,
            MOST_POPULATION);
    Double step = step(search);
    Boolean reproducible = flag(search, "reproducible");
    Long parallel = whole(search, "parallel", 8, 1, MOST_PARALLEL);
    if (sampler != null) {
      reportForeignOptions(search, sampler);
    }
    if (sampler == null
        || trials == null
        || seed == null
        || points == null
        || stages == null
        || keep == null
        || countEarlier == null
        || startupTrials == null
        || candidates == null
        || population == null
        || step == null
        || reproducible == null
        || parallel == null) {
      return null;
    }
    if (search.has("stages") && stages > trials) {
      problems.add(
          search.at("stages"),
          "search: %d stages need at least as many trials, and trials is %d"
              .formatted(stages, trials));
      return null;
    }
    if (search.has("startup_trials") && startupTrials >= trials) {
      problems.add(
          search.at("startup_trials"),
          "search: %d startup_trials leave none of %d trials to %s; take fewer, or the sampler random"
              .formatted(startupTrials, trials, sampler));
      return null;
    }
    if (search.has("population") && population >= trials) {
      problems.add(
          search.at("population"),
          "search: a population of %d leaves no second generation of %d trials; take a smaller one, or the sampler random"
              .formatted(population, trials));
      return null;
    }
    if (search.has("parallel") && !reproducible) {
      problems.add(
          search.at("parallel"),
          "search: parallel is for reproducible: true; add it, or drop this");
      return null;
    }
    Search found =
        switch (sampler) {
          case RANDOM -> new Search.Random(trials.intValue(), seed);
          case SOBOL -> new Search.Sobol(trials.intValue(), seed);
          case HALTON -> new Search.Halton(trials.intValue(), seed);
          case TPE ->
              new Search.Tpe(
                  trials.intValue(), seed, startupTrials.intValue(), candidates.intValue());
          case CMA_ES -> new Search.CmaEs(trials.intValue(), seed, population.intValue(), step);
          case GAUSSIAN_PROCESS ->
              new Search.GaussianProcess(trials.intValue(), seed, startupTrials.intValue());
          case GRID -> new Search.Grid(trials.intValue(), seed, points.intValue());
          default ->
              new Search.CoarseToFine(
                  trials.intValue(), seed, stages.intValue(), keep, countEarlier);
        };
    // The others draw the same trials anyway: coarse_to_fine waits for the end of a stage, and the
    // rest do not look at results.
    return reproducible && LEARNING.contains(sampler)
        ? new Search.Reproducible(found, parallel.intValue())
        : found;
  }

  /**
   * How often each point is trained; null only if something is reported.
   *
   * @param search null where it is wrong itself
   * @param earlyStopping null where it is wrong itself
   */
  @Nullable Repeats repeats(
      Mapping file, @Nullable Search search, @Nullable EarlyStopping earlyStopping) {
    Node node = file.value("search");
    Mapping mapping =
        node instanceof MappingNode ? Mapping.read(node, "search: ", KEYS, problems) : null;
    if (mapping == null) {
      return Repeats.NONE; // What is wrong is reported.
    }
    Long count = whole(mapping, REPEATS, 1, 1, Repeats.MOST);
    Boolean paired = flag(mapping, PAIRED_SEEDS);
    if (count == null || paired == null) {
      return null;
    }
    int before = problems.count();
    if (search != null && count * search.trials() > Search.MOST_TRIALS) {
      problems.add(
          mapping.at(REPEATS),
          "search: %d points trained %d times each are more than %d trials; take fewer of either"
              .formatted(search.trials(), count, Search.MOST_TRIALS));
    }
    if (count > 1 && earlyStopping instanceof EarlyStopping.PopulationBased) {
      problems.add(
          mapping.at(REPEATS),
          "search: the trials of a population go on at each other's points, so none has repeats;"
              + " drop repeats, or take early_stopping: none");
    } else if (count > 1
        && earlyStopping != null
        && !(earlyStopping instanceof EarlyStopping.None)) {
      problems.add(
          mapping.at(REPEATS),
          "search: a point is compared by the mean of all its trials, and early stopping would end"
              + " some of them; drop repeats, or take early_stopping: none");
    }
    return problems.count() > before ? null : new Repeats(count.intValue(), paired);
  }

  private @Nullable Boolean flag(Mapping search, String key) {
    return scalars.flag(search.value(key), "search: " + key, false);
  }

  private void reportForeignOptions(Mapping search, String sampler) {
    for (String option :
        search.present(
            "points",
            "stages",
            "keep",
            "count_earlier",
            "startup_trials",
            "candidates",
            "population",
            "step")) {
      List<String> owners = OWNERS.getOrDefault(option, List.of());
      if (!owners.contains(sampler)) {
        problems.add(
            search.at(option),
            "search: %s belongs to the sampler %s, not to %s; drop it"
                .formatted(option, String.join(" or ", owners), sampler));
      }
    }
  }

  private @Nullable Long trials(Mapping search) {
    if (!search.has("trials")) {
      problems.add(search.node(), "search: trials is missing; say how many, such as trials: 20");
      return null;
    }
    return whole(search, "trials", 1, 1, Search.MOST_TRIALS);
  }

  private @Nullable Long whole(Mapping search, String key, long standard, long min, long max) {
    return scalars.whole(search.value(key), "search: " + key, standard, min, max);
  }

  private @Nullable Double keep(Mapping search) {
    Node node = search.value("keep");
    if (node == null) {
      return 0.25;
    }
    Double keep = scalars.number(node, "search: keep");
    if (keep != null && (keep <= 0 || keep > 1)) {
      problems.add(
          node,
          "search: keep must be above 0 and at most 1, the fraction of trials the next box is"
              + " drawn around, "
              + Scalars.is(node));
      return null;
    }
    return keep;
  }

  private @Nullable Double step(Mapping search) {
    Node node = search.value("step");
    if (node == null) {
      return STANDARD_STEP;
    }
    Double step = scalars.number(node, "search: step");
    if (step != null && (step <= 0 || step > 1)) {
      problems.add(
          node,
          "search: step must be above 0 and at most 1, a fraction of each range, "
              + Scalars.is(node));
      return null;
    }
    return step;
  }

  /** Reports what the sampler cannot search. */
  void check(Mapping file, Search search, SearchSpace space) {
    Search sampler = search instanceof Search.Reproducible r ? r.adaptive() : search;
    Node node = file.value("search");
    if (!(sampler instanceof Search.CmaEs) || node == null) {
      return;
    }
    List<String> choices =
        space.dimensions().stream()
            .filter(d -> d.domain() instanceof Domain.Choices c && c.values().size() > 1)
            .map(Dimension::parameter)
            .distinct()
            .toList();
    if (!choices.isEmpty()) {
      problems.add(
          node,
          "search: sampler cma_es searches ranges only, and "
              + String.join(", ", choices)
              + (choices.size() == 1 ? " has" : " have")
              + " values; give min and max or one value, or take the sampler tpe");
    }
  }

  /** A sampler's name in sweep files. */
  static String name(Search search) {
    return switch (search) {
      case Search.Random s -> RANDOM;
      case Search.Grid s -> GRID;
      case Search.CoarseToFine s -> COARSE_TO_FINE;
      case Search.Sobol s -> SOBOL;
      case Search.Halton s -> HALTON;
      case Search.Tpe s -> TPE;
      case Search.CmaEs s -> CMA_ES;
      case Search.GaussianProcess s -> GAUSSIAN_PROCESS;
      case Search.Reproducible s -> name(s.adaptive());
    };
  }
}
