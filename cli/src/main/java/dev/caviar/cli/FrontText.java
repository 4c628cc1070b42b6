package dev.caviar.cli;

import dev.caviar.cli.view.FrontChart;
import dev.caviar.cli.view.Texts;
import dev.caviar.coordinator.insight.Points;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.ObjectiveStatus;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The Pareto front of a sweep with several objectives, in words and as a picture. */
final class FrontText {
  private static final int WIDTH = 72;

  private FrontText() {}

  /** The trials of the front, best in the first objective first; empty with one objective. */
  static List<TrialStatus> front(GetSweepResponse sweep) {
    Map<Integer, TrialStatus> byNumber =
        sweep.getTrialsList().stream()
            .collect(Collectors.toMap(TrialStatus::getTrial, Function.identity()));
    return sweep.getSummary().getStatus().getFrontList().stream()
        .filter(byNumber::containsKey)
        .map(byNumber::get)
        .toList();
  }

  /** A table of the front, and with two objectives a picture of all completed trials. */
  static List<String> lines(GetSweepResponse sweep) {
    SweepStatus status = sweep.getSummary().getStatus();
    List<TrialStatus> front = front(sweep);
    if (front.isEmpty()) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    lines.add("Pareto front: %d of the completed, by %s".formatted(front.size(), metrics(status)));
    lines.addAll(table(status, front).lines().stream().map(line -> "  " + line).toList());
    if (status.getObjectivesCount() == 2) {
      lines.add("");
      lines.addAll(chart(sweep, status));
    }
    return lines;
  }

  private static String metrics(SweepStatus status) {
    return status.getObjectivesList().stream()
        .map(ObjectiveStatus::getMetric)
        .collect(Collectors.joining(" and "));
  }

  private static TextTable table(SweepStatus status, List<TrialStatus> front) {
    List<String> heads = new ArrayList<>(List.of("trial"));
    status.getObjectivesList().forEach(objective -> heads.add(objective.getMetric()));
    heads.addAll(status.getSampledParametersList());
    TextTable table = new TextTable(heads);
    for (TrialStatus trial : front) {
      List<String> cells = new ArrayList<>(List.of(Integer.toString(trial.getTrial())));
      SweepText.objectives(trial).forEach(value -> cells.add(Texts.number(value)));
      status
          .getSampledParametersList()
          .forEach(name -> cells.add(SweepText.value(trial.getParametersList(), name)));
      table.add(cells);
    }
    return table;
  }

  private static List<String> chart(GetSweepResponse sweep, SweepStatus status) {
    Set<Integer> front = new HashSet<>();
    int repeats = Math.max(1, status.getRepeats());
    status.getFrontList().forEach(trial -> front.add(trial / repeats));
    List<FrontChart.Place> places =
        Points.of(sweep.getTrialsList(), repeats).stream()
            .filter(trial -> trial.getState() == TrialState.COMPLETED)
            .filter(trial -> trial.getOtherObjectivesCount() == 1)
            .filter(
                trial ->
                    Double.isFinite(trial.getObjective())
                        && Double.isFinite(trial.getOtherObjectives(0)))
            .map(
                trial ->
                    new FrontChart.Place(
                        trial.getOtherObjectives(0),
                        trial.getObjective(),
                        front.contains(trial.getTrial() / repeats)))
            .toList();
    return places.isEmpty()
        ? List.of()
        : FrontChart.lines(
            "%s over %s"
                .formatted(
                    status.getObjectives(0).getMetric(), status.getObjectives(1).getMetric()),
            places,
            WIDTH,
            false);
  }
}
