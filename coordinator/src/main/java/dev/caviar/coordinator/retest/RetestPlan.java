package dev.caviar.coordinator.retest;

import dev.caviar.coordinator.insight.Points;
import dev.caviar.coordinator.space.GivenPoint;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.RetestFile;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import dev.caviar.proto.v1.EnqueuedPoint;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * How many points a retest compares, and how often it trains each.
 *
 * @param seeds at least 2
 * @param runnerUps how many of the next best points of the old sweep, as far as it has them
 * @param fresh how many points that nobody chose
 */
public record RetestPlan(int seeds, int runnerUps, int fresh) {
  /** Of the two nobody knows whether luck put them behind. */
  public static final int STANDARD_RUNNER_UPS = 2;

  /** Enough to notice that good points are elsewhere now. */
  public static final int STANDARD_FRESH = 3;

  /**
   * The retest of a sweep, to be submitted where that sweep is known.
   *
   * @param definition what the old sweep's file says
   * @param seed of the retest, which no earlier one of this sweep may have had
   * @throws IllegalArgumentException if the sweep has no best that could be tested again; the
   *     message is for people
   */
  public SubmitSweepRequest of(SweepDefinition definition, GetSweepResponse old, long seed) {
    SweepStatus status = old.getSummary().getStatus();
    RetestVerdict.requireOver(status);
    if (!status.hasBestTrial()) {
      throw new IllegalArgumentException("none of its trials completed, so it has no best one");
    }
    if (definition.earlyStopping() instanceof EarlyStopping.PopulationBased) {
      throw new IllegalArgumentException(
          "its trials were a population, whose best was trained at several points one after the"
              + " other, so there is no point to train again; `caviar replay` does what can be"
              + " done");
    }
    List<EnqueuedPoint> points = points(definition, old);
    if (points.size() + fresh < 2) {
      throw new IllegalArgumentException(
          "there is nothing to compare its best with; ask for runner-ups or fresh points");
    }
    SubmitSweepRequest.Builder retest =
        SubmitSweepRequest.newBuilder()
            .setSweepFile(RetestFile.of(definition, points.size() + fresh, seeds, seed))
            .setRetestOf(status.getSweepId())
            .addAllPoints(points);
    if (old.hasStart()) {
      retest.setStart(old.getStart());
    }
    return retest.build();
  }

  /** The best point, then the runner-ups; no two alike. */
  private List<EnqueuedPoint> points(SweepDefinition definition, GetSweepResponse old) {
    SweepStatus status = old.getSummary().getStatus();
    int repeats = definition.repeats().count();
    int best = status.getBestTrial() / repeats;
    List<TrialStatus> ranked =
        new ArrayList<>(
            Points.of(old.getTrialsList(), repeats).stream()
                .filter(trial -> trial.getState() == TrialState.COMPLETED && trial.hasObjective())
                .sorted(
                    Comparator.<TrialStatus>comparingInt(
                            trial -> trial.getTrial() / repeats == best ? 0 : 1)
                        .thenComparingDouble(
                            trial -> definition.objective().loss(trial.getObjective()))
                        .thenComparingInt(TrialStatus::getTrial))
                .toList());
    Set<Point> distinct = new LinkedHashSet<>();
    for (TrialStatus trial : ranked) {
      if (distinct.size() <= runnerUps) {
        distinct.add(point(definition.space(), trial));
      }
    }
    return distinct.stream()
        .map(
            point ->
                EnqueuedPoint.newBuilder()
                    .addAllParameters(GivenPoint.parameters(definition.space(), point))
                    .build())
        .toList();
  }

  private static Point point(SearchSpace space, TrialStatus trial) {
    Point point = space.point(trial.getParametersList());
    try {
      return GivenPoint.of(space, GivenPoint.parameters(space, point));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "trial %d lies outside of the space of its sweep file, which was widened or changed: %s;"
                  .formatted(trial.getTrial(), e.getMessage())
              + " submit a file with a space that holds it, and retest that",
          e);
    }
  }
}
