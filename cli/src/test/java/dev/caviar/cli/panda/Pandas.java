package dev.caviar.cli.panda;

import static dev.caviar.cli.Updates.real;
import static dev.caviar.cli.Updates.text;
import static dev.caviar.cli.Updates.whole;

import dev.caviar.proto.v1.AlertKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.InterventionKind;
import dev.caviar.proto.v1.PandaAlert;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.PandaUpdate;
import java.util.ArrayList;
import java.util.List;

/**
 * A panda as a coordinator would tell of it: begun with too small a rate, driven away by too large
 * a one, taken back, and twice changed since. Branch 2 is the present one; 23 mini-batches are an
 * epoch.
 */
final class Pandas {
  static final long BEGUN = 1_793_534_400_000L; // 2026-11-01T12:00:00Z
  static final int BATCHES = 23;

  private Pandas() {}

  static PandaState babysat() {
    return PandaState.newBuilder()
        .setPandaId("babysit-20261101-120000")
        .setName("babysit")
        .setPhase(PandaPhase.PANDA_TRAINING)
        .setStartedAtMillis(BEGUN)
        .setWorkerId("worker-a")
        .setBranch(2)
        .setStep(BATCHES * 60L)
        .setEpoch(60)
        .setLast(point(2, 60))
        .addParameters(real("learning_rate", 0.003))
        .addParameters(text("optimizer", "adam"))
        .addParameters(real("beta1", 0.9))
        .addParameters(whole("batch_size", 64))
        .addFirstParameters(real("learning_rate", 0.01))
        .addFirstParameters(text("optimizer", "adam"))
        .addFirstParameters(whole("epochs", Integer.MAX_VALUE))
        .setMetric("dev_error")
        .setMinimize(true)
        .setBestCheckpoint(4)
        .setBest(point(2, 55).getDevError())
        .addAlerts(
            PandaAlert.newBuilder()
                .setKind(AlertKind.ALERT_PLATEAU)
                .setMessage("dev_error has not fallen for 30 epochs")
                .setAdvice("Try a smaller learning rate: caviar panda set ... learning_rate=0.001")
                .setEpoch(30)
                .setSinceMillis(BEGUN + 50_000))
        .setSeed(7)
        .setPandaFile("name: babysit\n")
        .addBranches(branch(0, 0, 0, 0, 20).setBest(0.08).setBestStep(BATCHES * 10L))
        .addBranches(branch(1, 0, 8, 2, 12).setBest(0.07).setBestStep(BATCHES * 12L))
        .addBranches(branch(2, 0, 10, 2, 60).setBest(0.031).setBestStep(BATCHES * 55L))
        .addCheckpoints(checkpoint(1, 0, 8, 2).addKeptBecause("best of branch 0"))
        .addCheckpoints(checkpoint(2, 0, 10, 2).setName("before-lunch").addKeptBecause("named"))
        .addCheckpoints(checkpoint(3, 2, 40, 6))
        .addCheckpoints(checkpoint(4, 2, 55, 6).addKeptBecause("best"))
        .addLedger(entry(1, InterventionKind.INTERVENTION_START, 0, 0))
        .addLedger(
            entry(2, InterventionKind.INTERVENTION_TUNE, 0, 5)
                .addBefore(real("learning_rate", 0.01))
                .addAfter(real("learning_rate", 3))
                .setWhy("go faster")
                .setPointBefore(point(0, 5))
                .setPointAfter(point(0, 10)))
        .addLedger(
            entry(3, InterventionKind.INTERVENTION_ROLLBACK, 1, 8)
                .setFromBranch(0)
                .setCheckpoint(1)
                .setWhy("it went wrong"))
        .addLedger(
            entry(4, InterventionKind.INTERVENTION_ROLLBACK, 2, 10)
                .setFromBranch(1)
                .setCheckpoint(2))
        .addLedger(
            entry(5, InterventionKind.INTERVENTION_TUNE, 2, 10)
                .addBefore(real("learning_rate", 3))
                .addAfter(real("learning_rate", 0.03)))
        .addLedger(
            entry(6, InterventionKind.INTERVENTION_TUNE, 2, 30)
                .setStep(BATCHES * 30L + 15)
                .addBefore(real("learning_rate", 0.03))
                .addBefore(whole("batch_size", 32))
                .addAfter(real("learning_rate", 0.003))
                .addAfter(whole("batch_size", 64))
                .setWhy("plateau")
                .setPointBefore(point(2, 30))
                .setPointAfter(point(2, 35)))
        .addLedger(
            entry(7, InterventionKind.INTERVENTION_TUNE, 2, 31)
                .addAfter(real("momentum", 2))
                .setRefused("momentum must be below 1"))
        .addLedger(
            entry(8, InterventionKind.INTERVENTION_RECALIBRATE, 2, 0).clearStep().clearEpoch())
        .build();
  }

  static PandaBranch.Builder branch(int branch, int parent, int from, long entry, int to) {
    return PandaBranch.newBuilder()
        .setBranch(branch)
        .setParent(parent)
        .setFromStep((long) BATCHES * from)
        .setFromEpoch(from)
        .setFromEntry(entry)
        .setStep((long) BATCHES * to)
        .setEpoch(to)
        .setBeganAtMillis(BEGUN + 1000L * from);
  }

  static PandaCheckpoint.Builder checkpoint(int number, int branch, int epoch, long lastEntry) {
    return PandaCheckpoint.newBuilder()
        .setNumber(number)
        .setBranch(branch)
        .setStep((long) BATCHES * epoch)
        .setEpoch(epoch)
        .setTakenAtMillis(BEGUN + 1000L * epoch + 500)
        .setDevLoss(point(branch, epoch).getDevLoss())
        .setDevError(point(branch, epoch).getDevError())
        .setLastEntry(lastEntry)
        .setBlob(BlobRef.newBuilder().setSha256("ab".repeat(32)).setSize(1234));
  }

  static Intervention.Builder entry(long number, InterventionKind kind, int branch, int epoch) {
    return Intervention.newBuilder()
        .setNumber(number)
        .setKind(kind)
        .setAtMillis(BEGUN + 1000L * epoch + 100 * number)
        .setWho("ng@mac")
        .setBranch(branch)
        .setStep((long) BATCHES * epoch)
        .setEpoch(epoch);
  }

  /**
   * A falling curve, but on the branches before the last one after the fifth epoch a rising one.
   */
  static CurvePoint point(int branch, int epoch) {
    double error = 0.03 + 0.6 * Math.exp(-0.15 * epoch);
    if (branch < 2 && epoch > 5) {
      error += 0.05 * (epoch - 5);
    }
    return CurvePoint.newBuilder()
        .setEpoch(epoch)
        .setStep((long) BATCHES * epoch)
        .setTrainLoss(2 * error)
        .setDevLoss(2.2 * error)
        .setDevError(error)
        .setLearningRate(epoch <= 5 ? 0.01 : branch < 2 ? 3 : epoch <= 30 ? 0.03 : 0.003)
        .setElapsedMicros(120_000L * epoch)
        .build();
  }

  /** A branch's own points, from the epoch after the one where it began. */
  static List<CurvePoint> points(int branch, int from, int to) {
    List<CurvePoint> points = new ArrayList<>();
    for (int epoch = from; epoch <= to; epoch++) {
      points.add(point(branch, epoch));
    }
    return points;
  }

  /** The state, and what the present branch has measured. */
  static PandaUpdate update() {
    return PandaUpdate.newBuilder()
        .setState(babysat())
        .setVersion(1)
        .setBranch(2)
        .addAllPoints(points(2, 11, 60))
        .build();
  }
}
