package dev.caviar.coordinator.sweep;

import dev.caviar.coordinator.schedule.Standing;
import dev.caviar.coordinator.schedule.Standings;
import dev.caviar.coordinator.search.History;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.search.ParetoFront;
import dev.caviar.coordinator.search.RepeatedPoint;
import dev.caviar.coordinator.search.Stage;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialState;
import java.util.AbstractList;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A sweep's state: what its events so far amount to, and nothing that is not in them. Belongs to
 * one actor.
 */
public final class Sweep {
  private final String id;
  // With the trials that were added, and the space as it is now.
  private SweepDefinition definition;
  private int planned;
  private int added;
  // Not had by any trial yet.
  private final Deque<Point> enqueued = new ArrayDeque<>();
  private final List<SweepEvent.SpaceChanged> spaceChanges = new ArrayList<>();
  private final Set<String> enqueueRequests = new LinkedHashSet<>();
  private final Set<Integer> enqueuedTrials = new TreeSet<>();
  private final List<Trial> trials = new ArrayList<>();
  // What samplers see, a record for each point, kept up with the trials rather than made anew for
  // each proposal.
  private final List<TrialRecord> records = new ArrayList<>();
  private final TreeSet<Integer> waiting = new TreeSet<>();
  private final TreeSet<Integer> running = new TreeSet<>();
  private final TreeSet<Integer> held = new TreeSet<>();
  // Running or held, at a rung where it is not decided whether they train on.
  private final TreeSet<Integer> undecided = new TreeSet<>();
  private final List<Stage> stages = new ArrayList<>();
  private @Nullable Standings standings;
  private SweepState state = SweepState.SWEEP_RUNNING;
  private boolean cancelling;
  private @Nullable Trial best;
  // Points that none dominates, the best in the first objective first.
  private final List<Integer> front = new ArrayList<>();
  private SweepEvent.@Nullable ModelStored model;
  private final Attempts attempts = new Attempts();
  private final Map<TrialState, Integer> counts = new EnumMap<>(TrialState.class);

  /**
   * @param planned trials that there will be if nothing ends the sweep before
   */
  Sweep(String id, SweepDefinition definition, int planned) {
    this.id = id;
    this.definition = definition;
    this.planned = planned;
  }

  void apply(SweepEvent event) {
    attempts.apply(event);
    switch (event) {
      case SweepEvent.StageBegan began -> stages.add(began.stage());
      case SweepEvent.TrialSampled sampled -> {
        Trial trial = Trial.sampled(sampled);
        if (sampled.enqueued()) {
          enqueued.remove();
          enqueuedTrials.add(trial.number());
        }
        trials.add(trial);
        record(trial.number());
        waiting.add(trial.number());
        counts.merge(trial.state(), 1, Integer::sum);
        standings = null;
      }
      case SweepEvent.TrialLeased leased -> change(trial(leased.trial()).leased(leased));
      case SweepEvent.TrialReturned returned -> change(trial(returned.trial()).returned(returned));
      case SweepEvent.TrialOver over -> change(trial(over.trial()).over(over));
      case SweepEvent.TrialCheckpointed checkpointed ->
          change(trial(checkpointed.trial()).checkpointed(checkpointed));
      case SweepEvent.RungReached reached -> change(trial(reached.trial()).reached(reached));
      case SweepEvent.TrialPromoted promoted -> change(trial(promoted.trial()).promoted(promoted));
      case SweepEvent.TrialHeld held -> change(trial(held.trial()).held(held));
      case SweepEvent.TrialRevived revived -> {
        change(trial(revived.trial()).revived(revived));
        goOn();
      }
      case SweepEvent.TrialsAdded more -> {
        add(more.trials());
        lengthenLastStage(more.trials() / repeats());
        goOn();
      }
      case SweepEvent.SpaceChanged changed -> changeSpace(changed);
      case SweepEvent.PointsEnqueued more -> {
        enqueued.addAll(more.points());
        enqueueRequests.add(more.requestId());
      }
      case SweepEvent.TrialExploited exploited ->
          change(trial(exploited.trial()).exploited(exploited, trial(exploited.donor())));
      case SweepEvent.TrialPaused paused -> change(trial(paused.trial()).paused());
      case SweepEvent.TrialResumed resumed -> change(trial(resumed.trial()).resumed());
      case SweepEvent.ModelStored stored -> model = stored;
      case SweepEvent.SweepPaused paused -> state = SweepState.SWEEP_PAUSED;
      case SweepEvent.SweepResumed resumed -> state = SweepState.SWEEP_RUNNING;
      case SweepEvent.EndRequested end -> {
        state = SweepState.SWEEP_STOPPING;
        cancelling |= end.cancelRunning();
      }
      case SweepEvent.SweepOver over -> state = over.state();
    }
  }

