package dev.caviar.coordinator.pool;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.store.MemoryTrialLogStore;
import dev.caviar.coordinator.store.TrialLogStore;
import dev.caviar.coordinator.sweep.SweepActor;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.Draining;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.ListWorkersResponse;
import dev.caviar.proto.v1.LogLevel;
import dev.caviar.proto.v1.PullTrials;
import dev.caviar.proto.v1.Register;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialLog;
import dev.caviar.proto.v1.TrialLogLine;
import dev.caviar.proto.v1.TrialModel;
import dev.caviar.proto.v1.TrialReport;
import dev.caviar.proto.v1.TrialTuned;
import dev.caviar.proto.v1.WorkerMessage;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A real pool; the test is its sweeps and its workers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@NullUnmarked
class WorkerPoolTest {
  private static final Duration SILENCE = Duration.ofMillis(150);

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ActorTestKit kit =
      ActorTestKit.create(
          ConfigFactory.parseString("caviar.coordinator.worker-timeout = 2s")
              .withFallback(ConfigFactory.load()));
  private ActorRef<WorkerPool.Command> pool;
  private TrialLogStore logs;
  private TestProbe<SweepActor.Command> sweep;
  private TestProbe<CoordinatorMessage> worker;

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  @BeforeEach
  void spawn() {
    logs = new MemoryTrialLogStore();
    pool = kit.spawn(WorkerPool.create(logs));
    sweep = kit.createTestProbe();
    worker = kit.createTestProbe();
  }

  @Test
  void asksOnceForEachFreeSlot() {
    pool.tell(new WorkerPool.AddSweep("s", sweep.getRef()));
    ActorRef<WorkerMessage> uplink = join(worker, 2);
    expectAsked(sweep);
    expectAsked(sweep);
    sweep.expectNoMessage(SILENCE);

    // One assignment has arrived, the other is still on its way to the other slot.
    pull(uplink, 1, 1);
    sweep.expectNoMessage(SILENCE);
    // Both have arrived and one of them is over.
    pull(uplink, 1, 2);
    expectAsked(sweep);
    sweep.expectNoMessage(SILENCE);
  }

  @Test
  void keepsFreeSlotsUntilThereIsWork() {
    join(worker, 1);
    pool.tell(new WorkerPool.AddSweep("s", sweep.getRef()));
    expectAsked(sweep);
    pool.tell(new WorkerPool.NothingToGive("s", worker.getRef()));
    sweep.expectNoMessage(SILENCE);
    pool.tell(new WorkerPool.WorkAvailable("s"));
    expectAsked(sweep);
  }

  @Test
  void sweepsTakeTurns() {
    TestProbe<SweepActor.Command> other = kit.createTestProbe();
    pool.tell(new WorkerPool.AddSweep("s", sweep.getRef()));
    pool.tell(new WorkerPool.AddSweep("t", other.getRef()));
    join(worker, 4);
    expectAsked(sweep);
    expectAsked(sweep);
    sweep.expectNoMessage(SILENCE);
    expectAsked(other);
    expectAsked(other);
    other.expectNoMessage(SILENCE);
  }

  @Test
  void aDrainingWorkerGetsNothingMore() {
    ActorRef<WorkerMessage> uplink = join(worker, 2);
    uplink.tell(WorkerMessage.newBuilder().setDraining(Draining.getDefaultInstance()).build());
    // Both ways to work are closed to it: pulling, and work that turns up.
    pull(uplink, 2, 0);
    expectHeard(uplink);
    pool.tell(new WorkerPool.AddSweep("s", sweep.getRef()));
    sweep.expectNoMessage(SILENCE);
  }

  @Test
  void passesReportsOnAndTellsOfALostWorker() {
    pool.tell(new WorkerPool.AddSweep("s", sweep.getRef()));
    ActorRef<WorkerMessage> uplink = join(worker, 1);
    expectAsked(sweep);
    WorkerMessage report =
        WorkerMessage.newBuilder()
            .setTrialReport(TrialReport.newBuilder().setLease(lease("s")))
            .build();
    uplink.tell(report);
    assertThat(sweep.receiveMessage())
        .isEqualTo(new SweepActor.FromWorker("w", worker.getRef(), report));
    WorkerMessage tuned =
        WorkerMessage.newBuilder()
            .setTrialTuned(TrialTuned.newBuilder().setLease(lease("s")).setChangeId(3))
            .build();
    uplink.tell(tuned);
    assertThat(sweep.receiveMessage())
        .isEqualTo(new SweepActor.FromWorker("w", worker.getRef(), tuned));

    worker.stop();
    assertThat(sweep.receiveMessage()).isEqualTo(new SweepActor.WorkerAway(worker.getRef()));
    assertThat(sweep.receiveMessage(PATIENCE))
        .isEqualTo(new SweepActor.WorkerLost(worker.getRef()));
  }

