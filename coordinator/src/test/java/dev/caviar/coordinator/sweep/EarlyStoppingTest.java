package dev.caviar.coordinator.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Behaviors;
import akka.pattern.StatusReply;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.pool.WorkerPool;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.coordinator.store.MemoryBlobStore;
import dev.caviar.coordinator.store.MemoryCurveStore;
import dev.caviar.coordinator.store.Stores;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialCheckpoint;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialModel;
import dev.caviar.proto.v1.TrialReport;
import dev.caviar.proto.v1.TrialRung;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import dev.caviar.proto.v1.WorkerMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole sweeps, with any sampler and any schedule, whose trials diverge and whose workers are lost
 * at any time: each comes to its end.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@NullUnmarked
class EarlyStoppingTest {
  private static final int TRIALS = 14;
  private static final int EPOCHS = 9;
  private static final String POPULATION = "population_based";

  private static final Set<TrialState> TRAINS = Set.of(TrialState.RUNNING, TrialState.LOST);

  /** How long a sweep may be silent while nobody owes it anything. */
  private static final int PATIENCE_SECONDS = 20;

  // Workers that were lost to a coordinator that restarts are waited for.
  private final ActorTestKit kit =
      ActorTestKit.create(
          ConfigFactory.parseString(
                  "caviar.coordinator { return-timeout = 1s, trials-in-page = 3, snapshot-after = 5"
                      + " }")
              .withFallback(Stores.memory().persistence())
              .withFallback(ConfigFactory.load()));
  private final AtomicInteger sweeps = new AtomicInteger();

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  private static Stream<Arguments> sweeps() {
    List<String> searches =
        List.of(
            "sampler: random",
            "sampler: tpe, startup_trials: 4",
            "sampler: cma_es, population: 4",
            "sampler: gaussian_process, startup_trials: 4",
            "sampler: coarse_to_fine, stages: 2");
    List<String> schedules =
        List.of(
            "median, min_epochs: 2, interval: 2, startup_trials: 2",
            "asha, min_epochs: 2, reduction_factor: 2",
            "successive_halving, reduction_factor: 3",
            "hyperband, reduction_factor: 3");
    return Stream.concat(
        searches.stream()
            .flatMap(
                search ->
                    schedules.stream()
                        .flatMap(
                            schedule ->
                                Stream.of(1, 2).map(seed -> Arguments.of(search, schedule, seed)))),
        Stream.of(1, 2, 3, 4)
            .map(seed -> Arguments.of("sampler: sobol", POPULATION + ", interval: 2", seed)));
  }

