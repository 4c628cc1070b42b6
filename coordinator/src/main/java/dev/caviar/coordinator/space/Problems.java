package dev.caviar.coordinator.space;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/** Gathers what is wrong with a sweep file, so that reading can go on and find the rest. */
final class Problems {
  /** How many are shown. */
  static final int MOST = 100;

  private static final int LONGEST_MESSAGE = 1_000;
  private static final int LONGEST_QUOTE = 40;

  private final List<SweepFileProblem> found = new ArrayList<>();

  void add(Node at, String message) {
    add(at.getStartMark(), message);
  }

  void add(Optional<Mark> at, String message) {
    int line = at.map(Mark::getLine).orElse(0) + 1;
    int column = at.map(Mark::getColumn).orElse(0) + 1;
    add(line, column, message);
  }

  void add(int line, int column, String message) {
    found.add(new SweepFileProblem(line, column, shortened(message, LONGEST_MESSAGE)));
  }

  boolean isEmpty() {
    return found.isEmpty();
  }

  int count() {
    return found.size();
  }

  /** In the order of the file, each once; cut where nobody would read on. */
  List<SweepFileProblem> inFileOrder() {
    return found.stream()
        .distinct()
        .sorted(
            Comparator.comparingInt(SweepFileProblem::line)
                .thenComparingInt(SweepFileProblem::column))
        .limit(MOST)
        .toList();
  }

  /** What the file says, short and on one line. */
  static String quote(String text) {
    return "'" + shortened(text, LONGEST_QUOTE).replaceAll("\\p{Cntrl}", " ") + "'";
  }

  private static String shortened(String text, int longest) {
    return text.codePointCount(0, text.length()) <= longest
        ? text
        : text.substring(0, text.offsetByCodePoints(0, longest)) + "…";
  }
}
