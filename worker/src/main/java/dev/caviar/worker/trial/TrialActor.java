package dev.caviar.worker.trial;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.BehaviorBuilder;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Evaluation;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.Provenance;
import dev.caviar.proto.v1.TrialCheckpoint;
import dev.caviar.proto.v1.TrialCommand;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialEndedAck;
import dev.caviar.proto.v1.TrialModel;
import dev.caviar.proto.v1.TrialReport;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.worker.BlobTransfer;
import dev.caviar.worker.CaviarVersion;
import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.backend.Examples;
import dev.caviar.worker.backend.Trainer;
import dev.caviar.worker.data.DataCache;
import dev.caviar.worker.data.DataException;
import dev.caviar.worker.data.DataSplits;
import dev.caviar.worker.data.PushedData;
import dev.caviar.worker.model.DevReport;
import dev.caviar.worker.model.TrainedModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Trains one trial under one lease, on a thread of the trial dispatcher. It trains a slice, sends
 * itself {@link Train}, and so hears what else is in its mailbox before the next slice. When
 * training is over it says so until the coordinator has taken the result, hands over the model if
 * asked to, and stops.
 *
 * <p>Points stay here until the coordinator has stored them, so that a broken link loses none.
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

  private static final int MODEL_ATTEMPTS = 20;

  /** What a trial can be told. */
  public sealed interface Command {}

  /** Pause, resume, stop, tune, checkpoint. */
  public record Control(TrialCommand command) implements Command {}

  /** The coordinator has taken the result. */
  public record Acknowledged(TrialEndedAck ack) implements Command {}

  /** Points up to this epoch are stored; they need not be sent again. */
  public record PointsStored(int epoch) implements Command {}

  /** A new link is there: whatever was not acknowledged is to be said again. */
  public enum Reconnected implements Command {
    SAY_IT_AGAIN
  }

  /** Checkpoint, then let another worker go on. */
  public record HandBack(String reason) implements Command {}

  /** The trial is another's or nobody's: end without a word. */
  public enum LeaseVoid implements Command {
    END
  }

  private record CheckpointStored(
      long step, int epoch, @Nullable BlobRef stored, @Nullable Throwable failure)
      implements Command {}

  private record ModelStored(@Nullable BlobRef stored, @Nullable Throwable failure)
      implements Command {}

  private record ReportStored(@Nullable BlobRef stored, @Nullable Throwable failure)
      implements Command {}

  private enum SendModel implements Command {
    AGAIN
  }

  private enum Train implements Command {
    NEXT_SLICE
  }

  private enum Resend implements Command {
    TRIAL_ENDED,
    RUNG
  }

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final AssignTrial assignment;
  private final Lease lease;
  private final Backend backend;
  private final DataCache dataCache;
  private final PushedData pushedData;
  private final BlobTransfer blobs;
  private final Executor blocking;
  private final ActorRef<WorkerMessage> worker;

  private final List<CurvePoint> unreported = new ArrayList<>();
  // Reported, but not known to be stored.
  private final List<CurvePoint> unacknowledged = new ArrayList<>();
  private boolean checkpointing;
  private boolean atRung;
  private boolean lost;
  private @Nullable String handBack;
  private int modelsFailed;
  private long lastReport = System.nanoTime();
  private @Nullable DataSplits data;
  private @Nullable TrainingRun run;

  private TrialActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      AssignTrial assignment,
      Backend backend,
      DataCache dataCache,
      PushedData pushedData,
      BlobTransfer blobs,
      ActorRef<WorkerMessage> worker) {
    this.context = context;
    this.timers = timers;
    this.assignment = assignment;
    this.lease = assignment.getLease();
    this.backend = backend;
    this.dataCache = dataCache;
    this.pushedData = pushedData;
    this.blobs = blobs;
    this.blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
    this.worker = worker;
  }

  /**
   * Begins as soon as it is spawned; spawn it on {@link #DISPATCHER}.
   *
   * @param pushedData where data named by its hash comes from
   * @param blobs takes its checkpoints and its model
   * @param worker hears its reports, its end and its model
   */
  public static Behavior<Command> create(
      AssignTrial assignment,
      Backend backend,
      DataCache dataCache,
      PushedData pushedData,
      BlobTransfer blobs,
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
                        new TrialActor(
                                context,
                                timers,
                                assignment,
                                backend,
                                dataCache,
                                pushedData,
                                blobs,
                                worker)
                            .begin())));
  }

  private Behavior<Command> begin() {
    context.getSelf().tell(Train.NEXT_SLICE);
    return training();
  }

  private Behavior<Command> training() {
    return unfinished()
        .onMessage(Train.class, next -> trainSlice())
        .onMessage(Control.class, control -> obey(control.command(), false))
        .build();
  }

  private Behavior<Command> paused() {
    return unfinished()
        .onMessage(Train.class, next -> Behaviors.same())
        .onMessage(Control.class, control -> obey(control.command(), true))
        .build();
  }

  /**
   * At a rung: it trains on when the coordinator says so, which it does in answer to a checkpoint.
   */
  private Behavior<Command> judged() {
    atRung = true;
    report();
    checkpoint();
    timers.startTimerWithFixedDelay(Resend.RUNG, RESEND_INTERVAL);
    return unfinished()
        .onMessage(Train.class, next -> Behaviors.same())
        .onMessage(
            Resend.class,
            again -> {
              sayAgain();
              checkpoint();
              return Behaviors.same();
            })
        .onMessage(
            Control.class,
            control -> {
              TrialCommand command = control.command();
              boolean heldBack =
                  switch (command.getCommandCase()) {
                    // It holds still as it is, and its user's resume is no judgement.
                    case PAUSE -> true;
                    case RESUME -> !mayTrainOn(command);
                    default -> false;
                  };
              if (heldBack) {
                return Behaviors.same();
              }
              if (command.hasResume() || command.hasStop()) {
                timers.cancel(Resend.RUNG);
                atRung = false;
              }
              return obey(command, true);
            })
        .build();
  }

  /** Whether it is a judgement of this rung, and not only its user's wish that it trains again. */
  private boolean mayTrainOn(TrialCommand command) {
    return run == null || command.getResume().getPromotedEpoch() >= run.epochs();
  }

  private BehaviorBuilder<Command> unfinished() {
    return always()
        .onMessage(Reconnected.class, again -> sayAgain())
        .onMessage(HandBack.class, back -> handBack(back.reason()))
        .onMessage(CheckpointStored.class, stored -> checkpointed(stored, true));
  }

  private BehaviorBuilder<Command> always() {
    return Behaviors.receive(Command.class)
        .onMessage(
            PointsStored.class,
            stored -> {
              unacknowledged.removeIf(point -> point.getEpoch() <= stored.epoch());
              return Behaviors.same();
            })
        .onMessage(LeaseVoid.class, end -> Behaviors.stopped())
        .onSignal(PostStop.class, stopped -> close());
  }

  private Behavior<Command> ended(TrialEnded end) {
    return always()
        .onMessage(Train.class, next -> Behaviors.same())
        .onMessage(
            Resend.class,
            resend -> {
              // Its points too: the coordinator takes no end before it has them all.
              sayAgain();
              tellWorker(WorkerMessage.newBuilder().setTrialEnded(end));
              return Behaviors.same();
            })
        .onMessage(
            Reconnected.class,
            again -> {
              sayAgain();
              tellWorker(WorkerMessage.newBuilder().setTrialEnded(end));
              return Behaviors.same();
            })
        .onMessage(Control.class, tooLate -> Behaviors.same())
        .onMessage(CheckpointStored.class, tooLate -> Behaviors.same())
        .onMessage(HandBack.class, back -> Behaviors.same())
        .onMessage(Acknowledged.class, acknowledged -> leave(acknowledged.ack()))
        .build();
  }

  /** The result is taken and the model asked for. Its report goes first: it may be missing. */
  private Behavior<Command> sendingModel(
      TrialModel.Builder message, TrainedModel model, DataSplits splits) {
    byte[] bytes = model.toProto().toByteArray();
    store(
        BlobKind.REPORT,
        DevReport.of(model, splits, assignment.getData()).toByteArray(),
        ReportStored::new);
    return always()
        .onMessage(Train.class, next -> Behaviors.same())
        .onMessage(Resend.class, next -> Behaviors.same())
        .onMessage(Reconnected.class, next -> Behaviors.same())
        .onMessage(Control.class, tooLate -> Behaviors.same())
        .onMessage(CheckpointStored.class, tooLate -> Behaviors.same())
        .onMessage(HandBack.class, back -> Behaviors.same())
        .onMessage(Acknowledged.class, again -> Behaviors.same())
        .onMessage(
            SendModel.class,
            again -> {
              store(BlobKind.MODEL, bytes, ModelStored::new);
              return Behaviors.same();
            })
        .onMessage(
            ReportStored.class,
            stored -> {
              if (stored.stored() == null) {
                context.getLog().warn("The model goes without a report", stored.failure());
              } else {
                message.setReport(stored.stored());
              }
              store(BlobKind.MODEL, bytes, ModelStored::new);
              return Behaviors.same();
            })
        .onMessage(
            ModelStored.class,
            stored -> {
              if (stored.stored() != null) {
                message.setModel(stored.stored());
              } else if (++modelsFailed < MODEL_ATTEMPTS) {
                context.getLog().warn("The model could not be sent", stored.failure());
                timers.startSingleTimer(SendModel.AGAIN, RESEND_INTERVAL);
                return Behaviors.same();
              } else {
                context.getLog().error("The model is not sent any more", stored.failure());
              }
              tellWorker(WorkerMessage.newBuilder().setTrialModel(message));
              return Behaviors.stopped();
            })
        .build();
  }

  private Behavior<Command> sayAgain() {
    if (!unacknowledged.isEmpty()) {
      tellWorker(
          WorkerMessage.newBuilder()
              .setTrialReport(
                  TrialReport.newBuilder().setLease(lease).addAllPoints(unacknowledged)));
    }
    return Behaviors.same();
  }

  private Behavior<Command> handBack(String reason) {
    handBack = reason;
    if (run == null || run.steps() == 0) {
      return end(TrialState.RETRYING, reason);
    }
    checkpoint();
    return waitingForCheckpoint();
  }

  private Behavior<Command> waitingForCheckpoint() {
    return always()
        .onMessage(Train.class, next -> Behaviors.same())
        .onMessage(Control.class, tooLate -> Behaviors.same())
        .onMessage(HandBack.class, again -> Behaviors.same())
        .onMessage(Reconnected.class, again -> sayAgain())
        .onMessage(CheckpointStored.class, stored -> checkpointed(stored, false))
        .build();
  }

  private void checkpoint() {
    if (run == null || checkpointing) {
      return; // one on its way is enough
    }
    report();
    checkpointing = true;
    long step = run.steps();
    int epoch = run.epochs();
    store(
        BlobKind.CHECKPOINT,
        run.checkpoint().toByteArray(),
        (stored, failure) -> new CheckpointStored(step, epoch, stored, failure));
  }

  private Behavior<Command> checkpointed(CheckpointStored stored, boolean goOn) {
    checkpointing = false;
    if (atRung && run != null && stored.step() < run.steps()) {
      checkpoint(); // that one was on its way before the rung
    }
    if (stored.stored() == null) {
      context
          .getLog()
          .warn("The checkpoint at step {} could not be sent", stored.step(), stored.failure());
    } else {
      tellWorker(
          WorkerMessage.newBuilder()
              .setTrialCheckpoint(
                  TrialCheckpoint.newBuilder()
                      .setLease(lease)
                      .setCheckpoint(stored.stored())
                      .setStep(stored.step())
                      .setEpoch(stored.epoch())));
    }
    return goOn || handBack == null ? Behaviors.same() : end(TrialState.RETRYING, handBack);
  }

  private void store(
      BlobKind kind,
      byte[] bytes,
      BiFunction<@Nullable BlobRef, @Nullable Throwable, Command> told) {
    CompletionStage<BlobRef> stored =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return blobs.put(kind, new ByteArrayInputStream(bytes));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            blocking);
    context.pipeToSelf(stored, told::apply);
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
      if (point != null && assignment.getRungsList().contains(training.epochs())) {
        return judged();
      }
    } catch (TrainingRun.DivergedException e) {
      return end(TrialState.DIVERGED, String.valueOf(e.getMessage()));
    } catch (UncheckedIOException e) {
      // The coordinator could not be asked for the checkpoint or the data: another may have more
      // luck.
      lost = true;
      return end(TrialState.RETRYING, String.valueOf(e.getMessage()));
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
      data = dataCache.get(pushedData.local(assignment.getData()));
      run = new TrainingRun(assignment, startingPoint(), data, backend);
    }
    return run;
  }

  private @Nullable Checkpoint startingPoint() {
    if (!assignment.hasCheckpoint()) {
      return null;
    }
    BlobRef stored = assignment.getCheckpoint();
    var bytes = new ByteArrayOutputStream(Math.toIntExact(stored.getSize()));
    try {
      blobs.get(BlobKind.CHECKPOINT, stored.getSha256(), bytes);
      if (bytes.size() != stored.getSize()) {
        throw new IOException("of " + stored.getSize() + " bytes came " + bytes.size());
      }
      return Checkpoint.parseFrom(bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException("its checkpoint could not be fetched: " + e.getMessage(), e);
    }
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
        checkpoint();
        yield Behaviors.same();
      }
      case COMMAND_NOT_SET -> Behaviors.same();
    };
  }

  private Behavior<Command> end(TrialState state, String reason) {
    report();
    TrialEnded.Builder end =
        TrialEnded.newBuilder().setLease(lease).setState(state).setReason(reason).setLost(lost);
    if (run != null) {
      end.setSteps(run.steps()).setEpochs(run.epochs()).setElapsedMicros(run.elapsedMicros());
    }
    TrialEnded ended = end.build();
    tellWorker(WorkerMessage.newBuilder().setTrialEnded(ended));
    timers.startTimerWithFixedDelay(Resend.TRIAL_ENDED, RESEND_INTERVAL);
    return ended(ended);
  }

  private Behavior<Command> leave(TrialEndedAck ack) {
    if (!ack.getSendModel()) {
      return Behaviors.stopped();
    }
    TrialModel.Builder message = TrialModel.newBuilder().setLease(lease);
    try {
      if (run != null && data != null) {
        TrainedModel model = model(run, data);
        if (data.test().count() > 0) {
          message.setTest(evaluation(run.evaluate(data.test()), data.test()));
        }
        timers.cancel(Resend.TRIAL_ENDED);
        return sendingModel(message, model, data);
      }
    } catch (RuntimeException e) {
      context.getLog().error("The model could not be made", e);
    }
    tellWorker(WorkerMessage.newBuilder().setTrialModel(message.clearTest()));
    return Behaviors.stopped();
  }

  private TrainedModel model(TrainingRun training, DataSplits splits) {
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
            .build());
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
    unacknowledged.addAll(unreported);
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
