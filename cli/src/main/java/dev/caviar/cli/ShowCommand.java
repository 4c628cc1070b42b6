package dev.caviar.cli;

import dev.caviar.cli.results.Summary;
import dev.caviar.cli.view.StageText;
import dev.caviar.proto.v1.EarlierTrial;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/** {@code caviar show}: one sweep of the cluster. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description =
        "Shows one sweep: its state, its best trial, its stages, its rungs and its sweep"
            + " file.",
    footer = {"", "Examples:", "  caviar show last", "  caviar show digits-20261123 --output json"})
final class ShowCommand extends SweepCommand {
  @Override
  protected int run(SweepClient client) throws Exception {
    GetSweepResponse sweep = get(client);
    return print(() -> SweepJson.sweep(sweep), () -> lines(sweep));
  }

  private static List<String> lines(GetSweepResponse sweep) {
    SweepSummary summary = sweep.getSummary();
    SweepStatus status = summary.getStatus();
    List<String> lines = new ArrayList<>();
    lines.add("sweep      " + status.getSweepId());
    lines.add("state      " + Summary.key(status.getState()));
    lines.add("submitted  " + SweepText.moment(summary.getSubmittedAtMillis()));
    if (summary.getEndedAtMillis() != 0) {
      lines.add(
          "ended      "
              + SweepText.moment(summary.getEndedAtMillis())
              + ", after "
              + SweepText.took(summary));
    }
    lines.add(
        "objective  "
            + SweepText.objective(status)
            + (status.getObjectivesCount() > 1 ? "; " : " ")
            + "over "
            + status.getEpochs()
            + " epochs");
    status
        .getConstraintsList()
        .forEach(constraint -> lines.add("constraint " + SweepText.constraint(constraint)));
    lines.add(
        "trials     "
            + SweepText.trialsOver(summary)
            + " of "
            + status.getTrials()
            + " are over: "
            + SweepText.counts(summary)
            + (status.getRepeats() > 1
                ? "; each point has %d".formatted(status.getRepeats())
                : ""));
    lines.add("sampled    " + String.join(", ", status.getSampledParametersList()));
    sweep.getEarlierList().stream()
        .collect(
            Collectors.groupingBy(EarlierTrial::getSweepId, TreeMap::new, Collectors.counting()))
        .forEach((id, count) -> lines.add("warm start " + count + " trials of " + id));
    SweepJson.best(sweep)
        .ifPresent(
            best -> {
              lines.add("");
              List<String> front = FrontText.lines(sweep);
              lines.addAll(front);
              if (!front.isEmpty()) {
                lines.add("");
              }
              lines.addAll(BestCommand.lines(status, best));
            });
    if (sweep.getStagesCount() > 0) {
      lines.add("");
      sweep.getStagesList().forEach(stage -> lines.addAll(StageText.lines(stage)));
    }
    sweep.getSpaceChangesList().forEach(change -> lines.addAll(StageText.lines(change)));
    Rungs rungs = new Rungs(sweep);
    if (!rungs.isEmpty()) {
      lines.add("");
      lines.addAll(rungs.lines());
    }
    lines.add("");
    lines.add("sweep file:");
    sweep.getSweepFile().lines().forEach(line -> lines.add("  " + line));
    return lines;
  }
}
