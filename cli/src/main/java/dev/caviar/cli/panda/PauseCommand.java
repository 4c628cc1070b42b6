package dev.caviar.cli.panda;

import java.util.List;
import picocli.CommandLine.Command;

/** {@code caviar panda pause}. */
@Command(
    name = "pause",
    mixinStandardHelpOptions = true,
    description = {"Checkpoints a panda and gives its worker free, until 'caviar panda resume'."},
    footer = {"", "Example:", "  caviar panda pause last --why \"the sweep needs the machine\""})
final class PauseCommand extends InterventionCommand {
  @Override
  List<PandaAction> actions() {
    return List.of(new PandaAction.Pause());
  }
}
