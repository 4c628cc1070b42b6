package dev.caviar.coordinator.schedule;

import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import java.util.List;

/**
 * Decides at rungs, which are certain epochs, whether a trial trains on. A pure function of the
 * trials' objectives at their rungs. What it decided is kept in the sweep's journal: later trials
 * would have it decide otherwise.
 */
public interface Schedule {
  /**
   * The schedule that a sweep asks for.
   *
   * @see MedianStopping
   * @see AsynchronousHalving
   * @see SynchronousHalving
   * @see PopulationBasedTraining
   */
  static Schedule of(SweepDefinition sweep) {
    int epochs = sweep.epochs();
    return switch (sweep.earlyStopping()) {
      case EarlyStopping.None none -> new NoEarlyStopping();
      case EarlyStopping.Median median -> new MedianStopping(epochs, median);
      case EarlyStopping.Asha asha -> new AsynchronousHalving(epochs, asha);
      case EarlyStopping.SuccessiveHalving halving ->
          SynchronousHalving.successive(
              sweep.search().trials(), epochs, halving.minEpochs(), halving.reductionFactor());
      case EarlyStopping.Hyperband hyperband ->
          SynchronousHalving.hyperband(epochs, hyperband.reductionFactor());
      case EarlyStopping.PopulationBased population ->
          new PopulationBasedTraining(
              sweep.search().trials(), epochs, population, sweep.search().seed());
    };
  }

  /**
   * The epochs after which a trial is judged, increasing, each less than those of a whole trial.
   */
  List<Integer> rungs(int trial);

  /**
   * Judges a trial at a rung that it reached.
   *
   * @param epoch one of the trial's rungs
   */
  Verdict judge(int trial, int epoch, Standings standings);

  /**
   * The number after that of the last trial that waits for the same others: while a trial waits at
   * a rung, those of higher numbers before this one that are at the same rung wait too.
   */
  default int bracketEnd(int trial) {
    return Integer.MAX_VALUE;
  }

  /**
   * Whether it decides otherwise when trials come to a rung in another order, as they do with other
   * workers.
   */
  default boolean dependsOnOrderOfResults() {
    return false;
  }

  /** Whether trials may be added to a sweep that has begun. */
  default boolean takesMoreTrials() {
    return true;
  }

  /** Whether trials go on from other trials' checkpoints. */
  default boolean copiesCheckpoints() {
    return false;
  }
}