  private void goOn() {
    if (isOver()) {
      state = SweepState.SWEEP_RUNNING;
    }
  }

  private void add(int trials) {
    definition = definition.plus(trials / repeats());
    planned += trials;
    added += trials;
  }

  private void changeSpace(SweepEvent.SpaceChanged changed) {
    definition = definition.in(definition.space().with(changed.domains()));
    spaceChanges.add(changed);
  }

  private void lengthenLastStage(int trials) {
    Stage last = stage();
    if (last != null
        && definition.search() instanceof Search.CoarseToFine search
        && last.number() == search.stages()) {
      stages.set(
          stages.size() - 1,
          new Stage(
              last.number(),
              last.firstTrial(),
              last.trials() + trials,
              last.drawnFrom(),
              last.sides()));
    }
  }

  /** What a snapshot says of what its user added and changed, to a sweep without events. */
  void restoreAdded(
      int trials,
      Collection<Point> enqueued,
      Collection<String> enqueueRequests,
      Collection<Integer> enqueuedTrials,
      List<SweepEvent.SpaceChanged> spaceChanges) {
    add(trials);
    spaceChanges.forEach(this::changeSpace);
    this.enqueued.addAll(enqueued);
    this.enqueueRequests.addAll(enqueueRequests);
    this.enqueuedTrials.addAll(enqueuedTrials);
  }

  /** What a snapshot says, to a sweep without events. */
  void restore(
      SweepState state,
      List<Trial> trials,
      List<Stage> stages,
      SweepEvent.@Nullable ModelStored model,
      boolean cancelling) {
    this.state = state;
    this.stages.addAll(stages);
    this.model = model;
    this.cancelling = cancelling;
    for (Trial trial : trials) {
      this.trials.add(trial);
      record(trial.number());
      counts.merge(trial.state(), 1, Integer::sum);
      setMember(waiting, trial.number(), trial.waiting());
      setMember(running, trial.number(), trial.running());
      setMember(held, trial.number(), trial.held());
      setMember(undecided, trial.number(), trial.undecided() > 0);
    }
    best = bestOfAll();
    IntStream.range(0, records.size()).filter(this::completed).forEach(this::keepFront);
  }

  /** All that another of the same definition says, to a sweep without events. */
  void restore(Sweep other) {
    restoreAdded(
        other.added,
        other.enqueued,
        other.enqueueRequests,
        other.enqueuedTrials,
        other.spaceChanges);
    restore(other.state, other.trials, other.stages, other.model, other.cancelling);
    other.attempts.all().forEach(attempts::add);
  }

  private void change(Trial trial) {
    int number = trial.number();
    if (!trial.standing().equals(trials.get(number).standing())) {
      standings = null;
    }
    counts.merge(trials.get(number).state(), -1, Integer::sum);
    counts.merge(trial.state(), 1, Integer::sum);
    trials.set(number, trial);
    record(number);
    setMember(waiting, number, trial.waiting());
    setMember(running, number, trial.running());
    setMember(held, number, trial.held());
    setMember(undecided, number, trial.undecided() > 0);
    int point = pointOf(trial);
    boolean completed = completed(point);
    keepFront(point);
    if (best != null && pointOf(best) == point && !completed) {
      best = bestOfAll();
    } else if (completed && (best == null || byObjective(point, pointOf(best)) <= 0)) {
      best = standsFor(point);
    }
  }

  /** Keeps what samplers see of a trial's point up with it. */
  private void record(int number) {
    int point = number / repeats();
    List<TrialRecord> of =
        ofPoint(point).stream().map(trial -> trial.record(definition.objectives())).toList();
    TrialRecord record = RepeatedPoint.record(point, of, repeats());
    if (point == records.size()) {
      records.add(record);
    } else {
      records.set(point, record);
    }
  }

  private boolean completed(int point) {
    return records.get(point).status() == History.Status.COMPLETED;
  }

  private @Nullable Trial bestOfAll() {
    return IntStream.range(0, records.size())
        .filter(this::completed)
        .boxed()
        .min(this::byObjective)
        .map(this::standsFor)
        .orElse(null);
  }

  /**
   * The trial of a completed point whose model is that of the point: the last, which most often
   * ends last, so that its worker still has the model when it is known to be wanted. No trial of a
   * point is a better choice than another but by luck.
   */
  private Trial standsFor(int point) {
    return ofPoint(point).getLast();
  }

  private static void setMember(Set<Integer> set, int number, boolean member) {
    if (member) {
      set.add(number);
    } else {
      set.remove(number);
    }
  }

  /**
   * The better point first, where several objectives count by the first in which they differ; of
   * equals that with the lower number, so that order of arrival is nothing. What is not a number is
   * worst.
   */
  private int byObjective(int a, int b) {
    int order = Arrays.compare(losses(a), losses(b));
    return order != 0 ? order : Integer.compare(a, b);
  }

