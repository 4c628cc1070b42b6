package dev.caviar.coordinator.panda;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.pattern.StatusReply;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.RecoveryCompleted;
import akka.persistence.typed.SnapshotAdapter;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.Effect;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.RetentionCriteria;
import akka.persistence.typed.javadsl.SignalHandler;
import dev.caviar.coordinator.RequestException;
import dev.caviar.coordinator.RequestException.Code;
import dev.caviar.coordinator.pool.WorkSource;
import dev.caviar.coordinator.pool.WorkerPool;
import dev.caviar.coordinator.space.Hyperparameter;
import dev.caviar.coordinator.space.PandaDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.coordinator.space.TunedParameters;
import dev.caviar.coordinator.store.BlobStore;
import dev.caviar.coordinator.store.CurveStore;
import dev.caviar.coordinator.store.Inlet;
import dev.caviar.coordinator.sweep.SweepActor;
import dev.caviar.coordinator.sweep.WaitingWatches;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.CheckpointPandaRequest;
import dev.caviar.proto.v1.CheckpointTrial;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.EndPandaRequest;
import dev.caviar.proto.v1.GetPandaCurveRequest;
import dev.caviar.proto.v1.GetPandaCurveResponse;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.InterventionKind;
import dev.caviar.proto.v1.KeepBest;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.PandaAlert;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaJournalEvent;
import dev.caviar.proto.v1.PandaJournalEvent.PandaAsked;
import dev.caviar.proto.v1.PandaJournalEvent.PandaCheckpointNamed;
import dev.caviar.proto.v1.PandaJournalEvent.PandaCheckpointed;
import dev.caviar.proto.v1.PandaJournalEvent.PandaCheckpointsDropped;
import dev.caviar.proto.v1.PandaJournalEvent.PandaEffectSeen;
import dev.caviar.proto.v1.PandaJournalEvent.PandaLeaseEnded;
import dev.caviar.proto.v1.PandaJournalEvent.PandaLeased;
import dev.caviar.proto.v1.PandaJournalEvent.PandaTuned;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaSnapshot;
import dev.caviar.proto.v1.PandaSnapshot.StoredLease;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.PandaUpdate;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.PausePandaRequest;
import dev.caviar.proto.v1.RecalibratePandaRequest;
import dev.caviar.proto.v1.ResumePandaRequest;
import dev.caviar.proto.v1.RollBackPandaRequest;
import dev.caviar.proto.v1.StopTrial;
import dev.caviar.proto.v1.TrialCheckpoint;
import dev.caviar.proto.v1.TrialCommand;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.TrialReport;
import dev.caviar.proto.v1.TrialReportAck;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialTuned;
import dev.caviar.proto.v1.TrialTunedAck;
import dev.caviar.proto.v1.TunePandaRequest;
import dev.caviar.proto.v1.TuneTrial;
import dev.caviar.proto.v1.WatchPandaRequest;
import dev.caviar.proto.v1.WorkerMessage;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.MDC;

/**
 * Babysits one model: has a worker train it, tells it what its user wants, keeps its checkpoints,
 * and looks at its curve. It is event-sourced: what its user was told is in the journal, and so is
 * each change of the training with the mini-batch that it counts from, which is what a replay
 * needs.
 *
 * <p>A worker says that it has made a change before it says any point that was trained after it,
 * and the change is journalled before such a point is stored. So no stored point is ever the work
 * of a change that a crash has taken.
 *
 * <p>The fence is a sweep's: a report counts only under its branch's present attempt. A branch that
 * was left keeps its lease until its worker has said its last checkpoint.
 */
