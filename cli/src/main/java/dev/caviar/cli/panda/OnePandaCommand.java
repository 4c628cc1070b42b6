package dev.caviar.cli.panda;

import dev.caviar.cli.ClusterCommand;
import dev.caviar.cli.SweepClient;
import picocli.CommandLine.Parameters;

/** A command about one panda. */
abstract class OnePandaCommand extends ClusterCommand {
  @SuppressWarnings("NullAway.Init")
  @Parameters(index = "0", paramLabel = "PANDA", description = PandaReference.DESCRIPTION)
  private String panda;

  @Override
  protected final int run(SweepClient client) throws Exception {
    return run(client, PandaReference.resolve(client.pandas(), panda));
  }

  /**
   * Does what the command is for.
   *
   * @param id of the panda that is meant
   * @return its exit code
   */
  abstract int run(SweepClient client, String id) throws Exception;
}
