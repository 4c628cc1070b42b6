package dev.caviar.coordinator.sweep;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.pattern.StatusReply;
import dev.caviar.coordinator.pool.WorkerPool;
import dev.caviar.coordinator.search.Proposal;
import dev.caviar.coordinator.search.Sampler;
import dev.caviar.coordinator.search.Stage;
import dev.caviar.coordinator.search.TrialSeed;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.StopTrial;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialCommand;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialEndedAck;
import dev.caviar.proto.v1.TrialModel;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.TrialReport;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.WorkerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs one sweep: gives a trial to whoever asks for one, takes reports from whoever holds the
 * lease, and knows when it is over. Every decision is a {@link SweepEvent} before it has any
 * effect.
 *
 * <p>The fence: a report counts only under the trial's present attempt. A trial whose worker was
 * lost gets the next attempt, and whatever still comes from the old one is dropped and counted.
 */
public final class SweepActor {
  /** A trial whose worker was lost this often is given up. */
  public static final int MAX_LOSSES = 3;

  /** How long a cancelled trial may take to end before the sweep ends without its word. */
  static final Duration CANCEL_TIMEOUT = Duration.ofSeconds(10);

  /** Updates in one answer to {@link Watch}. */
  static final int UPDATES_AT_ONCE = 1_000;

  /** What a sweep can be told. */
  public sealed interface Command {}

  /**
   * A worker has a free slot. Answered by an assignment to the worker, or with {@link
   * WorkerPool.NothingToGive} to the pool.
   */
  public record NextTrial(
      String workerId, ActorRef<CoordinatorMessage> worker, ActorRef<WorkerPool.Command> pool)
      implements Command {}

  /** What a worker says of one of this sweep's trials. */
  public record FromWorker(
      String workerId, ActorRef<CoordinatorMessage> worker, WorkerMessage message)
      implements Command {}

  /** Whatever this worker held comes back. */
  public record WorkerLost(ActorRef<CoordinatorMessage> worker) implements Command {}

  /** What came after a cursor: answered at once if there is anything, else when there is. */
  public record Watch(long afterCursor, ActorRef<StatusReply<Updates>> replyTo)
      implements Command {}

  /**
   * The answer to {@link Watch}.
   *
   * @param over whether the sweep is over and this is the last there is
   */
  public record Updates(List<SweepUpdate> updates, boolean over) {}

  /** No new trials; those running finish, or are ended too. */
  public record End(boolean cancelRunning, String reason) implements Command {}

  /** The best trial's model as far as it is known. */
  public record GetBestModel(ActorRef<StatusReply<GetBestModelResponse>> replyTo)
      implements Command {}

  private enum CancelTimeout implements Command {
    PASSED
  }

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final ActorRef<WorkerPool.Command> pool;
  private final Sampler sampler;
  private final Sweep sweep;
  private final SweepFeed feed = new SweepFeed();
  private final List<Watch> parked = new ArrayList<>();

  // Who runs what, by trial number: only good while this actor and that worker live.
  private final Map<Integer, ActorRef<CoordinatorMessage>> workers = new HashMap<>();
  // Kept over attempts: a retried trial trains some epochs again, to the same numbers.
  private final Map<Integer, CurvePoint> lastPoints = new HashMap<>();
  // A trial whose model was asked for, and who has it.
  private final Map<Integer, ActorRef<CoordinatorMessage>> modelsAwaited = new HashMap<>();
  private boolean nothingLeft;
  private long staleReports;
  private @Nullable TrialModel bestModel;

