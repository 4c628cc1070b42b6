package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.results.Summary;
import dev.caviar.cli.view.Texts;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepSummary;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code caviar list}: the cluster's sweeps. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists the cluster's sweeps, the newest first.",
    footer = {
      "",
      "Examples:",
      "  caviar list",
      "  caviar list --output json | jq -r '.sweeps[] | select(.state == \"running\").sweep'"
    })
final class ListCommand extends ClusterCommand {
  @Override
  protected int run(SweepClient client) throws Exception {
    List<SweepSummary> sweeps = Answers.await(client.list()).getSweepsList();
    return print(() -> json(sweeps), () -> lines(sweeps));
  }

  private static ObjectNode json(List<SweepSummary> sweeps) {
    ObjectNode document = Json.object();
    ArrayNode list = document.putArray("sweeps");
    sweeps.forEach(sweep -> list.add(SweepJson.summary(sweep)));
    return document;
  }

  private static List<String> lines(List<SweepSummary> sweeps) {
    if (sweeps.isEmpty()) {
      return List.of("There is no sweep yet: `caviar submit FILE` makes one.");
    }
    boolean anyStale = sweeps.stream().anyMatch(sweep -> sweep.getStaleCount() > 0);
    List<String> heads =
        new ArrayList<>(List.of("sweep", "state", "trials", "best", "objective", "age", "took"));
    if (anyStale) {
      heads.add("stale");
    }
    TextTable table = new TextTable(heads);
    for (SweepSummary sweep : sweeps) {
      SweepStatus status = sweep.getStatus();
      List<String> cells =
          new ArrayList<>(
              List.of(
                  status.getSweepId(),
                  Summary.key(status.getState()),
                  SweepText.trialsOver(sweep) + "/" + status.getTrials(),
                  status.hasBestTrial() ? Integer.toString(status.getBestTrial()) : "",
                  sweep.hasBestObjective()
                      ? status.getMetric() + " " + Texts.number(sweep.getBestObjective())
                      : "",
                  SweepText.age(sweep),
                  SweepText.took(sweep)));
      if (anyStale) {
        cells.add(String.join("; ", sweep.getStaleList()));
      }
      table.add(cells);
    }
    List<String> lines = new ArrayList<>(table.lines());
    if (anyStale) {
      lines.add("Test a stale best again with `caviar retest SWEEP`.");
    }
    return lines;
  }
}
