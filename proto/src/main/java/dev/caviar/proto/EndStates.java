package dev.caviar.proto;

import dev.caviar.proto.v1.TrialState;

/** The states that a trial ends in. */
public final class EndStates {
  private EndStates() {}

  /** Whether a trial in this state will not go on by itself. */
  public static boolean contains(TrialState state) {
    return switch (state) {
      case COMPLETED, STOPPED_EARLY, DIVERGED, FAILED, CANCELLED, INFEASIBLE -> true;
      case QUEUED, RUNNING, PAUSED, LOST, RETRYING, TRIAL_STATE_UNSPECIFIED, UNRECOGNIZED -> false;
    };
  }
}
