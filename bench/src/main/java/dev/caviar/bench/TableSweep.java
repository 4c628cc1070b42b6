package dev.caviar.bench;

import dev.caviar.coordinator.schedule.Schedule;
import dev.caviar.coordinator.schedule.Standing;
import dev.caviar.coordinator.schedule.Standings;
import dev.caviar.coordinator.schedule.Verdict;
import dev.caviar.coordinator.search.History;
import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.search.Proposal;
import dev.caviar.coordinator.search.Sampler;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A sweep over a {@link CurveTable}: a sampler and a schedule, and workers that all train an epoch
 * in the same time. A trial's objective is the mean dev error of its grid point's seeds.
 */
final class TableSweep {
  /** How many trials train at once in sweeps with early stopping. */
  static final int WORKERS = 4;

  /** That the lowest error of a completed trial came down, after so many epochs in all. */
  record Improvement(long epochs, double error) {}

  private enum State {
    TRAINING,
    AT_RUNG,
    COMPLETED,
    STOPPED
  }

  private static final class Trial {
    final Point point;
    final int setting;
    final SortedMap<Integer, Double> rungs = new TreeMap<>();
    State state = State.TRAINING;
    int epoch;

    Trial(Point point, int setting) {
      this.point = point;
      this.setting = setting;
    }
  }

  private final CurveGrid grid;
  private final CurveTable table;
  private final Sampler sampler;
  private final Schedule schedule;
  private final int expected;
  private final int workers;
  private final List<Trial> trials = new ArrayList<>();
  private final List<Improvement> improvements = new ArrayList<>();
  private double best = Double.POSITIVE_INFINITY;
  private long spent;

  /** A sweep that has not begun: the grid's, with another search and early stopping. */
  TableSweep(
      CurveGrid grid, CurveTable table, Search search, EarlyStopping earlyStopping, int workers) {
    SweepDefinition sweep = grid.sweep().with(search, earlyStopping);
    this.grid = grid;
    this.table = table;
    this.sampler = Sampler.of(sweep);
    this.schedule = Schedule.of(sweep);
    this.expected = search.trials();
    this.workers = workers;
  }

  /** Trains until so many epochs are spent or all trials are over. */
  void spend(long epochs) {
    List<Integer> busy = new ArrayList<>();
    while (spent < epochs) {
      judge(busy);
      while (busy.size() < workers && trials.size() < expected) {
        Proposal proposal = sampler.propose(trials.size(), history());
        Point point = ((Proposal.Sampled) proposal).point();
        busy.add(trials.size());
        trials.add(new Trial(point, grid.nearest(point)));
      }
      if (busy.isEmpty()) {
        return;
      }
      for (int i = 0; i < busy.size() && spent < epochs; i++) {
        train(busy.get(i));
      }
      busy.removeIf(trial -> trials.get(trial).state != State.TRAINING);
    }
  }

  private void train(int number) {
    Trial trial = trials.get(number);
    trial.epoch++;
    spent++;
    double error = table.meanError(trial.setting, trial.epoch);
    if (trial.epoch == table.epochs()) {
      trial.state = State.COMPLETED;
      if (error < best) {
        best = error;
        improvements.add(new Improvement(spent, error));
      }
    } else if (schedule.rungs(number).contains(trial.epoch)) {
      trial.rungs.put(trial.epoch, error);
      trial.state = State.AT_RUNG;
    }
  }

  /** Judges who waits at a rung; those that go on come before new trials. */
  private void judge(List<Integer> busy) {
    for (boolean again = true; again; ) {
      again = false;
      Standings standings = null;
      for (int number = 0; number < trials.size(); number++) {
        Trial trial = trials.get(number);
        if (trial.state != State.AT_RUNG) {
          continue;
        }
        standings = standings == null ? standings() : standings;
        Verdict verdict = schedule.judge(number, trial.epoch, standings);
        if (verdict instanceof Verdict.Stop) {
          trial.state = State.STOPPED;
          standings = null;
          again = true;
        } else if (verdict instanceof Verdict.GoOn && busy.size() < workers) {
          trial.state = State.TRAINING;
          busy.add(number);
        }
      }
    }
  }

  private Standings standings() {
    return new Standings(
        trials.stream()
            .map(
                trial ->
                    new Standing(
                        trial.rungs,
                        switch (trial.state) {
                          case TRAINING, AT_RUNG -> Standing.State.OPEN;
                          case COMPLETED -> Standing.State.COMPLETED;
                          case STOPPED -> Standing.State.ENDED;
                        }))
            .toList(),
        expected,
        true);
  }

  private History history() {
    List<TrialRecord> records = new ArrayList<>();
    for (int number = 0; number < trials.size(); number++) {
      Trial trial = trials.get(number);
      records.add(
          switch (trial.state) {
            case TRAINING, AT_RUNG ->
                new TrialRecord(number, trial.point, Status.RUNNING, null, trial.rungs);
            case STOPPED -> new TrialRecord(number, trial.point, Status.STOPPED, null, trial.rungs);
            case COMPLETED ->
                new TrialRecord(
                    number,
                    trial.point,
                    Status.COMPLETED,
                    table.meanError(trial.setting, table.epochs()),
                    trial.rungs);
          });
    }
    return new History(Collections.unmodifiableList(records), true);
  }

  /** How many trials were begun. */
  int trials() {
    return trials.size();
  }

  /** In their order. */
  List<Improvement> improvements() {
    return Collections.unmodifiableList(improvements);
  }
}
