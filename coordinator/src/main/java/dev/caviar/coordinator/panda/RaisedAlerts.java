package dev.caviar.coordinator.panda;

import dev.caviar.proto.v1.AlertKind;
import dev.caviar.proto.v1.PandaAlert;
import java.time.Duration;
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
  /** Epochs in a row without it that end an alert, if they took as long. */
  static final int CLEAR_EPOCHS = 5;

  static final Duration CLEAR_TIME = Duration.ofMinutes(1);

  /** When an alert was last seen. */
  private record Seen(int epoch, long millis) {}

  private final Map<AlertKind, PandaAlert> raised = new EnumMap<>(AlertKind.class);
  private final Map<AlertKind, Seen> lastSeen = new EnumMap<>(AlertKind.class);

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
      lastSeen.put(alert.getKind(), new Seen(epoch, nowMillis));
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
                entry.getValue().epoch() < epoch
                    && (entry.getValue().epoch() <= changed
                        || isGone(entry.getKey(), entry.getValue(), epoch, nowMillis)
                        // Of the same gap, when it cannot be put down to a change any more.
                        || (gapSeen && entry.getKey() == AlertKind.ALERT_STALE_STATISTICS)));
    raised.keySet().retainAll(lastSeen.keySet());
    return fresh;
  }

  void clear() {
    raised.clear();
    lastSeen.clear();
  }

  /** A better network ends a plateau, a larger batch a small one; all else may come back. */
  private static boolean isGone(AlertKind kind, Seen last, int epoch, long nowMillis) {
    return kind == AlertKind.ALERT_PLATEAU
        || kind == AlertKind.ALERT_SMALL_BATCH
        || (last.epoch() <= epoch - CLEAR_EPOCHS
            && last.millis() <= nowMillis - CLEAR_TIME.toMillis());
  }
}
