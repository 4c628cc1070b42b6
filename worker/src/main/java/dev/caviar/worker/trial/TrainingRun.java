package dev.caviar.worker.trial;

import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.LayerStatistics;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterChange;
import dev.caviar.proto.v1.Task;
import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.backend.Examples;
import dev.caviar.worker.backend.HiddenLayers;
import dev.caviar.worker.backend.Trainer;
import dev.caviar.worker.data.DataSplits;
import dev.caviar.worker.model.CheckpointDigest;
import dev.caviar.worker.model.EpochPosition;
import dev.caviar.worker.model.Tensors;
import dev.caviar.worker.network.Initializer;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import dev.caviar.worker.network.OptimizerSettings;
import dev.caviar.worker.network.RandomStreams;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.apache.commons.rng.UniformRandomProvider;
import org.jspecify.annotations.Nullable;

/**
 * One trial's training, a slice at a time: between two slices it can be tuned, checkpointed or
 * left. All randomness follows from the trial's seed, so the same trial gives the same curve to the
 * last bit wherever and however sliced it runs, on the same backend and processor. Belongs to one
 * thread at a time.
 */
public final class TrainingRun implements AutoCloseable {
  private final Backend backend;
  private final DataSplits data;
  private final long seed;
  private final int[] order;
  // Whose first examples each epoch's layers are seen on; empty where they are not wanted.
  private final int[] seenOrder;
  // Those to come, the next one first.
  private final Queue<ParameterChange> changes = new ArrayDeque<>();

  private TrialParameters parameters;
  // As they were when the last step that changes were made at was reached.
  private TrialParameters parametersBefore;
  private long changedAtStep = -1;
  private NetworkConfig network;
  private Trainer trainer;

  private long step;
  private int epoch;
  private int batchInEpoch;
  private int examplesInEpoch;
  private int decayFromEpoch;
  private double epochLossSum;
  private long elapsedNanos;
  private long lastChangeId;

  /**
   * Ready to train the first mini-batch, or the first after the assignment's checkpoint. What the
   * assignment changes at that very step is made.
   *
   * @throws InfeasibleException if the network is larger than the assignment allows
   * @throws IllegalArgumentException if parameters are missing or out of range, if the checkpoint
   *     is of another network or other data, or if a change is none that can be made there
   */
  public TrainingRun(
      AssignTrial assignment, @Nullable Checkpoint checkpoint, DataSplits data, Backend backend)
      throws InfeasibleException {
    this.backend = backend;
    this.data = data;
    this.seed = assignment.getSeed();
    this.order = new int[data.train().count()];
    this.seenOrder = new int[assignment.getLayerStatistics() ? order.length : 0];
    if (checkpoint != null) {
      this.parameters = new TrialParameters(checkpoint.getParametersList());
      this.parametersBefore = parameters.with(checkpoint.getParametersBeforeList());
      this.changedAtStep = checkpoint.getStep();
      this.network = networkOf(parameters);
      this.step = checkpoint.getStep();
      this.epoch = checkpoint.getEpoch();
      this.batchInEpoch = checkpoint.getBatchInEpoch();
      this.examplesInEpoch = examplesInEpoch(checkpoint);
      this.decayFromEpoch = checkpoint.getDecayFromEpoch();
      this.epochLossSum = checkpoint.getEpochLossSum();
      this.elapsedNanos = checkpoint.getElapsedMicros() * 1_000;
      this.trainer =
          newTrainer(network, parameters, Tensors.toState(step, checkpoint.getTensorsList()));
    } else {
      this.parameters = new TrialParameters(assignment.getParametersList());
      this.parametersBefore = parameters;
      this.network = networkOf(parameters);
      requireSize(assignment.getMaxNetworkParameters());
      this.trainer = newTrainer(network, parameters, Initializer.initialize(network, seed));
    }
    shuffle(order, epoch);
    // The first epoch's order is as good as any, and the same at each epoch.
    shuffle(seenOrder, 0);
    for (ParameterChange change : assignment.getChangesList()) {
      // What changes at the checkpoint's own step may come from after it, as with a copy's.
      if (isOver(change)) {
        lastChangeId = Math.max(lastChangeId, change.getChangeId());
      } else {
        changes.add(change);
      }
    }
    try {
      makeAgain();
    } catch (RuntimeException e) {
      trainer.close();
      throw e;
    }
  }

