package dev.caviar.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.pattern.StatusReply;
import dev.caviar.coordinator.Coordinator;
import dev.caviar.coordinator.RequestException;
import dev.caviar.coordinator.sweep.SweepActor;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.ExportSweepRequest;
import dev.caviar.proto.v1.ListSweepsRequest;
import dev.caviar.proto.v1.ListSweepsResponse;
import dev.caviar.proto.v1.SweepServiceGrpc.SweepServiceStub;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.WatchSweepRequest;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Watchers across a real connection; the coordinator behind it is a script. */
@NullUnmarked
class SweepEndpointTest {
  /** Of each update; ten of them fill much less than a connection takes without being read. */
  private static final int POINTS = 500;

  private static final int UPDATES_AT_ONCE = 10;
  private static final long LAST = 4_000;

  private final ActorTestKit akka = ActorTestKit.create();
  private final ActiveCoordinator active = new ActiveCoordinator();
  private final CoordinatorMetrics metrics = new CoordinatorMetrics();
  private final AtomicInteger asked = new AtomicInteger();
  private EndpointServer server;
  private SweepServiceStub client;

  @BeforeEach
  void start() {
    server =
        new EndpointServer(
            new SweepEndpoint(
                new Questions(active, akka.system(), metrics, Duration.ofSeconds(3))));
    client = server.client(SweepServiceStub.class);
  }

  @AfterEach
  void end() {
    server.close();
    metrics.close();
    akka.shutdownTestKit();
  }

  /** A sweep of LAST updates, which are all there. */
  private Behavior<Coordinator.Command> sweep() {
    return Behaviors.receive(Coordinator.Command.class)
        .onMessage(
            Coordinator.Watch.class,
            watch -> {
              asked.incrementAndGet();
              List<SweepUpdate> updates = new ArrayList<>();
              long cursor = watch.afterCursor();
              while (cursor < LAST && updates.size() < UPDATES_AT_ONCE) {
                updates.add(update(++cursor));
              }
              watch
                  .replyTo()
                  .tell(
                      StatusReply.success(
                          new SweepActor.Updates(updates, cursor == LAST, cursor == LAST)));
              return Behaviors.same();
            })
        .build();
  }

  private static SweepUpdate update(long cursor) {
    TrialPoints.Builder points = TrialPoints.newBuilder();
    for (int epoch = 1; epoch <= POINTS; epoch++) {
      points.addPoints(CurvePoint.newBuilder().setEpoch(epoch).setDevError(1.0 / epoch));
    }
    return SweepUpdate.newBuilder().setCursor(cursor).setPoints(points).build();
  }

  private void behind(Behavior<Coordinator.Command> behavior) {
    ActorRef<Coordinator.Command> coordinator = akka.spawn(behavior);
    active.here(coordinator);
  }

  private static WatchSweepRequest watch(long after) {
    return WatchSweepRequest.newBuilder().setSweepId("s").setAfterCursor(after).build();
  }

  private int askedOnceQuiet() throws InterruptedException {
    int before;
    do {
      before = asked.get();
      Thread.sleep(500);
    } while (asked.get() == 0 || asked.get() != before);
    return before;
  }

  @Test
  void aSlowWatcherIsNotSentMoreThanItTakesAndMissesNothing() throws Exception {
    behind(sweep());
    Collected<WatchSweepRequest, SweepUpdate> slow = Collected.slowly(1);
    client.watchSweep(watch(0), slow);
    assertThat(askedOnceQuiet()).isLessThan((int) LAST / UPDATES_AT_ONCE / 4);
    assertThat(slow.hasEnded()).isFalse();

    slow.call().request((int) LAST);
    assertThat(slow.end().isOk()).isTrue();
    assertThat(slow.answers).hasSize((int) LAST);
    for (int i = 0; i < LAST; i++) {
      assertThat(slow.answers.get(i).getCursor()).isEqualTo(i + 1);
    }
  }

  @Test
  void aWatcherThatHasGoneIsAskedForNoMore() throws Exception {
    behind(sweep());
    Collected<WatchSweepRequest, SweepUpdate> gone = Collected.slowly(1);
    client.watchSweep(watch(0), gone);
    askedOnceQuiet();
    gone.call().cancel("seen enough", null);
    int after = askedOnceQuiet();
    Thread.sleep(1_000);
    assertThat(asked.get()).isEqualTo(after);
  }

  @Test
  void anExportEndsWithWhatThereIsNow() throws Exception {
    behind(
        Behaviors.receive(Coordinator.Command.class)
            .onMessage(
                Coordinator.Watch.class,
                watch -> {
                  boolean first = watch.afterCursor() == 0;
                  List<SweepUpdate> updates = List.of(update(watch.afterCursor() + 1));
                  watch
                      .replyTo()
                      .tell(StatusReply.success(new SweepActor.Updates(updates, false, !first)));
                  return Behaviors.same();
                })
            .build());
    Collected<ExportSweepRequest, SweepUpdate> all = Collected.eagerly();
    client.exportSweep(ExportSweepRequest.newBuilder().setSweepId("s").build(), all);
    assertThat(all.end().isOk()).isTrue();
    assertThat(all.answers).hasSize(2);
  }

  @Test
  void aRefusalKeepsItsCodeAndItsWords() throws Exception {
    behind(
        Behaviors.receive(Coordinator.Command.class)
            .onMessage(
                Coordinator.Watch.class,
                watch -> {
                  watch
                      .replyTo()
                      .tell(
                          StatusReply.error(
                              new RequestException(
                                  RequestException.Code.NOT_FOUND, "there is no sweep s")));
                  return Behaviors.same();
                })
            .build());
    Collected<WatchSweepRequest, SweepUpdate> watcher = Collected.eagerly();
    client.watchSweep(watch(0), watcher);
    assertThat(watcher.end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(watcher.end().getDescription()).isEqualTo("there is no sweep s");
  }

  @Test
  void aStandbyTakesNoWatchers() throws Exception {
    Collected<WatchSweepRequest, SweepUpdate> early = Collected.eagerly();
    client.watchSweep(watch(0), early);
    assertThat(early.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(early.end().getDescription()).startsWith("this coordinator stands by");
  }

  @Test
  void aCoordinatorThatDoesNotAnswerIsSaidSo() throws Exception {
    behind(Behaviors.ignore());
    Collected<ListSweepsRequest, ListSweepsResponse> call = Collected.eagerly();
    client.listSweeps(ListSweepsRequest.getDefaultInstance(), call);
    assertThat(call.end().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
    assertThat(call.end().getDescription()).contains("did not answer in time");
  }
}
