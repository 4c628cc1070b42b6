package dev.caviar.worker.trial;

import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterChange;
import dev.caviar.proto.v1.Task;
import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.backend.Examples;
import dev.caviar.worker.backend.Trainer;
import dev.caviar.worker.data.DataSplits;
import dev.caviar.worker.model.Tensors;
import dev.caviar.worker.network.Initializer;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import dev.caviar.worker.network.OptimizerSettings;
import dev.caviar.worker.network.RandomStreams;
import java.util.ArrayDeque;
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
  // Those to come, the next one first.
  private final Queue<ParameterChange> changes = new ArrayDeque<>();

  private TrialParameters parameters;
  private NetworkConfig network;
  private Trainer trainer;

  private long step;
  private int epoch;
  private int batchInEpoch;
  private double epochLossSum;
  private long elapsedNanos;

  /**
   * Ready to train the first mini-batch, or the first after the assignment's checkpoint.
   *
   * @throws InfeasibleException if the network is larger than the assignment allows
   * @throws IllegalArgumentException if parameters are missing or out of range, or if the
   *     checkpoint is of another network
   */
  public TrainingRun(
      AssignTrial assignment, @Nullable Checkpoint checkpoint, DataSplits data, Backend backend)
      throws InfeasibleException {
    this.backend = backend;
    this.data = data;
    this.seed = assignment.getSeed();
    this.order = new int[data.train().count()];
    if (checkpoint != null) {
      this.parameters = new TrialParameters(checkpoint.getParametersList());
      this.network = networkOf(parameters);
      this.step = checkpoint.getStep();
      this.epoch = checkpoint.getEpoch();
      this.batchInEpoch = checkpoint.getBatchInEpoch();
      this.epochLossSum = checkpoint.getEpochLossSum();
      this.elapsedNanos = checkpoint.getElapsedMicros() * 1_000;
      this.trainer = newTrainer(Tensors.toState(step, checkpoint.getTensorsList()));
    } else {
      this.parameters = new TrialParameters(assignment.getParametersList());
      this.network = networkOf(parameters);
      requireSize(assignment.getMaxNetworkParameters());
      this.trainer = newTrainer(Initializer.initialize(network, seed));
    }
    shuffle();
    // What changes at the checkpoint's own step may come from after it, as with a copy's.
    this.changes.addAll(
        assignment.getChangesList().stream().filter(c -> c.getAfterStep() >= step).toList());
  }

  /** Before there is room for it in memory, of which a large one takes much. */
  private void requireSize(long most) throws InfeasibleException {
    if (most > 0 && network.parameters() > most) {
      throw new InfeasibleException(network.parameters(), most);
    }
  }

  /** Makes the changes of the assignment that are due before the next mini-batch. */
  private void change() {
    while (changeIsDue()) {
      tune(changes.remove().getParametersList());
    }
  }

  private boolean changeIsDue() {
    ParameterChange next = changes.peek();
    return next != null && next.getAfterStep() <= step;
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
    if (finished()) {
      throw new IllegalStateException("all epochs are trained");
    }
    change();
    long start = System.nanoTime();
    OptimizerSettings settings = parameters.optimizer(epoch);
    int batchSize = parameters.batchSize();
    int batches = batches(batchSize);
    do {
      int from = batchInEpoch * batchSize;
      int size = Math.min(batchSize, order.length - from);
      double loss = trainer.step(data.train(), order, from, size, settings);
      step++;
      batchInEpoch++;
      if (!Double.isFinite(loss)) {
        elapsedNanos += System.nanoTime() - start;
        throw new DivergedException("the training loss became " + loss + " " + place());
      }
      epochLossSum += loss * size;
    } while (batchInEpoch < batches && System.nanoTime() - start < nanos && !changeIsDue());
    CurvePoint point = batchInEpoch == batches ? endEpoch(settings, batchSize, start) : null;
    if (point == null) {
      elapsedNanos += System.nanoTime() - start;
    }
    return point;
  }

  private CurvePoint endEpoch(OptimizerSettings settings, int batchSize, long start)
      throws DivergedException {
    Trainer.Evaluation dev = trainer.evaluate(data.dev());
    elapsedNanos += System.nanoTime() - start;
    if (!Double.isFinite(dev.loss())) {
      throw new DivergedException("the dev loss became " + dev.loss() + " " + place());
    }
    int trained = Math.min(order.length, batches(batchSize) * batchSize);
    epoch++;
    CurvePoint point =
        CurvePoint.newBuilder()
            .setStep(step)
            .setEpoch(epoch)
            .setTrainLoss(epochLossSum / trained)
            .setDevLoss(dev.loss())
            .setDevError(dev.error())
            .setLearningRate(settings.learningRate())
            .setElapsedMicros(elapsedNanos / 1_000)
            .setNetworkParameters(network.parameters())
            .build();
    batchInEpoch = 0;
    epochLossSum = 0;
    if (!finished()) {
      shuffle();
    }
    return point;
  }

  /** Whether all epochs are trained. */
  public boolean finished() {
    return epoch >= parameters.epochs();
  }

  /**
   * Changes parameters from the next mini-batch on. A new batch size takes effect with the next
   * epoch, where the order of examples begins anew, and is refused before that.
   *
   * @throws IllegalArgumentException if one of them cannot change while a network is trained
   */
  void tune(List<Parameter> changes) {
    TrialParameters tuned = parameters.with(changes);
    NetworkConfig changed = networkOf(tuned);
    if (!changed.hiddenUnits().equals(network.hiddenUnits())
        || changed.activation() != network.activation()
        || changed.batchNorm() != network.batchNorm()) {
      throw new IllegalArgumentException(
          "layers, units, activation and batch norm are fixed once a network is trained");
    }
    if (tuned.batchSize() != parameters.batchSize() && batchInEpoch > 0) {
      throw new IllegalArgumentException("the batch size can only change between two epochs");
    }
    tuned.optimizer(epoch); // refuses what is out of range, before anything changes
    boolean rebuild = !changed.equals(network) || tuned.batchSize() != parameters.batchSize();
    parameters = tuned;
    network = changed;
    if (rebuild) {
      NetworkState state = trainer.state();
      trainer.close();
      trainer = newTrainer(state);
    }
  }

  /** Everything needed to go on from here bit for bit. */
  Checkpoint checkpoint() {
    return Checkpoint.newBuilder()
        .setStep(step)
        .setEpoch(epoch)
        .setBatchInEpoch(batchInEpoch)
        .setEpochLossSum(epochLossSum)
        .setElapsedMicros(elapsedNanos / 1_000)
        .addAllParameters(parameters.toProto())
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

  List<Parameter> parameters() {
    return parameters.toProto();
  }

  long steps() {
    return step;
  }

  int epochs() {
    return epoch;
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

  private Trainer newTrainer(NetworkState state) {
    return backend.newTrainer(network, batchSizeLimit(), state, seed);
  }

  private int batchSizeLimit() {
    return Math.min(parameters.batchSize(), Math.max(1, order.length));
  }

  private int batches(int batchSize) {
    int whole = order.length / batchSize;
    int rest = order.length % batchSize;
    // Batch norm knows nothing of the variance of a single example: it is left out, and which
    // example that is changes with each epoch's order.
    boolean skipRest = rest == 0 || (rest == 1 && network.batchNorm() && whole > 0);
    return skipRest ? whole : whole + 1;
  }

  /** Brings the examples into this epoch's order, which depends on the seed and the epoch alone. */
  private void shuffle() {
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