  /** By objective; of a completed point. */
  private double[] losses(int point) {
    TrialRecord record = records.get(point);
    Double objective = record.objective();
    if (objective == null) {
      throw new IllegalStateException("point " + point + " has no objective");
    }
    return DoubleStream.concat(
            DoubleStream.of(definition.objective().loss(objective)),
            record.others().stream().mapToDouble(loss -> loss))
        .toArray();
  }

  /** Keeps the front up with a point that was completed, or is so no more. */
  private void keepFront(int point) {
    if (!definition.hasFront()) {
      return;
    }
    if (!completed(point)) {
      if (front.removeIf(other -> other == point)) {
        // What it alone dominated is on the front now.
        front.clear();
        IntStream.range(0, records.size()).filter(this::completed).forEach(this::keepFront);
      }
      return;
    }
    front.removeIf(other -> other == point);
    double[] losses = losses(point);
    if (front.stream().noneMatch(other -> ParetoFront.dominates(losses(other), losses))) {
      front.removeIf(other -> ParetoFront.dominates(losses, losses(other)));
      front.add(point);
      front.sort(this::byObjective);
    }
  }

  /**
   * With several objectives the trials that stand for the points that none dominates, the best in
   * the first objective first; else empty.
   */
  List<Trial> front() {
    return front.stream().map(this::standsFor).toList();
  }

  /** Trials at each point. */
  int repeats() {
    return definition.repeats().count();
  }

  int pointOf(Trial trial) {
    return trial.number() / repeats();
  }

  /** The trials at a point so far, in the order of their numbers. */
  List<Trial> ofPoint(int point) {
    int first = point * repeats();
    return Collections.unmodifiableList(
        trials.subList(first, Math.min(first + repeats(), trials.size())));
  }

  /** Points sampled so far, which is also the number of the next. */
  int points() {
    return records.size();
  }

  /** What samplers know of a point. */
  TrialRecord pointRecord(Trial trial) {
    return records.get(pointOf(trial));
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

  /** How many of those planned are not in the sweep file. */
  int added() {
    return added;
  }

  /** Points that the next trials are to have, the next one's first. */
  Collection<Point> enqueued() {
    return Collections.unmodifiableCollection(enqueued);
  }

  /** The clients' names of the requests that enqueued points. */
  Set<String> enqueueRequests() {
    return Collections.unmodifiableSet(enqueueRequests);
  }

  /** In the order they were made. */
  List<SweepEvent.SpaceChanged> spaceChanges() {
    return Collections.unmodifiableList(spaceChanges);
  }

  /** The first trials of points that were enqueued. */
  Set<Integer> enqueuedTrials() {
    return Collections.unmodifiableSet(enqueuedTrials);
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

  List<Trial> held() {
    return held.stream().map(trials::get).toList();
  }

  /** At a rung where it is not decided whether they train on. */
  List<Trial> undecided() {
    return undecided.stream().map(trials::get).toList();
  }

  /** Whether no trial trains or waits for a worker. */
  boolean noneActive() {
    return running.isEmpty() && waiting.isEmpty();
  }

  boolean noneOpen() {
    return noneActive() && held.isEmpty();
  }

  /**
   * What a schedule sees: the same object until one of the trials stands elsewhere.
   *
   * @param expected how many trials there will be
   */
  Standings standings(int expected) {
    if (standings == null || standings.expected() != expected) {
      standings = standingsNow(expected);
    }
    return standings;
  }

  private Standings standingsNow(int expected) {
    return new Standings(
        new AbstractList<>() {
          @Override
          public Standing get(int trial) {
            return trials.get(trial).standing();
          }

          @Override
          public int size() {
            return trials.size();
          }
        },
        expected,
        definition.objective().minimize());
  }

  /** Whether a trial other than this is to go on from the checkpoint. */
  boolean isSharedByAnother(int number, BlobRef checkpoint) {
    return trials.stream()
        .anyMatch(trial -> trial.number() != number && trial.goesOnFrom(checkpoint));
  }

  int count(TrialState wanted) {
    return counts.getOrDefault(wanted, 0);
  }

  /** In the order of their numbers; a view. */
  List<Trial> trials() {
    return Collections.unmodifiableList(trials);
  }

  List<Stage> stages() {
    return Collections.unmodifiableList(stages);
  }

  /** Whether running trials are to end now. */
  boolean cancelling() {
    return cancelling;
  }

  /** The best model so far that is stored; null before the first. */
  SweepEvent.@Nullable ModelStored model() {
    return model;
  }

  /** Whether the best trial's model is not stored yet. */
  boolean modelMissing() {
    return best != null && (model == null || model.trial() != best.number());
  }

  /** Who had which trial, and when. */
  Attempts attempts() {
    return attempts;
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
