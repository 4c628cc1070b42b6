package dev.caviar.coordinator.store;

import dev.caviar.coordinator.CoordinatorEvent;
import dev.caviar.coordinator.search.Stage;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.sweep.SweepEvent;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.CoordinatorSnapshot;
import dev.caviar.proto.v1.EarlierTrial;
import dev.caviar.proto.v1.EnqueuedPoint;
import dev.caviar.proto.v1.Evaluation;
import dev.caviar.proto.v1.StoredAttempt;
import dev.caviar.proto.v1.StoredCount;
import dev.caviar.proto.v1.StoredPage;
import dev.caviar.proto.v1.StoredStart;
import dev.caviar.proto.v1.StoredStretch;
import dev.caviar.proto.v1.StoredTrial;
import dev.caviar.proto.v1.SweepSnapshot;
import dev.caviar.proto.v1.SweepStart;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepSummary;
import dev.caviar.proto.v1.TrialState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Records of every kind, with a value in every field. */
final class ExampleJournal {
  private ExampleJournal() {}

  static List<Object> records() {
    Map<String, ParameterValue> values = new LinkedHashMap<>();
    values.put("optimizer", new ParameterValue.Text("adam"));
    values.put("learning_rate", new ParameterValue.Real(0.001));
    values.put("hidden_units[0]", new ParameterValue.Whole(64));
    values.put("batch_norm", new ParameterValue.Flag(true));
    Point point = new Point(values);
    Stage stage =
        new Stage(
            2,
            20,
            10,
            List.of(3, 1, 19),
            List.of(
                new Stage.Side(
                    "learning_rate",
                    new Domain.RealRange(Scale.LOG, 1.0e-4, 0.1),
                    true,
                    false,
                    true),
                new Stage.Side(
                    "momentum",
                    new Domain.RealRange(Scale.ONE_MINUS_LOG, 0.9, 0.999),
                    false,
                    true,
                    false),
                new Stage.Side(
                    "hidden_units[0]",
                    new Domain.WholeRange(Scale.LINEAR, 50, 100),
                    false,
                    false,
                    false),
                new Stage.Side(
                    "optimizer",
                    new Domain.Choices(
                        List.of(
                            new ParameterValue.Text("adam"), new ParameterValue.Text("momentum"))),
                    false,
                    false,
                    false)));
    BlobRef checkpoint = BlobRef.newBuilder().setSha256("ab".repeat(32)).setSize(123_456).build();
    BlobRef model = BlobRef.newBuilder().setSha256("cd".repeat(32)).setSize(45_678).build();
    BlobRef report = BlobRef.newBuilder().setSha256("ef".repeat(32)).setSize(5_678).build();
    BlobRef page = BlobRef.newBuilder().setSha256("34".repeat(32)).setSize(67_890).build();
    Evaluation test =
        Evaluation.newBuilder().setLoss(0.25).setError(0.0625).setExamples(360).build();
    SweepEvent.ModelStored stored = new SweepEvent.ModelStored(21, model, test);
    SweepEvent.SpaceChanged changed =
        new SweepEvent.SpaceChanged(
            30,
            Map.of("learning_rate", new Domain.RealRange(Scale.LOG, 1.0e-3, 0.01)),
            "the best lie there");
    SweepEvent.EndRequested end = new SweepEvent.EndRequested(true, "enough");
    CoordinatorEvent.SweepSubmitted submitted =
        new CoordinatorEvent.SweepSubmitted(
            "digits-20261101-101112",
            "name: digits\n",
            "/home/ada/sweeps",
            1_793_527_872_000L,
            List.of(
                EarlierTrial.newBuilder()
                    .setSweepId("digits-20261031-090000")
                    .setTrial(4)
                    .addAllParameters(JournalMessages.message(point).getValuesList())
                    .setObjective(0.0625)
                    .build()),
            List.of(
                EnqueuedPoint.newBuilder()
                    .addAllParameters(JournalMessages.message(point).getValuesList())
                    .build()),
            "digits-20261001-080000",
            "ada",
            StoredStart.newBuilder()
                .setOf(
                    SweepStart.newBuilder().setPandaId("babysat-20261101-101112").setCheckpoint(4))
                .setCheckpoint(checkpoint)
                .setStep(230)
                .build());
    CoordinatorEvent.SweepEnded ended =
        new CoordinatorEvent.SweepEnded(
            "digits-20261101-101112",
            SweepSummary.newBuilder()
                .setStatus(
                    SweepStatus.newBuilder()
                        .setSweepId("digits-20261101-101112")
                        .setName("digits")
                        .setState(SweepState.SWEEP_STOPPED))
                .setSubmittedAtMillis(1_793_527_872_000L)
                .setEndedAtMillis(1_793_527_999_000L)
                .putTrialsByState("COMPLETED", 21)
                .setBestObjective(0.03125)
                .setRetestOf("digits-20261001-080000")
                .setBestCaviarVersion("0.1.0")
                .setBestDataSha256("12".repeat(32))
                .build());
    SweepSnapshot sweep =
        SweepSnapshot.newBuilder()
            .setState(SweepState.SWEEP_PAUSED)
            .addTrials(
                StoredTrial.newBuilder()
                    .setPoint(JournalMessages.message(point))
                    .setSeed(-7)
                    .setStage(1)
                    .setState(TrialState.COMPLETED)
                    .setAttempt(2)
                    .setLosses(1)
                    .setWorkerId("worker-1")
                    .setReason("none")
                    .setSteps(460)
                    .setEpochs(20)
                    .setElapsedMicros(1_250_000)
                    .setObjective(0.03125)
                    .addOtherObjectives(1.25)
                    .setViolation(0.5))
            .addTrials(
                StoredTrial.newBuilder()
                    .setNumber(1)
                    .setPoint(JournalMessages.message(point))
                    .setState(TrialState.PAUSED)
                    .setAttempt(1)
                    .setWorkerId("worker-2")
                    .setCheckpoint(checkpoint)
                    .setCheckpointStep(230)
                    .setCheckpointEpoch(10)
                    .setPaused(true)
                    .addRungs(JournalMessages.rungReached(new SweepEvent.RungReached(1, 3, 0.125)))
                    .addRungs(
                        JournalMessages.rungReached(new SweepEvent.RungReached(1, 10, 0.0625)))
                    .setPromotedEpoch(3)
                    .setHeld(true)
                    .addLineage(StoredStretch.newBuilder().setPoint(JournalMessages.message(point)))
                    .addLineage(
                        StoredStretch.newBuilder()
                            .setTrial(1)
                            .setFromEpoch(3)
                            .setFromStep(69)
                            .setPoint(JournalMessages.message(point))))
            .addStages(JournalMessages.message(stage))
            .setBestModel(JournalMessages.modelStored(stored))
            .setPauseReason("supper")
            .setEndRequested(JournalMessages.endRequested(end))
            .setAddedTrials(10)
            .addEnqueuedPoints(JournalMessages.message(point))
            .addEnqueueRequests("b7e1")
            .addEnqueuedTrials(1)
            .addSpaceChanges(JournalMessages.spaceChanged(changed))
            .addAttempts(
                StoredAttempt.newBuilder()
                    .setTrial(1)
                    .setAttempt(1)
                    .setWorkerId("worker-2")
                    .setBeganAtMillis(1_793_527_880_000L)
                    .setEndedAtMillis(1_793_527_881_000L)
                    .setOutcome(TrialState.RETRYING)
                    .setReason("its worker was lost")
                    .setLost(true))
            .addPages(
                StoredPage.newBuilder()
                    .setFirstTrial(2)
                    .setBlob(page)
                    .addCounts(
                        StoredCount.newBuilder().setState(TrialState.COMPLETED).setTrials(999))
                    .addCounts(StoredCount.newBuilder().setState(TrialState.DIVERGED).setTrials(1)))
            .setBestTrial(17)
            .addFrontPoints(17)
            .addFrontPoints(4)
            .build();
    CoordinatorSnapshot coordinator =
        CoordinatorSnapshot.newBuilder()
            .addSubmitted(JournalMessages.submitted(submitted))
            .addEnded(JournalMessages.ended(ended))
            .addPandasStarted(ExamplePanda.started().begun())
            .build();
    return Stream.concat(
            Stream.<Object>of(
                submitted,
                new SweepEvent.StageBegan(stage),
                new SweepEvent.TrialSampled(20, point, -8_765_432_101_234_567_890L, 2),
                new SweepEvent.TrialLeased(20, 1, "worker-1"),
                new SweepEvent.TrialCheckpointed(20, 1, checkpoint, 230, 10),
                new SweepEvent.RungReached(20, 10, 0.0625),
                new SweepEvent.TrialPromoted(20, 10, "0.06250 is place 1 of 3, and 1 goes on"),
                new SweepEvent.TrialHeld(19, 10, "2 trials have not reached epoch 10"),
                new SweepEvent.TrialRevived(18, "it looked good"),
                new SweepEvent.TrialExploited(
                    17, 10, 20, point, "0.1250 is place 4 of 4, and trial 20 has 0.06250"),
                new SweepEvent.TrialsAdded(10),
                new SweepEvent.PointsEnqueued("b7e1", List.of(point)),
                new SweepEvent.TrialSampled(30, point, 5, 3, true),
                changed,
                new SweepEvent.TrialLeased(30, 1, "worker-1", 1_793_527_880_000L),
                new SweepEvent.TrialHeld(
                    30, 10, "2 trials have not reached epoch 10", 1_793_527_881_000L),
                new SweepEvent.TrialLeased(31, 1, "worker-2", 1_793_527_882_000L),
                new SweepEvent.TrialReturned(
                    31, 1, "its worker was lost", true, 1_793_527_883_000L),
                new SweepEvent.TrialReturned(
                    32, 2, "its checkpoint is gone", false, 1_793_527_883_500L, true),
                new SweepEvent.TrialExploited(
                    31, 10, 20, point, "0.1250 is place 4 of 4", 1_793_527_884_000L),
                new SweepEvent.TrialOver(
                    31,
                    1,
                    TrialState.DIVERGED,
                    "its loss",
                    46,
                    2,
                    250_000,
                    null,
                    1_793_527_885_000L),
                new SweepEvent.ModelStored(31, model, test, "0.1.0", "12".repeat(32), report),
                new SweepEvent.TrialPaused(20),
                new SweepEvent.TrialResumed(20),
                new SweepEvent.TrialReturned(20, 1, "its worker was lost", true),
                new SweepEvent.TrialOver(
                    20, 2, TrialState.COMPLETED, "none", 460, 20, 1_250_000, 0.03125),
                new SweepEvent.TrialOver(21, 1, TrialState.FAILED, "out of memory", 0, 0, 0, null),
                new SweepEvent.TrialOver(
                    22,
                    1,
                    TrialState.INFEASIBLE,
                    "training_time is 45, and must be at most 30",
                    460,
                    20,
                    45_000_000,
                    0.0625,
                    List.of(45.0),
                    0.5,
                    1_793_527_886_000L),
                stored,
                new SweepEvent.ModelStored(22, model, null),
                new SweepEvent.SweepPaused("supper"),
                sweep,
                new SweepEvent.SweepResumed(),
                end,
                new SweepEvent.SweepOver(SweepState.SWEEP_STOPPED),
                new SweepEvent.Several(
                    List.of(
                        new SweepEvent.TrialSampled(32, point, 6, 3),
                        new SweepEvent.TrialLeased(32, 1, "worker-2", 1_793_527_887_000L))),
                ended,
                new CoordinatorEvent.SweepReopened("digits-20261101-101112"),
                coordinator),
            ExamplePanda.records().stream())
        .toList();
  }
}