  @Test
  void aWorkerThatDialsInAgainKeepsWhatItHolds() {
    pool.tell(new WorkerPool.AddSweep("s", sweep.getRef()));
    ActorRef<WorkerMessage> uplink = join(worker, 1);
    expectAsked(sweep);
    uplink.tell(
        WorkerMessage.newBuilder()
            .setTrialReport(TrialReport.newBuilder().setLease(lease("s")))
            .build());
    sweep.receiveMessage();
    TestProbe<CoordinatorMessage> again = kit.createTestProbe();
    TestProbe<ActorRef<WorkerMessage>> opened = kit.createTestProbe();
    pool.tell(new WorkerPool.Connect(again.getRef(), opened.getRef()));
    opened
        .receiveMessage()
        .tell(
            WorkerMessage.newBuilder()
                .setRegister(
                    Register.newBuilder()
                        .setWorkerId("w")
                        .setSlots(1)
                        .addHeld(lease("s"))
                        .addHeld(lease("gone")))
                .build());
    assertThat(again.receiveMessage().hasRegistered()).isTrue();
    assertThat(again.receiveMessage()).isEqualTo(SweepActor.leaseVoid(lease("gone")));
    assertThat(sweep.receiveMessage())
        .isEqualTo(new SweepActor.LeaseHeld("w", again.getRef(), lease("s")));
    assertThat(log("s"))
        .extracting(TrialLogLine::getText)
        .containsExactly("Worker w is here, and still has it");
    assertThat(sweep.receiveMessage()).isEqualTo(new SweepActor.WorkerLost(worker.getRef()));

    TestProbe<ListWorkersResponse> list = kit.createTestProbe();
    pool.tell(new WorkerPool.ListWorkers(list.getRef()));
    assertThat(list.receiveMessage().getWorkersList())
        .singleElement()
        .satisfies(
            status -> {
              assertThat(status.getRegistration().getWorkerId()).isEqualTo("w");
              assertThat(status.getLeasesList()).containsExactly(lease("s"));
            });
  }

  @Test
  void aSilentWorkerIsLostAndMaySpeakAgain() {
    pool.tell(new WorkerPool.AddSweep("s", sweep.getRef()));
    ActorRef<WorkerMessage> uplink = join(worker, 1);
    expectAsked(sweep);
    assertThat(sweep.receiveMessage(PATIENCE))
        .isEqualTo(new SweepActor.WorkerLost(worker.getRef()));
    pull(uplink, 1, 1);
    expectAsked(sweep);
  }

  @Test
  void aLostWorkerThatEndsIsForgotten() {
    pool.tell(new WorkerPool.AddSweep("s", sweep.getRef()));
    join(worker, 1);
    expectAsked(sweep);
    assertThat(sweep.receiveMessage(PATIENCE))
        .isEqualTo(new SweepActor.WorkerLost(worker.getRef()));
    worker.stop();
    TestProbe<ListWorkersResponse> list = kit.createTestProbe();
    list.awaitAssert(
        () -> {
          pool.tell(new WorkerPool.ListWorkers(list.getRef()));
          assertThat(list.receiveMessage().getWorkersList()).isEmpty();
          return null;
        });
  }

  @Test
  void keepsWhatTrialsSayAndSaysWhatBecameOfTheirWorker() {
    pool.tell(new WorkerPool.AddSweep("s", sweep.getRef()));
    ActorRef<WorkerMessage> uplink = join(worker, 1);
    expectAsked(sweep);
    uplink.tell(log(lease("s"), 1, "begins"));
    uplink.tell(log(lease("gone"), 1, "nobody asks"));
    expectHeard(uplink);
    TrialLogLine begins = log("s").getFirst();
    assertThat(begins.getText()).isEqualTo("begins");
    assertThat(begins.getNumber()).isEqualTo(1);
    assertThat(begins.getAttempt()).isEqualTo(1);
    assertThat(begins.getWorkerId()).isEqualTo("w");
    assertThat(log("gone")).isEmpty();

    worker.stop();
    assertThat(sweep.receiveMessage()).isEqualTo(new SweepActor.WorkerAway(worker.getRef()));
    assertThat(sweep.receiveMessage(PATIENCE))
        .isEqualTo(new SweepActor.WorkerLost(worker.getRef()));
    assertThat(log("s"))
        .extracting(TrialLogLine::getText)
        .containsExactly(
            "begins",
            "Worker w is cut off; it may come back",
            "Worker w is lost: not heard for 2 s");
    assertThat(log("s").subList(1, 3))
        .allSatisfy(
            line -> {
              assertThat(line.getNumber()).isZero();
              assertThat(line.getLevel()).isEqualTo(LogLevel.WARN);
              assertThat(line.getAttempt()).isEqualTo(1);
              assertThat(line.getWorkerId()).isEqualTo("w");
              assertThat(line.getAtMillis()).isPositive();
            });
  }

