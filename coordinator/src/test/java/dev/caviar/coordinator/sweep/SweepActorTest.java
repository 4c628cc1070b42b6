package dev.caviar.coordinator.sweep;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import akka.Done;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.pattern.StatusReply;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.pool.WorkerPool;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.coordinator.store.BlobStore;
import dev.caviar.coordinator.store.CurveStore;
import dev.caviar.coordinator.store.JournalLag;
import dev.caviar.coordinator.store.MemoryBlobStore;
import dev.caviar.coordinator.store.MemoryCurveStore;
import dev.caviar.coordinator.store.Stores;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.ChangeSpaceRequest;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.EnqueuePointsRequest;
import dev.caviar.proto.v1.EnqueuedPoint;
import dev.caviar.proto.v1.Evaluation;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.GetTrialResponse;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.ListAttemptsRequest;
import dev.caviar.proto.v1.ListAttemptsResponse;
import dev.caviar.proto.v1.Model;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.RangeChange;
import dev.caviar.proto.v1.SpaceChange;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepSummary;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.Task;
import dev.caviar.proto.v1.TrialAttempt;
import dev.caviar.proto.v1.TrialCheckpoint;
import dev.caviar.proto.v1.TrialCommand;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialModel;
import dev.caviar.proto.v1.TrialReport;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import dev.caviar.proto.v1.WorkerMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A real sweep; the test is its pool and its workers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@NullUnmarked
class SweepActorTest {
  private static final Duration SILENCE = Duration.ofMillis(150);

  private final ActorTestKit kit = ActorTestKit.create(config());
  private final AtomicInteger sweeps = new AtomicInteger();
  private CurveStore curves;
  private BlobStore blobs;
  private String id;
  private TestProbe<SweepActor.News> news;
  private TestProbe<WorkerPool.Command> pool;
  private TestProbe<CoordinatorMessage> worker;
  private ActorRef<SweepActor.Command> sweep;

