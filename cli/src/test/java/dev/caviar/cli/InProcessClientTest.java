package dev.caviar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.EndSweepRequest;
import dev.caviar.proto.v1.GetBestModelRequest;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.GetTrialLogRequest;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialLogLine;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import dev.caviar.proto.v1.WatchSweepRequest;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.worker.BlobTransfer;
import dev.caviar.worker.CoordinatorLink;
import dev.caviar.worker.WorkerOptions;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.data.DataCache;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Real sweeps: real coordinator, real worker, real training, and only this JVM. */
@NullUnmarked
class InProcessClientTest {
  private static final String COARSE_TO_FINE =
      """
      name: small
      data: {builtin: digits, dev: 0.2, test: 0.1, normalize: true}
      parameters:
        learning_rate: {scale: log, min: 1.0e-4, max: 1.0}
        momentum: {scale: one_minus_log, min: 0.9, max: 0.999, when: {optimizer: [momentum]}}
        hidden_layers: {min: 1, max: 2}
        hidden_units: {min: 5, max: 40, per: layer}
        batch_size: {values: [64, 128]}
        optimizer: {values: [momentum, adam]}
      fixed: {epochs: 3, dropout: 0.1, activation: relu}
      search: {sampler: coarse_to_fine, trials: 12, seed: 42, stages: 3}
      """;

