package dev.caviar.coordinator.sweep;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.PostStop;
import akka.actor.typed.PreRestart;
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
import dev.caviar.coordinator.pool.WorkSource;
import dev.caviar.coordinator.pool.WorkerPool;
import dev.caviar.coordinator.schedule.Schedule;
import dev.caviar.coordinator.schedule.Standings;
import dev.caviar.coordinator.schedule.Verdict;
import dev.caviar.coordinator.search.ChangedSpace;
import dev.caviar.coordinator.search.Draws;
import dev.caviar.coordinator.search.Exploration;
import dev.caviar.coordinator.search.History;
import dev.caviar.coordinator.search.Proposal;
import dev.caviar.coordinator.search.RepeatedPoint;
import dev.caviar.coordinator.search.Sampler;
import dev.caviar.coordinator.search.Stage;
import dev.caviar.coordinator.search.TrialSeed;
import dev.caviar.coordinator.search.WarmStart;
import dev.caviar.coordinator.space.ChangedRange;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.GivenPoint;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Constraint;
import dev.caviar.coordinator.space.SweepDefinition.Metric;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import dev.caviar.coordinator.store.BlobStore;
import dev.caviar.coordinator.store.CurveStore;
import dev.caviar.coordinator.store.Inlet;
import dev.caviar.coordinator.store.JournalLag;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.ChangeSpaceRequest;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.EarlierTrial;
import dev.caviar.proto.v1.EnqueuePointsRequest;
import dev.caviar.proto.v1.EnqueuedPoint;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.GetTrialResponse;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.LeaseVoid;
import dev.caviar.proto.v1.ListAttemptsRequest;
import dev.caviar.proto.v1.ListAttemptsResponse;
import dev.caviar.proto.v1.Model;
import dev.caviar.proto.v1.ModelReport;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterChange;
import dev.caviar.proto.v1.PauseTrial;
import dev.caviar.proto.v1.ResumeTrial;
import dev.caviar.proto.v1.SearchStage;
import dev.caviar.proto.v1.StopTrial;
import dev.caviar.proto.v1.StoredStart;
import dev.caviar.proto.v1.SweepSnapshot;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepSummary;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialCheckpoint;
import dev.caviar.proto.v1.TrialCommand;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialEndedAck;
import dev.caviar.proto.v1.TrialModel;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.TrialReport;
import dev.caviar.proto.v1.TrialReportAck;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import dev.caviar.proto.v1.WorkerMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.MDC;

/**
 * Runs one sweep: gives a trial to whoever asks for one, takes reports from whoever holds the
 * lease, and knows when it is over. It is event-sourced: a decision is a {@link SweepEvent}, and
 * nobody outside hears of it before it is in the journal.
 *
 * <p>Decisions are taken at once and written in batches: while one batch is on its way to the disk,
 * what arrives is decided and makes up the next. A batch's curve points are stored before its
 * events, so that a journalled decision never rests on points that a crash has taken.
 *
 * <p>The fence: a report counts only under the trial's present attempt. A trial whose worker was
 * lost gets the next attempt, and whatever still comes from the old one is dropped and counted.
 */
public final class SweepActor extends EventSourcedBehavior<SweepActor.Command, SweepEvent, Sweep> {
  /** A trial whose worker was lost this often, without getting any further, is given up. */
  public static final int MAX_LOSSES = 5;

  /** How long a cancelled trial may take to end before the sweep ends without its word. */
  static final Duration CANCEL_TIMEOUT = Duration.ofSeconds(10);

  /** A sweep that is over and that nobody asks about leaves memory. */
  static final Duration IDLE_TIMEOUT = Duration.ofMinutes(10);

  /** The name of the request by which the points of a submission are enqueued. */
  private static final String SUBMISSION = "with the submission";

  /** How often watchers see at most how far trials have come; their points they see at once. */
  private static final Duration PROGRESS_INTERVAL = Duration.ofMillis(100);

  /** In one row of the journal, which is short then. */
  private static final int EVENTS_IN_ROW = 32;

  /** The last, and one before it. */
  private static final int SNAPSHOTS_KEPT = 2;

  /** In one answer; who wants to know of more asks for a part. */
  private static final int MOST_TRIALS_TOLD = 50_000;

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

  /** A worker that dialled in again still has this trial. */
  public record LeaseHeld(String workerId, ActorRef<CoordinatorMessage> worker, Lease lease)
      implements Command {}

  /** A worker is silent; it may come back. */
  public record WorkerAway(ActorRef<CoordinatorMessage> worker) implements Command {}

  /** Whatever this worker held comes back. */
  public record WorkerLost(ActorRef<CoordinatorMessage> worker) implements Command {}

  /**
   * What came after a cursor: answered at once if there is anything, else when there is, or with
   * nothing after {@link WaitingWatches#TIMEOUT}.
   */
  public record Watch(long afterCursor, ActorRef<StatusReply<Updates>> replyTo)
      implements Command {}

  /**
   * The answer to {@link Watch}.
   *
   * @param over whether the sweep is over and this is the last there is
   * @param caughtUp whether this is all there is so far
   */
  public record Updates(List<SweepUpdate> updates, boolean over, boolean caughtUp) {}

  /** All there is to know but the curves. */
  public record Get(GetSweepRequest request, ActorRef<StatusReply<GetSweepResponse>> replyTo)
      implements Command {}

  /** Who had which trial, and when. */
  public record ListAttempts(
      ListAttemptsRequest request, ActorRef<StatusReply<ListAttemptsResponse>> replyTo)
      implements Command {}

  /** One trial with its whole curve. */
  public record GetTrial(int trial, ActorRef<StatusReply<GetTrialResponse>> replyTo)
      implements Command {}

  /** No new trials until resumed. */
  public record Pause(String reason, ActorRef<StatusReply<Done>> replyTo) implements Command {}

  /** New trials again. */
  public record Resume(ActorRef<StatusReply<Done>> replyTo) implements Command {}

  /** A running trial holds still, in its slot. */
  public record PauseOne(int trial, ActorRef<StatusReply<Done>> replyTo) implements Command {}

  /** It trains again. */
  public record ResumeOne(int trial, ActorRef<StatusReply<Done>> replyTo) implements Command {}

  /** A trial that was stopped early goes on to its last epoch. */
  public record Revive(int trial, String reason, ActorRef<StatusReply<Done>> replyTo)
      implements Command {}

  /**
   * The sweep gets more trials.
   *
   * @param trials how many it is to have in all, so that it may be said again
   */
  public record Continue(int trials, ActorRef<StatusReply<Done>> replyTo) implements Command {}

  /** The next trials get these points. */
  public record Enqueue(EnqueuePointsRequest request, ActorRef<StatusReply<Done>> replyTo)
      implements Command {}

  /** Trials are drawn from other ranges from here on. */
  public record ChangeSpace(ChangeSpaceRequest request, ActorRef<StatusReply<Done>> replyTo)
      implements Command {}

  /** No new trials; those running finish, or are ended too. */
  public record End(boolean cancelRunning, String reason, ActorRef<StatusReply<Done>> replyTo)
      implements Command {}

  /** All that made a trial's network what it is, for whoever goes on with it. */
  public record GetTraining(int trial, ActorRef<StatusReply<Training>> replyTo)
      implements Command {}

  /**
   * How a trial was trained.
   *
   * @param assignment as for a worker, with its checkpoint where one is kept
   * @param step of the checkpoint; 0 without one
   * @param epoch likewise
   * @param steps trained so far, as far as is known
   * @param epochs likewise
   * @param start what it began with; null: with new weights
   */
  public record Training(
      SweepDefinition definition,
      AssignTrial assignment,
      long step,
      int epoch,
      long steps,
      int epochs,
      @Nullable StoredStart start) {}

  /** The best trial's model as far as it is known. */
  public record GetBestModel(ActorRef<StatusReply<GetBestModelResponse>> replyTo)
      implements Command {}

  /** Stop when all that was said before is dealt with. */
  public enum Leave implements Command {
    NOW
  }

  private record Taken(Runnable answer) implements Command {}

  private enum Write implements Command {
    BATCH
  }

  private record PointsStored(@Nullable Throwable failure) implements Command {}

  /**
   * @param counting the points that objectives are made of, of trials that may go on
   */
  private record Curves(
      Map<Integer, CurvePoint> lastPoints, Map<Integer, List<CurvePoint>> counting) {}

  private record Loaded(@Nullable Curves curves, @Nullable Throwable failure) implements Command {}

  private record CurveRead(
      Revive revive, @Nullable List<CurvePoint> points, @Nullable Throwable failure)
      implements Command {}

  private record PageStored(TrialPage page, @Nullable BlobRef blob, @Nullable Throwable failure)
      implements Command {}

  record WatchTimeout(Watch watch) implements Command {}

  private enum Timeout implements Command {
    CANCEL,
    RETURN,
    IDLE,
    PROGRESS
  }

  /** What a sweep tells its coordinator. */
  public sealed interface News {}

  /** Something changed; what the list of sweeps is to say of it. */
  public record Changed(String sweepId, SweepSummary summary) implements News {}

  /** It is over, and has been asked nothing for a while. */
  public record Idle(String sweepId) implements News {}

  /**
   * What a sweep is made of.
   *
   * @param sweepFile as it was submitted
   * @param onStaleReport called for each message about a trial that is no longer its sender's
   * @param earlier trials of other sweeps, whose results the sampler knows
   * @param points that the first trials are to have
   * @param retestOf the sweep whose best it tests again; empty: none
   * @param start what its trials begin with; null: with new weights
   * @param lag is told of what is on its way to the journal
   */
  public record Setup(
      String sweepId,
      String sweepFile,
      SweepDefinition definition,
      long submittedAtMillis,
      CurveStore curves,
      BlobStore blobs,
      Runnable onStaleReport,
      List<EarlierTrial> earlier,
      List<EnqueuedPoint> points,
      String retestOf,
      JournalLag lag,
      @Nullable StoredStart start) {
    /** Of a sweep whose journal nobody looks at. */
    public Setup(
        String sweepId,
        String sweepFile,
        SweepDefinition definition,
        long submittedAtMillis,
        CurveStore curves,
        BlobStore blobs,
        Runnable onStaleReport,
        List<EarlierTrial> earlier) {
      this(
          sweepId,
          sweepFile,
          definition,
          submittedAtMillis,
          curves,
          blobs,
          onStaleReport,
          earlier,
          List.of(),
          "",
          new JournalLag(),
          null);
    }

    /** Of a sweep that begins with nothing known. */
    public Setup(
        String sweepId,
        String sweepFile,
        SweepDefinition definition,
        long submittedAtMillis,
        CurveStore curves,
        BlobStore blobs,
        Runnable onStaleReport) {
      this(
          sweepId,
          sweepFile,
          definition,
          submittedAtMillis,
          curves,
          blobs,
          onStaleReport,
          List.of());
    }
  }

