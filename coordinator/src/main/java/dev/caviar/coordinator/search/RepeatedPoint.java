package dev.caviar.coordinator.search;

import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** What several trials at the same point come to, which differ in their seeds alone. */
public final class RepeatedPoint {
  private RepeatedPoint() {}

  /**
   * The point as samplers see it: over when all its trials are, failed if one of them failed, else
   * infeasible if one is, else completed with the mean of their objectives.
   *
   * @param number of the point
   * @param trials those there are so far, at least one
   * @param repeats how many there will be
   */
  public static TrialRecord record(int number, List<TrialRecord> trials, int repeats) {
    TrialRecord first = trials.getFirst();
    if (repeats == 1) {
      return first.numbered(number);
    }
    Status status = status(trials, repeats);
    boolean completed = status == Status.COMPLETED;
    return new TrialRecord(
        number,
        first.point(),
        status,
        completed ? mean(trials, trial -> Objects.requireNonNull(trial.objective())) : null,
        Collections.emptySortedMap(),
        status == Status.INFEASIBLE ? mean(trials, TrialRecord::violation) : 0,
        completed
            ? IntStream.range(0, first.others().size())
                .mapToObj(i -> mean(trials, trial -> trial.others().get(i)))
                .toList()
            : List.of());
  }

  private static Status status(List<TrialRecord> trials, int repeats) {
    List<Status> all = trials.stream().map(TrialRecord::status).toList();
    if (trials.size() < repeats || all.contains(Status.RUNNING)) {
      return Status.RUNNING;
    }
    if (all.contains(Status.FAILED) || all.contains(Status.STOPPED)) {
      return Status.FAILED;
    }
    return all.contains(Status.INFEASIBLE) ? Status.INFEASIBLE : Status.COMPLETED;
  }

  private static double mean(List<TrialRecord> trials, ToDoubleFunction<TrialRecord> value) {
    return mean(trials.stream().mapToDouble(value).boxed().toList());
  }

  /**
   * The mean, summed in their order, which is that of the trials' numbers.
   *
   * @param values at least one
   */
  public static double mean(List<Double> values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.size();
  }

  /**
   * How far their mean is likely to be from that of many more: the root of their variance, taken
   * over n − 1, divided by n.
   *
   * @param values at least two
   */
  public static double standardError(List<Double> values) {
    double mean = mean(values);
    List<Double> squares = new ArrayList<>();
    values.forEach(value -> squares.add((value - mean) * (value - mean)));
    int n = values.size();
    return Math.sqrt(mean(squares) / (n - 1));
  }
}
