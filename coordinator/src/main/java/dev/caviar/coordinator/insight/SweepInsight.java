package dev.caviar.coordinator.insight;

import dev.caviar.coordinator.importance.Observation;
import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.search.Stage;
import dev.caviar.coordinator.search.Zoom;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.sweep.StageMessages;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.util.List;
import java.util.stream.Stream;

/** What a sweep's trials show, taken from what its coordinator answers of it. */
public final class SweepInsight {
  private SweepInsight() {}

  /**
   * What importance is computed from: the completed trials with a finite objective, in their order.
   *
   * @param definition what the sweep's file says
   */
  public static List<Observation> observations(SweepDefinition definition, GetSweepResponse sweep) {
    return points(definition, sweep)
        .filter(SweepInsight::completed)
        .map(
            trial ->
                new Observation(
                    definition.space().point(trial.getParametersList()), trial.getObjective()))
        // Importance is over the space of the file, whatever else was tried after a change of it.
        .filter(
            seen -> sweep.getSpaceChangesCount() == 0 || definition.space().contains(seen.point()))
        .toList();
  }

  /**
   * The stages of a coarse-to-fine sweep, explained; none of another.
   *
   * @param definition what the sweep's file says
   * @throws IllegalArgumentException if a stage leaves out a dimension of the space
   */
  public static List<Zoom> zooms(SweepDefinition definition, GetSweepResponse sweep) {
    SearchSpace space = definition.space();
    List<Stage> stages =
        sweep.getStagesList().stream().map(stage -> StageMessages.stage(space, stage)).toList();
    List<TrialRecord> trials =
        points(definition, sweep).map(trial -> record(space, trial)).toList();
    return Zoom.of(space, stages, trials);
  }

  private static Stream<TrialStatus> points(SweepDefinition definition, GetSweepResponse sweep) {
    return Points.of(sweep.getTrialsList(), definition.repeats().count()).stream();
  }

  private static TrialRecord record(SearchSpace space, TrialStatus trial) {
    boolean runs =
        switch (trial.getState()) {
          case QUEUED, RUNNING, PAUSED, LOST, RETRYING -> true;
          default -> false;
        };
    return new TrialRecord(
        trial.getTrial(),
        space.point(trial.getParametersList()),
        runs ? Status.RUNNING : completed(trial) ? Status.COMPLETED : Status.FAILED,
        completed(trial) ? trial.getObjective() : null);
  }

  private static boolean completed(TrialStatus trial) {
    return trial.getState() == TrialState.COMPLETED
        && trial.hasObjective()
        && Double.isFinite(trial.getObjective());
  }
}
