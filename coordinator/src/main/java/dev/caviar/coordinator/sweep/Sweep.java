package dev.caviar.coordinator.sweep;

import dev.caviar.coordinator.search.History;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.search.Stage;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A sweep's state: what its events so far amount to, and nothing that is not in them. Belongs to
 * one actor.
 */
final class Sweep {
  private final String id;
  private final SweepDefinition definition;
  private final int planned;
  private final List<Trial> trials = new ArrayList<>();
  // What samplers see, kept up with the trials rather than made anew for each proposal.
  private final List<TrialRecord> records = new ArrayList<>();
  private final TreeSet<Integer> waiting = new TreeSet<>();
  private final TreeSet<Integer> running = new TreeSet<>();
  private final List<Stage> stages = new ArrayList<>();
  private SweepState state = SweepState.SWEEP_RUNNING;
  private @Nullable Trial best;

  /**
   * @param planned trials that there will be if nothing ends the sweep before
   */
  Sweep(String id, SweepDefinition definition, int planned) {
    this.id = id;
    this.definition = definition;
    this.planned = planned;
  }

  void apply(SweepEvent event) {
    switch (event) {
      case SweepEvent.StageBegan began -> stages.add(began.stage());
      case SweepEvent.TrialSampled sampled -> {
        trials.add(Trial.sampled(sampled));
        records.add(Trial.sampled(sampled).record());
        waiting.add(sampled.trial());
      }
      case SweepEvent.TrialLeased leased -> change(trial(leased.trial()).leased(leased));
      case SweepEvent.TrialReturned returned -> change(trial(returned.trial()).returned(returned));
      case SweepEvent.TrialOver over -> change(trial(over.trial()).over(over));
      case SweepEvent.EndRequested end -> state = SweepState.SWEEP_STOPPING;
      case SweepEvent.SweepOver over -> state = over.state();
      case SweepEvent.TrialCheckpointed checkpointed -> {}
      case SweepEvent.TrialPaused paused -> {}
      case SweepEvent.TrialResumed resumed -> {}
      case SweepEvent.ModelStored stored -> {}
      case SweepEvent.SweepPaused paused -> {}
      case SweepEvent.SweepResumed resumed -> {}
    }
  }

  private void change(Trial trial) {
    int number = trial.number();
    trials.set(number, trial);
    records.set(number, trial.record());
    setMember(waiting, number, trial.waiting());
    setMember(running, number, trial.running());
    if (best != null && best.number() == number && !trial.completed()) {
      best = trials.stream().filter(Trial::completed).min(this::byObjective).orElse(null);
    } else if (trial.completed() && (best == null || byObjective(trial, best) <= 0)) {
      best = trial;
    }
  }

  private static void setMember(Set<Integer> set, int number, boolean member) {
    if (member) {
      set.add(number);
    } else {
      set.remove(number);
    }
  }

  /**
   * The better one first; of equals that with the lower number, so that order of arrival is
   * nothing.
   */
  private int byObjective(Trial a, Trial b) {
    double x = objectiveOf(a);
    double y = objectiveOf(b);
    int order = definition.objective().minimize() ? Double.compare(x, y) : Double.compare(y, x);
    return order != 0 ? order : Integer.compare(a.number(), b.number());
  }

  private static double objectiveOf(Trial completed) {
    Double objective = completed.objective();
    if (objective == null) {
      throw new IllegalStateException("trial " + completed.number() + " has no objective");
    }
    return objective;
  }

  String id() {
    return id;
  }

  SweepDefinition definition() {
    return definition;
  }

  SweepState state() {
    return state;
  }

  boolean isOver() {
    return state == SweepState.SWEEP_COMPLETED || state == SweepState.SWEEP_STOPPED;
  }

  Trial trial(int number) {
    return trials.get(number);
  }

  int planned() {
    return planned;
  }

  /** Trials sampled so far, which is also the number of the next. */
  int size() {
    return trials.size();
  }

  List<Trial> running() {
    return running.stream().map(trials::get).toList();
  }

  List<Trial> waiting() {
    return waiting.stream().map(trials::get).toList();
  }

  boolean noneOpen() {
    return running.isEmpty() && waiting.isEmpty();
  }

  long count(TrialState wanted) {
    return trials.stream().filter(trial -> trial.state() == wanted).count();
  }

  @Nullable Trial best() {
    return best;
  }

  /** The last stage begun; null before the first and with samplers that have none. */
  @Nullable Stage stage() {
    return stages.isEmpty() ? null : stages.getLast();
  }

  /** A view, good until the next event. */
  History history() {
    return new History(Collections.unmodifiableList(records), definition.objective().minimize());
  }
}
