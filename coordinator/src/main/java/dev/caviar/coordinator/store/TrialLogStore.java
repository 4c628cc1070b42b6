package dev.caviar.coordinator.store;

import dev.caviar.proto.v1.TrialLogLine;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * What trials say for people, apart from the journal: nothing depends on it. Of each trial the
 * newest lines are kept, {@link #MOST_LINES} at most and of {@link #MOST_CHARACTERS} together.
 * Thread-safe.
 */
public interface TrialLogStore {
  /** Kept of a trial. */
  int MOST_LINES = 200;

  /** Of all that is kept of a trial together; one line is kept however long it is. */
  int MOST_CHARACTERS = 65_536;

  /**
   * Adds lines, best effort: it never blocks, and lines are lost where the store cannot take them.
   * A line of an attempt with a number that is there already is not added again; 0 is no number.
   */
  void append(String sweepId, int trial, List<TrialLogLine> lines);

  /**
   * A trial's lines, all those that were appended before included: by attempts, and within one in
   * the order in which they came.
   */
  CompletionStage<List<TrialLogLine>> read(String sweepId, int trial);
}
