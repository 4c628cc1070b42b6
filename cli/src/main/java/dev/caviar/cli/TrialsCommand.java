package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.view.Texts;
import dev.caviar.cli.view.TrialStates;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.ObjectiveStatus;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code caviar trials}: the trials of one sweep. */
@Command(
    name = "trials",
    mixinStandardHelpOptions = true,
    description = "Lists a sweep's trials with their parameters.",
    footer = {
      "",
      "Examples:",
      "  caviar trials last --sort objective --limit 10",
      "  caviar trials last --state running,paused",
      "  caviar trials last --sort learning_rate --output json"
    })
final class TrialsCommand extends SweepCommand {
  @Option(
      names = "--sort",
      paramLabel = "BY",
      description =
          "trial, objective (the best first), epochs, time, or a parameter's name (default:"
              + " ${DEFAULT-VALUE}).")
  private String sort = "trial";

  @Option(
      names = "--state",
      split = ",",
      paramLabel = "STATE",
      description =
          "Only trials in these states: queued, running, paused, lost, retrying, completed,"
              + " stopped_early, diverged, failed, cancelled,"
              + " infeasible.")
  private List<TrialState> states = new ArrayList<>();

  @Option(names = "--limit", paramLabel = "N", description = "At most N trials.")
  private int limit = Integer.MAX_VALUE;

  @Override
  protected int run(SweepClient client) throws Exception {
    if (limit < 0) {
      throw new ParameterException(commandLine(), "--limit must be at least 0, is " + limit);
    }
    GetSweepResponse sweep = get(client);
    SweepStatus status = sweep.getSummary().getStatus();
    List<TrialStatus> matching =
        sweep.getTrialsList().stream()
            .filter(trial -> states.isEmpty() || states.contains(trial.getState()))
            .sorted(order(sweep))
            .toList();
    List<TrialStatus> shown = matching.stream().limit(limit).toList();
    return print(
        () -> json(status, shown),
        () -> lines(status, shown, matching.size(), sweep.getTrialsCount()));
  }

  private Comparator<TrialStatus> order(GetSweepResponse sweep) {
    Comparator<TrialStatus> byNumber = Comparator.comparingInt(TrialStatus::getTrial);
    return switch (sort) {
      case "trial" -> byNumber;
      case "objective" -> {
        boolean minimize = sweep.getSummary().getStatus().getMinimize();
        yield Comparator.<TrialStatus>comparingDouble(
                trial ->
                    trial.hasObjective()
                        ? (minimize ? trial.getObjective() : -trial.getObjective())
                        : Double.NaN) // Which is last.
            .thenComparing(byNumber);
      }
      case "epochs" -> Comparator.comparingInt(TrialStatus::getEpochs).thenComparing(byNumber);
      case "time" ->
          Comparator.comparingLong(TrialStatus::getElapsedMicros).thenComparing(byNumber);
      default -> byParameter(sweep).thenComparing(byNumber);
    };
  }

  private Comparator<TrialStatus> byParameter(GetSweepResponse sweep) {
    Set<String> known = new LinkedHashSet<>();
    sweep.getTrialsList().stream()
        .flatMap(trial -> trial.getParametersList().stream())
        .map(Parameter::getName)
        .forEach(known::add);
    if (!known.contains(sort) && sweep.getTrialsCount() > 0) {
      throw new ParameterException(
          commandLine(),
          "--sort " + sort + ": there is no such parameter in this sweep; there are " + known);
    }
    return Comparator.comparing(this::sortKey);
  }

  /** Numbers by their size, before words by their letters, before trials that have no value. */
  private record SortKey(int kind, double number, String text) implements Comparable<SortKey> {
    @Override
    public int compareTo(SortKey other) {
      return Comparator.comparingInt(SortKey::kind)
          .thenComparingDouble(SortKey::number)
          .thenComparing(SortKey::text)
          .compare(this, other);
    }
  }

  private SortKey sortKey(TrialStatus trial) {
    for (Parameter parameter : trial.getParametersList()) {
      if (parameter.getName().equals(sort)) {
        return switch (parameter.getValue().getKindCase()) {
          case REAL -> new SortKey(0, parameter.getValue().getReal(), "");
          case INTEGER -> new SortKey(0, (double) parameter.getValue().getInteger(), "");
          default -> new SortKey(1, 0, SweepText.value(List.of(parameter), sort));
        };
      }
    }
    return new SortKey(2, 0, "");
  }

  private static ObjectNode json(SweepStatus sweep, List<TrialStatus> trials) {
    ObjectNode document = Json.object();
    document.put("sweep", sweep.getSweepId());
    document.put("metric", sweep.getMetric());
    ArrayNode list = document.putArray("trials");
    trials.forEach(trial -> list.add(SweepJson.trial(trial)));
    return document;
  }

  private static List<String> lines(
      SweepStatus sweep, List<TrialStatus> trials, int matching, int all) {
    if (all == 0) {
      return List.of("No trial has been sampled yet.");
    }
    Set<String> parameters = new LinkedHashSet<>();
    trials.stream()
        .flatMap(trial -> trial.getParametersList().stream())
        .filter(parameter -> SweepText.isSampled(sweep, parameter))
        .map(Parameter::getName)
        .forEach(parameters::add);
    List<String> heads =
        new ArrayList<>(
            List.of("trial", "state", sweep.getMetric(), "epochs", "time", "attempt", "worker"));
    List<String> others =
        sweep.getObjectivesList().stream().skip(1).map(ObjectiveStatus::getMetric).toList();
    heads.addAll(3, others);
    boolean repeated = sweep.getRepeats() > 1;
    if (repeated) {
      heads.addAll(1, List.of("point"));
      heads.addAll(4, List.of("mean", "± error"));
    }
    heads.addAll(parameters);
    TextTable table = new TextTable(heads);
    for (TrialStatus trial : trials) {
      List<String> cells =
          new ArrayList<>(
              List.of(
                  Integer.toString(trial.getTrial()),
                  TrialStates.key(trial.getState()).replace('_', ' '),
                  SweepText.objective(trial),
                  Integer.toString(trial.getEpochs()),
                  SweepText.time(trial),
                  Integer.toString(trial.getAttempt()),
                  trial.getWorkerId()));
      for (int i = 0; i < others.size(); i++) {
        cells.add(
            3 + i,
            i < trial.getOtherObjectivesCount() ? Texts.number(trial.getOtherObjectives(i)) : "");
      }
      if (repeated) {
        cells.add(1, Integer.toString(trial.getPoint()));
        cells.addAll(
            4,
            trial.getPointMeansCount() == 0
                ? List.of("", "")
                : List.of(
                    Texts.number(trial.getPointMeans(0)),
                    Texts.number(trial.getPointStandardErrors(0))));
      }
      parameters.forEach(name -> cells.add(SweepText.value(trial.getParametersList(), name)));
      table.add(cells);
    }
    List<String> lines = new ArrayList<>(table.lines());
    if (trials.size() < matching) {
      lines.add("... and " + (matching - trials.size()) + " more");
    }
    if (matching < all) {
      lines.add((all - matching) + " in other states are not shown");
    }
    return lines;
  }
}