  private SweepActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      String sweepId,
      SweepDefinition definition,
      ActorRef<WorkerPool.Command> pool) {
    this.context = context;
    this.timers = timers;
    this.pool = pool;
    this.sampler = Sampler.of(definition);
    this.sweep =
        new Sweep(
            sweepId, definition, (int) Math.min(definition.search().trials(), sampler.size()));
  }

  /** A sweep that begins at once, giving trials to the workers of a pool. */
  public static Behavior<Command> create(
      String sweepId, SweepDefinition definition, ActorRef<WorkerPool.Command> pool) {
    return Behaviors.withMdc(
        Command.class,
        Map.of("sweep", sweepId),
        Behaviors.withTimers(
            timers ->
                Behaviors.setup(
                    context ->
                        new SweepActor(context, timers, sweepId, definition, pool).begin())));
  }

  /** Tells a worker that a trial's end is taken. */
  public static CoordinatorMessage acknowledge(Lease lease, boolean sendModel) {
    return CoordinatorMessage.newBuilder()
        .setTrialEndedAck(TrialEndedAck.newBuilder().setLease(lease).setSendModel(sendModel))
        .build();
  }

  private Behavior<Command> begin() {
    context
        .getLog()
        .info(
            "Sweep {} begins: {} trials of {} epochs, seed {}",
            sweep.id(),
            sweep.planned(),
            sweep.definition().epochs(),
            sweep.definition().search().seed());
    feed.add(SweepMessages.status(sweep, bestModel));
    pool.tell(new WorkerPool.AddSweep(sweep.id(), context.getSelf()));
    return Behaviors.receive(Command.class)
        .onMessage(NextTrial.class, this::nextTrial)
        .onMessage(FromWorker.class, this::hear)
        .onMessage(WorkerLost.class, this::workerLost)
        .onMessage(Watch.class, this::watch)
        .onMessage(End.class, this::end)
        .onMessage(CancelTimeout.class, passed -> giveUpRunning())
        .onMessage(GetBestModel.class, this::getBestModel)
        .build();
  }

  private Behavior<Command> nextTrial(NextTrial ask) {
    Trial trial = sweep.state() == SweepState.SWEEP_RUNNING ? nextToRun() : null;
    if (trial == null) {
      ask.pool().tell(new WorkerPool.NothingToGive(sweep.id(), ask.worker()));
      return settle();
    }
    record(new SweepEvent.TrialLeased(trial.number(), trial.attempt() + 1, ask.workerId()));
    Trial leased = sweep.trial(trial.number());
    workers.put(leased.number(), ask.worker());
    context
        .getLog()
        .info(
            "Trial {} attempt {} goes to {}: {}",
            leased.number(),
            leased.attempt(),
            ask.workerId(),
            SweepMessages.readable(leased));
    ask.worker()
        .tell(
            CoordinatorMessage.newBuilder()
                .setAssignTrial(
                    AssignTrial.newBuilder()
                        .setLease(lease(leased))
                        .addAllParameters(sweep.definition().space().parameters(leased.point()))
                        .setData(sweep.definition().data())
                        .setSeed(leased.seed()))
                .build());
    return publish();
  }

  /** One that came back, or else a new one; null if there is none at present. */
  private @Nullable Trial nextToRun() {
    if (!sweep.waiting().isEmpty()) {
      return sweep.waiting().getFirst();
    }
    if (nothingLeft || sweep.size() >= sweep.planned()) {
      nothingLeft = true;
      return null;
    }
    int number = sweep.size();
    return switch (sampler.propose(number, sweep.history())) {
      case Proposal.Sampled(var point, var stage) -> {
        if (stage != null && isNew(stage)) {
          record(new SweepEvent.StageBegan(stage));
        }
        record(
            new SweepEvent.TrialSampled(
                number,
                point,
                TrialSeed.of(sweep.definition().search().seed(), number),
                stage == null ? 0 : stage.number()));
        yield sweep.trial(number);
      }
      case Proposal.Wait(var reason) -> {
        if (sweep.noneOpen()) {
          // A sampler's mistake, which would otherwise show as a sweep that never ends.
          context.getLog().error("Trial {} waits for nothing that runs: {}", number, reason);
          record(new SweepEvent.EndRequested(false, "the sampler waits: " + reason));
        }
        context.getLog().debug("Trial {} waits: {}", number, reason);
        yield null;
      }
      case Proposal.Exhausted() -> {
        nothingLeft = true;
        yield null;
      }
    };
  }

  private boolean isNew(Stage stage) {
    Stage present = sweep.stage();
    return present == null || stage.number() > present.number();
  }

  private Behavior<Command> hear(FromWorker from) {
    WorkerMessage message = from.message();
    switch (message.getMessageCase()) {
      case TRIAL_REPORT -> takeReport(message.getTrialReport());
      case TRIAL_ENDED -> takeEnd(message.getTrialEnded(), from);
      case TRIAL_MODEL -> takeModel(message.getTrialModel());
      default -> context.getLog().debug("Nothing is done yet with {}", message.getMessageCase());
    }
    return settle();
  }

  private void takeReport(TrialReport report) {
    if (!isPresent(report.getLease())) {
      staleReports++;
      return;
    }
    int number = report.getLease().getTrial();
    CurvePoint last = lastPoints.get(number);
    int known = last == null ? 0 : last.getEpoch();
    List<CurvePoint> points =
        report.getPointsList().stream().filter(point -> point.getEpoch() > known).toList();
    if (points.isEmpty()) {
      return;
    }
    lastPoints.put(number, points.getLast());
    feed.add(
        TrialPoints.newBuilder()
            .setTrial(number)
            .setAttempt(report.getLease().getAttempt())
            .addAllPoints(points)
            .build());
    feed.add(SweepMessages.status(sweep, sweep.trial(number), points.getLast()));
  }

  private void takeEnd(TrialEnded end, FromWorker from) {
    Lease lease = end.getLease();
    if (!isPresent(lease)) {
      staleReports++;
      boolean stillAwaited = from.worker().equals(modelsAwaited.get(lease.getTrial()));
      from.worker().tell(acknowledge(lease, stillAwaited));
      return;
    }
    if (end.getState() == TrialState.RETRYING) {
      giveBack(sweep.trial(lease.getTrial()), end.getReason(), false);
      return;
    }
    int number = lease.getTrial();
    CurvePoint last = lastPoints.get(number);
    record(
        new SweepEvent.TrialOver(
            number,
            lease.getAttempt(),
            end.getState(),
            end.getReason(),
            end.getSteps(),
            end.getEpochs(),
            end.getElapsedMicros(),
            last == null ? null : SweepMessages.objective(sweep.definition().objective(), last)));
    workers.remove(number);
    Trial over = sweep.trial(number);
    boolean isBest = over.equals(sweep.best());
    context
        .getLog()
        .info(
            "Trial {} {} after {} epochs{}{}{}",
            number,
            over.state(),
            over.epochs(),
            over.objective() == null ? "" : ", " + SweepMessages.readableObjective(sweep, over),
            isBest ? ", the best so far" : "",
            over.reason().isEmpty() ? "" : ": " + over.reason());
    if (isBest) {
      modelsAwaited.put(number, from.worker());
    }
    from.worker().tell(acknowledge(lease, isBest));
    pool.tell(new WorkerPool.WorkAvailable(sweep.id()));
  }

  private void takeModel(TrialModel model) {
    int number = model.getLease().getTrial();
    if (modelsAwaited.remove(number) == null) {
      staleReports++;
      return;
    }
    Trial best = sweep.best();
    if (!model.hasModel()) {
      context.getLog().warn("The model of trial {} is lost; its worker's log says why", number);
    } else if (best != null && best.number() == number) {
      bestModel = model;
      feed.add(SweepMessages.status(sweep, bestModel));
    }
  }

  private boolean isPresent(Lease lease) {
    return lease.getTrial() < sweep.size()
        && sweep.trial(lease.getTrial()).running()
        && sweep.trial(lease.getTrial()).attempt() == lease.getAttempt();
  }

  private Behavior<Command> workerLost(WorkerLost lost) {
    for (Trial trial : sweep.running()) {
      if (lost.worker().equals(workers.get(trial.number()))) {
        giveBack(trial, "worker " + trial.workerId() + " was lost", true);
      }
    }
    List<Integer> unsent =
        modelsAwaited.entrySet().stream()
            .filter(awaited -> awaited.getValue().equals(lost.worker()))
            .map(Map.Entry::getKey)
            .toList();
    for (int number : unsent) {
      modelsAwaited.remove(number);
      Trial trial = sweep.trial(number);
      if (trial.equals(sweep.best()) && sweep.state() == SweepState.SWEEP_RUNNING) {
        // Trained again it gives the same model, and this time hands it over.
        giveBack(trial, "worker " + trial.workerId() + " was lost with its model", true);
      }
    }
    return settle();
  }

  private void giveBack(Trial trial, String reason, boolean lost) {
    workers.remove(trial.number());
    if (lost && trial.losses() + 1 >= MAX_LOSSES) {
      record(
          new SweepEvent.TrialOver(
              trial.number(),
              trial.attempt(),
              TrialState.FAILED,
              "given up after " + MAX_LOSSES + " lost workers; the last time " + reason,
              0,
              0,
              0,
              null));
    } else {
      record(new SweepEvent.TrialReturned(trial.number(), trial.attempt(), reason, lost));
      if (sweep.state() != SweepState.SWEEP_RUNNING) {
        cancelWaiting();
      }
    }
    context.getLog().warn("Trial {} attempt {}: {}", trial.number(), trial.attempt(), reason);
    pool.tell(new WorkerPool.WorkAvailable(sweep.id()));
  }

  private Behavior<Command> watch(Watch watch) {
    parked.add(watch);
    return publish();
  }

  private Behavior<Command> end(End end) {
    if (sweep.isOver()) {
      return Behaviors.same();
    }
    context.getLog().info("Sweep {} is ended: {}", sweep.id(), end.reason());
    record(new SweepEvent.EndRequested(end.cancelRunning(), end.reason()));
    cancelWaiting();
    if (end.cancelRunning()) {
      for (Trial trial : sweep.running()) {
        ActorRef<CoordinatorMessage> worker = workers.get(trial.number());
        if (worker != null) {
          worker.tell(stop(trial, end.reason()));
        }
      }
      timers.startSingleTimer(CancelTimeout.PASSED, CANCEL_TIMEOUT);
    }
    return settle();
  }

  private void cancelWaiting() {
    for (Trial trial : sweep.waiting()) {
      record(cancelled(trial, "the sweep ended before it ran"));
    }
  }

  private Behavior<Command> giveUpRunning() {
    for (Trial trial : sweep.running()) {
      record(cancelled(trial, "worker " + trial.workerId() + " did not say that it stopped"));
    }
    modelsAwaited.clear();
    return settle();
  }

  private static SweepEvent cancelled(Trial trial, String reason) {
    return new SweepEvent.TrialOver(
        trial.number(), trial.attempt(), TrialState.CANCELLED, reason, 0, 0, 0, null);
  }

  private CoordinatorMessage stop(Trial trial, String reason) {
    return CoordinatorMessage.newBuilder()
        .setTrialCommand(
            TrialCommand.newBuilder()
                .setLease(lease(trial))
                .setStop(StopTrial.newBuilder().setState(TrialState.CANCELLED).setReason(reason)))
        .build();
  }

  private Behavior<Command> getBestModel(GetBestModel ask) {
    ask.replyTo().tell(StatusReply.success(SweepMessages.bestModel(sweep, bestModel)));
    return Behaviors.same();
  }

  /** Ends the sweep if nothing more can happen, and lets watchers know what did. */
  private Behavior<Command> settle() {
    boolean noneToCome =
        nothingLeft
            || sweep.size() >= sweep.planned()
            || sweep.state() == SweepState.SWEEP_STOPPING;
    if (!sweep.isOver() && noneToCome && sweep.noneOpen() && modelsAwaited.isEmpty()) {
      boolean stopped = sweep.state() == SweepState.SWEEP_STOPPING;
      record(
          new SweepEvent.SweepOver(
              stopped ? SweepState.SWEEP_STOPPED : SweepState.SWEEP_COMPLETED));
      timers.cancelAll();
      pool.tell(new WorkerPool.RemoveSweep(sweep.id()));
      Trial best = sweep.best();
      context
          .getLog()
          .info(
              "Sweep {} is over: {} of {} trials completed; {}; {} late reports dropped",
              sweep.id(),
              sweep.count(TrialState.COMPLETED),
              sweep.size(),
              best == null
                  ? "no best trial"
                  : "best trial "
                      + best.number()
                      + ", "
                      + SweepMessages.readableObjective(sweep, best),
              staleReports);
    }
    return publish();
  }

  /** Remembers what happened, then lets it show. */
  private void record(SweepEvent event) {
    sweep.apply(event);
    switch (event) {
      case SweepEvent.StageBegan began -> feed.add(SweepMessages.stage(began.stage()));
      case SweepEvent.TrialSampled sampled -> addStatus(sampled.trial());
      case SweepEvent.TrialLeased leased -> addStatus(leased.trial());
      case SweepEvent.TrialReturned returned -> addStatus(returned.trial());
      case SweepEvent.TrialOver over -> {
        addStatus(over.trial());
        feed.add(SweepMessages.status(sweep, bestModel));
      }
      case SweepEvent.EndRequested end -> feed.add(SweepMessages.status(sweep, bestModel));
      case SweepEvent.SweepOver over -> feed.add(SweepMessages.status(sweep, bestModel));
      default -> {}
    }
  }

  private void addStatus(int number) {
    feed.add(SweepMessages.status(sweep, sweep.trial(number), lastPoints.get(number)));
  }

  private Behavior<Command> publish() {
    List<Watch> waiting = List.copyOf(parked);
    parked.clear();
    for (Watch watch : waiting) {
      List<SweepUpdate> updates = feed.after(watch.afterCursor(), UPDATES_AT_ONCE);
      long reached = updates.isEmpty() ? watch.afterCursor() : updates.getLast().getCursor();
      boolean last = sweep.isOver() && reached >= feed.cursor();
      if (updates.isEmpty() && !last) {
        parked.add(watch);
      } else {
        watch.replyTo().tell(StatusReply.success(new Updates(updates, last)));
      }
    }
    return Behaviors.same();
  }

  private Lease lease(Trial trial) {
    return Lease.newBuilder()
        .setSweepId(sweep.id())
        .setTrial(trial.number())
        .setAttempt(trial.attempt())
        .build();
  }
}