  /** Before there is room for it in memory, of which a large one takes much. */
  private void requireSize(long most) throws InfeasibleException {
    if (most > 0 && network.parameters() > most) {
      throw new InfeasibleException(network.parameters(), most);
    }
  }

  /**
   * Makes the changes of the step where the run begins. Those that are in the checkpoint already
   * change nothing when they are made once more: each sets what it sets, and a recalibration is by
   * the values of its time, which are no longer the present ones.
   */
  private void makeAgain() {
    TrialParameters then = parametersBefore;
    while (changeIsDue()) {
      ParameterChange change = changes.remove();
      then = then.with(change.getParametersList());
      make(change, then);
    }
  }

  private int examplesInEpoch(Checkpoint checkpoint) {
    int examples = EpochPosition.of(checkpoint);
    if (examples < 0 || examples > order.length) {
      throw new IllegalArgumentException(
          "the checkpoint is %d examples into an epoch; there are %d training examples"
              .formatted(examples, order.length));
    }
    return examples;
  }

  /**
   * Makes the changes of the assignment that are due before the next mini-batch. {@link #train}
   * does so by itself.
   *
   * @throws IllegalArgumentException if one of them is none that can be made here
   */
  public void makeDueChanges() {
    while (changeIsDue()) {
      make(changes.remove());
    }
  }

  private void make(ParameterChange change) {
    make(change, parameters.with(change.getParametersList()));
  }

  private boolean changeIsDue() {
    ParameterChange next = changes.peek();
    return next != null && isDue(next);
  }

  private boolean isDue(ParameterChange change) {
    return change.hasAfterEpoch() ? change.getAfterEpoch() <= epoch : change.getAfterStep() <= step;
  }

  /** Whether a mini-batch was trained since. */
  private boolean isOver(ParameterChange change) {
    if (!change.hasAfterEpoch()) {
      return change.getAfterStep() < step;
    }
    return change.getAfterEpoch() < epoch
        || (change.getAfterEpoch() == epoch && examplesInEpoch > 0);
  }

  /**
   * Trains for about the given time, but at least one mini-batch and at most to the end of the
   * epoch, or to where the assignment changes parameters.
   *
   * @return the epoch's point if it ended, else null
   * @throws DivergedException if a loss became infinite or not a number
   * @throws IllegalStateException if training is {@link #finished}
   * @throws IllegalArgumentException if the assignment changes what cannot change there
   */
  public @Nullable CurvePoint train(long nanos) throws DivergedException {
    return train(nanos, Long.MAX_VALUE);
  }

  /**
   * The same, but not beyond the given step.
   *
   * @param toStep mini-batches trained at most then, all together; more than are already
   */
  public @Nullable CurvePoint train(long nanos, long toStep) throws DivergedException {
    if (finished()) {
      throw new IllegalStateException("all epochs are trained");
    }
    if (toStep <= step) {
      throw new IllegalArgumentException("step " + toStep + " is trained already");
    }
    makeDueChanges();
    long start = System.nanoTime();
    OptimizerSettings settings = parameters.optimizer(epoch - decayFromEpoch);
    int batchSize = parameters.batchSize();
    do {
      int size = Math.min(batchSize, order.length - examplesInEpoch);
      double loss = trainer.step(data.train(), order, examplesInEpoch, size, settings);
      step++;
      batchInEpoch++;
      examplesInEpoch += size;
      if (!Double.isFinite(loss)) {
        elapsedNanos += System.nanoTime() - start;
        throw new DivergedException("the training loss became " + loss + " " + place());
      }
      epochLossSum += loss * size;
    } while (!network.leavesOut(order.length - examplesInEpoch, batchSize)
        && step < toStep
        && System.nanoTime() - start < nanos
        && !changeIsDue());
    boolean over = network.leavesOut(order.length - examplesInEpoch, batchSize);
    CurvePoint point = over ? endEpoch(settings, start) : null;
    if (point == null) {
      elapsedNanos += System.nanoTime() - start;
    }
    return point;
  }

