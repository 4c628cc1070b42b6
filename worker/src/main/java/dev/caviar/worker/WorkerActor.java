package dev.caviar.worker;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.ChildFailed;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.Draining;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.PullTrials;
import dev.caviar.proto.v1.Register;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.worker.trial.TrialActor;
import java.util.HashMap;
import java.util.Map;

/**
 * A worker: it registers with a coordinator, pulls trials when slots are free, gives each trial to
 * a {@link TrialActor}, and passes messages between those and the coordinator.
 */
public final class WorkerActor {
  /** What a worker can be told. */
  public sealed interface Command {}

  /** Take no more trials; stop when those running are over. */
  public enum Drain implements Command {
    WHEN_TRIALS_ARE_OVER
  }

  private record FromLink(CoordinatorLink.Event event) implements Command {}

  private record FromTrial(WorkerMessage message) implements Command {}

  private final ActorContext<Command> context;
  private final WorkerOptions options;
  private final ActorRef<WorkerMessage> fromTrials;
  private final Map<Lease, ActorRef<TrialActor.Command>> trials = new HashMap<>();
  private long assignmentsReceived;

  private WorkerActor(ActorContext<Command> context, WorkerOptions options) {
    this.context = context;
    this.options = options;
    this.fromTrials = context.messageAdapter(WorkerMessage.class, FromTrial::new);
  }

  /** Opens the link and works until drained or stopped. */
  public static Behavior<Command> create(WorkerOptions options, CoordinatorLink link) {
    return Behaviors.setup(context -> new WorkerActor(context, options).connect(link));
  }

  private Behavior<Command> connect(CoordinatorLink link) {
    link.open(context.messageAdapter(CoordinatorLink.Event.class, FromLink::new));
    return Behaviors.receive(Command.class)
        .onMessage(
            FromLink.class,
            from ->
                from.event() instanceof CoordinatorLink.Opened opened
                    ? register(opened.coordinator())
                    : Behaviors.same())
        .onMessage(Drain.class, drain -> Behaviors.stopped())
        .build();
  }

  private Behavior<Command> register(ActorRef<WorkerMessage> coordinator) {
    coordinator.tell(
        WorkerMessage.newBuilder()
            .setRegister(
                Register.newBuilder()
                    .setWorkerId(options.workerId())
                    .setSlots(options.slots())
                    .setCores(Runtime.getRuntime().availableProcessors())
                    .setCaviarVersion(CaviarVersion.get())
                    .setBackend(options.backend().name() + ": " + options.backend().description()))
            .build());
    pull(coordinator);
    return working(coordinator);
  }

  private Behavior<Command> working(ActorRef<WorkerMessage> coordinator) {
    return Behaviors.receive(Command.class)
        .onMessage(
            FromLink.class,
            from ->
                from.event() instanceof CoordinatorLink.Received received
                    ? obey(coordinator, received.message(), false)
                    : Behaviors.same())
        .onMessage(FromTrial.class, from -> pass(coordinator, from.message()))
        .onSignal(
            Terminated.class,
            stopped -> {
              forget(coordinator, stopped);
              pull(coordinator);
              return Behaviors.same();
            })
        .onMessage(
            Drain.class,
            drain -> {
              coordinator.tell(
                  WorkerMessage.newBuilder().setDraining(Draining.getDefaultInstance()).build());
              return trials.isEmpty() ? Behaviors.stopped() : draining(coordinator);
            })
        .build();
  }

  private Behavior<Command> draining(ActorRef<WorkerMessage> coordinator) {
    return Behaviors.receive(Command.class)
        .onMessage(
            FromLink.class,
            from ->
                from.event() instanceof CoordinatorLink.Received received
                    ? obey(coordinator, received.message(), true)
                    : Behaviors.same())
        .onMessage(FromTrial.class, from -> pass(coordinator, from.message()))
        .onMessage(Drain.class, again -> Behaviors.same())
        .onSignal(
            Terminated.class,
            stopped -> {
              forget(coordinator, stopped);
              return trials.isEmpty() ? Behaviors.stopped() : Behaviors.same();
            })
        .build();
  }

  private Behavior<Command> obey(
      ActorRef<WorkerMessage> coordinator, CoordinatorMessage message, boolean draining) {
    switch (message.getMessageCase()) {
      case REGISTERED -> context.getLog().debug("Registered as {}", options.workerId());
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
      case TRIAL_REPORT_ACK, LEASE_VOID -> {}
      case MESSAGE_NOT_SET ->
          context.getLog().warn("The coordinator said something this version does not know");
    }
    return Behaviors.same();
  }

  private Behavior<Command> pass(ActorRef<WorkerMessage> coordinator, WorkerMessage message) {
    coordinator.tell(message);
    return Behaviors.same();
  }

  private void start(AssignTrial assignment) {
    Lease lease = assignment.getLease();
    ActorRef<TrialActor.Command> trial =
        context.spawn(
            TrialActor.create(assignment, options.backend(), options.dataCache(), fromTrials),
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
