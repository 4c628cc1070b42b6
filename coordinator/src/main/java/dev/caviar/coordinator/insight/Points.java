package dev.caviar.coordinator.insight;

import dev.caviar.coordinator.search.RepeatedPoint;
import dev.caviar.proto.EndStates;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What is compared in a sweep: its trials, or where there are repeats the points they are at. */
public final class Points {
  private Points() {}

  /**
   * Each point as one trial, its first, whose objectives are the means of all at the point once
   * they are completed. The trials as they are where there are no repeats.
   *
   * @param trials in any order
   * @param repeats trials at each point
   */
  public static List<TrialStatus> of(List<TrialStatus> trials, int repeats) {
    if (repeats <= 1) {
      return trials;
    }
    List<TrialStatus> points = new ArrayList<>();
    trials.stream()
        .collect(
            Collectors.groupingBy(
                trial -> trial.getTrial() / repeats, TreeMap::new, Collectors.toList()))
        .values()
        .forEach(of -> points.add(point(of, repeats)));
    return points;
  }

  private static TrialStatus point(List<TrialStatus> trials, int repeats) {
    TrialStatus.Builder point =
        trials.getFirst().toBuilder()
            .setTrial(trials.getFirst().getTrial() / repeats * repeats)
            .setState(state(trials, repeats))
            .clearObjective()
            .clearOtherObjectives();
    if (point.getState() == TrialState.COMPLETED) {
      point.setObjective(
          RepeatedPoint.mean(trials.stream().map(TrialStatus::getObjective).toList()));
      IntStream.range(0, trials.getFirst().getOtherObjectivesCount())
          .mapToObj(i -> trials.stream().map(trial -> trial.getOtherObjectives(i)).toList())
          .forEach(values -> point.addOtherObjectives(RepeatedPoint.mean(values)));
    }
    return point.build();
  }

  private static TrialState state(List<TrialStatus> trials, int repeats) {
    if (trials.size() < repeats
        || !trials.stream().map(TrialStatus::getState).allMatch(EndStates::contains)) {
      return TrialState.RUNNING;
    }
    return trials.stream()
        .map(TrialStatus::getState)
        .filter(state -> state != TrialState.COMPLETED)
        .findFirst()
        .orElse(TrialState.COMPLETED);
  }
}
