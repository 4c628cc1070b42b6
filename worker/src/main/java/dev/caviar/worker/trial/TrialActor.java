package dev.caviar.worker.trial;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.BehaviorBuilder;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import com.google.protobuf.MessageLite;
import dev.caviar.proto.CaviarVersion;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Evaluation;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.Model;
import dev.caviar.proto.v1.ParameterChange;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.Provenance;
import dev.caviar.proto.v1.StopTrial;
import dev.caviar.proto.v1.TrialCheckpoint;
import dev.caviar.proto.v1.TrialCommand;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialEndedAck;
import dev.caviar.proto.v1.TrialModel;
import dev.caviar.proto.v1.TrialReport;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialTuned;
import dev.caviar.proto.v1.TuneTrial;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.worker.BlobTransfer;
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
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Trains one trial under one lease, on a thread of the trial dispatcher. It trains a slice, sends
 * itself {@link Train}, and so hears what else is in its mailbox before the next slice. When
 * training is over it says so until the coordinator has taken the result, hands over the model if
 * asked to, and stops.
 *
 * <p>Points and answers to tunings stay here until the coordinator has stored them, so that a
 * broken link loses none; a trial without a link trains on until there are very many.
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

  /** Between two best networks that are sent. */
  static final Duration BEST_INTERVAL = Duration.ofSeconds(1);

  private static final int MODEL_ATTEMPTS = 20;

  /** What a trial can be told. */
  public sealed interface Command {}

  /** Pause, resume, stop, tune, checkpoint. */
  public record Control(TrialCommand command) implements Command {}

  /** The coordinator has taken the result. */
  public record Acknowledged(TrialEndedAck ack) implements Command {}

  /** Points up to this epoch are stored; they need not be sent again. */
  public record PointsStored(int epoch) implements Command {}

  /** What the change of this id came to is stored; it need not be answered again. */
  public record TuningStored(long changeId) implements Command {}

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
      TrialCheckpoint.Builder message, @Nullable BlobRef stored, @Nullable Throwable failure)
      implements Command {}

  /**
   * @param checkpointed whether its checkpoint, as it is then, goes before its end
   */
  private record Ending(TrialState state, String reason, boolean checkpointed) {}

  private record BestStored(
      BestNetwork.Found found, @Nullable BlobRef stored, @Nullable Throwable failure)
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
  private final LogLines log;

  private final List<CurvePoint> unreported = new ArrayList<>();
  private final Unacknowledged unacknowledged;
  // Not made yet, in the order of the steps they wait for.
  private final List<TuneTrial> tunings = new ArrayList<>();
  // To those that were made or refused, by their ids.
  private final Map<Long, TrialTuned> answers = new HashMap<>();
  private boolean begun;
  // For points to be stored, before it trains on.
  private boolean waiting;
  private boolean checkpointing;
  // Once the one that is on its way is stored, because it shows the trial as it was.
  private boolean checkpointAgain;
  private @Nullable TrialCheckpoint lastCheckpoint;
  private @Nullable BestNetwork best;
  private boolean storingBest;
  private long nextBest = System.nanoTime();
  // Said again over a new link, because nobody says that it was heard.
  private @Nullable TrialCheckpoint bestSaid;
  private boolean lost;
  private boolean checkpointMissing;
  private int modelsFailed;
  // Of a network that is not trained for its size.
  private long networkParameters;
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
    this.unacknowledged = new Unacknowledged(lease);
    this.backend = backend;
    this.dataCache = dataCache;
    this.pushedData = pushedData;
    this.blobs = blobs;
    this.blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
    this.worker = worker;
    this.log = new LogLines(context::getLog, lease, worker::tell, System::nanoTime);
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
    // Before anything that takes its time: a worker that dies of it is then known to have had it.
    log.info("Attempt {} is here; its data are loaded first", lease.getAttempt());
    context.getSelf().tell(Train.NEXT_SLICE);
    return training();
  }

  private Behavior<Command> training() {
    return unfinished()
        .onMessage(Train.class, next -> attempt(this::trainSlice))
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
    log.info("Waits after epoch {} to be judged", run == null ? 0 : run.epochs());
    checkpointAsItIs();
    sendBest();
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
        .onMessage(Reconnected.class, again -> reconnected())
        .onMessage(HandBack.class, back -> handBack(back.reason()))
        .onMessage(CheckpointStored.class, this::checkpointed)
        .onMessage(BestStored.class, this::bestStored);
  }

  private BehaviorBuilder<Command> always() {
    return Behaviors.receive(Command.class)
        .onMessage(
            PointsStored.class,
            stored -> {
              unacknowledged.pointsStored(stored.epoch());
              if (waiting && !unacknowledged.isFull()) {
                waiting = false;
                context.getSelf().tell(Train.NEXT_SLICE);
              }
              return Behaviors.same();
            })
        .onMessage(
            TuningStored.class,
            stored -> {
              unacknowledged.answerStored(stored.changeId());
              return Behaviors.same();
            })
        .onMessage(LeaseVoid.class, end -> Behaviors.stopped())
        .onSignal(PostStop.class, stopped -> close());
  }

  /**
   * @param checkpoint what goes before the end, if anything
   */
  private Behavior<Command> ended(TrialEnded end, @Nullable TrialCheckpoint checkpoint) {
    return always()
        .onMessage(Train.class, next -> Behaviors.same())
        .onMessage(Resend.class, resend -> sayAgain(end, checkpoint))
        .onMessage(
            Reconnected.class,
            again -> {
              log.again();
              return sayAgain(end, checkpoint);
            })
        .onMessage(Control.class, tooLate -> Behaviors.same())
        .onMessage(CheckpointStored.class, tooLate -> Behaviors.same())
        .onMessage(BestStored.class, tooLate -> Behaviors.same())
        .onMessage(HandBack.class, back -> Behaviors.same())
        .onMessage(Acknowledged.class, acknowledged -> leave(acknowledged.ack()))
        .build();
  }

  /** The result is taken and the model asked for. Its report goes first: it may be missing. */
  private Behavior<Command> sendingModel(
      TrialModel.Builder message, TrainedModel made, DataSplits splits) {
    Model model = made.toProto();
    store(BlobKind.REPORT, DevReport.of(made, splits, assignment.getData()), ReportStored::new);
    return always()
        .onMessage(Train.class, next -> Behaviors.same())
        .onMessage(Resend.class, next -> Behaviors.same())
        .onMessage(Reconnected.class, next -> Behaviors.same())
        .onMessage(Control.class, tooLate -> Behaviors.same())
        .onMessage(CheckpointStored.class, tooLate -> Behaviors.same())
        .onMessage(BestStored.class, tooLate -> Behaviors.same())
        .onMessage(HandBack.class, back -> Behaviors.same())
        .onMessage(Acknowledged.class, again -> Behaviors.same())
        .onMessage(
            SendModel.class,
            again -> {
              store(BlobKind.MODEL, model, ModelStored::new);
              return Behaviors.same();
            })
        .onMessage(
            ReportStored.class,
            stored -> {
              if (stored.stored() == null) {
                log.warn("The model goes without a report", stored.failure());
              } else {
                message.setReport(stored.stored());
              }
              store(BlobKind.MODEL, model, ModelStored::new);
              return Behaviors.same();
            })
        .onMessage(
            ModelStored.class,
            stored -> {
              if (stored.stored() != null) {
                message.setModel(stored.stored());
              } else if (++modelsFailed < MODEL_ATTEMPTS) {
                log.warn("The model could not be sent", stored.failure());
                timers.startSingleTimer(SendModel.AGAIN, RESEND_INTERVAL);
                return Behaviors.same();
              } else {
                log.error("The model is not sent any more", stored.failure());
              }
              tellWorker(WorkerMessage.newBuilder().setTrialModel(message));
              return Behaviors.stopped();
            })
        .build();
  }

  private Behavior<Command> reconnected() {
    log.again();
    return sayAgain();
  }

  private Behavior<Command> sayAgain() {
    unacknowledged.again().forEach(worker::tell);
    if (bestSaid != null) {
      tellWorker(WorkerMessage.newBuilder().setTrialCheckpoint(bestSaid));
    }
    return Behaviors.same();
  }

  private Behavior<Command> sayAgain(TrialEnded end, @Nullable TrialCheckpoint checkpoint) {
    // Its points too: the coordinator takes no end before it has them all.
    sayAgain();
    if (checkpoint != null) {
      tellWorker(WorkerMessage.newBuilder().setTrialCheckpoint(checkpoint));
    }
    tellWorker(WorkerMessage.newBuilder().setTrialEnded(end));
    return Behaviors.same();
  }

  private Behavior<Command> handBack(String reason) {
    return end(TrialState.RETRYING, reason, run != null && run.steps() > 0);
  }

  private void checkpointAsItIs() {
    if (checkpointing) {
      checkpointAgain = true;
    } else {
      checkpoint();
    }
  }

  private void checkpoint() {
    if (run == null || checkpointing) {
      return; // one on its way is enough
    }
    report();
    checkpointing = true;
    TrialCheckpoint.Builder message = checkpointOf(run);
    store(
        BlobKind.CHECKPOINT,
        run.checkpoint(),
        (stored, failure) -> new CheckpointStored(message, stored, failure));
  }

  private TrialCheckpoint.Builder checkpointOf(TrainingRun training) {
    return TrialCheckpoint.newBuilder()
        .setLease(lease)
        .setStep(training.steps())
        .setEpoch(training.epochs())
        .setLastChangeId(training.lastChangeId());
  }

  private Behavior<Command> checkpointed(CheckpointStored stored) {
    checkpointing = false;
    lastCheckpoint = null;
    TrialCheckpoint.Builder message = stored.message();
    if (stored.stored() == null) {
      log.warn("The checkpoint at step {} could not be sent", message.getStep(), stored.failure());
    } else {
      lastCheckpoint = message.setCheckpoint(stored.stored()).build();
      tellWorker(WorkerMessage.newBuilder().setTrialCheckpoint(lastCheckpoint));
    }
    if (checkpointAgain) {
      checkpointAgain = false;
      checkpoint();
    }
    return Behaviors.same();
  }

  /** At the end of an epoch. */
  private void keepIfBest(TrainingRun training, CurvePoint point) {
    if (best != null && best.isBetter(point)) {
      best.found(new BestNetwork.Found(checkpointOf(training).build(), training.checkpoint()));
    }
  }

  private void sendBestIfDue() {
    if (best == null || storingBest || System.nanoTime() - nextBest < 0) {
      return;
    }
    BestNetwork.Found found = best.take();
    if (found == null) {
      return;
    }
    report(); // it counts for points that were reported before it
    storingBest = true;
    nextBest = System.nanoTime() + BEST_INTERVAL.toNanos();
    store(
        BlobKind.CHECKPOINT,
        found.checkpoint(),
        (stored, failure) -> new BestStored(found, stored, failure));
  }

  /** Without waiting for its time, because the trial is about to hold still. */
  private void sendBest() {
    nextBest = System.nanoTime();
    sendBestIfDue();
  }

  private Behavior<Command> bestStored(BestStored result) {
    storingBest = false;
    TrialCheckpoint.Builder message = result.found().message().toBuilder();
    if (result.stored() == null) {
      log.warn(
          "The best checkpoint so far, at step {}, could not be sent",
          message.getStep(),
          result.failure());
      if (best != null) {
        best.failed(result.found());
      }
      nextBest = System.nanoTime() + BEST_INTERVAL.toNanos();
    } else {
      bestSaid = message.setCheckpoint(result.stored()).build();
      tellWorker(WorkerMessage.newBuilder().setTrialCheckpoint(bestSaid));
      sendBestIfDue();
    }
    return Behaviors.same();
  }

  private void store(
      BlobKind kind,
      MessageLite content,
      BiFunction<@Nullable BlobRef, @Nullable Throwable, Command> told) {
    CompletionStage<BlobRef> stored =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return blobs.put(kind, new ByteArrayInputStream(content.toByteArray()));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            blocking);
    context.pipeToSelf(stored, told::apply);
  }

  /** Something that may train, and so fail in all the ways that training can. */
  private interface Work {
    Behavior<Command> run() throws TrainingRun.DivergedException, TrainingRun.InfeasibleException;
  }

  /** Does it, or ends the trial with what kept it from being done. */
  private Behavior<Command> attempt(Work work) {
    try {
      return work.run();
    } catch (TrainingRun.DivergedException e) {
      return end(TrialState.DIVERGED, String.valueOf(e.getMessage()));
    } catch (TrainingRun.InfeasibleException e) {
      networkParameters = e.parameters();
      return end(TrialState.INFEASIBLE, String.valueOf(e.getMessage()));
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
      log.error("The trial failed", e);
      return end(TrialState.FAILED, e.toString());
    }
  }

  private Behavior<Command> trainSlice()
      throws TrainingRun.DivergedException, TrainingRun.InfeasibleException {
    TrainingRun training = running();
    if (training.finished()) {
      return end(TrialState.COMPLETED, "");
    }
    if (unacknowledged.isFull()) {
      if (!waiting) {
        log.warn("Too many points are not stored yet; the trial waits until they are");
      }
      waiting = true;
      return Behaviors.same();
    }
    long toStep = tunings.isEmpty() ? Long.MAX_VALUE : tunings.getFirst().getNotBeforeStep();
    // The first slice is a single mini-batch, so that it is soon known that the trial trains.
    CurvePoint point = training.train(begun ? SLICE.toNanos() : 0, toStep);
    if (!begun) {
      begun = true;
      context.getLog().info("Trains: mini-batch {} is done", training.steps());
    }
    if (point != null) {
      unreported.add(point);
      keepIfBest(training, point);
    }
    makeTunings(training);
    if (training.finished()) {
      return end(TrialState.COMPLETED, "");
    }
    if (point != null && assignment.getRungsList().contains(training.epochs())) {
      return judged();
    }
    if (System.nanoTime() - lastReport >= REPORT_INTERVAL.toNanos()) {
      report();
    }
    sendBestIfDue();
    context.getSelf().tell(Train.NEXT_SLICE);
    return Behaviors.same();
  }

  private Behavior<Command> tune(TuneTrial tune) {
    long id = tune.getChangeId();
    TrialTuned answer = answers.get(id);
    if (answer != null) {
      tellWorker(WorkerMessage.newBuilder().setTrialTuned(answer));
      return Behaviors.same();
    }
    if (id != 0 && tunings.stream().anyMatch(waiting -> waiting.getChangeId() == id)) {
      return Behaviors.same();
    }
    return attempt(
        () -> {
          TrainingRun training = running();
          tunings.add(tune);
          // Stable: of those that wait for the same step the first said is the first made.
          tunings.sort(
              Comparator.comparingLong(
                  each -> Math.max(each.getNotBeforeStep(), training.steps())));
          makeTunings(training);
          return Behaviors.same();
        });
  }

  private void makeTunings(TrainingRun training) {
    while (!tunings.isEmpty() && tunings.getFirst().getNotBeforeStep() <= training.steps()) {
      make(tunings.removeFirst(), training);
    }
  }

  private void make(TuneTrial tune, TrainingRun training) {
    long id = tune.getChangeId();
    TrialTuned.Builder answer = TrialTuned.newBuilder().setLease(lease).setChangeId(id);
    try {
      training.tune(
          ParameterChange.newBuilder()
              .addAllParameters(tune.getParametersList())
              .setRestartDecay(tune.getRestartDecay())
              .setRecalibrate(tune.getRecalibrate())
              .setChangeId(id)
              .build());
    } catch (IllegalArgumentException e) {
      answer.setRefused(String.valueOf(e.getMessage()));
    } catch (OutOfMemoryError | ArithmeticException e) {
      // Mini-batches may be too large for the heap or for an array; the trainer is as it was.
      answer.setRefused("not enough memory: " + e.getMessage());
    }
    if (!answer.getRefused().isEmpty()) {
      log.warn("Not tuned: {}", answer.getRefused());
    } else {
      log.info("Tuned at step {}: {}", training.steps(), inWords(tune));
    }
    if (id != 0) {
      report(); // what was trained before
      TrialTuned tuned = answer.setStep(training.steps()).setEpoch(training.epochs()).build();
      answers.put(id, tuned);
      unacknowledged.add(tuned);
      tellWorker(WorkerMessage.newBuilder().setTrialTuned(tuned));
    }
  }

  private static String inWords(TuneTrial tune) {
    List<String> words = new ArrayList<>();
    tune.getParametersList()
        .forEach(parameter -> words.add(parameter.getName() + " " + shown(parameter.getValue())));
    if (tune.getRestartDecay()) {
      words.add("the learning rate's decay begins anew");
    }
    if (tune.getRecalibrate()) {
      words.add("running means and variances made anew");
    }
    return String.join(", ", words);
  }

  private static String shown(ParameterValue value) {
    return switch (value.getKindCase()) {
      case REAL -> Double.toString(value.getReal());
      case INTEGER -> Long.toString(value.getInteger());
      case TEXT -> value.getText();
      case FLAG -> value.getFlag() ? "yes" : "no";
      default -> value.toString().strip(); // which no trial can be tuned to
    };
  }

  private TrainingRun running() throws TrainingRun.InfeasibleException {
    if (run == null) {
      // Here rather than at the start, because loading data takes its time and may fail.
      best = assignment.hasKeepBest() ? new BestNetwork(assignment.getKeepBest()) : null;
      data = dataCache.get(pushedData.local(assignment.getData()));
      run = new TrainingRun(assignment, startingPoint(), data, backend);
      log.info(
          "Attempt {} {} on {} training and {} development examples, by {}",
          lease.getAttempt(),
          run.steps() == 0
              ? "begins"
              : "goes on from step %d, in epoch %d,".formatted(run.steps(), run.epochs() + 1),
          data.train().count(),
          data.dev().count(),
          backend.description());
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
      checkpointMissing = e instanceof BlobTransfer.NoSuchBlobException;
      throw new UncheckedIOException("its checkpoint could not be fetched: " + e.getMessage(), e);
    }
  }

  private Behavior<Command> obey(TrialCommand command, boolean paused) {
    return switch (command.getCommandCase()) {
      case PAUSE -> {
        log.info("Paused at step {}", run == null ? 0 : run.steps());
        report();
        sendBest();
        yield paused();
      }
      case RESUME -> {
        if (paused) {
          log.info("Trains again");
          context.getSelf().tell(Train.NEXT_SLICE);
        }
        yield training();
      }
      case STOP -> {
        StopTrial stop = command.getStop();
        yield end(stop.getState(), stop.getReason(), stop.getCheckpoint());
      }
      case TUNE -> tune(command.getTune());
      case CHECKPOINT -> {
        checkpoint();
        yield Behaviors.same();
      }
      case COMMAND_NOT_SET -> Behaviors.same();
    };
  }

  private Behavior<Command> end(TrialState state, String reason) {
    return end(state, reason, false);
  }

  /**
   * Ends once the best network so far is stored and said, or cannot be; and likewise the trial as
   * it is, where that is wanted.
   */
  private Behavior<Command> end(TrialState state, String reason, boolean checkpointed) {
    timers.cancel(Resend.RUNG);
    report();
    sendBest();
    // Of a run that has not begun there is no checkpoint but the one it was to go on from.
    Ending ending = new Ending(state, reason, checkpointed && run != null);
    if (ending.checkpointed()) {
      checkpointAsItIs();
    }
    return endOnceStored(ending);
  }

  private Behavior<Command> endOnceStored(Ending ending) {
    if (!storingBest && !(ending.checkpointed() && checkpointing)) {
      return endNow(ending);
    }
    return always()
        .onMessage(Train.class, next -> Behaviors.same())
        .onMessage(Resend.class, next -> Behaviors.same())
        .onMessage(Control.class, tooLate -> Behaviors.same())
        .onMessage(HandBack.class, again -> Behaviors.same())
        .onMessage(Reconnected.class, again -> reconnected())
        .onMessage(
            BestStored.class,
            stored -> {
              bestStored(stored);
              return endOnceStored(ending);
            })
        .onMessage(
            CheckpointStored.class,
            stored -> {
              checkpointed(stored);
              return endOnceStored(ending);
            })
        .build();
  }

  private Behavior<Command> endNow(Ending ending) {
    TrialEnded.Builder end =
        TrialEnded.newBuilder()
            .setLease(lease)
            .setState(ending.state())
            .setReason(ending.reason())
            .setLost(lost)
            .setCheckpointMissing(checkpointMissing);
    if (run != null) {
      end.setSteps(run.steps()).setEpochs(run.epochs()).setElapsedMicros(run.elapsedMicros());
    }
    end.setNetworkParameters(run == null ? networkParameters : run.network().parameters());
    TrialEnded ended = end.build();
    log.end(
        level(ending.state()),
        "{} after {} epochs, {} mini-batches, {} s{}",
        ending.state(),
        ended.getEpochs(),
        ended.getSteps(),
        "%.2f".formatted(ended.getElapsedMicros() / 1e6),
        ending.reason().isEmpty() ? "" : ": " + ending.reason());
    tellWorker(WorkerMessage.newBuilder().setTrialEnded(ended));
    timers.startTimerWithFixedDelay(Resend.TRIAL_ENDED, RESEND_INTERVAL);
    return ended(ended, ending.checkpointed() ? lastCheckpoint : null);
  }

  private Level level(TrialState state) {
    return switch (state) {
      case FAILED -> Level.ERROR;
      case DIVERGED -> Level.WARN;
      default -> lost ? Level.WARN : Level.INFO;
    };
  }

  private Behavior<Command> leave(TrialEndedAck ack) {
    if (!ack.getSendModel()) {
      return Behaviors.stopped();
    }
    TrialModel.Builder message = TrialModel.newBuilder().setLease(lease);
    try {
      if (run != null && data != null) {
        TrainedModel model = model(run, data);
        message.setCaviarVersion(CaviarVersion.get()).setDataSha256(data.dataset().sha256());
        if (data.test().count() > 0) {
          message.setTest(evaluation(run.evaluate(data.test()), data.test()));
        }
        timers.cancel(Resend.TRIAL_ENDED);
        return sendingModel(message, model, data);
      }
    } catch (RuntimeException e) {
      log.error("The model could not be made", e);
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
    unacknowledged.add(unreported);
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
