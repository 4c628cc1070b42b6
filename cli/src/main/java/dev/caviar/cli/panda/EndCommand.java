package dev.caviar.cli.panda;

import java.util.List;
import picocli.CommandLine.Command;

/** {@code caviar panda end}. */
@Command(
    name = "end",
    mixinStandardHelpOptions = true,
    description = {
      "Checkpoints a panda and ends it. It can be resumed, or rolled back, all the same."
    },
    footer = {"", "Example:", "  caviar panda end last --why \"good enough\""})
final class EndCommand extends InterventionCommand {
  @Override
  List<PandaAction> actions() {
    return List.of(new PandaAction.End());
  }
}
