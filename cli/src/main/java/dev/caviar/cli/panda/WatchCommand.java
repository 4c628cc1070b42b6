package dev.caviar.cli.panda;

import dev.caviar.cli.SweepClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code caviar panda watch}: a panda while it trains, and keys to change it. */
@Command(
    name = "watch",
    mixinStandardHelpOptions = true,
    description = {
      "Shows a panda as it trains: its curves, its learning rate, its alerts and its ledger. On a"
          + " terminal keys change it: ? says which.",
      "q or Ctrl-C ends the watching and not the panda. If the connection breaks, it is taken up"
          + " again where it was."
    },
    footer = {"", "Examples:", "  caviar panda watch last", "  caviar panda watch last --plain"})
final class WatchCommand extends OnePandaCommand {
  @Option(names = "--plain", description = "Plain lines, even on a terminal.")
  private boolean plain;

  @Override
  int run(SweepClient client, String id) throws Exception {
    return new PandaWatch(client.pandas(), commandLine(), format(), plain).run(id);
  }
}
