package dev.caviar.cli;

import dev.caviar.cli.view.CurveText;
import dev.caviar.cli.view.StageText;
import dev.caviar.cli.view.SweepProgress;
import dev.caviar.cli.view.Texts;
import dev.caviar.cli.view.TrialProgress;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.SearchStage;
import dev.caviar.proto.v1.TrialState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a sweep came to, as its user reads it when it is over. */
final class FinalReport {
  private static final int WIDTH = 78;

  private FinalReport() {}

  /** Stages, curves, counts and the best trial; where the results are is for the caller to say. */
  static List<String> lines(SweepProgress progress, GetBestModelResponse best, boolean colors) {
    List<String> lines = new ArrayList<>();
    for (SearchStage stage : progress.stages()) {
      lines.addAll(StageText.lines(stage));
    }
    if (!progress.stages().isEmpty()) {
      lines.add("");
    }
    lines.addAll(CurveText.lines(progress, WIDTH, colors));
    lines.add("");
    lines.add(progress.status().getName() + ": " + counts(progress.counts()));
    TrialProgress winner = progress.best();
    if (winner == null) {
      lines.add("No trial completed, so there is no best one.");
    } else {
      if (progress.status().getFrontCount() > 0) {
        lines.add(
            "Pareto front, best in %s first: trials %s"
                .formatted(
                    progress.metric(),
                    progress.status().getFrontList().stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining(", "))));
      }
      lines.add(headline(progress, winner, best));
      winner.parameters().stream()
          .filter(parameter -> progress.isSampled(parameter.getName()))
          .forEach(parameter -> lines.add("  " + text(parameter)));
      lines.addAll(constants(progress, winner));
    }
    return lines;
  }

  private static String text(Parameter parameter) {
    return parameter.getName() + " = " + Texts.value(parameter.getValue());
  }

  /** What was not sampled, which is of less interest, in as few lines as it takes. */
  private static List<String> constants(SweepProgress progress, TrialProgress winner) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder("  with");
    for (Parameter parameter : winner.parameters()) {
      if (progress.isSampled(parameter.getName())) {
        continue;
      }
      String next = " " + text(parameter) + ",";
      if (line.length() + next.length() > WIDTH) {
        lines.add(line.toString());
        line = new StringBuilder("      ");
      }
      line.append(next);
    }
    lines.add(line.toString());
    String last = lines.getLast();
    if (!last.endsWith(",")) {
      lines.removeLast();
    } else {
      lines.set(lines.size() - 1, last.substring(0, last.length() - 1));
    }
    return lines;
  }

  private static String headline(
      SweepProgress progress, TrialProgress winner, GetBestModelResponse best) {
    String headline =
        "Best trial "
            + winner.number()
            + ": "
            + progress.metric()
            + " "
            + Texts.number(winner.status().getObjective())
            + (progress.status().hasBestMean()
                ? " (mean of its point's %d trials %s ± %s)"
                    .formatted(
                        progress.status().getRepeats(),
                        Texts.number(progress.status().getBestMean()),
                        Texts.number(progress.status().getBestStandardError()))
                : "")
            + " after "
            + winner.epochs()
            + " epochs";
    if (best.hasTest()) {
      headline +=
          String.format(
              Locale.ROOT,
              ", test error %s on %d examples",
              Texts.number(best.getTest().getError()),
              best.getTest().getExamples());
    }
    return headline;
  }

  private static String counts(Map<TrialState, Integer> counts) {
    return counts.entrySet().stream()
        .filter(count -> count.getValue() > 0)
        .map(
            count ->
                count.getValue()
                    + " "
                    + count.getKey().name().toLowerCase(Locale.ROOT).replace('_', ' '))
        .collect(Collectors.joining(", "));
  }
}
