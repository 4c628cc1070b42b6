package dev.caviar.coordinator.schedule;

import dev.caviar.coordinator.search.Exploration;
import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import java.util.ArrayList;
import java.util.List;

/**
 * All trials train side by side, as one population: every so many epochs they wait for each other,
 * and each of the worst goes on as a copy of one of the best, with changed parameters. Jaderberg et
 * al., "Population based training of neural networks", 2017, with truncation selection. All wait,
 * so that what becomes of a trial depends neither on how many workers there are nor on their speed.
 */
final class PopulationBasedTraining implements Schedule {
  private final int population;
  private final List<Integer> rungs;
  private final double quantile;
  private final double resample;
  private final long seed;

  PopulationBasedTraining(
      int population, int epochs, EarlyStopping.PopulationBased options, long seed) {
    this.population = population;
    this.quantile = options.quantile();
    this.resample = options.resample();
    this.seed = seed;
    List<Integer> every = new ArrayList<>();
    for (long epoch = options.interval(); epoch < epochs; epoch += options.interval()) {
      every.add((int) epoch);
    }
    this.rungs = List.copyOf(every);
  }

  @Override
  public List<Integer> rungs(int trial) {
    return rungs;
  }

  @Override
  public Verdict judge(int trial, int epoch, Standings standings) {
    int toCome = standings.toCome(0, population, epoch);
    if (toCome > 0) {
      return new Verdict.Wait("%d trials have not reached epoch %d".formatted(toCome, epoch));
    }
    Standings.Place place = standings.placeAmongOpen(trial, 0, population, epoch);
    int exchanged = exchanged(place.of());
    String reason =
        "%s is place %d of %d"
            .formatted(
                MedianStopping.text(standings.value(trial, epoch)), place.place(), place.of());
    if (place.place() <= place.of() - exchanged) {
      return new Verdict.GoOn(reason);
    }
    int best = Exploration.donor(seed, trial, epoch, exchanged) + 1;
    int donor = standings.openAt(best, 0, population, epoch);
    return new Verdict.Exploit(
        donor,
        resample,
        reason
            + ", and trial %d has %s"
                .formatted(donor, MedianStopping.text(standings.value(donor, epoch))));
  }

  /** How many of the worst become copies; at least one where there is more than one. */
  private int exchanged(int members) {
    return Math.clamp((int) (members * quantile), Math.min(1, members / 2), members / 2);
  }

  @Override
  public boolean takesMoreTrials() {
    return false;
  }

  @Override
  public boolean copiesCheckpoints() {
    return true;
  }
}
