package dev.caviar.cli.panda;

import dev.caviar.cli.Json;
import dev.caviar.cli.SweepClient;
import dev.caviar.cli.TrialLogText;
import dev.caviar.proto.v1.TrialLogLine;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code caviar panda logs}: what the workers of a panda said of it. */
@Command(
    name = "logs",
    mixinStandardHelpOptions = true,
    description = {
      "Shows what a panda's workers said of it while they trained a branch.",
      "What was done to it by you and others stands in 'caviar panda log'."
    },
    footer = {"", "Examples:", "  caviar panda logs last", "  caviar panda logs last --branch 0"})
final class LogsCommand extends OnePandaCommand {
  @Option(
      names = "--branch",
      paramLabel = "N",
      description = "The branch's number (default: the one that trains).")
  private @Nullable Integer branch;

  @Override
  int run(SweepClient client, String id) throws Exception {
    Integer asked = branch;
    int which = asked != null ? asked : PandaReference.get(client.pandas(), id).getBranch();
    List<TrialLogLine> log = TrialLogText.get(client, id, which);
    return print(
        () ->
            Json.object()
                .put("panda", id)
                .put("branch", which)
                .set("lines", TrialLogText.json(log)),
        () -> TrialLogText.lines(log, "branch " + which + " of " + id));
  }
}