  @Test
  void aTrialIsItsWorkersUntilItsModelIsSentWhateverItSays() {
    pool.tell(new WorkerPool.AddSweep("s", sweep.getRef()));
    ActorRef<WorkerMessage> uplink = join(worker, 1);
    expectAsked(sweep);
    uplink.tell(log(lease("s"), 1, "begins"));
    assertThat(busySlots(uplink)).isEqualTo(1);
    uplink.tell(
        WorkerMessage.newBuilder()
            .setTrialEnded(TrialEnded.newBuilder().setLease(lease("s")))
            .build());
    sweep.receiveMessage();
    assertThat(busySlots(uplink)).isZero();
    uplink.tell(log(lease("s"), 2, "The model could not be sent"));
    assertThat(busySlots(uplink)).isEqualTo(1);
    uplink.tell(
        WorkerMessage.newBuilder()
            .setTrialModel(TrialModel.newBuilder().setLease(lease("s")))
            .build());
    sweep.receiveMessage();
    assertThat(busySlots(uplink)).isZero();
  }

  private int busySlots(ActorRef<WorkerMessage> uplink) {
    expectHeard(uplink);
    TestProbe<ListWorkersResponse> list = kit.createTestProbe();
    pool.tell(new WorkerPool.ListWorkers(list.getRef()));
    return list.receiveMessage().getWorkers(0).getBusySlots();
  }

  private List<TrialLogLine> log(String sweepId) {
    return logs.read(sweepId, 0).toCompletableFuture().join();
  }

  private static WorkerMessage log(Lease lease, int number, String text) {
    return WorkerMessage.newBuilder()
        .setTrialLog(
            TrialLog.newBuilder()
                .setLease(lease)
                .addLines(TrialLogLine.newBuilder().setNumber(number).setText(text)))
        .build();
  }

  @Test
  void relievesAWorkerOfATrialThatNobodyWants() {
    ActorRef<WorkerMessage> uplink = join(worker, 1);
    uplink.tell(
        WorkerMessage.newBuilder()
            .setTrialEnded(TrialEnded.newBuilder().setLease(lease("gone")))
            .build());
    assertThat(worker.receiveMessage()).isEqualTo(SweepActor.acknowledge(lease("gone"), false));
  }

  /** Returns when the pool has heard all that was said before. */
  private void expectHeard(ActorRef<WorkerMessage> uplink) {
    uplink.tell(
        WorkerMessage.newBuilder()
            .setTrialEnded(TrialEnded.newBuilder().setLease(lease("gone")))
            .build());
    assertThat(worker.receiveMessage().hasTrialEndedAck()).isTrue();
  }

  private ActorRef<WorkerMessage> join(TestProbe<CoordinatorMessage> as, int slots) {
    TestProbe<ActorRef<WorkerMessage>> opened = kit.createTestProbe();
    pool.tell(new WorkerPool.Connect(as.getRef(), opened.getRef()));
    ActorRef<WorkerMessage> uplink = opened.receiveMessage();
    uplink.tell(
        WorkerMessage.newBuilder()
            .setRegister(Register.newBuilder().setWorkerId("w").setSlots(slots))
            .build());
    assertThat(as.receiveMessage().hasRegistered()).isTrue();
    pull(uplink, slots, 0);
    return uplink;
  }

  private static void pull(ActorRef<WorkerMessage> uplink, int free, int received) {
    uplink.tell(
        WorkerMessage.newBuilder()
            .setPullTrials(
                PullTrials.newBuilder().setFreeSlots(free).setAssignmentsReceived(received))
            .build());
  }

  private void expectAsked(TestProbe<SweepActor.Command> of) {
    assertThat(of.receiveMessage()).isEqualTo(new SweepActor.NextTrial("w", worker.getRef(), pool));
  }

  private static Lease lease(String sweepId) {
    return Lease.newBuilder().setSweepId(sweepId).setTrial(0).setAttempt(1).build();
  }
}
