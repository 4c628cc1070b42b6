package dev.caviar.cli.panda;

import java.util.List;
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
      "  caviar panda rollback last --to best --set learning_rate=0.01",
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

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "And set a hyperparameter as soon as it is back; may be repeated.")
  private List<String> assignments = List.of();

  @Override
  List<PandaAction> actions() {
    PandaAction back = new PandaAction.RollBack(RollbackTarget.parse(target));
    return assignments.isEmpty() ? List.of(back) : List.of(back, SetCommand.tuning(assignments));
  }
}
