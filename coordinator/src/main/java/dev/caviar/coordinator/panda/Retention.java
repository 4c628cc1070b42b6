package dev.caviar.coordinator.panda;

import dev.caviar.coordinator.space.PandaDefinition.CheckpointPolicy;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaCheckpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Which checkpoints of a panda are kept: whatever has a reason of its own, and of the others the
 * more the younger they are. Of a panda as it is now; a pure function of it and the time.
 */
final class Retention {
  private final Panda panda;

  /** Checkpoints by number, and the branches that began there. */
  private final Map<Integer, List<Integer>> begun = new HashMap<>();

  /** The last checkpoint of each branch. */
  private final Map<Integer, PandaCheckpoint> last = new HashMap<>();

  Retention(Panda panda) {
    this.panda = panda;
    for (PandaBranch branch : panda.branches()) {
      PandaCheckpoint from = branch.getBranch() == 0 ? null : beginning(branch.getBranch());
      if (from != null) {
        begun
            .computeIfAbsent(from.getNumber(), number -> new ArrayList<>())
            .add(branch.getBranch());
      }
    }
    for (PandaCheckpoint checkpoint : panda.checkpoints()) {
      last.merge(
          checkpoint.getBranch(),
          checkpoint,
          BinaryOperator.maxBy(
              Comparator.comparingLong(PandaCheckpoint::getStep)
                  .thenComparingInt(PandaCheckpoint::getNumber)));
    }
  }

  /** What a branch would be trained from without any checkpoint of its own; null: the start. */
  private @Nullable PandaCheckpoint beginning(int branch) {
    return panda.checkpointsOnTheWay(branch).stream()
        .filter(checkpoint -> checkpoint.getBranch() != branch)
        .reduce((before, after) -> after)
        .orElse(null);
  }

  /**
   * Why a checkpoint is kept whatever its age: it is the best, has a name, is where a branch began
   * or the last of one. Empty where its age decides.
   */
  List<String> reasons(PandaCheckpoint checkpoint) {
    List<String> reasons = new ArrayList<>();
    if (checkpoint.equals(panda.best())) {
      reasons.add("best");
    }
    if (!checkpoint.getName().isEmpty()) {
      reasons.add("named");
    }
    begun
        .getOrDefault(checkpoint.getNumber(), List.of())
        .forEach(branch -> reasons.add("branch %d began here".formatted(branch)));
    if (checkpoint.getNumber() == 1 && panda.definition().checkpoint() != null) {
      reasons.add("adopted");
    }
    if (checkpoint.equals(last.get(checkpoint.getBranch()))) {
      reasons.add("last of branch %d".formatted(checkpoint.getBranch()));
    }
    return reasons;
  }

  /** Those that are kept no longer, in the order of their numbers. */
  List<PandaCheckpoint> superseded(long nowMillis) {
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
      if (!young && reasons(checkpoint).isEmpty()) {
        superseded.add(checkpoint);
      }
    }
    return superseded;
  }
}
