package dev.caviar.bench;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.ClusterProtocol;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Heartbeat;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.PullTrials;
import dev.caviar.proto.v1.Register;
import dev.caviar.proto.v1.TrialCheckpoint;
import dev.caviar.proto.v1.TrialCommand;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialModel;
import dev.caviar.proto.v1.TrialReport;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.worker.CoordinatorLink;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A worker that trains nothing: it answers an assignment at once with a point for each epoch, some
 * to a report, and the trial's end, and waits at rungs, with checkpoints that nobody stores. All
 * else is as a real worker does it. With a {@link Pace} it takes its time over some of them.
 */
final class EmptyWorker {
  private static final Duration HEARTBEAT = Duration.ofSeconds(1);
  // As real workers dial.
  private static final Duration FIRST_RETRY = Duration.ofMillis(250);
  private static final Duration LAST_RETRY = Duration.ofSeconds(3);
  private static final Dial DIAL = new Dial();

  /**
   * Trials that are over at once, and others that go on.
   *
   * @param quickTrials those with a lower number end after {@code quickEpochs}
   * @param interval between two epochs of the others
   */
  record Pace(int quickTrials, int quickEpochs, Duration interval) {}

  /** The next epoch of a trial that takes its time. */
  private record Epoch(Lease lease, int epoch, int epochs) {}

  /** A trial that waits at a rung to be judged. */
  private record AtRung(AssignTrial assignment, int epoch) {}

  private record Dial() {}

  private final String id;
  private final int slots;
  private final int pointsInReport;
  private final @Nullable Pace pace;
  private final TimerScheduler<Object> timers;
  private final Map<Lease, AtRung> judged = new HashMap<>();
  private @Nullable ActorRef<WorkerMessage> coordinator;
  private Duration retry = FIRST_RETRY;
  private int busy;
  private long received;

  private EmptyWorker(
      String id,
      int slots,
      int pointsInReport,
      @Nullable Pace pace,
      TimerScheduler<Object> timers) {
    this.pace = pace;
    this.id = id;
    this.slots = slots;
    this.pointsInReport = pointsInReport;
    this.timers = timers;
  }

  static Behavior<Object> create(String id, int slots, int pointsInReport, CoordinatorLink link) {
    return create(id, slots, pointsInReport, null, link);
  }

  /** One that takes its time. */
  static Behavior<Object> create(
      String id, int slots, int pointsInReport, @Nullable Pace pace, CoordinatorLink link) {
    return Behaviors.withTimers(timers -> start(id, slots, pointsInReport, pace, link, timers));
  }

  private static Behavior<Object> start(
      String id,
      int slots,
      int pointsInReport,
      @Nullable Pace pace,
      CoordinatorLink link,
      TimerScheduler<Object> timers) {
    return Behaviors.setup(
        context -> {
          timers.startTimerWithFixedDelay(Heartbeat.getDefaultInstance(), HEARTBEAT);
          link.open(context.getSelf().unsafeUpcast());
          EmptyWorker worker = new EmptyWorker(id, slots, pointsInReport, pace, timers);
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
      case Epoch next -> train(next);
      case Dial dial -> link.open(self.unsafeUpcast());
      default -> tell(WorkerMessage.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()));
    }
  }

  private void register(ActorRef<WorkerMessage> to) {
    coordinator = to;
    busy = 0;
    received = 0;
    judged.clear();
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
      train(said.getAssignTrial(), 0);
    } else if (said.hasTrialCommand()) {
      obey(said.getTrialCommand());
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

  /** Nobody pauses or tunes its trials. */
  private void obey(TrialCommand command) {
    AtRung waits = judged.get(command.getLease());
    if (waits == null) {
      return;
    }
    if (command.hasStop()) {
      judged.remove(command.getLease());
      end(command.getLease(), waits.epoch(), command.getStop().getState());
    } else if (command.getResume().getPromotedEpoch() >= waits.epoch()) {
      judged.remove(command.getLease());
      train(waits.assignment(), waits.epoch());
    }
  }

  private static int epochs(AssignTrial assignment) {
    return assignment.getParametersList().stream()
        .filter(parameter -> parameter.getName().equals("epochs"))
        .mapToInt(parameter -> (int) parameter.getValue().getInteger())
        .findFirst()
        .orElseThrow();
  }

  private void train(AssignTrial assignment, int trained) {
    Lease lease = assignment.getLease();
    int epochs = epochs(assignment);
    if (pace != null && lease.getTrial() >= pace.quickTrials()) {
      train(new Epoch(lease, 1, epochs));
      return;
    }
    int whole = pace == null ? epochs : pace.quickEpochs();
    int until =
        assignment.getRungsList().stream().filter(rung -> rung > trained).findFirst().orElse(whole);
    for (int first = trained + 1; first <= until; first += pointsInReport) {
      TrialReport.Builder report = TrialReport.newBuilder().setLease(lease);
      int last = Math.min(until, first + pointsInReport - 1);
      IntStream.rangeClosed(first, last)
          .mapToObj(epoch -> point(lease.getTrial(), epoch))
          .forEach(report::addPoints);
      tell(WorkerMessage.newBuilder().setTrialReport(report));
    }
    if (until == whole) {
      end(lease, whole, TrialState.COMPLETED);
      return;
    }
    judged.put(lease, new AtRung(assignment, until));
    tell(
        WorkerMessage.newBuilder()
            .setTrialCheckpoint(
                TrialCheckpoint.newBuilder()
                    .setLease(lease)
                    // Another at each rung.
                    .setCheckpoint(BlobRef.newBuilder().setSize(until))
                    .setStep(until)
                    .setEpoch(until)));
  }

  private void train(Epoch now) {
    tell(
        WorkerMessage.newBuilder()
            .setTrialReport(
                TrialReport.newBuilder()
                    .setLease(now.lease())
                    .addPoints(point(now.lease().getTrial(), now.epoch()))));
    if (now.epoch() == now.epochs()) {
      end(now.lease(), now.epochs(), TrialState.COMPLETED);
    } else if (pace != null) {
      timers.startSingleTimer(
          now.lease(), new Epoch(now.lease(), now.epoch() + 1, now.epochs()), pace.interval());
    }
  }

  private void end(Lease lease, int epochs, TrialState state) {
    tell(
        WorkerMessage.newBuilder()
            .setTrialEnded(
                TrialEnded.newBuilder()
                    .setLease(lease)
                    .setState(state)
                    .setSteps(epochs)
                    .setEpochs(epochs)));
  }

  private static CurvePoint point(int trial, int epoch) {
    // Each trial falls at its own rate to a level of its own, and trembles.
    double level = 0.02 + 0.3 * fraction(0.618034 * trial);
    double rate = 0.02 + 0.1 * fraction(0.414214 * trial);
    double error =
        level
            + 0.6 * Math.exp(-rate * epoch)
            + 0.01 * fraction(0.7548777 * (trial + 1) * (epoch + 1));
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

  private static double fraction(double x) {
    return x - Math.floor(x);
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
