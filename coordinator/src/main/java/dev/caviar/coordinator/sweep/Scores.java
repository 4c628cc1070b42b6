package dev.caviar.coordinator.sweep;

import dev.caviar.coordinator.space.CurveScore;
import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.proto.v1.CurvePoint;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What the objectives make of the curves of those trials that may go on. It is no part of a sweep's
 * state: after a restart it is had from the curves again. Belongs to one actor.
 */
final class Scores {
  private final List<Objective> objectives;
  private final Map<Integer, List<CurveScore>> scores = new HashMap<>();

  Scores(List<Objective> objectives) {
    this.objectives = objectives;
  }

  /** The first epoch of a curve that still counts when the given one is the last. */
  int firstEpoch(int last) {
    return objectives.stream()
        .mapToInt(objective -> CurveScore.firstEpoch(objective, last))
        .min()
        .orElse(last);
  }

  /** Takes in a trial's next points, each once. */
  void add(int trial, List<CurvePoint> points) {
    List<CurveScore> of =
        scores.computeIfAbsent(trial, number -> objectives.stream().map(CurveScore::new).toList());
    points.forEach(point -> of.forEach(score -> score.add(point)));
  }

  /** That a trial whose curve is whole has these, however often it is trained again. */
  void settle(Trial trial) {
    if (!scores.containsKey(trial.number())) {
      scores.put(trial.number(), trial.objectives().stream().map(CurveScore::new).toList());
    }
  }

  /** Whether anything is known of the trial's curve. */
  boolean has(int trial) {
    return scores.containsKey(trial);
  }

  /** One for each objective; empty before a trial's first point. */
  List<Double> of(int trial) {
    return scores.getOrDefault(trial, List.of()).stream()
        .map(CurveScore::value)
        .filter(Objects::nonNull)
        .toList();
  }

  /** Of a trial that does not go on. */
  void forget(int trial) {
    scores.remove(trial);
  }
}
