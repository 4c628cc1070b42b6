package dev.caviar.coordinator.panda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.proto.v1.AlertKind;
import dev.caviar.proto.v1.PandaAlert;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class RaisedAlertsTest {
  private static final int NEVER = -1;

  private final RaisedAlerts alerts = new RaisedAlerts();
  private int epoch;
  private long secondsPerEpoch = 20;

  private static List<PandaAlert> alerts(int epoch, AlertKind... kinds) {
    return Arrays.stream(kinds)
        .map(kind -> PandaAlert.newBuilder().setKind(kind).setEpoch(epoch).build())
        .toList();
  }

  /** One more epoch, at whose end those are seen; answers which of them are new. */
  private List<AlertKind> epoch(int changed, AlertKind... seen) {
    epoch++;
    return kinds(alerts.see(alerts(epoch, seen), epoch, changed, 1000 * secondsPerEpoch * epoch));
  }

  private static List<AlertKind> kinds(List<PandaAlert> alerts) {
    return alerts.stream().map(PandaAlert::getKind).toList();
  }

  private List<AlertKind> standing() {
    return kinds(alerts.list());
  }

  @Test
  void whatComesAndGoesIsRaisedOnceAndStandsSinceItsFirstTime() {
    assertThat(epoch(NEVER, AlertKind.ALERT_DEAD_UNITS))
        .containsExactly(AlertKind.ALERT_DEAD_UNITS);
    for (int i = 0; i < 20; i++) {
      assertThat(epoch(NEVER)).isEmpty();
      assertThat(standing()).containsExactly(AlertKind.ALERT_DEAD_UNITS);
      assertThat(epoch(NEVER, AlertKind.ALERT_DEAD_UNITS)).isEmpty();
    }
    assertThat(alerts.list().getFirst().getSinceMillis()).isEqualTo(20_000);
    assertThat(alerts.list().getFirst().getEpoch()).isEqualTo(1);
  }

  @Test
  void itEndsAfterFiveEpochsWithoutItAndIsThenNewAgain() {
    epoch(NEVER, AlertKind.ALERT_RUNNING_STATISTICS);
    for (int i = 1; i < RaisedAlerts.CLEAR_EPOCHS; i++) {
      epoch(NEVER);
    }
    assertThat(standing()).containsExactly(AlertKind.ALERT_RUNNING_STATISTICS);
    epoch(NEVER);
    assertThat(standing()).isEmpty();
    assertThat(epoch(NEVER, AlertKind.ALERT_RUNNING_STATISTICS))
        .containsExactly(AlertKind.ALERT_RUNNING_STATISTICS);
  }

  @Test
  void itEndsAtOnceWhereWhatWasDoneHelped() {
    epoch(NEVER, AlertKind.ALERT_RUNNING_STATISTICS);
    epoch(1);
    assertThat(standing()).isEmpty();
    // Where it did not help, it stands.
    epoch(1, AlertKind.ALERT_RUNNING_STATISTICS);
    epoch(1);
    assertThat(standing()).containsExactly(AlertKind.ALERT_RUNNING_STATISTICS);
  }

  @Test
  void ofQuickEpochsAMinuteWithoutItEndsIt() {
    secondsPerEpoch = 1;
    epoch(NEVER, AlertKind.ALERT_DIVERGENCE);
    for (int second = 1; second < RaisedAlerts.CLEAR_TIME.toSeconds(); second++) {
      epoch(NEVER);
    }
    assertThat(standing()).containsExactly(AlertKind.ALERT_DIVERGENCE);
    epoch(NEVER);
    assertThat(standing()).isEmpty();
  }

  @Test
  void aPlateauIsOverWithTheFirstBetterNetworkAndASmallBatchWithALargerOne() {
    epoch(NEVER, AlertKind.ALERT_PLATEAU, AlertKind.ALERT_SMALL_BATCH);
    epoch(NEVER, AlertKind.ALERT_SMALL_BATCH);
    assertThat(standing()).containsExactly(AlertKind.ALERT_SMALL_BATCH);
    epoch(NEVER);
    assertThat(standing()).isEmpty();
  }

  @Test
  void aGapIsToldOfOnce() {
    epoch(0, AlertKind.ALERT_STALE_STATISTICS);
    epoch(0, AlertKind.ALERT_RUNNING_STATISTICS);
    assertThat(standing()).containsExactly(AlertKind.ALERT_RUNNING_STATISTICS);
  }
}
