package dev.caviar.cli.panda;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code caviar panda rollback}. */
@Command(
    name = "rollback",
    mixinStandardHelpOptions = true,
    description = {
      "Takes a panda back to what it was, and trains on from there as a new branch. What it was"
          + " trained since stays, as the branch it was."
    },
    footer = {
      "",
      "Examples:",
      "  caviar panda rollback last --to best --why \"it went wrong after lunch\"",
      "  caviar panda rollback last --to 2h",
      "  caviar panda rollback last --to step:12000",
      "  caviar panda rollback last --to before-lunch"
    })
final class RollbackCommand extends InterventionCommand {
  @SuppressWarnings("NullAway.Init")
  @Option(
      names = "--to",
      required = true,
      paramLabel = "TARGET",
      description = RollbackTarget.DESCRIPTION)
  private String target;

  @Override
  PandaAction action() {
    return new PandaAction.RollBack(RollbackTarget.parse(target));
  }
}
