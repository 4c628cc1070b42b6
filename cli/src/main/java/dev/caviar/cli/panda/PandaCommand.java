package dev.caviar.cli.panda;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code caviar panda}: one model that is babysat. */
@Command(
    name = "panda",
    mixinStandardHelpOptions = true,
    description = {
      "Babysits one model: trains it for as long as you let it, changes its hyperparameters while"
          + " it trains, and takes it back when it went wrong.",
      "All that is done to it stands in its ledger, from which 'caviar panda replay' comes to the"
          + " same network again."
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      StartCommand.class,
      AdoptCommand.class,
      WatchCommand.class,
      ListCommand.class,
      ShowCommand.class,
      LogCommand.class,
      LogsCommand.class,
      SetCommand.class,
      RecalibrateCommand.class,
      CheckpointCommand.class,
      RollbackCommand.class,
      PauseCommand.class,
      ResumeCommand.class,
      EndCommand.class,
      ReplayCommand.class,
      PromoteCommand.class,
      SpawnCommand.class
    },
    footer = {
      "",
      "Examples:",
      "  caviar panda start examples/panda.yaml --watch",
      "  caviar panda set last learning_rate=0.01 --why \"it has stopped falling\"",
      "  caviar panda rollback last --to best",
      "  caviar panda log last"
    })
public final class PandaCommand implements Runnable {
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  /** Without a command there is nothing to do but to say which there are. */
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "Which command? There are " + String.join(", ", spec.subcommands().keySet()) + ".");
  }
}