  private CurvePoint endEpoch(OptimizerSettings settings, long start) throws DivergedException {
    Trainer.Evaluation dev = trainer.evaluate(data.dev());
    List<LayerStatistics> layers =
        seenOrder.length == 0
            ? List.of()
            : EpochLayers.of(
                network, trainer.state(), data.train(), seenOrder, parameters.batchSize());
    elapsedNanos += System.nanoTime() - start;
    if (!Double.isFinite(dev.loss())) {
      throw new DivergedException("the dev loss became " + dev.loss() + " " + place());
    }
    epoch++;
    CurvePoint point =
        CurvePoint.newBuilder()
            .setStep(step)
            .setEpoch(epoch)
            .setTrainLoss(epochLossSum / examplesInEpoch)
            .setDevLoss(dev.loss())
            .setDevError(dev.error())
            .setLearningRate(settings.learningRate())
            .setElapsedMicros(elapsedNanos / 1_000)
            .addAllLayers(layers)
            .setNetworkParameters(network.parameters())
            .build();
    batchInEpoch = 0;
    examplesInEpoch = 0;
    epochLossSum = 0;
    shuffle(order, epoch);
    return point;
  }

  /** Whether all epochs are trained, as many as there are with the changes that are due. */
  public boolean finished() {
    TrialParameters next = parameters;
    for (ParameterChange change : changes) {
      if (!isDue(change)) {
        break;
      }
      next = next.with(change.getParametersList());
    }
    return epoch >= next.epochs();
  }

  /**
   * Makes a change from the next mini-batch on, also in the middle of an epoch, whenever it says it
   * counts from. What of the assignment is due here is made before.
   *
   * @throws IllegalArgumentException if it is none that can be made while a network is trained;
   *     nothing is changed then
   */
  void tune(ParameterChange change) {
    makeDueChanges();
    make(change);
  }

  /**
   * @param then what a recalibration is by
   */
  private void make(ParameterChange change, TrialParameters then) {
    TrialParameters tuned = parameters.with(change.getParametersList());
    NetworkConfig changed = networkOf(tuned);
    if (!changed.hiddenUnits().equals(network.hiddenUnits())
        || changed.activation() != network.activation()
        || changed.batchNorm() != network.batchNorm()) {
      throw new IllegalArgumentException(
          "layers, units, activation and batch norm are fixed once a network is trained");
    }
    int decayFrom = change.getRestartDecay() ? epoch : decayFromEpoch;
    // What is out of range is refused before anything changes.
    tuned.optimizer(epoch - decayFrom);
    tuned.epochs();
    boolean rebuild = !changed.equals(network) || tuned.batchSize() != parameters.batchSize();
    if (rebuild || change.getRecalibrate()) {
      NetworkState state = trainer.state();
      if (change.getRecalibrate()) {
        state = HiddenLayers.recalibrated(networkOf(then), state, data.train(), then.batchSize());
      }
      Trainer rebuilt = newTrainer(changed, tuned, state);
      trainer.close();
      trainer = rebuilt;
    }
    if (changedAtStep != step) {
      parametersBefore = parameters;
      changedAtStep = step;
    }
    parameters = tuned;
    network = changed;
    decayFromEpoch = decayFrom;
    lastChangeId = Math.max(lastChangeId, change.getChangeId());
  }

