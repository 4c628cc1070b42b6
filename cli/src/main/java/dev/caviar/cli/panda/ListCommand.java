package dev.caviar.cli.panda;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.Answers;
import dev.caviar.cli.ClusterCommand;
import dev.caviar.cli.Json;
import dev.caviar.cli.SweepClient;
import dev.caviar.cli.TextTable;
import dev.caviar.cli.view.Texts;
import dev.caviar.cli.view.TrialProgress;
import dev.caviar.proto.v1.PandaState;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code caviar panda list}: the cluster's pandas. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists the cluster's pandas, the newest first.",
    footer = {
      "",
      "Examples:",
      "  caviar panda list",
      "  caviar panda list --output json | jq -r '.pandas[] | select(.alerts != []).panda'"
    })
final class ListCommand extends ClusterCommand {
  @Override
  protected int run(SweepClient client) throws Exception {
    List<PandaState> pandas = Answers.await(client.pandas().list()).getPandasList();
    return print(() -> json(pandas), () -> lines(pandas, Instant.now()));
  }

  private static ObjectNode json(List<PandaState> pandas) {
    ObjectNode document = Json.object();
    ArrayNode list = document.putArray("pandas");
    pandas.forEach(panda -> list.add(PandaJson.summary(panda)));
    return document;
  }

  static List<String> lines(List<PandaState> pandas, Instant now) {
    if (pandas.isEmpty()) {
      return List.of("There is no panda yet: `caviar panda start FILE` makes one.");
    }
    TextTable table =
        new TextTable(
            List.of("panda", "phase", "branch", "epoch", "step", "best", "last", "age", "alerts"));
    for (PandaState panda : pandas) {
      table.add(
          List.of(
              panda.getPandaId(),
              PandaText.key(panda.getPhase()),
              Integer.toString(panda.getBranch()),
              Integer.toString(panda.getEpoch()),
              Long.toString(panda.getStep()),
              panda.hasBest() ? panda.getMetric() + " " + Texts.number(panda.getBest()) : "",
              panda.hasLast()
                  ? Texts.number(TrialProgress.value(panda.getLast(), panda.getMetric()))
                  : "",
              PandaText.age(panda.getStartedAtMillis(), now),
              panda.getAlertsCount() == 0 ? "" : Integer.toString(panda.getAlertsCount())));
    }
    return table.lines();
  }
}
