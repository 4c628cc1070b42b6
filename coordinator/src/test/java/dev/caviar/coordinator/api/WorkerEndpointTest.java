package dev.caviar.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.AskPattern;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.Coordinator;
import dev.caviar.coordinator.store.Stores;
import dev.caviar.proto.v1.ClusterProtocol;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.Heartbeat;
import dev.caviar.proto.v1.ListWorkersResponse;
import dev.caviar.proto.v1.Register;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.proto.v1.WorkerServiceGrpc.WorkerServiceStub;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A worker's stream, from the network to the coordinator's actors. */
@NullUnmarked
class WorkerEndpointTest {
  private static final WorkerMessage HEARTBEAT =
      WorkerMessage.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build();

  private final Stores stores = Stores.memory();
  private final ActorTestKit akka =
      ActorTestKit.create(stores.persistence().withFallback(ConfigFactory.load()));
  private final ActiveCoordinator active = new ActiveCoordinator();
  private ActorRef<Coordinator.Command> coordinator;
  private EndpointServer server;
  private WorkerServiceStub client;

  @BeforeEach
  void start() {
    coordinator = akka.spawn(Coordinator.create(stores.curves(), stores.logs(), stores.blobs()));
    active.here(coordinator);
    server = new EndpointServer(new WorkerEndpoint(active, akka.system(), stores.blobs(), 1 << 20));
    client = server.client(WorkerServiceStub.class);
  }

  @AfterEach
  void end() {
    server.close();
    akka.shutdownTestKit();
    stores.close();
  }

  private static WorkerMessage register(String id) {
    return WorkerMessage.newBuilder()
        .setRegister(
            Register.newBuilder()
                .setProtocol(ClusterProtocol.CLUSTER_PROTOCOL_1)
                .setWorkerId(id)
                .setSlots(1))
        .build();
  }

  private int workers() throws Exception {
    return AskPattern.<Coordinator.Command, ListWorkersResponse>ask(
            coordinator,
            Coordinator.ListWorkers::new,
            Duration.ofSeconds(10),
            akka.system().scheduler())
        .toCompletableFuture()
        .get()
        .getWorkersCount();
  }

  private void await(Condition condition) throws Exception {
    long limit = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.holds()) {
      assertThat(System.nanoTime()).isLessThan(limit);
      Thread.sleep(20);
    }
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  @Test
  void aStandbySendsWorkersToTheActiveOne() throws Exception {
    active.gone(coordinator);
    active.elsewhere("b.example:7070");
    Collected<WorkerMessage, CoordinatorMessage> answers = Collected.eagerly();
    client.work(answers);
    assertThat(answers.end().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(answers.end().getDescription())
        .isEqualTo("this coordinator stands by; the active one is b.example:7070");
  }

  @Test
  void theFirstWordIsRegister() throws Exception {
    Collected<WorkerMessage, CoordinatorMessage> answers = Collected.eagerly();
    client.work(answers).onNext(HEARTBEAT);
    assertThat(answers.end().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(answers.end().getDescription()).isEqualTo("a worker's first message is Register");
    await(() -> workers() == 0);
  }

  @Test
  void refusesAProtocolThatItDoesNotKnow() throws Exception {
    for (int unknown : new int[] {0, 99}) {
      Register register =
          Register.newBuilder()
              .setProtocolValue(unknown)
              .setWorkerId("w1")
              .setCaviarVersion("9.9")
              .build();
      Collected<WorkerMessage, CoordinatorMessage> answers = Collected.eagerly();
      client.work(answers).onNext(WorkerMessage.newBuilder().setRegister(register).build());
      assertThat(answers.end().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
      assertThat(answers.end().getDescription())
          .startsWith("worker w1, Caviar 9.9, speaks protocol " + unknown + ", which");
    }
    await(() -> workers() == 0);
  }

  @Test
  void aWorkerThatEndsItsStreamIsGone() throws Exception {
    Collected<WorkerMessage, CoordinatorMessage> answers = Collected.eagerly();
    StreamObserver<WorkerMessage> worker = client.work(answers);
    worker.onNext(register("w1"));
    await(() -> !answers.answers.isEmpty());
    assertThat(answers.answers.getFirst().hasRegistered()).isTrue();
    assertThat(workers()).isEqualTo(1);

    worker.onCompleted();
    assertThat(answers.end().isOk()).isTrue();
    await(() -> workers() == 0);
  }

  @Test
  void aWorkerWhoseConnectionBreaksIsGone() throws Exception {
    Collected<WorkerMessage, CoordinatorMessage> answers = Collected.eagerly();
    client.work(answers).onNext(register("w1"));
    await(() -> workers() == 1);
    answers.call().cancel("gone", null);
    await(() -> workers() == 0);
  }

  @Test
  void aWorkerThatCameBackIsLetGoOnItsEarlierStream() throws Exception {
    Collected<WorkerMessage, CoordinatorMessage> earlier = Collected.eagerly();
    client.work(earlier).onNext(register("w1"));
    await(() -> !earlier.answers.isEmpty());

    Collected<WorkerMessage, CoordinatorMessage> later = Collected.eagerly();
    client.work(later).onNext(register("w1"));
    assertThat(earlier.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    await(() -> !later.answers.isEmpty());
    assertThat(later.hasEnded()).isFalse();
    assertThat(workers()).isEqualTo(1);
  }

  @Test
  void workersAreLetGoWhenTheCoordinatorIsNotActiveHereAnyMore() throws Exception {
    Collected<WorkerMessage, CoordinatorMessage> answers = Collected.eagerly();
    client.work(answers).onNext(register("w1"));
    await(() -> !answers.answers.isEmpty());

    TestProbe<Void> watcher = akka.createTestProbe();
    akka.stop(coordinator);
    watcher.expectTerminated(coordinator, Duration.ofSeconds(10));
    assertThat(answers.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
  }
}
