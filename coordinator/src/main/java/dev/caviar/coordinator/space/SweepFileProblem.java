package dev.caviar.coordinator.space;

/**
 * Something in a sweep file that cannot be, and what could be instead.
 *
 * @param line from 1
 * @param column from 1
 */
public record SweepFileProblem(int line, int column, String message) {
  /** As compilers print it: {@code line:column: message}. */
  @Override
  public String toString() {
    return line + ":" + column + ": " + message;
  }
}
