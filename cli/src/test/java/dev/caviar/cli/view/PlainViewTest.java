package dev.caviar.cli.view;

import static dev.caviar.cli.Updates.completed;
import static dev.caviar.cli.Updates.points;
import static dev.caviar.cli.Updates.stage;
import static dev.caviar.cli.Updates.sweep;
import static dev.caviar.cli.Updates.trial;
import static dev.caviar.cli.Updates.update;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialState;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlainViewTest {
  private Instant now = Instant.parse("2026-11-01T12:00:00Z");
  private final StringWriter out = new StringWriter();
  private final SweepProgress progress = new SweepProgress(now);
  private final PlainView view = new PlainView(progress, new PrintWriter(out), () -> now);

  @Test
  void printsOneLineForEachTrialThatEnds() {
    send(update(trial(0, TrialState.RUNNING)));
    send(update(points(0, 1, 1, 20)));
    send(update(completed(0, 20)));
    send(update(completed(0, 20)));
    send(update(trial(1, TrialState.DIVERGED).setEpochs(1).setReason("loss is NaN\nat step 3")));

    assertThat(out.toString().lines())
        .containsExactly(
            "trial 0 completed  dev_error 0.0202  20 epochs  2.4s  learning_rate=0.1"
                + " optimizer=adam hidden_units=50,60 batch_size=32 activation=relu",
            "trial 1 diverged  1 epoch  0.0s  learning_rate=0.02 optimizer=momentum"
                + " hidden_units=51,61 batch_size=64 activation=relu  (loss is NaN)");
  }

  @Test
  void printsProgressEveryFewSeconds() {
    send(update(sweep(SweepState.SWEEP_RUNNING, 4, 20).setBestTrial(0)));
    send(update(points(0, 1, 1, 20)));
    now = now.plusSeconds(5);
    send(update(points(1, 1, 1, 10)));
    send(update(points(1, 1, 11, 12)));

    assertThat(out.toString().lines())
        .containsExactly(
            "0/4 trials, 30/80 epochs, 5.0s, about 8.3s left, best: trial 0, dev_error 0.0202");
  }

  @Test
  void printsStagesAsTheyBegin() {
    send(update(stage(2, 20, 10, List.of(7, 3))));

    assertThat(out.toString().lines())
        .containsExactly(
            "stage 2, trials 20 to 29, drawn around the best: 7, 3",
            "  learning_rate  3e-4 to 0.03  the best reached the lower edge",
            "  optimizer      adam, sgd");
  }

  private void send(SweepUpdate update) {
    progress.apply(update);
    view.updated(update);
  }
}