  Config config() {
    return Stores.memory().persistence().withFallback(ConfigFactory.load());
  }

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
    id = "test-" + sweeps.incrementAndGet();
  }

  private void begin(String search) {
    start(definition(search));
  }

  private void begin(String search, String schedule) {
    start(definition(search, schedule));
  }

  /** As a coordinator does, at first and after a restart. */
  private void start(SweepDefinition definition) {
    start(setup(definition));
  }

  private SweepActor.Setup setup(SweepDefinition definition) {
    return new SweepActor.Setup(id, "the file", definition, 1_000, curves, blobs, () -> {});
  }

  private void start(SweepActor.Setup setup) {
    sweep = kit.spawn(SweepActor.create(setup, pool.getRef(), news.getRef()));
    pool.expectMessageClass(WorkerPool.WorkAvailable.class);
  }

  private void restart(String search) {
    restart(definition(search));
  }

  private void restart(SweepDefinition definition) {
    restart(setup(definition));
  }

  private void restart(SweepActor.Setup setup) {
    sweep.tell(SweepActor.Leave.NOW);
    kit.createTestProbe().expectTerminated(sweep);
    start(setup);
  }

  private static SweepDefinition definition(String search) {
    return definition(search, "early_stopping: none");
  }

  private static SweepDefinition definition(String search, String schedule) {
    return definition(search, schedule, "");
  }

  private static SweepDefinition definition(String search, String schedule, String more) {
    try {
      return SweepFile.parse(
          """
          name: test
          data: {builtin: digits, dev: 0.2}
          parameters:
            learning_rate: {scale: log, min: 1.0e-3, max: 1.0}
          fixed: {epochs: 2, hidden_units: [5]}
          search: {%s}
          schedule: {%s}
          %s
          """
              .formatted(search, schedule, more),
          Path.of("/"));
    } catch (SweepFileException e) {
      throw new AssertionError(e.problems().toString(), e);
    }
  }

  @Test
  void givesEachTrialOnceAndEndsWithTheBest() {
    begin("sampler: random, trials: 3, seed: 1");
    double[] objectives = {0.3, 0.1, 0.2};
    for (int trial = 0; trial < 3; trial++) {
      AssignTrial assignment = pull(worker);
      assertThat(assignment.getLease()).isEqualTo(lease(trial, 1));
      assertThat(assignment.getParametersList()).anyMatch(p -> p.getName().equals("learning_rate"));
      report(worker, trial, 1, point(1, 0.9), point(2, objectives[trial]));
      assertThat(end(worker, trial, 1, TrialState.COMPLETED).getSendModel())
          .as("whether trial %s is the best so far", trial)
          .isEqualTo(trial != 2);
    }
    expectNothingFor(worker);
    // Not over before the best model is in.
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_RUNNING);
    sendModel(worker, 0, 1);
    sendModel(worker, 1, 1);

    SweepStatus status = status(watch(0));
    assertThat(status.getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
    assertThat(status.getBestTrial()).isEqualTo(1);
    assertThat(status.getBestTest().getError()).isEqualTo(0.5 + 1);
    assertThat(bestModel().getModel().getClassNamesList()).containsExactly("trial 1");
    pool.fishForMessage(
        Duration.ofSeconds(3),
        message ->
            message instanceof WorkerPool.RemoveSweep
                ? akka.actor.testkit.typed.javadsl.FishingOutcomes.complete()
                : akka.actor.testkit.typed.javadsl.FishingOutcomes.continueAndIgnore());
  }

  @Test
  void answersAllWhoAskedWhileItBeganOrWrote() {
    begin("sampler: random, trials: 10, seed: 1");
    TestProbe<StatusReply<GetSweepResponse>> told = kit.createTestProbe();
    for (int n = 0; n < 20_000; n++) {
      if (n % 2_000 == 0) {
        sweep.tell(new SweepActor.NextTrial("w", worker.getRef(), pool.getRef()));
      }
      sweep.tell(new SweepActor.Get(GetSweepRequest.getDefaultInstance(), told.getRef()));
    }
    StatusReply<GetSweepResponse> last =
        told.receiveSeveralMessages(20_000, Duration.ofSeconds(60)).getLast();
    assertThat(last.getValue().getTrialsCount()).isEqualTo(10);
  }

  /** Decisions are taken while earlier ones are written; no snapshot may be ahead of its events. */
  @Test
  void knowsEachTrialOnceAfterABusyTimeAndARestart() {
    String search = "sampler: random, trials: 5000, seed: 1";
    begin(search);
    for (int trial = 0; trial < 3_000; trial++) {
      sweep.tell(new SweepActor.NextTrial("w1", worker.getRef(), pool.getRef()));
      if (trial >= 100) {
        sweep.tell(
            fromWorker(
                worker,
                WorkerMessage.newBuilder()
                    .setTrialReport(
                        TrialReport.newBuilder()
                            .setLease(lease(trial - 100, 1))
                            .addPoints(point(1, 0.5)))));
      }
    }
    worker.receiveSeveralMessages(5_900, Duration.ofSeconds(60));
    restart(search);
    for (int trial = 3_000; trial < 3_010; trial++) {
      assertThat(pull(worker).getLease()).isEqualTo(lease(trial, 1));
    }
    TestProbe<StatusReply<GetSweepResponse>> told = kit.createTestProbe();
    sweep.tell(new SweepActor.Get(GetSweepRequest.getDefaultInstance(), told.getRef()));
    assertThat(told.receiveMessage().getValue().getTrialsList())
        .extracting(TrialStatus::getTrial)
        .containsExactlyElementsOf(IntStream.range(0, 3_010).boxed().toList());
  }

  @Test
  void ofEqualsTheLowerNumberIsBestWhoeverEndsFirst() {
    begin("sampler: random, trials: 2, seed: 1");
    pull(worker);
    pull(worker);
    report(worker, 1, 1, point(1, 0.2));
    assertThat(end(worker, 1, 1, TrialState.COMPLETED).getSendModel()).isTrue();
    report(worker, 0, 1, point(1, 0.2));
    assertThat(end(worker, 0, 1, TrialState.COMPLETED).getSendModel()).isTrue();
    sendModel(worker, 1, 1);
    sendModel(worker, 0, 1);
    assertThat(bestModel().getTrial()).isEqualTo(0);
    assertThat(bestModel().getModel().getClassNamesList()).containsExactly("trial 0");
  }

  @Test
  void failedAndDivergedTrialsAreNeverTheBestAndTheSweepGoesOn() {
    begin("sampler: random, trials: 3, seed: 1");
    pull(worker);
    report(worker, 0, 1, point(1, 0.0001));
    assertThat(end(worker, 0, 1, TrialState.DIVERGED).getSendModel()).isFalse();
    pull(worker);
    assertThat(end(worker, 1, 1, TrialState.FAILED).getSendModel()).isFalse();
    pull(worker);
    report(worker, 2, 1, point(1, 0.9));
    assertThat(end(worker, 2, 1, TrialState.COMPLETED).getSendModel()).isTrue();
    sendModel(worker, 2, 1);

    List<SweepUpdate> updates = watch(0);
    assertThat(status(updates).getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
    assertThat(status(updates).getBestTrial()).isEqualTo(2);
    assertThat(trials(updates))
        .extractingByKeys(0, 1, 2)
        .extracting(TrialStatus::getState)
        .containsExactly(TrialState.DIVERGED, TrialState.FAILED, TrialState.COMPLETED);
    assertThat(trials(updates).get(1).getReason()).isEqualTo("because");
  }

  @Test
  void aSweepWhoseTrialsAllFailIsOverWithoutABest() {
    begin("sampler: random, trials: 1, seed: 1");
    pull(worker);
    end(worker, 0, 1, TrialState.FAILED);
    SweepStatus status = status(watch(0));
    assertThat(status.getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
    assertThat(status.hasBestTrial()).isFalse();
    assertThat(bestModel().hasTrial()).isFalse();
  }

  @Test
  void aLostWorkersTrialGoesToAnotherAndTheOldLeaseIsVoid() {
    begin("sampler: random, trials: 1, seed: 1");
    AssignTrial first = pull(worker);
    report(worker, 0, 1, point(1, 0.5));
    sweep.tell(new SweepActor.WorkerLost(worker.getRef()));
    assertThat(trials(watch(0)).get(0).getState()).isEqualTo(TrialState.RETRYING);

    TestProbe<CoordinatorMessage> other = kit.createTestProbe();
    AssignTrial second = pull(other);
    assertThat(second.getLease()).isEqualTo(lease(0, 2));
    assertThat(second.toBuilder().clearLease().build())
        .isEqualTo(first.toBuilder().clearLease().build());

    // The lost worker was only slow. What it says no longer counts, and it is told so.
    assertThat(report(worker, 0, 1, point(2, 0.001)).getLeaseVoid().getLease())
        .isEqualTo(lease(0, 1));
    assertThat(end(worker, 0, 1, TrialState.COMPLETED).getSendModel()).isFalse();
    assertThat(trials(watch(0)).get(0).getState()).isEqualTo(TrialState.RUNNING);

    // The first epoch comes again; the curve has it already.
    report(other, 0, 2, point(1, 0.5), point(2, 0.25));
    end(other, 0, 2, TrialState.COMPLETED);
    sendModel(other, 0, 2);
    List<SweepUpdate> updates = watch(0);
    assertThat(curve(updates, 0)).extracting(CurvePoint::getEpoch).containsExactly(1, 2);
    assertThat(trials(updates).get(0).getObjective()).isEqualTo(0.25);
    assertThat(trials(updates).get(0).getAttempt()).isEqualTo(2);
    assertThat(status(updates).getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
  }

  @Test
  void attemptsAreToldWithTheirTimesAlsoAfterARestart() {
    long begun = System.currentTimeMillis();
    begin("sampler: random, trials: 2, seed: 1");
    pull(worker);
    sweep.tell(new SweepActor.WorkerLost(worker.getRef()));
    TestProbe<CoordinatorMessage> other = kit.createTestProbe();
    pull(other);
    report(other, 0, 2, point(1, 0.5), point(2, 0.25));
    end(other, 0, 2, TrialState.COMPLETED);
    List<TrialAttempt> told = attempts();

    assertThat(told).extracting(TrialAttempt::getAttempt).containsExactly(1, 2);
    assertThat(told).extracting(TrialAttempt::getLost).containsExactly(true, false);
    assertThat(told)
        .extracting(TrialAttempt::getOutcome)
        .containsExactly(TrialState.RETRYING, TrialState.COMPLETED);
    assertThat(told)
        .allSatisfy(
            attempt -> {
              assertThat(attempt.getBeganAtMillis()).isBetween(begun, System.currentTimeMillis());
              assertThat(attempt.getEndedAtMillis())
                  .isBetween(attempt.getBeganAtMillis(), System.currentTimeMillis());
            });
    restart("sampler: random, trials: 2, seed: 1");
    assertThat(attempts()).isEqualTo(told);

    TestProbe<StatusReply<GetTrialResponse>> trial = kit.createTestProbe();
    sweep.tell(new SweepActor.GetTrial(0, trial.getRef()));
    GetTrialResponse whole = trial.receiveMessage().getValue();
    assertThat(whole.getAttemptsList()).isEqualTo(told);
    assertThat(whole.getPointsList()).extracting(CurvePoint::getEpoch).containsExactly(1, 2);
    assertThat(whole.getStatus().getState()).isEqualTo(TrialState.COMPLETED);
    assertThat(whole.hasReport()).isFalse();
  }

  private List<TrialAttempt> attempts() {
    TestProbe<StatusReply<ListAttemptsResponse>> told = kit.createTestProbe();
    sweep.tell(
        new SweepActor.ListAttempts(ListAttemptsRequest.getDefaultInstance(), told.getRef()));
    return told.receiveMessage().getValue().getAttemptsList();
  }

  @Test
  void aTrialThatLosesItsWorkerTooOftenFails() {
    begin("sampler: random, trials: 1, seed: 1");
    for (int attempt = 1; attempt <= SweepActor.MAX_LOSSES; attempt++) {
      assertThat(pull(worker).getLease()).isEqualTo(lease(0, attempt));
      sweep.tell(new SweepActor.WorkerLost(worker.getRef()));
    }
    TrialStatus trial = trials(watch(0)).get(0);
    assertThat(trial.getState()).isEqualTo(TrialState.FAILED);
    assertThat(trial.getReason()).contains("given up after 5 lost workers").contains("w1");
  }

  @Test
  void aTrialHandedBackIsNotALoss() {
    begin("sampler: random, trials: 1, seed: 1");
    for (int attempt = 1; attempt <= SweepActor.MAX_LOSSES + 2; attempt++) {
      assertThat(pull(worker).getLease()).isEqualTo(lease(0, attempt));
      end(worker, 0, attempt, TrialState.RETRYING);
    }
    assertThat(trials(watch(0)).get(0).getState()).isEqualTo(TrialState.RETRYING);
  }

  @Test
  void theBestTrialRunsAgainIfItsWorkerIsLostWithTheModel() {
    begin("sampler: random, trials: 1, seed: 1");
    pull(worker);
    report(worker, 0, 1, point(1, 0.5));
    assertThat(end(worker, 0, 1, TrialState.COMPLETED).getSendModel()).isTrue();
    sweep.tell(new SweepActor.WorkerLost(worker.getRef()));

    TestProbe<CoordinatorMessage> other = kit.createTestProbe();
    assertThat(pull(other).getLease()).isEqualTo(lease(0, 2));
    report(other, 0, 2, point(1, 0.5));
    assertThat(end(other, 0, 2, TrialState.COMPLETED).getSendModel()).isTrue();
    sendModel(other, 0, 2);
    assertThat(bestModel().hasModel()).isTrue();
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
  }

  /** As when a worker says all again over a new link while its first word is on the way. */
  @Test
  void aWorkerThatHandsItsModelOverIsNotStoppedByWhatItSaidTwice() {
    begin("sampler: random, trials: 1, seed: 1");
    pull(worker);
    report(worker, 0, 1, point(1, 0.5));
    assertThat(end(worker, 0, 1, TrialState.COMPLETED).getSendModel()).isTrue();

    sweep.tell(
        fromWorker(
            worker,
            WorkerMessage.newBuilder()
                .setTrialReport(
                    TrialReport.newBuilder().setLease(lease(0, 1)).addPoints(point(1, 0.5)))));
    sweep.tell(
        fromWorker(
            worker,
            WorkerMessage.newBuilder()
                .setTrialCheckpoint(
                    TrialCheckpoint.newBuilder()
                        .setLease(lease(0, 1))
                        .setCheckpoint(put(BlobKind.CHECKPOINT, new byte[] {1}))
                        .setEpoch(1))));
    // Nothing but this is answered.
    assertThat(end(worker, 0, 1, TrialState.COMPLETED).getSendModel()).isTrue();
    sendModel(worker, 0, 1);
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
    assertThat(bestModel().hasModel()).isTrue();
  }

  @Test
  void theSweepEndsWithoutAModelThatItsWorkerFailedToMake() {
    begin("sampler: random, trials: 1, seed: 1");
    pull(worker);
    report(worker, 0, 1, point(1, 0.5));
    assertThat(end(worker, 0, 1, TrialState.COMPLETED).getSendModel()).isTrue();
    assertThat(end(worker, 0, 1, TrialState.FAILED).getSendModel()).isFalse();
    assertThat(trials(watch(0)).get(0).getState()).isEqualTo(TrialState.COMPLETED);
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
    assertThat(bestModel().hasModel()).isFalse();
  }

  @Test
  void aTrialIsJudgedAtARung() {
    begin("sampler: random, trials: 2, seed: 1", "early_stopping: asha, reduction_factor: 2");
    assertThat(pull(worker).getRungsList()).containsExactly(1);
    report(worker, 0, 1, point(1, 0.5));
    assertThat(checkpoint(worker, 0, 1, 1).getCommandCase())
        .isEqualTo(TrialCommand.CommandCase.RESUME);
    // The worker did not hear it.
    assertThat(checkpoint(worker, 0, 1, 1).getCommandCase())
        .isEqualTo(TrialCommand.CommandCase.RESUME);

    pull(worker);
    report(worker, 1, 1, point(1, 0.6));
    TrialCommand told = checkpoint(worker, 1, 1, 1);
    assertThat(told.getStop().getState()).isEqualTo(TrialState.STOPPED_EARLY);
    assertThat(end(worker, 1, 1, TrialState.STOPPED_EARLY).getSendModel()).isFalse();
    TrialStatus stopped = trials(watch(0)).get(1);
    assertThat(stopped.getState()).isEqualTo(TrialState.STOPPED_EARLY);
    assertThat(stopped.getReason())
        .isEqualTo("after epoch 1: 0.6000 is place 2 of 2, and 1 goes on");
    assertThat(stopped.getEpochs()).isEqualTo(1);
    assertThat(stopped.getObjective()).isEqualTo(0.6);

    report(worker, 0, 1, point(2, 0.7));
    // Best is the best of those that trained to the end.
    assertThat(end(worker, 0, 1, TrialState.COMPLETED).getSendModel()).isTrue();
    sendModel(worker, 0, 1);
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
    assertThat(status(watch(0)).getBestTrial()).isEqualTo(0);
  }

  @Test
  void trialsWaitForEachOtherWithoutAWorker() {
    String search = "sampler: random, trials: 3, seed: 1";
    String schedule = "early_stopping: successive_halving, reduction_factor: 3";
    begin(search, schedule);
    double[] values = {0.5, 0.3, 0.4};
    for (int trial = 0; trial < 2; trial++) {
      pull(worker);
      report(worker, trial, 1, point(1, values[trial]));
      assertThat(checkpoint(worker, trial, 1, 1).getStop().getState())
          .isEqualTo(TrialState.RETRYING);
      end(worker, trial, 1, TrialState.RETRYING);
    }
    assertThat(trials(watch(0)).get(1).getState()).isEqualTo(TrialState.PAUSED);
    assertThat(trials(watch(0)).get(1).getReason()).contains("1 trials have not reached epoch 1");
    // Held trials are nobody's, before and after a restart.
    sweep.tell(SweepActor.Leave.NOW);
    kit.createTestProbe().expectTerminated(sweep);
    start(definition(search, schedule));

    pull(worker);
    report(worker, 2, 1, point(1, values[2]));
    assertThat(checkpoint(worker, 2, 1, 1).getStop().getState())
        .isEqualTo(TrialState.STOPPED_EARLY);
    end(worker, 2, 1, TrialState.STOPPED_EARLY);

    AssignTrial promoted = pull(worker);
    assertThat(promoted.getLease()).isEqualTo(lease(1, 2));
    assertThat(promoted.hasCheckpoint()).isTrue();
    assertThat(promoted.getRungsList()).isEmpty();
    expectNothingFor(worker);
    report(worker, 1, 2, point(2, 0.2));
    end(worker, 1, 2, TrialState.COMPLETED);
    sendModel(worker, 1, 2);
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
    assertThat(trials(watch(0)).values())
        .extracting(TrialStatus::getState)
        .containsExactly(TrialState.STOPPED_EARLY, TrialState.COMPLETED, TrialState.STOPPED_EARLY);
  }

  @Test
  void aTrialThatFailsKeepsNobodyWaiting() {
    begin(
        "sampler: random, trials: 2, seed: 1",
        "early_stopping: successive_halving, reduction_factor: 2");
    pull(worker);
    report(worker, 0, 1, point(1, 0.5));
    assertThat(checkpoint(worker, 0, 1, 1).hasStop()).isTrue();
    end(worker, 0, 1, TrialState.RETRYING);
    pull(worker);
    end(worker, 1, 1, TrialState.DIVERGED);
    assertThat(pull(worker).getLease()).isEqualTo(lease(0, 2));
  }

  @Test
  void endingTheSweepEndsTrialsThatWaitForOthers() {
    begin("sampler: random, trials: 5, seed: 1", "early_stopping: hyperband, reduction_factor: 2");
    pull(worker);
    report(worker, 0, 1, point(1, 0.5));
    checkpoint(worker, 0, 1, 1);
    end(worker, 0, 1, TrialState.RETRYING);
    end(false, "seen enough");
    assertThat(trials(watch(0)).get(0).getState()).isEqualTo(TrialState.STOPPED_EARLY);
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_STOPPED);
  }

  @Test
  void aSweepThatIsEndedEndsThoughItsLastTrialsComeToARung() {
    begin(
        "sampler: random, trials: 2, seed: 1",
        "early_stopping: successive_halving, reduction_factor: 2");
    pull(worker);
    pull(worker);
    end(false, "seen enough");
    report(worker, 0, 1, point(1, 0.3));
    checkpoint(worker, 0, 1, 1);
    end(worker, 0, 1, TrialState.STOPPED_EARLY);
    end(worker, 1, 1, TrialState.DIVERGED);
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_STOPPED);
  }

  @Test
  void stagesAndRungsDoNotWaitForEachOther() {
    begin(
        "sampler: coarse_to_fine, stages: 2, trials: 4, seed: 1",
        "early_stopping: successive_halving, reduction_factor: 2");
    for (int trial = 0; trial < 2; trial++) {
      pull(worker);
      report(worker, trial, 1, point(1, 0.5 + trial));
      assertThat(checkpoint(worker, trial, 1, 1).hasStop()).isTrue();
      end(worker, trial, 1, TrialState.RETRYING);
    }
    // The second stage waits for the first, whose trials wait for the second's.
    expectNothingFor(worker);
    assertThat(pull(worker).getLease()).isEqualTo(lease(0, 2));
  }

  /** Its worker had not heard that it is held, and said all again. */
  @Test
  void aHeldTrialKeepsACheckpointThatIsSaidAgain() throws Exception {
    begin(
        "sampler: random, trials: 2, seed: 1",
        "early_stopping: successive_halving, reduction_factor: 2");
    pull(worker);
    report(worker, 0, 1, point(1, 0.5));
    checkpoint(worker, 0, 1, 1);
    BlobRef held = put(BlobKind.CHECKPOINT, new byte[] {0, 1});
    BlobRef other = put(BlobKind.CHECKPOINT, new byte[] {9, 9});
    for (BlobRef again : List.of(held, other)) {
      sweep.tell(
          fromWorker(
              worker,
              WorkerMessage.newBuilder()
                  .setTrialCheckpoint(
                      TrialCheckpoint.newBuilder()
                          .setLease(lease(0, 1))
                          .setCheckpoint(again)
                          .setStep(10)
                          .setEpoch(1))));
      assertThat(worker.receiveMessage().hasLeaseVoid()).isTrue();
    }

    pool.awaitAssert(() -> assertThat(isStored(other)).isFalse());
    assertThat(isStored(held)).isTrue();
  }

  private boolean isStored(BlobRef checkpoint) {
    try (var bytes = blobs.open(BlobKind.CHECKPOINT, checkpoint.getSha256())) {
      return bytes.readAllBytes().length == checkpoint.getSize();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aTrialIsToldUpToWhichRungItMayTrain() {
    begin("sampler: random, trials: 1, seed: 1", "early_stopping: asha, reduction_factor: 2");
    pull(worker);
    assertThat(resumedAfterPause().getPromotedEpoch()).isEqualTo(0);
    report(worker, 0, 1, point(1, 0.5));
    assertThat(checkpoint(worker, 0, 1, 1).getResume().getPromotedEpoch()).isEqualTo(1);
    assertThat(resumedAfterPause().getPromotedEpoch()).isEqualTo(1);
  }

  private dev.caviar.proto.v1.ResumeTrial resumedAfterPause() {
    TestProbe<StatusReply<Done>> asker = kit.createTestProbe();
    sweep.tell(new SweepActor.PauseOne(0, asker.getRef()));
    assertThat(worker.receiveMessage().getTrialCommand().hasPause()).isTrue();
    sweep.tell(new SweepActor.ResumeOne(0, asker.getRef()));
    return worker.receiveMessage().getTrialCommand().getResume();
  }

  /** Trial 0 is completed and trial 1 stopped, and with them the sweep is completed. */
  private void aSweepWithAStoppedTrial() {
    begin("sampler: random, trials: 2, seed: 1", "early_stopping: asha, reduction_factor: 2");
    for (int trial = 0; trial < 2; trial++) {
      pull(worker);
      report(worker, trial, 1, point(1, 0.5 + trial));
      checkpoint(worker, trial, 1, 1);
    }
    end(worker, 1, 1, TrialState.STOPPED_EARLY);
    report(worker, 0, 1, point(2, 0.4));
    end(worker, 0, 1, TrialState.COMPLETED);
    sendModel(worker, 0, 1);
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
  }

  private StatusReply<Done> revive(int trial) {
    TestProbe<StatusReply<Done>> asker = kit.createTestProbe();
    sweep.tell(new SweepActor.Revive(trial, "looks good", asker.getRef()));
    return asker.receiveMessage();
  }

  @Test
  void aStoppedTrialIsRevivedAndNotStoppedAgain() {
    aSweepWithAStoppedTrial();
    assertThat(revive(1).isSuccess()).isTrue();
    assertThat(revive(1).isSuccess()).isTrue();
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_RUNNING);
    // It is not forgotten.
    sweep.tell(SweepActor.Leave.NOW);
    kit.createTestProbe().expectTerminated(sweep);
    start(
        definition(
            "sampler: random, trials: 2, seed: 1", "early_stopping: asha, reduction_factor: 2"));

    AssignTrial revived = pull(worker);
    assertThat(revived.getLease()).isEqualTo(lease(1, 2));
    assertThat(revived.hasCheckpoint()).isTrue();
    assertThat(revived.getRungsList()).isEmpty();
    expectNothingFor(worker);
    report(worker, 1, 2, point(2, 0.3));
    assertThat(end(worker, 1, 2, TrialState.COMPLETED).getSendModel()).isTrue();
    sendModel(worker, 1, 2);
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
    assertThat(status(watch(0)).getBestTrial()).isEqualTo(1);
    assertThat(trials(watch(0)).get(1).getObjective()).isEqualTo(0.3);
  }

  @Test
  void onlyStoppedTrialsAreRevived() {
    aSweepWithAStoppedTrial();
    assertThat(revive(0).getError().getMessage())
        .isEqualTo("trial 0 is COMPLETED; only one that was STOPPED_EARLY can be revived");
    assertThat(revive(7).getError().getMessage()).contains("has no trial 7");
  }

  private StatusReply<Done> continueWith(int trials) {
    TestProbe<StatusReply<Done>> asker = kit.createTestProbe();
    sweep.tell(new SweepActor.Continue(trials, asker.getRef()));
    return asker.receiveMessage();
  }

  private void complete(int trial, double objective) {
    assertThat(pull(worker).getLease()).isEqualTo(lease(trial, 1));
    report(worker, trial, 1, point(1, 0.9), point(2, objective));
    if (end(worker, trial, 1, TrialState.COMPLETED).getSendModel()) {
      sendModel(worker, trial, 1);
    }
  }

  @Test
  void aCompletedSweepGoesOnWithMoreTrials() {
    String search = "sampler: random, trials: 2, seed: 1";
    begin(search);
    complete(0, 0.5);
    complete(1, 0.4);
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_COMPLETED);

    assertThat(continueWith(4).isSuccess()).isTrue();
    assertThat(continueWith(4).isSuccess()).as("said twice").isTrue();
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_RUNNING);
    assertThat(status(watch(0)).getTrials()).isEqualTo(4);
    complete(2, 0.7);
    restart(search);
    assertThat(status(watch(0)).getTrials()).isEqualTo(4);
    complete(3, 0.3);
    expectNothingFor(worker);
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
    assertThat(status(watch(0)).getBestTrial()).isEqualTo(3);

    // The same points as if it had had four from the beginning.
    Map<Integer, TrialStatus> drawn = trials(watch(0));
    id = id + "-whole";
    begin("sampler: random, trials: 4, seed: 1");
    for (int trial = 0; trial < 4; trial++) {
      assertThat(pull(worker).getParametersList()).isEqualTo(drawn.get(trial).getParametersList());
    }
  }

  @Test
  void saysWhyASweepGetsNoMoreTrials() {
    begin("sampler: random, trials: 3, seed: 1", "early_stopping: successive_halving");
    assertThat(continueWith(4).getError().getMessage())
        .isEqualTo(
            "its trials are compared with each other all at once, so later ones would come too"
                + " late");
    assertThat(continueWith(2).getError().getMessage()).contains("it can have more, not fewer");
    assertThat(continueWith(1_000_001).getError().getMessage()).contains("at most 1000000 trials");
    id = id + "-grid";
    begin("sampler: grid, trials: 3, points: 3");
    assertThat(continueWith(4).getError().getMessage()).isEqualTo("its grid has only 3 points");
    TestProbe<StatusReply<Done>> asker = kit.createTestProbe();
    sweep.tell(new SweepActor.End(false, "enough", asker.getRef()));
    assertThat(asker.receiveMessage().isSuccess()).isTrue();
    assertThat(continueWith(3).isSuccess()).as("it has as many").isTrue();
    assertThat(continueWith(4).getError().getMessage()).contains("it gets no more trials");
  }

  private static EnqueuedPoint point(double learningRate) {
    return EnqueuedPoint.newBuilder().addParameters(learningRate(learningRate)).build();
  }

  private static Parameter learningRate(double value) {
    return Parameter.newBuilder()
        .setName("learning_rate")
        .setValue(ParameterValue.newBuilder().setReal(value))
        .build();
  }

  private StatusReply<Done> enqueue(String request, EnqueuedPoint... points) {
    TestProbe<StatusReply<Done>> asker = kit.createTestProbe();
    sweep.tell(
        new SweepActor.Enqueue(
            EnqueuePointsRequest.newBuilder()
                .setRequestId(request)
                .addAllPoints(List.of(points))
                .build(),
            asker.getRef()));
    return asker.receiveMessage();
  }

  @Test
  void enqueuedPointsAreTriedNext() {
    String search = "sampler: random, trials: 5, seed: 1";
    begin(search);
    AssignTrial first = pull(worker);
    assertThat(enqueue("a", point(0.01), EnqueuedPoint.getDefaultInstance()).isSuccess()).isTrue();
    assertThat(enqueue("a", point(0.01)).isSuccess()).as("said twice").isTrue();
    // Neither is forgotten, nor is which of them was tried.
    restart(search);
    assertThat(enqueue("a", point(0.01)).isSuccess()).isTrue();
    assertThat(pull(worker).getParametersList()).contains(learningRate(0.01));
    restart(search);
    AssignTrial drawn = pull(worker);
    assertThat(drawn.getParametersList())
        .doesNotContain(learningRate(0.01))
        .isNotEqualTo(first.getParametersList());
    assertThat(enqueue("b", point(0.5)).isSuccess()).isTrue();
    assertThat(pull(worker).getParametersList()).contains(learningRate(0.5));
    pull(worker);
    expectNothingFor(worker);

    TestProbe<StatusReply<GetSweepResponse>> asker = kit.createTestProbe();
    sweep.tell(new SweepActor.Get(GetSweepRequest.getDefaultInstance(), asker.getRef()));
    assertThat(asker.receiveMessage().getValue().getTrialsList())
        .extracting(TrialStatus::getEnqueued)
        .containsExactly(false, true, true, true, false);
  }

  /** They come before anything random, with as many trials each as any point. */
  @Test
  void pointsOfTheSubmissionAreTriedFirst() {
    SweepDefinition definition =
        definition("sampler: random, trials: 3, seed: 1, repeats: 2, paired_seeds: true");
    SweepActor.Setup setup =
        new SweepActor.Setup(
            id,
            "the file",
            definition,
            1_000,
            curves,
            blobs,
            () -> {},
            List.of(),
            List.of(point(0.01), point(0.5)),
            "old-1",
            new JournalLag(),
            null);
    start(setup);
    List<AssignTrial> assigned = new ArrayList<>();
    assigned.add(pull(worker));
    // They are not enqueued again by a restart, be it between two trials of a point.
    restart(setup);
    assigned.add(pull(worker));
    restart(setup);
    for (int trial = 2; trial < 6; trial++) {
      assigned.add(pull(worker));
    }
    expectNothingFor(worker);
    double[] rates = {0.01, 0.01, 0.5, 0.5};
    for (int trial = 0; trial < 4; trial++) {
      assertThat(assigned.get(trial).getParametersList()).contains(learningRate(rates[trial]));
    }
    assertThat(assigned.get(4).getParametersList())
        .doesNotContain(learningRate(0.01), learningRate(0.5))
        .isEqualTo(assigned.get(5).getParametersList());
    assertThat(assigned).extracting(AssignTrial::getSeed).startsWith(assigned.get(2).getSeed());
    assertThat(assigned.get(1).getSeed())
        .isEqualTo(assigned.get(3).getSeed())
        .isEqualTo(assigned.get(5).getSeed())
        .isNotEqualTo(assigned.get(0).getSeed());
    TestProbe<StatusReply<GetSweepResponse>> asker = kit.createTestProbe();
    sweep.tell(new SweepActor.Get(GetSweepRequest.getDefaultInstance(), asker.getRef()));
    GetSweepResponse told = asker.receiveMessage().getValue();
    assertThat(told.getSummary().getRetestOf()).isEqualTo("old-1");
    assertThat(told.getTrialsList())
        .extracting(TrialStatus::getEnqueued)
        .containsExactly(true, true, true, true, false, false);
  }

  @Test
  void theSummarySaysWhatTheBestModelWasMadeByAndOf() {
    String search = "sampler: random, trials: 1, seed: 1";
    begin(search);
    pull(worker);
    report(worker, 0, 1, point(1, 0.9), point(2, 0.5));
    end(worker, 0, 1, TrialState.COMPLETED);
    sweep.tell(
        fromWorker(
            worker,
            WorkerMessage.newBuilder()
                .setTrialModel(
                    TrialModel.newBuilder()
                        .setLease(lease(0, 1))
                        .setModel(stored(0))
                        .setCaviarVersion("0.0.9")
                        .setDataSha256("ab".repeat(32)))));
    for (int again = 0; again < 2; again++) {
      TestProbe<StatusReply<GetSweepResponse>> asker = kit.createTestProbe();
      sweep.tell(new SweepActor.Get(GetSweepRequest.getDefaultInstance(), asker.getRef()));
      SweepSummary summary = asker.receiveMessage().getValue().getSummary();
      assertThat(summary.getBestCaviarVersion()).isEqualTo("0.0.9");
      assertThat(summary.getBestDataSha256()).isEqualTo("ab".repeat(32));
      sweep.tell(SweepActor.Leave.NOW);
      kit.createTestProbe().expectTerminated(sweep);
      sweep = kit.spawn(SweepActor.create(setup(definition(search)), pool.getRef(), news.getRef()));
    }
  }

  @Test
  void saysWhyAPointIsNotEnqueued() {
    begin("sampler: random, trials: 2, seed: 1");
    assertThat(enqueue("a").getError().getMessage()).isEqualTo("there is no point to enqueue");
    assertThat(enqueue("b", point(0.1), point(7)).getError().getMessage())
        .isEqualTo("point 2 of 2: learning_rate must be from 0.001 to 1.0, is 7.0");
    assertThat(enqueue("c", point(0.1), point(0.1), point(0.1)).getError().getMessage())
        .isEqualTo(
            "3 points are too many for the 2 trials that are left; give it more with `caviar"
                + " continue`");
    assertThat(enqueue("d", point(0.1), point(0.2)).isSuccess()).isTrue();
    assertThat(enqueue("e", point(0.1)).getError().getMessage()).contains("the 0 trials");
    complete(0, 0.5);
    complete(1, 0.4);
    assertThat(enqueue("f", point(0.1)).getError().getMessage())
        .contains("it has all its trials; give it more with `caviar continue`");
    id = id + "-grid";
    begin("sampler: grid, trials: 3");
    assertThat(enqueue("a", point(0.1)).getError().getMessage())
        .isEqualTo("a grid's points are known beforehand, and no others are tried");
  }

  private StatusReply<Done> changeSpace(double min, double max) {
    TestProbe<StatusReply<Done>> asker = kit.createTestProbe();
    sweep.tell(
        new SweepActor.ChangeSpace(
            ChangeSpaceRequest.newBuilder()
                .setReason("why not")
                .addRanges(
                    RangeChange.newBuilder().setParameter("learning_rate").setMin(min).setMax(max))
                .build(),
            asker.getRef()));
    return asker.receiveMessage();
  }

  private double learningRate(AssignTrial assignment) {
    return assignment.getParametersList().stream()
        .filter(p -> p.getName().equals("learning_rate"))
        .findFirst()
        .orElseThrow()
        .getValue()
        .getReal();
  }

  @Test
  void trialsAreDrawnFromAChangedSpace() {
    String search = "sampler: tpe, startup_trials: 1, trials: 8, seed: 1";
    begin(search);
    double first = learningRate(pull(worker));
    assertThat(first).isBetween(1e-3, 1.0);
    assertThat(changeSpace(2, 3).isSuccess()).isTrue();
    assertThat(changeSpace(2, 3).isSuccess()).as("said twice").isTrue();
    for (int n = 0; n < 3; n++) {
      assertThat(learningRate(pull(worker))).isBetween(2.0, 3.0);
    }
    restart(search);
    assertThat(learningRate(pull(worker))).isBetween(2.0, 3.0);
    assertThat(changeSpace(1e-6, 1e-5).isSuccess()).isTrue();
    assertThat(learningRate(pull(worker))).isBetween(1e-6, 1e-5);

    TestProbe<StatusReply<GetSweepResponse>> asker = kit.createTestProbe();
    sweep.tell(new SweepActor.Get(GetSweepRequest.getDefaultInstance(), asker.getRef()));
    GetSweepResponse whole = asker.receiveMessage().getValue();
    assertThat(whole.getSpaceChangesList())
        .extracting(SpaceChange::getFirstTrial)
        .containsExactly(1, 5);
    assertThat(whole.getSpaceChanges(1).getRanges(0).getMax()).isEqualTo(1e-5);
    assertThat(whole.getTrials(0).getParametersList()).contains(learningRate(first));
  }

  @Test
  void saysWhyASpaceDoesNotChange() {
    begin("sampler: random, trials: 2, seed: 1");
    assertThat(changeSpace(3, 2).getError().getMessage())
        .isEqualTo(
            "learning_rate: the first end must be less than the second, 3 is not less than 2");
    id = id + "-fine";
    begin("trials: 9");
    assertThat(changeSpace(2, 3).getError().getMessage())
        .isEqualTo(
            "the space of a sweep with grid, coarse_to_fine or cma_es cannot change: its points are"
                + " laid out in the space it began with");
  }

  @Test
  void rungsAreTold() {
    aSweepWithAStoppedTrial();
    TestProbe<StatusReply<GetSweepResponse>> asker = kit.createTestProbe();
    sweep.tell(new SweepActor.Get(GetSweepRequest.getDefaultInstance(), asker.getRef()));
    GetSweepResponse whole = asker.receiveMessage().getValue();
    assertThat(whole.getTrials(0).getRungsList())
        .containsExactly(
            dev.caviar.proto.v1.TrialRung.newBuilder()
                .setEpoch(1)
                .setObjective(0.5)
                .setWentOn(true)
                .build());
    assertThat(whole.getTrials(1).getRungs(0).getWentOn()).isFalse();
  }

  private TrialCommand checkpoint(
      TestProbe<CoordinatorMessage> by, int trial, int attempt, int epoch) {
    sweep.tell(
        fromWorker(
            by,
            WorkerMessage.newBuilder()
                .setTrialCheckpoint(
                    TrialCheckpoint.newBuilder()
                        .setLease(lease(trial, attempt))
                        .setCheckpoint(
                            put(BlobKind.CHECKPOINT, new byte[] {(byte) trial, (byte) epoch}))
                        .setStep(epoch * 10L)
                        .setEpoch(epoch))));
    return by.receiveMessage().getTrialCommand();
  }

  @Test
  void stoppingLetsRunningTrialsFinish() {
    begin("sampler: random, trials: 5, seed: 1");
    pull(worker);
    end(false, "seen enough");
    expectNothingFor(worker);
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_STOPPING);
    report(worker, 0, 1, point(1, 0.5));
    end(worker, 0, 1, TrialState.COMPLETED);
    sendModel(worker, 0, 1);
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_STOPPED);
  }

  @Test
  void cancellingEndsRunningTrialsAndThoseThatWait() {
    begin("sampler: random, trials: 5, seed: 1");
    pull(worker);
    pull(worker);
    end(worker, 1, 1, TrialState.RETRYING);
    end(true, "Ctrl-C");
    CoordinatorMessage stop = worker.receiveMessage();
    assertThat(stop.getTrialCommand().getLease()).isEqualTo(lease(0, 1));
    assertThat(stop.getTrialCommand().getStop().getState()).isEqualTo(TrialState.CANCELLED);
    end(worker, 0, 1, TrialState.CANCELLED);

    List<SweepUpdate> updates = watch(0);
    assertThat(status(updates).getState()).isEqualTo(SweepState.SWEEP_STOPPED);
    assertThat(trials(updates).values())
        .extracting(TrialStatus::getState)
        .containsExactly(TrialState.CANCELLED, TrialState.CANCELLED);
  }

  @Test
  void coarseToFineWaitsForTheStageAndSaysWhatItDrewTheBoxFrom() {
    begin("sampler: coarse_to_fine, trials: 8, seed: 1, stages: 2, keep: 0.5");
    int inFirst = 0;
    while (stageOf(watch(0)) <= 1 && inFirst < 8 && tryPull(worker)) {
      inFirst++;
    }
    assertThat(inFirst).isBetween(2, 7);
    for (int trial = 0; trial < inFirst; trial++) {
      report(worker, trial, 1, point(1, 0.1 * (trial + 1)));
      end(worker, trial, 1, TrialState.COMPLETED);
    }
    pull(worker);
    List<SweepUpdate> updates = watch(0);
    assertThat(stageOf(updates)).isEqualTo(2);
    assertThat(updates)
        .filteredOn(SweepUpdate::hasStage)
        .last()
        .extracting(update -> update.getStage().getDrawnFromList().getFirst())
        .isEqualTo(0);
    assertThat(trials(updates).get(inFirst).getStage()).isEqualTo(2);
  }

  @Test
  void aWatcherGetsEachThingOnceAndWaitsForMore() {
    begin("sampler: random, trials: 1, seed: 1");
    TestProbe<StatusReply<SweepActor.Updates>> watcher = kit.createTestProbe();
    sweep.tell(new SweepActor.Watch(0, watcher.getRef()));
    List<SweepUpdate> seen = watcher.receiveMessage().getValue().updates();
    long cursor = seen.getLast().getCursor();

    sweep.tell(new SweepActor.Watch(cursor, watcher.getRef()));
    watcher.expectNoMessage(SILENCE);
    pull(worker);
    List<SweepUpdate> more = watcher.receiveMessage().getValue().updates();
    assertThat(more).isNotEmpty().allMatch(update -> update.getCursor() > cursor);
    assertThat(trials(more)).containsKey(0);
  }

  @Test
  void watchersSeeHowFarATrialHasComeHoweverQuicklyItReports() {
    begin("sampler: random, trials: 1, seed: 1");
    pull(worker);
    int epochs = 50;
    for (int epoch = 1; epoch <= epochs; epoch++) {
      TrialReport.Builder report =
          TrialReport.newBuilder().setLease(lease(0, 1)).addPoints(point(epoch, 0.5));
      sweep.tell(fromWorker(worker, WorkerMessage.newBuilder().setTrialReport(report)));
    }
    List<SweepUpdate> seen = new ArrayList<>();
    long cursor = 0;
    while (seen.isEmpty() || trials(seen).get(0).getEpochs() < epochs) {
      seen.addAll(watch(cursor));
      cursor = seen.getLast().getCursor();
    }
    assertThat(curve(seen, 0))
        .extracting(CurvePoint::getEpoch)
        .isEqualTo(IntStream.rangeClosed(1, epochs).boxed().toList());
    int stored = 0;
    while (stored < epochs) {
      stored = worker.receiveMessage().getTrialReportAck().getEpoch();
    }
    worker.expectNoMessage(SILENCE);
  }

  @Test
  void aRestartGoesOnWhereTheJournalEnds() {
    String search = "sampler: random, trials: 4, seed: 1";
    begin(search);
    AssignTrial zero = pull(worker);
    report(worker, 0, 1, point(1, 0.5));
    end(worker, 0, 1, TrialState.COMPLETED);
    sendModel(worker, 0, 1);
    AssignTrial one = pull(worker);
    assertThat(report(worker, 1, 1, point(1, 0.9)).getTrialReportAck().getEpoch()).isEqualTo(1);
    AssignTrial two = pull(worker);
    BlobRef checkpoint = checkpoint(worker, 2, 1, 7, 0);
    List<SweepUpdate> before = watch(0);

    restart(search);

    List<SweepUpdate> after = watch(before.getLast().getCursor());
    assertThat(curve(after, 0)).isEqualTo(curve(before, 0));
    assertThat(curve(after, 1)).isEqualTo(curve(before, 1));
    assertThat(status(after)).isEqualTo(status(before));
    assertThat(trials(after).get(0)).isEqualTo(trials(before).get(0));
    assertThat(trials(after).get(1).getState()).isEqualTo(TrialState.LOST);
    assertThat(bestModel().getModel().getClassNamesList()).containsExactly("trial 0");

    // One worker dials in again and goes on under its lease, sending again what may not have come.
    TestProbe<CoordinatorMessage> again = kit.createTestProbe();
    sweep.tell(new SweepActor.LeaseHeld("w1", again.getRef(), lease(1, 1)));
    assertThat(report(again, 1, 1, point(1, 0.9), point(2, 0.8)).getTrialReportAck().getEpoch())
        .isEqualTo(2);
    assertThat(curve(watch(0), 1)).extracting(CurvePoint::getEpoch).containsExactly(1, 2);
    assertThat(trials(watch(0)).get(1).getState()).isEqualTo(TrialState.RUNNING);

    // The other does not; its trial goes on elsewhere, from its checkpoint, and a new one is new.
    sweep.tell(new SweepActor.LeaseHeld("w2", again.getRef(), lease(2, 1)));
    sweep.tell(new SweepActor.WorkerLost(again.getRef()));
    AssignTrial retried = pull(worker);
    AssignTrial retriedTwo = pull(worker);
    assertThat(retried.getLease()).isEqualTo(lease(1, 2));
    assertThat(retried.getParametersList()).isEqualTo(one.getParametersList());
    assertThat(retriedTwo.getLease()).isEqualTo(lease(2, 2));
    assertThat(retriedTwo.getSeed()).isEqualTo(two.getSeed());
    assertThat(retriedTwo.getCheckpoint()).isEqualTo(checkpoint);
    assertThat(pull(worker).getLease()).isEqualTo(lease(3, 1));
    assertThat(zero.getSeed()).isNotEqualTo(one.getSeed());
  }

  @Test
  void aCheckpointReplacesTheOneBeforeAndGoesWhenTheTrialIsOver() throws Exception {
    begin("sampler: random, trials: 1, seed: 1");
    pull(worker);
    report(worker, 0, 1, point(1, 0.5));
    BlobRef first = checkpoint(worker, 0, 1, 10, 1);
    BlobRef second = checkpoint(worker, 0, 1, 11, 1);
    awaitGone(first);
    assertThat(blobs.contains(BlobKind.CHECKPOINT, second.getSha256())).isTrue();
    end(worker, 0, 1, TrialState.COMPLETED);
    awaitGone(second);
  }

  @Test
  void aCheckpointBeforeItsPointsDoesNotCount() {
    begin("sampler: random, trials: 1, seed: 1");
    pull(worker);
    checkpoint(worker, 0, 1, 10, 1);
    sweep.tell(new SweepActor.WorkerLost(worker.getRef()));
    assertThat(pull(worker).hasCheckpoint()).isFalse();
  }

  @Test
  void lossesCountOnlyWhileATrialGetsNoFurther() {
    begin("sampler: random, trials: 1, seed: 1");
    for (int attempt = 1; attempt <= 3 * SweepActor.MAX_LOSSES; attempt++) {
      assertThat(pull(worker).getLease()).isEqualTo(lease(0, attempt));
      checkpoint(worker, 0, attempt, attempt, 0);
      sweep.tell(new SweepActor.WorkerLost(worker.getRef()));
    }
    assertThat(pull(worker).hasCheckpoint()).isTrue();
  }

  /** Its points are known already and count once. */
  @Test
  void aTrialWhoseCheckpointIsGoneBeginsAgain() {
    String search = "sampler: random, trials: 1, seed: 1";
    begin(search);
    AssignTrial first = pull(worker);
    report(worker, 0, 1, point(1, 0.5));
    checkpoint(worker, 0, 1, 10, 1);
    for (int attempt = 1; attempt < SweepActor.MAX_LOSSES; attempt++) {
      sweep.tell(new SweepActor.WorkerLost(worker.getRef()));
      assertThat(pull(worker).hasCheckpoint()).isTrue();
    }

    int attempt = SweepActor.MAX_LOSSES;
    var missing =
        TrialEnded.newBuilder()
            .setLease(lease(0, attempt))
            .setState(TrialState.RETRYING)
            .setReason("its checkpoint could not be fetched")
            .setLost(true)
            .setCheckpointMissing(true);
    sweep.tell(fromWorker(worker, WorkerMessage.newBuilder().setTrialEnded(missing)));
    assertThat(worker.receiveMessage().getTrialEndedAck().getLease()).isEqualTo(lease(0, attempt));
    assertThat(trials(watch(0)).get(0).getReason())
        .isEqualTo("it begins again, as its checkpoint could not be fetched");
    restart(search);

    AssignTrial again = pull(worker);
    assertThat(again.hasCheckpoint()).isFalse();
    assertThat(again.getSeed()).isEqualTo(first.getSeed());
    assertThat(again.getParametersList()).isEqualTo(first.getParametersList());
    report(worker, 0, attempt + 1, point(1, 0.5), point(2, 0.4));
    assertThat(curve(watch(0), 0)).extracting(CurvePoint::getEpoch).containsExactly(1, 2);
  }

  @Test
  void aCurveHasNoGaps() {
    begin("sampler: random, trials: 1, seed: 1");
    pull(worker);
    report(worker, 0, 1, point(1, 0.5));
    assertThat(report(worker, 0, 1, point(3, 0.5)).hasLeaseVoid()).isTrue();
    assertThat(trials(watch(0)).get(0).getState()).isEqualTo(TrialState.RETRYING);
  }

  @Test
  void aPausedSweepGivesNothingUntilItIsResumed() {
    begin("sampler: random, trials: 2, seed: 1");
    pull(worker);
    TestProbe<StatusReply<Done>> asker = kit.createTestProbe();
    sweep.tell(new SweepActor.Pause("lunch", asker.getRef()));
    assertThat(asker.receiveMessage().isSuccess()).isTrue();
    expectNothingFor(worker);
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_PAUSED);
    sweep.tell(new SweepActor.Resume(asker.getRef()));
    assertThat(asker.receiveMessage().isSuccess()).isTrue();
    assertThat(pull(worker).getLease()).isEqualTo(lease(1, 1));
  }

  @Test
  void aPausedTrialHoldsStillAndOnlyARunningOneCan() {
    begin("sampler: random, trials: 2, seed: 1");
    pull(worker);
    TestProbe<StatusReply<Done>> asker = kit.createTestProbe();
    sweep.tell(new SweepActor.PauseOne(0, asker.getRef()));
    assertThat(worker.receiveMessage().getTrialCommand().hasPause()).isTrue();
    assertThat(asker.receiveMessage().isSuccess()).isTrue();
    assertThat(trials(watch(0)).get(0).getState()).isEqualTo(TrialState.PAUSED);
    sweep.tell(new SweepActor.ResumeOne(0, asker.getRef()));
    assertThat(worker.receiveMessage().getTrialCommand().hasResume()).isTrue();
    assertThat(asker.receiveMessage().isSuccess()).isTrue();
    sweep.tell(new SweepActor.PauseOne(1, asker.getRef()));
    assertThat(asker.receiveMessage().getError()).hasMessageContaining("has no trial 1");
  }

  @Test
  void tellsItsCoordinatorWhatTheListIsToSay() {
    begin("sampler: random, trials: 1, seed: 1");
    pull(worker);
    report(worker, 0, 1, point(1, 0.5));
    end(worker, 0, 1, TrialState.COMPLETED);
    sendModel(worker, 0, 1);
    SweepActor.Changed last = null;
    while (last == null || last.summary().getStatus().getState() != SweepState.SWEEP_COMPLETED) {
      last = (SweepActor.Changed) news.receiveMessage();
    }
    assertThat(last.summary().getBestObjective()).isEqualTo(0.5);
    assertThat(last.summary().getTrialsByStateMap()).containsExactly(Map.entry("completed", 1));
    assertThat(last.summary().getSubmittedAtMillis()).isEqualTo(1_000);
  }

  /** A retried trial trains epochs again, and after a restart the curve is all there is. */
  @Test
  void noEpochCountsTwiceInTheObjective() {
    SweepDefinition mean =
        definition(
            "sampler: random, trials: 2, seed: 1",
            "early_stopping: none",
            "objective: {of: mean, over: 2}");
    start(mean);
    pull(worker);
    report(worker, 0, 1, point(1, 0.5), point(2, 0.25));
    assertThat(trials(watch(0)).get(0).getObjective()).isEqualTo(0.375);
    sweep.tell(new SweepActor.WorkerLost(worker.getRef()));
    assertThat(trials(watch(0)).get(0).getState()).isEqualTo(TrialState.RETRYING);
    restart(mean);
    assertThat(trials(watch(0)).get(0).getObjective()).isEqualTo(0.375);
    assertThat(pull(worker).getLease()).isEqualTo(lease(0, 2));
    report(worker, 0, 2, point(1, 0.5), point(2, 0.25));
    assertThat(end(worker, 0, 2, TrialState.COMPLETED).getSendModel()).isTrue();
    assertThat(trials(watch(0)).get(0).getObjective()).isEqualTo(0.375);

    // Its model is lost with its worker: trained again, it is as good as it was.
    sweep.tell(new SweepActor.WorkerLost(worker.getRef()));
    assertThat(pull(worker).getLease()).isEqualTo(lease(0, 3));
    report(worker, 0, 3, point(1, 0.5), point(2, 0.25));
    assertThat(end(worker, 0, 3, TrialState.COMPLETED).getSendModel()).isTrue();
    assertThat(trials(watch(0)).get(0).getObjective()).isEqualTo(0.375);
    assertThat(status(watch(0)).getObjectives(0).getOf()).isEqualTo("mean");
  }

  @Test
  void theBestEpochIsRememberedOverARestart() {
    SweepDefinition best =
        definition(
            "sampler: random, trials: 2, seed: 1",
            "early_stopping: none",
            "objective: {of: best, goal: maximize}");
    start(best);
    pull(worker);
    report(worker, 0, 1, point(1, 0.75));
    report(worker, 0, 1, point(2, 0.5));
    restart(best);
    sweep.tell(new SweepActor.LeaseHeld("w1", worker.getRef(), lease(0, 1)));
    end(worker, 0, 1, TrialState.COMPLETED);
    assertThat(trials(watch(0)).get(0).getObjective()).isEqualTo(0.75);
    restart(best);
    assertThat(trials(watch(0)).get(0).getObjective()).isEqualTo(0.75);
    assertThat(status(watch(0)).getBestTrial()).isEqualTo(0);
  }

  @Test
  void aTrialThatBreaksAConstraintIsNeverTheBest() {
    SweepDefinition constrained =
        definition(
            "sampler: random, trials: 3, seed: 1",
            "early_stopping: none",
            "constraints: [{metric: parameters, max: 200}, {metric: dev_loss, max: 1}]");
    start(constrained);
    // Too large: its worker does not train it.
    assertThat(pull(worker).getMaxNetworkParameters()).isEqualTo(200);
    sweep.tell(
        fromWorker(
            worker,
            WorkerMessage.newBuilder()
                .setTrialEnded(
                    TrialEnded.newBuilder()
                        .setLease(lease(0, 1))
                        .setState(TrialState.INFEASIBLE)
                        .setReason("too large")
                        .setNetworkParameters(300))));
    assertThat(worker.receiveMessage().getTrialEndedAck().getSendModel()).isFalse();
    // Good, but its loss is too large.
    pull(worker);
    report(
        worker, 1, 1, point(1, 0.1).toBuilder().setDevLoss(1.5).setNetworkParameters(150).build());
    assertThat(end(worker, 1, 1, TrialState.COMPLETED).getSendModel()).isFalse();
    pull(worker);
    report(worker, 2, 1, point(1, 0.9).toBuilder().setDevLoss(1).setNetworkParameters(200).build());
    assertThat(end(worker, 2, 1, TrialState.COMPLETED).getSendModel()).isTrue();
    sendModel(worker, 2, 1);

    for (boolean restarted : new boolean[] {false, true}) {
      if (restarted) {
        restart(constrained);
      }
      List<SweepUpdate> updates = watch(0);
      assertThat(status(updates).getBestTrial()).isEqualTo(2);
      assertThat(status(updates).getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
      assertThat(trials(updates))
          .extractingByKeys(0, 1, 2)
          .extracting(TrialStatus::getState)
          .containsExactly(TrialState.INFEASIBLE, TrialState.INFEASIBLE, TrialState.COMPLETED);
      assertThat(trials(updates))
          .extractingByKeys(0, 1, 2)
          .extracting(TrialStatus::getViolation)
          .containsExactly(0.5, 0.5, 0.0);
      assertThat(trials(updates).get(0).hasObjective()).isFalse();
      assertThat(trials(updates).get(0).getReason()).isEqualTo("too large");
      assertThat(trials(updates).get(1).getReason())
          .isEqualTo("dev_loss is 1.5, and must be at most 1");
      assertThat(trials(updates).get(1).getObjective()).isEqualTo(0.1);
    }
  }

  @Test
  void aTrialThatTakesTooLongIsEnded() {
    start(
        definition(
            "sampler: random, trials: 1, seed: 1",
            "early_stopping: none",
            "constraints: [{metric: training_time, max: 2}]"));
    pull(worker);
    sweep.tell(
        fromWorker(
            worker,
            WorkerMessage.newBuilder()
                .setTrialReport(
                    TrialReport.newBuilder()
                        .setLease(lease(0, 1))
                        .addPoints(point(1, 0.1).toBuilder().setElapsedMicros(3_000_000)))));
    assertThat(worker.receiveMessage().hasTrialReportAck()).isTrue();
    assertThat(worker.receiveMessage().getTrialCommand().getStop())
        .isEqualTo(
            dev.caviar.proto.v1.StopTrial.newBuilder()
                .setState(TrialState.INFEASIBLE)
                .setReason("training_time is 3, and must be at most 2")
                .build());
    assertThat(end(worker, 0, 1, TrialState.INFEASIBLE).getSendModel()).isFalse();
    List<SweepUpdate> updates = watch(0);
    assertThat(trials(updates).get(0).getViolation()).isEqualTo(0.5);
    assertThat(status(updates).hasBestTrial()).isFalse();
    assertThat(status(updates).getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
  }

  private static final String REPEATED = "sampler: random, trials: 2, seed: 1, repeats: 3";

  private AssignTrial train(int trial, double error) {
    AssignTrial assignment = pull(worker);
    assertThat(assignment.getLease()).isEqualTo(lease(trial, 1));
    report(worker, trial, 1, point(1, error));
    return assignment;
  }

  private GetSweepResponse get() {
    TestProbe<StatusReply<GetSweepResponse>> asker = kit.createTestProbe();
    sweep.tell(new SweepActor.Get(GetSweepRequest.getDefaultInstance(), asker.getRef()));
    return asker.receiveMessage().getValue();
  }

  @Test
  void pointsAreComparedByTheMeanOfTheirTrials() {
    begin(REPEATED);
    assertThat(status(watch(0)).getTrials()).isEqualTo(6);
    // The best trial of all is at the worse point.
    double[] errors = {0.25, 0.5, 0.375, 0.125, 0.75, 0.625};
    List<AssignTrial> assigned = new ArrayList<>();
    for (int trial = 0; trial < 6; trial++) {
      assigned.add(train(trial, errors[trial]));
      boolean sent = end(worker, trial, 1, TrialState.COMPLETED).getSendModel();
      assertThat(sent).as("trial %d", trial).isEqualTo(trial == 2);
      if (sent) {
        sendModel(worker, trial, 1);
      }
      if (trial == 3) {
        restart(REPEATED);
      }
    }
    assertThat(assigned.subList(0, 3)).extracting(AssignTrial::getSeed).doesNotHaveDuplicates();
    for (int trial = 0; trial < 6; trial++) {
      assertThat(assigned.get(trial).getParametersList())
          .isEqualTo(assigned.get(trial / 3 * 3).getParametersList());
    }
    assertThat(assigned.get(3).getParametersList())
        .isNotEqualTo(assigned.get(0).getParametersList());

    SweepStatus status = status(watch(0));
    assertThat(status.getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
    assertThat(status.getBestTrial()).isEqualTo(2);
    assertThat(status.getBestMean()).isEqualTo(0.375);
    assertThat(status.getBestStandardError()).isCloseTo(0.125 / Math.sqrt(3), offset(1e-15));
    assertThat(bestModel().getModel().getClassNamesList()).containsExactly("trial 2");
    GetSweepResponse whole = get();
    assertThat(whole.getSummary().getBestObjective()).isEqualTo(0.375);
    assertThat(whole.getTrialsList())
        .extracting(TrialStatus::getPoint)
        .containsExactly(0, 0, 0, 1, 1, 1);
    assertThat(whole.getTrialsList())
        .extracting(TrialStatus::getRepeat)
        .containsExactly(0, 1, 2, 0, 1, 2);
    assertThat(whole.getTrials(4).getPointMeans(0)).isEqualTo(0.5);
  }

  @Test
  void pairedSeedsAreTheSameAtEveryPoint() {
    begin(REPEATED + ", paired_seeds: true");
    List<Long> seeds = new ArrayList<>();
    for (int trial = 0; trial < 6; trial++) {
      seeds.add(pull(worker).getSeed());
    }
    assertThat(seeds.subList(0, 3)).doesNotHaveDuplicates().isEqualTo(seeds.subList(3, 6));
  }

  /** It ended before its point was known to be the best, so its worker has forgotten it. */
  @Test
  void theBestPointsModelIsTrainedAgainIfNobodyHasIt() {
    begin("sampler: random, trials: 1, seed: 1, repeats: 2");
    pull(worker);
    pull(worker);
    report(worker, 1, 1, point(1, 0.5));
    assertThat(end(worker, 1, 1, TrialState.COMPLETED).getSendModel()).isFalse();
    report(worker, 0, 1, point(1, 0.25));
    assertThat(end(worker, 0, 1, TrialState.COMPLETED).getSendModel()).isFalse();
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_RUNNING);

    assertThat(pull(worker).getLease()).isEqualTo(lease(1, 2));
    report(worker, 1, 2, point(1, 0.5));
    assertThat(end(worker, 1, 2, TrialState.COMPLETED).getSendModel()).isTrue();
    sendModel(worker, 1, 2);
    assertThat(status(watch(0)).getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
    assertThat(status(watch(0)).getBestMean()).isEqualTo(0.375);
    assertThat(bestModel().getTrial()).isEqualTo(1);
    assertThat(bestModel().hasModel()).isTrue();
  }

  @Test
  void aPointThatFailsOnceHasFailed() {
    begin(REPEATED);
    for (int trial = 0; trial < 6; trial++) {
      train(trial, trial < 3 ? 0.1 : 0.5);
      TrialState state = trial == 1 ? TrialState.DIVERGED : TrialState.COMPLETED;
      if (end(worker, trial, 1, state).getSendModel()) {
        sendModel(worker, trial, 1);
      }
    }
    assertThat(status(watch(0)).getBestTrial()).isEqualTo(5);
    assertThat(get().getTrials(0).getPointMeansCount()).isZero();
  }

  @Test
  void moreTrialsAreWholePoints() {
    begin(REPEATED);
    assertThat(continueWith(8).getError())
        .hasMessageContaining(
            "each of its points has 3 trials, so it can have 6 or 9 trials, not 8");
    assertThat(continueWith(9).isSuccess()).isTrue();
    assertThat(status(watch(0)).getTrials()).isEqualTo(9);
    assertThat(enqueue("a", point(0.5)).isSuccess()).isTrue();
    double enqueued = 0;
    for (int trial = 0; trial < 3; trial++) {
      enqueued += learningRate(pull(worker));
    }
    assertThat(enqueued).isEqualTo(1.5);
    assertThat(learningRate(pull(worker))).isNotEqualTo(0.5);
    assertThat(get().getTrialsList())
        .extracting(TrialStatus::getEnqueued)
        .containsExactly(true, true, true, false);
  }

  @Test
  void saysWhatIsTooMany() {
    begin("sampler: random, trials: 1, seed: 1");
    assertThat(continueWith(Integer.MAX_VALUE).getError())
        .hasMessageContaining("a sweep has at most 1000000 trials, this would have 2147483647");
    assertThat(continueWith(Integer.MIN_VALUE).getError()).hasMessageContaining("not fewer");
  }

  @Test
  void withSeveralObjectivesThereIsAFront() {
    SweepDefinition two =
        definition(
            "sampler: tpe, trials: 5, seed: 1, startup_trials: 2",
            "early_stopping: none",
            "objectives: [{metric: dev_error}, {metric: dev_loss, goal: maximize}]");
    start(two);
    // The last is as good as the second in both; the third is dominated by the second.
    double[][] outcomes = {{0.5, 9}, {0.25, 3}, {0.375, 2}, {0.125, 1}, {0.25, 3}};
    for (int trial = 0; trial < 5; trial++) {
      pull(worker);
      report(
          worker,
          trial,
          1,
          point(1, outcomes[trial][0]).toBuilder().setDevLoss(outcomes[trial][1]).build());
      if (end(worker, trial, 1, TrialState.COMPLETED).getSendModel()) {
        sendModel(worker, trial, 1);
      }
    }
    for (boolean restarted : new boolean[] {false, true}) {
      if (restarted) {
        restart(two);
      }
      SweepStatus status = status(watch(0));
      assertThat(status.getFrontList()).containsExactly(3, 1, 4, 0);
      assertThat(status.getBestTrial()).isEqualTo(3);
      assertThat(status.getObjectivesList())
          .extracting(dev.caviar.proto.v1.ObjectiveStatus::getMetric)
          .containsExactly("dev_error", "dev_loss");
      assertThat(trials(watch(0)).get(0).getOtherObjectivesList()).containsExactly(9.0);
    }
  }

  @Test
  void aWorkerThatDoesNotTellTheSizeFailsTheTrial() {
    start(
        definition(
            "sampler: random, trials: 1, seed: 1",
            "early_stopping: none",
            "objective: {metric: parameters}"));
    pull(worker);
    report(worker, 0, 1, point(1, 0.1));
    end(worker, 0, 1, TrialState.COMPLETED);
    TrialStatus trial = trials(watch(0)).get(0);
    assertThat(trial.getState()).isEqualTo(TrialState.FAILED);
    assertThat(trial.getReason()).contains("older Caviar");
  }

  private BlobRef checkpoint(
      TestProbe<CoordinatorMessage> by, int trial, int attempt, long step, int epoch) {
    BlobRef stored = put(BlobKind.CHECKPOINT, ("checkpoint " + trial + " " + step).getBytes(UTF_8));
    sweep.tell(
        fromWorker(
            by,
            WorkerMessage.newBuilder()
                .setTrialCheckpoint(
                    TrialCheckpoint.newBuilder()
                        .setLease(lease(trial, attempt))
                        .setCheckpoint(stored)
                        .setStep(step)
                        .setEpoch(epoch))));
    return stored;
  }

  private void awaitGone(BlobRef checkpoint) {
    kit.createTestProbe()
        .awaitAssert(
            () -> {
              assertThat(blobs.contains(BlobKind.CHECKPOINT, checkpoint.getSha256())).isFalse();
              return null;
            });
  }

  private void end(boolean cancelRunning, String reason) {
    TestProbe<StatusReply<Done>> asker = kit.createTestProbe();
    sweep.tell(new SweepActor.End(cancelRunning, reason, asker.getRef()));
    assertThat(asker.receiveMessage().isSuccess()).isTrue();
  }

  private AssignTrial pull(TestProbe<CoordinatorMessage> by) {
    sweep.tell(new SweepActor.NextTrial("w1", by.getRef(), pool.getRef()));
    return by.receiveMessage().getAssignTrial();
  }

  private boolean tryPull(TestProbe<CoordinatorMessage> by) {
    sweep.tell(new SweepActor.NextTrial("w1", by.getRef(), pool.getRef()));
    try {
      return by.receiveMessage(SILENCE).hasAssignTrial();
    } catch (AssertionError nothingCame) {
      return false;
    }
  }

  private void expectNothingFor(TestProbe<CoordinatorMessage> by) {
    sweep.tell(new SweepActor.NextTrial("w1", by.getRef(), pool.getRef()));
    by.expectNoMessage(SILENCE);
  }

  /**
   * Answers with what the worker is told: that the points are stored, or that its lease is void.
   */
  private CoordinatorMessage report(
      TestProbe<CoordinatorMessage> by, int trial, int attempt, CurvePoint... points) {
    sweep.tell(
        fromWorker(
            by,
            WorkerMessage.newBuilder()
                .setTrialReport(
                    TrialReport.newBuilder()
                        .setLease(lease(trial, attempt))
                        .addAllPoints(List.of(points)))));
    return by.receiveMessage();
  }

  private dev.caviar.proto.v1.TrialEndedAck end(
      TestProbe<CoordinatorMessage> by, int trial, int attempt, TrialState state) {
    sweep.tell(fromWorker(by, ended(trial, attempt, state)));
    return by.receiveMessage().getTrialEndedAck();
  }

  private WorkerMessage.Builder ended(int trial, int attempt, TrialState state) {
    return WorkerMessage.newBuilder()
        .setTrialEnded(
            TrialEnded.newBuilder()
                .setLease(lease(trial, attempt))
                .setState(state)
                .setReason(state == TrialState.COMPLETED ? "" : "because")
                .setEpochs(state == TrialState.COMPLETED ? 1 : 0));
  }

  private void sendModel(TestProbe<CoordinatorMessage> by, int trial, int attempt) {
    sweep.tell(
        fromWorker(
            by,
            WorkerMessage.newBuilder()
                .setTrialModel(
                    TrialModel.newBuilder()
                        .setLease(lease(trial, attempt))
                        .setModel(stored(trial))
                        .setTest(Evaluation.newBuilder().setError(0.5 + trial)))));
  }

  private BlobRef stored(int trial) {
    Model model =
        Model.newBuilder().setTask(Task.CLASSIFICATION).addClassNames("trial " + trial).build();
    return put(BlobKind.MODEL, model.toByteArray());
  }

  private BlobRef put(BlobKind kind, byte[] bytes) {
    try {
      return blobs.put(kind, new ByteArrayInputStream(bytes), 1_000_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SweepActor.FromWorker fromWorker(
      TestProbe<CoordinatorMessage> by, WorkerMessage.Builder message) {
    return new SweepActor.FromWorker("w1", by.getRef(), message.build());
  }

  private Lease lease(int trial, int attempt) {
    return Lease.newBuilder().setSweepId(id).setTrial(trial).setAttempt(attempt).build();
  }

  private static CurvePoint point(int epoch, double devError) {
    return CurvePoint.newBuilder()
        .setEpoch(epoch)
        .setStep(epoch * 10L)
        .setDevError(devError)
        .build();
  }

  /** After all that was said before is written. */
  private List<SweepUpdate> watch(long after) {
    TestProbe<StatusReply<GetSweepResponse>> asker = kit.createTestProbe();
    sweep.tell(new SweepActor.Get(GetSweepRequest.getDefaultInstance(), asker.getRef()));
    asker.receiveMessage();
    TestProbe<StatusReply<SweepActor.Updates>> watcher = kit.createTestProbe();
    sweep.tell(new SweepActor.Watch(after, watcher.getRef()));
    return watcher.receiveMessage().getValue().updates();
  }

  private GetBestModelResponse bestModel() {
    TestProbe<StatusReply<GetBestModelResponse>> asker = kit.createTestProbe();
    sweep.tell(new SweepActor.GetBestModel(asker.getRef()));
    return asker.receiveMessage().getValue();
  }

  private static SweepStatus status(List<SweepUpdate> updates) {
    return updates.stream()
        .filter(SweepUpdate::hasStatus)
        .reduce((earlier, later) -> later)
        .orElseThrow()
        .getStatus();
  }

  private static Map<Integer, TrialStatus> trials(List<SweepUpdate> updates) {
    Map<Integer, TrialStatus> trials = new HashMap<>();
    updates.stream()
        .filter(SweepUpdate::hasTrial)
        .forEach(update -> trials.put(update.getTrial().getTrial(), update.getTrial()));
    return trials;
  }

  private static List<CurvePoint> curve(List<SweepUpdate> updates, int trial) {
    return updates.stream()
        .filter(update -> update.hasPoints() && update.getPoints().getTrial() == trial)
        .flatMap(update -> update.getPoints().getPointsList().stream())
        .toList();
  }

  private static int stageOf(List<SweepUpdate> updates) {
    return updates.stream()
        .filter(SweepUpdate::hasStage)
        .mapToInt(update -> update.getStage().getNumber())
        .max()
        .orElse(0);
  }
}
