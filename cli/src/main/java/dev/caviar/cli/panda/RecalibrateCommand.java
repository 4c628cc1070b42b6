package dev.caviar.cli.panda;

import java.util.List;
import picocli.CommandLine.Command;

/** {@code caviar panda recalibrate}. */
@Command(
    name = "recalibrate",
    mixinStandardHelpOptions = true,
    description = {
      "Has batch norm's running means and variances made anew from the training examples, at the"
          + " weights as they are."
    },
    footer = {"", "Example:", "  caviar panda recalibrate last"})
final class RecalibrateCommand extends InterventionCommand {
  @Override
  List<PandaAction> actions() {
    return List.of(new PandaAction.Recalibrate());
  }
}
