package dev.caviar.coordinator.panda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.pattern.StatusReply;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.pool.WorkerPool;
import dev.caviar.coordinator.space.PandaDefinition;
import dev.caviar.coordinator.space.PandaFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.coordinator.store.BlobStore;
import dev.caviar.coordinator.store.MemoryBlobStore;
import dev.caviar.coordinator.store.MemoryCurveStore;
import dev.caviar.coordinator.store.Stores;
import dev.caviar.proto.v1.AlertKind;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.CheckpointPandaRequest;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.EndPandaRequest;
import dev.caviar.proto.v1.GetPandaCurveRequest;
import dev.caviar.proto.v1.GetPandaCurveResponse;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.InterventionKind;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.PandaAlert;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.PandaUpdate;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterChange;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.PausePandaRequest;
import dev.caviar.proto.v1.RecalibratePandaRequest;
import dev.caviar.proto.v1.ResumePandaRequest;
import dev.caviar.proto.v1.RollBackPandaRequest;
import dev.caviar.proto.v1.TrialCheckpoint;
import dev.caviar.proto.v1.TrialCommand;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.TrialReport;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialTuned;
import dev.caviar.proto.v1.TunePandaRequest;
import dev.caviar.proto.v1.TuneTrial;
import dev.caviar.proto.v1.WatchPandaRequest;
import dev.caviar.proto.v1.WorkerMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A real panda; the test is its pool and its workers. Ten mini-batches are an epoch. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@NullUnmarked
class PandaActorTest {
  private static final String FILE =
      """
      name: test
      data: {builtin: digits}
      parameters: {learning_rate: 0.1, learning_rate_decay: 0.5, hidden_units: 5, optimizer: adam}
      checkpoints: {every: 1h}
      """;

  private final ActorTestKit kit =
      ActorTestKit.create(
          ConfigFactory.parseString("caviar.coordinator.return-timeout = 1s")
              .withFallback(Stores.memory().persistence())
              .withFallback(ConfigFactory.load()));
  private final AtomicInteger pandas = new AtomicInteger();
  private MemoryCurveStore curves;
  private BlobStore blobs;
  private String id;
  private TestProbe<PandaActor.Changed> news;
  private TestProbe<WorkerPool.Command> pool;
  private TestProbe<CoordinatorMessage> worker;
  private ActorRef<PandaActor.Command> panda;

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  @BeforeEach
  void probes() {
    pool = kit.createTestProbe();
    worker = kit.createTestProbe();
    news = kit.createTestProbe();
    curves = new MemoryCurveStore();
    blobs = new MemoryBlobStore();
    id = "test-" + pandas.incrementAndGet();
  }

