package dev.caviar.coordinator.pool;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import dev.caviar.coordinator.store.TrialLogStore;
import dev.caviar.coordinator.sweep.SweepActor;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.Heartbeat;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.ListWorkersResponse;
import dev.caviar.proto.v1.LogLevel;
import dev.caviar.proto.v1.Register;
import dev.caviar.proto.v1.Registered;
import dev.caviar.proto.v1.TrialLog;
import dev.caviar.proto.v1.TrialLogLine;
import dev.caviar.proto.v1.WorkerMessage;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Who works. It brings together workers that have pulled and sweeps that may have a trial to give,
 * turns first come, first served among sweeps, passes what workers report to the sweep concerned,
 * and tells the sweeps when a worker is lost. What trials say for people it hands to the store
 * itself, and says there what happened to their workers.
 *
 * <p>It holds no trials: a sweep decides what is leased under which attempt and whose reports still
 * count, because only the sweep's memory outlives a crash.
 */
public final class WorkerPool {
  /** What the pool can be told. */
  public sealed interface Command {}

  /**
   * A worker dials in.
   *
   * @param worker gets what the coordinator says; when it stops the worker is lost
   * @param opened gets whom the worker is to tell what it has to say
   */
  public record Connect(
      ActorRef<CoordinatorMessage> worker, ActorRef<ActorRef<WorkerMessage>> opened)
      implements Command {}

  /**
   * A sweep, or a panda, begins; it may have trials to give.
   *
   * @param first whether it comes before all others when it has, as somebody waits for it
   */
  public record AddSweep(String sweepId, WorkSource sweep, boolean first) implements Command {
    public AddSweep(String sweepId, ActorRef<SweepActor.Command> sweep) {
      this(sweepId, SweepActor.source(sweep), false);
    }
  }

  /** A sweep that had nothing to give may have now. */
  public record WorkAvailable(String sweepId) implements Command {}

  /** A sweep is over and is not to be asked again. */
  public record RemoveSweep(String sweepId) implements Command {}

  /**
   * A sweep's answer to {@link WorkSource#nextTrial} where it has no trial to give. Where it has,
   * it sends the assignment to the worker and need not answer.
   */
  public record NothingToGive(String sweepId, ActorRef<CoordinatorMessage> worker)
      implements Command {}

  private record FromWorker(ActorRef<CoordinatorMessage> worker, WorkerMessage message)
      implements Command {}

  /** Who works, for people to see. */
  public record ListWorkers(ActorRef<ListWorkersResponse> replyTo) implements Command {}

  private enum Tick implements Command {
    LOOK_FOR_SILENT_WORKERS
  }

  private record WorkerStopped(ActorRef<CoordinatorMessage> worker) implements Command {}

  private static final CoordinatorMessage HEARTBEAT =
      CoordinatorMessage.newBuilder().setHeartbeat(Heartbeat.getDefaultInstance()).build();

  private static final Duration TICK = Duration.ofMillis(500);

  private final ActorContext<Command> context;
  private final Clock clock = Clock.systemUTC();
  private final TrialLogStore logs;
  private final Duration workerTimeout;
  private final Registered registered;
  private final Map<ActorRef<CoordinatorMessage>, Worker> workers = new LinkedHashMap<>();
  private final Map<String, WorkSource> sweeps = new HashMap<>();
  // Those that may have something to give, the one whose turn it is first.
  private final List<String> giving = new ArrayList<>();
  private final Set<String> first = new HashSet<>();

  private WorkerPool(ActorContext<Command> context, TrialLogStore logs) {
    this.context = context;
    this.logs = logs;
    // reference.conf says what each of them means.
    Config config = context.getSystem().settings().config().getConfig("caviar.coordinator");
    this.workerTimeout = config.getDuration("worker-timeout");
    this.registered =
        Registered.newBuilder()
            .setTimeoutMillis(workerTimeout.toMillis())
            .setHeartbeatMillis(config.getDuration("heartbeat-interval").toMillis())
            .setCheckpointMillis(config.getDuration("checkpoint-interval").toMillis())
            .build();
  }

  /**
   * A pool without workers or sweeps.
   *
   * @param logs takes what trials say
   */
  public static Behavior<Command> create(TrialLogStore logs) {
    return Behaviors.withTimers(
        timers -> {
          timers.startTimerWithFixedDelay(Tick.LOOK_FOR_SILENT_WORKERS, TICK);
          return Behaviors.setup(context -> new WorkerPool(context, logs).running());
        });
  }

