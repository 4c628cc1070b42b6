package dev.caviar.cli.panda;

import dev.caviar.cli.Assignment;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code caviar panda set}. */
@Command(
    name = "set",
    mixinStandardHelpOptions = true,
    description = {
      "Changes hyperparameters of a panda from its next mini-batch on: learning_rate,"
          + " learning_rate_decay, momentum, batch_size, l2, dropout and the like. The shape of the"
          + " network stays.",
      "A learning rate that is set is the one it has from then on: its decay begins anew."
    },
    footer = {
      "",
      "Examples:",
      "  caviar panda set last learning_rate=0.01 --why \"it has stopped falling\"",
      "  caviar panda set last learning_rate=0.01 batch_size=128"
    })
final class SetCommand extends InterventionCommand {
  @SuppressWarnings("NullAway.Init")
  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "NAME=VALUE",
      description = "A hyperparameter and its new value.")
  private List<String> assignments;

  @Override
  List<PandaAction> actions() {
    return List.of(tuning(assignments));
  }

  /**
   * What sets these.
   *
   * @throws IllegalArgumentException if one of them is no hyperparameter with a value
   */
  static PandaAction tuning(List<String> assignments) {
    return new PandaAction.Tune(
        assignments.stream().map(text -> Assignment.parse(text).toParameter()).toList());
  }
}
