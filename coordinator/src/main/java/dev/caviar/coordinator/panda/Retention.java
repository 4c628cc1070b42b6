package dev.caviar.coordinator.panda;

import dev.caviar.coordinator.space.PandaDefinition.CheckpointPolicy;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaCheckpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which checkpoints of a panda are kept: whatever has a reason of its own, and of the others the
 * more the younger they are. A pure function of the panda and the time.
 */
final class Retention {
  private Retention() {}

  /**
   * Why a checkpoint is kept whatever its age: it is the best, has a name, is where a branch began
   * or the last of one. Empty where its age decides.
   */
  static List<String> reasons(Panda panda, PandaCheckpoint checkpoint) {
    List<String> reasons = new ArrayList<>();
    if (checkpoint.equals(panda.best())) {
      reasons.add("best");
    }
    if (!checkpoint.getName().isEmpty()) {
      reasons.add("named");
    }
    for (PandaBranch branch : panda.branches()) {
      PandaCheckpoint from = branch.getBranch() == 0 ? null : beginning(panda, branch);
      if (checkpoint.equals(from)) {
        reasons.add("branch %d began here".formatted(branch.getBranch()));
      }
    }
    if (checkpoint.getNumber() == 1 && panda.definition().checkpoint() != null) {
      reasons.add("adopted");
    }
    if (isLast(panda, checkpoint)) {
      reasons.add("last of branch %d".formatted(checkpoint.getBranch()));
    }
    return reasons;
  }

  private static boolean isLast(Panda panda, PandaCheckpoint checkpoint) {
    return panda.checkpoints().stream()
        .filter(other -> other.getBranch() == checkpoint.getBranch())
        .noneMatch(
            other ->
                other.getStep() > checkpoint.getStep()
                    || (other.getStep() == checkpoint.getStep()
                        && other.getNumber() > checkpoint.getNumber()));
  }

  /** What a branch would be trained from without any checkpoint of its own; null: the start. */
  private static @Nullable PandaCheckpoint beginning(Panda panda, PandaBranch branch) {
    return panda.checkpointsOnTheWay(branch.getBranch()).stream()
        .filter(checkpoint -> checkpoint.getBranch() != branch.getBranch())
        .reduce((before, after) -> after)
        .orElse(null);
  }

  /** Those that are kept no longer, in the order of their numbers. */
  static List<PandaCheckpoint> superseded(Panda panda, long nowMillis) {
    CheckpointPolicy policy = panda.definition().checkpoints();
    // Of the clock, so that which one is the first does not change with the time.
    Set<Long> hours = new HashSet<>();
    Set<Long> days = new HashSet<>();
    List<PandaCheckpoint> superseded = new ArrayList<>();
    for (PandaCheckpoint checkpoint : panda.checkpoints()) {
      long takenAt = checkpoint.getTakenAtMillis();
      boolean firstOfHour = hours.add(Math.floorDiv(takenAt, Duration.ofHours(1).toMillis()));
      boolean firstOfDay = days.add(Math.floorDiv(takenAt, Duration.ofDays(1).toMillis()));
      Duration age = Duration.ofMillis(nowMillis - takenAt);
      boolean young =
          age.compareTo(policy.keepAll()) < 0
              || (age.compareTo(policy.keepHourly()) < 0 ? firstOfHour : firstOfDay);
      if (!young && reasons(panda, checkpoint).isEmpty()) {
        superseded.add(checkpoint);
      }
    }
    return superseded;
  }
}
