package dev.caviar.coordinator.schedule;

import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import java.util.List;
import java.util.Locale;
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
    double[] averages =
        standings.trials().stream()
            .filter(other -> other.state() == Standing.State.COMPLETED)
            .filter(other -> other.values().containsKey(epoch))
            .mapToDouble(
                other ->
                    other.values().headMap(epoch + 1).values().stream()
                        .mapToDouble(value -> value)
                        .average()
                        .orElseThrow())
            .sorted()
            .toArray();
    if (averages.length < startupTrials) {
      return new Verdict.GoOn(
          "%d of %d trials are completed that it takes to judge"
              .formatted(averages.length, startupTrials));
    }
    double median = (averages[(averages.length - 1) / 2] + averages[averages.length / 2]) / 2;
    double best = best(standings.trials().get(trial), epoch, standings.minimize());
    return standings.isWorse(best, median)
        ? new Verdict.Stop(
            "its best, %s, is worse than the median of %d completed trials, %s"
                .formatted(text(best), averages.length, text(median)))
        : new Verdict.GoOn(
            "its best, %s, is not worse than the median, %s".formatted(text(best), text(median)));
  }

  private static double best(Standing trial, int epoch, boolean minimize) {
    var values =
        trial.values().headMap(epoch + 1).values().stream()
            .mapToDouble(value -> value)
            .filter(value -> !Double.isNaN(value));
    return (minimize ? values.min() : values.max()).orElse(Double.NaN);
  }

  static String text(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }
}
