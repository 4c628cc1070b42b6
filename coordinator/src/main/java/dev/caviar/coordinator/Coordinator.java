package dev.caviar.coordinator;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.ActorContext;
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
import dev.caviar.coordinator.pool.WorkerPool;
import dev.caviar.coordinator.search.WarmStart;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.coordinator.space.SweepFileProblem;
import dev.caviar.coordinator.store.BlobStore;
import dev.caviar.coordinator.store.CurveStore;
import dev.caviar.coordinator.store.Inlet;
import dev.caviar.coordinator.store.JournalMessages;
import dev.caviar.coordinator.sweep.SweepActor;
import dev.caviar.proto.v1.ChangeSpaceRequest;
import dev.caviar.proto.v1.ContinueSweepRequest;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.CoordinatorSnapshot;
import dev.caviar.proto.v1.EarlierTrial;
import dev.caviar.proto.v1.EndSweepRequest;
import dev.caviar.proto.v1.EnqueuePointsRequest;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.ListSweepsResponse;
import dev.caviar.proto.v1.ListWorkersResponse;
import dev.caviar.proto.v1.PauseSweepRequest;
import dev.caviar.proto.v1.PauseTrialRequest;
import dev.caviar.proto.v1.ResumeSweepRequest;
import dev.caviar.proto.v1.ResumeTrialRequest;
import dev.caviar.proto.v1.ReviveTrialRequest;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepSummary;
import dev.caviar.proto.v1.WorkerMessage;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator's guardian: takes sweeps, lets workers in, and finds the sweep that a client asks
 * about. Everything else is the business of the actors it starts: one {@link WorkerPool}, and a
 * {@link SweepActor} for each sweep.
 */
