package dev.caviar.worker.trial;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Evaluation;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.Model;
import dev.caviar.proto.v1.Provenance;
import dev.caviar.proto.v1.TrialCheckpoint;
import dev.caviar.proto.v1.TrialCommand;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialEndedAck;
import dev.caviar.proto.v1.TrialModel;
import dev.caviar.proto.v1.TrialReport;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.worker.CaviarVersion;
import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.backend.Examples;
import dev.caviar.worker.backend.Trainer;
import dev.caviar.worker.data.DataCache;
import dev.caviar.worker.data.DataException;
import dev.caviar.worker.data.DataSplits;
import dev.caviar.worker.model.TrainedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Trains one trial under one lease, on a thread of the trial dispatcher. It trains a slice, sends
 * itself {@link Train}, and so hears what else is in its mailbox before the next slice. When
 * training is over it says so until the coordinator has taken the result, hands over the model if
 * asked to, and stops.
 *
 * <p>Nothing a trial does can end its worker: an exception, a loss that is not a number, even
 * exhausted memory ends that trial alone, with its reason.
 */
public final class TrialActor {
  /** Its threads, as configured in reference.conf; blocking is what they are for. */
  public static final String DISPATCHER = "caviar.worker.trial-dispatcher";

  /** How long a command may have to wait for a slice to end, save for an evaluation. */
  static final Duration SLICE = Duration.ofMillis(50);

  /** Points wait this long for others to travel with. */
  static final Duration REPORT_INTERVAL = Duration.ofMillis(100);

  /** Between two announcements of the same end. */
  static final Duration RESEND_INTERVAL = Duration.ofSeconds(5);

  /** What a trial can be told. */
  public sealed interface Command {}

  /** Pause, resume, stop, tune, checkpoint. */
  public record Control(TrialCommand command) implements Command {}

  /** The coordinator has taken the result. */
  public record Acknowledged(TrialEndedAck ack) implements Command {}

  private enum Train implements Command {
    NEXT_SLICE
  }

  private enum Resend implements Command {
    TRIAL_ENDED
  }

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final AssignTrial assignment;
  private final Lease lease;
  private final Backend backend;
  private final DataCache dataCache;
  private final ActorRef<WorkerMessage> worker;

  private final List<CurvePoint> unreported = new ArrayList<>();
  private long lastReport = System.nanoTime();
  private @Nullable DataSplits data;
  private @Nullable TrainingRun run;

