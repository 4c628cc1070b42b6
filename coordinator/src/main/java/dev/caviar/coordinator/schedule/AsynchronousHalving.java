package dev.caviar.coordinator.schedule;

import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * ASHA, the asynchronous successive halving algorithm: at each rung a trial trains on if it is
 * among the best 1/η of those that have reached the rung so far, and else ends; nobody waits. Li et
 * al., "A system for massively parallel hyperparameter tuning", 2020, in its variant that stops
 * rather than promotes: a trial that goes on keeps its worker and the data there, and the first
 * trials, who have few to be compared with, train longer than they would have to.
 */
final class AsynchronousHalving implements Schedule {
  private final List<Integer> rungs;
  private final int reductionFactor;

  AsynchronousHalving(int epochs, EarlyStopping.Asha asha) {
    this.reductionFactor = asha.reductionFactor();
    List<Integer> found = new ArrayList<>();
    for (long epoch = asha.minEpochs(); epoch < epochs; epoch *= reductionFactor) {
      found.add((int) epoch);
    }
    this.rungs = Collections.unmodifiableList(found);
  }

  @Override
  public boolean dependsOnOrderOfResults() {
    return true;
  }

  @Override
  public List<Integer> rungs(int trial) {
    return rungs;
  }

  @Override
  public Verdict judge(int trial, int epoch, Standings standings) {
    Standings.Place place = standings.place(trial, 0, Integer.MAX_VALUE, epoch);
    int best = Math.max(1, place.of() / reductionFactor);
    return SynchronousHalving.among(place, best, standings.value(trial, epoch));
  }
}
