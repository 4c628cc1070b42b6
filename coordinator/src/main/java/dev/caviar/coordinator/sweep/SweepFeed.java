package dev.caviar.coordinator.sweep;

import dev.caviar.proto.v1.SearchStage;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.TrialStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a sweep's watchers get to see, in order. A status replaces the one before it of the same
 * trial or sweep, so whoever comes late or is slow gets less to read rather than a longer queue,
 * and the feed is no longer than the sweep's trials and the points of their curves.
 */
final class SweepFeed {
  private static final int STATUS_OF_SWEEP = -1;

  private final NavigableMap<Long, SweepUpdate> updates = new TreeMap<>();
  private final Map<Integer, Long> statusAt = new HashMap<>();
  private long cursor;

  void add(SweepStatus status) {
    replace(STATUS_OF_SWEEP, SweepUpdate.newBuilder().setStatus(status));
  }

  void add(TrialStatus status) {
    replace(status.getTrial(), SweepUpdate.newBuilder().setTrial(status));
  }

  void add(TrialPoints points) {
    append(SweepUpdate.newBuilder().setPoints(points));
  }

  void add(SearchStage stage) {
    append(SweepUpdate.newBuilder().setStage(stage));
  }

  /** At most {@code limit} updates that came after a cursor, oldest first. */
  List<SweepUpdate> after(long after, int limit) {
    return updates.tailMap(after, false).values().stream().limit(limit).toList();
  }

  /** The cursor of the newest update; 0 before the first. */
  long cursor() {
    return cursor;
  }

  private void replace(int of, SweepUpdate.Builder update) {
    Long previous = statusAt.get(of);
    if (previous != null) {
      updates.remove(previous);
    }
    append(update);
    statusAt.put(of, cursor);
  }

  private void append(SweepUpdate.Builder update) {
    cursor++;
    updates.put(cursor, update.setCursor(cursor).build());
  }
}
