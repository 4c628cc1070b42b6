package dev.caviar.cli.panda;

import dev.caviar.proto.v1.CurvePoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/**
 * A branch's points by their epochs, as many as can be seen: a panda that trains for days has more
 * than a watcher's memory should hold. When there are too many, every other one of the older ones
 * goes.
 */
final class ThinnedCurve {
  private static final int MOST = 8192;

  /** The last ones stay as they came, for a look at them from close by. */
  private static final int WHOLE = 2048;

  private final TreeMap<Integer, CurvePoint> points = new TreeMap<>();

  /** Adds points, in place of those of the same epochs. */
  void add(Collection<CurvePoint> more) {
    for (CurvePoint point : more) {
      points.put(point.getEpoch(), point);
      if (points.size() > MOST) {
        thin();
      }
    }
  }

  private void thin() {
    List<Integer> epochs = new ArrayList<>(points.keySet());
    // The first stays: where a curve begins is seen.
    for (int i = 1; i < epochs.size() - WHOLE; i += 2) {
      points.remove(epochs.get(i));
    }
  }

  boolean isEmpty() {
    return points.isEmpty();
  }

  /** In the order of their epochs. */
  List<CurvePoint> points() {
    return List.copyOf(points.values());
  }
}
