package dev.caviar.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code caviar watch}: a sweep of the cluster while it runs. */
@Command(
    name = "watch",
    mixinStandardHelpOptions = true,
    description = {
      "Shows a sweep of the cluster as it runs, to its end.",
      "Ctrl-C ends the watching and not the sweep. If the connection breaks, it is taken up again"
          + " where it was."
    },
    footer = {"", "Examples:", "  caviar watch last", "  caviar watch digits-2026 --plain"})
final class WatchCommand extends SweepCommand {
  @Option(names = "--plain", description = "Plain lines, even on a terminal.")
  private boolean plain;

  @Override
  protected int run(SweepClient client) throws Exception {
    return new SweepWatch(client, commandLine(), format(), plain).run(sweepId(client));
  }
}