  private Behavior<Command> running() {
    return Behaviors.receive(Command.class)
        .onMessage(Connect.class, this::connect)
        .onMessage(FromWorker.class, this::hear)
        .onMessage(WorkerStopped.class, this::disconnected)
        .onMessage(Tick.class, tick -> loseTheSilent())
        .onMessage(ListWorkers.class, this::list)
        .onMessage(AddSweep.class, this::addSweep)
        .onMessage(WorkAvailable.class, this::workAvailable)
        .onMessage(RemoveSweep.class, this::removeSweep)
        .onMessage(NothingToGive.class, this::nothingToGive)
        .build();
  }

  private Behavior<Command> connect(Connect connect) {
    ActorRef<CoordinatorMessage> worker = connect.worker();
    // One small actor for each worker, so that whatever arrives says whose it is.
    ActorRef<WorkerMessage> uplink =
        context.spawnAnonymous(
            Behaviors.receiveMessage(
                message -> {
                  context.getSelf().tell(new FromWorker(worker, message));
                  return Behaviors.same();
                }));
    workers.put(worker, new Worker(worker, uplink, clock.millis()));
    context.watchWith(worker, new WorkerStopped(worker));
    connect.opened().tell(uplink);
    return Behaviors.same();
  }

  private Behavior<Command> hear(FromWorker from) {
    Worker worker = workers.get(from.worker());
    if (worker == null) {
      return Behaviors.same(); // said before it was lost, and lost it is
    }
    if (worker.isLost()) {
      context.getLog().info("Worker {} is heard again", worker.id());
    }
    worker.heard(clock.millis());
    WorkerMessage message = from.message();
    switch (message.getMessageCase()) {
      case REGISTER -> register(worker, message.getRegister());
      case PULL_TRIALS -> {
        worker.pulled(message.getPullTrials());
        handOut(worker);
      }
      case DRAINING -> {
        context.getLog().info("Worker {} takes no more trials and leaves", worker.id());
        worker.drain();
      }
      case TRIAL_REPORT -> pass(worker, message.getTrialReport().getLease(), message);
      case TRIAL_ENDED -> pass(worker, message.getTrialEnded().getLease(), message);
      case TRIAL_MODEL -> pass(worker, message.getTrialModel().getLease(), message);
      case TRIAL_CHECKPOINT -> pass(worker, message.getTrialCheckpoint().getLease(), message);
      case TRIAL_LOG -> keep(worker, message.getTrialLog());
      case TRIAL_TUNED -> pass(worker, message.getTrialTuned().getLease(), message);
      case HEARTBEAT -> worker.ref().tell(HEARTBEAT);
      case MESSAGE_NOT_SET ->
          context.getLog().warn("Worker {} said something this version does not know", worker.id());
    }
    return Behaviors.same();
  }

  private void register(Worker worker, Register register) {
    worker.registered(register);
    context
        .getLog()
        .info(
            "Worker {} joined: {} slots on {} cores, {}{}",
            worker.id(),
            register.getSlots(),
            register.getCores(),
            register.getBackend(),
            register.getHeldCount() == 0
                ? ""
                : ", still has " + register.getHeldCount() + " trials");
    worker.ref().tell(CoordinatorMessage.newBuilder().setRegistered(registered).build());
    for (Lease lease : register.getHeldList()) {
      WorkSource sweep = sweeps.get(lease.getSweepId());
      if (sweep == null) {
        worker.hasNoMore(lease);
        worker.ref().tell(SweepActor.leaseVoid(lease));
      } else {
        say(worker, lease, LogLevel.INFO, "is here, and still has it");
        sweep.leaseHeld(worker.id(), worker.ref(), lease);
      }
    }
    // Its earlier stream is dead, whether or not that was noticed; what it has no more is lost.
    List<Worker> earlier =
        workers.values().stream()
            .filter(other -> other != worker && other.id().equals(worker.id()))
            .toList();
    earlier.forEach(this::remove);
  }

  private void pass(Worker worker, Lease lease, WorkerMessage message) {
    if (message.hasTrialEnded() || message.hasTrialModel()) {
      worker.hasNoMore(lease);
    } else {
      worker.has(lease);
    }
    WorkSource sweep = sweeps.get(lease.getSweepId());
    if (sweep != null) {
      sweep.fromWorker(worker.id(), worker.ref(), message);
    } else if (message.hasTrialEnded()) {
      // Nobody wants it any more; the worker must not wait with it.
      worker.ref().tell(SweepActor.acknowledge(lease, false));
    } else {
      worker.ref().tell(SweepActor.leaseVoid(lease));
    }
  }

