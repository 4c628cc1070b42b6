package dev.caviar.bench;

import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What samplers and schedules find in a {@link CurveTable}, for {@code table.sh}: {@code TableRuns
 * SWEEP_FILE TABLE SEEDS TRIALS}. Prints one JSON object a line: the grid, and for each method and
 * seed how the lowest dev error of a completed trial came down, as pairs of the epochs spent until
 * then and the error. All have as many epochs as that many whole trials take.
 */
public final class TableRuns {
  /** Without CMA-ES, which takes no choices. */
  private static final List<String> SAMPLERS =
      List.of("random", "sobol", "halton", "tpe", "gaussian_process");

  /** With early stopping, a sampler and a schedule; the median from the first epoch on at each. */
  private static final Map<String, Method> SCHEDULES = new LinkedHashMap<>();

  static {
    SCHEDULES.put("asha", new Method("random", new EarlyStopping.Asha(1, 3)));
    SCHEDULES.put("hyperband", new Method("random", new EarlyStopping.Hyperband(3)));
    SCHEDULES.put("median", new Method("random", new EarlyStopping.Median(1, 1, 5)));
    SCHEDULES.put("tpe_asha", new Method("tpe", new EarlyStopping.Asha(1, 3)));
    SCHEDULES.put("tpe_hyperband", new Method("tpe", new EarlyStopping.Hyperband(3)));
  }

  private record Method(String sampler, EarlyStopping earlyStopping) {}

  private TableRuns() {}

  /** Runs all. */
  public static void main(String[] args) throws Exception {
    CurveGrid grid = CurveGrid.read(Path.of(args[0]));
    CurveTable table = CurveTable.read(Path.of(args[1]));
    int seeds = Integer.parseInt(args[2]);
    int trials = Integer.parseInt(args[3]);
    System.out.printf(
        Locale.ROOT,
        "{\"lowest\": %s, \"epochs\": %d, \"workers\": %d, \"axes\": {%s}}%n",
        table.lowest(),
        table.epochs(),
        TableSweep.WORKERS,
        IntStream.range(0, grid.space().dimensions().size())
            .mapToObj(d -> axis(grid, d))
            .collect(Collectors.joining(", ")));
    for (String name : SAMPLERS) {
      run(name, new Method(name, new EarlyStopping.None()), 1, grid, table, seeds, trials);
    }
    for (Map.Entry<String, Method> method : SCHEDULES.entrySet()) {
      run(method.getKey(), method.getValue(), TableSweep.WORKERS, grid, table, seeds, trials);
    }
  }

  private static String axis(CurveGrid grid, int dimension) {
    Dimension d = grid.space().dimensions().get(dimension);
    String values =
        grid.axis(dimension).stream()
            .map(value -> Double.toString(value.number()))
            .collect(Collectors.joining(", "));
    return "\"%s\": [%s]".formatted(d.name(), values);
  }

  private static void run(
      String name,
      Method method,
      int workers,
      CurveGrid grid,
      CurveTable table,
      int seeds,
      int trials) {
    long budget = (long) trials * table.epochs();
    // Enough that the epochs are spent before the trials are.
    int most = method.earlyStopping() instanceof EarlyStopping.None ? trials : 20 * trials;
    IntStream.range(0, seeds)
        .parallel()
        .mapToObj(
            seed -> {
              Search search = search(method.sampler(), most, seed);
              TableSweep run = new TableSweep(grid, table, search, method.earlyStopping(), workers);
              run.spend(budget);
              return "{\"method\": \"%s\", \"seed\": %d, \"trials\": %d, \"best\": [%s]}"
                  .formatted(
                      name,
                      seed,
                      run.trials(),
                      run.improvements().stream()
                          .map(i -> "[%d, %s]".formatted(i.epochs(), i.error()))
                          .collect(Collectors.joining(", ")));
            })
        .toList()
        .forEach(System.out::println);
  }

  private static Search search(String sampler, int trials, long seed) {
    return switch (sampler) {
      case "random" -> new Search.Random(trials, seed);
      case "sobol" -> new Search.Sobol(trials, seed);
      case "halton" -> new Search.Halton(trials, seed);
      case "tpe" -> new Search.Tpe(trials, seed, 10, 24);
      case "gaussian_process" -> new Search.GaussianProcess(trials, seed, 10);
      default -> throw new IllegalArgumentException("no sampler " + sampler);
    };
  }
}
