package dev.caviar.worker.data;

import java.util.ArrayList;
import java.util.List;

/** What is wrong in a CSV file: the first lines word for word, the others counted. */
final class Problems {
  private static final int SHOWN = 10;

  private final String file;
  private final List<String> shown = new ArrayList<>();
  private long lines;

  Problems(String file) {
    this.file = file;
  }

  /** One line's problem; a line is to be added once only. */
  void add(long line, String what) {
    lines++;
    if (shown.size() < SHOWN) {
      shown.add("line " + line + ": " + what);
    }
  }

  /**
   * @throws DataException if there is any problem, with all that is known
   */
  void throwIfAny() {
    if (lines == 1) {
      throw new DataException(file + ": " + shown.getFirst());
    }
    if (lines > 1) {
      throw new DataException(
          "%s: %d lines cannot be used\n  %s%s"
              .formatted(
                  file,
                  lines,
                  String.join("\n  ", shown),
                  lines > shown.size()
                      ? "\n  and %d more lines".formatted(lines - shown.size())
                      : ""));
    }
  }
}
