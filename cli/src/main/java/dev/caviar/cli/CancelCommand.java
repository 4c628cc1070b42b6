package dev.caviar.cli;

import picocli.CommandLine.Command;

/** {@code caviar cancel}: a sweep ends now. */
@Command(
    name = "cancel",
    mixinStandardHelpOptions = true,
    description = {
      "Ends a sweep now: no new trials, and those running are cancelled. What has completed stays.",
      "'caviar stop' lets them finish."
    },
    footer = {"", "Example:", "  caviar cancel digits-20261123"})
final class CancelCommand extends EndCommand {
  CancelCommand() {
    super("cancel", true, "Cancelled");
  }
}
