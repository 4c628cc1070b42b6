package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.results.Values;
import dev.caviar.cli.view.Texts;
import dev.caviar.cli.view.TrialStates;
import dev.caviar.coordinator.search.TrialSeed;
import dev.caviar.coordinator.space.CurveScore;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Metric;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterChange;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import dev.caviar.proto.v1.TrialStretch;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.data.DataCache;
import dev.caviar.worker.trial.TrainingRun;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code caviar replay}: one trial, trained again from its recorded schedule. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description = {
      "Trains a trial's network again in this process, from its seed and its parameters, and says"
          + " whether its objective is the same to the last bit. Where population-based training"
          + " made the trial a copy of others, all that they were trained with is gone through.",
      "Exit code 0 if it is the same, 1 if not. Another kind of CPU may round otherwise."
    },
    footer = {
      "",
      "Examples:",
      "  caviar replay last",
      "  caviar replay caviar-results/population-based-20261124-120000 7"
    })
final class ReplayCommand extends SweepOrFolderCommand {
  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "TRIAL",
      description = "The trial's number (default: the best).")
  private @Nullable Integer number;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description = "What relative paths in the sweep's file start from (default: here).")
  private Path directory = Path.of("");

  @Override
  protected int run(SweepClient client) throws Exception {
    GetSweepResponse sweep = get(client);
    requireNewWeights(sweep);
    TrialStatus trial = trial(sweep);
    SweepDefinition definition = SweepFile.parse(sweep.getSweepFile(), directory);
    if (definition.objective().metric() == Metric.TRAINING_TIME) {
      throw new CommandException(
          ExitCode.USAGE,
          "its objective is training_time, which is never the same twice, so there is nothing to"
              + " compare");
    }
    double again;
    try {
      again = train(definition, trial);
    } catch (TrainingRun.DivergedException
        | TrainingRun.InfeasibleException
        | IllegalArgumentException e) {
      throw new CommandException(
          ExitCode.FAILED,
          "trial %d cannot be trained again as it was recorded: %s"
              .formatted(trial.getTrial(), e.getMessage()));
    }
    boolean same = Double.compare(again, trial.getObjective()) == 0;
    print(
        () -> json(sweep, trial, again, same),
        () ->
            List.of(
                "Trial %d of %s, %d epochs in %d %s: %s %s, %s"
                    .formatted(
                        trial.getTrial(),
                        id(sweep),
                        trial.getEpochs(),
                        Math.max(1, trial.getLineageCount()),
                        trial.getLineageCount() > 1 ? "parts" : "part",
                        definition.objective().metric().key(),
                        Texts.number(again),
                        same
                            ? "the same as recorded"
                            : "but recorded was " + Texts.number(trial.getObjective()))));
    return same ? ExitCode.OK : ExitCode.FAILED;
  }

  private TrialStatus trial(GetSweepResponse sweep) {
    if (number == null && !sweep.getSummary().getStatus().hasBestTrial()) {
      throw new CommandException(
          ExitCode.USAGE, id(sweep) + " has no best trial; say which one to train again");
    }
    int wanted = number == null ? sweep.getSummary().getStatus().getBestTrial() : number;
    TrialStatus trial =
        sweep.getTrialsList().stream()
            .filter(each -> each.getTrial() == wanted)
            .findFirst()
            .orElseThrow(
                () ->
                    new CommandException(
                        ExitCode.USAGE, "%s has no trial %d".formatted(id(sweep), wanted)));
    if (trial.getState() != TrialState.COMPLETED && trial.getState() != TrialState.STOPPED_EARLY) {
      throw new CommandException(
          ExitCode.USAGE,
          "trial %d is %s; only one that is completed or was stopped early can be compared"
              .formatted(wanted, TrialStates.key(trial.getState())));
    }
    return trial;
  }

  private double train(SweepDefinition definition, TrialStatus trial) throws Exception {
    AssignTrial assignment = assignment(definition, trial);
    CurveScore score = new CurveScore(definition.objective());
    try (TrainingRun run =
        new TrainingRun(
            assignment, null, new DataCache().get(definition.data()), new CpuBackend())) {
      int epochs = 0;
      while (epochs < trial.getEpochs()) {
        CurvePoint point = run.train(Long.MAX_VALUE);
        if (point != null) {
          score.add(point);
          epochs = point.getEpoch();
          tell(point.getEpoch(), trial.getEpochs());
        }
      }
    }
    Double value = score.value();
    return value == null ? Double.NaN : value;
  }

  private static AssignTrial assignment(SweepDefinition definition, TrialStatus trial) {
    List<TrialStretch> stretches =
        trial.getLineageCount() > 0
            ? trial.getLineageList()
            : List.of(
                TrialStretch.newBuilder()
                    .setTrial(trial.getTrial())
                    .addAllParameters(trial.getParametersList())
                    .build());
    List<Parameter> first = parameters(definition.space(), stretches.getFirst());
    AssignTrial.Builder assignment =
        AssignTrial.newBuilder()
            .addAllParameters(first)
            .addAllChanges(definition.space().changes(first))
            .setData(definition.data())
            .setSeed(TrialSeed.of(definition, stretches.getFirst().getTrial()));
    for (TrialStretch stretch : stretches.subList(1, stretches.size())) {
      assignment.addChanges(
          ParameterChange.newBuilder()
              .setAfterStep(stretch.getFromStep())
              .addAllParameters(parameters(definition.space(), stretch)));
    }
    return assignment.build();
  }

  /** With the kinds of values that the space has, as files do not tell 1 from 1.0. */
  private static List<Parameter> parameters(SearchSpace space, TrialStretch stretch) {
    return space.parameters(space.point(stretch.getParametersList()));
  }

  /** A line for each tenth, so that long trainings show that they go on. */
  private void tell(int epoch, int epochs) {
    if (epoch * 10L / epochs != (epoch - 1) * 10L / epochs) {
      err().printf("%d of %d epochs%n", epoch, epochs);
      err().flush();
    }
  }

  private static ObjectNode json(
      GetSweepResponse sweep, TrialStatus trial, double again, boolean same) {
    ObjectNode document = Json.object();
    document.put("sweep", id(sweep));
    document.put("trial", trial.getTrial());
    document.put("epochs", trial.getEpochs());
    document.put("parts", Math.max(1, trial.getLineageCount()));
    document.set("recorded", Values.number(trial.getObjective()));
    document.set("replayed", Values.number(again));
    return document.put("same", same);
  }
}
