package dev.caviar.coordinator.store;

import dev.caviar.coordinator.CoordinatorEvent;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.CoordinatorJournalEvent;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.InterventionKind;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaJournalEvent;
import dev.caviar.proto.v1.PandaJournalEvent.PandaAsked;
import dev.caviar.proto.v1.PandaJournalEvent.PandaCheckpointNamed;
import dev.caviar.proto.v1.PandaJournalEvent.PandaCheckpointed;
import dev.caviar.proto.v1.PandaJournalEvent.PandaCheckpointsDropped;
import dev.caviar.proto.v1.PandaJournalEvent.PandaEffectSeen;
import dev.caviar.proto.v1.PandaJournalEvent.PandaLeaseEnded;
import dev.caviar.proto.v1.PandaJournalEvent.PandaLeased;
import dev.caviar.proto.v1.PandaJournalEvent.PandaTuned;
import dev.caviar.proto.v1.PandaOrigin;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaSnapshot;
import dev.caviar.proto.v1.PandaSnapshot.StoredLease;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterChange;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.TrialState;
import java.util.List;

/** One record of each kind that a panda leaves in a journal, with something in every field. */
final class ExamplePanda {
  private ExamplePanda() {}

  static List<Object> records() {
    BlobRef blob = BlobRef.newBuilder().setSha256("ab".repeat(32)).setSize(4_096).build();
    Parameter before = parameter("learning_rate", 0.3);
    Parameter after = parameter("learning_rate", 0.1);
    CurvePoint point =
        CurvePoint.newBuilder()
            .setStep(230)
            .setEpoch(10)
            .setTrainLoss(0.5)
            .setDevLoss(0.625)
            .setDevError(0.125)
            .setLearningRate(0.3)
            .setElapsedMicros(1_000)
            .build();
    Intervention tuning =
        Intervention.newBuilder()
            .setNumber(2)
            .setKind(InterventionKind.INTERVENTION_TUNE)
            .setAtMillis(1_793_000_000_000L)
            .setWho("ann")
            .setWhy("plateau")
            .addAfter(after)
            .build();
    Intervention rollback =
        Intervention.newBuilder()
            .setNumber(3)
            .setKind(InterventionKind.INTERVENTION_ROLLBACK)
            .setAtMillis(1_793_000_001_000L)
            .setWho("ann")
            .setWhy("worse")
            .setBranch(1)
            .setStep(230)
            .setEpoch(10)
            .setPointBefore(point)
            .setCheckpoint(4)
            .build();
    PandaBranch branch =
        PandaBranch.newBuilder()
            .setBranch(1)
            .setFromStep(230)
            .setFromEpoch(10)
            .setStep(230)
            .setEpoch(10)
            .setBeganAtMillis(1_793_000_001_000L)
            .setBest(0.125)
            .setBestStep(230)
            .setFromEntry(2)
            .build();
    PandaCheckpoint checkpoint =
        PandaCheckpoint.newBuilder()
            .setNumber(4)
            .setBranch(1)
            .setStep(230)
            .setEpoch(10)
            .setTakenAtMillis(1_793_000_000_500L)
            .setBlob(blob)
            .setDevLoss(0.625)
            .setDevError(0.125)
            .setName("before-lunch")
            .setLastEntry(2)
            .setValue(0.125)
            .build();
    PandaTuned.Builder tuned =
        PandaTuned.newBuilder()
            .setEntry(2)
            .setStep(235)
            .setEpoch(10)
            .addBefore(before)
            .setPointBefore(point);
    return List.of(
        started(),
        adopted(blob, before, after),
        event(PandaLeased.newBuilder().setBranch(1).setAttempt(2).setWorkerId("worker-1")),
        PandaJournalEvent.newBuilder()
            .setLeaseEnded(
                PandaLeaseEnded.newBuilder()
                    .setBranch(1)
                    .setAttempt(2)
                    .setState(TrialState.RETRYING)
                    .setReason("its worker was lost")
                    .setLost(true)
                    .setStep(240)
                    .setEpoch(10))
            .build(),
        PandaJournalEvent.newBuilder()
            .setAsked(PandaAsked.newBuilder().setEntry(tuning).setRequestId("b7e1"))
            .build(),
        PandaJournalEvent.newBuilder()
            .setAsked(PandaAsked.newBuilder().setEntry(rollback).setBranch(branch))
            .build(),
        PandaJournalEvent.newBuilder().setTuned(tuned).build(),
        PandaJournalEvent.newBuilder()
            .setTuned(PandaTuned.newBuilder().setEntry(2).setRefused("out of memory"))
            .build(),
        PandaJournalEvent.newBuilder()
            .setCheckpointed(
                PandaCheckpointed.newBuilder()
                    .setCheckpoint(checkpoint)
                    .setBranchBest(0.125)
                    .setBranchBestStep(230))
            .build(),
        PandaJournalEvent.newBuilder()
            .setCheckpointNamed(
                PandaCheckpointNamed.newBuilder().setNumber(4).setName("before-lunch"))
            .build(),
        PandaJournalEvent.newBuilder()
            .setCheckpointsDropped(PandaCheckpointsDropped.newBuilder().addNumbers(1).addNumbers(3))
            .build(),
        PandaJournalEvent.newBuilder()
            .setEffectSeen(PandaEffectSeen.newBuilder().setEntry(2).setPointAfter(point))
            .build(),
        PandaSnapshot.newBuilder()
            .setPhase(PandaPhase.PANDA_PAUSED)
            .setReason("lunch")
            .addBranches(branch)
            .addCheckpoints(checkpoint)
            .addLedger(tuning)
            .putRequests("b7e1", 2)
            .setLastCheckpoint(4)
            .addLeases(
                StoredLease.newBuilder()
                    .setBranch(1)
                    .setAttempt(2)
                    .setWorkerId("worker-1")
                    .setEnded(true))
            .setLosses(1)
            .addParameters(after)
            .build());
  }

