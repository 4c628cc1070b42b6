package dev.caviar.coordinator.sweep;

import dev.caviar.proto.v1.TrialState;

/**
 * A lease of a trial: who had it, when, and what came of it.
 *
 * @param attempt from 1
 * @param beganAtMillis since the epoch; 0: not known
 * @param endedAtMillis since the epoch; 0: while it runs, or not known
 * @param outcome RUNNING while it runs; then what the trial was after it, PAUSED where it was held
 *     for others
 * @param reason why it ended, for people; may be empty
 * @param lost whether its worker was lost
 */
record Attempt(
    int trial,
    int attempt,
    String workerId,
    long beganAtMillis,
    long endedAtMillis,
    TrialState outcome,
    String reason,
    boolean lost) {

  static Attempt begun(SweepEvent.TrialLeased event) {
    return new Attempt(
        event.trial(),
        event.attempt(),
        event.workerId(),
        event.atMillis(),
        0,
        TrialState.RUNNING,
        "",
        false);
  }

  Attempt ended(long atMillis, TrialState outcome, String reason, boolean lost) {
    return new Attempt(trial, attempt, workerId, beganAtMillis, atMillis, outcome, reason, lost);
  }
}