public final class PandaActor
    extends EventSourcedBehavior<PandaActor.Command, PandaJournalEvent, Panda> {
  /** How long who asked for a change waits for a worker to have made it. */
  static final Duration TUNE_TIMEOUT = Duration.ofSeconds(3);

  /** Epochs after which it is seen what came of an intervention. */
  static final int EFFECT_EPOCHS = 5;

  /** Points that are looked at for alerts, and that watchers get without asking the store. */
  static final int WINDOW = 500;

  private static final int SNAPSHOT_EVENTS = 200;

  /** Who ends a panda that has trained the epochs of its file. */
  private static final String ITSELF = "caviar";

  /** What a panda can be told. */
  public sealed interface Command {}

  /** See {@link WorkSource}. */
  public record NextTrial(
      String workerId, ActorRef<CoordinatorMessage> worker, ActorRef<WorkerPool.Command> pool)
      implements Command {}

  /** See {@link WorkSource}. */
  public record FromWorker(ActorRef<CoordinatorMessage> worker, WorkerMessage message)
      implements Command {}

  /** See {@link WorkSource}. */
  public record LeaseHeld(ActorRef<CoordinatorMessage> worker, Lease lease) implements Command {}

  /** See {@link WorkSource}. */
  public record WorkerAway(ActorRef<CoordinatorMessage> worker) implements Command {}

  /** See {@link WorkSource}. */
  public record WorkerLost(ActorRef<CoordinatorMessage> worker) implements Command {}

  /** All there is to know but the curve. */
  public record Get(ActorRef<StatusReply<PandaState>> replyTo) implements Command {}

  /**
   * What is new after a version and a point: answered at once if there is anything, else when there
   * is, or with nothing after {@link WaitingWatches#TIMEOUT}.
   */
  public record Watch(WatchPandaRequest request, ActorRef<StatusReply<PandaUpdate>> replyTo)
      implements Command {}

  /** The points on the way to a branch's end. */
  public record GetCurve(
      GetPandaCurveRequest request, ActorRef<StatusReply<GetPandaCurveResponse>> replyTo)
      implements Command {}

  /** Other hyperparameters; answered once a worker has made it, or after {@link #TUNE_TIMEOUT}. */
  public record Tune(TunePandaRequest request, ActorRef<StatusReply<Intervention>> replyTo)
      implements Command {}

  /** Running statistics made anew; answered as {@link Tune} is. */
  public record Recalibrate(
      RecalibratePandaRequest request, ActorRef<StatusReply<Intervention>> replyTo)
      implements Command {}

  /** It gives its worker free until it is resumed. */
  public record Pause(PausePandaRequest request, ActorRef<StatusReply<Intervention>> replyTo)
      implements Command {}

  /** It trains again. */
  public record Resume(ResumePandaRequest request, ActorRef<StatusReply<Intervention>> replyTo)
      implements Command {}

  /** It goes on from what it was. */
  public record RollBack(RollBackPandaRequest request, ActorRef<StatusReply<Intervention>> replyTo)
      implements Command {}

  /** It trains no more. */
  public record End(EndPandaRequest request, ActorRef<StatusReply<Intervention>> replyTo)
      implements Command {}

  /** It is checkpointed as it is. */
  public record TakeCheckpoint(
      CheckpointPandaRequest request, ActorRef<StatusReply<PandaCheckpoint>> replyTo)
      implements Command {}

  /**
   * What a sweep needs whose trials are to begin with a checkpoint.
   *
   * @param checkpoint its number
   */
  public record GetNetwork(int checkpoint, ActorRef<StatusReply<Network>> replyTo)
      implements Command {}

  /**
   * A network that was trained so far.
   *
   * @param parameters all that it was trained with, at that checkpoint
   */
  public record Network(PandaCheckpoint checkpoint, DataSource data, List<Parameter> parameters) {}

  private record Taken(Runnable answer) implements Command {}

  private record Loaded(
      @Nullable Map<Integer, CurvePoint> lastPoints,
      @Nullable List<List<CurvePoint>> way,
      @Nullable Throwable failure)
      implements Command {}

  private record WindowLoaded(
      int branch, @Nullable List<List<CurvePoint>> way, @Nullable Throwable failure)
      implements Command {}

  private record Found(
      RollBack rollBack, @Nullable List<List<CurvePoint>> way, @Nullable Throwable failure)
      implements Command {}

  private record PointsStored(
      Lease lease,
      ActorRef<CoordinatorMessage> worker,
      List<CurvePoint> points,
      int reported,
      @Nullable Throwable failure)
      implements Command {}

  private record TuneTimeout(long entry) implements Command {}

  private record WatchTimeout(Watch watch) implements Command {}

  private record Naming(TakeCheckpoint take, int checkpoint) implements Command {}

  private enum Timer implements Command {
    CHECKPOINT,
    RETURN,
    THIN
  }

  /**
   * What a panda tells its coordinator: something changed; without its ledger, branches and
   * checkpoints.
   */
  public record Changed(String pandaId, PandaState state) {}

  /**
   * What a panda is made of.
   *
   * @param who began it, and why
   * @param onStaleReport called for each message about a branch that is no longer its sender's
   */
  public record Setup(
      String pandaId,
      PandaDefinition definition,
      long startedAtMillis,
      String who,
      String why,
      CurveStore curves,
      BlobStore blobs,
      Runnable onStaleReport) {

    Panda panda() {
      return new Panda(pandaId, definition, startedAtMillis, who, why);
    }
  }

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final Clock clock = Clock.systemUTC();
  private final Setup setup;
  private final ActorRef<WorkerPool.Command> pool;
  private final ActorRef<Changed> coordinator;
  private final Executor blocking;
  private final Objective objective;

  // What is written; the same object that Akka hands to each handler.
  private Panda panda;
  private boolean ready;

  // Of open leases, by branch: only good while this actor and that worker live.
  private final Map<Integer, ActorRef<CoordinatorMessage>> workers = new HashMap<>();
  // Branches whose worker is silent, or was not heard since the coordinator's restart.
  private final Set<Integer> away = new HashSet<>();
  // Of each branch, stored or on its way to the store.
  private final Map<Integer, CurvePoint> lastPoints = new HashMap<>();
  // The last points on the way to where it is, all of them stored.
  private List<CurvePoint> window = new ArrayList<>();
  private final RaisedAlerts alerts = new RaisedAlerts();
  // Grows with each change, and is larger than any of before a restart.
  private long version = Clock.systemUTC().millis() << 10;
  private final WaitingWatches<Watch, Command> waiting;
  private final Map<Long, List<ActorRef<StatusReply<Intervention>>>> tuning = new HashMap<>();
  private final List<TakeCheckpoint> checkpointing = new ArrayList<>();

  private PandaActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Setup setup,
      ActorRef<WorkerPool.Command> pool,
      ActorRef<Changed> coordinator) {
    super(
        PersistenceId.of("panda", setup.pandaId()),
        SupervisorStrategy.restartWithBackoff(Duration.ofMillis(500), Duration.ofSeconds(30), 0.2));
    this.context = context;
    this.timers = timers;
    this.waiting = new WaitingWatches<>(timers, WatchTimeout::new);
    this.setup = setup;
    this.pool = pool;
    this.coordinator = coordinator;
    this.blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
    this.objective = setup.definition().objective();
    this.panda = setup.panda();
  }

  /**
   * A panda that begins, or goes on from its journal, at once, with the workers of a pool that
   * already knows it.
   */
  public static Behavior<Command> create(
      Setup setup, ActorRef<WorkerPool.Command> pool, ActorRef<Changed> coordinator) {
    return Inlet.before(
        (front, begun) ->
            Behaviors.withMdc(
                Command.class,
                Map.of("sweep", setup.pandaId()),
                Behaviors.supervise(
                        Behaviors.<Command>withTimers(
                            timers ->
                                Behaviors.setup(
                                    context -> {
                                      begun.run();
                                      return new PandaActor(
                                          context, timers, setup, pool, coordinator);
                                    })))
                    .onFailure(
                        SupervisorStrategy.restartWithBackoff(
                            Duration.ofMillis(500), Duration.ofSeconds(30), 0.2))),
        Taken::new);
  }

  /** The panda as the pool knows it. */
  public static WorkSource source(ActorRef<Command> panda) {
    return new WorkSource() {
      @Override
      public void nextTrial(
          String workerId, ActorRef<CoordinatorMessage> worker, ActorRef<WorkerPool.Command> pool) {
        panda.tell(new NextTrial(workerId, worker, pool));
      }

      @Override
      public void fromWorker(
          String workerId, ActorRef<CoordinatorMessage> worker, WorkerMessage message) {
        panda.tell(new FromWorker(worker, message));
      }

      @Override
      public void leaseHeld(String workerId, ActorRef<CoordinatorMessage> worker, Lease lease) {
        panda.tell(new LeaseHeld(worker, lease));
      }

      @Override
      public void workerAway(ActorRef<CoordinatorMessage> worker) {
        panda.tell(new WorkerAway(worker));
      }

      @Override
      public void workerLost(ActorRef<CoordinatorMessage> worker) {
        panda.tell(new WorkerLost(worker));
      }
    };
  }

  /** What there is to say of a panda before its actor has said anything. */
  public static PandaState first(Setup setup) {
    Panda panda = setup.panda();
    return PandaMessages.brief(panda, panda.phase(), null, List.of());
  }

  @Override
  public Panda emptyState() {
    return setup.panda();
  }

  @Override
  public EventHandler<Panda, PandaJournalEvent> eventHandler() {
    return newEventHandlerBuilder().forAnyState().onAnyEvent(Panda::apply);
  }

  @Override
  public CommandHandler<Command, PandaJournalEvent, Panda> commandHandler() {
    return newCommandHandlerBuilder().forAnyState().onAnyCommand(this::handle);
  }

  @Override
  public SignalHandler<Panda> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::recovered)
        .build();
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return RetentionCriteria.snapshotEvery(SNAPSHOT_EVENTS, 2);
  }

  @Override
  public SnapshotAdapter<Panda> snapshotAdapter() {
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(Panda state) {
        return state.snapshot();
      }

      @Override
      public Panda fromJournal(Object from) {
        return setup.panda().restore((PandaSnapshot) from);
      }
    };
  }

  private Effect<PandaJournalEvent, Panda> handle(Command command) {
    if (command instanceof Loaded loaded) {
      return begin(loaded);
    }
    if (!ready) {
      return Effect().stash();
    }
    return switch (command) {
      case Taken taken -> doing(taken.answer());
      case NextTrial ask -> nextTrial(ask);
      case FromWorker from -> hear(from);
      case LeaseHeld held -> takeBack(held);
      case WorkerAway gone -> workerAway(gone);
      case WorkerLost lost -> workerLost(lost);
      case PointsStored stored -> pointsStored(stored);
      case WindowLoaded loaded -> windowLoaded(loaded);
      case Get get -> doing(() -> get.replyTo().tell(StatusReply.success(state())));
      case Watch watch -> doing(() -> waiting.answer(watch, this::answer));
      case WatchTimeout timeout -> doing(() -> watchTimeout(timeout.watch()));
      case GetCurve get -> doing(() -> curve(get));
      case GetNetwork get -> network(get);
      case Tune tune -> tune(tune);
      case Recalibrate recalibrate -> recalibrate(recalibrate);
      case TuneTimeout timeout -> doing(() -> answerTuning(timeout.entry()));
      case Pause pause -> pause(pause);
      case Resume resume -> resume(resume);
      case End end -> end(end);
      case RollBack rollBack -> rollBack(rollBack);
      case Found found -> found(found);
      case TakeCheckpoint take -> takeCheckpoint(take);
      case Naming naming -> name(naming.take(), naming.checkpoint());
      case Timer timer ->
          switch (timer) {
            case CHECKPOINT -> doing(this::askForCheckpoint);
            case RETURN -> giveUpAbsent();
            case THIN -> thin();
          };
      case Loaded loaded -> throw new IllegalStateException("handled above");
    };
  }

  private Effect<PandaJournalEvent, Panda> doing(Runnable what) {
    what.run();
    return Effect().none();
  }

  /** Writes an event; what is to follow follows once it is written. */
  private Effect<PandaJournalEvent, Panda> decide(
      PandaJournalEvent.Builder event, Runnable afterwards) {
    return Effect()
        .persist(event.build())
        .thenRun(
            () -> {
              // Akka sets it for commands, and this comes with the journal's answer.
              try (var _ = MDC.putCloseable("sweep", panda.id())) {
                afterwards.run();
                changed();
              }
            });
  }

  private static PandaJournalEvent.Builder event() {
    return PandaJournalEvent.newBuilder();
  }

  // ---- Beginning

  private void recovered(Panda written) {
    panda = written;
    context.pipeToSelf(
        setup
            .curves()
            .lastPoints(panda.id(), IntStream.range(0, panda.branches().size()).boxed().toList())
            .thenCombine(way(panda.branch()), (last, way) -> new Loaded(last, way, null)),
        (loaded, failure) -> loaded == null ? new Loaded(null, null, failure) : loaded);
  }

  private Effect<PandaJournalEvent, Panda> begin(Loaded loaded) {
    if (loaded.lastPoints() == null || loaded.way() == null) {
      throw new IllegalStateException("the curve store cannot be read", loaded.failure());
    }
    lastPoints.putAll(loaded.lastPoints());
    setWindow(loaded.way());
    ready = true;
    Logger log = context.getLog();
    if (panda.ledger().size() == 1 && panda.openLeases().isEmpty()) {
      log.info("Panda {} begins{}", panda.id(), origin());
    } else {
      log.info(
          "Panda {} goes on: branch {} after step {}, {}",
          panda.id(),
          panda.branch(),
          panda.branch(panda.branch()).getStep(),
          panda.phase());
    }
    panda.openLeases().forEach(lease -> away.add(lease.getBranch()));
    timers.startTimerWithFixedDelay(Timer.CHECKPOINT, setup.definition().checkpoints().every());
    timers.startSingleTimer(
        Timer.RETURN,
        context.getSystem().settings().config().getDuration("caviar.coordinator.return-timeout"));
    pool.tell(new WorkerPool.WorkAvailable(panda.id()));
    changed();
    return Effect().none().thenUnstashAll();
  }

  private String origin() {
    var origin = setup.definition().origin();
    return origin == null
        ? ""
        : " with trial %d of %s, after step %d"
            .formatted(
                origin.getTrial(),
                origin.getSweepId(),
                setup.definition().checkpoint() == null ? 0 : origin.getStep());
  }

  /** Branches that no worker has claimed since the restart go to others. */
  private Effect<PandaJournalEvent, Panda> giveUpAbsent() {
    return endLeases(
        panda.openLeases().stream()
            .filter(lease -> !workers.containsKey(lease.getBranch()))
            .toList(),
        "did not come back after a restart",
        false);
  }

  /** The curve on the way to a branch's end, by branch. */
  private CompletionStage<List<List<CurvePoint>>> way(int branch) {
    List<PandaBranch> way = panda.way(branch);
    CompletionStage<List<List<CurvePoint>>> all =
        CompletableFuture.completedFuture(new ArrayList<>());
    for (int i = 0; i < way.size(); i++) {
      long until = i + 1 < way.size() ? way.get(i + 1).getFromStep() : Long.MAX_VALUE;
      all =
          all.thenCombine(
              setup.curves().read(panda.id(), way.get(i).getBranch(), 1, Integer.MAX_VALUE),
              (before, points) -> {
                before.add(points.stream().filter(point -> point.getStep() <= until).toList());
                return before;
              });
    }
    return all;
  }

  private void setWindow(List<List<CurvePoint>> way) {
    List<CurvePoint> points = way.stream().flatMap(List::stream).toList();
    window = new ArrayList<>(points.subList(Math.max(0, points.size() - WINDOW), points.size()));
    lookForAlerts();
  }

  private Effect<PandaJournalEvent, Panda> windowLoaded(WindowLoaded loaded) {
    if (loaded.way() == null) {
      throw new IllegalStateException("the curve store cannot be read", loaded.failure());
    }
    if (loaded.branch() == panda.branch()) {
      setWindow(loaded.way());
      changed();
    }
    return Effect().none();
  }

  // ---- Workers

  private Effect<PandaJournalEvent, Panda> nextTrial(NextTrial ask) {
    int branch = panda.branch();
    // One that was told to stop says its last checkpoint first.
    if (panda.phase() != PandaPhase.PANDA_WAITING || panda.isLeased(branch)) {
      ask.pool().tell(new WorkerPool.NothingToGive(panda.id(), ask.worker()));
      return Effect().none();
    }
    StoredLease last = panda.lease(branch);
    int attempt = last == null ? 1 : last.getAttempt() + 1;
    return decide(
        event()
            .setLeased(
                PandaLeased.newBuilder()
                    .setBranch(branch)
                    .setAttempt(attempt)
                    .setWorkerId(ask.workerId())),
        () -> {
          workers.put(branch, ask.worker());
          AssignTrial assignment = assignment(branch, attempt);
          context
              .getLog()
              .info(
                  "Branch {} attempt {} goes to {}{}",
                  branch,
                  attempt,
                  ask.workerId(),
                  assignment.hasCheckpoint()
                      ? " from step " + fromStep(branch)
                      : " from the start");
          ask.worker().tell(CoordinatorMessage.newBuilder().setAssignTrial(assignment).build());
          sendPending();
        });
  }

  private long fromStep(int branch) {
    PandaCheckpoint from = panda.goesOnFrom(branch);
    return from == null ? 0 : from.getStep();
  }

  private AssignTrial assignment(int branch, int attempt) {
    PandaDefinition definition = panda.definition();
    AssignTrial.Builder assignment =
        AssignTrial.newBuilder()
            .setLease(lease(branch, attempt))
            .addAllParameters(definition.parameters())
            .setData(definition.data())
            .setSeed(definition.seed())
            .addAllChanges(panda.changes(branch))
            .setLayerStatistics(true);
    PandaCheckpoint from = panda.goesOnFrom(branch);
    if (from != null) {
      assignment.setCheckpoint(from.getBlob());
    }
    if (definition.epochs() != PandaDefinition.OPEN_END
        && definition.epochs() > (from == null ? 0 : from.getEpoch())) {
      // There it waits, with a checkpoint, until it is ended.
      assignment.addRungs(definition.epochs());
    }
    KeepBest.Builder keep =
        KeepBest.newBuilder().setMetric(objective.metric().key()).setMinimize(objective.minimize());
    PandaCheckpoint best = panda.best();
    if (best != null) {
      keep.setBest(best.getValue());
    }
    return assignment.setKeepBest(keep).build();
  }

  private Lease lease(int branch, int attempt) {
    return Lease.newBuilder().setSweepId(panda.id()).setTrial(branch).setAttempt(attempt).build();
  }

  private Effect<PandaJournalEvent, Panda> hear(FromWorker from) {
    WorkerMessage message = from.message();
    Lease lease =
        switch (message.getMessageCase()) {
          case TRIAL_REPORT -> message.getTrialReport().getLease();
          case TRIAL_CHECKPOINT -> message.getTrialCheckpoint().getLease();
          case TRIAL_TUNED -> message.getTrialTuned().getLease();
          case TRIAL_ENDED -> message.getTrialEnded().getLease();
          default -> Lease.getDefaultInstance();
        };
    if (!isOpen(lease)) {
      drop(from, lease);
      return Effect().none();
    }
    adopt(lease.getTrial(), from.worker());
    return switch (message.getMessageCase()) {
      case TRIAL_REPORT -> takeReport(message.getTrialReport(), from.worker());
      case TRIAL_CHECKPOINT -> takeCheckpoint(message.getTrialCheckpoint());
      case TRIAL_TUNED -> takeTuned(message.getTrialTuned(), from.worker());
      default -> takeEnd(message.getTrialEnded(), from.worker());
    };
  }

  private boolean isOpen(Lease lease) {
    StoredLease present = panda.lease(lease.getTrial());
    return present != null && !present.getEnded() && present.getAttempt() == lease.getAttempt();
  }

  /** What was said under a lease that is over. */
  private void drop(FromWorker from, Lease lease) {
    WorkerMessage message = from.message();
    if (message.hasTrialEnded()) {
      from.worker().tell(SweepActor.acknowledge(lease, false));
      return;
    }
    setup.onStaleReport().run();
    if (message.hasTrialCheckpoint()) {
      forget(message.getTrialCheckpoint().getCheckpoint());
    }
    from.worker().tell(SweepActor.leaseVoid(lease));
  }

  private Effect<PandaJournalEvent, Panda> takeBack(LeaseHeld held) {
    if (isOpen(held.lease())) {
      adopt(held.lease().getTrial(), held.worker());
    } else {
      held.worker().tell(SweepActor.leaseVoid(held.lease()));
    }
    return Effect().none();
  }

  /** A worker that speaks under an open lease has that branch, whoever had it before. */
  private void adopt(int branch, ActorRef<CoordinatorMessage> worker) {
    boolean wasAway = away.remove(branch);
    ActorRef<CoordinatorMessage> before = workers.put(branch, worker);
    if (wasAway || !worker.equals(before)) {
      align(branch);
      changed();
    }
  }

  /** Tells a branch's worker what it should have heard. */
  private void align(int branch) {
    if (branch != panda.branch()) {
      stop(branch, TrialState.CANCELLED, "the panda was rolled back");
    } else if (panda.phase() != PandaPhase.PANDA_TRAINING) {
      stop(branch, TrialState.RETRYING, panda.reason());
    } else {
      sendPending();
    }
  }

  private Effect<PandaJournalEvent, Panda> workerAway(WorkerAway gone) {
    workers.forEach(
        (branch, worker) -> {
          if (worker.equals(gone.worker()) && away.add(branch)) {
            changed();
          }
        });
    return Effect().none();
  }

  private Effect<PandaJournalEvent, Panda> workerLost(WorkerLost lost) {
    return endLeases(
        panda.openLeases().stream()
            .filter(lease -> lost.worker().equals(workers.get(lease.getBranch())))
            .toList(),
        "was lost",
        true);
  }

  private Effect<PandaJournalEvent, Panda> endLeases(
      List<StoredLease> leases, String how, boolean lost) {
    if (leases.isEmpty()) {
      return Effect().none();
    }
    List<PandaJournalEvent> events = new ArrayList<>();
    for (StoredLease lease : leases) {
      String reason = "worker " + lease.getWorkerId() + " " + how;
      context
          .getLog()
          .warn(
              "Branch {} attempt {} comes back: {}", lease.getBranch(), lease.getAttempt(), reason);
      workers.remove(lease.getBranch());
      away.remove(lease.getBranch());
      events.add(
          event()
              .setLeaseEnded(
                  PandaLeaseEnded.newBuilder()
                      .setBranch(lease.getBranch())
                      .setAttempt(lease.getAttempt())
                      .setState(TrialState.RETRYING)
                      .setReason(reason)
                      .setLost(lost))
              .build());
    }
    return Effect()
        .persist(events)
        .thenRun(
            () -> {
              pool.tell(new WorkerPool.WorkAvailable(panda.id()));
              changed();
            });
  }

  private Effect<PandaJournalEvent, Panda> takeReport(
      TrialReport report, ActorRef<CoordinatorMessage> worker) {
    Lease lease = report.getLease();
    int branch = lease.getTrial();
    long from = panda.branch(branch).getFromStep();
    CurvePoint last = lastPoints.get(branch);
    int known = last == null ? 0 : last.getEpoch();
    // Before the branch began, and what is stored already: trained again, to the same numbers.
    List<CurvePoint> points =
        report.getPointsList().stream()
            .filter(point -> point.getStep() > from && point.getEpoch() > known)
            .toList();
    int reported = report.getPointsCount() == 0 ? 0 : report.getPointsList().getLast().getEpoch();
    if (known > 0 && !points.isEmpty() && points.getFirst().getEpoch() != known + 1) {
      worker.tell(SweepActor.leaseVoid(lease));
      return endLeases(
          panda.openLeases().stream().filter(open -> open.getBranch() == branch).toList(),
          "skipped from epoch %d to %d".formatted(known, points.getFirst().getEpoch()),
          true);
    }
    CompletionStage<?> stored = CompletableFuture.completedFuture("nothing");
    if (!points.isEmpty()) {
      lastPoints.put(branch, points.getLast());
      stored =
          setup
              .curves()
              .append(
                  panda.id(),
                  List.of(
                      TrialPoints.newBuilder()
                          .setTrial(branch)
                          .setAttempt(lease.getAttempt())
                          .addAllPoints(points)
                          .build()));
    }
    context.pipeToSelf(
        stored, (done, failure) -> new PointsStored(lease, worker, points, reported, failure));
    return Effect().none();
  }

  private Effect<PandaJournalEvent, Panda> pointsStored(PointsStored stored) {
    if (stored.failure() != null) {
      // Starts anew from what is written; workers send again what was not acknowledged.
      throw new IllegalStateException("curve points could not be stored", stored.failure());
    }
    stored
        .worker()
        .tell(
            CoordinatorMessage.newBuilder()
                .setTrialReportAck(
                    TrialReportAck.newBuilder()
                        .setLease(stored.lease())
                        .setEpoch(stored.reported()))
                .build());
    if (stored.points().isEmpty() || stored.lease().getTrial() != panda.branch()) {
      return Effect().none();
    }
    window.addAll(stored.points());
    if (window.size() > 2 * WINDOW) {
      window = new ArrayList<>(window.subList(window.size() - WINDOW, window.size()));
    }
    List<PandaAlert> before = alerts.list();
    lookForAlerts()
        .forEach(alert -> context.getLog().warn("{}; {}", alert.getMessage(), alert.getAdvice()));
    if (!alerts.list().equals(before)) {
      changed();
    } else {
      waiting.publish(this::answer);
    }
    List<PandaJournalEvent> effects = effects(stored.points().getLast(), EFFECT_EPOCHS);
    return effects.isEmpty() ? Effect().none() : Effect().persist(effects).thenRun(this::changed);
  }

  /** What came of those interventions that so many epochs have followed. */
  private List<PandaJournalEvent> effects(CurvePoint point, int epochs) {
    return panda.ledger().stream()
        .filter(entry -> entry.getBranch() == panda.branch() && hasEffect(entry))
        .filter(entry -> entry.hasEpoch() && !entry.hasPointAfter())
        .filter(entry -> point.getEpoch() >= entry.getEpoch() + epochs)
        .map(
            entry ->
                event()
                    .setEffectSeen(
                        PandaEffectSeen.newBuilder()
                            .setEntry(entry.getNumber())
                            .setPointAfter(point))
                    .build())
        .toList();
  }

  private static boolean hasEffect(Intervention entry) {
    return switch (entry.getKind()) {
      case INTERVENTION_TUNE, INTERVENTION_RECALIBRATE, INTERVENTION_ROLLBACK -> true;
      default -> false;
    };
  }

  /** Looks at the window; what is new is the answer. */
  private List<PandaAlert> lookForAlerts() {
    return alerts.see(
        Alerts.of(panda, window),
        window.isEmpty() ? 0 : window.getLast().getEpoch(),
        Alerts.lastChange(panda).map(Intervention::getEpoch).orElse(-1),
        clock.millis());
  }

  private Effect<PandaJournalEvent, Panda> takeTuned(
      TrialTuned tuned, ActorRef<CoordinatorMessage> worker) {
    Runnable acknowledge =
        () ->
            worker.tell(
                CoordinatorMessage.newBuilder()
                    .setTrialTunedAck(
                        TrialTunedAck.newBuilder()
                            .setLease(tuned.getLease())
                            .setChangeId(tuned.getChangeId()))
                    .build());
    Intervention entry = panda.entry(tuned.getChangeId());
    if (entry.hasStep() || !entry.getRefused().isEmpty()) {
      return doing(acknowledge); // Said again.
    }
    PandaTuned.Builder counts =
        PandaTuned.newBuilder()
            .setEntry(tuned.getChangeId())
            .setStep(tuned.getStep())
            .setEpoch(tuned.getEpoch())
            .addAllBefore(TunedParameters.sameOf(panda.parameters(), entry.getAfterList()))
            .setRefused(tuned.getRefused());
    CurvePoint last = lastPoints.get(tuned.getLease().getTrial());
    if (last == null && !window.isEmpty()) {
      last = window.getLast();
    }
    List<PandaJournalEvent> events = new ArrayList<>();
    if (last != null) {
      counts.setPointBefore(last);
      events.addAll(effects(last, 1));
    }
    events.addFirst(event().setTuned(counts).build());
    return Effect()
        .persist(events)
        .thenRun(
            () -> {
              try (var _ = MDC.putCloseable("sweep", panda.id())) {
                Intervention made = panda.entry(entry.getNumber());
                context
                    .getLog()
                    .info(
                        "Entry {} by {} {}: {}{}",
                        made.getNumber(),
                        made.getWho(),
                        made.getRefused().isEmpty()
                            ? "counts after step " + made.getStep()
                            : "was refused (" + made.getRefused() + ")",
                        readable(made),
                        made.getWhy().isEmpty() ? "" : ", because " + made.getWhy());
                acknowledge.run();
                answerTuning(entry.getNumber());
                changed();
              }
            });
  }

  private static String readable(Intervention entry) {
    if (Panda.recalibrates(entry)) {
      return "recalibrate";
    }
    return String.join(
        ", ",
        entry.getAfterList().stream()
            .map(
                parameter ->
                    parameter.getName()
                        + " = "
                        + (parameter.getValue().hasInteger()
                            ? parameter.getValue().getInteger()
                            : parameter.getValue().getReal()))
            .toList());
  }

  private Effect<PandaJournalEvent, Panda> takeCheckpoint(TrialCheckpoint taken) {
    int branch = taken.getLease().getTrial();
    PandaCheckpoint same =
        panda.checkpoints().stream()
            .filter(
                known ->
                    known.getBranch() == branch
                        && known.getStep() == taken.getStep()
                        && known.getLastEntry() == taken.getLastChangeId())
            .findFirst()
            .orElse(null);
    boolean before = taken.getStep() < panda.branch(branch).getFromStep();
    if (same != null || before) {
      // Trained again, to the same numbers, or said again.
      forget(taken.getCheckpoint());
      return same == null ? Effect().none() : doing(() -> checkpointed(same));
    }
    PandaCheckpoint.Builder checkpoint =
        PandaCheckpoint.newBuilder()
            .setNumber(panda.nextCheckpoint())
            .setBranch(branch)
            .setStep(taken.getStep())
            .setEpoch(taken.getEpoch())
            .setTakenAtMillis(clock.millis())
            .setBlob(taken.getCheckpoint())
            .setLastEntry(taken.getLastChangeId());
    CurvePoint point = pointAt(branch, taken.getStep());
    if (point != null) {
      checkpoint
          .setDevLoss(point.getDevLoss())
          .setDevError(point.getDevError())
          .setValue(objective.metric().value(point));
    }
    PandaCheckpointed.Builder event = PandaCheckpointed.newBuilder().setCheckpoint(checkpoint);
    CurvePoint best = bestOf(branch);
    if (best != null) {
      event.setBranchBest(objective.metric().value(best)).setBranchBestStep(best.getStep());
    }
    return decide(
        event().setCheckpointed(event),
        () -> {
          PandaCheckpoint kept = panda.checkpoint(checkpoint.getNumber());
          if (kept != null) {
            context.getSelf().tell(Timer.THIN);
            checkpointed(kept);
          }
        });
  }

  private @Nullable CurvePoint pointAt(int branch, long step) {
    CurvePoint last = lastPoints.get(branch);
    if (last != null && last.getStep() == step) {
      return last;
    }
    return branch == panda.branch()
        ? window.stream().filter(point -> point.getStep() == step).findFirst().orElse(null)
        : null;
  }

  /** The best point of a branch, as far back as is remembered; null if there is none. */
  private @Nullable CurvePoint bestOf(int branch) {
    PandaBranch known = panda.branch(branch);
    CurvePoint best =
        branch != panda.branch()
            ? null
            : window.stream()
                .filter(point -> point.getStep() > known.getFromStep())
                .reduce(this::better)
                .orElse(null);
    boolean better =
        best != null
            && (!known.hasBest()
                || objective.isBetter(objective.metric().value(best), known.getBest()));
    return better ? best : null;
  }

  private CurvePoint better(CurvePoint a, CurvePoint b) {
    return objective.isBetter(objective.metric().value(b), objective.metric().value(a)) ? b : a;
  }

  private void checkpointed(PandaCheckpoint checkpoint) {
    List<TakeCheckpoint> answered = List.copyOf(checkpointing);
    if (checkpoint.getBranch() == panda.branch()) {
      checkpointing.clear();
      answered.forEach(take -> context.getSelf().tell(new Naming(take, checkpoint.getNumber())));
      if (panda.phase() == PandaPhase.PANDA_TRAINING
          && checkpoint.getEpoch() >= panda.definition().epochs()
          && panda.branch(panda.branch()).getFromEpoch() < panda.definition().epochs()
          && !hasEndedItself()) {
        endItself();
      }
    }
    if (checkpoint.getEpoch() == panda.definition().epochs()
        && (checkpoint.getBranch() != panda.branch()
            || panda.phase() != PandaPhase.PANDA_TRAINING)) {
      align(checkpoint.getBranch()); // There its worker says its checkpoint until it hears.
    }
  }

  private boolean hasEndedItself() {
    return panda.ledger().stream()
        .anyMatch(
            entry ->
                entry.getKind() == InterventionKind.INTERVENTION_END
                    && entry.getWho().equals(ITSELF)
                    && entry.getBranch() == panda.branch());
  }

  private void endItself() {
    context
        .getSelf()
        .tell(
            new End(
                EndPandaRequest.newBuilder()
                    .setPandaId(panda.id())
                    .setWho(ITSELF)
                    .setWhy(
                        "it has trained the %d epochs of its file"
                            .formatted(panda.definition().epochs()))
                    .build(),
                context.getSystem().ignoreRef()));
  }

  private Effect<PandaJournalEvent, Panda> thin() {
    List<PandaCheckpoint> superseded = new Retention(panda).superseded(clock.millis());
    if (superseded.isEmpty()) {
      return Effect().none();
    }
    return decide(
        event()
            .setCheckpointsDropped(
                PandaCheckpointsDropped.newBuilder()
                    .addAllNumbers(superseded.stream().map(PandaCheckpoint::getNumber).toList())),
        () -> superseded.forEach(checkpoint -> forget(checkpoint.getBlob())));
  }

  private void forget(BlobRef blob) {
    if (blob.getSha256().isEmpty()
        || panda.checkpoints().stream()
            .anyMatch(kept -> kept.getBlob().getSha256().equals(blob.getSha256()))) {
      return;
    }
    Logger log = context.getLog();
    blocking.execute(
        () -> {
          try {
            setup.blobs().delete(BlobKind.CHECKPOINT, blob.getSha256());
          } catch (IOException e) {
            log.warn("Checkpoint {} is not needed but could not be deleted", blob.getSha256(), e);
          }
        });
  }

  private Effect<PandaJournalEvent, Panda> takeEnd(
      TrialEnded end, ActorRef<CoordinatorMessage> worker) {
    Lease lease = end.getLease();
    int branch = lease.getTrial();
    return decide(
        event()
            .setLeaseEnded(
                PandaLeaseEnded.newBuilder()
                    .setBranch(branch)
                    .setAttempt(lease.getAttempt())
                    .setState(end.getState())
                    .setReason(end.getReason())
                    .setLost(end.getLost())
                    .setStep(end.getSteps())
                    .setEpoch(end.getEpochs())),
        () -> {
          workers.remove(branch);
          away.remove(branch);
          context
              .getLog()
              .info(
                  "Branch {} attempt {} is left at step {}: {}",
                  branch,
                  lease.getAttempt(),
                  end.getSteps(),
                  end.getReason());
          if (panda.phase() == PandaPhase.PANDA_DIVERGED) {
            context
                .getLog()
                .warn(
                    "It diverged: {}; go back with: caviar panda rollback {} --to best",
                    end.getReason(),
                    panda.id());
          }
          worker.tell(SweepActor.acknowledge(lease, false));
          // Nobody waits for a checkpoint that does not come any more.
          List<TakeCheckpoint> unanswered = List.copyOf(checkpointing);
          checkpointing.clear();
          unanswered.forEach(context.getSelf()::tell);
          pool.tell(new WorkerPool.WorkAvailable(panda.id()));
        });
  }

  // ---- What its user wants of it

  private Effect<PandaJournalEvent, Panda> tune(Tune tune) {
    TunePandaRequest request = tune.request();
    Effect<PandaJournalEvent, Panda> known = saidBefore(request.getRequestId(), tune.replyTo());
    if (known != null) {
      return known;
    }
    List<Parameter> changes;
    try {
      requireChangeable();
      changes = TunedParameters.of(panda.parametersToCome(), request.getParametersList());
      if (changes.isEmpty()) {
        throw new IllegalArgumentException("it trains with that already");
      }
    } catch (IllegalArgumentException e) {
      return refuse(tune.replyTo(), Code.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
    } catch (RequestException e) {
      return refuse(tune.replyTo(), e.code(), String.valueOf(e.getMessage()));
    }
    return intervene(
        entry(InterventionKind.INTERVENTION_TUNE, request.getWho(), request.getWhy())
            .addAllAfter(changes),
        request.getRequestId(),
        tune.replyTo());
  }

  private Effect<PandaJournalEvent, Panda> recalibrate(Recalibrate recalibrate) {
    RecalibratePandaRequest request = recalibrate.request();
    Effect<PandaJournalEvent, Panda> known =
        saidBefore(request.getRequestId(), recalibrate.replyTo());
    if (known != null) {
      return known;
    }
    try {
      requireChangeable();
    } catch (RequestException e) {
      return refuse(recalibrate.replyTo(), e.code(), String.valueOf(e.getMessage()));
    }
    boolean normalized =
        panda.parameters().stream()
            .anyMatch(
                parameter ->
                    parameter.getName().equals(Hyperparameter.BATCH_NORM.key())
                        && parameter.getValue().getFlag());
    if (!normalized) {
      return refuse(
          recalibrate.replyTo(),
          Code.FAILED_PRECONDITION,
          "it has no batch norm, and so no running statistics to make anew");
    }
    return intervene(
        entry(InterventionKind.INTERVENTION_RECALIBRATE, request.getWho(), request.getWhy()),
        request.getRequestId(),
        recalibrate.replyTo());
  }

  private void requireChangeable() {
    switch (panda.phase()) {
      case PANDA_TRAINING, PANDA_WAITING, PANDA_PAUSED -> {}
      case PANDA_DIVERGED ->
          throw new RequestException(
              Code.FAILED_PRECONDITION,
              "it diverged, and trains no more as it is; roll it back first, with --to best");
      default ->
          throw new RequestException(
              Code.FAILED_PRECONDITION,
              "it is %s; resume it first, or roll it back".formatted(word(panda.phase())));
    }
  }

  private @Nullable Effect<PandaJournalEvent, Panda> saidBefore(
      String requestId, ActorRef<StatusReply<Intervention>> replyTo) {
    Intervention known = panda.asked(requestId);
    return known == null ? null : doing(() -> replyTo.tell(StatusReply.success(known)));
  }

  /** A change of the training: the worker makes it, and says where. */
  private Effect<PandaJournalEvent, Panda> intervene(
      Intervention.Builder entry, String requestId, ActorRef<StatusReply<Intervention>> replyTo) {
    long number = entry.getNumber();
    return decide(
        event().setAsked(PandaAsked.newBuilder().setEntry(entry).setRequestId(requestId)),
        () -> {
          if (panda.phase() == PandaPhase.PANDA_TRAINING && workers.containsKey(panda.branch())) {
            tuning.computeIfAbsent(number, each -> new ArrayList<>()).add(replyTo);
            timers.startSingleTimer(number, new TuneTimeout(number), TUNE_TIMEOUT);
            send(panda.entry(number));
          } else {
            replyTo.tell(StatusReply.success(panda.entry(number)));
          }
        });
  }

  private void answerTuning(long entry) {
    timers.cancel(entry);
    List<ActorRef<StatusReply<Intervention>>> waiting = tuning.remove(entry);
    if (waiting != null) {
      waiting.forEach(replyTo -> replyTo.tell(StatusReply.success(panda.entry(entry))));
    }
  }

  private void sendPending() {
    panda.pending(panda.branch()).forEach(this::send);
  }

  private void send(Intervention entry) {
    int branch = panda.branch();
    CurvePoint last = lastPoints.get(branch);
    // What was reported by a worker that is no more is stored, and is to be what was trained.
    long notBefore =
        Math.max(panda.branch(branch).getFromStep(), last == null ? 0 : last.getStep());
    tell(
        branch,
        TrialCommand.newBuilder()
            .setTune(
                TuneTrial.newBuilder()
                    .addAllParameters(entry.getAfterList())
                    .setChangeId(entry.getNumber())
                    .setRestartDecay(Panda.restartsDecay(entry))
                    .setRecalibrate(Panda.recalibrates(entry))
                    .setNotBeforeStep(Math.max(notBefore, lastChange(branch)))));
  }

  /** A change is not made before one that was asked for earlier, wherever its worker was then. */
  private long lastChange(int branch) {
    return panda.lineage(branch).stream().mapToLong(Intervention::getStep).max().orElse(0);
  }

  private void tell(int branch, TrialCommand.Builder command) {
    ActorRef<CoordinatorMessage> worker = workers.get(branch);
    StoredLease lease = panda.lease(branch);
    if (worker != null && lease != null) {
      worker.tell(
          CoordinatorMessage.newBuilder()
              .setTrialCommand(command.setLease(lease(branch, lease.getAttempt())))
              .build());
    }
  }

  /** Ends a branch's lease, once it is checkpointed as it is. */
  private void stop(int branch, TrialState state, String reason) {
    if (panda.isLeased(branch)) {
      tell(
          branch,
          TrialCommand.newBuilder()
              .setStop(
                  StopTrial.newBuilder().setState(state).setReason(reason).setCheckpoint(true)));
    }
  }

  private Effect<PandaJournalEvent, Panda> pause(Pause pause) {
    return switch (panda.phase()) {
      case PANDA_TRAINING, PANDA_WAITING, PANDA_WORKER_LOST ->
          halt(
              entry(
                  InterventionKind.INTERVENTION_PAUSE,
                  pause.request().getWho(),
                  pause.request().getWhy()),
              "it is paused",
              pause.replyTo());
      case PANDA_PAUSED -> doing(() -> pause.replyTo().tell(StatusReply.success(lastEntry())));
      default ->
          refuse(
              pause.replyTo(),
              Code.FAILED_PRECONDITION,
              "it is %s, and does not train".formatted(word(panda.phase())));
    };
  }

  private Effect<PandaJournalEvent, Panda> end(End end) {
    if (panda.phase() == PandaPhase.PANDA_ENDED) {
      return doing(() -> end.replyTo().tell(StatusReply.success(lastEntry())));
    }
    return halt(
        entry(InterventionKind.INTERVENTION_END, end.request().getWho(), end.request().getWhy()),
        "it is ended",
        end.replyTo());
  }

  private Effect<PandaJournalEvent, Panda> halt(
      Intervention.Builder entry, String reason, ActorRef<StatusReply<Intervention>> replyTo) {
    int branch = panda.branch();
    if (!panda.isLeased(branch)) {
      entry.setStep(panda.branch(branch).getStep()).setEpoch(panda.branch(branch).getEpoch());
    }
    return decide(
        event().setAsked(PandaAsked.newBuilder().setEntry(entry)),
        () -> {
          context
              .getLog()
              .info("{} {}: {} {}", entry.getWho(), word(panda.phase()), reason, entry.getWhy());
          stop(branch, TrialState.RETRYING, reason);
          replyTo.tell(StatusReply.success(panda.entry(entry.getNumber())));
        });
  }

  private Intervention lastEntry() {
    return panda.ledger().getLast();
  }

  private Effect<PandaJournalEvent, Panda> resume(Resume resume) {
    return switch (panda.phase()) {
      case PANDA_PAUSED, PANDA_ENDED, PANDA_FAILED -> {
        PandaCheckpoint from = panda.goesOnFrom(panda.branch());
        Intervention.Builder entry =
            entry(
                InterventionKind.INTERVENTION_RESUME,
                resume.request().getWho(),
                resume.request().getWhy());
        if (from != null) {
          entry.setStep(from.getStep()).setEpoch(from.getEpoch());
        }
        yield decide(
            event().setAsked(PandaAsked.newBuilder().setEntry(entry)),
            () -> {
              pool.tell(new WorkerPool.WorkAvailable(panda.id()));
              resume.replyTo().tell(StatusReply.success(panda.entry(entry.getNumber())));
            });
      }
      case PANDA_TRAINING, PANDA_WAITING, PANDA_WORKER_LOST ->
          doing(() -> resume.replyTo().tell(StatusReply.success(lastEntry())));
      default ->
          refuse(
              resume.replyTo(),
              Code.FAILED_PRECONDITION,
              "it diverged, and would again; roll it back, with --to best");
    };
  }

  private Effect<PandaJournalEvent, Panda> rollBack(RollBack rollBack) {
    Effect<PandaJournalEvent, Panda> known =
        saidBefore(rollBack.request().getRequestId(), rollBack.replyTo());
    if (known != null) {
      return known;
    }
    if (RollbackTarget.needsCurve(rollBack.request())) {
      context.pipeToSelf(way(panda.branch()), (way, failure) -> new Found(rollBack, way, failure));
      return Effect().none();
    }
    return rollBack(rollBack, List.of());
  }

  private Effect<PandaJournalEvent, Panda> found(Found found) {
    return found.way() == null
        ? doing(
            () ->
                found
                    .rollBack()
                    .replyTo()
                    .tell(StatusReply.error("the curve store cannot be read: " + found.failure())))
        : rollBack(found.rollBack(), found.way());
  }

  private Effect<PandaJournalEvent, Panda> rollBack(RollBack rollBack, List<List<CurvePoint>> way) {
    RollBackPandaRequest request = rollBack.request();
    RollbackTarget target;
    try {
      target = RollbackTarget.of(panda, request, way, clock.millis());
    } catch (RequestException e) {
      return refuse(rollBack.replyTo(), e.code(), String.valueOf(e.getMessage()));
    }
    int left = panda.branch();
    int next = panda.branches().size();
    Intervention.Builder entry =
        entry(InterventionKind.INTERVENTION_ROLLBACK, request.getWho(), request.getWhy())
            .setBranch(next)
            .setFromBranch(left)
            .setCheckpoint(target.checkpoint())
            .setStep(target.step())
            .setEpoch(target.epoch());
    if (!window.isEmpty()) {
      entry.setPointBefore(window.getLast());
    }
    PandaBranch branch =
        PandaBranch.newBuilder()
            .setBranch(next)
            .setParent(target.branch())
            .setFromStep(target.step())
            .setFromEpoch(target.epoch())
            .setFromEntry(target.entry())
            .setStep(target.step())
            .setEpoch(target.epoch())
            .setBeganAtMillis(clock.millis())
            .build();
    return decide(
        event()
            .setAsked(
                PandaAsked.newBuilder()
                    .setEntry(entry)
                    .setRequestId(request.getRequestId())
                    .setBranch(branch)),
        () -> {
          context
              .getLog()
              .info(
                  "{} rolls back from branch {} to step {} of branch {}: branch {} begins. {}",
                  entry.getWho(),
                  left,
                  target.step(),
                  target.branch(),
                  next,
                  entry.getWhy());
          stop(left, TrialState.CANCELLED, "the panda was rolled back");
          window = new ArrayList<>();
          alerts.clear();
          context.pipeToSelf(
              way(next), (points, failure) -> new WindowLoaded(next, points, failure));
          pool.tell(new WorkerPool.WorkAvailable(panda.id()));
          rollBack.replyTo().tell(StatusReply.success(panda.entry(entry.getNumber())));
        });
  }

  private Effect<PandaJournalEvent, Panda> takeCheckpoint(TakeCheckpoint take) {
    if (panda.phase() == PandaPhase.PANDA_TRAINING && workers.containsKey(panda.branch())) {
      checkpointing.add(take);
      askForCheckpoint();
      return Effect().none();
    }
    PandaCheckpoint last = panda.goesOnFrom(panda.branch());
    return last == null
        ? refuse(
            take.replyTo(),
            Code.FAILED_PRECONDITION,
            "it does not train at present, and no checkpoint was taken yet")
        : name(take, last.getNumber());
  }

  private Effect<PandaJournalEvent, Panda> name(TakeCheckpoint take, int number) {
    String name = take.request().getName();
    PandaCheckpoint checkpoint = panda.checkpoint(number);
    if (checkpoint == null) {
      return takeCheckpoint(take); // Dropped in the meantime.
    }
    if (name.isEmpty() || name.equals(checkpoint.getName())) {
      return doing(() -> take.replyTo().tell(StatusReply.success(checkpoint)));
    }
    PandaCheckpoint named = checkpoint.toBuilder().setName(name).build();
    return decide(
        event()
            .setCheckpointNamed(PandaCheckpointNamed.newBuilder().setNumber(number).setName(name)),
        () -> take.replyTo().tell(StatusReply.success(named)));
  }

  private Effect<PandaJournalEvent, Panda> network(GetNetwork get) {
    PandaCheckpoint checkpoint = panda.checkpoint(get.checkpoint());
    if (checkpoint == null) {
      return refuse(
          get.replyTo(),
          Code.NOT_FOUND,
          "it has no checkpoint %d, or keeps it no longer".formatted(get.checkpoint()));
    }
    get.replyTo()
        .tell(
            StatusReply.success(
                new Network(
                    checkpoint, panda.definition().data(), panda.parametersAt(checkpoint))));
    return Effect().none();
  }

  private void askForCheckpoint() {
    if (panda.phase() == PandaPhase.PANDA_TRAINING) {
      tell(
          panda.branch(),
          TrialCommand.newBuilder().setCheckpoint(CheckpointTrial.getDefaultInstance()));
    }
  }

  private Intervention.Builder entry(InterventionKind kind, String who, String why) {
    return Intervention.newBuilder()
        .setNumber(panda.nextEntry())
        .setKind(kind)
        .setAtMillis(clock.millis())
        .setWho(who)
        .setWhy(why)
        .setBranch(panda.branch());
  }

  private <T> Effect<PandaJournalEvent, Panda> refuse(
      ActorRef<StatusReply<T>> replyTo, Code code, String why) {
    replyTo.tell(StatusReply.error(new RequestException(code, "panda " + panda.id() + ": " + why)));
    return Effect().none();
  }

  static String word(PandaPhase phase) {
    return switch (phase) {
      case PANDA_WAITING -> "waiting for a worker";
      case PANDA_TRAINING -> "training";
      case PANDA_WORKER_LOST -> "without its worker";
      case PANDA_PAUSED -> "paused";
      case PANDA_DIVERGED -> "diverged";
      case PANDA_FAILED -> "failed";
      case PANDA_ENDED -> "ended";
      case PANDA_PHASE_UNSPECIFIED, UNRECOGNIZED -> "in a state that is not known";
    };
  }

  // ---- Watchers

  private PandaPhase phase() {
    return panda.phase() == PandaPhase.PANDA_TRAINING && away.contains(panda.branch())
        ? PandaPhase.PANDA_WORKER_LOST
        : panda.phase();
  }

  private @Nullable CurvePoint last() {
    return window.isEmpty() ? null : window.getLast();
  }

  private PandaState state() {
    return PandaMessages.state(panda, phase(), last(), alerts.list());
  }

  private void changed() {
    version++;
    coordinator.tell(
        new Changed(panda.id(), PandaMessages.brief(panda, phase(), last(), alerts.list())));
    waiting.publish(this::answer);
  }

  private void watchTimeout(Watch watch) {
    if (waiting.giveUp(watch)) {
      watch
          .replyTo()
          .tell(
              StatusReply.success(
                  PandaUpdate.newBuilder().setVersion(version).setBranch(panda.branch()).build()));
    }
  }

  private boolean answer(Watch watch) {
    WatchPandaRequest request = watch.request();
    int branch = panda.branch();
    int after = request.getBranch() == branch ? request.getAfterEpoch() : 0;
    // Cursors of before a restart are smaller; one that is larger is of no panda.
    boolean changed = request.getAfterVersion() != version;
    long from = panda.branch(branch).getFromStep();
    List<CurvePoint> points =
        window.stream().filter(p -> p.getStep() > from && p.getEpoch() > after).toList();
    if (!changed && points.isEmpty()) {
      return false;
    }
    PandaUpdate.Builder update = PandaUpdate.newBuilder().setVersion(version).setBranch(branch);
    if (changed) {
      update.setState(state());
    }
    boolean whole =
        points.isEmpty()
            || window.getFirst().getStep() <= from
            || window.size() < WINDOW
            || points.getFirst().getEpoch() == after + 1;
    if (whole) {
      watch.replyTo().tell(StatusReply.success(update.addAllPoints(points).build()));
    } else {
      int last = points.getLast().getEpoch();
      setup
          .curves()
          .read(panda.id(), branch, after + 1, last)
          .whenComplete(
              (stored, failure) ->
                  watch
                      .replyTo()
                      .tell(
                          failure == null
                              ? StatusReply.success(update.addAllPoints(stored).build())
                              : StatusReply.error("the curve store cannot be read: " + failure)));
    }
    return true;
  }

  private void curve(GetCurve get) {
    int branch = get.request().getBranch();
    if (branch < 0 || branch > panda.branch()) {
      refuse(
          get.replyTo(),
          Code.NOT_FOUND,
          "it has no branch %d; they are 0 to %d".formatted(branch, panda.branch()));
      return;
    }
    List<PandaBranch> branches = panda.way(branch);
    int most = get.request().getMost();
    way(branch)
        .whenComplete(
            (way, failure) -> {
              if (failure != null) {
                get.replyTo().tell(StatusReply.error("the curve store cannot be read: " + failure));
                return;
              }
              GetPandaCurveResponse.Builder response = GetPandaCurveResponse.newBuilder();
              int all = way.stream().mapToInt(List::size).sum();
              for (int i = 0; i < way.size(); i++) {
                response.addStretches(
                    TrialPoints.newBuilder()
                        .setTrial(branches.get(i).getBranch())
                        .addAllPoints(thinned(way.get(i), all, most)));
              }
              get.replyTo().tell(StatusReply.success(response.build()));
            });
  }

  /** Of points among others, their part of so many in all; the best and the last are among them. */
  private List<CurvePoint> thinned(List<CurvePoint> points, int all, int most) {
    if (most <= 0 || all <= most) {
      return points;
    }
    CurvePoint best = points.stream().reduce(this::better).orElse(null);
    int every = (all + most - 1) / most;
    List<CurvePoint> thinned = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      CurvePoint point = points.get(i);
      if (i % every == 0 || point.equals(best) || i == points.size() - 1) {
        thinned.add(point);
      }
    }
    return thinned;
  }
}
