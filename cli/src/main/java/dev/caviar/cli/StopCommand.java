package dev.caviar.cli;

import picocli.CommandLine.Command;

/** {@code caviar stop}: a sweep ends when its running trials do. */
@Command(
    name = "stop",
    mixinStandardHelpOptions = true,
    description = {
      "Ends a sweep in good order: no new trials; those running finish and count.",
      "'caviar cancel' ends those too."
    },
    footer = {"", "Example:", "  caviar stop last --reason 'good enough'"})
final class StopCommand extends EndCommand {
  StopCommand() {
    super("stop", false, "No new trials for");
  }
}