  /** A lease counts as its worker's from the first word on, and until its end or its model. */
  private void keep(Worker worker, TrialLog log) {
    Lease lease = log.getLease();
    if (!sweeps.containsKey(lease.getSweepId())) {
      return; // Nobody asks for it any more.
    }
    worker.has(lease);
    List<TrialLogLine> lines = new ArrayList<>();
    for (TrialLogLine line : log.getLinesList()) {
      lines.add(line.toBuilder().setAttempt(lease.getAttempt()).setWorkerId(worker.id()).build());
    }
    logs.append(lease.getSweepId(), lease.getTrial(), lines);
  }

  /** Writes into the log of the lease's trial what its worker cannot say. */
  private void say(Worker worker, Lease lease, LogLevel level, String what) {
    logs.append(
        lease.getSweepId(),
        lease.getTrial(),
        List.of(
            TrialLogLine.newBuilder()
                .setAtMillis(clock.millis())
                .setLevel(level)
                .setText("Worker " + worker.id() + " " + what)
                .setAttempt(lease.getAttempt())
                .setWorkerId(worker.id())
                .build()));
  }

  private Behavior<Command> disconnected(WorkerStopped stopped) {
    Worker worker = workers.get(stopped.worker());
    if (worker == null) {
      return Behaviors.same();
    }
    if (worker.isLost() || (worker.leases().isEmpty() && worker.free() == worker.slots())) {
      context.getLog().info("Worker {} left", worker.id());
      remove(worker);
    } else {
      context.getLog().warn("Worker {} is cut off; it may come back", worker.id());
      worker.disconnected();
      for (Lease lease : worker.leases()) {
        say(worker, lease, LogLevel.WARN, "is cut off; it may come back");
      }
      sweeps.values().forEach(sweep -> sweep.workerAway(worker.ref()));
    }
    return Behaviors.same();
  }

  private Behavior<Command> loseTheSilent() {
    for (Worker worker : List.copyOf(workers.values())) {
      if (worker.isLost() || !worker.silentFor(workerTimeout, clock.millis())) {
        continue;
      }
      context
          .getLog()
          .warn("Worker {} is lost: not heard for {} s", worker.id(), workerTimeout.toSeconds());
      for (Lease lease : worker.leases()) {
        say(
            worker,
            lease,
            LogLevel.WARN,
            "is lost: not heard for %d s".formatted(workerTimeout.toSeconds()));
      }
      if (worker.isConnected()) {
        // It may only be slow or suspended, and speak again.
        worker.lost();
        sweeps.values().forEach(sweep -> sweep.workerLost(worker.ref()));
      } else {
        remove(worker);
      }
    }
    return Behaviors.same();
  }

  private void remove(Worker worker) {
    workers.remove(worker.ref());
    context.unwatch(worker.ref());
    context.stop(worker.uplink());
    sweeps.values().forEach(sweep -> sweep.workerLost(worker.ref()));
  }

  private Behavior<Command> list(ListWorkers ask) {
    ListWorkersResponse.Builder response = ListWorkersResponse.newBuilder();
    // One that has only dialled in has no name yet.
    workers.values().stream()
        .filter(Worker::isRegistered)
        .forEach(worker -> response.addWorkers(worker.status()));
    ask.replyTo().tell(response.build());
    return Behaviors.same();
  }

  private Behavior<Command> addSweep(AddSweep add) {
    sweeps.put(add.sweepId(), add.sweep());
    if (add.first()) {
      first.add(add.sweepId());
    }
    return workAvailable(new WorkAvailable(add.sweepId()));
  }

  private Behavior<Command> workAvailable(WorkAvailable available) {
    String sweepId = available.sweepId();
    if (sweeps.containsKey(sweepId) && !giving.contains(sweepId)) {
      giving.add(first.contains(sweepId) ? 0 : giving.size(), sweepId);
      workers.values().forEach(this::handOut);
    }
    return Behaviors.same();
  }

  private Behavior<Command> removeSweep(RemoveSweep remove) {
    sweeps.remove(remove.sweepId());
    giving.remove(remove.sweepId());
    first.remove(remove.sweepId());
    return Behaviors.same();
  }

  private Behavior<Command> nothingToGive(NothingToGive answer) {
    giving.remove(answer.sweepId());
    Worker worker = workers.get(answer.worker());
    if (worker != null) {
      worker.declined();
      handOut(worker);
    }
    return Behaviors.same();
  }

  /** Asks for a trial for each free slot, one sweep after the other having its turn. */
  private void handOut(Worker worker) {
    while (worker.free() > 0 && !giving.isEmpty()) {
      String sweepId = giving.removeFirst();
      giving.add(sweepId);
      worker.promised();
      Objects.requireNonNull(sweeps.get(sweepId))
          .nextTrial(worker.id(), worker.ref(), context.getSelf());
    }
  }
}
