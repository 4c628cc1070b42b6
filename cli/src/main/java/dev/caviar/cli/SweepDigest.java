package dev.caviar.cli;

import dev.caviar.cli.view.TrialStates;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.proto.v1.TrialStatus;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a sweep's trials came to, such that two runs can be compared: of each trial its number, its
 * state, its parameters, and its objective to the last bit, which depends on every step of its
 * training. Not which worker had it, in which attempt, and how long it took.
 */
final class SweepDigest {
  private final List<TrialStatus> trials;

  /**
   * @param trials in the order of their numbers
   */
  SweepDigest(SearchSpace space, List<TrialStatus> trials) {
    this.trials = trials.stream().map(trial -> essence(space, trial)).toList();
  }

  private static TrialStatus essence(SearchSpace space, TrialStatus trial) {
    TrialStatus.Builder essence =
        TrialStatus.newBuilder()
            .setTrial(trial.getTrial())
            .setState(trial.getState())
            .addAllParameters(space.parameters(space.point(trial.getParametersList())));
    if (trial.hasObjective()) {
      essence.setObjective(trial.getObjective());
    }
    return essence.build();
  }

  /** SHA-256, 64 hexadecimal digits. */
  String sha256() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      // Maps would come in any order, but there is none in it.
      trials.forEach(trial -> digest.update(trial.toByteArray()));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has it", e);
    }
  }

  /** The first trial that is not the same here and there; null if all are. */
  @Nullable Integer firstDifference(SweepDigest other) {
    int common = Math.min(trials.size(), other.trials.size());
    return IntStream.range(0, common)
        .filter(i -> !trials.get(i).equals(other.trials.get(i)))
        .boxed()
        .findFirst()
        .orElse(trials.size() == other.trials.size() ? null : (Integer) common);
  }

  /** That trial's state and objective; without it, that there is none. */
  String describe(int number) {
    return trials.stream()
        .filter(trial -> trial.getTrial() == number)
        .findFirst()
        .map(
            trial ->
                TrialStates.key(trial.getState())
                    + (trial.hasObjective() ? ", " + trial.getObjective() : ""))
        .orElse("no such trial");
  }
}