  @Test
  void oneSlotAndTwoGiveTheSameSweepToTheLastBit() throws Exception {
    Outcome one = run(COARSE_TO_FINE, 1);
    Outcome two = run(COARSE_TO_FINE, 2);

    assertThat(one.status().getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
    assertThat(one.trials()).hasSize(12);
    assertThat(two.trials()).isEqualTo(one.trials());
    assertThat(two.curves()).isEqualTo(one.curves());
    assertThat(two.stages()).isEqualTo(one.stages());
    assertThat(two.status().getBestTrial()).isEqualTo(one.status().getBestTrial());
    assertThat(two.best().getModel().getTensorsList())
        .isEqualTo(one.best().getModel().getTensorsList());
    assertThat(one.status().getBestTest().getExamples()).isPositive();
  }

  @Test
  void aSweepSurvivesTrialsThatDiverge() throws Exception {
    Outcome outcome =
        run(
            """
            name: wild
            data: {builtin: digits, dev: 0.2}
            parameters:
              learning_rate: {values: [1.0e-2, 1.0e+30]}
            fixed: {epochs: 1, optimizer: sgd, batch_norm: false, hidden_layers: 1, hidden_units: 10}
            search: {sampler: grid, trials: 10}
            """,
            2);
    assertThat(outcome.trials().values())
        .extracting(TrialStatus::getState)
        .containsExactlyInAnyOrder(TrialState.COMPLETED, TrialState.DIVERGED);
    TrialStatus diverged =
        outcome.trials().values().stream()
            .filter(trial -> trial.getState() == TrialState.DIVERGED)
            .findFirst()
            .orElseThrow();
    assertThat(diverged.getReason()).contains("loss became");
    assertThat(outcome.status().getBestTrial()).isNotEqualTo(diverged.getTrial());
    assertThat(outcome.status().getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
  }

  @Test
  void aTrialsLogTellsWhereItBeganAndHowItEnded() throws Exception {
    try (InProcessClient client = client(1)) {
      String id = submit(client, COARSE_TO_FINE).getSweepId();
      client
          .watch(WatchSweepRequest.newBuilder().setSweepId(id).build(), update -> {})
          .toCompletableFuture()
          .get(2, TimeUnit.MINUTES);
      List<TrialLogLine> log =
          client
              .trialLog(GetTrialLogRequest.newBuilder().setSweepId(id).setTrial(3).build())
              .toCompletableFuture()
              .get(10, TimeUnit.SECONDS)
              .getLinesList();
      assertThat(log).hasSize(3);
      assertThat(log.get(1).getText()).startsWith("Attempt 1 begins on ");
      assertThat(log.getLast().getText()).startsWith("COMPLETED after 3 epochs");
      assertThat(log).allMatch(line -> line.getWorkerId().equals("worker-1"));
      assertThat(log).allMatch(line -> line.getAttempt() == 1);
    }
  }

  @Test
  void cancellingEndsItWithTheBestSoFar() throws Exception {
    try (InProcessClient client = client(2)) {
      String id = submit(client, COARSE_TO_FINE.replace("epochs: 3", "epochs: 200")).getSweepId();
      List<SweepUpdate> updates = new CopyOnWriteArrayList<>();
      CompletionStage<Void> over =
          client.watch(WatchSweepRequest.newBuilder().setSweepId(id).build(), updates::add);
      // The first two may end together, and then there would be none to cancel.
      while (updates.stream().noneMatch(update -> update.getStatus().hasBestTrial())
          || updates.stream()
              .map(SweepUpdate::getTrial)
              .noneMatch(t -> t.getTrial() >= 2 && t.getState() == TrialState.RUNNING)) {
        Thread.sleep(20);
      }
      client
          .end(
              EndSweepRequest.newBuilder()
                  .setSweepId(id)
                  .setCancelRunning(true)
                  .setReason("test")
                  .build())
          .toCompletableFuture()
          .get(10, TimeUnit.SECONDS);
      over.toCompletableFuture().get(10, TimeUnit.SECONDS);

      Outcome outcome = outcome(client, id, updates);
      assertThat(outcome.status().getState()).isEqualTo(SweepState.SWEEP_STOPPED);
      assertThat(outcome.best().hasModel()).isTrue();
      assertThat(outcome.trials().values())
          .extracting(TrialStatus::getState)
          .contains(TrialState.CANCELLED)
          .containsOnly(TrialState.CANCELLED, TrialState.COMPLETED);
    }
  }

  @Test
  void answersABadFileWithAllItsProblems() throws Exception {
    try (InProcessClient client = client(1)) {
      SubmitSweepResponse response =
          submit(client, "name: bad\nparameters: {learning_rat: 1}\nsearch: {trials: 0}\n");
      assertThat(response.getSweepId()).isEmpty();
      assertThat(response.getProblemsList()).hasSizeGreaterThanOrEqualTo(3);
    }
  }

  private static Outcome run(String file, int slots) throws Exception {
    try (InProcessClient client = client(slots)) {
      SubmitSweepResponse submitted = submit(client, file);
      assertThat(submitted.getProblemsList()).isEmpty();
      String id = submitted.getSweepId();
      List<SweepUpdate> updates = new ArrayList<>();
      client
          .watch(WatchSweepRequest.newBuilder().setSweepId(id).build(), updates::add)
          .toCompletableFuture()
          .get(2, TimeUnit.MINUTES);
      return outcome(client, id, updates);
    }
  }

  private static Outcome outcome(InProcessClient client, String id, List<SweepUpdate> updates)
      throws Exception {
    Map<Integer, TrialStatus> trials = new TreeMap<>();
    Map<Integer, List<CurvePoint>> curves = new TreeMap<>();
    List<Object> stages = new ArrayList<>();
    SweepStatus status = SweepStatus.getDefaultInstance();
    for (SweepUpdate update : updates) {
      switch (update.getUpdateCase()) {
        case STATUS -> status = update.getStatus();
        case TRIAL ->
            trials.put(
                update.getTrial().getTrial(),
                update.getTrial().toBuilder().clearElapsedMicros().build());
        case POINTS ->
            update
                .getPoints()
                .getPointsList()
                .forEach(
                    point ->
                        curves
                            .computeIfAbsent(
                                update.getPoints().getTrial(), trial -> new ArrayList<>())
                            .add(point.toBuilder().clearElapsedMicros().build()));
        case STAGE -> stages.add(update.getStage());
        case UPDATE_NOT_SET -> throw new AssertionError("an update without content");
      }
    }
    GetBestModelResponse best =
        client
            .bestModel(GetBestModelRequest.newBuilder().setSweepId(id).build())
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    return new Outcome(status, trials, curves, stages, best);
  }

  private static SubmitSweepResponse submit(InProcessClient client, String file) throws Exception {
    return client
        .submit(SubmitSweepRequest.newBuilder().setSweepFile(file).setBaseDirectory("/").build())
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private static InProcessClient client(int slots) {
    return InProcessClient.start(
        new WorkerOptions("worker-1", slots, new CpuBackend(), new DataCache()),
        InProcessClientTest::throughBytes);
  }

  /** All that goes between coordinator and worker goes as bytes, as it will over a network. */
  private static CoordinatorLink throughBytes(CoordinatorLink link) {
    return new CoordinatorLink() {
      @Override
      public void open(ActorRef<Event> worker) {
        ActorSystem<?> system = ActorSystem.create(Behaviors.empty(), "bytes");
        link.open(
            system.systemActorOf(
                Behaviors.receiveMessage(
                    event -> {
                      worker.tell(
                          switch (event) {
                            case Received received -> new Received(parse(received.message()));
                            case Opened opened -> new Opened(uplink(system, opened.coordinator()));
                            case Closed closed -> closed;
                          });
                      return Behaviors.same();
                    }),
                "down",
                akka.actor.typed.Props.empty()));
      }

      @Override
      public void close() {
        link.close();
      }

      @Override
      public BlobTransfer blobs() {
        return link.blobs();
      }
    };
  }

  private static ActorRef<WorkerMessage> uplink(
      ActorSystem<?> system, ActorRef<WorkerMessage> coordinator) {
    return system.systemActorOf(
        Behaviors.<WorkerMessage>receiveMessage(
            message -> {
              coordinator.tell(parse(message));
              return Behaviors.same();
            }),
        "up",
        akka.actor.typed.Props.empty());
  }

  private static CoordinatorMessage parse(CoordinatorMessage message) {
    try {
      return CoordinatorMessage.parseFrom(message.toByteArray());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static WorkerMessage parse(WorkerMessage message) {
    try {
      return WorkerMessage.parseFrom(message.toByteArray());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private record Outcome(
      SweepStatus status,
      Map<Integer, TrialStatus> trials,
      Map<Integer, List<CurvePoint>> curves,
      List<Object> stages,
      GetBestModelResponse best) {}
}
