package dev.caviar.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code caviar certs}: certificates and tokens by which a cluster knows its own. */
@Command(
    name = "certs",
    mixinStandardHelpOptions = true,
    description = "Certificates and tokens of a cluster.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = CertsInitCommand.class)
final class CertsCommand implements Runnable {
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command? There is init.");
  }
}
