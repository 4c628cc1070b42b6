package dev.caviar.cli.view;

import dev.caviar.proto.v1.SearchStage;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A sweep as far as its updates have told it. Takes them in any order that a watcher may see,
 * points of a trial before its status included.
 *
 * <p>Not thread-safe: whoever draws it while updates come in holds its monitor meanwhile.
 */
public final class SweepProgress {
  private final Instant begun;
  private SweepStatus status = SweepStatus.getDefaultInstance();
  private final TreeMap<Integer, TrialProgress> trials = new TreeMap<>();
  private final List<SearchStage> stages = new ArrayList<>();

  /**
   * Nothing known yet.
   *
   * @param begun when the first update could come; rates are measured from here
   */
  public SweepProgress(Instant begun) {
    this.begun = begun;
  }

  /** Takes in one update. */
  public void apply(SweepUpdate update) {
    switch (update.getUpdateCase()) {
      case STATUS -> status = update.getStatus();
      case TRIAL -> trial(update.getTrial().getTrial()).apply(update.getTrial());
      case POINTS -> trial(update.getPoints().getTrial()).apply(update.getPoints());
      case STAGE -> apply(update.getStage());
      case UPDATE_NOT_SET -> {}
    }
  }

  private void apply(SearchStage stage) {
    stages.removeIf(known -> known.getNumber() == stage.getNumber());
    stages.add(stage);
    stages.sort(Comparator.comparingInt(SearchStage::getNumber));
  }

  private TrialProgress trial(int number) {
    return trials.computeIfAbsent(number, TrialProgress::new);
  }

  public Instant begun() {
    return begun;
  }

  /** The last status; all defaults while there is none. */
  public SweepStatus status() {
    return status;
  }

  /** Whether a parameter is sampled rather than constant; all are while that is not known. */
  public boolean isSampled(String parameter) {
    return status.getSampledParametersCount() == 0
        || status.getSampledParametersList().contains(parameter);
  }

  /** The metric that trials are compared by. */
  public String metric() {
    return status.getMetric().isEmpty() ? "dev_error" : status.getMetric();
  }

  /** Those known, in order of their numbers. */
  public Collection<TrialProgress> trials() {
    return Collections.unmodifiableCollection(trials.values());
  }

  public Optional<TrialProgress> find(int trial) {
    return Optional.ofNullable(trials.get(trial));
  }

  /** Coarse-to-fine stages that have begun, in order. */
  public List<SearchStage> stages() {
    return Collections.unmodifiableList(stages);
  }

  /** How many known trials are in each state; states without any are absent. */
  public Map<TrialState, Integer> counts() {
    Map<TrialState, Integer> counts = new EnumMap<>(TrialState.class);
    trials.values().forEach(trial -> counts.merge(trial.state(), 1, Integer::sum));
    return counts;
  }

  /** The best completed trial as the sweep says; null while it says none. */
  public @Nullable TrialProgress best() {
    return status.hasBestTrial() ? trials.get(status.getBestTrial()) : null;
  }

  /** Trials with an objective that counts, best first, those still running included. */
  List<TrialProgress> ranked() {
    String metric = metric();
    boolean maximize = !status.getMetric().isEmpty() && !status.getMinimize();
    Comparator<TrialProgress> byObjective =
        Comparator.comparingDouble(
            trial -> {
              double objective = trial.objective(metric).orElse(Double.NaN);
              return maximize ? -objective : objective; // NaN is last either way.
            });
    return trials.values().stream()
        .filter(trial -> TrialStates.isRanked(trial.state()))
        .filter(trial -> trial.objective(metric).isPresent())
        .sorted(byObjective.thenComparingInt(TrialProgress::number))
        .toList();
  }

  /** Trials the sweep will have, as far as is known. */
  public int plannedTrials() {
    return Math.max(status.getTrials(), trials.size());
  }

  /** Epochs trained, all trials together. */
  public long epochsDone() {
    return trials.values().stream().mapToLong(TrialProgress::epochs).sum();
  }

  /** Epochs in all if no further trial ends early; a trial that is over needs no more. */
  public long epochsPlanned() {
    long unknown = (long) (plannedTrials() - trials.size()) * status.getEpochs();
    return unknown
        + trials.values().stream()
            .mapToLong(t -> t.isOver() ? t.epochs() : Math.max(t.epochs(), status.getEpochs()))
            .sum();
  }

  /** Epochs a second since the sweep began; 0 before the first. */
  double rate(Instant now) {
    double seconds = Duration.between(begun, now).toNanos() / 1e9;
    return seconds <= 0 ? 0 : epochsDone() / seconds;
  }

  /** How long it will take at the rate so far; null before there is one. */
  @Nullable Duration timeLeft(Instant now) {
    double rate = rate(now);
    return rate == 0
        ? null
        : Duration.ofMillis(Math.round(1000 * (epochsPlanned() - epochsDone()) / rate));
  }
}
