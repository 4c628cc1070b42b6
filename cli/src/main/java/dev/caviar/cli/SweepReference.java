package dev.caviar.cli;

import dev.caviar.proto.v1.SweepSummary;
import java.util.List;
import java.util.stream.Collectors;

/** A sweep as its user names it: its id, the beginning of its id, or {@code last}. */
final class SweepReference {
  /** The sweep submitted last. */
  static final String LAST = "last";

  /** What the help of each command says of its argument. */
  static final String DESCRIPTION = "The sweep: its id, the beginning of one, or last.";

  /** Of those that could be meant. */
  private static final int MOST_SHOWN = 8;

  private SweepReference() {}

  /**
   * The sweep that is meant.
   *
   * @throws CommandException if there is none, or more than one
   */
  static SweepSummary resolve(SweepClient client, String reference) throws Exception {
    return resolve(Answers.await(client.list()).getSweepsList(), reference);
  }

  static SweepSummary resolve(List<SweepSummary> sweeps, String reference) {
    if (sweeps.isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE,
          "There is no sweep yet at this coordinator: `caviar submit FILE` makes one.");
    }
    for (SweepSummary sweep : sweeps) {
      if (id(sweep).equals(reference)) {
        return sweep;
      }
    }
    if (reference.equals(LAST)) {
      return sweeps.getFirst();
    }
    List<SweepSummary> meant =
        sweeps.stream().filter(sweep -> id(sweep).startsWith(reference)).toList();
    if (meant.size() == 1) {
      return meant.getFirst();
    }
    throw new CommandException(
        ExitCode.USAGE,
        meant.isEmpty()
            ? "There is no sweep " + reference + ". There are:\n" + shown(sweeps)
            : meant.size() + " sweeps begin with " + reference + ":\n" + shown(meant));
  }

  private static String shown(List<SweepSummary> sweeps) {
    String shown =
        sweeps.stream()
            .limit(MOST_SHOWN)
            .map(sweep -> "  " + id(sweep))
            .collect(Collectors.joining("\n"));
    int more = sweeps.size() - MOST_SHOWN;
    return more > 0 ? shown + "\n  ... and " + more + " more: `caviar list` shows all" : shown;
  }

  private static String id(SweepSummary sweep) {
    return sweep.getStatus().getSweepId();
  }
}
