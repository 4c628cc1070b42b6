package dev.caviar.cli.view;

import static dev.caviar.cli.Updates.completed;
import static dev.caviar.cli.Updates.points;
import static dev.caviar.cli.Updates.stage;
import static dev.caviar.cli.Updates.sweep;
import static dev.caviar.cli.Updates.trial;
import static dev.caviar.cli.Updates.update;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SweepProgressTest {
  private static final Instant BEGUN = Instant.parse("2026-11-01T12:00:00Z");

  private final SweepProgress progress = new SweepProgress(BEGUN);

  @Test
  void takesPointsBeforeTheTrialsStatus() {
    progress.apply(update(points(3, 1, 1, 2)));

    assertThat(progress.find(3).orElseThrow().state()).isEqualTo(TrialState.RUNNING);
    assertThat(progress.epochsDone()).isEqualTo(2);

    progress.apply(update(trial(3, TrialState.RUNNING)));
    assertThat(progress.find(3).orElseThrow().parameters()).isNotEmpty();
    assertThat(progress.find(3).orElseThrow().points()).hasSize(2);
  }

  @Test
  void replacesWhatALaterAttemptTrainsAgain() {
    progress.apply(update(points(0, 1, 1, 6)));
    progress.apply(update(points(0, 2, 4, 5)));

    assertThat(progress.find(0).orElseThrow().points())
        .extracting(CurvePoint::getEpoch)
        .containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void keepsWhatAnEarlierAttemptMeasuredWhereTheLaterWentOnFromIt() {
    progress.apply(update(trial(0, TrialState.RUNNING).setAttempt(2)));
    progress.apply(update(points(0, 2, 4, 5)));
    progress.apply(update(points(0, 1, 1, 6)));

    assertThat(progress.find(0).orElseThrow().points())
        .extracting(CurvePoint::getEpoch)
        .containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void showsNothingTwiceWhenAllComesAgain() {
    List<SweepUpdate> updates =
        List.of(
            update(sweep(SweepState.SWEEP_RUNNING, 2, 6)),
            update(trial(0, TrialState.RUNNING)),
            update(points(0, 1, 1, 3)),
            update(trial(0, TrialState.RUNNING).setAttempt(2)),
            update(points(0, 2, 4, 6)),
            update(completed(0, 6).setAttempt(2)),
            update(stage(1, 0, 2, List.of())));
    updates.forEach(progress::apply);
    TrialProgress trial = progress.find(0).orElseThrow();
    List<CurvePoint> points = List.copyOf(trial.points());

    for (SweepUpdate again : updates) {
      progress.apply(again);
      assertThat(trial.points()).isEqualTo(points);
      assertThat(trial.status().getAttempt()).isEqualTo(2);
    }
    assertThat(trial.state()).isEqualTo(TrialState.COMPLETED);
    assertThat(progress.trials()).hasSize(1);
    assertThat(progress.stages()).hasSize(1);
    assertThat(progress.epochsDone()).isEqualTo(6);
  }

  @Test
  void estimatesTheTimeLeftFromTheRateSoFar() {
    progress.apply(update(sweep(SweepState.SWEEP_RUNNING, 4, 10)));
    progress.apply(update(points(0, 1, 1, 10)));
    progress.apply(update(completed(0, 10)));

    assertThat(progress.timeLeft(BEGUN.plusSeconds(5))).isEqualTo(Duration.ofSeconds(15));
  }

  @Test
  void expectsNoMoreEpochsOfATrialThatIsOver() {
    progress.apply(update(sweep(SweepState.SWEEP_RUNNING, 2, 10)));
    progress.apply(update(points(0, 1, 1, 3)));
    progress.apply(update(trial(0, TrialState.STOPPED_EARLY).setEpochs(3)));

    assertThat(progress.epochsPlanned()).isEqualTo(13);
  }

  @Test
  void ranksByTheObjectiveInItsDirection() {
    progress.apply(update(completed(0, 10)));
    progress.apply(update(completed(1, 10)));
    progress.apply(update(points(2, 1, 1, 1)));
    progress.apply(update(trial(3, TrialState.DIVERGED).setObjective(0)));
    assertThat(progress.ranked()).extracting(TrialProgress::number).containsExactly(0, 1, 2);

    progress.apply(update(sweep(SweepState.SWEEP_RUNNING, 4, 10).setMinimize(false)));
    assertThat(progress.ranked()).extracting(TrialProgress::number).containsExactly(2, 1, 0);
  }
}
