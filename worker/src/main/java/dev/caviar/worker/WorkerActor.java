package dev.caviar.worker;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.BehaviorBuilder;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.caviar.proto.CaviarVersion;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.CheckpointTrial;
import dev.caviar.proto.v1.ClusterProtocol;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.Draining;
import dev.caviar.proto.v1.Heartbeat;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.PullTrials;
import dev.caviar.proto.v1.Register;
import dev.caviar.proto.v1.Registered;
import dev.caviar.proto.v1.TrialCommand;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.worker.CoordinatorLink.Closed;
import dev.caviar.worker.CoordinatorLink.Opened;
import dev.caviar.worker.CoordinatorLink.Received;
import dev.caviar.worker.data.PushedData;
import dev.caviar.worker.trial.TrialActor;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A worker: it registers with a coordinator, pulls trials when slots are free, gives each trial to
 * a {@link TrialActor}, and passes messages between those and the coordinator. When the link breaks
 * its trials train on, and it looks for a coordinator until it has one again.
 */
public final class WorkerActor {
  /** Between two attempts to reach a coordinator, at first and at most; in between it doubles. */
  static final Duration FIRST_RETRY = Duration.ofMillis(250);

  static final Duration LAST_RETRY = Duration.ofSeconds(3);

  /** What a worker can be told. */
  public sealed interface Command {}

  /** Take no more trials, checkpoint those running, hand them back, and stop. */
  public enum Drain implements Command {
    HAND_BACK_AND_STOP
  }

  private record FromLink(CoordinatorLink.Event event) implements Command {}

  private record FromTrial(WorkerMessage message) implements Command {}

  private enum Timer implements Command {
    CONNECT,
    HEARTBEAT,
    CHECKPOINT
  }

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final WorkerOptions options;
  private final CoordinatorLink link;
  private final ActorRef<CoordinatorLink.Event> fromLink;
  private final ActorRef<WorkerMessage> fromTrials;
  private final PushedData pushedData;
  private final Map<Lease, ActorRef<TrialActor.Command>> trials = new HashMap<>();
  // Over the present link.
  private long assignmentsReceived;
  private Duration nextRetry = FIRST_RETRY;
  private long lastHeard;
  private Duration coordinatorTimeout = Duration.ofDays(1);

