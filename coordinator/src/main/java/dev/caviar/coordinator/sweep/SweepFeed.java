package dev.caviar.coordinator.sweep;

import dev.caviar.proto.v1.SearchStage;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.TrialStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a sweep's watchers get to see, in order. A status replaces the one before it of the same
 * trial or sweep, and the points of a trial that is over are left to the curve store, if not at
 * once: so whoever comes late or is slow gets less to read rather than a longer queue, and the feed
 * is no longer than the sweep's trials and the points of those that run or ran last. Of packed
 * trials it has the places alone.
 */
final class SweepFeed {
  /** Of trials that are over; whoever keeps up with the sweep need not wait for the curve store. */
  static final int POINTS_KEPT = 100_000;

  private static final int STATUS_OF_SWEEP = -1;

  /** One thing to see. */
  sealed interface Entry {}

  /** As watchers get it. */
  record Update(SweepUpdate update) implements Entry {}

  /** Points to be read from the curve store: of the epochs 1 to {@code epochs}. */
  record StoredCurve(long cursor, int trial, int attempt, int epochs) implements Entry {}

  /** The status of a packed trial. */
  record PackedStatus(long cursor, int trial) implements Entry {}

  /** All points of a packed trial; it may have none. */
  record PackedCurve(long cursor, int trial) implements Entry {}

  /**
   * A curve that the store has, too.
   *
   * @param points of it in the feed
   */
  private record Whole(int attempt, int epochs, int points) {}

  private final NavigableMap<Long, Entry> entries = new TreeMap<>();
  private final Map<Integer, Long> statusAt = new HashMap<>();
  private final Map<Integer, List<Long>> pointsAt = new HashMap<>();
  // Trials that are over whose points are still here, the first to leave first, and how many.
  private final Map<Integer, Whole> whole = new LinkedHashMap<>();
  private int pointsKept;
  private final PackedEntries packed = new PackedEntries();
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
    keepNoMore(points.getTrial()); // It goes on.
    append(SweepUpdate.newBuilder().setPoints(points));
    pointsAt.computeIfAbsent(points.getTrial(), trial -> new ArrayList<>()).add(cursor);
  }

  void add(SearchStage stage) {
    append(SweepUpdate.newBuilder().setStage(stage));
  }

  /**
   * From here on the curve store has this trial's points, and the feed need not. Once they leave it
   * they come where the last of them was: whoever has seen that one does not get them again.
   */
  void store(int trial, int attempt, int epochs) {
    if (epochs == 0) {
      return;
    }
    keepNoMore(trial);
    int points = pointsHere(trial);
    if (points == 0 || points > POINTS_KEPT) {
      leaveToStore(trial, attempt, epochs);
      return;
    }
    whole.put(trial, new Whole(attempt, epochs, points));
    pointsKept += points;
    while (pointsKept > POINTS_KEPT) {
      var oldest = whole.entrySet().iterator().next();
      keepNoMore(oldest.getKey());
      leaveToStore(oldest.getKey(), oldest.getValue().attempt(), oldest.getValue().epochs());
    }
  }

  private int pointsHere(int trial) {
    int points = 0;
    for (long at : pointsAt.getOrDefault(trial, List.of())) {
      points +=
          entries.get(at) instanceof Update(var update) ? update.getPoints().getPointsCount() : 0;
    }
    return points;
  }

  private void keepNoMore(int trial) {
    Whole kept = whole.remove(trial);
    pointsKept -= kept == null ? 0 : kept.points();
  }

  private void leaveToStore(int trial, int attempt, int epochs) {
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

  /** From here on the statuses and curves of these trials are the page's. */
  void pack(TrialPage page) {
    PackedEntries of = new PackedEntries();
    for (int trial = page.first(); trial < page.end(); trial++) {
      Long status = statusAt.remove(trial);
      if (status != null) {
        entries.remove(status);
        of.add(status, PackedEntries.status(trial));
      }
      keepNoMore(trial);
      List<Long> points = pointsAt.remove(trial);
      if (points != null) {
        points.forEach(entries::remove);
        of.add(points.getLast(), PackedEntries.curve(trial));
      }
    }
    packed.addAll(of);
  }

  /** A page of which nothing was to be seen yet. */
  void add(TrialPage page) {
    PackedEntries of = new PackedEntries();
    for (int trial = page.first(); trial < page.end(); trial++) {
      // The status last, which there is of every trial.
      of.add(++cursor, PackedEntries.curve(trial));
      of.add(++cursor, PackedEntries.status(trial));
    }
    packed.addAll(of);
  }

  /**
   * From here on the statuses and curves of these trials are the feed's own again.
   *
   * @param status of one of them
   * @param curve of one of them, at any cursor; null if it has none
   */
  void unpack(
      TrialPage page, IntFunction<TrialStatus> status, IntFunction<@Nullable StoredCurve> curve) {
    PackedEntries removed = packed.remove(page.first(), page.end());
    for (int i = 0; i < removed.size(); i++) {
      long at = removed.cursor(i);
      int trial = PackedEntries.trial(removed.what(i));
      if (PackedEntries.isStatus(removed.what(i))) {
        entries.put(
            at,
            new Update(
                SweepUpdate.newBuilder().setCursor(at).setTrial(status.apply(trial)).build()));
        statusAt.put(trial, at);
        continue;
      }
      StoredCurve stored = curve.apply(trial);
      if (stored != null) {
        entries.put(at, new StoredCurve(at, trial, stored.attempt(), stored.epochs()));
        pointsAt.put(trial, new ArrayList<>(List.of(at)));
      }
    }
  }

  /**
   * At most {@code limit} entries that came after a cursor, oldest first; all from the first on
   * where the cursor is not of this feed.
   */
  List<Entry> after(long after, int limit) {
    long from = after < start || after > cursor ? start : after;
    List<Entry> found = new ArrayList<>();
    int place = packed.after(from);
    var own = entries.tailMap(from, false).entrySet().iterator();
    Map.Entry<Long, Entry> next = own.hasNext() ? own.next() : null;
    while (found.size() < limit && (next != null || place < packed.size())) {
      if (next != null && (place == packed.size() || next.getKey() < packed.cursor(place))) {
        found.add(next.getValue());
        next = own.hasNext() ? own.next() : null;
      } else {
        long at = packed.cursor(place);
        int what = packed.what(place++);
        int trial = PackedEntries.trial(what);
        found.add(
            PackedEntries.isStatus(what)
                ? new PackedStatus(at, trial)
                : new PackedCurve(at, trial));
      }
    }
    return found;
  }

  static long cursor(Entry entry) {
    return switch (entry) {
      case Update update -> update.update().getCursor();
      case StoredCurve curve -> curve.cursor();
      case PackedStatus status -> status.cursor();
      case PackedCurve curve -> curve.cursor();
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
