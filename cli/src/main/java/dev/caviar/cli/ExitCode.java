package dev.caviar.cli;

/** What the caviar command tells its caller when it ends; stated in its help. */
public final class ExitCode {
  /** All went well. */
  public static final int OK = 0;

  /** It ran, but not to a good end: no trial completed, or something needed is broken. */
  public static final int FAILED = 1;

  /** A wrong option, sweep file or data file: nothing was done. */
  public static final int USAGE = 2;

  /** No coordinator could be reached, or it does not admit this client. */
  public static final int UNREACHABLE = 4;

  /** Ended by Ctrl-C, with the best so far. */
  public static final int INTERRUPTED = 130;

  private ExitCode() {}
}
