package dev.caviar.cli.panda;

import java.util.List;
import picocli.CommandLine.Command;

/** {@code caviar panda resume}. */
@Command(
    name = "resume",
    mixinStandardHelpOptions = true,
    description = {"Lets a panda go on that is paused, ended, or that failed."},
    footer = {"", "Example:", "  caviar panda resume last"})
final class ResumeCommand extends InterventionCommand {
  @Override
  List<PandaAction> actions() {
    return List.of(new PandaAction.Resume());
  }
}
