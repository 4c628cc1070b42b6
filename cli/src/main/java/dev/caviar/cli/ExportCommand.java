package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.results.ResultFolder;
import dev.caviar.cli.results.Values;
import dev.caviar.cli.tensorboard.TensorBoardLog;
import dev.caviar.cli.view.SweepProgress;
import dev.caviar.cli.view.TrialProgress;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.ExportSweepRequest;
import dev.caviar.proto.v1.GetBestModelRequest;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialPoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code caviar export}: a sweep as files for other tools. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    customSynopsis = "caviar export [OPTIONS] --format FORMAT --to DIR SWEEP",
    description = {
      "Writes a sweep to files for other tools, as it is now, running or not.",
      "csv: a folder as 'caviar run' leaves it, with the sweep file, trials, curves and the best"
          + " model.",
      "json: one file with all trials and their curves.",
      "tensorboard: a log folder for 'tensorboard --logdir', with a run for each trial."
    },
    footer = {
      "",
      "Examples:",
      "  caviar export last --format csv --to exported",
      "  caviar export last --format tensorboard --to logs && tensorboard --logdir logs"
    })
final class ExportCommand extends SweepCommand {
  /** What other tools read. */
  enum Format {
    CSV,
    JSON,
    TENSORBOARD
  }

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      required = true,
      description = "csv, json or tensorboard.")
  private Format format = Format.CSV;

  @SuppressWarnings("NullAway.Init")
  @Option(
      names = "--to",
      paramLabel = "DIR",
      required = true,
      description = "The folder to write into; it is made if need be.")
  private Path to;

  @Override
  protected int run(SweepClient client) throws Exception {
    GetSweepResponse sweep = get(client);
    String id = sweep.getSummary().getStatus().getSweepId();
    SweepProgress progress =
        new SweepProgress(Instant.ofEpochMilli(sweep.getSummary().getSubmittedAtMillis()));
    Answers.await(
        client.export(ExportSweepRequest.newBuilder().setSweepId(id).build(), progress::apply));
    ResultFolder.requireWritable(to);
    Path written =
        switch (format) {
          case CSV -> csv(client, sweep, progress, id);
          case JSON -> json(sweep, progress, id);
          case TENSORBOARD -> tensorBoard(progress, id);
        };
    return print(
        () ->
            Json.object()
                .put("sweep", id)
                .put("format", format.name().toLowerCase(Locale.ROOT))
                .put("path", written.toString()),
        () -> List.of(written.toString()));
  }

  private Path csv(SweepClient client, GetSweepResponse sweep, SweepProgress progress, String id)
      throws Exception {
    GetBestModelResponse best =
        Answers.await(client.bestModel(GetBestModelRequest.newBuilder().setSweepId(id).build()));
    try (ResultFolder folder = ResultFolder.create(to, id, sweep.getSweepFile())) {
      for (TrialProgress trial : progress.trials()) {
        TrialPoints points =
            TrialPoints.newBuilder()
                .setTrial(trial.number())
                .setAttempt(trial.status().getAttempt())
                .addAllPoints(trial.points())
                .build();
        folder.add(SweepUpdate.newBuilder().setPoints(points).build());
        folder.add(SweepUpdate.newBuilder().setTrial(trial.status()).build());
      }
      folder.writeSweep(SweepJson.sweep(sweep));
      if (best.hasModel()) {
        folder.writeModel(best.getModel());
      }
      return folder.path();
    }
  }

  private Path json(GetSweepResponse sweep, SweepProgress progress, String id) throws IOException {
    ObjectNode document = SweepJson.sweep(sweep);
    ArrayNode trials = document.putArray("trial_list");
    for (TrialProgress trial : progress.trials()) {
      ObjectNode node = SweepJson.trial(trial.status());
      ArrayNode curve = node.putArray("curve");
      trial.points().forEach(point -> curve.add(point(point)));
      trials.add(node);
    }
    Path file = to.resolve(ResultFolder.fileName(id) + ".json");
    Files.writeString(file, Json.print(document) + "\n");
    return file;
  }

  private static ObjectNode point(CurvePoint point) {
    ObjectNode node = Json.object();
    node.put("epoch", point.getEpoch()).put("step", point.getStep());
    node.set("train_loss", Values.number(point.getTrainLoss()));
    node.set("dev_loss", Values.number(point.getDevLoss()));
    node.set("dev_error", Values.number(point.getDevError()));
    node.set("learning_rate", Values.number(point.getLearningRate()));
    return node.put("seconds", point.getElapsedMicros() / 1e6);
  }

  private Path tensorBoard(SweepProgress progress, String id) throws IOException {
    Path folder = to.resolve(ResultFolder.fileName(id));
    int trials = TensorBoardLog.write(progress, folder);
    if (trials == 0) {
      err().println("No trial has finished an epoch yet, so there is nothing to see.");
    }
    return folder;
  }
}