  /** What is to be stored together, and then to show. */
  private static final class Batch {
    final JournalLag.Write write;
    final Map<Lease, Reported> reported = new LinkedHashMap<>();
    final List<SweepEvent> events = new ArrayList<>();
    final List<Runnable> effects = new ArrayList<>();
    // Of which there is something new to see.
    final Set<Integer> shown = new LinkedHashSet<>();
    boolean sweepShown;
    List<TrialPoints> points = List.of();

    Batch(JournalLag.Write write) {
      this.write = write;
    }

    /** What is reported; nothing more may come. */
    void close() {
      points =
          reported.values().stream()
              .map(of -> of.points.build())
              .filter(of -> of.getPointsCount() > 0)
              .toList();
    }
  }

  /** What a batch has of one trial's curve, however many reports it came in. */
  private static final class Reported {
    final TrialPoints.Builder points;
    // Who said so last, and up to which epoch.
    ActorRef<CoordinatorMessage> worker;
    int epoch;

    Reported(Lease lease, ActorRef<CoordinatorMessage> worker) {
      this.points =
          TrialPoints.newBuilder().setTrial(lease.getTrial()).setAttempt(lease.getAttempt());
      this.worker = worker;
    }
  }

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final Setup setup;
  private final ActorRef<WorkerPool.Command> pool;
  private final ActorRef<News> coordinator;
  private final Executor blocking;
  private final Clock clock = Clock.systemUTC();
  // Of the sweep's definition as it is at present, with the trials that were added.
  private Sampler sampler;
  private Schedule schedule;
  private final TrialArchive archive;
  // Decided, if perhaps not written yet. Akka's own state is what is written: a snapshot of more
  // would have trials in it whose events come after it, and they would come twice.
  private final Sweep sweep;
  private final SweepFeed feed;
  private final SweepWatchers watchers;

  private @Nullable Batch next;
  private @Nullable Batch writing;
  // Whether this actor has caught up with its journal and the curve store.
  private boolean ready;

  // Who runs what, by trial number: only good while this actor and that worker live.
  private final Map<Integer, ActorRef<CoordinatorMessage>> workers = new HashMap<>();
  // Running trials whose worker is silent, or was not heard since the coordinator's restart.
  private final Set<Integer> away = new HashSet<>();
  // Of trials in no page. Kept over attempts: a retried trial trains some epochs again, to the same
  // numbers.
  private final Map<Integer, CurvePoint> lastPoints = new HashMap<>();
  private final Scores scores;
  // A trial whose model was asked for, and who has it.
  private final Map<Integer, ActorRef<CoordinatorMessage>> modelsAwaited = new HashMap<>();
  // Trained again for the model alone, which happens once.
  private final Set<Integer> trainedForModel = new HashSet<>();
  // Trials whose curve is further than their status, as watchers see it.
  private final Set<Integer> progressed = new LinkedHashSet<>();
  private boolean nothingLeft;
  // What had changed of where trials stand when those at a rung were judged last.
  private long judged = -1;
  private long staleReports;

