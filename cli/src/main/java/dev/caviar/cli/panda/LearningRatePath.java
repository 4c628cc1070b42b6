package dev.caviar.cli.panda;

import dev.caviar.coordinator.space.Hyperparameter;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.InterventionKind;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.Parameter;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The learning rates that led to a branch's end, as a sweep file can say them: the one it began
 * with, and from after which epoch on another.
 *
 * @param decay learning_rate_decay, which begins anew at each of them
 * @param rounded how many were changed in the middle of an epoch, and stand at the nearer end of it
 */
record LearningRatePath(double first, double decay, List<Change> changes, int rounded) {
  /** Another rate, after so many epochs, at least 1. */
  record Change(int afterEpoch, double rate) {}

  /** That of the way to a branch's end. */
  static LearningRatePath of(PandaState panda, int branch, List<Long> epochEnds) {
    double first = value(panda.getFirstParametersList(), Hyperparameter.LEARNING_RATE).orElse(0);
    double decay =
        value(panda.getFirstParametersList(), Hyperparameter.LEARNING_RATE_DECAY).orElse(0);
    List<Change> changes = new ArrayList<>();
    int rounded = 0;
    for (Intervention entry : Lineage.of(panda, branch).entries(panda)) {
      OptionalDouble rate = value(entry.getAfterList(), Hyperparameter.LEARNING_RATE);
      if (entry.getKind() != InterventionKind.INTERVENTION_TUNE || rate.isEmpty()) {
        continue;
      }
      int epoch = nearest(entry, epochEnds);
      rounded += epochEnds.contains(entry.getStep()) || entry.getStep() == 0 ? 0 : 1;
      // What was changed again within the epoch never trained one.
      changes.removeIf(change -> change.afterEpoch() >= epoch);
      if (epoch == 0) {
        first = rate.getAsDouble();
      } else {
        changes.add(new Change(epoch, rate.getAsDouble()));
      }
    }
    return new LearningRatePath(first, decay, List.copyOf(changes), rounded);
  }

  /** The epoch at whose end an entry stands, or the nearer end of the one it stands in. */
  private static int nearest(Intervention entry, List<Long> epochEnds) {
    int before = entry.getEpoch();
    long begin = before == 0 || before > epochEnds.size() ? 0 : epochEnds.get(before - 1);
    if (before >= epochEnds.size() || (before > 0 && begin == 0)) {
      return before;
    }
    long end = epochEnds.get(before);
    return entry.getStep() - begin < end - entry.getStep() ? before : before + 1;
  }

  private static OptionalDouble value(List<Parameter> parameters, Hyperparameter wanted) {
    return parameters.stream()
        .filter(parameter -> parameter.getName().equals(wanted.key()))
        .mapToDouble(parameter -> parameter.getValue().getReal())
        .findFirst();
  }

  /** A fragment of a sweep file. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "fixed: {learning_rate: %s, learning_rate_decay: %s}".formatted(text(first), text(decay)));
    if (changes.isEmpty()) {
      lines.add("# The learning rate was never changed.");
      return lines;
    }
    lines.add("learning_rate_path:");
    changes.forEach(
        change ->
            lines.add(
                "  - {after_epoch: %d, rate: %s}"
                    .formatted(change.afterEpoch(), text(change.rate()))));
    return lines;
  }

  /** All digits, so that reading gives back the same number; YAML knows no 1E-4 without a point. */
  private static String text(double number) {
    String plain = new BigDecimal(Double.toString(number)).stripTrailingZeros().toPlainString();
    return plain.contains(".") ? plain : plain + ".0";
  }
}
