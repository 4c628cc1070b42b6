package dev.caviar.cli;

import dev.caviar.cli.view.Texts;
import dev.caviar.proto.v1.GetBestModelRequest;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.TrialStatus;
import dev.caviar.worker.model.TrainedModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code caviar best}: what a sweep found. */
@Command(
    name = "best",
    mixinStandardHelpOptions = true,
    description = {
      "Shows a sweep's best trial so far: its parameters, its objective, its test error.",
      "Exits with 1 while no trial has completed."
    },
    footer = {
      "",
      "Examples:",
      "  caviar best last",
      "  caviar best last --output json | jq .parameters",
      "  caviar best last --model digits.caviar"
    })
final class BestCommand extends SweepCommand {
  @Option(names = "--model", paramLabel = "FILE", description = "Write its model to this file.")
  private @Nullable Path model;

  @Override
  protected int run(SweepClient client) throws Exception {
    GetSweepResponse leading = getLeading(client);
    SweepStatus status = leading.getSummary().getStatus();
    // A picture of a front shows what is behind it too.
    GetSweepResponse sweep = status.getObjectivesCount() == 2 ? get(client) : leading;
    TrialStatus best =
        SweepJson.best(sweep)
            .orElseThrow(
                () ->
                    new CommandException(
                        ExitCode.FAILED,
                        "No trial of " + status.getSweepId() + " has completed yet."));
    if (model != null) {
      write(model, client, status.getSweepId());
    }
    return print(
        () ->
            SweepJson.best(status, best)
                .put("sweep", status.getSweepId())
                .put("metric", status.getMetric())
                .set("front", SweepJson.front(sweep)),
        () -> lines(sweep, best));
  }

  private static void write(Path file, SweepClient client, String id) throws Exception {
    GetBestModelResponse best =
        Answers.await(client.bestModel(GetBestModelRequest.newBuilder().setSweepId(id).build()));
    if (!best.hasModel()) {
      throw new CommandException(
          ExitCode.FAILED,
          "The best trial's model is not at the coordinator yet; its worker sends it when the trial"
              + " has ended.");
    }
    TrainedModel.of(best.getModel()).write(file);
  }

  /** The front before it, where there is one. */
  private static List<String> lines(GetSweepResponse sweep, TrialStatus best) {
    List<String> lines = new ArrayList<>(FrontText.lines(sweep));
    if (!lines.isEmpty()) {
      lines.add("");
    }
    lines.addAll(lines(sweep.getSummary().getStatus(), best));
    return lines;
  }

  /** The trial in words, those parameters first that were sampled. */
  static List<String> lines(SweepStatus sweep, TrialStatus best) {
    List<String> lines = new ArrayList<>();
    String headline =
        "Best trial "
            + best.getTrial()
            + ": "
            + sweep.getMetric()
            + " "
            + SweepText.objective(best)
            + (sweep.hasBestMean()
                ? " (point %d: %s, mean and standard error of %d trials)"
                    .formatted(best.getPoint(), SweepText.best(sweep, best), sweep.getRepeats())
                : "")
            + " after "
            + best.getEpochs()
            + " epochs, "
            + SweepText.time(best);
    if (sweep.hasBestTest()) {
      headline +=
          ", test error "
              + Texts.number(sweep.getBestTest().getError())
              + " on "
              + sweep.getBestTest().getExamples()
              + " examples";
    }
    lines.add(headline);
    for (Parameter parameter : best.getParametersList()) {
      if (SweepText.isSampled(sweep, parameter)) {
        lines.add("  " + parameter.getName() + " = " + Texts.value(parameter.getValue()));
      }
    }
    for (Parameter parameter : best.getParametersList()) {
      if (!SweepText.isSampled(sweep, parameter)) {
        lines.add(
            "  " + parameter.getName() + " = " + Texts.value(parameter.getValue()) + " (fixed)");
      }
    }
    lines.addAll(LineageText.lines(best));
    return lines;
  }
}
