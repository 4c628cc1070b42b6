package dev.caviar.cli;

import dev.caviar.proto.v1.SweepSummary;
import java.util.List;

/** A sweep as its user names it: its id, the beginning of its id, or {@code last}. */
public final class SweepReference {
  /** What the help of each command says of its argument. */
  public static final String DESCRIPTION = "The sweep: its id, the beginning of one, or last.";

  private static final References<SweepSummary> SWEEPS =
      new References<>(
          "sweep", sweep -> sweep.getStatus().getSweepId(), "caviar submit FILE", "caviar list");

  private SweepReference() {}

  /**
   * The sweep that is meant.
   *
   * @throws CommandException if there is none, or more than one
   */
  public static SweepSummary resolve(SweepClient client, String reference) throws Exception {
    return resolve(Answers.await(client.list()).getSweepsList(), reference);
  }

  static SweepSummary resolve(List<SweepSummary> sweeps, String reference) {
    return SWEEPS.resolve(sweeps, reference);
  }
}
