package dev.caviar.coordinator;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
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
import dev.caviar.coordinator.CoordinatorEvent.PandaAdopted;
import dev.caviar.coordinator.CoordinatorEvent.PandaStarted;
import dev.caviar.coordinator.CoordinatorEvent.SweepEnded;
import dev.caviar.coordinator.CoordinatorEvent.SweepReopened;
import dev.caviar.coordinator.CoordinatorEvent.SweepSubmitted;
import dev.caviar.coordinator.panda.PandaActor;
import dev.caviar.coordinator.pool.WorkerPool;
import dev.caviar.coordinator.retest.Staleness;
import dev.caviar.coordinator.search.WarmStart;
import dev.caviar.coordinator.space.GivenPoint;
import dev.caviar.coordinator.space.PandaDefinition;
import dev.caviar.coordinator.space.PandaFile;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Metric;
import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.coordinator.space.SweepFileProblem;
import dev.caviar.coordinator.space.TrainedShape;
import dev.caviar.coordinator.store.BlobStore;
import dev.caviar.coordinator.store.CurveStore;
import dev.caviar.coordinator.store.Inlet;
import dev.caviar.coordinator.store.JournalLag;
import dev.caviar.coordinator.store.JournalMessages;
import dev.caviar.coordinator.store.TrialLogStore;
import dev.caviar.coordinator.sweep.SweepActor;
import dev.caviar.proto.CaviarVersion;
import dev.caviar.proto.v1.AdoptTrialRequest;
import dev.caviar.proto.v1.AdoptTrialResponse;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.ChangeSpaceRequest;
import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.ContinueSweepRequest;
import dev.caviar.proto.v1.CoordinatorJournalEvent;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.CoordinatorSnapshot;
import dev.caviar.proto.v1.EarlierTrial;
import dev.caviar.proto.v1.EndSweepRequest;
import dev.caviar.proto.v1.EnqueuePointsRequest;
import dev.caviar.proto.v1.EnqueuedPoint;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.GetTrialLogRequest;
import dev.caviar.proto.v1.GetTrialLogResponse;
import dev.caviar.proto.v1.GetTrialRequest;
import dev.caviar.proto.v1.GetTrialResponse;
import dev.caviar.proto.v1.ListAttemptsRequest;
import dev.caviar.proto.v1.ListAttemptsResponse;
import dev.caviar.proto.v1.ListPandasResponse;
import dev.caviar.proto.v1.ListSweepsResponse;
import dev.caviar.proto.v1.ListWorkersResponse;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaOrigin;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterChange;
import dev.caviar.proto.v1.PauseSweepRequest;
import dev.caviar.proto.v1.PauseTrialRequest;
import dev.caviar.proto.v1.ResumeSweepRequest;
import dev.caviar.proto.v1.ResumeTrialRequest;
import dev.caviar.proto.v1.ReviveTrialRequest;
import dev.caviar.proto.v1.StartPandaRequest;
import dev.caviar.proto.v1.StartPandaResponse;
import dev.caviar.proto.v1.StoredStart;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepStart;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepSummary;
import dev.caviar.proto.v1.WorkerMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator's guardian: takes sweeps, lets workers in, and finds the sweep that a client asks
 * about. Everything else is the business of the actors it starts: one {@link WorkerPool}, a {@link
 * SweepActor} for each sweep, and a {@link PandaActor} for each panda.
 */
