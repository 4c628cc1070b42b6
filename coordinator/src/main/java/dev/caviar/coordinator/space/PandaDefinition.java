package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.PandaOrigin;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a panda is: one model, its data, and what it begins with.
 *
 * @param name as a sweep's
 * @param file the text as it was written; empty of one that goes on with a sweep's trial
 * @param parameters all that it begins with, in the order of the catalog; its epochs are {@link
 *     #OPEN_END}
 * @param epochs at which it ends by itself; {@link #OPEN_END}: none
 * @param objective by which one network is better than another
 * @param origin the trial that it goes on with; null of one that begins with new weights
 * @param checkpoint where it goes on from; null: from the start
 */
public record PandaDefinition(
    String name,
    String file,
    DataSource data,
    List<Parameter> parameters,
    int epochs,
    long seed,
    Objective objective,
    CheckpointPolicy checkpoints,
    @Nullable PandaOrigin origin,
    @Nullable BlobRef checkpoint) {
  /** Epochs of a model that is trained for as long as it is let. */
  public static final int OPEN_END = Integer.MAX_VALUE;

  public PandaDefinition {
    parameters = List.copyOf(parameters);
  }

  /** Parameters with no end of epochs. */
  public static List<Parameter> openEnded(List<Parameter> parameters) {
    return parameters.stream()
        .map(
            parameter ->
                parameter.getName().equals(Hyperparameter.EPOCHS.key())
                    ? parameter.toBuilder()
                        .setValue(ParameterValue.newBuilder().setInteger(OPEN_END))
                        .build()
                    : parameter)
        .toList();
  }

  /**
   * How often a panda is checkpointed, and how long those are kept that nothing else keeps.
   *
   * @param every at least 1 s
   * @param keepAll of those that are younger all are kept
   * @param keepHourly of those that are younger, but older than that, the first of each hour; of
   *     those that are older still, the first of each day
   */
  public record CheckpointPolicy(Duration every, Duration keepAll, Duration keepHourly) {
    /** Each ten seconds; all of an hour, one of each hour of a day, then one of each day. */
    public static final CheckpointPolicy STANDARD =
        new CheckpointPolicy(Duration.ofSeconds(10), Duration.ofHours(1), Duration.ofDays(1));
  }
}