  private WorkerActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      WorkerOptions options,
      CoordinatorLink link) {
    this.context = context;
    this.timers = timers;
    this.options = options;
    this.link = link;
    this.fromLink = context.messageAdapter(CoordinatorLink.Event.class, FromLink::new);
    this.fromTrials = context.messageAdapter(WorkerMessage.class, FromTrial::new);
    this.pushedData = new PushedData(options.dataFolder(), link.blobs());
  }

  /** Opens the link, and again when it breaks, and works until drained or stopped. */
  public static Behavior<Command> create(WorkerOptions options, CoordinatorLink link) {
    return Behaviors.withTimers(
        timers ->
            Behaviors.setup(
                context -> {
                  WorkerActor worker = new WorkerActor(context, timers, options, link);
                  link.open(worker.fromLink);
                  return worker.alone();
                }));
  }

  /** Without a coordinator; trials of before train on, and keep what they have to say. */
  private Behavior<Command> alone() {
    return Behaviors.receive(Command.class)
        .onMessage(
            FromLink.class,
            from ->
                switch (from.event()) {
                  case Opened opened -> register(opened.coordinator());
                  case Closed closed -> retry(closed.reason());
                  case Received tooLate -> Behaviors.same();
                })
        .onMessage(
            Timer.class,
            timer -> {
              if (timer == Timer.CONNECT) {
                link.open(fromLink);
              }
              return Behaviors.same();
            })
        .onMessage(FromTrial.class, unsaid -> Behaviors.same())
        // There is nobody to hand anything back to; the leases run out.
        .onMessage(Drain.class, drain -> Behaviors.stopped())
        .onSignal(
            Terminated.class,
            stopped -> {
              trials.values().removeIf(trial -> trial.path().equals(stopped.getRef().path()));
              return Behaviors.same();
            })
        .build();
  }

  private Behavior<Command> retry(String reason) {
    timers.cancelAll();
    context
        .getLog()
        .warn("No coordinator: {}. Trying again in {} ms", reason, nextRetry.toMillis());
    // A little off, so that a thousand workers do not all come back in the same instant.
    long jitter = ThreadLocalRandom.current().nextLong(nextRetry.toMillis() / 4 + 1);
    timers.startSingleTimer(Timer.CONNECT, nextRetry.plusMillis(jitter));
    Duration doubled = nextRetry.multipliedBy(2);
    nextRetry = doubled.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : doubled;
    return alone();
  }

  private Behavior<Command> register(ActorRef<WorkerMessage> coordinator) {
    assignmentsReceived = 0;
    coordinator.tell(
        WorkerMessage.newBuilder()
            .setRegister(
                Register.newBuilder()
                    .setWorkerId(options.workerId())
                    .setSlots(options.slots())
                    .setCores(Runtime.getRuntime().availableProcessors())
                    .setProtocol(ClusterProtocol.CLUSTER_PROTOCOL_1)
                    .setCaviarVersion(CaviarVersion.get())
                    .setJavaVersion(Runtime.version().toString())
                    .setBackend(options.backend().name() + ": " + options.backend().description())
                    .addAllHeld(trials.keySet()))
            .build());
    trials.values().forEach(trial -> trial.tell(TrialActor.Reconnected.SAY_IT_AGAIN));
    pull(coordinator);
    return working(coordinator);
  }

  private Behavior<Command> working(ActorRef<WorkerMessage> coordinator) {
    return connected(coordinator, false)
        .onMessage(
            Drain.class,
            drain -> {
              coordinator.tell(
                  WorkerMessage.newBuilder().setDraining(Draining.getDefaultInstance()).build());
              String reason = "worker " + options.workerId() + " is leaving";
              trials.values().forEach(trial -> trial.tell(new TrialActor.HandBack(reason)));
              return trials.isEmpty() ? Behaviors.stopped() : draining(coordinator);
            })
        .build();
  }

  private Behavior<Command> draining(ActorRef<WorkerMessage> coordinator) {
    return connected(coordinator, true).onMessage(Drain.class, again -> Behaviors.same()).build();
  }

  private BehaviorBuilder<Command> connected(
      ActorRef<WorkerMessage> coordinator, boolean draining) {
    return Behaviors.receive(Command.class)
        .onMessage(
            FromLink.class,
            from ->
                switch (from.event()) {
                  case Received received -> {
                    lastHeard = System.nanoTime();
                    yield obey(coordinator, received.message(), draining);
                  }
                  case Closed closed ->
                      draining ? Behaviors.stopped() : retry("link lost: " + closed.reason());
                  case Opened again -> register(again.coordinator());
                })
        .onMessage(
            FromTrial.class,
            from -> {
              coordinator.tell(from.message());
              return Behaviors.same();
            })
        .onMessage(
            Timer.class,
            timer -> {
              switch (timer) {
                case HEARTBEAT -> {
                  if (System.nanoTime() - lastHeard > coordinatorTimeout.toNanos()) {
                    link.close();
                    return retry("the coordinator was not heard for " + coordinatorTimeout);
                  }
                  coordinator.tell(
                      WorkerMessage.newBuilder()
                          .setHeartbeat(Heartbeat.getDefaultInstance())
                          .build());
                }
                case CHECKPOINT -> trials.forEach(this::checkpoint);
                case CONNECT -> {}
              }
              return Behaviors.same();
            })
        .onSignal(
            Terminated.class,
            stopped -> {
              forget(coordinator, stopped);
              if (!draining) {
                pull(coordinator);
              }
              return draining && trials.isEmpty() ? Behaviors.stopped() : Behaviors.same();
            });
  }

  private Behavior<Command> obey(
      ActorRef<WorkerMessage> coordinator, CoordinatorMessage message, boolean draining) {
    switch (message.getMessageCase()) {
      case REGISTERED -> registered(message.getRegistered());
      case ASSIGN_TRIAL -> {
        assignmentsReceived++;
        if (draining || trials.size() >= options.slots()) {
          // It crossed our word on the way. Given back at once, it need not wait for us.
          String reason = "worker " + options.workerId() + (draining ? " is leaving" : " is full");
          coordinator.tell(ended(message.getAssignTrial().getLease(), TrialState.RETRYING, reason));
        } else {
          start(message.getAssignTrial());
        }
      }
      case TRIAL_COMMAND ->
          tell(
              message.getTrialCommand().getLease(),
              new TrialActor.Control(message.getTrialCommand()));
      case TRIAL_ENDED_ACK ->
          tell(
              message.getTrialEndedAck().getLease(),
              new TrialActor.Acknowledged(message.getTrialEndedAck()));
      case TRIAL_REPORT_ACK ->
          tell(
              message.getTrialReportAck().getLease(),
              new TrialActor.PointsStored(message.getTrialReportAck().getEpoch()));
      case TRIAL_TUNED_ACK ->
          tell(
              message.getTrialTunedAck().getLease(),
              new TrialActor.TuningStored(message.getTrialTunedAck().getChangeId()));
      case LEASE_VOID -> {
        Lease lease = message.getLeaseVoid().getLease();
        if (trials.containsKey(lease)) {
          context
              .getLog()
              .info(
                  "Trial {} attempt {} is not ours any more", lease.getTrial(), lease.getAttempt());
        }
        tell(lease, TrialActor.LeaseVoid.END);
      }
      case HEARTBEAT -> {}
      case MESSAGE_NOT_SET ->
          context.getLog().warn("The coordinator said something this version does not know");
    }
    return Behaviors.same();
  }

  private void registered(Registered registered) {
    context.getLog().info("Registered as {}", options.workerId());
    nextRetry = FIRST_RETRY;
    if (registered.getTimeoutMillis() > 0) {
      coordinatorTimeout = Duration.ofMillis(registered.getTimeoutMillis());
    }
    if (registered.getHeartbeatMillis() > 0) {
      timers.startTimerWithFixedDelay(
          Timer.HEARTBEAT, Duration.ofMillis(registered.getHeartbeatMillis()));
    }
    if (registered.getCheckpointMillis() > 0) {
      timers.startTimerWithFixedDelay(
          Timer.CHECKPOINT, Duration.ofMillis(registered.getCheckpointMillis()));
    }
  }

  private void checkpoint(Lease lease, ActorRef<TrialActor.Command> trial) {
    trial.tell(
        new TrialActor.Control(
            TrialCommand.newBuilder()
                .setLease(lease)
                .setCheckpoint(CheckpointTrial.getDefaultInstance())
                .build()));
  }

  private void start(AssignTrial assignment) {
    Lease lease = assignment.getLease();
    ActorRef<TrialActor.Command> trial =
        context.spawn(
            TrialActor.create(
                assignment,
                options.backend(),
                options.dataCache(),
                pushedData,
                link.blobs(),
                fromTrials),
            "trial-" + lease.getSweepId() + "-" + lease.getTrial() + "-" + lease.getAttempt(),
            DispatcherSelector.fromConfig(TrialActor.DISPATCHER));
    context.watch(trial);
    trials.put(lease, trial);
  }

  private void forget(ActorRef<WorkerMessage> coordinator, Terminated stopped) {
    Lease lease =
        trials.entrySet().stream()
            .filter(trial -> trial.getValue().path().equals(stopped.getRef().path()))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseThrow();
    trials.remove(lease);
    if (stopped instanceof ChildFailed failed) {
      // It could not say so itself. Where it had already, this second end is dropped.
      coordinator.tell(ended(lease, TrialState.FAILED, failed.cause().toString()));
    }
  }

  private void tell(Lease lease, TrialActor.Command command) {
    ActorRef<TrialActor.Command> trial = trials.get(lease);
    if (trial != null) {
      trial.tell(command);
    }
  }

  private static WorkerMessage ended(Lease lease, TrialState state, String reason) {
    return WorkerMessage.newBuilder()
        .setTrialEnded(TrialEnded.newBuilder().setLease(lease).setState(state).setReason(reason))
        .build();
  }

  private void pull(ActorRef<WorkerMessage> coordinator) {
    coordinator.tell(
        WorkerMessage.newBuilder()
            .setPullTrials(
                PullTrials.newBuilder()
                    .setFreeSlots(options.slots() - trials.size())
                    .setAssignmentsReceived(assignmentsReceived))
            .build());
  }
}