public final class Coordinator
    extends EventSourcedBehavior<Coordinator.Command, CoordinatorEvent, Coordinator.State> {
  private static final DateTimeFormatter ID_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

  private static final int SNAPSHOT_EVENTS = 100;

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
  public record GetSweep(String sweepId, ActorRef<StatusReply<GetSweepResponse>> replyTo)
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

  private record FromSweep(SweepActor.News news) implements Command {}

  private record Taken(Runnable answer) implements Command {}

  /** What a coordinator remembers: the sweeps it took, the newest last. */
  public record State(Map<String, SweepSubmitted> submitted, Map<String, SweepSummary> ended) {
    State() {
      this(new LinkedHashMap<>(), new LinkedHashMap<>());
    }

    private State apply(CoordinatorEvent event) {
      switch (event) {
        case SweepSubmitted sweep -> submitted.put(sweep.sweepId(), sweep);
        case SweepEnded sweep -> ended.put(sweep.sweepId(), sweep.summary());
        case SweepReopened sweep -> ended.remove(sweep.sweepId());
        case PandaStarted panda -> {}
        case PandaAdopted panda -> {}
      }
      return this;
    }
  }

  private final ActorContext<Command> context;
  private final Clock clock = Clock.systemUTC();
  private final CurveStore curves;
  private final BlobStore blobs;
  private final Runnable onStaleReport;
  private final ActorRef<WorkerPool.Command> pool;
  private final ActorRef<SweepActor.News> news;
  private final Map<String, ActorRef<SweepActor.Command>> sweeps = new HashMap<>();
  // Of those that are not over, or were over but a moment ago.
  private final Map<String, SweepSummary> summaries = new HashMap<>();

  private Coordinator(
      ActorContext<Command> context,
      ActorRef<Command> front,
      CurveStore curves,
      BlobStore blobs,
      Runnable onStaleReport) {
    super(
        PersistenceId.ofUniqueId("coordinator"),
        SupervisorStrategy.restartWithBackoff(Duration.ofMillis(500), Duration.ofSeconds(30), 0.2));
    this.context = context;
    this.curves = curves;
    this.blobs = blobs;
    this.onStaleReport = onStaleReport;
    this.pool = context.spawn(WorkerPool.create(), "worker-pool");
    this.news =
        context.spawnAnonymous(
            Behaviors.receiveMessage(
                said -> {
                  front.tell(new FromSweep(said));
                  return Behaviors.same();
                }));
  }

  /** A coordinator that goes on with the sweeps in its journal, if there are any. */
  public static Behavior<Command> create(CurveStore curves, BlobStore blobs) {
    return create(curves, blobs, () -> {});
  }

  /**
   * The same.
   *
   * @param onStaleReport called, by any thread, for each message of a worker about a trial that is
   *     no longer its own
   */
  public static Behavior<Command> create(
      CurveStore curves, BlobStore blobs, Runnable onStaleReport) {
    return Inlet.before(
        (front, begun) ->
            Behaviors.setup(
                context -> {
                  begun.run();
                  return new Coordinator(context, front, curves, blobs, onStaleReport);
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
        return snapshot.build();
      }

      @Override
      public State fromJournal(Object from) {
        CoordinatorSnapshot snapshot = (CoordinatorSnapshot) from;
        State state = new State();
        snapshot.getSubmittedList().forEach(sweep -> state.apply(JournalMessages.submitted(sweep)));
        snapshot.getEndedList().forEach(sweep -> state.apply(JournalMessages.ended(sweep)));
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

  private void recovered(State state) {
    for (SweepSubmitted sweep : state.submitted().values()) {
      if (!state.ended().containsKey(sweep.sweepId())) {
        sweep(sweep.sweepId(), state);
      }
    }
    context
        .getLog()
        .info(
            "The coordinator knows {} sweeps, {} of them not over",
            state.submitted().size(),
            state.submitted().size() - state.ended().size());
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
                    get.sweepId(),
                    get.replyTo(),
                    sweep -> sweep.tell(new SweepActor.Get(get.replyTo()))))
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
        .onCommand(FromSweep.class, (state, from) -> hear(state, from.news()))
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
    SubmitSweepResponse.Builder response = SubmitSweepResponse.newBuilder();
    try {
      SweepDefinition definition = parse(request.getSweepFile(), request.getBaseDirectory());
      requireFit(definition, request.getEarlierList());
      String id = newId(definition.name(), state);
      SweepSubmitted submitted =
          new SweepSubmitted(
              id,
              request.getSweepFile(),
              request.getBaseDirectory(),
              clock.millis(),
              request.getEarlierList());
      return Effect()
          .persist(submitted)
          .thenRun(
              after -> {
                spawn(submitted, definition, true);
                submit.replyTo().tell(response.setSweepId(id).build());
              });
    } catch (SweepFileException e) {
      e.problems().forEach(problem -> response.addProblems(toProto(problem)));
    } catch (InvalidPathException e) {
      response.addProblems(
          toProto(new SweepFileProblem(1, 1, "not a base directory: " + e.getMessage())));
    }
    submit.replyTo().tell(response.build());
    return Effect().none();
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
    for (int n = 2; state.submitted().containsKey(unique); n++) {
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
            submitted.earlier());
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
    ListSweepsResponse.Builder response = ListSweepsResponse.newBuilder();
    for (SweepSubmitted sweep : List.copyOf(state.submitted().values()).reversed()) {
      SweepSummary summary = summary(state, sweep.sweepId());
      // Null for one that an earlier version took and this one cannot read.
      if (summary != null) {
        response.addSweeps(summary);
      }
    }
    ask.replyTo().tell(response.build());
    return Effect().none();
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
      List<String> known = List.copyOf(state.submitted().keySet()).reversed();
      replyTo.tell(
          StatusReply.error(
              new RequestException(
                  RequestException.Code.NOT_FOUND,
                  "there is no sweep "
                      + sweepId
                      + (known.isEmpty()
                          ? "; there is none yet"
                          : "; the newest are " + known.subList(0, Math.min(5, known.size()))))));
    } else {
      action.accept(sweep);
    }
    return Effect().none();
  }
}
