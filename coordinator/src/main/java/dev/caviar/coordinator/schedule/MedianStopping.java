package dev.caviar.coordinator.schedule;

import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.stream.IntStream;

/**
 * Stops a trial whose best objective so far is worse than the median of the running averages of all
 * completed trials up to the same epoch. Golovin et al., "Google Vizier: a service for black-box
 * optimization", 2017, section 3.2.2. Averages are over rungs.
 */
final class MedianStopping implements Schedule {
  private final List<Integer> rungs;
  private final int startupTrials;

  MedianStopping(int epochs, EarlyStopping.Median median) {
    this.rungs =
        IntStream.iterate(
                median.minEpochs(), epoch -> epoch < epochs, epoch -> epoch + median.interval())
            .boxed()
            .toList();
    this.startupTrials = median.startupTrials();
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
    Ranking averages = standings.averages(epoch);
    int completed = averages.size();
    if (completed < startupTrials) {
      return new Verdict.GoOn(
          "%d of %d trials are completed that it takes to judge"
              .formatted(completed, startupTrials));
    }
    double median = (averages.value((completed - 1) / 2) + averages.value(completed / 2)) / 2;
    double best = best(standings.values(trial), epoch, standings.minimize());
    return standings.isWorse(best, median)
        ? new Verdict.Stop(
            "its best, %s, is worse than the median of %d completed trials, %s"
                .formatted(text(best), completed, text(median)))
        : new Verdict.GoOn(
            "its best, %s, is not worse than the median, %s".formatted(text(best), text(median)));
  }

  private static double best(SortedMap<Integer, Double> values, int epoch, boolean minimize) {
    var soFar =
        values.headMap(epoch + 1).values().stream()
            .mapToDouble(value -> value)
            .filter(value -> !Double.isNaN(value));
    return (minimize ? soFar.min() : soFar.max()).orElse(Double.NaN);
  }

  static String text(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }
}
