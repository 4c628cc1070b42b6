package dev.caviar.coordinator.space;

import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterChange;
import java.util.List;

/**
 * Other learning rates from certain epochs on, the same ones in every trial or relative to the one
 * that a trial begins with. The decay of the learning rate begins anew with each.
 *
 * @param entries their epochs increasing; empty: the rate is the one that a trial begins with
 */
public record LearningRatePath(List<Entry> entries) {
  /** A trial keeps the learning rate that it begins with. */
  public static final LearningRatePath NONE = new LearningRatePath(List.of());

  /**
   * One change.
   *
   * @param afterEpoch whole epochs trained before it, at least 1
   */
  public record Entry(int afterEpoch, Rate rate) {}

  /** What the learning rate becomes. */
  public sealed interface Rate {
    /** This one, above 0. */
    record Absolute(double rate) implements Rate {}

    /** So many times the one that the trial began with; above 0. */
    record Relative(double factor) implements Rate {}

    /** In a trial that began with such a rate. */
    default double from(double first) {
      return switch (this) {
        case Absolute(double rate) -> rate;
        case Relative(double factor) -> factor * first;
      };
    }
  }

  public LearningRatePath {
    entries = List.copyOf(entries);
  }

  /**
   * What changes while a trial trains.
   *
   * @param parameters what it begins with
   */
  List<ParameterChange> changes(List<Parameter> parameters) {
    double first =
        parameters.stream()
            .filter(parameter -> parameter.getName().equals(Hyperparameter.LEARNING_RATE.key()))
            .mapToDouble(parameter -> parameter.getValue().getReal())
            .findFirst()
            .orElseThrow();
    return entries.stream()
        .map(
            entry ->
                ParameterChange.newBuilder()
                    .setAfterEpoch(entry.afterEpoch())
                    .addParameters(rate(entry.rate().from(first)))
                    .setRestartDecay(true)
                    .build())
        .toList();
  }

  private static Parameter rate(double rate) {
    return Parameter.newBuilder()
        .setName(Hyperparameter.LEARNING_RATE.key())
        .setValue(dev.caviar.proto.v1.ParameterValue.newBuilder().setReal(rate))
        .build();
  }
}