  private void start(String file) {
    try {
      start(PandaFile.parse(file, Path.of("/")));
    } catch (SweepFileException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** As a coordinator does, at first and after a restart. */
  private void start(PandaDefinition definition) {
    panda =
        kit.spawn(
            PandaActor.create(
                new PandaActor.Setup(id, definition, 1_000, "ann", "", curves, blobs, () -> {}),
                pool.getRef(),
                news.getRef()));
    pool.expectMessageClass(WorkerPool.WorkAvailable.class);
  }

  private void restart() {
    kit.stop(panda);
    start(FILE);
  }

  private AssignTrial lease(TestProbe<CoordinatorMessage> by) {
    panda.tell(new PandaActor.NextTrial("w", by.getRef(), pool.getRef()));
    return by.receiveMessage().getAssignTrial();
  }

  private void declines() {
    while (true) {
      panda.tell(new PandaActor.NextTrial("w", worker.getRef(), pool.getRef()));
      // Before it may say that there is work.
      WorkerPool.Command answer = pool.receiveMessage();
      if (answer instanceof WorkerPool.NothingToGive) {
        return;
      }
    }
  }

  private void says(WorkerMessage.Builder message) {
    panda.tell(new PandaActor.FromWorker(worker.getRef(), message.build()));
  }

  private static Lease lease(String id, int branch, int attempt) {
    return Lease.newBuilder().setSweepId(id).setTrial(branch).setAttempt(attempt).build();
  }

  private void reports(int branch, int attempt, int from, int to) {
    reports(branch, attempt, from, to, epoch -> 1.0 / epoch);
  }

  private void reports(
      int branch, int attempt, int from, int to, Function<Integer, Double> devError) {
    TrialReport.Builder report = TrialReport.newBuilder().setLease(lease(id, branch, attempt));
    for (int epoch = from; epoch <= to; epoch++) {
      report.addPoints(
          CurvePoint.newBuilder()
              .setEpoch(epoch)
              .setStep(10L * epoch)
              .setTrainLoss(1.0 / epoch)
              .setDevLoss(1.0 / epoch)
              .setDevError(devError.apply(epoch))
              .setLearningRate(0.1));
    }
    says(WorkerMessage.newBuilder().setTrialReport(report));
    assertThat(worker.receiveMessage().getTrialReportAck().getEpoch()).isEqualTo(to);
  }

  private BlobRef blob(String content) {
    try {
      byte[] bytes = content.getBytes(UTF_8);
      return blobs.put(BlobKind.CHECKPOINT, new ByteArrayInputStream(bytes), bytes.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean has(BlobRef blob) {
    try {
      return blobs.contains(BlobKind.CHECKPOINT, blob.getSha256());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private BlobRef checkpoints(int branch, int attempt, long step, long lastChange) {
    BlobRef blob = blob("%s %d %d %d".formatted(id, branch, step, lastChange));
    says(
        WorkerMessage.newBuilder()
            .setTrialCheckpoint(
                TrialCheckpoint.newBuilder()
                    .setLease(lease(id, branch, attempt))
                    .setCheckpoint(blob)
                    .setStep(step)
                    .setEpoch((int) (step / 10))
                    .setLastChangeId(lastChange)));
    return blob;
  }

  private void makes(int branch, int attempt, long change, long step) {
    says(
        WorkerMessage.newBuilder()
            .setTrialTuned(
                TrialTuned.newBuilder()
                    .setLease(lease(id, branch, attempt))
                    .setChangeId(change)
                    .setStep(step)
                    .setEpoch((int) (step / 10))));
    assertThat(worker.receiveMessage().getTrialTunedAck().getChangeId()).isEqualTo(change);
  }

  private void ends(int branch, int attempt, TrialState state, long step) {
    says(
        WorkerMessage.newBuilder()
            .setTrialEnded(
                TrialEnded.newBuilder()
                    .setLease(lease(id, branch, attempt))
                    .setState(state)
                    .setReason("told so")
                    .setSteps(step)
                    .setEpochs((int) (step / 10))));
    assertThat(worker.receiveMessage().hasTrialEndedAck()).isTrue();
  }

  private <T> T ask(Function<ActorRef<StatusReply<T>>, PandaActor.Command> command) {
    return asked(command).getValue();
  }

  private <T> String refused(Function<ActorRef<StatusReply<T>>, PandaActor.Command> command) {
    StatusReply<T> reply = asked(command);
    assertThat(reply.isError()).isTrue();
    return reply.getError().getMessage();
  }

  private <T> StatusReply<T> asked(Function<ActorRef<StatusReply<T>>, PandaActor.Command> command) {
    TestProbe<StatusReply<T>> probe = kit.createTestProbe();
    panda.tell(command.apply(probe.getRef()));
    return probe.receiveMessage(Duration.ofSeconds(10));
  }

  private PandaState state() {
    return ask(PandaActor.Get::new);
  }

  private static Parameter real(String name, double value) {
    return Parameter.newBuilder()
        .setName(name)
        .setValue(ParameterValue.newBuilder().setReal(value))
        .build();
  }

  private TunePandaRequest tuning(Parameter... parameters) {
    return TunePandaRequest.newBuilder()
        .setPandaId(id)
        .addAllParameters(List.of(parameters))
        .setWho("ann")
        .setWhy("plateau")
        .build();
  }

  private TuneTrial hearsTuning() {
    return worker.receiveMessage().getTrialCommand().getTune();
  }

  private Intervention rollBack(RollBackPandaRequest.Builder to) {
    return ask(replyTo -> new PandaActor.RollBack(to.setWho("ann").build(), replyTo));
  }

  private TrialCommand hearsStop() {
    TrialCommand command = worker.receiveMessage().getTrialCommand();
    assertThat(command.hasStop()).isTrue();
    assertThat(command.getStop().getCheckpoint()).isTrue();
    return command;
  }

  @Test
  void trainsFromTheStartForAsLongAsItIsLet() {
    start(FILE);
    AssignTrial assignment = lease(worker);

    assertThat(assignment.getLease()).isEqualTo(lease(id, 0, 1));
    assertThat(assignment.hasCheckpoint()).isFalse();
    assertThat(assignment.getChangesList()).isEmpty();
    assertThat(assignment.getRungsList()).isEmpty();
    assertThat(assignment.getLayerStatistics()).isTrue();
    assertThat(assignment.getKeepBest().getMetric()).isEqualTo("dev_error");
    assertThat(assignment.getParametersList())
        .contains(
            Parameter.newBuilder()
                .setName("epochs")
                .setValue(ParameterValue.newBuilder().setInteger(Integer.MAX_VALUE))
                .build());
    declines();
    assertThat(state().getPhase()).isEqualTo(PandaPhase.PANDA_TRAINING);
  }

  @Test
  void aTuningIsAnsweredOnceItsWorkerHasMadeIt() {
    start(FILE);
    lease(worker);
    reports(0, 1, 1, 3);
    TestProbe<StatusReply<Intervention>> answer = kit.createTestProbe();
    panda.tell(new PandaActor.Tune(tuning(real("learning_rate", 0.01)), answer.getRef()));

    TuneTrial tuning = hearsTuning();
    assertThat(tuning.getChangeId()).isEqualTo(2);
    assertThat(tuning.getRestartDecay()).isTrue();
    assertThat(tuning.getNotBeforeStep()).isEqualTo(30);
    assertThat(tuning.getParametersList()).containsExactly(real("learning_rate", 0.01));
    answer.expectNoMessage(Duration.ofMillis(100));
    makes(0, 1, 2, 34);

    Intervention entry = answer.receiveMessage().getValue();
    assertThat(entry.getStep()).isEqualTo(34);
    assertThat(entry.getBeforeList()).containsExactly(real("learning_rate", 0.1));
    assertThat(entry.getAfterList()).containsExactly(real("learning_rate", 0.01));
    assertThat(entry.getPointBefore().getEpoch()).isEqualTo(3);
    assertThat(entry.getWho()).isEqualTo("ann");
    assertThat(state().getParametersList()).contains(real("learning_rate", 0.01));
  }

  @Test
  void whatCameOfItIsSeenFiveEpochsLater() {
    start(FILE);
    lease(worker);
    reports(0, 1, 1, 3);
    TestProbe<StatusReply<Intervention>> answer = kit.createTestProbe();
    panda.tell(new PandaActor.Tune(tuning(real("beta1", 0.8)), answer.getRef()));
    hearsTuning();
    makes(0, 1, 2, 35);
    reports(0, 1, 4, 7);
    assertThat(state().getLedger(1).hasPointAfter()).isFalse();
    reports(0, 1, 8, 9);

    assertThat(state().getLedger(1).getPointAfter().getEpoch()).isEqualTo(9);
  }

  @Test
  void aTuningWithoutAWorkerIsAnsweredAtOnceAndMadeByTheNext() {
    start(FILE);
    lease(worker);
    reports(0, 1, 1, 5);
    checkpoints(0, 1, 30, 0);
    panda.tell(new PandaActor.WorkerLost(worker.getRef()));
    Intervention pending = ask(replyTo -> new PandaActor.Tune(tuning(real("l2", 0.001)), replyTo));
    assertThat(pending.hasStep()).isFalse();

    assertThat(lease(worker).getLease().getAttempt()).isEqualTo(2);
    // What the lost worker has reported is to stay what was trained.
    assertThat(hearsTuning().getNotBeforeStep()).isEqualTo(50);
    makes(0, 2, 2, 50);
    assertThat(state().getLedger(1).getStep()).isEqualTo(50);
  }

  @Test
  void aLostBranchGoesOnFromItsLastCheckpointWithTheChangesSinceThen() {
    start(FILE);
    lease(worker);
    reports(0, 1, 1, 4);
    BlobRef checkpoint = checkpoints(0, 1, 40, 0);
    TestProbe<StatusReply<Intervention>> answer = kit.createTestProbe();
    panda.tell(new PandaActor.Tune(tuning(real("beta1", 0.8)), answer.getRef()));
    hearsTuning();
    makes(0, 1, 2, 47);
    panda.tell(new PandaActor.WorkerLost(worker.getRef()));

    AssignTrial again = lease(worker);
    assertThat(again.getCheckpoint()).isEqualTo(checkpoint);
    assertThat(again.getChangesList())
        .containsExactly(
            ParameterChange.newBuilder()
                .setAfterStep(47)
                .setChangeId(2)
                .addParameters(real("beta1", 0.8))
                .build());
  }

  @Test
  void aTuningSaidTwiceIsMadeOnce() {
    start(FILE);
    TunePandaRequest request = tuning(real("beta1", 0.8)).toBuilder().setRequestId("r1").build();
    Intervention first = ask(replyTo -> new PandaActor.Tune(request, replyTo));
    Intervention again = ask(replyTo -> new PandaActor.Tune(request, replyTo));

    assertThat(again).isEqualTo(first);
    assertThat(state().getLedgerList()).hasSize(2);
  }

  @Test
  void whatCannotChangeIsRefusedWithTheReason() {
    start(FILE);
    assertThat(
            refused(
                (ActorRef<StatusReply<Intervention>> replyTo) ->
                    new PandaActor.Tune(
                        tuning(
                            Parameter.newBuilder()
                                .setName("hidden_layers")
                                .setValue(ParameterValue.newBuilder().setInteger(3))
                                .build()),
                        replyTo)))
        .contains("hidden_layers cannot change while a model is trained: its weights are of this");
    assertThat(
            refused(
                (ActorRef<StatusReply<Intervention>> replyTo) ->
                    new PandaActor.Tune(tuning(real("momentum", 0.9)), replyTo)))
        .contains("it is used where optimizer is momentum, and that is 'adam'");
    assertThat(
            refused(
                (ActorRef<StatusReply<Intervention>> replyTo) ->
                    new PandaActor.Tune(tuning(real("learning_rate", 0.1)), replyTo)))
        .contains("it trains with that already");
    assertThat(state().getLedgerList()).hasSize(1);
  }

  @Test
  void aPausedOneGivesItsWorkerFreeAndGoesOnWhereItWas() {
    start(FILE);
    lease(worker);
    reports(0, 1, 1, 2);
    Intervention entry =
        ask(
            replyTo ->
                new PandaActor.Pause(
                    PausePandaRequest.newBuilder().setWho("ann").setWhy("lunch").build(), replyTo));
    assertThat(entry.hasStep()).isFalse();
    assertThat(hearsStop().getStop().getState()).isEqualTo(TrialState.RETRYING);
    declines();
    BlobRef checkpoint = checkpoints(0, 1, 27, 0);
    ends(0, 1, TrialState.RETRYING, 27);

    PandaState paused = state();
    assertThat(paused.getPhase()).isEqualTo(PandaPhase.PANDA_PAUSED);
    assertThat(paused.getLedger(1).getStep()).isEqualTo(27);
    declines();
    this.<Intervention>ask(
        replyTo -> new PandaActor.Resume(ResumePandaRequest.getDefaultInstance(), replyTo));
    assertThat(lease(worker).getCheckpoint()).isEqualTo(checkpoint);
  }

  @Test
  void resumedBeforeItsWorkerHasStoppedItWaitsForTheCheckpoint() {
    start(FILE);
    lease(worker);
    this.<Intervention>ask(
        replyTo -> new PandaActor.Pause(PausePandaRequest.getDefaultInstance(), replyTo));
    hearsStop();
    this.<Intervention>ask(
        replyTo -> new PandaActor.Resume(ResumePandaRequest.getDefaultInstance(), replyTo));
    declines();
    BlobRef checkpoint = checkpoints(0, 1, 5, 0);
    ends(0, 1, TrialState.RETRYING, 5);

    assertThat(lease(worker).getCheckpoint()).isEqualTo(checkpoint);
  }

  @Test
  void aRollbackIsANewBranchAndNothingIsLost() {
    start(FILE);
    lease(worker);
    reports(0, 1, 1, 3);
    BlobRef best = checkpoints(0, 1, 30, 0);
    TestProbe<StatusReply<Intervention>> answer = kit.createTestProbe();
    panda.tell(new PandaActor.Tune(tuning(real("learning_rate", 5)), answer.getRef()));
    hearsTuning();
    makes(0, 1, 2, 35);
    reports(0, 1, 4, 6, epoch -> 0.9);

    Intervention entry = rollBack(RollBackPandaRequest.newBuilder().setBest(true));
    assertThat(entry.getStep()).isEqualTo(30);
    assertThat(entry.getFromBranch()).isEqualTo(0);
    assertThat(entry.getPointBefore().getEpoch()).isEqualTo(6);
    assertThat(hearsStop().getStop().getState()).isEqualTo(TrialState.CANCELLED);
    AssignTrial next = lease(worker);
    assertThat(next.getLease()).isEqualTo(lease(id, 1, 1));
    assertThat(next.getCheckpoint()).isEqualTo(best);
    assertThat(next.getChangesList()).isEmpty();
    assertThat(state().getParametersList()).contains(real("learning_rate", 0.1));

    // The branch that was left says its last checkpoint, and that is kept.
    BlobRef tip = checkpoints(0, 1, 68, 2);
    ends(0, 1, TrialState.CANCELLED, 68);
    assertThat(state().getCheckpointsList()).extracting(PandaCheckpoint::getBlob).contains(tip);
    assertThat(state().getBranch()).isEqualTo(1);

    // And can be gone back to.
    reports(1, 1, 4, 5);
    Intervention back = rollBack(RollBackPandaRequest.newBuilder().setBranch(0));
    assertThat(back.getStep()).isEqualTo(68);
    hearsStop();
    AssignTrial third = lease(worker);
    assertThat(third.getCheckpoint()).isEqualTo(tip);
    assertThat(third.getChangesList())
        .extracting(ParameterChange::getAfterStep)
        .containsExactly(35L);
    GetPandaCurveResponse curve =
        ask(
            replyTo ->
                new PandaActor.GetCurve(
                    GetPandaCurveRequest.newBuilder().setBranch(2).build(), replyTo));
    assertThat(curve.getStretchesList()).extracting(TrialPoints::getTrial).containsExactly(0, 2);
    assertThat(curve.getStretches(0).getPointsList())
        .extracting(CurvePoint::getEpoch)
        .containsExactly(1, 2, 3, 4, 5, 6);
  }

  @Test
  void aStepIsTrainedToAgainFromTheCheckpointBefore() {
    start(FILE);
    lease(worker);
    reports(0, 1, 1, 2);
    BlobRef checkpoint = checkpoints(0, 1, 20, 0);
    reports(0, 1, 3, 6);
    Intervention entry = rollBack(RollBackPandaRequest.newBuilder().setStep(43));
    assertThat(entry.getStep()).isEqualTo(43);
    assertThat(entry.getEpoch()).isEqualTo(4);
    hearsStop();
    assertThat(lease(worker).getCheckpoint()).isEqualTo(checkpoint);
    // Epochs 3 and 4 are the parent's.
    reports(1, 1, 3, 6);

    assertThat(curves.read(id, 1, 1, 100).toCompletableFuture().join())
        .extracting(CurvePoint::getEpoch)
        .containsExactly(5, 6);
    assertThat(
            refused(
                (ActorRef<StatusReply<Intervention>> replyTo) ->
                    new PandaActor.RollBack(
                        RollBackPandaRequest.newBuilder().setStep(900).build(), replyTo)))
        .contains("step 900 is not on the way to where it is; that is known up to step 60");
  }

  @Test
  void aChangeAtTheVeryStepCountsOnlyIfTheCheckpointHasIt() {
    start(FILE);
    lease(worker);
    reports(0, 1, 1, 2);
    checkpoints(0, 1, 20, 0);
    TestProbe<StatusReply<Intervention>> answer = kit.createTestProbe();
    panda.tell(new PandaActor.Tune(tuning(real("beta1", 0.8)), answer.getRef()));
    hearsTuning();
    makes(0, 1, 2, 20);
    checkpoints(0, 1, 20, 2);
    assertThat(state().getCheckpointsList()).hasSize(2);

    rollBack(RollBackPandaRequest.newBuilder().setCheckpoint(1));
    hearsStop();
    assertThat(lease(worker).getChangesList()).isEmpty();
    rollBack(RollBackPandaRequest.newBuilder().setCheckpoint(2));
    hearsStop();
    assertThat(lease(worker).getChangesList()).hasSize(1);
  }

  @Test
  void aDivergedOneWaitsToBeRolledBack() {
    start(FILE);
    lease(worker);
    reports(0, 1, 1, 2);
    checkpoints(0, 1, 20, 0);
    ends(0, 1, TrialState.DIVERGED, 27);

    assertThat(state().getPhase()).isEqualTo(PandaPhase.PANDA_DIVERGED);
    assertThat(
            refused(
                (ActorRef<StatusReply<Intervention>> replyTo) ->
                    new PandaActor.Resume(ResumePandaRequest.getDefaultInstance(), replyTo)))
        .contains("roll it back");
    rollBack(RollBackPandaRequest.newBuilder().setBest(true));
    assertThat(lease(worker).getLease()).isEqualTo(lease(id, 1, 1));
  }

  @Test
  void nothingThatWasAnsweredIsForgottenInARestart() {
    start(FILE);
    lease(worker);
    reports(0, 1, 1, 3);
    checkpoints(0, 1, 30, 0);
    TestProbe<StatusReply<Intervention>> answer = kit.createTestProbe();
    panda.tell(new PandaActor.Tune(tuning(real("beta1", 0.8)), answer.getRef()));
    hearsTuning();
    makes(0, 1, 2, 33);
    PandaState before = state();
    restart();

    assertThat(state().getLedgerList()).isEqualTo(before.getLedgerList());
    assertThat(state().getCheckpointsList()).isEqualTo(before.getCheckpointsList());
    assertThat(state().getParametersList()).isEqualTo(before.getParametersList());
    assertThat(state().getPhase()).isEqualTo(PandaPhase.PANDA_WORKER_LOST);
    // Its worker says that it still has it, and goes on.
    panda.tell(new PandaActor.LeaseHeld(worker.getRef(), lease(id, 0, 1)));
    reports(0, 1, 4, 4);
    assertThat(state().getPhase()).isEqualTo(PandaPhase.PANDA_TRAINING);
  }

  @Test
  void aWorkerThatDoesNotComeBackAfterARestartLosesIt() {
    start(FILE);
    lease(worker);
    restart();
    pool.expectMessageClass(WorkerPool.WorkAvailable.class, Duration.ofSeconds(5));

    assertThat(lease(worker).getLease().getAttempt()).isEqualTo(2);
    says(
        WorkerMessage.newBuilder()
            .setTrialReport(TrialReport.newBuilder().setLease(lease(id, 0, 1))));
    assertThat(worker.receiveMessage().hasLeaseVoid()).isTrue();
  }

  @Test
  void aWorkerThatComesBackHearsWhatItMissed() {
    start(FILE);
    lease(worker);
    this.<Intervention>ask(
        replyTo -> new PandaActor.Pause(PausePandaRequest.getDefaultInstance(), replyTo));
    hearsStop();
    TestProbe<CoordinatorMessage> reconnected = kit.createTestProbe();
    panda.tell(new PandaActor.LeaseHeld(reconnected.getRef(), lease(id, 0, 1)));

    assertThat(reconnected.receiveMessage().getTrialCommand().hasStop()).isTrue();
  }

  @Test
  void endsAtTheEpochsOfItsFile() {
    start(FILE + "fixed: {epochs: 3}\n");
    assertThat(lease(worker).getRungsList()).containsExactly(3);
    reports(0, 1, 1, 3);
    checkpoints(0, 1, 30, 0);

    assertThat(hearsStop().getStop().getReason()).isEqualTo("it is ended");
    assertThat(state().getPhase()).isEqualTo(PandaPhase.PANDA_ENDED);
    ends(0, 1, TrialState.RETRYING, 30);
    this.<Intervention>ask(
        replyTo -> new PandaActor.Resume(ResumePandaRequest.getDefaultInstance(), replyTo));
    assertThat(lease(worker).getRungsList()).isEmpty();
  }

  @Test
  void aNamedCheckpointIsKeptUnderItsName() {
    start(FILE);
    lease(worker);
    TestProbe<StatusReply<PandaCheckpoint>> answer = kit.createTestProbe();
    panda.tell(
        new PandaActor.TakeCheckpoint(
            CheckpointPandaRequest.newBuilder().setName("before-lunch").build(), answer.getRef()));
    assertThat(worker.receiveMessage().getTrialCommand().hasCheckpoint()).isTrue();
    checkpoints(0, 1, 4, 0);

    assertThat(answer.receiveMessage().getValue().getName()).isEqualTo("before-lunch");
    assertThat(state().getCheckpoints(0).getKeptBecauseList()).contains("named");
    Intervention entry = rollBack(RollBackPandaRequest.newBuilder().setName("before-lunch"));
    assertThat(entry.getStep()).isEqualTo(4);
  }

  @Test
  void aCheckpointUnderAVoidLeaseIsDeleted() {
    start(FILE);
    lease(worker);
    panda.tell(new PandaActor.WorkerLost(worker.getRef()));
    lease(worker);
    BlobRef late = checkpoints(0, 1, 4, 0);
    assertThat(worker.receiveMessage().hasLeaseVoid()).isTrue();

    worker.awaitAssert(
        () -> {
          assertThat(has(late)).isFalse();
          return null;
        });
  }

  @Test
  void aPlateauIsAnAlertUntilItIsOver() {
    start(FILE);
    lease(worker);
    reports(0, 1, 1, 30, epoch -> 0.5);
    List<PandaAlert> alerts = state().getAlertsList();
    assertThat(alerts).extracting(PandaAlert::getKind).containsExactly(AlertKind.ALERT_PLATEAU);
    assertThat(alerts.getFirst().getAdvice())
        .contains("caviar panda set " + id + " learning_rate=");
    reports(0, 1, 31, 31, epoch -> 0.25);

    assertThat(state().getAlertsList()).isEmpty();
  }

  @Test
  void recalibrationIsRefusedWithoutBatchNorm() {
    start(FILE + "fixed: {batch_norm: false}\n");
    assertThat(
            refused(
                (ActorRef<StatusReply<Intervention>> replyTo) ->
                    new PandaActor.Recalibrate(
                        RecalibratePandaRequest.getDefaultInstance(), replyTo)))
        .contains("it has no batch norm");
  }

  @Test
  void aWatcherGetsTheStateThenPointsAsTheyCome() {
    start(FILE);
    lease(worker);
    reports(0, 1, 1, 3);
    PandaUpdate first =
        ask(
            replyTo ->
                new PandaActor.Watch(
                    WatchPandaRequest.newBuilder().setPandaId(id).build(), replyTo));
    assertThat(first.hasState()).isTrue();
    assertThat(first.getPointsList()).hasSize(3);
    TestProbe<StatusReply<PandaUpdate>> next = kit.createTestProbe();
    panda.tell(
        new PandaActor.Watch(
            WatchPandaRequest.newBuilder()
                .setAfterVersion(first.getVersion())
                .setBranch(0)
                .setAfterEpoch(3)
                .build(),
            next.getRef()));
    next.expectNoMessage(Duration.ofMillis(100));
    reports(0, 1, 4, 5);

    PandaUpdate update = next.receiveMessage().getValue();
    assertThat(update.hasState()).isFalse();
    assertThat(update.getPointsList()).extracting(CurvePoint::getEpoch).containsExactly(4, 5);
  }

  @Test
  void anEndedOneIsCheckpointedAndTrainsNoMore() {
    start(FILE);
    lease(worker);
    Intervention entry =
        ask(
            replyTo ->
                new PandaActor.End(EndPandaRequest.newBuilder().setWho("ann").build(), replyTo));
    assertThat(entry.getKind()).isEqualTo(InterventionKind.INTERVENTION_END);
    hearsStop();
    declines();
    assertThat(state().getPhase()).isEqualTo(PandaPhase.PANDA_ENDED);
  }
}
