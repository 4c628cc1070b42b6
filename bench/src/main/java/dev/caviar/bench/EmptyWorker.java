package dev.caviar.bench;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.caviar.proto.v1.ClusterProtocol;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Heartbeat;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.PullTrials;
import dev.caviar.proto.v1.Register;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialModel;
import dev.caviar.proto.v1.TrialReport;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.worker.CoordinatorLink;
import java.time.Duration;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A worker that trains nothing: it answers an assignment at once with a point for each epoch, some
 * to a report, and the trial's end. All else is as a real worker does it.
 */
final class EmptyWorker {
  private static final Duration HEARTBEAT = Duration.ofSeconds(1);
  // As real workers dial.
  private static final Duration FIRST_RETRY = Duration.ofMillis(250);
  private static final Duration LAST_RETRY = Duration.ofSeconds(3);
  private static final Dial DIAL = new Dial();

  private record Dial() {}

  private final String id;
  private final int slots;
  private final int pointsInReport;
  private final TimerScheduler<Object> timers;
  private @Nullable ActorRef<WorkerMessage> coordinator;
  private Duration retry = FIRST_RETRY;
  private int busy;
  private long received;

  private EmptyWorker(String id, int slots, int pointsInReport, TimerScheduler<Object> timers) {
    this.id = id;
    this.slots = slots;
    this.pointsInReport = pointsInReport;
    this.timers = timers;
  }

  static Behavior<Object> create(String id, int slots, int pointsInReport, CoordinatorLink link) {
    return Behaviors.withTimers(timers -> start(id, slots, pointsInReport, link, timers));
  }

  private static Behavior<Object> start(
      String id,
      int slots,
      int pointsInReport,
      CoordinatorLink link,
      TimerScheduler<Object> timers) {
    return Behaviors.setup(
        context -> {
          timers.startTimerWithFixedDelay(Heartbeat.getDefaultInstance(), HEARTBEAT);
          link.open(context.getSelf().unsafeUpcast());
          EmptyWorker worker = new EmptyWorker(id, slots, pointsInReport, timers);
          return Behaviors.receiveMessage(
              message -> {
                worker.hear(message, link, context.getSelf());
                return Behaviors.same();
              });
        });
  }

  private void hear(Object message, CoordinatorLink link, ActorRef<Object> self) {
    switch (message) {
      case CoordinatorLink.Opened opened -> register(opened.coordinator());
      case CoordinatorLink.Received said -> obey(said.message());
      case CoordinatorLink.Closed closed -> {
        coordinator = null;
        System.err.println(id + ": " + closed.reason());
        timers.startSingleTimer(DIAL, retry);
        retry = retry.compareTo(LAST_RETRY) < 0 ? retry.multipliedBy(2) : LAST_RETRY;
      }
      case Dial dial -> link.open(self.unsafeUpcast());
      default -> tell(WorkerMessage.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()));
    }
  }

  private void register(ActorRef<WorkerMessage> to) {
    coordinator = to;
    busy = 0;
    received = 0;
    tell(
        WorkerMessage.newBuilder()
            .setRegister(
                Register.newBuilder()
                    .setProtocol(ClusterProtocol.CLUSTER_PROTOCOL_1)
                    .setWorkerId(id)
                    .setSlots(slots)));
    pull();
  }

  private void obey(CoordinatorMessage said) {
    if (said.hasRegistered()) {
      retry = FIRST_RETRY;
    } else if (said.hasAssignTrial()) {
      received++;
      busy++;
      train(said.getAssignTrial().getLease(), epochs(said));
    } else if (said.hasTrialEndedAck()) {
      Lease lease = said.getTrialEndedAck().getLease();
      if (said.getTrialEndedAck().getSendModel()) {
        // It has none, and says so.
        tell(WorkerMessage.newBuilder().setTrialModel(TrialModel.newBuilder().setLease(lease)));
      }
      busy--;
      pull();
    }
  }

  private static int epochs(CoordinatorMessage said) {
    return said.getAssignTrial().getParametersList().stream()
        .filter(parameter -> parameter.getName().equals("epochs"))
        .mapToInt(parameter -> (int) parameter.getValue().getInteger())
        .findFirst()
        .orElseThrow();
  }

  private void train(Lease lease, int epochs) {
    for (int first = 1; first <= epochs; first += pointsInReport) {
      TrialReport.Builder report = TrialReport.newBuilder().setLease(lease);
      int last = Math.min(epochs, first + pointsInReport - 1);
      IntStream.rangeClosed(first, last)
          .mapToObj(epoch -> point(lease.getTrial(), epoch))
          .forEach(report::addPoints);
      tell(WorkerMessage.newBuilder().setTrialReport(report));
    }
    tell(
        WorkerMessage.newBuilder()
            .setTrialEnded(
                TrialEnded.newBuilder()
                    .setLease(lease)
                    .setState(TrialState.COMPLETED)
                    .setSteps(epochs)
                    .setEpochs(epochs)));
  }

  private static CurvePoint point(int trial, int epoch) {
    double error = 0.5 + 1.0 / (trial + 3 + epoch);
    return CurvePoint.newBuilder()
        .setEpoch(epoch)
        .setStep(epoch)
        .setTrainLoss(error)
        .setDevLoss(error)
        .setLearningRate(0.01)
        .setElapsedMicros(epoch * 1_000L)
        .setDevError(error)
        .build();
  }

  private void pull() {
    tell(
        WorkerMessage.newBuilder()
            .setPullTrials(
                PullTrials.newBuilder()
                    .setFreeSlots(slots - busy)
                    .setAssignmentsReceived(received)));
  }

  private void tell(WorkerMessage.Builder message) {
    if (coordinator != null) {
      coordinator.tell(message.build());
    }
  }
}
