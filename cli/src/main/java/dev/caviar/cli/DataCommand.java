package dev.caviar.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code caviar data}: data files for workers that have no such file on their disks. */
@Command(
    name = "data",
    mixinStandardHelpOptions = true,
    description = "Data files that the coordinator keeps for workers.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = DataPushCommand.class)
final class DataCommand implements Runnable {
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command? There is push.");
  }
}
