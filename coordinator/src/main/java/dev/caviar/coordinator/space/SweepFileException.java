package dev.caviar.coordinator.space;

import java.util.List;
import java.util.stream.Collectors;

/** A sweep file is not one. Tells all that is wrong with it, not just the first thing. */
public final class SweepFileException extends Exception {
  private static final long serialVersionUID = 1L;

  // A list that is serializable is not a type one can name; the message keeps the problems.
  private final transient List<SweepFileProblem> problems;

  public SweepFileException(List<SweepFileProblem> problems) {
    super(problems.stream().map(SweepFileProblem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /** At least one, in the order of the file. */
  public List<SweepFileProblem> problems() {
    return problems;
  }
}