  @ParameterizedTest
  @MethodSource("sweeps")
  void comesToItsEnd(String search, String schedule, int seed) throws Exception {
    GetSweepResponse over = new Run(definition(search, schedule, seed), seed).toItsEnd();

    assertThat(over.getSummary().getStatus().getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
    assertThat(over.getTrialsList()).hasSize(TRIALS);
    for (TrialStatus trial : over.getTrialsList()) {
      assertThat(trial.getState())
          .isIn(TrialState.COMPLETED, TrialState.STOPPED_EARLY, TrialState.DIVERGED);
      if (trial.getState() == TrialState.STOPPED_EARLY) {
        TrialRung last = trial.getRungs(trial.getRungsCount() - 1);
        assertThat(last.getWentOn()).isFalse();
        assertThat(last.getEpoch()).isEqualTo(trial.getEpochs()).isLessThan(EPOCHS);
        assertThat(trial.getEpochs()).isGreaterThanOrEqualTo(schedule.contains("2,") ? 2 : 1);
      }
      if (trial.getState() == TrialState.COMPLETED) {
        assertThat(trial.getRungsList()).allMatch(TrialRung::getWentOn);
      }
    }
    if (schedule.startsWith(POPULATION)) {
      assertThat(over.getTrialsList())
          .as("none is stopped, and some are copies")
          .noneMatch(trial -> trial.getState() == TrialState.STOPPED_EARLY)
          .anyMatch(trial -> trial.getLineageCount() > 1);
      return;
    }
    // These trials get better from epoch to epoch, so that few are worse than a median of averages.
    assertThat(over.getTrialsList().stream().filter(t -> !schedule.startsWith("median")).toList())
        .as("some are stopped, or the schedule was not tried")
        .satisfiesAnyOf(
            trials -> assertThat(trials).isEmpty(),
            trials ->
                assertThat(trials)
                    .extracting(TrialStatus::getState)
                    .contains(TrialState.STOPPED_EARLY));
  }

  private static SweepDefinition definition(String search, String schedule, int seed) {
    try {
      return SweepFile.parse(
          """
          name: test
          data: {builtin: digits, dev: 0.2}
          parameters:
            learning_rate: {scale: log, min: 1.0e-3, max: 1.0}
            l2: {scale: log, min: 1.0e-6, max: 1.0}
          fixed: {epochs: %d, hidden_units: [5]}
          search: {%s, trials: %d, seed: %d}
          schedule: {early_stopping: %s}
          """
              .formatted(EPOCHS, search, TRIALS, seed, schedule),
          Path.of("/"));
    } catch (SweepFileException e) {
      throw new AssertionError(e.problems().toString(), e);
    }
  }

  /** A trial as a worker has it. */
  private static final class Training {
    final ActorRef<CoordinatorMessage> worker;
    final AssignTrial assignment;
    int epoch;

    Training(ActorRef<CoordinatorMessage> worker, AssignTrial assignment, int epoch) {
      this.worker = worker;
      this.assignment = assignment;
      this.epoch = epoch;
    }
  }

  /** What a worker, or the pool, was told. */
  private record Told(ActorRef<CoordinatorMessage> worker, Object message) {}

  /** Three workers, one thing after the other, in an order that follows from the seed. */
  private final class Run {
    private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
    private final MemoryBlobStore blobs = new MemoryBlobStore();
    private final List<Training> training = new ArrayList<>();
    private final SweepActor.Setup setup;
    private final Random random;
    private final ActorRef<WorkerPool.Command> pool;
    private ActorRef<SweepActor.Command> sweep;
    private boolean more = true;
    private boolean over;

    Run(SweepDefinition definition, int seed) {
      random = new Random(seed);
      pool =
          kit.spawn(
              Behaviors.receiveMessage(
                  message -> {
                    told.add(new Told(null, message));
                    return Behaviors.same();
                  }));
      setup =
          new SweepActor.Setup(
              "test-" + sweeps.incrementAndGet(),
              "the file",
              definition,
              1_000,
              new MemoryCurveStore(),
              blobs,
              () -> {});
      sweep = start();
    }

    private ActorRef<SweepActor.Command> start() {
      return kit.spawn(
          SweepActor.create(setup, pool, kit.<SweepActor.News>createTestProbe().getRef()));
    }

    /** As a coordinator that dies and comes back, with everything that it had said written. */
    private void restart() {
      GetSweepResponse before = get();
      sweep.tell(SweepActor.Leave.NOW);
      kit.createTestProbe().expectTerminated(sweep);
      sweep = start();
      // Workers that were lost to it are so still; the others it knows only when they speak.
      assertThat(states(get())).isEqualTo(states(before));
    }

    private static List<Object> states(GetSweepResponse sweep) {
      return sweep.getTrialsList().stream()
          .<Object>map(
              trial ->
                  List.of(
                      trial.getAttempt(),
                      trial.getRungsList(),
                      trial.getLineageList(),
                      TRAINS.contains(trial.getState()) ? "trains" : trial.getState()))
          .toList();
    }

    private GetSweepResponse get() {
      var asker = kit.<StatusReply<GetSweepResponse>>createTestProbe();
      sweep.tell(new SweepActor.Get(GetSweepRequest.getDefaultInstance(), asker.getRef()));
      return asker.receiveMessage().getValue();
    }

    GetSweepResponse toItsEnd() throws Exception {
      hearUntil(WorkerPool.WorkAvailable.class);
      while (!over) {
        if (more && training.size() < 3 && (training.isEmpty() || random.nextBoolean())) {
          ask();
        } else if (training.isEmpty()) {
          hear(); // Only the sweep can say that there is more, or that it is over.
        } else {
          train(training.get(random.nextInt(training.size())));
        }
      }
      return get();
    }

    private void ask() throws Exception {
      ActorRef<CoordinatorMessage> worker = worker();
      sweep.tell(new SweepActor.NextTrial("w", worker, pool));
      while (true) {
        Told answer = hear();
        if (answer.message() instanceof WorkerPool.NothingToGive) {
          // What came before this answer does not tell of more.
          more = told.stream().anyMatch(t -> t.message() instanceof WorkerPool.WorkAvailable);
          return;
        }
        if (answer.message() instanceof CoordinatorMessage message && message.hasAssignTrial()) {
          AssignTrial assignment = message.getAssignTrial();
          int epoch =
              assignment.hasCheckpoint()
                  ? assignment.getCheckpoint().getSha256().isEmpty() ? 0 : epoch(assignment)
                  : 0;
          training.add(new Training(worker, assignment, epoch));
          return;
        }
      }
    }

    private ActorRef<CoordinatorMessage> worker() {
      return kit.spawn(
          Behaviors.setup(
              context ->
                  Behaviors.receiveMessage(
                      message -> {
                        told.add(new Told(context.getSelf(), message));
                        return Behaviors.same();
                      })));
    }

    /** The checkpoint's bytes say it. */
    private int epoch(AssignTrial assignment) throws IOException {
      try (var bytes = blobs.open(BlobKind.CHECKPOINT, assignment.getCheckpoint().getSha256())) {
        return bytes.readAllBytes()[1];
      }
    }

    private void train(Training trial) throws Exception {
      int fate = random.nextInt(40);
      if (fate == 2) {
        restart();
      }
      if (fate == 0) {
        training.remove(trial);
        sweep.tell(new SweepActor.WorkerLost(trial.worker));
        return;
      }
      if (fate == 1) {
        end(trial, TrialState.DIVERGED);
        return;
      }
      trial.epoch++;
      int number = trial.assignment.getLease().getTrial();
      // The better the later, each trial in its own way.
      double value = new Random(number).nextDouble() / trial.epoch;
      say(
          trial,
          WorkerMessage.newBuilder()
              .setTrialReport(
                  TrialReport.newBuilder()
                      .setLease(trial.assignment.getLease())
                      .addPoints(
                          CurvePoint.newBuilder()
                              .setEpoch(trial.epoch)
                              .setStep(trial.epoch)
                              .setDevError(value))));
      while (!(hear().message() instanceof CoordinatorMessage m && m.hasTrialReportAck())) {}
      if (trial.epoch == EPOCHS) {
        end(trial, TrialState.COMPLETED);
      } else if (trial.assignment.getRungsList().contains(trial.epoch)) {
        rung(trial);
      }
    }

    private void rung(Training trial) throws Exception {
      byte[] bytes = {(byte) trial.assignment.getLease().getTrial(), (byte) trial.epoch};
      BlobRef stored = blobs.put(BlobKind.CHECKPOINT, new ByteArrayInputStream(bytes), 100);
      say(
          trial,
          WorkerMessage.newBuilder()
              .setTrialCheckpoint(
                  TrialCheckpoint.newBuilder()
                      .setLease(trial.assignment.getLease())
                      .setCheckpoint(stored)
                      .setStep(trial.epoch)
                      .setEpoch(trial.epoch)));
      while (true) {
        Told answer = hear();
        if (trial.worker.equals(answer.worker())
            && answer.message() instanceof CoordinatorMessage message
            && message.hasTrialCommand()) {
          if (message.getTrialCommand().hasStop()) {
            end(trial, message.getTrialCommand().getStop().getState());
          }
          return;
        }
      }
    }

    private void end(Training trial, TrialState state) throws Exception {
      training.remove(trial);
      say(
          trial,
          WorkerMessage.newBuilder()
              .setTrialEnded(
                  TrialEnded.newBuilder()
                      .setLease(trial.assignment.getLease())
                      .setState(state)
                      .setEpochs(trial.epoch)));
      while (true) {
        Told answer = hear();
        if (trial.worker.equals(answer.worker())
            && answer.message() instanceof CoordinatorMessage message
            && message.hasTrialEndedAck()) {
          if (message.getTrialEndedAck().getSendModel()) {
            say(
                trial,
                WorkerMessage.newBuilder()
                    .setTrialModel(TrialModel.newBuilder().setLease(trial.assignment.getLease())));
          }
          return;
        }
      }
    }

    private void say(Training trial, WorkerMessage.Builder message) {
      sweep.tell(new SweepActor.FromWorker("w", trial.worker, message.build()));
    }

    private void hearUntil(Class<?> kind) throws Exception {
      while (!kind.isInstance(hear().message())) {}
    }

    private Told hear() throws InterruptedException {
      Told next = told.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(next).as("what the sweep says, with %s in training", training.size()).isNotNull();
      more |= next.message() instanceof WorkerPool.WorkAvailable;
      over |= next.message() instanceof WorkerPool.RemoveSweep;
      return next;
    }
  }
}
