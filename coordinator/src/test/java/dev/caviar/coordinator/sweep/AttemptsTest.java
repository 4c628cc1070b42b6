package dev.caviar.coordinator.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.space.Point;
import dev.caviar.proto.v1.TrialState;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AttemptsTest {
  private final Attempts attempts = new Attempts();

  private void happens(SweepEvent... events) {
    for (SweepEvent event : events) {
      attempts.apply(event);
    }
  }

  @Test
  void tellWhoHadATrialWhenAndWhatCameOfIt() {
    happens(
        new SweepEvent.TrialLeased(3, 1, "ada", 100),
        new SweepEvent.TrialReturned(3, 1, "worker ada was lost", true, 150),
        new SweepEvent.TrialLeased(3, 2, "grace", 160),
        new SweepEvent.TrialLeased(1, 1, "ada", 170),
        new SweepEvent.TrialOver(3, 2, TrialState.COMPLETED, "", 9, 2, 50, 0.5, 200));

    assertThat(attempts.all())
        .containsExactly(
            new Attempt(1, 1, "ada", 170, 0, TrialState.RUNNING, "", false),
            new Attempt(3, 1, "ada", 100, 150, TrialState.RETRYING, "worker ada was lost", true),
            new Attempt(3, 2, "grace", 160, 200, TrialState.COMPLETED, "", false));
    assertThat(attempts.of(3)).hasSize(2);
    assertThat(attempts.of(2)).isEmpty();
  }

  @Test
  void aTrialThatIsHeldOrBecomesACopyGivesItsWorkerBack() {
    happens(
        new SweepEvent.TrialLeased(0, 1, "ada", 100),
        new SweepEvent.TrialHeld(0, 3, "others are not as far", 110),
        new SweepEvent.TrialLeased(1, 1, "ada", 120),
        new SweepEvent.TrialExploited(1, 3, 0, new Point(Map.of()), "worst of 2", 130));

    assertThat(attempts.all())
        .containsExactly(
            new Attempt(0, 1, "ada", 100, 110, TrialState.PAUSED, "others are not as far", false),
            new Attempt(1, 1, "ada", 120, 130, TrialState.RETRYING, "worst of 2", false));
    // It is stopped while it waits: no attempt ends with that.
    happens(new SweepEvent.TrialOver(0, 1, TrialState.STOPPED_EARLY, "", 0, 3, 0, null, 140));
    assertThat(attempts.of(0).getLast().endedAtMillis()).isEqualTo(110);
  }

  @Test
  void whatAnEarlierJournalSaysHasNoTimes() {
    happens(
        new SweepEvent.TrialLeased(0, 1, "ada"),
        new SweepEvent.TrialOver(0, 1, TrialState.FAILED, "why", 0, 0, 0, null),
        new SweepEvent.TrialOver(7, 0, TrialState.CANCELLED, "never ran", 0, 0, 0, null));

    assertThat(attempts.all())
        .containsExactly(new Attempt(0, 1, "ada", 0, 0, TrialState.FAILED, "why", false));
  }
}