  private TrialActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      AssignTrial assignment,
      Backend backend,
      DataCache dataCache,
      ActorRef<WorkerMessage> worker) {
    this.context = context;
    this.timers = timers;
    this.assignment = assignment;
    this.lease = assignment.getLease();
    this.backend = backend;
    this.dataCache = dataCache;
    this.worker = worker;
  }

  /**
   * Begins as soon as it is spawned; spawn it on {@link #DISPATCHER}.
   *
   * @param worker hears its reports, its end and its model
   */
  public static Behavior<Command> create(
      AssignTrial assignment,
      Backend backend,
      DataCache dataCache,
      ActorRef<WorkerMessage> worker) {
    Map<String, String> mdc =
        Map.of(
            "sweep",
            assignment.getLease().getSweepId(),
            "trial",
            Integer.toString(assignment.getLease().getTrial()));
    return Behaviors.withMdc(
        Command.class,
        mdc,
        Behaviors.withTimers(
            timers ->
                Behaviors.setup(
                    context ->
                        new TrialActor(context, timers, assignment, backend, dataCache, worker)
                            .begin())));
  }

  private Behavior<Command> begin() {
    context.getSelf().tell(Train.NEXT_SLICE);
    return training();
  }

  private Behavior<Command> training() {
    return Behaviors.receive(Command.class)
        .onMessage(Train.class, next -> trainSlice())
        .onMessage(Control.class, control -> obey(control.command(), false))
        .onSignal(PostStop.class, stopped -> close())
        .build();
  }

  private Behavior<Command> paused() {
    return Behaviors.receive(Command.class)
        .onMessage(Train.class, next -> Behaviors.same())
        .onMessage(Control.class, control -> obey(control.command(), true))
        .onSignal(PostStop.class, stopped -> close())
        .build();
  }

  private Behavior<Command> ended(TrialEnded end) {
    return Behaviors.receive(Command.class)
        .onMessage(Train.class, next -> Behaviors.same())
        .onMessage(
            Resend.class,
            resend -> {
              tellWorker(WorkerMessage.newBuilder().setTrialEnded(end));
              return Behaviors.same();
            })
        .onMessage(Control.class, tooLate -> Behaviors.same())
        .onMessage(Acknowledged.class, acknowledged -> leave(acknowledged.ack()))
        .onSignal(PostStop.class, stopped -> close())
        .build();
  }

  private Behavior<Command> trainSlice() {
    try {
      TrainingRun training = running();
      CurvePoint point = training.train(SLICE.toNanos());
      if (point != null) {
        unreported.add(point);
      }
      if (training.finished()) {
        return end(TrialState.COMPLETED, "");
      }
    } catch (TrainingRun.DivergedException e) {
      return end(TrialState.DIVERGED, String.valueOf(e.getMessage()));
    } catch (DataException | IllegalArgumentException e) {
      // Says itself what is wrong; a stack trace would add nothing.
      return end(TrialState.FAILED, String.valueOf(e.getMessage()));
    } catch (OutOfMemoryError e) {
      return end(TrialState.FAILED, "out of memory: " + e.getMessage());
    } catch (RuntimeException | LinkageError e) {
      context.getLog().error("Trial failed", e);
      return end(TrialState.FAILED, e.toString());
    }
    if (System.nanoTime() - lastReport >= REPORT_INTERVAL.toNanos()) {
      report();
    }
    context.getSelf().tell(Train.NEXT_SLICE);
    return Behaviors.same();
  }

  private TrainingRun running() {
    if (run == null) {
      // Here rather than at the start, because loading data takes its time and may fail.
      data = dataCache.get(assignment.getData());
      run = new TrainingRun(assignment, data, backend);
    }
    return run;
  }

  private Behavior<Command> obey(TrialCommand command, boolean paused) {
    return switch (command.getCommandCase()) {
      case PAUSE -> {
        report();
        yield paused();
      }
      case RESUME -> {
        if (paused) {
          context.getSelf().tell(Train.NEXT_SLICE);
        }
        yield training();
      }
      case STOP -> end(command.getStop().getState(), command.getStop().getReason());
      case TUNE -> {
        try {
          running().tune(command.getTune().getParametersList());
        } catch (RuntimeException e) {
          context.getLog().warn("Not tuned: {}", e.getMessage());
        }
        yield Behaviors.same();
      }
      case CHECKPOINT -> {
        if (run != null) {
          report();
          tellWorker(
              WorkerMessage.newBuilder()
                  .setTrialCheckpoint(
                      TrialCheckpoint.newBuilder()
                          .setLease(lease)
                          .setCheckpoint(run.checkpoint())));
        }
        yield Behaviors.same();
      }
      case COMMAND_NOT_SET -> Behaviors.same();
    };
  }

  private Behavior<Command> end(TrialState state, String reason) {
    report();
    TrialEnded.Builder end =
        TrialEnded.newBuilder().setLease(lease).setState(state).setReason(reason);
    if (run != null) {
      end.setSteps(run.steps()).setEpochs(run.epochs()).setElapsedMicros(run.elapsedMicros());
    }
    TrialEnded ended = end.build();
    tellWorker(WorkerMessage.newBuilder().setTrialEnded(ended));
    timers.startTimerWithFixedDelay(Resend.TRIAL_ENDED, RESEND_INTERVAL);
    return ended(ended);
  }

  private Behavior<Command> leave(TrialEndedAck ack) {
    if (ack.getSendModel()) {
      TrialModel.Builder model = TrialModel.newBuilder().setLease(lease);
      try {
        addModel(model);
      } catch (RuntimeException e) {
        context.getLog().error("The model could not be made", e);
        model.clearModel().clearTest();
      }
      tellWorker(WorkerMessage.newBuilder().setTrialModel(model));
    }
    return Behaviors.stopped();
  }

  private void addModel(TrialModel.Builder model) {
    if (run == null || data == null) {
      return;
    }
    model.setModel(model(run, data));
    if (data.test().count() > 0) {
      model.setTest(evaluation(run.evaluate(data.test()), data.test()));
    }
  }

  private Model model(TrainingRun training, DataSplits splits) {
    Trainer.Evaluation dev = training.evaluate(splits.dev());
    return TrainedModel.of(
            training.network(),
            training.state(),
            splits,
            Provenance.newBuilder()
                .setSweepId(lease.getSweepId())
                .setTrial(lease.getTrial())
                .addAllParameters(training.parameters())
                .setSeed(assignment.getSeed())
                .setData(assignment.getData())
                .setDataSha256(splits.dataset().sha256())
                .setBackend(backend.name() + ": " + backend.description())
                .setCaviarVersion(CaviarVersion.get())
                .setEpochs(training.epochs())
                .setDev(evaluation(dev, splits.dev()))
                .build())
        .toProto();
  }

  private static Evaluation evaluation(Trainer.Evaluation found, Examples over) {
    return Evaluation.newBuilder()
        .setLoss(found.loss())
        .setError(found.error())
        .setExamples(over.count())
        .build();
  }

  private void report() {
    lastReport = System.nanoTime();
    if (unreported.isEmpty()) {
      return;
    }
    tellWorker(
        WorkerMessage.newBuilder()
            .setTrialReport(TrialReport.newBuilder().setLease(lease).addAllPoints(unreported)));
    unreported.clear();
  }

  private void tellWorker(WorkerMessage.Builder message) {
    worker.tell(message.build());
  }

  private Behavior<Command> close() {
    if (run != null) {
      run.close();
      run = null;
    }
    return Behaviors.same();
  }
}
