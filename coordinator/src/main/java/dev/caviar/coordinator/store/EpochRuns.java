package dev.caviar.coordinator.store;

import java.util.Map;
import java.util.TreeMap;

/** A set of epochs, as runs without a gap: mostly one, from the first epoch to the last. */
final class EpochRuns {
  // Last epoch of each run by its first. No run begins where another ends.
  private final TreeMap<Integer, Integer> runs = new TreeMap<>();

  /** Whether it was not there. */
  boolean add(int epoch) {
    Map.Entry<Integer, Integer> before = runs.floorEntry(epoch);
    if (before != null && before.getValue() >= epoch) {
      return false;
    }
    addRun(epoch, epoch);
    return true;
  }

  /** Epochs from first to last, both included, none of which is there. */
  void addRun(int first, int last) {
    int from = first;
    int to = last;
    Map.Entry<Integer, Integer> before = runs.lowerEntry(first);
    if (before != null && before.getValue() == first - 1) {
      from = before.getKey();
    }
    Integer after = runs.remove(last + 1);
    if (after != null) {
      to = after;
    }
    runs.put(from, to);
  }
}