  private static PandaJournalEvent event(PandaLeased.Builder leased) {
    return PandaJournalEvent.newBuilder().setLeased(leased).build();
  }

  static CoordinatorEvent.PandaStarted started() {
    return new CoordinatorEvent.PandaStarted(
        CoordinatorJournalEvent.PandaStarted.newBuilder()
            .setPandaId("babysat-20261101-101112")
            .setPandaFile("name: babysat")
            .setBaseDirectory("/home/ann")
            .setStartedAtMillis(1_793_000_000_000L)
            .setWho("ann")
            .build());
  }

  private static CoordinatorEvent.PandaAdopted adopted(
      BlobRef blob, Parameter before, Parameter after) {
    return new CoordinatorEvent.PandaAdopted(
        CoordinatorJournalEvent.PandaAdopted.newBuilder()
            .setPandaId("digits-trial7-20261101-101112")
            .setOrigin(
                PandaOrigin.newBuilder()
                    .setSweepId("digits-20261101-101112")
                    .setTrial(7)
                    .setStep(230)
                    .setEpoch(10)
                    .addChanges(
                        ParameterChange.newBuilder().setAfterStep(115).addParameters(after)))
            .setStartedAtMillis(1_793_000_000_000L)
            .setWho("ann")
            .setWhy("it looked good")
            .setName("digits-trial7")
            .setData(DataSource.newBuilder().setBuiltin("digits").setDevFraction(0.2))
            .setMetric("dev_error")
            .setMinimize(true)
            .setSeed(-8_765_432_101_234_567_890L)
            .addParameters(before)
            .setCheckpoint(blob)
            .build());
  }

  private static Parameter parameter(String name, double value) {
    return Parameter.newBuilder()
        .setName(name)
        .setValue(ParameterValue.newBuilder().setReal(value))
        .build();
  }
}
