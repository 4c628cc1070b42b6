package dev.caviar.coordinator.sweep;

import dev.caviar.proto.v1.SearchStage;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.TrialStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a sweep's watchers get to see, in order. A status replaces the one before it of the same
 * trial or sweep, and the points of a trial that is over are left to the curve store: so whoever
 * comes late or is slow gets less to read rather than a longer queue, and the feed is no longer
 * than the sweep's trials and the points of those that run.
 */
final class SweepFeed {
  private static final int STATUS_OF_SWEEP = -1;

  /** One thing to see. */
  sealed interface Entry {}

  /** As watchers get it. */
  record Update(SweepUpdate update) implements Entry {}

  /** Points to be read from the curve store: of the epochs 1 to {@code epochs}. */
  record StoredCurve(long cursor, int trial, int attempt, int epochs) implements Entry {}

  private final NavigableMap<Long, Entry> entries = new TreeMap<>();
  private final Map<Integer, Long> statusAt = new HashMap<>();
  private final Map<Integer, List<Long>> pointsAt = new HashMap<>();
  private final long start;
  private long cursor;

  /**
   * @param start the cursor before the first update; larger than any that an earlier feed of the
   *     same sweep came to, so that its cursors can be told from this one's
   */
  SweepFeed(long start) {
    this.start = start;
    this.cursor = start;
  }

  void add(SweepStatus status) {
    replace(STATUS_OF_SWEEP, SweepUpdate.newBuilder().setStatus(status));
  }

  void add(TrialStatus status) {
    replace(status.getTrial(), SweepUpdate.newBuilder().setTrial(status));
  }

  void add(TrialPoints points) {
    append(SweepUpdate.newBuilder().setPoints(points));
    pointsAt.computeIfAbsent(points.getTrial(), trial -> new ArrayList<>()).add(cursor);
  }

  void add(SearchStage stage) {
    append(SweepUpdate.newBuilder().setStage(stage));
  }

  /**
   * From here on the curve store has this trial's points, and the feed need not. They come where
   * the last of them was: whoever has seen that one does not get them again.
   */
  void store(int trial, int attempt, int epochs) {
    if (epochs == 0) {
      return;
    }
    List<Long> points = pointsAt.remove(trial);
    if (points == null) {
      cursor++;
      points = List.of(cursor);
    }
    points.forEach(entries::remove);
    long at = points.getLast();
    entries.put(at, new StoredCurve(at, trial, attempt, epochs));
    pointsAt.put(trial, new ArrayList<>(List.of(at)));
  }

  /**
   * At most {@code limit} entries that came after a cursor, oldest first; all from the first on
   * where the cursor is not of this feed.
   */
  List<Entry> after(long after, int limit) {
    long from = after < start || after > cursor ? start : after;
    return entries.tailMap(from, false).values().stream().limit(limit).toList();
  }

  static long cursor(Entry entry) {
    return switch (entry) {
      case Update update -> update.update().getCursor();
      case StoredCurve curve -> curve.cursor();
    };
  }

  /** The cursor of the newest entry; the start before the first. */
  long cursor() {
    return cursor;
  }

  private void replace(int of, SweepUpdate.Builder update) {
    Long previous = statusAt.get(of);
    if (previous != null) {
      entries.remove(previous);
    }
    append(update);
    statusAt.put(of, cursor);
  }

  private void append(SweepUpdate.Builder update) {
    cursor++;
    entries.put(cursor, new Update(update.setCursor(cursor).build()));
  }
}
