package dev.caviar.coordinator.search;

/** Seeds of trials' trainings. */
public final class TrialSeed {
  private TrialSeed() {}

  /**
   * The seed with which a trial trains: always the same for the same sweep seed and trial, and
   * unrelated to those of other trials, of other seeds, and to the trial's point.
   *
   * @param trial from 0
   */
  public static long of(long sweepSeed, int trial) {
    return Draws.stream(sweepSeed, Draws.Purpose.TRIAL_SEED, trial, 0).nextLong();
  }
}
