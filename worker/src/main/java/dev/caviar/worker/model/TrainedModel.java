package dev.caviar.worker.model;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.caviar.proto.v1.Model;
import dev.caviar.proto.v1.Provenance;
import dev.caviar.proto.v1.Task;
import dev.caviar.proto.v1.Tensor;
import dev.caviar.worker.backend.Examples;
import dev.caviar.worker.backend.Trainer.Evaluation;
import dev.caviar.worker.data.DataSplits;
import dev.caviar.worker.data.ModelSignature;
import dev.caviar.worker.data.Normalization;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * A network that has been trained, with all that prediction needs and a record of how it was made.
 * Immutable and thread-safe. Predicts in plain Java.
 *
 * <p>Made of a training run by {@link #of(NetworkConfig, NetworkState, DataSplits, Provenance)}, of
 * a file by {@link #read}.
 */
public final class TrainedModel {
  /** The {@code format_version} that this class writes, and the only one that it reads. */
  public static final int FORMAT_VERSION = 1;

  /** A message of protobuf has less than 2 GiB. */
  private static final long MAX_BYTES = Integer.MAX_VALUE - 8;

  private final Model proto;
  private final NetworkConfig network;
  private final NetworkState state;
  private final Normalization normalization;
  private final Inference inference;

  private TrainedModel(Model proto) {
    require(
        proto.getFormatVersion() != 0,
        "it has no format version: it is cut short, or no Caviar model");
    require(
        proto.getFormatVersion() == FORMAT_VERSION,
        "its format version is %d; this Caviar reads %d"
            .formatted(proto.getFormatVersion(), FORMAT_VERSION));
    this.proto = proto;
    network = NetworkDescriptions.toConfig(proto.getNetwork());
    state = Tensors.toState(0, proto.getTensorsList());
    Tensors.requireFits(network, state);
    state.tensors().forEach(TrainedModel::requireUsable);
    normalization = Normalization.of(proto.getNormalization());
    require(
        normalization.isNone() || normalization.mean().length == network.inputs(),
        "it normalises %d inputs of %d".formatted(normalization.mean().length, network.inputs()));
    requireNames();
    inference = new Inference(network, state);
  }

  /**
   * The model that a training run has come to.
   *
   * @param state optimizer moments in it are left out
   * @param splits what it was trained on, for its names and normalisation
   * @param provenance kept as it is
   * @throws IllegalArgumentException if {@code state} or {@code splits} does not fit {@code
   *     config}, or if a number is not finite
   */
  public static TrainedModel of(
      NetworkConfig config, NetworkState state, DataSplits splits, Provenance provenance) {
    List<Tensor> tensors = Tensors.ofModel(config, state);
    return new TrainedModel(
        Model.newBuilder()
            .setNetwork(NetworkDescriptions.of(config))
            .addAllTensors(tensors)
            .setNormalization(splits.normalization().toProto())
            .setTask(splits.dataset().task())
            .addAllClassNames(splits.dataset().classNames())
            .addAllFeatureNames(splits.dataset().featureNames())
            .setProvenance(provenance)
            .setFormatVersion(FORMAT_VERSION)
            .build());
  }

  /**
   * The model that a message holds.
   *
   * @throws ModelException if it holds none, or one that contradicts itself
   */
  public static TrainedModel of(Model model) {
    return checked("model", model);
  }

  /**
   * The model that a serialised message holds.
   *
   * @throws ModelException if the bytes are no model, are cut short, or contradict themselves
   */
  public static TrainedModel parse(byte[] bytes) {
    return parse("model", bytes);
  }

  /**
   * The model in a file that {@link #write} made.
   *
   * @throws ModelException if there is none, or if it is damaged
   */
  public static TrainedModel read(Path file) {
    if (Files.isDirectory(file)) {
      throw new ModelException(file + ": is a directory; it must be a model's file");
    }
    try {
      // In memory it is four times: the bytes, the message, the state and the inference.
      if (Files.size(file) > Math.min(MAX_BYTES, Runtime.getRuntime().maxMemory() / 4)) {
        throw new ModelException(
            "%s: has %d bytes, more than this process can hold as a model"
                .formatted(file, Files.size(file)));
      }
      return parse(file.toString(), Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new ModelException(file + ": no such file on this machine", e);
    } catch (IOException e) {
      throw new ModelException(file + ": cannot be read: " + e, e);
    }
  }

  private static TrainedModel parse(String name, byte[] bytes) {
    try {
      return checked(name, Model.parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new ModelException(name + ": is damaged, or no Caviar model: " + e.getMessage(), e);
    }
  }

  private static TrainedModel checked(String name, Model model) {
    try {
      return new TrainedModel(model);
    } catch (IllegalArgumentException e) {
      throw new ModelException(name + ": is not a usable model: " + e.getMessage(), e);
    }
  }

  /**
   * Writes the model to {@code file}. Whoever reads it meanwhile sees what was there before or all
   * that is there now, never a part, and a crash leaves one of the two.
   *
   * @throws ModelException if it cannot be written; what was there before is still there then
   */
  public void write(Path file) {
    Path target = file.toAbsolutePath();
    Path temporary =
        target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (var channel = FileChannel.open(temporary, CREATE_NEW, WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(proto.toByteArray());
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(temporary, target, ATOMIC_MOVE, REPLACE_EXISTING);
    } catch (NoSuchFileException e) {
      throw new ModelException(file + ": cannot be written: there is no such directory", e);
    } catch (IOException e) {
      deleteIfThere(temporary);
      throw new ModelException(file + ": cannot be written: " + e, e);
    }
  }

  private static void deleteIfThere(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      // What made the writing fail is what is worth telling.
    }
  }

  /** The model as a message. */
  public Model toProto() {
    return proto;
  }

  /** The network's shape. */
  public NetworkConfig network() {
    return network;
  }

  /** The network's numbers, at step 0 and without optimizer moments: a start for training on. */
  public NetworkState state() {
    return state;
  }

  /** What {@link #predict} does to its inputs before the network sees them. */
  public Normalization normalization() {
    return normalization;
  }

  /** Classification or regression. */
  public Task task() {
    return proto.getTask();
  }

  /** The label of each output in order; empty for a regression. */
  public List<String> classNames() {
    return proto.getClassNamesList();
  }

  /** How it was made. */
  public Provenance provenance() {
    return proto.getProvenance();
  }

  /** What rows for it look like. */
  public ModelSignature signature() {
    return new ModelSignature(
        network.inputs(),
        proto.getFeatureNamesList(),
        task(),
        classNames(),
        provenance().getData().getCsv().getLabel());
  }

  /**
   * Predicts.
   *
   * @param features count × inputs, row-major, as they are in the data: they are normalised here,
   *     in a copy. A row with a NaN predicts NaN
   * @param count of rows, 0 or more
   * @return count × outputs, row-major: a classification's probability of each class, 0..1 and
   *     together 1; a regression's values in the target's own unit
   * @throws IllegalArgumentException if there are not count × inputs features
   */
  public float[] predict(float[] features, int count) {
    float[] outputs = outputs(features, count);
    if (task() == Task.CLASSIFICATION) {
      int classes = network.outputs();
      for (int from = 0; from < outputs.length; from += classes) {
        double logSum = Inference.logSumExp(outputs, from, classes);
        for (int j = from; j < from + classes; j++) {
          outputs[j] = (float) Math.exp(outputs[j] - logSum);
        }
      }
    }
    return outputs;
  }

  /**
   * Loss and error over examples that are not normalised yet, in the units of {@link
   * dev.caviar.worker.backend.Trainer#evaluate}.
   *
   * @param examples at least one; targets as in this model's {@link #classNames}
   * @throws IllegalArgumentException if they do not fit the network
   */
  public Evaluation evaluate(Examples examples) {
    require(examples.count() > 0, "no examples to evaluate");
    float[] outputs = outputs(examples.features(), examples.count());
    int width = network.outputs();
    int targetWidth = task() == Task.CLASSIFICATION ? 1 : width;
    require(
        examples.targetWidth() == targetWidth,
        "targets of " + examples.targetWidth() + " numbers, the model needs " + targetWidth);
    return task() == Task.CLASSIFICATION
        ? classificationError(outputs, width, examples)
        : regressionError(outputs, examples);
  }

  private static Evaluation classificationError(float[] outputs, int classes, Examples examples) {
    double loss = 0;
    int wrong = 0;
    for (int row = 0; row < examples.count(); row++) {
      int from = row * classes;
      int target = (int) examples.targets()[row];
      require(target >= 0 && target < classes, "no class has the number " + target);
      loss += Inference.logSumExp(outputs, from, classes) - outputs[from + target];
      wrong += argMax(outputs, from, classes) == target ? 0 : 1;
    }
    return new Evaluation(loss / examples.count(), (double) wrong / examples.count());
  }

  private static Evaluation regressionError(float[] outputs, Examples examples) {
    double squares = 0;
    for (int i = 0; i < outputs.length; i++) {
      double distance = (double) outputs[i] - examples.targets()[i];
      squares += distance * distance;
    }
    double mean = squares / outputs.length;
    return new Evaluation(mean, Math.sqrt(mean));
  }

  /**
   * The most probable class of one row of {@link #predict}'s result; of equals the first.
   *
   * @param row from 0
   */
  public int predictedClass(float[] probabilities, int row) {
    return argMax(probabilities, row * network.outputs(), network.outputs());
  }

  private static int argMax(float[] values, int from, int length) {
    int best = 0;
    for (int j = 1; j < length; j++) {
      if (values[from + j] > values[from + best]) {
        best = j;
      }
    }
    return best;
  }

  private float[] outputs(float[] features, int count) {
    require(
        features.length == (long) count * network.inputs(),
        "%d features for %d rows; the model takes %d of each"
            .formatted(features.length, count, network.inputs()));
    float[] inputs = normalization.isNone() ? features : features.clone();
    normalization.applyInPlace(inputs, count);
    return inference.outputs(inputs, count);
  }

  private void requireNames() {
    int features = proto.getFeatureNamesCount();
    require(
        features == 0 || features == network.inputs(),
        "it names %d inputs of %d".formatted(features, network.inputs()));
    Loss loss =
        switch (proto.getTask()) {
          case CLASSIFICATION -> Loss.SOFTMAX_CROSS_ENTROPY;
          case REGRESSION -> Loss.SQUARED_ERROR;
          case TASK_UNSPECIFIED, UNRECOGNIZED ->
              throw new IllegalArgumentException("it has no task");
        };
    require(
        network.loss() == loss,
        "a %s cannot have the loss %s".formatted(proto.getTask(), network.loss()));
    int classes = proto.getTask() == Task.CLASSIFICATION ? network.outputs() : 0;
    require(
        proto.getClassNamesCount() == classes,
        "it names %d classes of %d".formatted(proto.getClassNamesCount(), classes));
    Set<String> distinct = new HashSet<>(proto.getClassNamesList());
    require(distinct.size() == classes, "two of its classes have the same name");
  }

  private static void requireUsable(String name, float[] values) {
    float least = name.endsWith(".running_variance") ? 0 : -Float.MAX_VALUE;
    for (int i = 0; i < values.length; i++) {
      if (!(values[i] >= least && values[i] <= Float.MAX_VALUE)) {
        throw new IllegalArgumentException(
            "%s[%d] is %s, which no trained network has".formatted(name, i, values[i]));
      }
    }
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
