package dev.caviar.cli;

import dev.caviar.cli.view.Display;
import dev.caviar.cli.view.LiveDisplay;
import dev.caviar.cli.view.PlainView;
import dev.caviar.cli.view.SweepProgress;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.InstantSource;
import picocli.CommandLine;

/** Which display a command's output can take. */
final class Displays {
  private Displays() {}

  /**
   * The live view on a terminal, and lines elsewhere.
   *
   * @param plain whether lines are wanted in any case
   */
  static Display open(
      SweepProgress progress,
      InstantSource clock,
      boolean plain,
      OutputFormat output,
      CommandLine command) {
    if (!plain && output == OutputFormat.TABLE && StandardOutput.isTerminal()) {
      try {
        Display display = LiveDisplay.start(progress, clock, StandardOutput.wantsColors());
        ConsoleLog.hold();
        return display;
      } catch (IOException e) {
        // A terminal that cannot be drawn on gets lines.
      }
    }
    // With JSON asked for, standard output is for the document alone.
    PrintWriter lines = output == OutputFormat.JSON ? command.getErr() : command.getOut();
    return new PlainView(progress, lines, clock);
  }
}