  private SweepActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Setup setup,
      ActorRef<WorkerPool.Command> pool,
      ActorRef<News> coordinator) {
    super(
        PersistenceId.of("sweep", setup.sweepId()),
        SupervisorStrategy.restartWithBackoff(Duration.ofMillis(500), Duration.ofSeconds(30), 0.2));
    this.context = context;
    this.timers = timers;
    this.setup = setup;
    this.pool = pool;
    this.coordinator = coordinator;
    this.blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
    this.sampler = WarmStart.of(setup.definition(), setup.earlier());
    this.schedule = Schedule.of(setup.definition());
    this.archive =
        new TrialArchive(
            setup.blobs(),
            context.getSystem().settings().config().getInt("caviar.coordinator.trials-in-page"));
    this.sweep = sweep(setup, sampler, archive);
    this.scores = new Scores(setup.definition().objectives());
    // A million updates a millisecond could come before it met the next restart's.
    this.feed = new SweepFeed(clock.millis() << 20);
    this.watchers =
        new SweepWatchers(setup.sweepId(), feed, setup.curves(), this::status, this::curve, timers);
  }

  private static Sweep sweep(Setup setup, Sampler sampler, TrialArchive archive) {
    return new Sweep(
        setup.sweepId(),
        setup.definition(),
        (int) Math.min(setup.definition().search().trials(), sampler.size())
            * setup.definition().repeats().count(),
        archive);
  }

  /** What there is to say of a sweep before its actor has said anything. */
  public static SweepSummary first(Setup setup) {
    TrialArchive empty = new TrialArchive(setup.blobs(), 1);
    return SweepMessages.summary(sweep(setup, Sampler.of(setup.definition()), empty), setup);
  }

  /**
   * A sweep that begins, or goes on from its journal, at once, giving trials to the workers of a
   * pool that already knows it.
   */
  public static Behavior<Command> create(
      Setup setup, ActorRef<WorkerPool.Command> pool, ActorRef<News> coordinator) {
    return Inlet.before(
        (front, begun) ->
            Behaviors.withMdc(
                Command.class,
                Map.of("sweep", setup.sweepId()),
                Behaviors.supervise(
                        Behaviors.<Command>withTimers(
                            timers ->
                                Behaviors.setup(
                                    context -> {
                                      begun.run();
                                      return new SweepActor(
                                          context, timers, setup, pool, coordinator);
                                    })))
                    .onFailure(
                        SupervisorStrategy.restartWithBackoff(
                            Duration.ofMillis(500), Duration.ofSeconds(30), 0.2))),
        Taken::new);
  }

  /** The sweep as the pool knows it. */
  public static WorkSource source(ActorRef<Command> sweep) {
    return new WorkSource() {
      @Override
      public void nextTrial(
          String workerId, ActorRef<CoordinatorMessage> worker, ActorRef<WorkerPool.Command> pool) {
        sweep.tell(new NextTrial(workerId, worker, pool));
      }

      @Override
      public void fromWorker(
          String workerId, ActorRef<CoordinatorMessage> worker, WorkerMessage message) {
        sweep.tell(new FromWorker(workerId, worker, message));
      }

      @Override
      public void leaseHeld(String workerId, ActorRef<CoordinatorMessage> worker, Lease lease) {
        sweep.tell(new LeaseHeld(workerId, worker, lease));
      }

      @Override
      public void workerAway(ActorRef<CoordinatorMessage> worker) {
        sweep.tell(new WorkerAway(worker));
      }

      @Override
      public void workerLost(ActorRef<CoordinatorMessage> worker) {
        sweep.tell(new WorkerLost(worker));
      }
    };
  }

  /** Tells a worker that a trial's end is taken. */
  public static CoordinatorMessage acknowledge(Lease lease, boolean sendModel) {
    return CoordinatorMessage.newBuilder()
        .setTrialEndedAck(TrialEndedAck.newBuilder().setLease(lease).setSendModel(sendModel))
        .build();
  }

  /** Tells a worker that it trains in vain. */
  public static CoordinatorMessage leaseVoid(Lease lease) {
    return CoordinatorMessage.newBuilder()
        .setLeaseVoid(LeaseVoid.newBuilder().setLease(lease))
        .build();
  }

  @Override
  public Sweep emptyState() {
    return sweep(setup, sampler, archive);
  }

  @Override
  public EventHandler<Sweep, SweepEvent> eventHandler() {
    return newEventHandlerBuilder()
        .forAnyState()
        .onAnyEvent(
            (state, event) -> {
              state.apply(event);
              return state;
            });
  }

  @Override
  public CommandHandler<Command, SweepEvent, Sweep> commandHandler() {
    return newCommandHandlerBuilder().forAnyState().onAnyCommand(this::handle);
  }

  @Override
  public SignalHandler<Sweep> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::recovered)
        .onSignal(PreRestart.class, (state, failed) -> abandonWrites())
        .onSignal(PostStop.class, (state, stopped) -> abandonWrites())
        .build();
  }

  private void abandonWrites() {
    if (next != null) {
      next.write.abandoned();
    }
    if (writing != null) {
      writing.write.abandoned();
    }
  }

  private Effect<SweepEvent, Sweep> handle(Sweep written, Command command) {
    if (command instanceof Loaded loaded) {
      return begin(loaded, written);
    }
    if (!ready) {
      return Effect().stash();
    }
    switch (command) {
      case Write now -> {
        return write();
      }
      case PointsStored stored -> {
        return writeEvents(stored);
      }
      case Leave now -> {
        return Effect().stop();
      }
      case Taken taken -> {
        taken.answer().run();
        return Effect().none();
      }
      case PageStored stored -> {
        pageStored(stored);
        return Effect().none();
      }
      case NextTrial ask -> nextTrial(ask);
      case FromWorker from -> hear(from);
      case LeaseHeld held -> takeBack(held);
      case WorkerAway gone -> workerAway(gone);
      case WorkerLost lost -> workerLost(lost);
      case Watch watch -> watchers.answer(watch, settled());
      case WatchTimeout timeout -> watchers.giveUp(timeout.watch());
      case Get get -> get(get);
      case ListAttempts list -> then(() -> attempts(list));
      // Once its points are stored.
      case GetTrial get -> then(() -> getTrial(get));
      case Pause pause -> pause(pause);
      case Resume resume -> resume(resume);
      case PauseOne pause -> pauseOne(pause);
      case ResumeOne resume -> resumeOne(resume);
      case Revive revive -> revive(revive);
      case CurveRead read -> curveRead(read);
      case Continue more -> continueWith(more);
      case Enqueue enqueue -> enqueue(enqueue);
      case ChangeSpace change -> changeSpace(change);
      case End end -> end(end);
      case GetTraining get -> training(get);
      // Once what it tells of is written.
      case GetBestModel get -> then(() -> bestModel(get));
      case Timeout timeout -> {
        switch (timeout) {
          case CANCEL -> giveUpRunning();
          case RETURN -> giveUpAbsent();
          case IDLE -> coordinator.tell(new Idle(sweep.id()));
          case PROGRESS -> showProgress();
        }
      }
      case Loaded loaded -> throw new IllegalStateException("handled above");
    }
    judge();
    settle();
    if (sweep.isOver()) {
      timers.startSingleTimer(Timeout.IDLE, IDLE_TIMEOUT);
    }
    return Effect().none();
  }

  // ---- Writing

  /** Remembers a decision; it is in force at once, and is to be written with the next batch. */
  private void decide(SweepEvent event) {
    switch (event) {
      // Which begin anew what is over, and may be packed.
      case SweepEvent.TrialRevived revived -> unpack(revived.trial());
      case SweepEvent.TrialReturned returned -> unpack(returned.trial());
      default -> {}
    }
    sweep.apply(event);
    batch().events.add(event);
    switch (event) {
      case SweepEvent.Several several ->
          throw new IllegalStateException("decisions are taken one by one");
      case SweepEvent.StageBegan began ->
          show(StageMessages.message(began.stage(), sweep.repeats()));
      case SweepEvent.TrialSampled sampled -> showTrial(sampled.trial());
      case SweepEvent.TrialLeased leased -> showTrial(leased.trial());
      case SweepEvent.TrialReturned returned -> showTrial(returned.trial());
      case SweepEvent.TrialPaused paused -> showTrial(paused.trial());
      case SweepEvent.TrialResumed resumed -> showTrial(resumed.trial());
      case SweepEvent.TrialOver over -> {
        if (over.state() != TrialState.STOPPED_EARLY) { // Which may be revived.
          scores.forget(over.trial());
        }
        showTrial(over.trial());
        showSweep();
      }
      case SweepEvent.TrialCheckpointed checkpointed -> {}
      case SweepEvent.RungReached reached -> {}
      case SweepEvent.TrialPromoted promoted -> showTrial(promoted.trial());
      case SweepEvent.TrialHeld held -> showTrial(held.trial());
      case SweepEvent.TrialExploited exploited -> showTrial(exploited.trial());
      case SweepEvent.TrialsAdded more -> showSweep();
      case SweepEvent.PointsEnqueued more -> {}
      case SweepEvent.SpaceChanged changed -> {}
      case SweepEvent.TrialRevived revived -> {
        showTrial(revived.trial());
        showSweep();
      }
      case SweepEvent.ModelStored stored -> showSweep();
      case SweepEvent.SweepPaused paused -> showSweep();
      case SweepEvent.SweepResumed resumed -> showSweep();
      case SweepEvent.EndRequested end -> showSweep();
      case SweepEvent.SweepOver over -> showSweep();
    }
  }

  /** What is to be done once all that was decided so far is written. */
  private void then(Runnable effect) {
    batch().effects.add(effect);
  }

  private Batch batch() {
    Batch batch = next;
    if (batch == null) {
      batch = new Batch(setup.lag().begin());
      next = batch;
      if (writing == null) {
        context.getSelf().tell(Write.BATCH);
      }
    }
    return batch;
  }

  private Effect<SweepEvent, Sweep> write() {
    Batch batch = next;
    if (writing != null || batch == null) {
      return Effect().none();
    }
    next = null;
    writing = batch;
    show(batch);
    batch.close();
    if (batch.points.isEmpty()) {
      return writeEvents(new PointsStored(null));
    }
    context.pipeToSelf(
        setup.curves().append(sweep.id(), batch.points),
        (done, failure) -> new PointsStored(failure));
    return Effect().none();
  }

  private Effect<SweepEvent, Sweep> writeEvents(PointsStored stored) {
    if (stored.failure() != null) {
      // Starts anew from what is written; workers send again what was not acknowledged.
      throw new IllegalStateException("curve points could not be stored", stored.failure());
    }
    Batch batch = writing;
    if (batch == null) {
      throw new IllegalStateException("no batch is being written");
    }
    return batch.events.isEmpty()
        ? Effect().none().thenRun((Sweep now) -> written(batch, now))
        : Effect().persist(rows(batch.events)).thenRun((Sweep now) -> written(batch, now));
  }

  /** As few as the events fit in: what a row costs is the same, however many are in it. */
  private static List<SweepEvent> rows(List<SweepEvent> events) {
    List<SweepEvent> rows = new ArrayList<>();
    for (int from = 0; from < events.size(); from += EVENTS_IN_ROW) {
      List<SweepEvent> row = events.subList(from, Math.min(from + EVENTS_IN_ROW, events.size()));
      rows.add(row.size() == 1 ? row.getFirst() : new SweepEvent.Several(row));
    }
    return rows;
  }

  private void written(Batch batch, Sweep now) {
    batch.points.forEach(feed::add);
    batch.reported.forEach(
        (lease, reported) -> reported.worker.tell(pointsStored(lease, reported.epoch)));
    // Akka sets it for commands, and this comes with the journal's answer.
    try (var _ = MDC.putCloseable("sweep", sweep.id())) {
      batch.effects.forEach(Runnable::run);
    }
    if (batch.events.isEmpty()) {
      batch.write.abandoned();
    } else {
      batch.write.written(batch.events.size());
    }
    writing = null;
    if (next != null) {
      context.getSelf().tell(Write.BATCH);
    }
    if (!batch.events.isEmpty()) {
      coordinator.tell(new Changed(sweep.id(), SweepMessages.summary(sweep, setup)));
    }
    watchers.publish(settled());
    pack(now);
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return RetentionCriteria.snapshotEvery(
        context.getSystem().settings().config().getInt("caviar.coordinator.snapshot-after"),
        SNAPSHOTS_KEPT);
  }

  @Override
  public boolean shouldSnapshot(Sweep state, SweepEvent event, long sequenceNumber) {
    return state.isOver();
  }

  @Override
  public SnapshotAdapter<Sweep> snapshotAdapter() {
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(Sweep state) {
        return SweepSnapshots.of(state);
      }

      @Override
      public Sweep fromJournal(Object from) {
        Sweep written = sweep(setup, sampler, archive);
        SweepSnapshots.restore((SweepSnapshot) from, written);
        return written;
      }
    };
  }

  // ---- Trials that are over

  /** Packs the pages whose trials are all over, as far as that is written. */
  private void pack(Sweep written) {
    for (int first : written.packable()) {
      List<Trial> trials = written.packable(first);
      if (!sweep.packable().contains(first) || !trials.equals(sweep.packable(first))) {
        continue; // One of them goes on, which is not written yet.
      }
      int end = first + trials.size();
      Map<Integer, CurvePoint> points = new HashMap<>();
      for (int number = first; number < end; number++) {
        CurvePoint last = lastPoints.remove(number);
        if (last != null) {
          points.put(number, last);
        }
        scores.forget(number);
      }
      TrialPage page =
          TrialArchive.pack(
              new TrialArchive.Contents(trials, written.attempts(first, end), points));
      written.pack(page);
      sweep.pack(page);
      feed.pack(page);
      store(page);
    }
  }

  private void store(TrialPage page) {
    byte[] bytes = page.bytes();
    if (bytes != null) {
      context.pipeToSelf(
          CompletableFuture.supplyAsync(() -> archive.store(bytes), blocking),
          (blob, failure) -> new PageStored(page, blob, failure));
    }
  }

  private void pageStored(PageStored stored) {
    BlobRef blob = stored.blob();
    if (blob != null) {
      stored.page().stored(blob);
    } else {
      // Snapshots have its trials one by one, and the next restart tries again.
      context
          .getLog()
          .warn(
              "Trials {} to {} stay in memory, as they could not be stored",
              stored.page().first(),
              stored.page().end() - 1,
              stored.failure());
    }
  }

  /** One of its trials goes on. */
  private void unpack(int number) {
    TrialPage page = sweep.page(number);
    if (page == null) {
      return;
    }
    TrialArchive.Contents contents = archive.contents(page);
    lastPoints.putAll(contents.lastPoints());
    feed.unpack(page, this::status, this::curve);
  }

  private SweepFeed.@Nullable StoredCurve curve(int number) {
    CurvePoint last = lastPoint(number);
    return last == null
        ? null
        : new SweepFeed.StoredCurve(0, number, sweep.trial(number).attempt(), last.getEpoch());
  }

  private @Nullable CurvePoint lastPoint(int number) {
    TrialPage page = sweep.page(number);
    return page == null ? lastPoints.get(number) : archive.contents(page).lastPoints().get(number);
  }

  // ---- Beginning

  private void recovered(Sweep written) {
    sweep.restore(written);
    followDefinition();
    List<Integer> single = sweep.single().stream().map(Trial::number).toList();
    List<Integer> goingOn =
        sweep.single().stream().filter(trial -> !trial.isOver()).map(Trial::number).toList();
    context.pipeToSelf(
        setup.curves().lastPoints(sweep.id(), single).thenCompose(last -> read(goingOn, last)),
        Loaded::new);
  }

  private CompletionStage<Curves> read(List<Integer> trials, Map<Integer, CurvePoint> lastPoints) {
    CompletionStage<Map<Integer, List<CurvePoint>>> counting =
        CompletableFuture.completedFuture(new HashMap<>());
    for (int trial : trials) {
      CurvePoint last = lastPoints.get(trial);
      if (last != null) {
        counting =
            counting.thenCombine(
                curve(trial, last),
                (all, curve) -> {
                  all.put(trial, curve);
                  return all;
                });
      }
    }
    return counting.thenApply(all -> new Curves(lastPoints, all));
  }

  /** The points that a trial's objectives are made of. */
  private CompletionStage<List<CurvePoint>> curve(int trial, CurvePoint last) {
    int first = scores.firstEpoch(last.getEpoch());
    return first == last.getEpoch()
        ? CompletableFuture.completedFuture(List.of(last))
        : setup.curves().read(sweep.id(), trial, first, last.getEpoch());
  }

  private void followDefinition() {
    sampler =
        sweep.spaceChanges().isEmpty()
            ? WarmStart.of(sweep.definition(), setup.earlier())
            : ChangedSpace.of(sweep.definition(), setup.earlier());
    schedule = Schedule.of(sweep.definition());
  }

  private Effect<SweepEvent, Sweep> begin(Loaded loaded, Sweep written) {
    Curves curves = loaded.curves();
    if (curves == null) {
      throw new IllegalStateException("the curve store cannot be read", loaded.failure());
    }
    lastPoints.putAll(curves.lastPoints());
    curves.counting().forEach(scores::add);
    ready = true;
    feed.add(SweepMessages.status(sweep));
    for (Stage stage : sweep.stages()) {
      feed.add(StageMessages.message(stage, sweep.repeats()));
    }
    for (TrialPage page : sweep.pages()) {
      feed.add(page);
    }
    for (Trial trial : sweep.single()) {
      CurvePoint last = lastPoints.get(trial.number());
      feed.add(SweepMessages.status(sweep, trial, last, scores.of(trial.number())));
      if (last != null) {
        feed.store(trial.number(), trial.attempt(), last.getEpoch());
      }
    }
    pack(written);
    coordinator.tell(new Changed(sweep.id(), SweepMessages.summary(sweep, setup)));
    if (!sweep.isOver()) {
      enter();
    }
    return Effect().none().thenUnstashAll();
  }

  private void enter() {
    Logger log = context.getLog();
    if (!setup.points().isEmpty() && !sweep.enqueueRequests().contains(SUBMISSION)) {
      // Before anything else is decided, and so before a trial is sampled.
      decide(
          new SweepEvent.PointsEnqueued(
              SUBMISSION,
              setup.points().stream()
                  .map(
                      point -> GivenPoint.of(setup.definition().space(), point.getParametersList()))
                  .toList()));
    }
    if (sweep.size() == 0) {
      log.info(
          "Sweep {} begins: {} trials of {} epochs, seed {}",
          sweep.id(),
          sweep.planned(),
          sweep.definition().epochs(),
          sweep.definition().search().seed());
    } else {
      log.info(
          "Sweep {} goes on: {} of {} trials sampled, {} running when the coordinator stopped",
          sweep.id(),
          sweep.size(),
          sweep.planned(),
          sweep.running().size());
      for (Trial trial : sweep.running()) {
        away.add(trial.number());
        feed.add(status(trial.number()));
      }
      timers.startSingleTimer(
          Timeout.RETURN,
          context.getSystem().settings().config().getDuration("caviar.coordinator.return-timeout"));
      if (sweep.cancelling()) {
        timers.startSingleTimer(Timeout.CANCEL, CANCEL_TIMEOUT);
      }
    }
    pool.tell(new WorkerPool.WorkAvailable(sweep.id()));
    settle();
  }

  /** Trials that no worker has claimed since the restart go to others. */
  private void giveUpAbsent() {
    for (Trial trial : sweep.running()) {
      if (!workers.containsKey(trial.number())) {
        giveBack(trial, "worker " + trial.workerId() + " did not come back after a restart", false);
      }
    }
    Trial best = sweep.best();
    if (best != null && sweep.modelMissing() && !modelsAwaited.containsKey(best.number())) {
      trainAgain(best);
    }
  }

  // ---- Trials

  private void nextTrial(NextTrial ask) {
    Trial trial = sweep.state() == SweepState.SWEEP_RUNNING ? nextToRun() : null;
    if (trial == null) {
      ask.pool().tell(new WorkerPool.NothingToGive(sweep.id(), ask.worker()));
      return;
    }
    decide(
        new SweepEvent.TrialLeased(
            trial.number(), trial.attempt() + 1, ask.workerId(), clock.millis()));
    Trial leased = sweep.trial(trial.number());
    workers.put(leased.number(), ask.worker());
    AssignTrial.Builder assignment = assignment(leased).setLease(lease(leased));
    SweepEvent.TrialCheckpointed checkpoint = leased.checkpoint();
    schedule.rungs(leased.number()).stream()
        .filter(epoch -> epoch > leased.promoted())
        .forEach(assignment::addRungs);
    then(
        () -> {
          context
              .getLog()
              .info(
                  "Trial {} attempt {} goes to {}{}: {}",
                  leased.number(),
                  leased.attempt(),
                  ask.workerId(),
                  checkpoint == null ? "" : " from step " + checkpoint.step(),
                  SweepMessages.readable(leased));
          ask.worker().tell(CoordinatorMessage.newBuilder().setAssignTrial(assignment).build());
        });
  }

  /** Its training from the start, so that it can go on without its checkpoint too. */
  private AssignTrial.Builder assignment(Trial trial) {
    AssignTrial.Builder assignment =
        AssignTrial.newBuilder()
            .setData(sweep.definition().data())
            .setSeed(trial.seed())
            .setMaxNetworkParameters(sweep.definition().largestNetwork())
            .setLayerStatistics(sweep.definition().layerStatistics());
    SweepEvent.TrialCheckpointed checkpoint = trial.checkpoint();
    if (checkpoint != null) {
      assignment.setCheckpoint(checkpoint.checkpoint());
    }
    List<Trial.Stretch> stretches = trial.stretches();
    List<Parameter> first = parameters(stretches.getFirst());
    assignment.addAllParameters(first);
    StoredStart start = setup.start();
    if (start != null) {
      if (checkpoint == null) {
        assignment.setCheckpoint(start.getCheckpoint());
      }
      // The checkpoint has the values of before.
      assignment.addChanges(
          ParameterChange.newBuilder()
              .setAfterStep(start.getStep())
              .addAllParameters(first)
              .setRestartDecay(true));
    }
    assignment.addAllChanges(sweep.definition().space().changes(first));
    for (Trial.Stretch stretch : stretches.subList(1, stretches.size())) {
      assignment.addChanges(
          ParameterChange.newBuilder()
              .setAfterStep(stretch.fromStep())
              .addAllParameters(parameters(stretch)));
    }
    return assignment;
  }

  private void training(GetTraining get) {
    Trial trial = known(get.trial(), get.replyTo());
    if (trial == null) {
      return;
    }
    SweepEvent.TrialCheckpointed checkpoint = trial.checkpoint();
    TrialStatus status = status(trial.number());
    Training training =
        new Training(
            sweep.definition(),
            assignment(trial).build(),
            checkpoint == null ? 0 : checkpoint.step(),
            checkpoint == null ? 0 : checkpoint.epoch(),
            status.getSteps(),
            status.getEpochs(),
            setup.start());
    then(() -> get.replyTo().tell(StatusReply.success(training)));
  }

  private List<Parameter> parameters(Trial.Stretch stretch) {
    return sweep.definition().space().parameters(stretch.point());
  }

  /** One that came back, or else a new one; null if there is none at present. */
  private @Nullable Trial nextToRun() {
    Trial waiting = sweep.firstWaiting();
    if (waiting != null) {
      return waiting;
    }
    if (nothingLeft || sweep.size() >= sweep.planned()) {
      nothingLeft = true;
      return null;
    }
    int number = sweep.size();
    long seed = TrialSeed.of(sweep.definition(), number);
    int point = sweep.points();
    if (number < point * sweep.repeats()) {
      Trial first = sweep.ofPoint(point - 1).getFirst();
      decide(new SweepEvent.TrialSampled(number, first.point(), seed, first.stage()));
      return sweep.trial(number);
    }
    if (!sweep.enqueued().isEmpty()) {
      Stage stage = sweep.stage();
      decide(
          new SweepEvent.TrialSampled(
              number,
              Draws.completed(
                  sweep.definition().space(),
                  sweep.enqueued().iterator().next(),
                  sweep.definition().search().seed(),
                  point),
              seed,
              stage == null ? 0 : stage.number(),
              true));
      return sweep.trial(number);
    }
    return switch (sampler.propose(point, history())) {
      case Proposal.Sampled(var sampled, var stage) -> {
        if (stage != null && isNew(stage)) {
          decide(new SweepEvent.StageBegan(stage));
        }
        decide(
            new SweepEvent.TrialSampled(number, sampled, seed, stage == null ? 0 : stage.number()));
        yield sweep.trial(number);
      }
      case Proposal.Wait(var reason) -> {
        if (sweep.noneActive() && !sweep.noneOpen()) {
          // They wait for trials that wait for their end: judged without those, they make way.
          judge(sweep.size());
        } else if (sweep.noneOpen()) {
          // A sampler's mistake, which would otherwise show as a sweep that never ends.
          context.getLog().error("Trial {} waits for nothing that runs: {}", number, reason);
          decide(new SweepEvent.EndRequested(false, "the sampler waits: " + reason));
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

  /** Kept up only for samplers that look at it. */
  private History history() {
    return sampler.independentOfResults() == Integer.MAX_VALUE
        ? new History(List.of(), sweep.definition().objective().minimize())
        : sweep.history();
  }

  private boolean isNew(Stage stage) {
    Stage present = sweep.stage();
    return present == null || stage.number() > present.number();
  }

  private void hear(FromWorker from) {
    WorkerMessage message = from.message();
    switch (message.getMessageCase()) {
      case TRIAL_REPORT -> takeReport(message.getTrialReport(), from);
      case TRIAL_CHECKPOINT -> takeCheckpoint(message.getTrialCheckpoint(), from);
      case TRIAL_ENDED -> takeEnd(message.getTrialEnded(), from);
      case TRIAL_MODEL -> takeModel(message.getTrialModel());
      default -> context.getLog().debug("Nothing is done with {}", message.getMessageCase());
    }
  }

  private void countStale() {
    staleReports++;
    setup.onStaleReport().run();
  }

  /** What was said under a lease that is not a running trial's. */
  private void drop(Lease lease, FromWorker from) {
    countStale();
    // Said before it was over, and come after it: whoever hands its model over is not to stop.
    if (!handsModelOver(lease)) {
      from.worker().tell(leaseVoid(lease));
    }
  }

  private void takeReport(TrialReport report, FromWorker from) {
    Lease lease = report.getLease();
    if (!isPresent(lease)) {
      drop(lease, from);
      return;
    }
    adopt(lease.getTrial(), from.worker());
    int number = lease.getTrial();
    CurvePoint last = lastPoints.get(number);
    int known = last == null ? 0 : last.getEpoch();
    List<CurvePoint> points =
        report.getPointsList().stream().filter(point -> point.getEpoch() > known).toList();
    int reported = report.getPointsCount() == 0 ? 0 : report.getPointsList().getLast().getEpoch();
    if (!points.isEmpty()) {
      if (points.getFirst().getEpoch() != known + 1) {
        from.worker().tell(leaseVoid(lease));
        giveBack(
            sweep.trial(number),
            "its curve jumps from epoch " + known + " to " + points.getFirst().getEpoch(),
            true);
        return;
      }
      lastPoints.put(number, points.getLast());
      scores.add(number, points);
    }
    Reported of =
        batch().reported.computeIfAbsent(lease, first -> new Reported(lease, from.worker()));
    of.points.addAllPoints(points);
    of.worker = from.worker();
    of.epoch = Math.max(of.epoch, reported);
    if (!points.isEmpty()) {
      showProgress(number);
      endIfTooCostly(sweep.trial(number), points.getLast());
    }
  }

  private static CoordinatorMessage pointsStored(Lease lease, int epoch) {
    return CoordinatorMessage.newBuilder()
        .setTrialReportAck(TrialReportAck.newBuilder().setLease(lease).setEpoch(epoch))
        .build();
  }

  private void takeCheckpoint(TrialCheckpoint checkpoint, FromWorker from) {
    Lease lease = checkpoint.getLease();
    if (!isPresent(lease)) {
      drop(lease, from);
      if (!isKept(lease.getTrial(), checkpoint.getCheckpoint())) {
        forget(checkpoint.getCheckpoint());
      }
      return;
    }
    adopt(lease.getTrial(), from.worker());
    Trial trial = sweep.trial(lease.getTrial());
    CurvePoint last = lastPoints.get(trial.number());
    if (checkpoint.getEpoch() > (last == null ? 0 : last.getEpoch())) {
      context.getLog().warn("A checkpoint of trial {} came before its points", trial.number());
      return;
    }
    SweepEvent.TrialCheckpointed before = trial.checkpoint();
    if (before == null || !before.checkpoint().equals(checkpoint.getCheckpoint())) {
      forgetCheckpoint(trial, checkpoint.getCheckpoint());
      decide(
          new SweepEvent.TrialCheckpointed(
              trial.number(),
              trial.attempt(),
              checkpoint.getCheckpoint(),
              checkpoint.getStep(),
              checkpoint.getEpoch()));
    }
    if (last != null && checkpoint.getEpoch() == last.getEpoch()) {
      reach(trial, last);
    }
  }

  /**
   * Whether a trial is to go on from it: a worker at a rung says its checkpoint until it hears an
   * answer, so the same may come again after the trial is held or stopped.
   */
  private boolean isKept(int number, BlobRef checkpoint) {
    return (number < sweep.size() && sweep.trial(number).goesOnFrom(checkpoint))
        || isShared(number, checkpoint);
  }

  /** Whether a copy of the trial is to go on from it, or the trial that this is a copy of. */
  private boolean isShared(int number, BlobRef checkpoint) {
    return schedule.copiesCheckpoints() && sweep.isSharedByAnother(number, checkpoint);
  }

  // ---- Rungs

  /** A running trial has a checkpoint after its last epoch so far, which may be a rung's. */
  private void reach(Trial trial, CurvePoint last) {
    int epoch = last.getEpoch();
    if (!schedule.rungs(trial.number()).contains(epoch)) {
      return;
    }
    if (epoch <= trial.promoted()) {
      // It did not hear that it may train on.
      tellToGoOn(trial);
    } else if (!trial.rungs().containsKey(epoch)) {
      decide(
          new SweepEvent.RungReached(trial.number(), epoch, scores.of(trial.number()).getFirst()));
    }
  }

  private void judge() {
    if (sweep.anyUndecided()) {
      judge(noneToCome() ? sweep.size() : sweep.planned());
    }
  }

  /**
   * Decides what can be decided of the trials that are at a rung, unless nothing has changed since
   * it was tried last.
   *
   * @param expected how many trials there will be
   */
  private void judge(int expected) {
    Standings standings = sweep.standings(expected);
    while (judged != standings.changes()) {
      judged = standings.changes();
      sweep.arrived().forEach(trial -> judge(trial, standings));
      sweep.heldAt().forEach(epoch -> judgeHeld(epoch, standings));
    }
  }

  /** As long as one waits, so do all in its bracket that are held at the same rung. */
  private void judgeHeld(int epoch, Standings standings) {
    Trial trial = sweep.heldFrom(0, epoch);
    while (trial != null) {
      boolean waits = judge(trial, standings) instanceof Verdict.Wait;
      int number = trial.number();
      trial = sweep.heldFrom(waits ? schedule.bracketEnd(number) : number + 1, epoch);
    }
  }

  private Verdict judge(Trial trial, Standings standings) {
    int epoch = trial.undecided();
    Verdict verdict = schedule.judge(trial.number(), epoch, standings);
    switch (verdict) {
      case Verdict.GoOn(var reason) -> promote(trial, epoch, reason);
      case Verdict.Stop(var reason) -> stopEarly(trial, epoch, reason);
      case Verdict.Wait(var reason) -> hold(trial, epoch, reason);
      case Verdict.Exploit exploit -> exploit(trial, epoch, exploit);
    }
    return verdict;
  }

  private void promote(Trial trial, int epoch, String reason) {
    decide(new SweepEvent.TrialPromoted(trial.number(), epoch, reason));
    if (trial.held()) {
      then(() -> pool.tell(new WorkerPool.WorkAvailable(sweep.id())));
    } else {
      tellToGoOn(trial);
    }
    log("Trial {} attempt {} goes on after epoch {}: {}", trial, epoch, reason);
  }

  private void tellToGoOn(Trial trial) {
    if (trial.state() == TrialState.RUNNING) {
      tellWorker(trial, resume(trial));
    }
  }

  private TrialCommand.Builder resume(Trial trial) {
    int promoted = sweep.trial(trial.number()).promoted();
    return TrialCommand.newBuilder().setResume(ResumeTrial.newBuilder().setPromotedEpoch(promoted));
  }

  /** It keeps its checkpoint. */
  private void stopEarly(Trial trial, int epoch, String reason) {
    SweepEvent.TrialCheckpointed checkpoint = trial.checkpoint();
    CurvePoint last = lastPoints.get(trial.number());
    release(trial, TrialState.STOPPED_EARLY, reason);
    decide(
        new SweepEvent.TrialOver(
            trial.number(),
            trial.attempt(),
            TrialState.STOPPED_EARLY,
            "after epoch " + epoch + ": " + reason,
            checkpoint == null ? 0 : checkpoint.step(),
            epoch,
            last == null ? 0 : last.getElapsedMicros(),
            trial.rungs().get(epoch),
            clock.millis()));
    if (last != null) {
      then(() -> feed.store(trial.number(), trial.attempt(), last.getEpoch()));
    }
    then(() -> pool.tell(new WorkerPool.WorkAvailable(sweep.id())));
    log("Trial {} attempt {} is stopped early after epoch {}: {}", trial, epoch, reason);
  }

  /** It waits for a worker, as one that was promoted after it was held. */
  private void exploit(Trial trial, int epoch, Verdict.Exploit exploit) {
    Point point =
        Exploration.explore(
            sweep.definition().space(),
            sweep.trial(exploit.donor()).point(),
            sweep.definition().search().seed(),
            trial.number(),
            epoch,
            exploit.resample());
    String reason = exploit.reason();
    release(trial, TrialState.RETRYING, reason);
    forgetCheckpoint(trial, null);
    decide(
        new SweepEvent.TrialExploited(
            trial.number(), epoch, exploit.donor(), point, reason, clock.millis()));
    then(() -> pool.tell(new WorkerPool.WorkAvailable(sweep.id())));
    log("Trial {} attempt {} becomes a copy after epoch {}: {}", trial, epoch, reason);
  }

  /** Others use its worker while it waits for them. */
  private void hold(Trial trial, int epoch, String reason) {
    if (sweep.state() == SweepState.SWEEP_STOPPING) {
      // Promoted later it would find no worker, as none is given a trial any more.
      stopEarly(trial, epoch, "the sweep ended, and it would have waited for others");
    } else if (!trial.held()) {
      release(trial, TrialState.RETRYING, reason);
      decide(new SweepEvent.TrialHeld(trial.number(), epoch, reason, clock.millis()));
      then(() -> pool.tell(new WorkerPool.WorkAvailable(sweep.id())));
      log("Trial {} attempt {} waits after epoch {}: {}", trial, epoch, reason);
    }
  }

  private void release(Trial trial, TrialState state, String reason) {
    ActorRef<CoordinatorMessage> worker = workers.remove(trial.number());
    away.remove(trial.number());
    if (worker != null) {
      then(() -> worker.tell(stop(trial, state, reason)));
    }
  }

  /** Whether a trial's worker was told to end it at a rung. */
  private boolean wasReleased(Lease lease) {
    if (lease.getTrial() >= sweep.size()) {
      return false;
    }
    Trial trial = sweep.trial(lease.getTrial());
    return trial.attempt() == lease.getAttempt()
        && (trial.held() || trial.state() == TrialState.STOPPED_EARLY);
  }

  private void log(String line, Trial trial, int epoch, String reason) {
    then(() -> context.getLog().info(line, trial.number(), trial.attempt(), epoch, reason));
  }

  private void takeEnd(TrialEnded end, FromWorker from) {
    Lease lease = end.getLease();
    int number = lease.getTrial();
    if (!isPresent(lease)) {
      if (!wasReleased(lease)) {
        countStale();
      }
      // Over already, as a lost acknowledgement would leave it: its model may still be wanted.
      boolean awaited = awaitsModel(lease) || handsModelOver(lease);
      if (awaited && end.getState() != TrialState.COMPLETED) {
        context.getLog().warn("The model of trial {} is lost: {}", number, end.getReason());
        modelsAwaited.remove(number);
        awaited = false;
      } else if (awaited) {
        modelsAwaited.put(number, from.worker());
      }
      boolean sendModel = awaited;
      then(() -> from.worker().tell(acknowledge(lease, sendModel)));
      return;
    }
    adopt(number, from.worker());
    if (end.getState() == TrialState.RETRYING) {
      Trial trial = sweep.trial(number);
      if (end.getCheckpointMissing() && trial.checkpoint() != null) {
        beginAgain(trial, end.getReason());
      } else {
        giveBack(trial, end.getReason(), end.getLost());
      }
      then(() -> from.worker().tell(acknowledge(lease, false)));
      return;
    }
    CurvePoint last = lastPoints.get(number);
    if (end.getState() == TrialState.COMPLETED
        && (last == null || last.getEpoch() < end.getEpochs())) {
      // Not acknowledged, so it comes again, and then after its points.
      context.getLog().warn("The end of trial {} came before its last points", number);
      return;
    }
    forgetCheckpoint(sweep.trial(number), null);
    decide(over(end, last, scores.of(number)));
    workers.remove(number);
    away.remove(number);
    Trial over = sweep.trial(number);
    boolean isBest = over.equals(sweep.best());
    if (isBest) {
      modelsAwaited.put(number, from.worker());
    }
    then(
        () -> {
          if (last != null) {
            feed.store(number, over.attempt(), last.getEpoch());
          }
          context
              .getLog()
              .info(
                  "Trial {} attempt {} on {} is {} after {} epochs{}{}{}",
                  number,
                  over.attempt(),
                  from.workerId(),
                  over.state(),
                  over.epochs(),
                  over.objective() == null
                      ? ""
                      : ", " + SweepMessages.readableObjective(sweep, over),
                  isBest ? ", the best so far" : "",
                  over.reason().isEmpty() ? "" : ": " + over.reason());
          from.worker().tell(acknowledge(lease, isBest));
          pool.tell(new WorkerPool.WorkAvailable(sweep.id()));
        });
  }

  /**
   * What an end comes to. Only a whole training can break constraints on what was learned; what it
   * costs is known before.
   */
  private SweepEvent.TrialOver over(
      TrialEnded end, @Nullable CurvePoint last, List<Double> values) {
    CurvePoint known =
        (last == null ? CurvePoint.newBuilder() : last.toBuilder())
            .setNetworkParameters(
                end.getNetworkParameters() > 0 || last == null
                    ? end.getNetworkParameters()
                    : last.getNetworkParameters())
            .build();
    boolean whole = end.getState() == TrialState.COMPLETED;
    boolean asked = whole || end.getState() == TrialState.INFEASIBLE;
    List<Constraint> broken =
        !asked
            ? List.of()
            : sweep.definition().broken(known).stream()
                .filter(constraint -> whole || !constraint.metric().isOfLearning())
                .toList();
    TrialState state = whole && !broken.isEmpty() ? TrialState.INFEASIBLE : end.getState();
    String reason = end.getReason().isEmpty() ? reason(broken, known) : end.getReason();
    if (whole
        && known.getNetworkParameters() == 0
        && sweep.definition().asksFor(Metric.PARAMETERS)) {
      state = TrialState.FAILED;
      reason = "its worker is of an older Caviar, which does not tell how many parameters it has";
    }
    return new SweepEvent.TrialOver(
        end.getLease().getTrial(),
        end.getLease().getAttempt(),
        state,
        reason,
        end.getSteps(),
        end.getEpochs(),
        end.getElapsedMicros(),
        values.isEmpty() ? null : values.getFirst(),
        values.isEmpty() ? List.of() : values.subList(1, values.size()),
        broken.stream().mapToDouble(each -> each.violation(each.metric().value(known))).sum(),
        clock.millis());
  }

  private static String reason(List<Constraint> broken, CurvePoint last) {
    return broken.stream()
        .map(constraint -> constraint.broken(constraint.metric().value(last)))
        .collect(Collectors.joining("; "));
  }

  /** A trial that has cost more than it may ends at once: it will not cost less. */
  private void endIfTooCostly(Trial trial, CurvePoint last) {
    List<Constraint> broken =
        sweep.definition().broken(last).stream()
            .filter(
                constraint ->
                    switch (constraint.metric()) {
                      case PARAMETERS -> true;
                      // Less than the least may still become enough.
                      case TRAINING_TIME -> constraint.isAbove(last);
                      case DEV_ERROR, DEV_LOSS, TRAIN_LOSS -> false;
                    })
            .toList();
    ActorRef<CoordinatorMessage> worker = workers.get(trial.number());
    if (!broken.isEmpty() && worker != null) {
      then(() -> worker.tell(stop(trial, TrialState.INFEASIBLE, reason(broken, last))));
    }
  }

  private void takeModel(TrialModel model) {
    int number = model.getLease().getTrial();
    if (modelsAwaited.remove(number) == null) {
      countStale();
      forgetModel(model.getModel(), model.getReport());
      return;
    }
    Trial best = sweep.best();
    if (!model.hasModel()) {
      context.getLog().warn("The model of trial {} is lost; its worker's log says why", number);
    } else if (best == null || best.number() != number) {
      // Another was better in the meantime.
      forgetModel(model.getModel(), model.getReport());
    } else {
      SweepEvent.ModelStored before = sweep.model();
      if (before != null && !before.model().equals(model.getModel())) {
        BlobRef report = before.report();
        forgetModel(before.model(), report == null ? BlobRef.getDefaultInstance() : report);
      }
      decide(
          new SweepEvent.ModelStored(
              number,
              model.getModel(),
              model.hasTest() ? model.getTest() : null,
              model.getCaviarVersion(),
              model.getDataSha256(),
              model.hasReport() ? model.getReport() : null));
    }
  }

  private boolean isPresent(Lease lease) {
    return lease.getTrial() < sweep.size()
        && sweep.trial(lease.getTrial()).running()
        && sweep.trial(lease.getTrial()).attempt() == lease.getAttempt();
  }

  /** Whether that lease ended with the best trial so far, whose model is not stored. */
  private boolean awaitsModel(Lease lease) {
    Trial best = sweep.best();
    return best != null
        && best.number() == lease.getTrial()
        && best.attempt() == lease.getAttempt()
        && sweep.modelMissing()
        && !sweep.isOver();
  }

  /** Whether that lease ended with a trial whose model was asked for and has not come. */
  private boolean handsModelOver(Lease lease) {
    return modelsAwaited.containsKey(lease.getTrial())
        && sweep.trial(lease.getTrial()).attempt() == lease.getAttempt();
  }

  // ---- Workers that come and go

  private void takeBack(LeaseHeld held) {
    Lease lease = held.lease();
    if (isPresent(lease)) {
      adopt(lease.getTrial(), held.worker());
    } else if (awaitsModel(lease)) {
      modelsAwaited.put(lease.getTrial(), held.worker());
      held.worker().tell(acknowledge(lease, true));
    } else {
      held.worker().tell(leaseVoid(lease));
    }
  }

  /** A worker that speaks under a trial's present lease has that trial, whoever had it before. */
  private void adopt(int number, ActorRef<CoordinatorMessage> worker) {
    boolean wasAway = away.remove(number);
    ActorRef<CoordinatorMessage> before = workers.put(number, worker);
    if (wasAway || !worker.equals(before)) {
      Trial trial = sweep.trial(number);
      context
          .getLog()
          .info("Trial {} attempt {} goes on at {}", number, trial.attempt(), trial.workerId());
      showTrial(number);
      if (sweep.cancelling()) {
        worker.tell(stop(trial, TrialState.CANCELLED, "the sweep is cancelled"));
      } else if (trial.state() == TrialState.PAUSED) {
        worker.tell(
            command(trial, TrialCommand.newBuilder().setPause(PauseTrial.getDefaultInstance())));
      }
    }
  }

  private void workerAway(WorkerAway gone) {
    for (Trial trial : sweep.running()) {
      if (gone.worker().equals(workers.get(trial.number())) && away.add(trial.number())) {
        showTrial(trial.number());
      }
    }
  }

  private void workerLost(WorkerLost lost) {
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
      if (trial.equals(sweep.best())) {
        trainAgain(trial);
      }
    }
  }

  /** Trained again it gives the same model, and this time hands it over. */
  private void trainAgain(Trial best) {
    if (sweep.state() == SweepState.SWEEP_RUNNING || sweep.state() == SweepState.SWEEP_PAUSED) {
      scores.settle(best);
      giveBack(best, "worker " + best.workerId() + " was lost with its model", true);
    }
  }

  private void giveBack(Trial trial, String reason, boolean lost) {
    giveBack(
        trial,
        new SweepEvent.TrialReturned(
            trial.number(), trial.attempt(), reason, lost, clock.millis()));
  }

  /** Its checkpoint is gone. It trains to the same numbers, only longer. */
  private void beginAgain(Trial trial, String reason) {
    giveBack(
        trial,
        new SweepEvent.TrialReturned(
            trial.number(),
            trial.attempt(),
            "it begins again, as " + reason,
            false,
            clock.millis(),
            true));
  }

  private void giveBack(Trial trial, SweepEvent.TrialReturned returned) {
    workers.remove(trial.number());
    away.remove(trial.number());
    if (returned.lost() && trial.losses() + 1 >= MAX_LOSSES) {
      forgetCheckpoint(trial, null);
      decide(
          new SweepEvent.TrialOver(
              trial.number(),
              trial.attempt(),
              TrialState.FAILED,
              "given up after " + MAX_LOSSES + " lost workers; the last time " + returned.reason(),
              0,
              0,
              0,
              null,
              clock.millis()));
    } else {
      decide(returned);
      if (sweep.state() == SweepState.SWEEP_STOPPING) {
        cancelWaiting();
      }
    }
    then(
        () -> {
          context
              .getLog()
              .warn(
                  "Trial {} attempt {} comes back: {}",
                  trial.number(),
                  trial.attempt(),
                  returned.reason());
          pool.tell(new WorkerPool.WorkAvailable(sweep.id()));
        });
  }

  // ---- Blobs that are not needed any more

  private void forgetCheckpoint(Trial trial, @Nullable BlobRef successor) {
    SweepEvent.TrialCheckpointed checkpoint = trial.checkpoint();
    if (checkpoint != null
        && !checkpoint.checkpoint().equals(successor)
        && !isShared(trial.number(), checkpoint.checkpoint())) {
      forget(checkpoint.checkpoint());
    }
  }

  private void forget(BlobRef checkpoint) {
    then(() -> delete(BlobKind.CHECKPOINT, checkpoint));
  }

  private void forgetModel(BlobRef model, BlobRef report) {
    then(
        () -> {
          delete(BlobKind.MODEL, model);
          delete(BlobKind.REPORT, report);
        });
  }

  private void delete(BlobKind kind, BlobRef blob) {
    if (blob.getSha256().isEmpty()) {
      return;
    }
    Logger log = context.getLog();
    blocking.execute(
        () -> {
          try {
            setup.blobs().delete(kind, blob.getSha256());
          } catch (IOException e) {
            log.warn("{} {} is not needed but could not be deleted", kind, blob.getSha256(), e);
          }
        });
  }

  // ---- What users want of it

  private void pause(Pause pause) {
    switch (sweep.state()) {
      case SWEEP_RUNNING -> {
        context.getLog().info("Sweep {} is paused: {}", sweep.id(), pause.reason());
        decide(new SweepEvent.SweepPaused(pause.reason()));
        acknowledge(pause.replyTo());
      }
      case SWEEP_PAUSED -> acknowledge(pause.replyTo());
      default -> refuse(pause.replyTo(), "it cannot be paused");
    }
  }

  private void resume(Resume resume) {
    switch (sweep.state()) {
      case SWEEP_PAUSED -> {
        context.getLog().info("Sweep {} is resumed", sweep.id());
        decide(new SweepEvent.SweepResumed());
        then(() -> pool.tell(new WorkerPool.WorkAvailable(sweep.id())));
        acknowledge(resume.replyTo());
      }
      case SWEEP_RUNNING -> acknowledge(resume.replyTo());
      default -> refuse(resume.replyTo(), "it cannot be resumed");
    }
  }

  private void pauseOne(PauseOne pause) {
    Trial trial = running(pause.trial(), pause.replyTo());
    if (trial == null) {
      return;
    }
    if (trial.state() == TrialState.RUNNING) {
      decide(new SweepEvent.TrialPaused(trial.number()));
      tellWorker(trial, TrialCommand.newBuilder().setPause(PauseTrial.getDefaultInstance()));
    }
    acknowledge(pause.replyTo());
  }

  private void resumeOne(ResumeOne resume) {
    Trial trial = running(resume.trial(), resume.replyTo());
    if (trial == null) {
      return;
    }
    if (trial.state() == TrialState.PAUSED) {
      decide(new SweepEvent.TrialResumed(trial.number()));
      tellWorker(trial, resume(trial));
    }
    acknowledge(resume.replyTo());
  }

  private void revive(Revive revive) {
    Trial trial = known(revive.trial(), revive.replyTo());
    if (trial == null) {
      return;
    }
    if (trial.revived() && (!trial.isOver() || trial.completed())) {
      // Said twice: it goes on already, or has come to its end.
      acknowledge(revive.replyTo());
      return;
    }
    if (trial.state() != TrialState.STOPPED_EARLY || trial.checkpoint() == null) {
      revive
          .replyTo()
          .tell(
              StatusReply.error(
                  new RequestException(
                      RequestException.Code.FAILED_PRECONDITION,
                      "trial "
                          + trial.number()
                          + " is "
                          + trial.state()
                          + "; only one that was STOPPED_EARLY can be revived")));
      return;
    }
    CurvePoint last = lastPoint(trial.number());
    if (last != null && !scores.has(trial.number())) {
      context.pipeToSelf(
          curve(trial.number(), last), (points, failure) -> new CurveRead(revive, points, failure));
      return;
    }
    switch (sweep.state()) {
      case SWEEP_RUNNING, SWEEP_PAUSED, SWEEP_COMPLETED -> {
        decide(new SweepEvent.TrialRevived(trial.number(), revive.reason()));
        timers.cancel(Timeout.IDLE);
        then(
            () -> {
              context
                  .getLog()
                  .info(
                      "Trial {} is revived after epoch {}: {}",
                      trial.number(),
                      trial.epochs(),
                      revive.reason());
              pool.tell(new WorkerPool.WorkAvailable(sweep.id()));
            });
        acknowledge(revive.replyTo());
      }
      default -> refuse(revive.replyTo(), "its trials get no workers any more");
    }
  }

  /** What its objectives are made of is there: it goes on, unless it does so already. */
  private void curveRead(CurveRead read) {
    int number = read.revive().trial();
    List<CurvePoint> points = read.points();
    if (points == null) {
      read.revive()
          .replyTo()
          .tell(StatusReply.error("the curve of trial " + number + ": " + read.failure()));
      return;
    }
    if (sweep.trial(number).state() == TrialState.STOPPED_EARLY && !scores.has(number)) {
      scores.add(number, points);
    }
    revive(read.revive());
  }

  private void continueWith(Continue more) {
    int added = more.trials() - sweep.planned();
    if (added == 0) {
      acknowledge(more.replyTo()); // Said twice.
      return;
    }
    switch (sweep.state()) {
      case SWEEP_RUNNING, SWEEP_PAUSED, SWEEP_COMPLETED -> {}
      default -> {
        refuse(more.replyTo(), "it gets no more trials");
        return;
      }
    }
    String why = whyNotMore(more.trials());
    if (why != null) {
      refuseRequest(more.replyTo(), RequestException.Code.FAILED_PRECONDITION, why);
      return;
    }
    decide(new SweepEvent.TrialsAdded(added));
    followDefinition();
    nothingLeft = false;
    timers.cancel(Timeout.IDLE);
    then(
        () -> {
          context
              .getLog()
              .info("Sweep {} gets {} more trials, {} in all", sweep.id(), added, more.trials());
          pool.tell(new WorkerPool.WorkAvailable(sweep.id()));
        });
    acknowledge(more.replyTo());
  }

  /** Null if it may have so many. */
  private @Nullable String whyNotMore(int trials) {
    if (trials < sweep.planned()) {
      return "sweep %s has %d trials already; it can have more, not fewer"
          .formatted(sweep.id(), sweep.planned());
    }
    if (trials > Search.MOST_TRIALS) {
      return "a sweep has at most %d trials, this would have %d"
          .formatted(Search.MOST_TRIALS, trials);
    }
    int repeats = sweep.repeats();
    if (trials / repeats > sampler.size()) {
      return "its grid has only %d points".formatted(sampler.size());
    }
    if (trials % repeats != 0) {
      int fewer = trials / repeats * repeats;
      return "each of its points has %d trials, so it can have %d or %d trials, not %d"
          .formatted(repeats, fewer, fewer + repeats, trials);
    }
    return schedule.takesMoreTrials()
        ? null
        : "its trials are compared with each other all at once, so later ones would come too late";
  }

  private void enqueue(Enqueue enqueue) {
    EnqueuePointsRequest request = enqueue.request();
    String requestId = request.getRequestId();
    if (!requestId.isEmpty() && sweep.enqueueRequests().contains(requestId)) {
      acknowledge(enqueue.replyTo()); // Said twice.
      return;
    }
    switch (sweep.state()) {
      case SWEEP_RUNNING, SWEEP_PAUSED -> {}
      case SWEEP_COMPLETED -> {
        refuse(enqueue.replyTo(), "it has all its trials; give it more with `caviar continue`");
        return;
      }
      default -> {
        refuse(enqueue.replyTo(), "it gets no more trials");
        return;
      }
    }
    int left = sweep.planned() / sweep.repeats() - sweep.points() - sweep.enqueued().size();
    String why =
        request.getPointsCount() == 0
            ? "there is no point to enqueue"
            : sampler.size() < Long.MAX_VALUE
                ? "a grid's points are known beforehand, and no others are tried"
                : request.getPointsCount() > left
                    ? "%d points are too many for the %d %s that are left; give it more with `caviar continue`"
                        .formatted(
                            request.getPointsCount(),
                            left,
                            sweep.repeats() == 1 ? "trials" : "points")
                    : null;
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < request.getPointsCount() && why == null; i++) {
      try {
        points.add(
            GivenPoint.of(sweep.definition().space(), request.getPoints(i).getParametersList()));
      } catch (IllegalArgumentException e) {
        refuseRequest(
            enqueue.replyTo(),
            RequestException.Code.INVALID_ARGUMENT,
            "point %d of %d: %s".formatted(i + 1, request.getPointsCount(), e.getMessage()));
        return;
      }
    }
    if (why != null) {
      refuseRequest(enqueue.replyTo(), RequestException.Code.FAILED_PRECONDITION, why);
      return;
    }
    decide(new SweepEvent.PointsEnqueued(requestId, points));
    then(() -> pool.tell(new WorkerPool.WorkAvailable(sweep.id())));
    acknowledge(enqueue.replyTo());
  }

  private void changeSpace(ChangeSpace change) {
    switch (sweep.state()) {
      case SWEEP_RUNNING, SWEEP_PAUSED, SWEEP_COMPLETED -> {}
      default -> {
        refuse(change.replyTo(), "it gets no more trials");
        return;
      }
    }
    if (!ChangedSpace.isPossible(sweep.definition().search())) {
      refuseRequest(
          change.replyTo(),
          RequestException.Code.FAILED_PRECONDITION,
          "the space of a sweep with grid, coarse_to_fine or cma_es cannot change: its points are"
              + " laid out in the space it began with");
      return;
    }
    Map<String, Domain> domains;
    try {
      domains = ChangedRange.of(sweep.definition().space(), change.request().getRangesList());
    } catch (IllegalArgumentException e) {
      refuseRequest(
          change.replyTo(), RequestException.Code.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
      return;
    }
    if (!sweep
        .definition()
        .space()
        .with(domains)
        .equals(sweep.definition().space())) { // Else it is said twice.
      int firstTrial = sweep.points() * sweep.repeats();
      decide(new SweepEvent.SpaceChanged(firstTrial, domains, change.request().getReason()));
      followDefinition();
      then(
          () ->
              context
                  .getLog()
                  .info(
                      "Sweep {} draws from {} from trial {} on: {}",
                      sweep.id(),
                      domains,
                      firstTrial,
                      change.request().getReason()));
    }
    acknowledge(change.replyTo());
  }

  private static <T> void refuseRequest(
      ActorRef<StatusReply<T>> replyTo, RequestException.Code code, String why) {
    replyTo.tell(StatusReply.error(new RequestException(code, why)));
  }

  private @Nullable Trial running(int number, ActorRef<StatusReply<Done>> replyTo) {
    Trial trial = known(number, replyTo);
    if (trial != null && !trial.running()) {
      String why =
          trial.held()
              ? " waits without a worker until others are as far: " + trial.reason()
              : " is " + trial.state() + ", not running";
      replyTo.tell(
          StatusReply.error(
              new RequestException(
                  RequestException.Code.FAILED_PRECONDITION, "trial " + number + why)));
      return null;
    }
    return trial;
  }

  private @Nullable <T> Trial known(int number, ActorRef<StatusReply<T>> replyTo) {
    if (number < 0 || number >= sweep.size()) {
      replyTo.tell(
          StatusReply.error(
              new RequestException(
                  RequestException.Code.NOT_FOUND,
                  "sweep "
                      + sweep.id()
                      + " has no trial "
                      + number
                      + "; so far it has "
                      + sweep.size()
                      + ", from 0")));
      return null;
    }
    return sweep.trial(number);
  }

  private void acknowledge(ActorRef<StatusReply<Done>> replyTo) {
    then(() -> replyTo.tell(StatusReply.ack()));
  }

  private void refuse(ActorRef<StatusReply<Done>> replyTo, String what) {
    replyTo.tell(
        StatusReply.error(
            new RequestException(
                RequestException.Code.FAILED_PRECONDITION,
                "sweep " + sweep.id() + " is " + SweepMessages.word(sweep.state()) + ": " + what)));
  }

  private void end(End end) {
    boolean more = end.cancelRunning() && !sweep.cancelling();
    if (!sweep.isOver() && (sweep.state() != SweepState.SWEEP_STOPPING || more)) {
      context.getLog().info("Sweep {} is ended: {}", sweep.id(), end.reason());
      decide(new SweepEvent.EndRequested(end.cancelRunning(), end.reason()));
      cancelWaiting();
      if (end.cancelRunning()) {
        for (Trial trial : sweep.running()) {
          ActorRef<CoordinatorMessage> worker = workers.get(trial.number());
          if (worker != null) {
            then(() -> worker.tell(stop(trial, TrialState.CANCELLED, end.reason())));
          }
        }
        timers.startSingleTimer(Timeout.CANCEL, CANCEL_TIMEOUT);
      }
    }
    acknowledge(end.replyTo());
  }

  private void cancelWaiting() {
    // Before what waits for a worker: promoted now, it would only be cancelled.
    for (Trial trial : sweep.held()) {
      stopEarly(trial, trial.undecided(), "the sweep ended while it waited for others");
    }
    for (Trial trial : sweep.waiting()) {
      forgetCheckpoint(trial, null);
      decide(cancelled(trial, "the sweep ended before it ran"));
    }
  }

  private void giveUpRunning() {
    for (Trial trial : sweep.running()) {
      forgetCheckpoint(trial, null);
      decide(cancelled(trial, "worker " + trial.workerId() + " did not say that it stopped"));
    }
    modelsAwaited.clear();
  }

  private SweepEvent cancelled(Trial trial, String reason) {
    return new SweepEvent.TrialOver(
        trial.number(),
        trial.attempt(),
        TrialState.CANCELLED,
        reason,
        0,
        0,
        0,
        null,
        clock.millis());
  }

  private CoordinatorMessage stop(Trial trial, TrialState state, String reason) {
    return command(
        trial,
        TrialCommand.newBuilder()
            .setStop(StopTrial.newBuilder().setState(state).setReason(reason)));
  }

  private CoordinatorMessage command(Trial trial, TrialCommand.Builder command) {
    return CoordinatorMessage.newBuilder().setTrialCommand(command.setLease(lease(trial))).build();
  }

  private void tellWorker(Trial trial, TrialCommand.Builder command) {
    ActorRef<CoordinatorMessage> worker = workers.get(trial.number());
    if (worker != null) {
      then(() -> worker.tell(command(trial, command)));
    }
  }

  private void bestModel(GetBestModel ask) {
    Trial best = sweep.best();
    SweepEvent.ModelStored stored = sweep.model();
    GetBestModelResponse.Builder response = GetBestModelResponse.newBuilder();
    if (best != null) {
      response.setTrial(best.number());
    }
    if (best == null || stored == null || stored.trial() != best.number()) {
      ask.replyTo().tell(StatusReply.success(response.build()));
      return;
    }
    if (stored.test() != null) {
      response.setTest(stored.test());
    }
    blocking.execute(
        () -> {
          try (InputStream bytes = setup.blobs().open(BlobKind.MODEL, stored.model().getSha256())) {
            ask.replyTo()
                .tell(StatusReply.success(response.setModel(Model.parseFrom(bytes)).build()));
          } catch (IOException e) {
            ask.replyTo()
                .tell(StatusReply.error("the model of trial " + stored.trial() + ": " + e));
          }
        });
  }

  private void get(Get get) {
    GetSweepRequest request = get.request();
    Range range =
        range(
            request.getFirstTrial(), request.getMostTrials(), request.getLeading(), get.replyTo());
    if (range != null) {
      GetSweepResponse told =
          request.getLeading()
              ? told(leading())
              : told(IntStream.range(range.first(), range.end()));
      then(() -> get.replyTo().tell(StatusReply.success(told)));
    }
  }

  /** Trials from {@code first} to before {@code end}. */
  private record Range(int first, int end) {}

  /** Those that are asked for; null if they are too many for one answer, which is said. */
  private @Nullable <T> Range range(
      int first, int most, boolean few, ActorRef<StatusReply<T>> replyTo) {
    int from = Math.clamp(first, 0, sweep.size());
    int end = most > 0 ? (int) Math.min((long) from + most, sweep.size()) : sweep.size();
    if (!few && end - from > MOST_TRIALS_TOLD) {
      refuseRequest(
          replyTo,
          RequestException.Code.INVALID_ARGUMENT,
          "sweep %s has %d trials, too many for one answer: ask for at most %d of them (first_trial, most_trials)"
              .formatted(sweep.id(), sweep.size(), MOST_TRIALS_TOLD));
      return null;
    }
    return new Range(from, end);
  }

  /** The best trial and those of the front. */
  private IntStream leading() {
    Trial best = sweep.best();
    return IntStream.concat(
            best == null ? IntStream.empty() : IntStream.of(best.number()),
            sweep.front().stream().mapToInt(number -> number))
        .sorted()
        .distinct();
  }

  private GetSweepResponse told(IntStream trials) {
    GetSweepResponse.Builder response =
        GetSweepResponse.newBuilder()
            .setSummary(SweepMessages.summary(sweep, setup))
            .setSweepFile(setup.sweepFile())
            .setSampledTrials(sweep.size())
            .addAllEarlier(setup.earlier());
    if (setup.start() != null) {
      response.setStart(setup.start().getOf());
    }
    sweep.spaceChanges().forEach(change -> response.addSpaceChanges(StageMessages.message(change)));
    // Only here: watchers hear of each epoch, and a trial may have a rung at each.
    trials.forEach(number -> response.addTrials(wholeStatus(sweep.trial(number))));
    sweep
        .stages()
        .forEach(stage -> response.addStages(StageMessages.message(stage, sweep.repeats())));
    return response.build();
  }

  private void attempts(ListAttempts list) {
    ListAttemptsRequest request = list.request();
    Range range = range(request.getFirstTrial(), request.getMostTrials(), false, list.replyTo());
    if (range != null) {
      ListAttemptsResponse.Builder response =
          ListAttemptsResponse.newBuilder().setNowMillis(clock.millis());
      sweep
          .attempts(range.first(), range.end())
          .forEach(attempt -> response.addAttempts(SweepMessages.message(attempt)));
      list.replyTo().tell(StatusReply.success(response.build()));
    }
  }

  private void getTrial(GetTrial get) {
    Trial trial = known(get.trial(), get.replyTo());
    if (trial == null) {
      return;
    }
    GetTrialResponse.Builder response = GetTrialResponse.newBuilder().setStatus(wholeStatus(trial));
    sweep
        .attempts(trial.number(), trial.number() + 1)
        .forEach(attempt -> response.addAttempts(SweepMessages.message(attempt)));
    SweepEvent.TrialCheckpointed checkpoint = trial.checkpoint();
    if (checkpoint != null) {
      response
          .getCheckpointBuilder()
          .setStep(checkpoint.step())
          .setEpoch(checkpoint.epoch())
          .setBytes(checkpoint.checkpoint().getSize());
    }
    SweepEvent.ModelStored stored = sweep.model();
    BlobRef report = null;
    if (stored != null && stored.trial() == trial.number()) {
      response.setModelStored(true);
      report = stored.report();
    }
    BlobRef wanted = report;
    CurvePoint last = lastPoint(trial.number());
    CompletionStage<List<CurvePoint>> points =
        last == null
            ? CompletableFuture.completedFuture(List.of())
            : setup.curves().read(sweep.id(), trial.number(), 1, last.getEpoch());
    points
        .thenApplyAsync(
            curve -> {
              if (wanted != null) {
                response.setReport(report(wanted));
              }
              return response.addAllPoints(curve).build();
            },
            blocking)
        .whenComplete(
            (whole, failure) ->
                get.replyTo()
                    .tell(
                        failure == null
                            ? StatusReply.success(whole)
                            : StatusReply.error("trial " + get.trial() + ": " + failure)));
  }

  private ModelReport report(BlobRef report) {
    try (InputStream bytes = setup.blobs().open(BlobKind.REPORT, report.getSha256())) {
      return ModelReport.parseFrom(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** With what watchers do not get. */
  private TrialStatus wholeStatus(Trial trial) {
    return status(trial.number()).toBuilder()
        .addAllRungs(SweepMessages.rungs(trial))
        .addAllPointMeans(SweepMessages.ofPoint(sweep, trial, RepeatedPoint::mean))
        .addAllPointStandardErrors(
            SweepMessages.ofPoint(sweep, trial, RepeatedPoint::standardError))
        .addAllLineage(SweepMessages.lineage(sweep, trial))
        .build();
  }

  /** Ends the sweep if nothing more can happen. */
  private void settle() {
    boolean modelToCome = !modelsAwaited.isEmpty() || awaitsAbsentModel();
    if (sweep.isOver() || !noneToCome() || !sweep.noneOpen() || modelToCome) {
      return;
    }
    Trial unkept = sweep.best();
    if (sweep.repeats() > 1
        && unkept != null
        && sweep.modelMissing()
        && sweep.state() != SweepState.SWEEP_STOPPING
        && trainedForModel.add(unkept.number())) {
      // Its point was found to be the best only when its worker had forgotten it.
      scores.settle(unkept);
      giveBack(unkept, "its model was not known to be wanted when it ended", false);
      return;
    }
    boolean stopped = sweep.state() == SweepState.SWEEP_STOPPING;
    decide(
        new SweepEvent.SweepOver(stopped ? SweepState.SWEEP_STOPPED : SweepState.SWEEP_COMPLETED));
    timers.cancel(Timeout.CANCEL);
    timers.cancel(Timeout.RETURN);
    Trial best = sweep.best();
    then(
        () -> {
          pool.tell(new WorkerPool.RemoveSweep(sweep.id()));
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
        });
  }

  /** Whether no more trials will be sampled. */
  private boolean noneToCome() {
    return nothingLeft
        || sweep.size() >= sweep.planned()
        || sweep.state() == SweepState.SWEEP_STOPPING;
  }

  /** After a restart the best trial's worker may still come back with its model. */
  private boolean awaitsAbsentModel() {
    return sweep.modelMissing() && timers.isTimerActive(Timeout.RETURN);
  }

  // ---- Watchers

  private void show(SearchStage stage) {
    then(() -> feed.add(stage));
  }

  private void showSweep() {
    batch().sweepShown = true;
  }

  private void showTrial(int number) {
    batch().shown.add(number);
    progressed.remove(number);
  }

  /** Not with each report where they come quickly, for a status has all of a trial's parameters. */
  private void showProgress(int number) {
    progressed.add(number);
    if (!timers.isTimerActive(Timeout.PROGRESS)) {
      showProgress();
    }
  }

  private void showProgress() {
    if (!progressed.isEmpty()) {
      List.copyOf(progressed).forEach(this::showTrial);
      timers.startSingleTimer(Timeout.PROGRESS, PROGRESS_INTERVAL);
    }
  }

  /** Shows once, as they are now, what a batch's decisions and reports have changed. */
  private void show(Batch batch) {
    for (int number : batch.shown) {
      TrialStatus status = status(number);
      batch.effects.add(() -> feed.add(status));
    }
    if (batch.sweepShown) {
      SweepStatus status = SweepMessages.status(sweep);
      batch.effects.add(() -> feed.add(status));
    }
  }

  private TrialStatus status(int number) {
    TrialStatus status =
        SweepMessages.status(sweep, sweep.trial(number), lastPoint(number), scores.of(number));
    return away.contains(number) ? status.toBuilder().setState(TrialState.LOST).build() : status;
  }

  /** Whether watchers who have seen all there is have seen all there will be. */
  private boolean settled() {
    return sweep.isOver() && writing == null && next == null;
  }

  private Lease lease(Trial trial) {
    return Lease.newBuilder()
        .setSweepId(sweep.id())
        .setTrial(trial.number())
        .setAttempt(trial.attempt())
        .build();
  }
}
