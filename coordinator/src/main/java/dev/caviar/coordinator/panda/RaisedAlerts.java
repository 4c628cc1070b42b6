package dev.caviar.coordinator.panda;

import dev.caviar.proto.v1.AlertKind;
import dev.caviar.proto.v1.PandaAlert;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The alerts that stand. What hovers at a limit is over it in one epoch and under it in the next:
 * an alert is raised once and stands until it has not been seen for some epochs, or something was
 * done.
 */
final class RaisedAlerts {
  /** Epochs in a row without it that end an alert. */
  static final int CLEAR_EPOCHS = 5;

  private final Map<AlertKind, PandaAlert> raised = new EnumMap<>(AlertKind.class);
  private final Map<AlertKind, Integer> lastSeen = new EnumMap<>(AlertKind.class);

  /** Those that stand. */
  List<PandaAlert> list() {
    return List.copyOf(raised.values());
  }

  /**
   * Takes in what is seen after an epoch.
   *
   * @param changed the epoch of the branch after which somebody last changed something; a negative
   *     number where nobody has
   * @return those that are new
   */
  List<PandaAlert> see(List<PandaAlert> seen, int epoch, int changed, long nowMillis) {
    List<PandaAlert> fresh = new ArrayList<>();
    for (PandaAlert alert : seen) {
      PandaAlert before = raised.get(alert.getKind());
      PandaAlert since =
          alert.toBuilder()
              .setSinceMillis(before == null ? nowMillis : before.getSinceMillis())
              .setEpoch(before == null ? alert.getEpoch() : before.getEpoch())
              .build();
      raised.put(alert.getKind(), since);
      lastSeen.put(alert.getKind(), epoch);
      if (before == null) {
        fresh.add(since);
      }
    }
    boolean gapSeen =
        seen.stream().anyMatch(alert -> alert.getKind() == AlertKind.ALERT_RUNNING_STATISTICS);
    lastSeen
        .entrySet()
        .removeIf(
            entry ->
                entry.getValue() < epoch
                    && (!hovers(entry.getKey())
                        || entry.getValue() <= changed
                        || entry.getValue() <= epoch - CLEAR_EPOCHS
                        // Of the same gap, when it cannot be put down to a change any more.
                        || (gapSeen && entry.getKey() == AlertKind.ALERT_STALE_STATISTICS)));
    raised.keySet().retainAll(lastSeen.keySet());
    return fresh;
  }

  void clear() {
    raised.clear();
    lastSeen.clear();
  }

  private static boolean hovers(AlertKind kind) {
    return switch (kind) {
      case ALERT_PLATEAU, ALERT_SMALL_BATCH -> false;
      default -> true;
    };
  }
}
