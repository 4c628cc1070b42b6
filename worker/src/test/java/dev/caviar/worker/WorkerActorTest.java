package dev.caviar.worker;

import static dev.caviar.worker.trial.Trials.digits;
import static dev.caviar.worker.trial.Trials.flag;
import static dev.caviar.worker.trial.Trials.real;
import static dev.caviar.worker.trial.Trials.text;
import static dev.caviar.worker.trial.Trials.whole;
import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.CheckpointTrial;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.KeepBest;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.LeaseVoid;
import dev.caviar.proto.v1.LogLevel;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.PauseTrial;
import dev.caviar.proto.v1.Register;
import dev.caviar.proto.v1.Registered;
import dev.caviar.proto.v1.ResumeTrial;
import dev.caviar.proto.v1.StopTrial;
import dev.caviar.proto.v1.TrialCheckpoint;
import dev.caviar.proto.v1.TrialCommand;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialEndedAck;
import dev.caviar.proto.v1.TrialLogLine;
import dev.caviar.proto.v1.TrialModel;
import dev.caviar.proto.v1.TrialReportAck;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialTuned;
import dev.caviar.proto.v1.TrialTunedAck;
import dev.caviar.proto.v1.TuneTrial;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.data.DataCache;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A real worker that trains real trials; the test is its coordinator. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WorkerActorTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ActorTestKit kit = ActorTestKit.create(WorkerOptions.config(2).resolve());
  private final CpuBackend backend = new CpuBackend();
  private final DataCache cache = new DataCache();

  private TestProbe<WorkerMessage> coordinator;
  private ActorRef<WorkerActor.Command> actor;
  private TestProbe<ActorRef<CoordinatorLink.Event>> link;
  private ActorRef<CoordinatorLink.Event> worker;
  private final MemoryBlobs blobs = new MemoryBlobs();
  private final List<TrialLogLine> said = new ArrayList<>();

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
  }

  @BeforeEach
  void connect() {
    blobs.refuse(false);
    said.clear();
    coordinator = kit.createTestProbe();
    link = kit.createTestProbe();

    actor =
        kit.spawn(
            WorkerActor.create(
                new WorkerOptions("worker-1", 2, backend, cache),
                new CoordinatorLink() {
                  @Override
                  public void open(ActorRef<Event> worker) {
                    link.getRef().tell(worker);
                    worker.tell(new Opened(coordinator.getRef()));
                  }

                  @Override
                  public void close() {}

                  @Override
                  public BlobTransfer blobs() {
                    return blobs;
                  }
                }));
    worker = link.receiveMessage();
    assertThat(next().getRegister().getWorkerId()).isEqualTo("worker-1");
    assertThat(next().getPullTrials().getFreeSlots()).isEqualTo(2);
  }

  @Test
  void trainsATrialAndHandsOverItsModelWhenAsked() {
    assign(digits(0, 1));

    List<CurvePoint> curve = new ArrayList<>();
    TrialEnded end = end(curve);
    assertThat(end.getState()).isEqualTo(TrialState.COMPLETED);
    assertThat(end.getEpochs()).isEqualTo(4);
    assertThat(curve).extracting(CurvePoint::getEpoch).containsExactly(1, 2, 3, 4);
    assertThat(said).extracting(TrialLogLine::getNumber).containsExactly(1, 2, 3);
    assertThat(said).allMatch(line -> line.getLevel() == LogLevel.INFO);
    assertThat(said.getFirst().getText()).startsWith("Attempt 1 is here");
    assertThat(said.get(1).getText())
        .matches("Attempt 1 begins on \\d+ training and \\d+ development examples, by .+");
    assertThat(said.getLast().getText())
        .matches("COMPLETED after 4 epochs, %d mini-batches, .+ s".formatted(end.getSteps()));

    acknowledge(end, true);
    TrialModel model = next().getTrialModel();
    assertThat(model.getLease()).isEqualTo(end.getLease());
    assertThat(blobs.model(model.getModel()).getProvenance().getDev().getError())
        .isEqualTo(curve.getLast().getDevError());
    assertThat(model.getTest().getExamples()).isBetween(170L, 190L);
    assertThat(model.getTest().getError()).isLessThan(0.1);
    // The slot is free again, and both assignments so far have arrived.
    WorkerMessage pull = next();
    assertThat(pull.getPullTrials().getFreeSlots()).isEqualTo(2);
    assertThat(pull.getPullTrials().getAssignmentsReceived()).isEqualTo(1);
  }

  @Test
  void keepsTheSlotUntilTheEndIsAcknowledged() {
    assign(digits(0, 1, whole("epochs", 1)));
    TrialEnded end = end(new ArrayList<>());
    coordinator.expectNoMessage(Duration.ofMillis(200));
    acknowledge(end, false);
    assertThat(next().hasPullTrials()).isTrue();
  }

  @Test
  void announcesAnEndAgainUntilItIsAcknowledged() {
    assign(digits(0, 1, whole("epochs", 1)));
    TrialEnded end = end(new ArrayList<>());
    assertThat(end(new ArrayList<>())).isEqualTo(end);
    acknowledge(end, false);
    assertThat(next().hasPullTrials()).isTrue();
  }

  @Test
  void refusesMoreTrialsThanItHasSlots() {
    Parameter forever = whole("epochs", 1_000_000);
    assign(digits(0, 1, forever));
    assign(digits(1, 1, forever));
    assign(digits(2, 1, forever));

    TrialEnded refused = end(new ArrayList<>());
    assertThat(refused.getLease().getTrial()).isEqualTo(2);
    assertThat(refused.getState()).isEqualTo(TrialState.RETRYING);
    assertThat(refused.getReason()).isEqualTo("worker worker-1 is full");
  }

  @Test
  void aDivergedTrialEndsAloneWithItsReason() {
    assign(
        digits(
            0,
            1,
            real("learning_rate", 1e30),
            text("optimizer", "sgd"),
            flag("batch_norm", false)));
    assign(digits(1, 1));

    TrialEnded first = end(new ArrayList<>());
    TrialEnded second = end(new ArrayList<>());
    TrialEnded diverged = first.getLease().getTrial() == 0 ? first : second;
    TrialEnded other = first.getLease().getTrial() == 0 ? second : first;
    assertThat(diverged.getState()).isEqualTo(TrialState.DIVERGED);
    assertThat(diverged.getReason()).contains("loss became").contains("epoch 1");
    assertThat(said)
        .filteredOn(line -> line.getLevel() == LogLevel.WARN)
        .singleElement()
        .satisfies(
            line ->
                assertThat(line.getText())
                    .startsWith("DIVERGED after")
                    .endsWith(diverged.getReason()));
    assertThat(other.getState()).isEqualTo(TrialState.COMPLETED);
  }

  @Test
  void aTrialThatCannotRunFailsWithItsReason() {
    assign(digits(0, 1).toBuilder().setData(DataSource.newBuilder().setBuiltin("digitz")).build());
    TrialEnded end = end(new ArrayList<>());
    assertThat(end.getState()).isEqualTo(TrialState.FAILED);
    assertThat(end.getReason()).contains("digitz");
    assertThat(said).hasSize(2);
    assertThat(said.getLast().getLevel()).isEqualTo(LogLevel.ERROR);
    assertThat(said.getLast().getText()).startsWith("FAILED after 0 epochs").contains("digitz");

    // Even when asked for a model it never had, it leaves its slot.
    acknowledge(end, true);
    assertThat(next().getTrialModel().hasModel()).isFalse();
    assertThat(next().getPullTrials().getFreeSlots()).isEqualTo(2);
  }

  @Test
  void doesNotTrainANetworkThatIsTooLarge() {
    // 64·20 weights, 20 γ and 20 β, 20·10 weights and 10 biases.
    long parameters = 1280 + 40 + 210;
    assign(digits(0, 1).toBuilder().setMaxNetworkParameters(parameters - 1).build());
    List<CurvePoint> curve = new ArrayList<>();
    TrialEnded end = end(curve);
    assertThat(end.getState()).isEqualTo(TrialState.INFEASIBLE);
    assertThat(end.getReason()).isEqualTo("parameters is 1530, and must be at most 1529");
    assertThat(end.getNetworkParameters()).isEqualTo(parameters);
    assertThat(curve).isEmpty();
    acknowledge(end, false);
    assertThat(next().hasPullTrials()).isTrue();

    assign(digits(1, 1).toBuilder().setMaxNetworkParameters(parameters).build());
    end = end(curve);
    assertThat(end.getState()).isEqualTo(TrialState.COMPLETED);
    assertThat(end.getNetworkParameters()).isEqualTo(parameters);
    assertThat(curve).extracting(CurvePoint::getNetworkParameters).containsOnly(parameters);
  }

  @Test
  void hearsCommandsWhileItTrains() {
    AssignTrial endless = digits(0, 1, whole("epochs", 1_000_000), real("learning_rate_decay", 0));
    assign(endless);
    Lease lease = endless.getLease();
    nextPoint();

    command(lease, TrialCommand.newBuilder().setPause(PauseTrial.getDefaultInstance()));
    // What was trained before the pause may still be reported; then there is silence.
    drainReports();
    coordinator.expectNoMessage(Duration.ofMillis(500));

    command(
        lease,
        TrialCommand.newBuilder()
            .setTune(TuneTrial.newBuilder().addParameters(real("learning_rate", 0.25))));
    command(lease, TrialCommand.newBuilder().setResume(ResumeTrial.getDefaultInstance()));
    // The tuned rate shows from the next epoch on, if not in the one that was half over.
    assertThat(nextPoint().getLearningRate()).isEqualTo(0.25);

    command(lease, TrialCommand.newBuilder().setCheckpoint(CheckpointTrial.getDefaultInstance()));
    Checkpoint checkpoint = null;
    while (checkpoint == null) {
      WorkerMessage message = next();
      checkpoint =
          message.hasTrialCheckpoint()
              ? blobs.checkpoint(message.getTrialCheckpoint().getCheckpoint())
              : null;
    }
    assertThat(checkpoint.getStep()).isPositive();

    command(
        lease,
        TrialCommand.newBuilder()
            .setStop(
                StopTrial.newBuilder().setState(TrialState.CANCELLED).setReason("enough seen")));
    TrialEnded end = end(new ArrayList<>());
    assertThat(end.getState()).isEqualTo(TrialState.CANCELLED);
    assertThat(end.getReason()).isEqualTo("enough seen");
    assertThat(end.getSteps()).isGreaterThanOrEqualTo(checkpoint.getStep());
  }

  @Test
  void atARungATrialWaitsForItsJudgement() {
    AssignTrial assignment = digits(0, 1).toBuilder().addRungs(2).build();
    assign(assignment);
    Lease lease = assignment.getLease();
    List<Integer> epochs = new ArrayList<>();
    assertThat(checkpoint(epochs).getEpoch()).isEqualTo(2);
    // Not answered, it says both again.
    assertThat(checkpoint(epochs).getEpoch()).isEqualTo(2);

    // That its user lets it train again is no judgement.
    command(lease, TrialCommand.newBuilder().setPause(PauseTrial.getDefaultInstance()));
    command(lease, resume(0));
    assertThat(checkpoint(epochs).getEpoch()).isEqualTo(2);
    assertThat(epochs).containsOnly(1, 2);

    command(lease, resume(2));
    List<CurvePoint> rest = new ArrayList<>();
    assertThat(end(rest).getState()).isEqualTo(TrialState.COMPLETED);
    assertThat(rest).extracting(CurvePoint::getEpoch).endsWith(3, 4);
  }

  @Test
  void atARungATrialEndsWhenItIsStopped() {
    AssignTrial assignment = digits(0, 1).toBuilder().addRungs(2).build();
    assign(assignment);
    checkpoint(new ArrayList<>());
    command(
        assignment.getLease(),
        TrialCommand.newBuilder()
            .setStop(
                StopTrial.newBuilder().setState(TrialState.STOPPED_EARLY).setReason("too bad")));
    TrialEnded end = end(new ArrayList<>());
    assertThat(end.getState()).isEqualTo(TrialState.STOPPED_EARLY);
    assertThat(end.getEpochs()).isEqualTo(2);
  }

  @Test
  void answersATuningBeforeWhatIsTrainedAfterIt() {
    AssignTrial endless = digits(0, 1, whole("epochs", 1_000_000), real("learning_rate_decay", 0));
    assign(endless);
    Lease lease = endless.getLease();
    nextPoint();

    command(lease, tune(7, real("learning_rate", 0.25), whole("batch_size", 500)));
    List<CurvePoint> before = new ArrayList<>();
    TrialTuned tuned = answer(before);
    assertThat(tuned.getLease()).isEqualTo(lease);
    assertThat(tuned.getChangeId()).isEqualTo(7);
    assertThat(tuned.getRefused()).isEmpty();
    assertThat(before)
        .allSatisfy(point -> assertThat(point.getStep()).isLessThanOrEqualTo(tuned.getStep()));
    CurvePoint first = nextPoints().getFirst();
    assertThat(first.getStep()).isGreaterThan(tuned.getStep());
    assertThat(first.getEpoch()).isEqualTo(tuned.getEpoch() + 1);
    assertThat(first.getLearningRate()).isEqualTo(0.25);

    // Said twice it is made once, and answered again.
    command(lease, tune(7, real("learning_rate", 0.25), whole("batch_size", 500)));
    assertThat(answer(new ArrayList<>())).isEqualTo(tuned);

    command(lease, tune(8, text("activation", "tanh"), real("learning_rate", 0.5)));
    TrialTuned refused = answer(new ArrayList<>());
    assertThat(refused.getChangeId()).isEqualTo(8);
    assertThat(refused.getRefused()).contains("fixed once a network is trained");
    command(lease, tune(9, real("learning_rate", -1)));
    assertThat(answer(new ArrayList<>()).getRefused()).contains("learning_rate is out of range");
    assertThat(said)
        .extracting(TrialLogLine::getText)
        .contains("Tuned at step %d: learning_rate 0.25, batch_size 500".formatted(tuned.getStep()))
        .contains("Not tuned: " + refused.getRefused());
    nextPoint(); // of an epoch that may have been half over
    assertThat(nextPoint().getLearningRate()).isEqualTo(0.25);
  }

  @Test
  void saysAnswersAgainAmongThePointsUntilTheyAreStored() {
    AssignTrial endless = digits(0, 1, whole("epochs", 1_000_000));
    assign(endless);
    Lease lease = endless.getLease();
    nextPoint();
    command(lease, tune(1, real("learning_rate", 0.02)));
    command(lease, tune(2, real("learning_rate", 0.03)));
    TrialTuned one = answer(new ArrayList<>());
    TrialTuned two = answer(new ArrayList<>());
    nextPoint();
    tell(
        CoordinatorMessage.newBuilder()
            .setTrialTunedAck(TrialTunedAck.newBuilder().setLease(lease).setChangeId(1))
            .build());
    command(lease, TrialCommand.newBuilder().setPause(PauseTrial.getDefaultInstance()));
    drainReports();
    worker.tell(new CoordinatorLink.Closed("cut for a test"));
    worker = link.receiveMessage();
    assertThat(next().getRegister().getHeldList()).containsExactly(lease);

    List<CurvePoint> before = new ArrayList<>();
    assertThat(answer(before)).isEqualTo(two);
    assertThat(before).isNotEmpty();
    assertThat(before.getFirst().getEpoch()).isEqualTo(1);
    assertThat(before.getLast().getStep()).isLessThanOrEqualTo(one.getStep());
    assertThat(nextPoints().getFirst().getEpoch()).isEqualTo(before.getLast().getEpoch() + 1);
  }

  @Test
  void tunesWhatIsPausedOrHasNotBegun() {
    AssignTrial assignment = digits(0, 1);
    assign(assignment);
    Lease lease = assignment.getLease();
    // Both are in its mailbox before its first slice is over, if not before it begins.
    command(lease, TrialCommand.newBuilder().setPause(PauseTrial.getDefaultInstance()));
    command(lease, tune(1, whole("epochs", 6)));
    TrialTuned tuned = answer(new ArrayList<>());
    assertThat(tuned.getRefused()).isEmpty();
    command(lease, TrialCommand.newBuilder().setResume(ResumeTrial.getDefaultInstance()));
    TrialEnded end = end(new ArrayList<>());
    assertThat(end.getState()).isEqualTo(TrialState.COMPLETED);
    assertThat(end.getEpochs()).isEqualTo(6);
  }

  @Test
  void tunesNotBeforeTheStepThatIsAsked() {
    AssignTrial assignment = digits(0, 1, whole("epochs", 200));
    assign(assignment);
    command(
        assignment.getLease(),
        TrialCommand.newBuilder()
            .setTune(
                TuneTrial.newBuilder()
                    .setChangeId(3)
                    .setNotBeforeStep(199 * 13 + 5)
                    .addParameters(whole("epochs", 201))));
    List<CurvePoint> before = new ArrayList<>();
    TrialTuned tuned = answer(before);
    assertThat(tuned.getStep()).isEqualTo(199 * 13 + 5);
    assertThat(tuned.getEpoch()).isEqualTo(199);
    assertThat(before).hasSize(199);
    assertThat(end(new ArrayList<>()).getEpochs()).isEqualTo(201);
  }

  @Test
  void keepsTheBestNetworkSoFar() {
    AssignTrial assignment =
        digits(0, 1, whole("epochs", 400)).toBuilder()
            .setKeepBest(KeepBest.newBuilder().setMetric("dev_loss").setMinimize(true))
            .build();
    long start = System.nanoTime();
    assign(assignment);
    List<CurvePoint> curve = new ArrayList<>();
    List<TrialCheckpoint> kept = new ArrayList<>();
    WorkerMessage message = next();
    while (!message.hasTrialEnded()) {
      curve.addAll(message.getTrialReport().getPointsList());
      if (message.hasTrialCheckpoint()) {
        kept.add(message.getTrialCheckpoint());
        assertThat(curve.size()).isGreaterThanOrEqualTo(kept.getLast().getEpoch());
      }
      message = next();
    }
    long seconds = (System.nanoTime() - start) / 1_000_000_000;
    CurvePoint best =
        curve.stream().min(Comparator.comparingDouble(CurvePoint::getDevLoss)).orElseThrow();
    assertThat(kept.getLast().getEpoch()).isEqualTo(best.getEpoch());
    assertThat(kept.getLast().getStep()).isEqualTo(best.getStep());
    // One at once, one a second, and one at the end.
    assertThat(kept).hasSizeBetween(1, (int) seconds + 3);
    assertThat(kept).extracting(TrialCheckpoint::getEpoch).isSorted().doesNotHaveDuplicates();
    Checkpoint checkpoint = blobs.checkpoint(kept.getLast().getCheckpoint());
    assertThat(checkpoint.getStep()).isEqualTo(best.getStep());
    assertThat(checkpoint.getExamplesInEpoch()).isZero();
  }

  @Test
  void keepsNoneThatIsNotBetterThanWhatThereIs() {
    assign(
        digits(0, 1).toBuilder()
            .setKeepBest(KeepBest.newBuilder().setMetric("dev_error").setMinimize(true).setBest(0))
            .build());
    WorkerMessage message = next();
    while (!message.hasTrialEnded()) {
      assertThat(message.hasTrialCheckpoint()).isFalse();
      message = next();
    }
    assign(
        digits(1, 1).toBuilder().setKeepBest(KeepBest.newBuilder().setMetric("elegance")).build());
    TrialEnded end = end(new ArrayList<>());
    assertThat(end.getState()).isEqualTo(TrialState.FAILED);
    assertThat(end.getReason()).contains("no metric is named \"elegance\"");
  }

  @Test
  void sendsTheBestBeforeItHoldsStillAndAgainOverANewLink() {
    AssignTrial endless =
        digits(0, 1, whole("epochs", Integer.MAX_VALUE)).toBuilder()
            .setKeepBest(KeepBest.newBuilder().setMetric("train_loss").setMinimize(true))
            .build();
    assign(endless);
    for (int epoch = 0; epoch < 20; ) {
      epoch = nextPoint().getEpoch();
    }
    command(
        endless.getLease(), TrialCommand.newBuilder().setPause(PauseTrial.getDefaultInstance()));
    TrialCheckpoint last = null;
    while (true) {
      WorkerMessage message;
      try {
        message = coordinator.receiveMessage(Duration.ofSeconds(2));
      } catch (AssertionError nothingCame) {
        break;
      }
      last = message.hasTrialCheckpoint() ? message.getTrialCheckpoint() : last;
    }
    worker.tell(new CoordinatorLink.Closed("cut for a test"));
    worker = link.receiveMessage();
    List<CurvePoint> again = new ArrayList<>();
    WorkerMessage message = next();
    while (!message.hasTrialCheckpoint()) {
      again.addAll(message.getTrialReport().getPointsList());
      message = next();
    }
    CurvePoint best =
        again.stream().min(Comparator.comparingDouble(CurvePoint::getTrainLoss)).orElseThrow();
    assertThat(Objects.requireNonNull(last).getEpoch()).isEqualTo(best.getEpoch());
    assertThat(message.getTrialCheckpoint()).isEqualTo(last);
    assertThat(again).hasSizeGreaterThanOrEqualTo(20);
  }

  @Test
  void checkpointsATrialAsItIsBeforeItStopsWhereThatIsAsked() {
    AssignTrial endless = digits(0, 1, whole("epochs", Integer.MAX_VALUE));
    assign(endless);
    Lease lease = endless.getLease();
    nextPoint();
    // One may be on its way that does not know of the tuning.
    command(lease, TrialCommand.newBuilder().setCheckpoint(CheckpointTrial.getDefaultInstance()));
    command(lease, tune(5, real("learning_rate", 0.125)));
    command(
        lease,
        TrialCommand.newBuilder()
            .setStop(
                StopTrial.newBuilder()
                    .setState(TrialState.RETRYING)
                    .setReason("paused")
                    .setCheckpoint(true)));
    TrialCheckpoint last = null;
    TrialEnded end = null;
    while (end == null) {
      WorkerMessage message = next();
      last = message.hasTrialCheckpoint() ? message.getTrialCheckpoint() : last;
      end = message.hasTrialEnded() ? message.getTrialEnded() : null;
    }
    assertThat(end.getState()).isEqualTo(TrialState.RETRYING);
    assertThat(end.getReason()).isEqualTo("paused");
    assertThat(Objects.requireNonNull(last).getStep()).isEqualTo(end.getSteps());
    assertThat(last.getLastChangeId()).isEqualTo(5);
    Checkpoint checkpoint = blobs.checkpoint(last.getCheckpoint());
    assertThat(checkpoint.getStep()).isEqualTo(end.getSteps());
    assertThat(checkpoint.getParametersList()).contains(real("learning_rate", 0.125));

    // Where the end was not heard, neither was the checkpoint.
    worker.tell(new CoordinatorLink.Closed("cut for a test"));
    worker = link.receiveMessage();
    WorkerMessage message = next();
    while (!message.hasTrialCheckpoint()) {
      assertThat(message.hasTrialEnded()).isFalse();
      message = next();
    }
    assertThat(message.getTrialCheckpoint()).isEqualTo(last);
    assertThat(end(new ArrayList<>())).isEqualTo(end);
  }

  @Test
  void stopsAlsoWhereItsCheckpointCannotBeStored() {
    AssignTrial endless = digits(0, 1, whole("epochs", Integer.MAX_VALUE));
    assign(endless);
    nextPoint();
    blobs.refuse(true);
    command(
        endless.getLease(),
        TrialCommand.newBuilder()
            .setStop(StopTrial.newBuilder().setState(TrialState.CANCELLED).setCheckpoint(true)));
    assertThat(end(new ArrayList<>()).getState()).isEqualTo(TrialState.CANCELLED);
    assertThat(said)
        .filteredOn(line -> line.getLevel() == LogLevel.WARN)
        .extracting(TrialLogLine::getText)
        .allMatch(text -> text.startsWith("The checkpoint at step"))
        .anyMatch(text -> text.contains("java.io.IOException: refused for a test"));
    List<TrialLogLine> before = List.copyOf(said);

    // The link may have been why; so it is said again over a new one.
    said.clear();
    worker.tell(new CoordinatorLink.Closed("cut for a test"));
    worker = link.receiveMessage();
    end(new ArrayList<>());
    assertThat(said).isEqualTo(before);
  }

  private static TrialCommand.Builder tune(long id, Parameter... parameters) {
    return TrialCommand.newBuilder()
        .setTune(TuneTrial.newBuilder().setChangeId(id).addAllParameters(List.of(parameters)));
  }

  /** The next, and the points that are reported before it. */
  private TrialTuned answer(List<CurvePoint> before) {
    while (true) {
      WorkerMessage message = next();
      before.addAll(message.getTrialReport().getPointsList());
      if (message.hasTrialTuned()) {
        return message.getTrialTuned();
      }
    }
  }

  private static TrialCommand.Builder resume(int promotedEpoch) {
    return TrialCommand.newBuilder()
        .setResume(ResumeTrial.newBuilder().setPromotedEpoch(promotedEpoch));
  }

  /** The next, and the epochs that are reported before it. */
  private TrialCheckpoint checkpoint(List<Integer> epochs) {
    while (true) {
      WorkerMessage message = next();
      message.getTrialReport().getPointsList().forEach(point -> epochs.add(point.getEpoch()));
      if (message.hasTrialCheckpoint()) {
        return message.getTrialCheckpoint();
      }
    }
  }

  @Test
  void aDrainedWorkerHandsBackACheckpointThatAnotherGoesOnFrom() {
    AssignTrial assignment = digits(0, 1, whole("epochs", 500));
    assign(assignment);
    nextPoint();
    actor.tell(WorkerActor.Drain.HAND_BACK_AND_STOP);
    TrialCheckpoint handed = null;
    boolean draining = false;
    TrialEnded end = null;
    while (end == null) {
      WorkerMessage message = next();
      draining |= message.hasDraining();
      if (message.hasTrialCheckpoint()) {
        handed = message.getTrialCheckpoint();
        // What crosses its word is given back at once.
        assign(digits(1, 1));
      }
      if (message.hasTrialEnded() && message.getTrialEnded().getLease().getTrial() == 0) {
        end = message.getTrialEnded();
      }
    }
    assertThat(draining).isTrue();
    assertThat(end.getState()).isEqualTo(TrialState.RETRYING);
    assertThat(end.getReason()).isEqualTo("worker worker-1 is leaving");
    acknowledge(end, false);
    coordinator.expectTerminated(actor, PATIENCE);

    connect();
    List<CurvePoint> rest = new ArrayList<>();
    assign(
        assignment.toBuilder()
            .setCheckpoint(Objects.requireNonNull(handed).getCheckpoint())
            .build());
    assertThat(end(rest).getState()).isEqualTo(TrialState.COMPLETED);
    assertThat(said.get(1).getText())
        .startsWith("Attempt 1 goes on from step %d, in epoch ".formatted(handed.getStep()));
    assertThat(rest.getFirst().getEpoch()).isEqualTo(handed.getEpoch() + 1);
    assertThat(rest.getLast().getEpoch()).isEqualTo(500);
  }

  @Test
  void trainsOnWithoutALinkAndSaysAgainWhatWasNotAcknowledged() {
    assign(digits(0, 1, whole("epochs", 4)));
    List<CurvePoint> before = new ArrayList<>();
    TrialEnded end = end(before);
    tell(
        CoordinatorMessage.newBuilder()
            .setTrialReportAck(TrialReportAck.newBuilder().setLease(end.getLease()).setEpoch(2))
            .build());
    worker.tell(new CoordinatorLink.Closed("cut for a test"));

    // It dials in by itself.
    worker = link.receiveMessage();
    Register register = next().getRegister();
    assertThat(register.getHeldList()).containsExactly(end.getLease());
    List<CurvePoint> again = new ArrayList<>();
    assertThat(end(again)).isEqualTo(end);
    assertThat(again).isEqualTo(before.subList(2, 4));
    acknowledge(end, false);
    WorkerMessage message = next();
    while (message.getPullTrials().getFreeSlots() != 2) {
      message = next();
    }
  }

  @Test
  void aVoidLeaseEndsWithoutAWord() {
    AssignTrial endless = digits(0, 1, whole("epochs", 1_000_000));
    assign(endless);
    nextPoint();
    tell(
        CoordinatorMessage.newBuilder()
            .setLeaseVoid(LeaseVoid.newBuilder().setLease(endless.getLease()))
            .build());
    WorkerMessage message = next();
    while (!message.hasPullTrials()) {
      assertThat(message.hasTrialEnded()).isFalse();
      message = next();
    }
    assertThat(message.getPullTrials().getFreeSlots()).isEqualTo(2);
  }

  @Test
  void aCheckpointThatCannotBeFetchedGivesTheTrialBack() {
    assign(
        digits(0, 1).toBuilder()
            .setCheckpoint(BlobRef.newBuilder().setSha256("0".repeat(64)).setSize(5))
            .build());
    TrialEnded end = end(new ArrayList<>());
    assertThat(end.getState()).isEqualTo(TrialState.RETRYING);
    assertThat(end.getLost()).isTrue();
    assertThat(end.getReason()).contains("its checkpoint could not be fetched");
    assertThat(end.getCheckpointMissing()).isTrue();
  }

  @Test
  void checkpointsAndHeartbeatsAsOftenAsTheCoordinatorSays() {
    tell(
        CoordinatorMessage.newBuilder()
            .setRegistered(Registered.newBuilder().setHeartbeatMillis(50).setCheckpointMillis(200))
            .build());
    assign(digits(0, 1, whole("epochs", 1_000_000)));
    boolean heartbeat = false;
    int checkpoints = 0;
    while (!heartbeat || checkpoints < 2) {
      WorkerMessage message = next();
      heartbeat |= message.hasHeartbeat();
      checkpoints += message.hasTrialCheckpoint() ? 1 : 0;
    }
  }

  private void tell(CoordinatorMessage message) {
    worker.tell(new CoordinatorLink.Received(message));
  }

  private void assign(AssignTrial assignment) {
    tell(CoordinatorMessage.newBuilder().setAssignTrial(assignment).build());
  }

  private void command(Lease lease, TrialCommand.Builder command) {
    tell(CoordinatorMessage.newBuilder().setTrialCommand(command.setLease(lease)).build());
  }

  private void acknowledge(TrialEnded end, boolean sendModel) {
    tell(
        CoordinatorMessage.newBuilder()
            .setTrialEndedAck(
                TrialEndedAck.newBuilder().setLease(end.getLease()).setSendModel(sendModel))
            .build());
  }

  /** The next but lines of logs, which are put aside. */
  private WorkerMessage next() {
    while (true) {
      WorkerMessage message = coordinator.receiveMessage(PATIENCE);
      if (!message.hasTrialLog()) {
        return message;
      }
      said.addAll(message.getTrialLog().getLinesList());
    }
  }

  private CurvePoint nextPoint() {
    return nextPoints().getLast();
  }

  private List<CurvePoint> nextPoints() {
    WorkerMessage message = next();
    while (!message.hasTrialReport()) {
      message = next();
    }
    return message.getTrialReport().getPointsList();
  }

  private void drainReports() {
    while (true) {
      try {
        coordinator.receiveMessage(Duration.ofMillis(300));
      } catch (AssertionError nothingCame) {
        return;
      }
    }
  }

  private TrialEnded end(List<CurvePoint> curve) {
    while (true) {
      WorkerMessage message = next();
      if (message.hasTrialReport()) {
        curve.addAll(message.getTrialReport().getPointsList());
      } else if (message.hasTrialEnded()) {
        return message.getTrialEnded();
      }
    }
  }
}
