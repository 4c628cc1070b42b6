package dev.caviar.cli;

/** What the caviar command tells its caller when it ends; stated in its help. */
final class ExitCode {
  /** All went well. */
  static final int OK = 0;

  /** It ran, but not to a good end: no trial completed, or something needed is broken. */
  static final int FAILED = 1;

  /** A wrong option, sweep file or data file: nothing was done. */
  static final int USAGE = 2;

  /** No coordinator could be reached, or it does not admit this client. */
  static final int UNREACHABLE = 4;

  /** Ended by Ctrl-C, with the best so far. */
  static final int INTERRUPTED = 130;

  private ExitCode() {}
}
