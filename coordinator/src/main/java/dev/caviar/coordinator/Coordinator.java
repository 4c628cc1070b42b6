package dev.caviar.coordinator;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.pattern.StatusReply;
import dev.caviar.coordinator.pool.WorkerPool;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.coordinator.space.SweepFileProblem;
import dev.caviar.coordinator.sweep.SweepActor;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.EndSweepRequest;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.ListSweepsResponse;
import dev.caviar.proto.v1.ListWorkersResponse;
import dev.caviar.proto.v1.PauseSweepRequest;
import dev.caviar.proto.v1.PauseTrialRequest;
import dev.caviar.proto.v1.ResumeSweepRequest;
import dev.caviar.proto.v1.ResumeTrialRequest;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.WorkerMessage;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator's guardian: takes sweeps, lets workers in, and finds the sweep that a client asks
 * about. Everything else is the business of the actors it starts: one {@link WorkerPool}, and a
 * {@link SweepActor} for each sweep.
 */
public final class Coordinator {
  private static final DateTimeFormatter ID_TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

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

  /** Who works. */
  public record ListWorkers(ActorRef<ListWorkersResponse> replyTo) implements Command {}

  /** A worker dials in; see {@link WorkerPool.Connect}. */
  public record ConnectWorker(
      ActorRef<CoordinatorMessage> worker, ActorRef<ActorRef<WorkerMessage>> opened)
      implements Command {}

  private final ActorContext<Command> context;
  private final Clock clock;
  private final ActorRef<WorkerPool.Command> pool;
  private final Map<String, ActorRef<SweepActor.Command>> sweeps = new LinkedHashMap<>();

  private Coordinator(ActorContext<Command> context, Clock clock) {
    this.context = context;
    this.clock = clock;
    this.pool = context.spawn(WorkerPool.create(), "worker-pool");
  }

  /** A coordinator without sweeps or workers. */
  public static Behavior<Command> create() {
    return Behaviors.setup(context -> new Coordinator(context, Clock.systemUTC()).running());
  }

  private Behavior<Command> running() {
    return Behaviors.receive(Command.class)
        .onMessage(Submit.class, this::submit)
        .onMessage(Watch.class, this::watch)
        .onMessage(End.class, this::end)
        .onMessage(GetBestModel.class, this::getBestModel)
        .onMessage(
            ConnectWorker.class,
            connect -> {
              pool.tell(new WorkerPool.Connect(connect.worker(), connect.opened()));
              return Behaviors.same();
            })
        .build();
  }

  private Behavior<Command> submit(Submit submit) {
    SubmitSweepResponse.Builder response = SubmitSweepResponse.newBuilder();
    try {
      SubmitSweepRequest request = submit.request();
      SweepDefinition definition =
          SweepFile.parse(request.getSweepFile(), Path.of(request.getBaseDirectory()));
      String id = newId(definition.name());
      sweeps.put(id, context.spawn(SweepActor.create(id, definition, pool), "sweep-" + id));
      response.setSweepId(id);
    } catch (SweepFileException e) {
      e.problems().forEach(problem -> response.addProblems(toProto(problem)));
    } catch (InvalidPathException e) {
      response.addProblems(
          toProto(new SweepFileProblem(1, 1, "not a base directory: " + e.getMessage())));
    }
    submit.replyTo().tell(response.build());
    return Behaviors.same();
  }

  private static dev.caviar.proto.v1.SweepFileProblem toProto(SweepFileProblem problem) {
    return dev.caviar.proto.v1.SweepFileProblem.newBuilder()
        .setLine(problem.line())
        .setColumn(problem.column())
        .setMessage(problem.message())
        .build();
  }

  /** Name and time, so that ids sort and can be told apart by people. */
  private String newId(String name) {
    String id = name + "-" + ID_TIME.format(clock.instant());
    String unique = id;
    for (int n = 2; sweeps.containsKey(unique); n++) {
      unique = id + "-" + n;
    }
    return unique;
  }

  private Behavior<Command> watch(Watch watch) {
    return toSweep(
        watch.sweepId(),
        watch.replyTo(),
        sweep -> sweep.tell(new SweepActor.Watch(watch.afterCursor(), watch.replyTo())));
  }

  private Behavior<Command> end(End end) {
    EndSweepRequest request = end.request();
    return toSweep(
        request.getSweepId(),
        end.replyTo(),
        sweep -> {
          sweep.tell(new SweepActor.End(request.getCancelRunning(), request.getReason()));
          end.replyTo().tell(StatusReply.ack());
        });
  }

  private Behavior<Command> getBestModel(GetBestModel ask) {
    return toSweep(
        ask.sweepId(),
        ask.replyTo(),
        sweep -> sweep.tell(new SweepActor.GetBestModel(ask.replyTo())));
  }

  private <T> Behavior<Command> toSweep(
      String sweepId,
      ActorRef<StatusReply<T>> replyTo,
      Consumer<ActorRef<SweepActor.Command>> action) {
    @Nullable ActorRef<SweepActor.Command> sweep = sweeps.get(sweepId);
    if (sweep == null) {
      replyTo.tell(
          StatusReply.error(
              "there is no sweep " + sweepId + "; those here are " + sweeps.keySet()));
    } else {
      action.accept(sweep);
    }
    return Behaviors.same();
  }
}
