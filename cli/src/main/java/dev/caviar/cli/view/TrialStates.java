package dev.caviar.cli.view;

import dev.caviar.proto.v1.TrialState;

/** What trial states are called, and what they mean for a display. */
public final class TrialStates {
  private TrialStates() {}

  /** Whether a trial in this state may be called good: it has an objective that counts. */
  static boolean isRanked(TrialState state) {
    return switch (state) {
      case COMPLETED, STOPPED_EARLY, RUNNING, PAUSED, LOST, RETRYING -> true;
      case QUEUED, DIVERGED, FAILED, CANCELLED, INFEASIBLE, TRIAL_STATE_UNSPECIFIED, UNRECOGNIZED ->
          false;
    };
  }

  /** In files and JSON: lower case with underscores. */
  public static String key(TrialState state) {
    return switch (state) {
      case QUEUED -> "queued";
      case RUNNING -> "running";
      case PAUSED -> "paused";
      case LOST -> "lost";
      case RETRYING -> "retrying";
      case COMPLETED -> "completed";
      case STOPPED_EARLY -> "stopped_early";
      case DIVERGED -> "diverged";
      case FAILED -> "failed";
      case CANCELLED -> "cancelled";
      case INFEASIBLE -> "infeasible";
      case TRIAL_STATE_UNSPECIFIED, UNRECOGNIZED -> "unknown";
    };
  }

  /** On screen. */
  static String word(TrialState state) {
    return switch (state) {
      case COMPLETED -> "done";
      case STOPPED_EARLY -> "stopped";
      default -> key(state);
    };
  }

  /** On screen, of a trial that is so far. */
  static String word(TrialState state, int epochs) {
    return state == TrialState.STOPPED_EARLY ? "stopped at epoch " + epochs : word(state);
  }

  static Style style(TrialState state) {
    return switch (state) {
      case RUNNING -> Style.CYAN;
      case COMPLETED -> Style.GREEN;
      case PAUSED, LOST, RETRYING, INFEASIBLE -> Style.YELLOW;
      case DIVERGED, FAILED -> Style.RED;
      case STOPPED_EARLY, CANCELLED, QUEUED, TRIAL_STATE_UNSPECIFIED, UNRECOGNIZED -> Style.DIM;
    };
  }
}
