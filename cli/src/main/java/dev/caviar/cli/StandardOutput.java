package dev.caviar.cli;

import java.io.Console;

/** Where this process prints. */
public final class StandardOutput {
  private StandardOutput() {}

  /** Whether it is a terminal that can be drawn on, rather than a file, a pipe or a dumb one. */
  @SuppressWarnings("SystemConsoleNull") // It is null where -Djdk.console asks for the old console.
  public static boolean isTerminal() {
    Console console = System.console();
    String type = System.getenv("TERM");
    return console != null && console.isTerminal() && type != null && !type.equals("dumb");
  }

  /** Whether its user is content with colours: no-color.org. */
  public static boolean wantsColors() {
    return System.getenv("NO_COLOR") == null;
  }
}
