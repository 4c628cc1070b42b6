package dev.caviar.worker.model;

import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.Parameter;

/** How far into its epoch a checkpoint is. */
public final class EpochPosition {
  private EpochPosition() {}

  /**
   * Examples of the present epoch's order that are trained on already. An old checkpoint says it in
   * mini-batches, which were all of one size then.
   *
   * @throws IllegalArgumentException if an old one is without its batch size
   */
  public static int of(Checkpoint checkpoint) {
    if (checkpoint.hasExamplesInEpoch() || checkpoint.getBatchInEpoch() == 0) {
      return checkpoint.getExamplesInEpoch();
    }
    long batchSize =
        checkpoint.getParametersList().stream()
            .filter(parameter -> parameter.getName().equals("batch_size"))
            .map(Parameter::getValue)
            .findFirst()
            .orElseThrow(
                () -> new IllegalArgumentException("the checkpoint is without its batch_size"))
            .getInteger();
    long examples = checkpoint.getBatchInEpoch() * batchSize;
    if ((int) examples != examples) {
      throw new IllegalArgumentException(
          "no epoch has " + examples + " examples, as many as the checkpoint is into one");
    }
    return (int) examples;
  }
}
