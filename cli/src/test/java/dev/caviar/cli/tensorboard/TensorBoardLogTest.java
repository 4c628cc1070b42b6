package dev.caviar.cli.tensorboard;

import static dev.caviar.cli.Updates.completed;
import static dev.caviar.cli.Updates.points;
import static dev.caviar.cli.Updates.real;
import static dev.caviar.cli.Updates.sweep;
import static dev.caviar.cli.Updates.text;
import static dev.caviar.cli.Updates.trial;
import static dev.caviar.cli.Updates.units;
import static dev.caviar.cli.Updates.update;
import static dev.caviar.cli.Updates.whole;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.cli.view.SweepProgress;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against files that TensorBoard's own code has written: make_events.py in the resources. */
@NullUnmarked
class TensorBoardLogTest {
  private static final String FILE = "events.out.tfevents.1793534400.caviar";

  @TempDir Path folder;

  private final SweepProgress progress = new SweepProgress(Instant.ofEpochSecond(1_793_534_400));

  @Test
  void writesWhatTensorBoardItselfWrites() throws Exception {
    progress.apply(update(sweep(SweepState.SWEEP_RUNNING, 4, 2)));
    progress.apply(
        update(
            TrialStatus.newBuilder()
                .setTrial(3)
                .setState(TrialState.COMPLETED)
                .setAttempt(1)
                .setElapsedMicros(250_000)
                .addParameters(real("learning_rate", 0.0004))
                .addParameters(text("optimizer", "momentum"))
                .addParameters(units(53, 63))
                .addParameters(whole("batch_size", 32))
                .addParameters(text("activation", "relu"))));
    progress.apply(
        update(
            TrialPoints.newBuilder()
                .setTrial(3)
                .setAttempt(1)
                .addPoints(point(1, 1.75))
                .addPoints(point(2, Double.NaN))
                .build()));

    assertThat(TensorBoardLog.write(progress, folder)).isEqualTo(1);

    assertThat(folder.resolve(FILE)).hasBinaryContent(resource("experiment.tfevents"));
    assertThat(folder.resolve("trial-0003").resolve(FILE))
        .hasBinaryContent(resource("trial.tfevents"));
  }

  private static CurvePoint point(int epoch, double devLoss) {
    return CurvePoint.newBuilder()
        .setEpoch(epoch)
        .setStep(23L * epoch)
        .setTrainLoss(1.5 / epoch)
        .setDevLoss(devLoss)
        .setDevError(0.3)
        .setElapsedMicros(125_000L * epoch)
        .build();
  }

  @Test
  void aSecondExportTakesThePlaceOfTheFirst() throws Exception {
    progress.apply(update(points(0, 1, 1, 2)));
    progress.apply(update(trial(1, TrialState.QUEUED)));
    TensorBoardLog.write(progress, folder);
    long before = Files.size(folder.resolve("trial-0000").resolve(FILE));
    progress.apply(update(points(0, 1, 3, 4)));
    progress.apply(update(completed(0, 4)));
    TensorBoardLog.write(progress, folder);

    assertThat(Files.size(folder.resolve("trial-0000").resolve(FILE))).isGreaterThan(before);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()).toList())
          .containsExactlyInAnyOrder(FILE, "trial-0000");
    }
  }

  private static byte[] resource(String name) throws Exception {
    try (InputStream in = TensorBoardLogTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }
}
