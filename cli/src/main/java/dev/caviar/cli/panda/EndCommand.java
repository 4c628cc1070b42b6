package dev.caviar.cli.panda;

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
  PandaAction action() {
    return new PandaAction.End();
  }
}
