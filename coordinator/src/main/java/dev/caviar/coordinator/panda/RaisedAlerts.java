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
 * an alert is raised once and stands until it has not been seen for some epochs and for a minute,
 * in which small networks have a thousand of them, or until something was done.
 */
final class RaisedAlerts {
  /** Epochs in a row without it that end an alert, if they took as long. */
  static final int CLEAR_EPOCHS = 5;

  static final Duration CLEAR_TIME = Duration.ofMinutes(1);

  /**
   * One that stands.
   *
   * @param epoch after which it was last seen
   * @param millis when that was
   */
  private record Raised(PandaAlert alert, int epoch, long millis) {}

  private final Map<AlertKind, Raised> raised = new EnumMap<>(AlertKind.class);

  /** Those that stand. */
  List<PandaAlert> list() {
    return raised.values().stream().map(Raised::alert).toList();
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
      Raised known = raised.get(alert.getKind());
      PandaAlert before = known == null ? null : known.alert();
      PandaAlert since =
          alert.toBuilder()
              .setSinceMillis(before == null ? nowMillis : before.getSinceMillis())
              .setEpoch(before == null ? alert.getEpoch() : before.getEpoch())
              .build();
      raised.put(alert.getKind(), new Raised(since, epoch, nowMillis));
      if (before == null) {
        fresh.add(since);
      }
    }
    boolean gapSeen =
        seen.stream().anyMatch(alert -> alert.getKind() == AlertKind.ALERT_RUNNING_STATISTICS);
    raised
        .values()
        .removeIf(
            last ->
                last.epoch() < epoch
                    && (last.epoch() <= changed
                        || isGone(last, epoch, nowMillis)
                        // Of the same gap, when it cannot be put down to a change any more.
                        || (gapSeen
                            && last.alert().getKind() == AlertKind.ALERT_STALE_STATISTICS)));
    return fresh;
  }

  void clear() {
    raised.clear();
  }

  /** A better network ends a plateau, a larger batch a small one; all else may come back. */
  private static boolean isGone(Raised last, int epoch, long nowMillis) {
    AlertKind kind = last.alert().getKind();
    return kind == AlertKind.ALERT_PLATEAU
        || kind == AlertKind.ALERT_SMALL_BATCH
        || (last.epoch() <= epoch - CLEAR_EPOCHS
            && last.millis() <= nowMillis - CLEAR_TIME.toMillis());
  }
}
