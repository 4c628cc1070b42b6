package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Repeats;

/** Seeds of trials' trainings. */
public final class TrialSeed {
  /** No point's number. */
  private static final int ALL_POINTS = -1;

  private TrialSeed() {}

  /**
   * The seed with which a trial trains: always the same for the same sweep seed and trial, and
   * unrelated to those of other trials, of other seeds, and to the trial's point.
   *
   * @param trial from 0
   */
  public static long of(long sweepSeed, int trial) {
    return of(sweepSeed, trial, 0);
  }

  /**
   * The seed of one of the trials at a point; the first is that of the point's only trial, where
   * there are no repeats.
   *
   * @param point from 0
   * @param repeat from 0
   */
  static long of(long sweepSeed, int point, int repeat) {
    return Draws.stream(sweepSeed, Draws.Purpose.TRIAL_SEED, point, repeat).nextLong();
  }

  /** The seed that every point's trial of this number has, where seeds are paired. */
  static long paired(long sweepSeed, int repeat) {
    return of(sweepSeed, ALL_POINTS, repeat);
  }

  /** As the sweep's repeats have it. */
  public static long of(SweepDefinition sweep, int trial) {
    Repeats repeats = sweep.repeats();
    long seed = sweep.search().seed();
    int repeat = trial % repeats.count();
    return repeats.pairedSeeds() ? paired(seed, repeat) : of(seed, trial / repeats.count(), repeat);
  }
}
