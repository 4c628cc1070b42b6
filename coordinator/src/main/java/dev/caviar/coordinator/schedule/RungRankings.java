package dev.caviar.coordinator.schedule;

import java.util.HashMap;
import java.util.Map;

/** A ranking of trials at each rung that any of them reached, by its epoch. For one thread. */
final class RungRankings {
  private static final Ranking NONE = new Ranking();

  private final Map<Integer, Ranking> rankings = new HashMap<>();

  /** Of those that reached the rung; to be looked at, not changed. */
  Ranking at(int epoch) {
    return rankings.getOrDefault(epoch, NONE);
  }

  /** A trial had those values at rungs, by their epochs, and now has others. */
  void change(int trial, Map<Integer, Double> before, Map<Integer, Double> now) {
    before.forEach(
        (epoch, value) -> {
          if (!value.equals(now.get(epoch))) {
            rankings.getOrDefault(epoch, NONE).remove(value, trial);
          }
        });
    now.forEach(
        (epoch, value) -> {
          if (!value.equals(before.get(epoch))) {
            rankings.computeIfAbsent(epoch, rung -> new Ranking()).add(value, trial);
          }
        });
  }
}
