package dev.caviar.cli;

import dev.caviar.cli.results.RecordedSweep;
import dev.caviar.coordinator.insight.Points;
import dev.caviar.coordinator.search.WarmStart;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.proto.v1.EarlierTrial;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --warm-start}: whose results a sweep's sampler is to know from the beginning. */
final class WarmStartOption {
  @Option(
      names = "--warm-start",
      paramLabel = "SWEEP",
      split = ",",
      description = {
        "Begin with the results of these sweeps, or of the folders they left, for the samplers tpe"
            + " and gaussian_process."
      })
  private List<String> sweeps = List.of();

  boolean isWanted() {
    return !sweeps.isEmpty();
  }

  /** Where sweeps come from that are in no folder. */
  interface Source {
    GetSweepResponse get(String sweep) throws Exception;
  }

  /**
   * The trials that fit; how many do is told.
   *
   * @param sweep that they are for
   * @throws CommandException if a sweep cannot be compared with this one, or if no trial fits
   */
  List<EarlierTrial> read(SweepDefinition sweep, Source source, PrintWriter tell) throws Exception {
    if (!WarmStart.learns(sweep.search())) {
      throw new CommandException(
          ExitCode.USAGE,
          "--warm-start: only the samplers tpe and gaussian_process learn from earlier sweeps");
    }
    List<EarlierTrial> all = new ArrayList<>();
    for (String name : sweeps) {
      Path folder = folder(name);
      GetSweepResponse earlier = folder == null ? source.get(name) : RecordedSweep.read(folder);
      all.addAll(fitting(sweep, earlier, tell));
    }
    if (all.isEmpty()) {
      throw new CommandException(ExitCode.USAGE, "--warm-start: there is no trial that fits");
    }
    return all;
  }

  private static @Nullable Path folder(String name) {
    try {
      return RecordedSweep.isAt(Path.of(name)) ? Path.of(name) : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private static List<EarlierTrial> fitting(
      SweepDefinition sweep, GetSweepResponse earlier, PrintWriter tell) {
    String id = SweepOrFolderCommand.id(earlier);
    SweepDefinition definition = SweepOrFolderCommand.definition(earlier);
    if (!definition.objectives().equals(sweep.objectives())) {
      throw new CommandException(
          ExitCode.USAGE,
          "--warm-start: %s is for the %s, and this sweep for the %s"
              .formatted(id, text(definition), text(sweep)));
    }
    List<EarlierTrial> fitting = new ArrayList<>();
    Map<String, Integer> others = new TreeMap<>();
    int results = 0;
    for (TrialStatus trial : Points.of(earlier.getTrialsList(), definition.repeats().count())) {
      boolean ended =
          trial.getState() == TrialState.COMPLETED || trial.getState() == TrialState.STOPPED_EARLY;
      if (!ended || !Double.isFinite(trial.getObjective())) {
        continue;
      }
      results++;
      String why = WarmStart.whyNot(sweep.space(), trial.getParametersList());
      if (why == null) {
        fitting.add(
            EarlierTrial.newBuilder()
                .setSweepId(id)
                .setTrial(trial.getTrial())
                .addAllParameters(trial.getParametersList())
                .setObjective(trial.getObjective())
                .build());
      } else {
        others.merge(why, 1, Integer::sum);
      }
    }
    tell.printf("Warm start: %d of %d results of %s%n", fitting.size(), results, id);
    others.forEach((why, count) -> tell.printf("  %d left out: each %s%n", count, why));
    if (!definition.data().equals(sweep.data())) {
      tell.printf("  It was run on other data, or they were named otherwise.%n");
    }
    tell.flush();
    return fitting;
  }

  private static String text(SweepDefinition sweep) {
    return sweep.objectives().stream().map(Objective::text).collect(Collectors.joining("; "));
  }
}
