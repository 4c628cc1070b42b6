package dev.caviar.cli.tensorboard;

import dev.caviar.cli.view.SweepProgress;
import dev.caviar.cli.view.TrialProgress;
import dev.caviar.proto.tensorboard.Event;
import dev.caviar.proto.tensorboard.Summary;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A sweep as a log folder of TensorBoard: in the folder itself what the hparams plugin needs to
 * know of all trials, and for each trial a folder {@code trial-0007} with its curves. Steps are
 * epochs, so that trials of different batch sizes can be laid over each other; the curves' times
 * are as if every trial had begun with its sweep.
 */
public final class TensorBoardLog {
  private static final List<String> METRICS =
      List.of("train_loss", "dev_loss", "dev_error", "learning_rate");

  private TensorBoardLog() {}

  /**
   * Writes a sweep as it is now, over what an earlier call may have written of it.
   *
   * @param folder made if need be
   * @return how many trials have a folder: those with a point at least
   * @throws IOException if it cannot be written
   */
  public static int write(SweepProgress sweep, Path folder) throws IOException {
    double begun = sweep.begun().toEpochMilli() / 1e3;
    // TensorBoard takes for an event file what has this in its name.
    String name =
        String.format(
            Locale.ROOT, "events.out.tfevents.%010d.caviar", sweep.begun().getEpochSecond());
    Map<String, ParameterValue> parameters = new TreeMap<>();
    for (TrialProgress trial : sweep.trials()) {
      trial.parameters().stream()
          .filter(parameter -> sweep.isSampled(parameter.getName()))
          .forEach(p -> parameters.putIfAbsent(p.getName(), p.getValue()));
    }
    Files.createDirectories(folder);
    try (EventFile file = new EventFile(folder.resolve(name), begun)) {
      file.write(
          event(begun, 0, HParams.experiment(sweep.status().getName(), parameters, METRICS)));
    }
    int written = 0;
    for (TrialProgress trial : sweep.trials()) {
      if (!trial.points().isEmpty()) {
        Path run = folder.resolve(String.format(Locale.ROOT, "trial-%04d", trial.number()));
        Files.createDirectories(run);
        write(sweep, trial, begun, run.resolve(name));
        written++;
      }
    }
    return written;
  }

  private static void write(SweepProgress sweep, TrialProgress trial, double begun, Path file)
      throws IOException {
    List<Parameter> sampled =
        trial.parameters().stream()
            .filter(parameter -> sweep.isSampled(parameter.getName()))
            .toList();
    try (EventFile events = new EventFile(file, begun)) {
      events.write(event(begun, 0, HParams.begun(sampled, "trial " + trial.number(), begun)));
      for (CurvePoint point : trial.points()) {
        events.write(
            event(
                begun + point.getElapsedMicros() / 1e6,
                point.getEpoch(),
                Summary.newBuilder()
                    .addValue(scalar("train_loss", point.getTrainLoss()))
                    .addValue(scalar("dev_loss", point.getDevLoss()))
                    .addValue(scalar("dev_error", point.getDevError()))
                    .addValue(scalar("learning_rate", point.getLearningRate()))
                    .build()));
      }
      double ended = begun + trial.elapsedMicros() / 1e6;
      events.write(event(ended, 0, HParams.ended(trial.state(), ended)));
    }
  }

  private static Event event(double wallTime, long step, Summary summary) {
    return Event.newBuilder().setWallTime(wallTime).setStep(step).setSummary(summary).build();
  }

  private static Summary.Value scalar(String tag, double value) {
    return Summary.Value.newBuilder().setTag(tag).setSimpleValue((float) value).build();
  }
}