  /**
   * Trains on to exactly that step, through as many epochs as there are on the way, or until all
   * epochs are trained. What the assignment changes at that very step is not made yet; {@link
   * #makeDueChanges} makes it.
   *
   * @param toStep mini-batches trained then, all together; nothing is done where they are already
   * @return the points of the epochs that ended on the way
   * @throws DivergedException if a loss became infinite or not a number
   * @throws IllegalArgumentException if the assignment changes what cannot change there
   */
  public List<CurvePoint> trainTo(long toStep) throws DivergedException {
    List<CurvePoint> points = new ArrayList<>();
    while (step < toStep && !finished()) {
      CurvePoint point = train(Long.MAX_VALUE, toStep);
      if (point != null) {
        points.add(point);
      }
    }
    return points;
  }

  /** {@link CheckpointDigest} of {@link #checkpoint}. */
  public String digest() {
    return CheckpointDigest.of(checkpoint());
  }

  /** Everything needed to go on from here bit for bit. */
  public Checkpoint checkpoint() {
    return Checkpoint.newBuilder()
        .setStep(step)
        .setEpoch(epoch)
        .setBatchInEpoch(batchInEpoch)
        .setExamplesInEpoch(examplesInEpoch)
        .setDecayFromEpoch(decayFromEpoch)
        .setEpochLossSum(epochLossSum)
        .setElapsedMicros(elapsedNanos / 1_000)
        .addAllParameters(parameters.toProto())
        .addAllParametersBefore(
            changedAtStep == step ? parametersBefore.unlike(parameters) : List.of())
        .addAllTensors(Tensors.ofCheckpoint(trainer.state()))
        .build();
  }

  NetworkConfig network() {
    return network;
  }

  NetworkState state() {
    return trainer.state();
  }

  Trainer.Evaluation evaluate(Examples examples) {
    return trainer.evaluate(examples);
  }

  /** The present values, changes included. */
  public List<Parameter> parameters() {
    return parameters.toProto();
  }

  /** Mini-batches trained so far. */
  public long steps() {
    return step;
  }

  /** Epochs completed so far. */
  public int epochs() {
    return epoch;
  }

  /** The greatest id of a change that is made; 0: none that has one. */
  long lastChangeId() {
    return lastChangeId;
  }

  long elapsedMicros() {
    return elapsedNanos / 1_000;
  }

  @Override
  public void close() {
    trainer.close();
  }

  private NetworkConfig networkOf(TrialParameters of) {
    boolean classification = data.dataset().task() == Task.CLASSIFICATION;
    return of.network(
        data.train().width(),
        classification ? data.dataset().classNames().size() : data.train().targetWidth(),
        classification ? Loss.SOFTMAX_CROSS_ENTROPY : Loss.SQUARED_ERROR);
  }

  private Trainer newTrainer(NetworkConfig config, TrialParameters of, NetworkState state) {
    int largest = Math.min(of.batchSize(), Math.max(1, order.length));
    return backend.newTrainer(config, largest, state, seed);
  }

  /** Brings the examples into an epoch's order, which depends on the seed and the epoch alone. */
  private void shuffle(int[] order, int epoch) {
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    UniformRandomProvider random = RandomStreams.stream(seed, RandomStreams.Purpose.SHUFFLE, epoch);
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
  }

  private String place() {
    return "in epoch " + (epoch + 1) + ", step " + step;
  }

  /** The network is larger than its sweep allows. */
  public static final class InfeasibleException extends Exception {
    private final long parameters;

    InfeasibleException(long parameters, long most) {
      super("parameters is %d, and must be at most %d".formatted(parameters, most));
      this.parameters = parameters;
    }

    /** How many its network would have had. */
    long parameters() {
      return parameters;
    }
  }

  /** Training left the numbers; the message says where. */
  public static final class DivergedException extends Exception {
    DivergedException(String message) {
      super(message);
    }
  }
}
