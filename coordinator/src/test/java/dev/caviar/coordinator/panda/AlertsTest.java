package dev.caviar.coordinator.panda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.space.PandaFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.proto.v1.AlertKind;
import dev.caviar.proto.v1.BatchNormStatistics;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.InterventionKind;
import dev.caviar.proto.v1.LayerStatistics;
import dev.caviar.proto.v1.PandaAlert;
import dev.caviar.proto.v1.PandaJournalEvent;
import dev.caviar.proto.v1.PandaJournalEvent.PandaAsked;
import dev.caviar.proto.v1.PandaJournalEvent.PandaTuned;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class AlertsTest {
  private final List<CurvePoint> points = new ArrayList<>();

  private static Panda panda(int batchSize) {
    try {
      return new Panda(
          "p1",
          PandaFile.parse(
              """
              name: test
              data: {builtin: digits}
              parameters: {hidden_units: 5, batch_size: %d}
              """
                  .formatted(batchSize),
              Path.of("/")),
          0,
          "ann",
          "");
    } catch (SweepFileException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private void point(double trainLoss, double devLoss, LayerStatistics... layers) {
    points.add(
        CurvePoint.newBuilder()
            .setEpoch(points.size() + 1)
            .setTrainLoss(trainLoss)
            .setDevLoss(devLoss)
            .setDevError(devLoss / 10)
            .setLearningRate(0.3)
            .addAllLayers(List.of(layers))
            .build());
  }

  private List<AlertKind> kinds(Panda panda) {
    return Alerts.of(panda, points).stream().map(PandaAlert::getKind).toList();
  }

  private static LayerStatistics layer(UnaryOperator<BatchNormStatistics.Builder> norm) {
    return LayerStatistics.newBuilder()
        .setUnits(10)
        .setBatchNorm(norm.apply(BatchNormStatistics.newBuilder()))
        .build();
  }

  /** At the end of that epoch somebody changed something. */
  private static Panda tuned(Panda panda, int epoch) {
    panda.apply(
        PandaJournalEvent.newBuilder()
            .setAsked(
                PandaAsked.newBuilder()
                    .setEntry(
                        Intervention.newBuilder()
                            .setNumber(2)
                            .setKind(InterventionKind.INTERVENTION_TUNE)))
            .build());
    return panda.apply(
        PandaJournalEvent.newBuilder()
            .setTuned(PandaTuned.newBuilder().setEntry(2).setStep(10L * epoch).setEpoch(epoch))
            .build());
  }

  @Test
  void aHealthyCurveHasNone() {
    for (int i = 1; i <= 60; i++) {
      point(1.0 / i, 1.1 / i, layer(norm -> norm.setMeanGap(0.1).setVarianceGap(0.1)));
    }
    assertThat(kinds(panda(64))).isEmpty();
    assertThat(Alerts.of(panda(64), List.of())).isEmpty();
  }

  @Test
  void aPlateauIsTwentyEpochsWithoutABetterOneAndNotRightAfterAChange() {
    point(1, 1);
    for (int i = 0; i < 19; i++) {
      point(1, 1);
    }
    assertThat(kinds(panda(64))).isEmpty();
    point(1, 1);
    assertThat(kinds(panda(64))).containsExactly(AlertKind.ALERT_PLATEAU);
    PandaAlert alert = Alerts.of(panda(64), points).getFirst();
    assertThat(alert.getMessage())
        .isEqualTo("dev_error has not become better for 20 epochs: 0.1 after epoch 1");
    assertThat(alert.getAdvice()).endsWith("caviar panda set p1 learning_rate=0.1");
    assertThat(kinds(tuned(panda(64), 10))).isEmpty();
  }

  @Test
  void aTrainLossThatRisesTwiceInARowDiverges() {
    point(0.1, 1);
    point(0.09, 1);
    point(0.3, 1);
    assertThat(kinds(panda(64))).isEmpty();
    point(0.4, 1);
    assertThat(kinds(panda(64))).containsExactly(AlertKind.ALERT_DIVERGENCE);
  }

  @Test
  void overfittingIsADevLossThatRisesWhileTheTrainLossFalls() {
    point(0.5, 0.6);
    point(0.4, 0.5);
    point(0.3, 0.55);
    point(0.2, 0.59);
    point(0.1, 0.65);
    assertThat(kinds(panda(64))).containsExactly(AlertKind.ALERT_OVERFITTING);
    points.removeLast();
    point(0.45, 0.65);
    assertThat(kinds(panda(64))).isEmpty();
  }

  @Test
  void runningStatisticsThatAreOffTwiceInARow() {
    point(1, 1, layer(norm -> norm.setMeanGap(0.6)));
    assertThat(kinds(panda(64))).isEmpty();
    point(0.9, 0.9, layer(norm -> norm.setVarianceGap(-0.8)));
    assertThat(kinds(panda(64))).containsExactly(AlertKind.ALERT_RUNNING_STATISTICS);
    assertThat(Alerts.of(panda(64), points).getFirst().getAdvice())
        .contains("caviar panda recalibrate p1");
    // Right after a change they are what that left behind.
    assertThat(kinds(tuned(panda(64), 1))).containsExactly(AlertKind.ALERT_STALE_STATISTICS);
  }

  @Test
  void unitsThatSayNothing() {
    point(
        1,
        1,
        layer(norm -> norm.setGammaNearZero(3)),
        layer(norm -> norm).toBuilder().setDeadUnits(3).build());
    assertThat(kinds(panda(64)))
        .containsExactly(AlertKind.ALERT_SMALL_GAMMA, AlertKind.ALERT_DEAD_UNITS);
    points.clear();
    point(1, 1, layer(norm -> norm.setGammaNearZero(2)).toBuilder().setDeadUnits(2).build());
    assertThat(kinds(panda(64))).isEmpty();
  }

  @Test
  void miniBatchesTooSmallForAVariance() {
    assertThat(kinds(panda(8))).containsExactly(AlertKind.ALERT_SMALL_BATCH);
    assertThat(kinds(panda(16))).isEmpty();
  }
}
