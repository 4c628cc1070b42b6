package dev.caviar.cli;

import dev.caviar.proto.v1.TrialLogLine;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code caviar logs}: what the workers of a trial said of it. */
@Command(
    name = "logs",
    mixinStandardHelpOptions = true,
    description = {
      "Shows a trial's log: what its workers said of it, attempt by attempt.",
      "It tells where a trial began or went on, what went wrong, and how it ended."
    },
    footer = {
      "",
      "Examples:",
      "  caviar logs last 7",
      "  caviar logs last 7 --output json | jq -r '.lines[] | select(.level == \"error\").text'"
    })
final class LogsCommand extends SweepCommand {
  @Parameters(index = "1", paramLabel = "TRIAL", description = "The trial's number.")
  private int trial;

  @Override
  protected int run(SweepClient client) throws Exception {
    String id = sweepId(client);
    List<TrialLogLine> log = TrialLogText.get(client, id, trial);
    return print(
        () ->
            Json.object().put("sweep", id).put("trial", trial).set("lines", TrialLogText.json(log)),
        () -> TrialLogText.lines(log, "trial " + trial + " of " + id));
  }
}