public final class Coordinator
    extends EventSourcedBehavior<Coordinator.Command, CoordinatorEvent, Coordinator.State> {
  private static final DateTimeFormatter ID_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

  private static final int SNAPSHOT_EVENTS = 100;

  /** Longer than a sweep that has been asleep takes to wake. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

  /** What a coordinator can be told. */
  public sealed interface Command {}

  /** Answered with the new sweep's id or with all problems of its file. */
  public record Submit(SubmitSweepRequest request, ActorRef<SubmitSweepResponse> replyTo)
      implements Command {}

  /** What happened in a sweep after a cursor; see {@link SweepActor.Watch}. */
  public record Watch(
      String sweepId, long afterCursor, ActorRef<StatusReply<SweepActor.Updates>> replyTo)
      implements Command {}

  /** Ends a sweep before its budget is spent; answered when that is under way. */
  public record End(EndSweepRequest request, ActorRef<StatusReply<Done>> replyTo)
      implements Command {}

  /** The best trial's model as far as it is known. */
  public record GetBestModel(String sweepId, ActorRef<StatusReply<GetBestModelResponse>> replyTo)
      implements Command {}

  /** All sweeps, the newest first. */
  public record ListSweeps(ActorRef<ListSweepsResponse> replyTo) implements Command {}

  /** One sweep, with all its trials but without their curves. */
  public record GetSweep(GetSweepRequest request, ActorRef<StatusReply<GetSweepResponse>> replyTo)
      implements Command {
    /** With all its trials. */
    public GetSweep(String sweepId, ActorRef<StatusReply<GetSweepResponse>> replyTo) {
      this(GetSweepRequest.newBuilder().setSweepId(sweepId).build(), replyTo);
    }
  }

  /** Who had which trial of a sweep, and when. */
  public record ListAttempts(
      ListAttemptsRequest request, ActorRef<StatusReply<ListAttemptsResponse>> replyTo)
      implements Command {}

  /** One trial with its whole curve. */
  public record GetTrial(GetTrialRequest request, ActorRef<StatusReply<GetTrialResponse>> replyTo)
      implements Command {}

  /** What is kept of a trial's log, or of a panda's branch's. */
  public record GetTrialLog(
      GetTrialLogRequest request, ActorRef<StatusReply<GetTrialLogResponse>> replyTo)
      implements Command {}

  /** No new trials until resumed. */
  public record PauseSweep(PauseSweepRequest request, ActorRef<StatusReply<Done>> replyTo)
      implements Command {}

  /** New trials again. */
  public record ResumeSweep(ResumeSweepRequest request, ActorRef<StatusReply<Done>> replyTo)
      implements Command {}

  /** A running trial holds still, in its slot. */
  public record PauseTrial(PauseTrialRequest request, ActorRef<StatusReply<Done>> replyTo)
      implements Command {}

  /** It trains again. */
  public record ResumeTrial(ResumeTrialRequest request, ActorRef<StatusReply<Done>> replyTo)
      implements Command {}

  /** A trial that was stopped early goes on to its last epoch. */
  public record ReviveTrial(ReviveTrialRequest request, ActorRef<StatusReply<Done>> replyTo)
      implements Command {}

  /** The sweep gets more trials. */
  public record ContinueSweep(ContinueSweepRequest request, ActorRef<StatusReply<Done>> replyTo)
      implements Command {}

  /** The next trials of a sweep get these points. */
  public record EnqueuePoints(EnqueuePointsRequest request, ActorRef<StatusReply<Done>> replyTo)
      implements Command {}

  /** Trials of a sweep are drawn from other ranges. */
  public record ChangeSpace(ChangeSpaceRequest request, ActorRef<StatusReply<Done>> replyTo)
      implements Command {}

  /** Who works. */
  public record ListWorkers(ActorRef<ListWorkersResponse> replyTo) implements Command {}

  /** A worker dials in; see {@link WorkerPool.Connect}. */
  public record ConnectWorker(
      ActorRef<CoordinatorMessage> worker, ActorRef<ActorRef<WorkerMessage>> opened)
      implements Command {}

  /** Answered with the new panda's id or with all problems of its file. */
  public record StartPanda(StartPandaRequest request, ActorRef<StartPandaResponse> replyTo)
      implements Command {}

  /** A panda that goes on with a sweep's trial. */
  public record AdoptTrial(
      AdoptTrialRequest request, ActorRef<StatusReply<AdoptTrialResponse>> replyTo)
      implements Command {}

  /** All pandas, the newest first. */
  public record ListPandas(ActorRef<ListPandasResponse> replyTo) implements Command {}

  /**
   * What a panda is to be told.
   *
   * @param refused hears that there is no such panda
   */
  public record ToPanda(
      String pandaId, PandaActor.Command command, Consumer<RequestException> refused)
      implements Command {}

  private record Adoption(
      AdoptTrial adopt,
      SweepActor.@Nullable Training training,
      @Nullable BlobRef checkpoint,
      @Nullable Throwable failure)
      implements Command {}

  private record Beginning(
      Submit submit,
      SweepDefinition definition,
      @Nullable StoredStart start,
      List<SweepFileProblem> problems)
      implements Command {}

  private record FromSweep(SweepActor.News news) implements Command {}

  private record FromPanda(PandaActor.Changed news) implements Command {}

  private record Taken(Runnable answer) implements Command {}

  /** What a coordinator remembers: the sweeps and pandas it took, the newest last. */
  public record State(
      Map<String, SweepSubmitted> submitted,
      Map<String, SweepSummary> ended,
      Map<String, CoordinatorEvent> pandas) {
    State() {
      this(new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
    }

    private State apply(CoordinatorEvent event) {
      switch (event) {
        case SweepSubmitted sweep -> submitted.put(sweep.sweepId(), sweep);
        case SweepEnded sweep -> ended.put(sweep.sweepId(), sweep.summary());
        case SweepReopened sweep -> ended.remove(sweep.sweepId());
        case PandaStarted panda -> pandas.put(panda.begun().getPandaId(), panda);
        case PandaAdopted panda -> pandas.put(panda.begun().getPandaId(), panda);
      }
      return this;
    }
  }

  private final ActorContext<Command> context;
  private final Clock clock = Clock.systemUTC();
  private final CurveStore curves;
  private final TrialLogStore logs;
  private final BlobStore blobs;
  private final Runnable onStaleReport;
  private final JournalLag lag;
  private final ActorRef<WorkerPool.Command> pool;
  private final Executor blocking;
  private final ActorRef<SweepActor.News> news;
  private final Map<String, ActorRef<SweepActor.Command>> sweeps = new HashMap<>();
  // Of those that are not over, or were over but a moment ago.
  private final Map<String, SweepSummary> summaries = new HashMap<>();
  private final Map<String, Staleness.Terms> terms = new HashMap<>();
  // Taken by an earlier version; this one would not.
  private final Set<String> unreadable = new HashSet<>();
  private final ActorRef<PandaActor.Changed> pandaNews;
  private final Map<String, ActorRef<PandaActor.Command>> pandas = new HashMap<>();
  private final Map<String, PandaState> pandaStates = new HashMap<>();

  private Coordinator(
      ActorContext<Command> context,
      ActorRef<Command> front,
      CurveStore curves,
      TrialLogStore logs,
      BlobStore blobs,
      Runnable onStaleReport,
      JournalLag lag) {
    super(
        PersistenceId.ofUniqueId("coordinator"),
        SupervisorStrategy.restartWithBackoff(Duration.ofMillis(500), Duration.ofSeconds(30), 0.2));
    this.context = context;
    this.curves = curves;
    this.logs = logs;
    this.blobs = blobs;
    this.onStaleReport = onStaleReport;
    this.lag = lag;
    this.pool = context.spawn(WorkerPool.create(logs), "worker-pool");
    this.blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
    this.news =
        context.spawnAnonymous(
            Behaviors.receiveMessage(
                said -> {
                  front.tell(new FromSweep(said));
                  return Behaviors.same();
                }));
    this.pandaNews =
        context.spawnAnonymous(
            Behaviors.receiveMessage(
                said -> {
                  front.tell(new FromPanda(said));
                  return Behaviors.same();
                }));
  }

  /** A coordinator that goes on with the sweeps in its journal, if there are any. */
  public static Behavior<Command> create(CurveStore curves, TrialLogStore logs, BlobStore blobs) {
    return create(curves, logs, blobs, () -> {}, new JournalLag());
  }

  /**
   * The same.
   *
   * @param onStaleReport called, by any thread, for each message of a worker about a trial that is
   *     no longer its own
   * @param lag is told of what is on its way to the journal
   */
  public static Behavior<Command> create(
      CurveStore curves,
      TrialLogStore logs,
      BlobStore blobs,
      Runnable onStaleReport,
      JournalLag lag) {
    return Inlet.before(
        (front, begun) ->
            Behaviors.setup(
                context -> {
                  begun.run();
                  return new Coordinator(context, front, curves, logs, blobs, onStaleReport, lag);
                }),
        Taken::new);
  }

  @Override
  public State emptyState() {
    return new State();
  }

  @Override
  public EventHandler<State, CoordinatorEvent> eventHandler() {
    return newEventHandlerBuilder().forAnyState().onAnyEvent(State::apply);
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return RetentionCriteria.snapshotEvery(SNAPSHOT_EVENTS, 2);
  }

  @Override
  public SnapshotAdapter<State> snapshotAdapter() {
    return new SnapshotAdapter<>() {
      @Override
      public Object toJournal(State state) {
        CoordinatorSnapshot.Builder snapshot = CoordinatorSnapshot.newBuilder();
        state
            .submitted()
            .values()
            .forEach(sweep -> snapshot.addSubmitted(JournalMessages.submitted(sweep)));
        state
            .ended()
            .forEach(
                (id, summary) ->
                    snapshot.addEnded(JournalMessages.ended(new SweepEnded(id, summary))));
        for (CoordinatorEvent panda : state.pandas().values()) {
          switch (panda) {
            case PandaStarted started -> snapshot.addPandasStarted(started.begun());
            case PandaAdopted adopted -> snapshot.addPandasAdopted(adopted.begun());
            default -> throw new IllegalStateException("no panda: " + panda);
          }
        }
        return snapshot.build();
      }

      @Override
      public State fromJournal(Object from) {
        CoordinatorSnapshot snapshot = (CoordinatorSnapshot) from;
        State state = new State();
        snapshot.getSubmittedList().forEach(sweep -> state.apply(JournalMessages.submitted(sweep)));
        snapshot.getEndedList().forEach(sweep -> state.apply(JournalMessages.ended(sweep)));
        pandas(snapshot).forEach(state::apply);
        return state;
      }
    };
  }

  @Override
  public SignalHandler<State> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::recovered)
        .build();
  }

  /** In the order they came, which a snapshot has of each kind alone. */
  private static List<CoordinatorEvent> pandas(CoordinatorSnapshot snapshot) {
    List<CoordinatorEvent> pandas = new ArrayList<>();
    snapshot.getPandasStartedList().forEach(begun -> pandas.add(new PandaStarted(begun)));
    snapshot.getPandasAdoptedList().forEach(begun -> pandas.add(new PandaAdopted(begun)));
    pandas.sort(Comparator.comparingLong(Coordinator::beganAt));
    return pandas;
  }

  private static long beganAt(CoordinatorEvent panda) {
    return switch (panda) {
      case PandaStarted started -> started.begun().getStartedAtMillis();
      case PandaAdopted adopted -> adopted.begun().getStartedAtMillis();
      default -> throw new IllegalStateException("no panda: " + panda);
    };
  }

  private void recovered(State state) {
    for (SweepSubmitted sweep : state.submitted().values()) {
      if (!state.ended().containsKey(sweep.sweepId())) {
        sweep(sweep.sweepId(), state);
      }
    }
    state.pandas().forEach(this::recover);
    context
        .getLog()
        .info(
            "The coordinator knows {} sweeps, {} of them not over, and {} pandas",
            state.submitted().size(),
            state.submitted().size() - state.ended().size(),
            state.pandas().size());
  }

  @Override
  public CommandHandler<Command, CoordinatorEvent, State> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(Submit.class, this::submit)
        .onCommand(ListSweeps.class, this::list)
        .onCommand(
            GetSweep.class,
            (state, get) ->
                toSweep(
                    state,
                    get.request().getSweepId(),
                    get.replyTo(),
                    sweep -> sweep.tell(new SweepActor.Get(get.request(), get.replyTo()))))
        .onCommand(
            ListAttempts.class,
            (state, list) ->
                toSweep(
                    state,
                    list.request().getSweepId(),
                    list.replyTo(),
                    sweep ->
                        sweep.tell(new SweepActor.ListAttempts(list.request(), list.replyTo()))))
        .onCommand(
            GetTrial.class,
            (state, get) ->
                toSweep(
                    state,
                    get.request().getSweepId(),
                    get.replyTo(),
                    sweep ->
                        sweep.tell(
                            new SweepActor.GetTrial(get.request().getTrial(), get.replyTo()))))
        .onCommand(GetTrialLog.class, this::getTrialLog)
        .onCommand(
            Watch.class,
            (state, watch) ->
                toSweep(
                    state,
                    watch.sweepId(),
                    watch.replyTo(),
                    sweep ->
                        sweep.tell(new SweepActor.Watch(watch.afterCursor(), watch.replyTo()))))
        .onCommand(
            PauseSweep.class,
            (state, pause) ->
                toSweep(
                    state,
                    pause.request().getSweepId(),
                    pause.replyTo(),
                    sweep ->
                        sweep.tell(
                            new SweepActor.Pause(pause.request().getReason(), pause.replyTo()))))
        .onCommand(
            ResumeSweep.class,
            (state, resume) ->
                toSweep(
                    state,
                    resume.request().getSweepId(),
                    resume.replyTo(),
                    sweep -> sweep.tell(new SweepActor.Resume(resume.replyTo()))))
        .onCommand(
            PauseTrial.class,
            (state, pause) ->
                toSweep(
                    state,
                    pause.request().getSweepId(),
                    pause.replyTo(),
                    sweep ->
                        sweep.tell(
                            new SweepActor.PauseOne(pause.request().getTrial(), pause.replyTo()))))
        .onCommand(
            ResumeTrial.class,
            (state, resume) ->
                toSweep(
                    state,
                    resume.request().getSweepId(),
                    resume.replyTo(),
                    sweep ->
                        sweep.tell(
                            new SweepActor.ResumeOne(
                                resume.request().getTrial(), resume.replyTo()))))
        .onCommand(
            ReviveTrial.class,
            (state, revive) ->
                toSweep(
                    state,
                    revive.request().getSweepId(),
                    revive.replyTo(),
                    sweep ->
                        sweep.tell(
                            new SweepActor.Revive(
                                revive.request().getTrial(),
                                revive.request().getReason(),
                                revive.replyTo()))))
        .onCommand(
            ContinueSweep.class,
            (state, more) ->
                toSweep(
                    state,
                    more.request().getSweepId(),
                    more.replyTo(),
                    sweep ->
                        sweep.tell(
                            new SweepActor.Continue(more.request().getTrials(), more.replyTo()))))
        .onCommand(
            ChangeSpace.class,
            (state, change) ->
                toSweep(
                    state,
                    change.request().getSweepId(),
                    change.replyTo(),
                    sweep ->
                        sweep.tell(new SweepActor.ChangeSpace(change.request(), change.replyTo()))))
        .onCommand(
            EnqueuePoints.class,
            (state, enqueue) ->
                toSweep(
                    state,
                    enqueue.request().getSweepId(),
                    enqueue.replyTo(),
                    sweep ->
                        sweep.tell(new SweepActor.Enqueue(enqueue.request(), enqueue.replyTo()))))
        .onCommand(
            End.class,
            (state, end) ->
                toSweep(
                    state,
                    end.request().getSweepId(),
                    end.replyTo(),
                    sweep ->
                        sweep.tell(
                            new SweepActor.End(
                                end.request().getCancelRunning(),
                                end.request().getReason(),
                                end.replyTo()))))
        .onCommand(
            GetBestModel.class,
            (state, get) ->
                toSweep(
                    state,
                    get.sweepId(),
                    get.replyTo(),
                    sweep -> sweep.tell(new SweepActor.GetBestModel(get.replyTo()))))
        .onCommand(
            ListWorkers.class,
            (state, ask) -> {
              pool.tell(new WorkerPool.ListWorkers(ask.replyTo()));
              return Effect().none();
            })
        .onCommand(
            ConnectWorker.class,
            (state, connect) -> {
              pool.tell(new WorkerPool.Connect(connect.worker(), connect.opened()));
              return Effect().none();
            })
        .onCommand(Beginning.class, this::begin)
        .onCommand(StartPanda.class, this::startPanda)
        .onCommand(AdoptTrial.class, this::adopt)
        .onCommand(Adoption.class, this::adopted)
        .onCommand(ListPandas.class, this::listPandas)
        .onCommand(ToPanda.class, this::toPanda)
        .onCommand(FromSweep.class, (state, from) -> hear(state, from.news()))
        .onCommand(
            FromPanda.class,
            (state, from) -> {
              pandaStates.put(from.news().pandaId(), from.news().state());
              return Effect().none();
            })
        .onCommand(
            Taken.class,
            (state, taken) -> {
              taken.answer().run();
              return Effect().none();
            })
        .build();
  }

  private Effect<CoordinatorEvent, State> submit(State state, Submit submit) {
    SubmitSweepRequest request = submit.request();
    try {
      requireTested(state, request);
      SweepDefinition definition = parse(request.getSweepFile(), baseDirectory(state, request));
      requireFit(definition, request.getEarlierList());
      requirePossible(definition, request.getPointsList());
      if (request.hasStart()) {
        beginWith(state, submit, definition);
        return Effect().none();
      }
      return submitted(state, submit, definition, null);
    } catch (SweepFileException e) {
      refuse(submit, e.problems());
    } catch (InvalidPathException e) {
      refuse(
          submit, List.of(new SweepFileProblem(1, 1, "not a base directory: " + e.getMessage())));
    }
    return Effect().none();
  }

  /** That of the sweep whose best is tested again, where there is one and no other is said. */
  private static String baseDirectory(State state, SubmitSweepRequest request) {
    SweepSubmitted old = state.submitted().get(request.getRetestOf());
    return old != null && request.getBaseDirectory().isEmpty()
        ? old.baseDirectory()
        : request.getBaseDirectory();
  }

  private static void requireTested(State state, SubmitSweepRequest request)
      throws SweepFileException {
    if (!request.getRetestOf().isEmpty() && !state.submitted().containsKey(request.getRetestOf())) {
      throw new SweepFileException(
          List.of(
              new SweepFileProblem(
                  1,
                  1,
                  "retest: "
                      + unknown("sweep", request.getRetestOf(), state.submitted().keySet())
                          .getMessage())));
    }
  }

  private static void requirePossible(SweepDefinition definition, List<EnqueuedPoint> points)
      throws SweepFileException {
    String why =
        points.size() > definition.search().trials()
            ? "%d points are too many for %d trials"
                .formatted(points.size(), definition.search().trials())
            : !points.isEmpty() && definition.search() instanceof Search.Grid
                ? "a grid's points are known beforehand, and no others are tried"
                : null;
    for (int i = 0; i < points.size() && why == null; i++) {
      try {
        GivenPoint.of(definition.space(), points.get(i).getParametersList());
      } catch (IllegalArgumentException e) {
        why = "%d of %d: %s".formatted(i + 1, points.size(), e.getMessage());
      }
    }
    if (why != null) {
      throw new SweepFileException(List.of(new SweepFileProblem(1, 1, "points: " + why)));
    }
  }

  private Effect<CoordinatorEvent, State> submitted(
      State state, Submit submit, SweepDefinition definition, @Nullable StoredStart start) {
    SubmitSweepRequest request = submit.request();
    String id = newId(definition.name(), state);
    SweepSubmitted submitted =
        new SweepSubmitted(
            id,
            request.getSweepFile(),
            baseDirectory(state, request),
            clock.millis(),
            request.getEarlierList(),
            request.getPointsList(),
            request.getRetestOf(),
            request.getOwner(),
            start);
    return Effect()
        .persist(submitted)
        .thenRun(
            after -> {
              spawn(submitted, definition, true);
              submit.replyTo().tell(SubmitSweepResponse.newBuilder().setSweepId(id).build());
            });
  }

  private static void refuse(Submit submit, List<SweepFileProblem> problems) {
    submit
        .replyTo()
        .tell(
            SubmitSweepResponse.newBuilder()
                .addAllProblems(problems.stream().map(Coordinator::toProto).toList())
                .build());
  }

  /** Asks the panda for the network that the trials are to begin with, and copies it. */
  private void beginWith(State state, Submit submit, SweepDefinition definition) {
    SweepStart start = submit.request().getStart();
    ActorRef<PandaActor.Command> panda = pandas.get(start.getPandaId());
    CompletionStage<PandaActor.Network> network =
        panda == null
            ? CompletableFuture.failedFuture(
                unknown("panda", start.getPandaId(), state.pandas().keySet()))
            : AskPattern.askWithStatus(
                panda,
                replyTo -> new PandaActor.GetNetwork(start.getCheckpoint(), replyTo),
                ANSWER_TIMEOUT,
                context.getSystem().scheduler());
    context.pipeToSelf(
        network.thenApplyAsync(found -> begun(submit, definition, found), blocking),
        (beginning, failure) ->
            beginning == null
                ? new Beginning(
                    submit,
                    definition,
                    null,
                    List.of(new SweepFileProblem(1, 1, "start: " + cause(failure).getMessage())))
                : beginning);
  }

  private Beginning begun(Submit submit, SweepDefinition definition, PandaActor.Network network) {
    List<SweepFileProblem> problems =
        TrainedShape.problems(definition, network.data(), network.parameters());
    if (!problems.isEmpty()) {
      return new Beginning(submit, definition, null, problems);
    }
    PandaCheckpoint from = network.checkpoint();
    // To the trials it is the beginning: their first epoch follows.
    BlobRef copy =
        copied(
            from.getBlob(),
            checkpoint ->
                checkpoint
                    .clearEpoch()
                    .clearBatchInEpoch()
                    .clearExamplesInEpoch()
                    .clearEpochLossSum()
                    .clearElapsedMicros()
                    .clearDecayFromEpoch()
                    .clearParametersBefore());
    return copy == null
        ? new Beginning(
            submit,
            definition,
            null,
            List.of(
                new SweepFileProblem(
                    1, 1, "start: checkpoint %d is not kept any more".formatted(from.getNumber()))))
        : new Beginning(
            submit,
            definition,
            StoredStart.newBuilder()
                .setOf(submit.request().getStart())
                .setCheckpoint(copy)
                .setStep(from.getStep())
                .build(),
            List.of());
  }

  private Effect<CoordinatorEvent, State> begin(State state, Beginning beginning) {
    if (beginning.start() == null) {
      refuse(beginning.submit(), beginning.problems());
      return Effect().none();
    }
    return submitted(state, beginning.submit(), beginning.definition(), beginning.start());
  }

  /** A changed copy of a checkpoint; null if it is not kept any more. */
  private @Nullable BlobRef copied(BlobRef of, UnaryOperator<Checkpoint.Builder> change) {
    try {
      Checkpoint checkpoint;
      try (InputStream bytes = blobs.open(BlobKind.CHECKPOINT, of.getSha256())) {
        checkpoint = Checkpoint.parseFrom(bytes);
      }
      byte[] copy = change.apply(checkpoint.toBuilder()).build().toByteArray();
      return blobs.put(BlobKind.CHECKPOINT, new ByteArrayInputStream(copy), copy.length);
    } catch (BlobStore.NoSuchBlobException forgotten) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  private static void requireFit(SweepDefinition definition, List<EarlierTrial> earlier)
      throws SweepFileException {
    try {
      WarmStart.of(definition, earlier);
    } catch (IllegalArgumentException e) {
      throw new SweepFileException(
          List.of(new SweepFileProblem(1, 1, "warm start: " + e.getMessage())));
    }
  }

  private static SweepDefinition parse(String sweepFile, String baseDirectory)
      throws SweepFileException {
    return SweepFile.parse(sweepFile, Path.of(baseDirectory));
  }

  private static dev.caviar.proto.v1.SweepFileProblem toProto(SweepFileProblem problem) {
    return dev.caviar.proto.v1.SweepFileProblem.newBuilder()
        .setLine(problem.line())
        .setColumn(problem.column())
        .setMessage(problem.message())
        .build();
  }

  /** Name and time, so that ids sort and can be told apart by people. */
  private String newId(String name, State state) {
    String id = name + "-" + ID_TIME.format(clock.instant());
    String unique = id;
    for (int n = 2;
        state.submitted().containsKey(unique) || state.pandas().containsKey(unique);
        n++) {
      unique = id + "-" + n;
    }
    return unique;
  }

  private ActorRef<SweepActor.Command> spawn(
      SweepSubmitted submitted, SweepDefinition definition, boolean working) {
    String id = submitted.sweepId();
    SweepActor.Setup setup =
        new SweepActor.Setup(
            id,
            submitted.sweepFile(),
            definition,
            submitted.submittedAtMillis(),
            curves,
            blobs,
            onStaleReport,
            submitted.earlier(),
            submitted.points(),
            submitted.retestOf(),
            lag,
            submitted.start());
    ActorRef<SweepActor.Command> sweep =
        context.spawn(
            SweepActor.create(setup, pool, news), "sweep-" + id + "-" + System.nanoTime());
    sweeps.put(id, sweep);
    if (working) {
      // Whoever submitted it finds it in the list at once.
      summaries.putIfAbsent(id, SweepActor.first(setup));
      pool.tell(new WorkerPool.AddSweep(id, sweep));
    }
    return sweep;
  }

  /** The actor of a sweep, started if it is not there; null if there is no such sweep. */
  private @Nullable ActorRef<SweepActor.Command> sweep(String id, State state) {
    ActorRef<SweepActor.Command> sweep = sweeps.get(id);
    SweepSubmitted submitted = state.submitted().get(id);
    if (sweep != null || submitted == null) {
      return sweep;
    }
    try {
      return spawn(
          submitted,
          parse(submitted.sweepFile(), submitted.baseDirectory()),
          !state.ended().containsKey(id));
    } catch (SweepFileException e) {
      // Taken by an earlier version; this one would not.
      context.getLog().error("Sweep {} cannot go on: {}", id, e.problems());
      return null;
    }
  }

  private Effect<CoordinatorEvent, State> list(State state, ListSweeps ask) {
    List<SweepSummary> sweeps = new ArrayList<>();
    for (SweepSubmitted sweep : List.copyOf(state.submitted().values()).reversed()) {
      SweepSummary summary = summary(state, sweep.sweepId());
      // Null for one that an earlier version took and this one cannot read.
      if (summary != null) {
        sweeps.add(summary.toBuilder().setOwner(sweep.owner()).build());
      }
    }
    Map<String, List<String>> stale =
        Staleness.of(sweeps, terms(state), CaviarVersion.get(), clock.instant());
    ListSweepsResponse.Builder response = ListSweepsResponse.newBuilder();
    for (SweepSummary sweep : sweeps) {
      response.addSweeps(
          sweep.toBuilder()
              .addAllStale(stale.getOrDefault(sweep.getStatus().getSweepId(), List.of())));
    }
    ask.replyTo().tell(response.build());
    return Effect().none();
  }

  /** Of all sweeps, if any can be stale; a file is understood for this once. */
  private Map<String, Staleness.Terms> terms(State state) {
    if (state.submitted().values().stream()
        .noneMatch(sweep -> sweep.sweepFile().contains("retest"))) {
      return Map.of();
    }
    for (SweepSubmitted sweep : state.submitted().values()) {
      if (!terms.containsKey(sweep.sweepId()) && !unreadable.contains(sweep.sweepId())) {
        try {
          terms.put(
              sweep.sweepId(), Staleness.Terms.of(parse(sweep.sweepFile(), sweep.baseDirectory())));
        } catch (SweepFileException e) {
          unreadable.add(sweep.sweepId()); // Which is logged where it is asked for.
        }
      }
    }
    return terms;
  }

  private @Nullable SweepSummary summary(State state, String id) {
    SweepSummary ended = state.ended().get(id);
    return ended != null ? ended : summaries.get(id);
  }

  private Effect<CoordinatorEvent, State> hear(State state, SweepActor.News news) {
    return switch (news) {
      case SweepActor.Changed(String id, SweepSummary summary) -> {
        SweepState sweepState = summary.getStatus().getState();
        boolean over =
            sweepState == SweepState.SWEEP_COMPLETED || sweepState == SweepState.SWEEP_STOPPED;
        if (over && !state.ended().containsKey(id)) {
          summaries.remove(id);
          yield Effect()
              .persist(
                  new SweepEnded(id, summary.toBuilder().setEndedAtMillis(clock.millis()).build()));
        }
        if (!over) {
          summaries.put(id, summary);
        }
        if (!over && state.ended().containsKey(id)) {
          yield Effect().persist(new SweepReopened(id)).thenRun(after -> reopen(id, after));
        }
        yield Effect().none();
      }
      case SweepActor.Idle(String id) -> {
        ActorRef<SweepActor.Command> sweep = sweeps.remove(id);
        if (sweep != null) {
          sweep.tell(SweepActor.Leave.NOW);
        }
        yield Effect().none();
      }
    };
  }

  /** It has trials to run again; workers are to ask it for trials again. */
  private void reopen(String id, State state) {
    ActorRef<SweepActor.Command> sweep = sweeps.get(id);
    if (sweep == null) {
      sweep(id, state); // It was about to leave memory.
    } else {
      pool.tell(new WorkerPool.AddSweep(id, sweep));
    }
  }

  private <T> Effect<CoordinatorEvent, State> toSweep(
      State state,
      String sweepId,
      ActorRef<StatusReply<T>> replyTo,
      Consumer<ActorRef<SweepActor.Command>> action) {
    ActorRef<SweepActor.Command> sweep = sweep(sweepId, state);
    if (sweep == null) {
      replyTo.tell(StatusReply.error(unknown("sweep", sweepId, state.submitted().keySet())));
    } else {
      action.accept(sweep);
    }
    return Effect().none();
  }

  private Effect<CoordinatorEvent, State> getTrialLog(State state, GetTrialLog get) {
    String id = get.request().getSweepId();
    int trial = get.request().getTrial();
    ActorRef<SweepActor.Command> sweep = sweep(id, state);
    PandaState panda = pandaStates.get(id);
    if (sweep == null && panda == null) {
      get.replyTo().tell(StatusReply.error(unknown("sweep", id, state.submitted().keySet())));
    } else if (panda != null && (trial < 0 || trial > panda.getBranch())) {
      get.replyTo()
          .tell(
              StatusReply.error(
                  new RequestException(
                      RequestException.Code.NOT_FOUND,
                      "there is no branch %d of panda %s; the last is %d"
                          .formatted(trial, id, panda.getBranch()))));
    } else {
      var _ =
          logs.read(id, trial)
              .thenCompose(
                  lines ->
                      sweep == null || !lines.isEmpty()
                          ? CompletableFuture.completedFuture(lines)
                          // There may be no such trial, which its sweep would know.
                          : trial(sweep, trial).thenApply(status -> lines))
              .whenComplete(
                  (lines, failure) ->
                      get.replyTo()
                          .tell(
                              failure != null
                                  ? StatusReply.error(cause(failure))
                                  : StatusReply.success(
                                      GetTrialLogResponse.newBuilder()
                                          .addAllLines(lines)
                                          .build())));
    }
    return Effect().none();
  }

  private CompletionStage<GetTrialResponse> trial(ActorRef<SweepActor.Command> sweep, int trial) {
    return AskPattern.askWithStatus(
        sweep,
        replyTo -> new SweepActor.GetTrial(trial, replyTo),
        ANSWER_TIMEOUT,
        context.getSystem().scheduler());
  }

  // ---- Pandas

  private Effect<CoordinatorEvent, State> startPanda(State state, StartPanda start) {
    StartPandaRequest request = start.request();
    StartPandaResponse.Builder response = StartPandaResponse.newBuilder();
    try {
      PandaDefinition definition =
          PandaFile.parse(request.getPandaFile(), Path.of(request.getBaseDirectory()));
      PandaStarted started =
          new PandaStarted(
              CoordinatorJournalEvent.PandaStarted.newBuilder()
                  .setPandaId(newId(definition.name(), state))
                  .setPandaFile(request.getPandaFile())
                  .setBaseDirectory(request.getBaseDirectory())
                  .setStartedAtMillis(clock.millis())
                  .setWho(request.getWho())
                  .build());
      return Effect()
          .persist(started)
          .thenRun(
              after -> {
                spawn(setup(started.begun(), definition));
                start.replyTo().tell(response.setPandaId(started.begun().getPandaId()).build());
              });
    } catch (SweepFileException e) {
      e.problems().forEach(problem -> response.addProblems(toProto(problem)));
    } catch (InvalidPathException e) {
      response.addProblems(
          toProto(new SweepFileProblem(1, 1, "not a base directory: " + e.getMessage())));
    }
    start.replyTo().tell(response.build());
    return Effect().none();
  }

  private Effect<CoordinatorEvent, State> adopt(State state, AdoptTrial adopt) {
    AdoptTrialRequest request = adopt.request();
    return toSweep(
        state,
        request.getSweepId(),
        adopt.replyTo(),
        sweep ->
            context.pipeToSelf(
                AskPattern.<SweepActor.Command, SweepActor.Training>askWithStatus(
                        sweep,
                        replyTo -> new SweepActor.GetTraining(request.getTrial(), replyTo),
                        ANSWER_TIMEOUT,
                        context.getSystem().scheduler())
                    .thenApplyAsync(training -> copied(adopt, training), blocking),
                (adoption, failure) ->
                    adoption == null ? new Adoption(adopt, null, null, failure) : adoption));
  }

  /**
   * With a copy of the trial's checkpoint, which its sweep will forget, and which ends at the
   * sweep's epochs. Without, where none is kept: trained again it comes to the same.
   */
  private Adoption copied(AdoptTrial adopt, SweepActor.Training training) {
    StoredStart start = training.start();
    if (start != null) {
      // It could not be trained again from its seed and its ledger alone.
      throw new RequestException(
          RequestException.Code.FAILED_PRECONDITION,
          "the trials of %s began with the network of panda %s: take that back to checkpoint %d, and set what the trial has"
              .formatted(
                  adopt.request().getSweepId(),
                  start.getOf().getPandaId(),
                  start.getOf().getCheckpoint()));
    }
    BlobRef copy =
        training.assignment().hasCheckpoint()
            ? copied(
                training.assignment().getCheckpoint(),
                checkpoint -> {
                  List<Parameter> parameters =
                      PandaDefinition.openEnded(checkpoint.getParametersList());
                  return checkpoint.clearParameters().addAllParameters(parameters);
                })
            : null;
    return new Adoption(adopt, training, copy, null);
  }

  private Effect<CoordinatorEvent, State> adopted(State state, Adoption adoption) {
    AdoptTrial adopt = adoption.adopt();
    SweepActor.Training training = adoption.training();
    if (training == null) {
      adopt.replyTo().tell(StatusReply.error(cause(Objects.requireNonNull(adoption.failure()))));
      return Effect().none();
    }
    AdoptTrialRequest request = adopt.request();
    String name = training.definition().name() + "-trial" + request.getTrial();
    boolean kept = adoption.checkpoint() != null;
    PandaOrigin.Builder origin =
        PandaOrigin.newBuilder()
            .setSweepId(request.getSweepId())
            .setTrial(request.getTrial())
            .setStep(kept ? training.step() : training.steps())
            .setEpoch(kept ? training.epoch() : training.epochs());
    for (ParameterChange change : training.assignment().getChangesList()) {
      if (change.hasAfterEpoch() && change.getAfterEpoch() > origin.getEpoch()) {
        continue; // What its sweep would have changed later is for the panda's user to do.
      }
      origin.addChanges(
          change.toBuilder()
              .clearParameters()
              .addAllParameters(PandaDefinition.openEnded(change.getParametersList())));
    }
    Objective sought = training.definition().objective();
    // What a model costs is the same at each of its epochs, so none is better than another by it.
    Objective objective =
        sought.metric().isOfLearning() ? sought : new Objective(Metric.DEV_ERROR, true);
    CoordinatorJournalEvent.PandaAdopted.Builder begun =
        CoordinatorJournalEvent.PandaAdopted.newBuilder()
            .setPandaId(newId(name, state))
            .setName(name)
            .setOrigin(origin)
            .setStartedAtMillis(clock.millis())
            .setWho(request.getWho())
            .setWhy(request.getWhy())
            .setData(training.assignment().getData())
            .setMetric(objective.metric().key())
            .setMinimize(objective.minimize())
            .setSeed(training.assignment().getSeed())
            .addAllParameters(PandaDefinition.openEnded(training.assignment().getParametersList()));
    if (adoption.checkpoint() != null) {
      begun.setCheckpoint(adoption.checkpoint());
    }
    PandaAdopted adopted = new PandaAdopted(begun.build());
    return Effect()
        .persist(adopted)
        .thenRun(
            after -> {
              spawn(setup(adopted.begun()));
              adopt
                  .replyTo()
                  .tell(
                      StatusReply.success(
                          AdoptTrialResponse.newBuilder()
                              .setPandaId(begun.getPandaId())
                              .setFromStep(kept ? training.step() : 0)
                              .build()));
            });
  }

  private PandaActor.Setup setup(
      CoordinatorJournalEvent.PandaStarted begun, PandaDefinition definition) {
    return new PandaActor.Setup(
        begun.getPandaId(),
        definition,
        begun.getStartedAtMillis(),
        begun.getWho(),
        "",
        curves,
        blobs,
        onStaleReport);
  }

  private PandaActor.Setup setup(CoordinatorJournalEvent.PandaAdopted begun) {
    PandaDefinition definition =
        new PandaDefinition(
            begun.getName(),
            "",
            begun.getData(),
            begun.getParametersList(),
            PandaDefinition.OPEN_END,
            begun.getSeed(),
            new Objective(Metric.named(begun.getMetric()), begun.getMinimize()),
            PandaDefinition.CheckpointPolicy.STANDARD,
            begun.getOrigin(),
            begun.hasCheckpoint() ? begun.getCheckpoint() : null);
    return new PandaActor.Setup(
        begun.getPandaId(),
        definition,
        begun.getStartedAtMillis(),
        begun.getWho(),
        begun.getWhy(),
        curves,
        blobs,
        onStaleReport);
  }

  private void recover(String id, CoordinatorEvent panda) {
    try {
      switch (panda) {
        case PandaStarted(var begun) ->
            spawn(
                setup(
                    begun,
                    PandaFile.parse(begun.getPandaFile(), Path.of(begun.getBaseDirectory()))));
        case PandaAdopted(var begun) -> spawn(setup(begun));
        default -> throw new IllegalStateException("no panda: " + panda);
      }
    } catch (SweepFileException e) {
      // Taken by an earlier version; this one would not.
      context.getLog().error("Panda {} cannot go on: {}", id, e.problems());
    }
  }

  private void spawn(PandaActor.Setup setup) {
    String id = setup.pandaId();
    ActorRef<PandaActor.Command> panda =
        context.spawn(
            PandaActor.create(setup, pool, pandaNews), "panda-" + id + "-" + System.nanoTime());
    pandas.put(id, panda);
    // Whoever started it finds it in the list at once.
    pandaStates.putIfAbsent(id, PandaActor.first(setup));
    pool.tell(new WorkerPool.AddSweep(id, PandaActor.source(panda), true));
  }

  private Effect<CoordinatorEvent, State> listPandas(State state, ListPandas ask) {
    ListPandasResponse.Builder response = ListPandasResponse.newBuilder();
    for (String id : List.copyOf(state.pandas().keySet()).reversed()) {
      PandaState panda = pandaStates.get(id);
      // Null for one that an earlier version took and this one cannot read.
      if (panda != null) {
        response.addPandas(panda);
      }
    }
    ask.replyTo().tell(response.build());
    return Effect().none();
  }

  private Effect<CoordinatorEvent, State> toPanda(State state, ToPanda to) {
    ActorRef<PandaActor.Command> panda = pandas.get(to.pandaId());
    if (panda == null) {
      to.refused().accept(unknown("panda", to.pandaId(), state.pandas().keySet()));
    } else {
      panda.tell(to.command());
    }
    return Effect().none();
  }

  private static RequestException unknown(String what, String id, Set<String> ids) {
    List<String> known = List.copyOf(ids).reversed();
    return new RequestException(
        RequestException.Code.NOT_FOUND,
        "there is no "
            + what
            + " "
            + id
            + (known.isEmpty()
                ? "; there is none yet"
                : "; the newest are " + known.subList(0, Math.min(5, known.size()))));
  }
}
