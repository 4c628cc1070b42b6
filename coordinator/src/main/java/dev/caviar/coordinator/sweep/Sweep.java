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
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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
  private final TrialArchive archive;
  private final TrialTable trials;
  // What samplers see, a record for each point, kept up with the trials rather than made anew for
  // each proposal; null until somebody wants to see it.
  private @Nullable List<TrialRecord> records;
  private final TreeSet<Integer> waiting = new TreeSet<>();
  private final TreeSet<Integer> running = new TreeSet<>();
  // By the epochs of the rungs at which they are; none is empty.
  private final TreeMap<Integer, TreeSet<Integer>> held = new TreeMap<>();
  // Running, at a rung where it is not decided whether they train on.
  private final TreeSet<Integer> arrived = new TreeSet<>();
  private final List<Stage> stages = new ArrayList<>();
  // What schedules see, kept up likewise; null until one looks.
  private @Nullable Standings standings;
  // How many trials are to go on from which checkpoint, kept up likewise; null until somebody asks.
  private @Nullable Map<BlobRef, Integer> goingOn;
  private SweepState state = SweepState.SWEEP_RUNNING;
  private boolean cancelling;
  private @Nullable Leader best;
  // Points that none dominates, the best in the first objective first.
  private final List<Leader> front = new ArrayList<>();
  private SweepEvent.@Nullable ModelStored model;
  private final Attempts attempts = new Attempts();
  private final Map<TrialState, Integer> counts = new EnumMap<>(TrialState.class);

  /**
   * A completed point that is compared with others.
   *
   * @param losses by objective
   */
  private record Leader(int point, double[] losses) {}

  /**
   * @param planned trials that there will be if nothing ends the sweep before
   * @param archive what packs its trials, and reads them
   */
  Sweep(String id, SweepDefinition definition, int planned, TrialArchive archive) {
    this.id = id;
    this.definition = definition;
    this.planned = planned;
    this.archive = archive;
    this.trials = new TrialTable(archive);
  }

  void apply(SweepEvent event) {
    attempts.apply(event);
    switch (event) {
      case SweepEvent.Several several -> several.events().forEach(this::apply);
      case SweepEvent.StageBegan began -> stages.add(began.stage());
      case SweepEvent.TrialSampled sampled -> {
        Trial trial = Trial.sampled(sampled);
        if (sampled.enqueued()) {
          enqueued.remove();
          enqueuedTrials.add(trial.number());
        }
        trials.add(trial);
        keepRecord(pointOf(trial));
        waiting.add(trial.number());
        counts.merge(trial.state(), 1, Integer::sum);
        if (standings != null) {
          standings.added(trial.number(), trial.standing());
        }
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

  /**
   * What a snapshot says, to a sweep without events.
   *
   * @param single the trials that are in none of the pages
   */
  void restore(
      SweepState state,
      Collection<Trial> single,
      Collection<TrialPage> pages,
      List<Stage> stages,
      SweepEvent.@Nullable ModelStored model,
      boolean cancelling) {
    this.state = state;
    this.stages.addAll(stages);
    this.model = model;
    this.cancelling = cancelling;
    trials.restore(single, pages);
    for (TrialPage page : pages) {
      page.counts().forEach((is, count) -> counts.merge(is, count, Integer::sum));
    }
    for (Trial trial : single) {
      counts.merge(trial.state(), 1, Integer::sum);
      keepSets(trial);
    }
  }

  /** Finds the best trial and the front, which a snapshot without pages does not tell. */
  void restoreLeaders() {
    best = bestOfAll();
    restoreFront();
  }

  /**
   * What a snapshot says of the best trial and the front.
   *
   * @param best null: none
   * @param front points, the best in the first objective first
   */
  void restoreLeaders(@Nullable Integer best, List<Integer> front) {
    this.best = best == null ? null : leader(best / repeats());
    front.forEach(point -> this.front.add(leader(point)));
  }

  private Leader leader(int point) {
    return new Leader(point, losses(record(point)));
  }

  /** All that another of the same definition says, to a sweep without events. */
  void restore(Sweep other) {
    restoreAdded(
        other.added,
        other.enqueued,
        other.enqueueRequests,
        other.enqueuedTrials,
        other.spaceChanges);
    restore(
        other.state,
        other.trials.single(),
        other.trials.pages(),
        other.stages,
        other.model,
        other.cancelling);
    best = other.best;
    front.addAll(other.front);
    other.attempts.all().forEach(attempts::add);
  }

  private void change(Trial trial) {
    int number = trial.number();
    unpack(number);
    Trial before = trials.set(number, trial);
    if (standings != null && !trial.standing().equals(before.standing())) {
      standings.changed(number, before.standing(), trial.standing());
    }
    counts.merge(before.state(), -1, Integer::sum);
    counts.merge(trial.state(), 1, Integer::sum);
    countCheckpoint(before, -1);
    countCheckpoint(trial, 1);
    if (before.held()) {
      release(before);
    }
    keepSets(trial);
    int point = pointOf(trial);
    TrialRecord record = keepRecord(point);
    boolean completed = isCompleted(record);
    keepFront(point, record);
    if (best != null && best.point() == point && !completed) {
      best = bestOfAll();
    } else if (completed) {
      Leader leader = new Leader(point, losses(record));
      best = best == null || BY_OBJECTIVE.compare(leader, best) <= 0 ? leader : best;
    }
  }

  private void keepSets(Trial trial) {
    setMember(waiting, trial.number(), trial.waiting());
    setMember(running, trial.number(), trial.running());
    setMember(arrived, trial.number(), trial.undecided() > 0 && !trial.held());
    if (trial.held()) {
      held.computeIfAbsent(trial.undecided(), epoch -> new TreeSet<>()).add(trial.number());
    }
  }

  private void release(Trial trial) {
    TreeSet<Integer> there = held.get(trial.undecided());
    if (there != null && there.remove(trial.number()) && there.isEmpty()) {
      held.remove(trial.undecided());
    }
  }

  /** Keeps what samplers see of a point up with its trials. */
  private TrialRecord keepRecord(int point) {
    TrialRecord record = record(point);
    if (records != null && point == records.size()) {
      records.add(record);
    } else if (records != null) {
      records.set(point, record);
    }
    return record;
  }

  private TrialRecord record(int point) {
    List<TrialRecord> of =
        ofPoint(point).stream().map(trial -> trial.record(definition.objectives())).toList();
    return RepeatedPoint.record(point, of, repeats());
  }

  private static boolean isCompleted(TrialRecord record) {
    return record.status() == History.Status.COMPLETED;
  }

  /** Looks through all points, which takes long where there are many. */
  private @Nullable Leader bestOfAll() {
    return leaders().min(BY_OBJECTIVE).orElse(null);
  }

  private Stream<Leader> leaders() {
    return IntStream.range(0, points())
        .mapToObj(this::record)
        .filter(Sweep::isCompleted)
        .map(record -> new Leader(record.trial(), losses(record)));
  }

  /**
   * The trial of a completed point whose model is that of the point: the last, which most often
   * ends last, so that its worker still has the model when it is known to be wanted. No trial of a
   * point is a better choice than another but by luck.
   */
  private int standsFor(Leader leader) {
    return Math.min((leader.point() + 1) * repeats(), trials.size()) - 1;
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
  private static final Comparator<Leader> BY_OBJECTIVE =
      Comparator.comparing(Leader::losses, Arrays::compare).thenComparingInt(Leader::point);

  /** By objective; of a completed point. */
  private double[] losses(TrialRecord record) {
    Double objective = record.objective();
    if (objective == null) {
      throw new IllegalStateException("point " + record.trial() + " has no objective");
    }
    return DoubleStream.concat(
            DoubleStream.of(definition.objective().loss(objective)),
            record.others().stream().mapToDouble(loss -> loss))
        .toArray();
  }

  /** Keeps the front up with a point that was completed, or is so no more. */
  private void keepFront(int point, TrialRecord record) {
    if (!definition.hasFront()) {
      return;
    }
    boolean wasOnIt = front.removeIf(other -> other.point() == point);
    if (isCompleted(record)) {
      addToFront(new Leader(point, losses(record)));
    } else if (wasOnIt) {
      // What it alone dominated is on the front now.
      front.clear();
      restoreFront();
    }
  }

  private void restoreFront() {
    if (definition.hasFront()) {
      leaders().forEach(this::addToFront);
    }
  }

  private void addToFront(Leader leader) {
    double[] losses = leader.losses();
    if (front.stream().noneMatch(other -> ParetoFront.dominates(other.losses(), losses))) {
      front.removeIf(other -> ParetoFront.dominates(losses, other.losses()));
      front.add(leader);
      front.sort(BY_OBJECTIVE);
    }
  }

  /**
   * With several objectives the trials that stand for the points that none dominates, the best in
   * the first objective first; else empty.
   */
  List<Integer> front() {
    return front.stream().map(this::standsFor).toList();
  }

  /** The points of the front. */
  List<Integer> frontPoints() {
    return front.stream().map(Leader::point).toList();
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
    return Math.ceilDiv(trials.size(), repeats());
  }

  /** What samplers know of a point. */
  TrialRecord pointRecord(Trial trial) {
    return record(pointOf(trial));
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

  /** The one with the lowest number; null if none waits. */
  @Nullable Trial firstWaiting() {
    return waiting.isEmpty() ? null : trials.get(waiting.first());
  }

  /** In the order of their numbers. */
  List<Trial> held() {
    return held.values().stream().flatMap(Set::stream).sorted().map(trials::get).toList();
  }

  /** The epochs of the rungs at which trials are held. */
  List<Integer> heldAt() {
    return List.copyOf(held.keySet());
  }

  /** The first from that number on that is held at the rung; null if there is none. */
  @Nullable Trial heldFrom(int number, int epoch) {
    TreeSet<Integer> there = held.get(epoch);
    Integer next = there == null ? null : there.ceiling(number);
    return next == null ? null : trials.get(next);
  }

  /** Running, at a rung where it is not decided whether they train on. */
  List<Trial> arrived() {
    return arrived.stream().map(trials::get).toList();
  }

  /** Whether of any trial at a rung it is not decided whether it trains on. */
  boolean anyUndecided() {
    return !arrived.isEmpty() || !held.isEmpty();
  }

  /** Whether no trial trains or waits for a worker. */
  boolean noneActive() {
    return running.isEmpty() && waiting.isEmpty();
  }

  boolean noneOpen() {
    return noneActive() && held.isEmpty();
  }

  /**
   * What a schedule sees.
   *
   * @param expected how many trials there will be
   */
  Standings standings(int expected) {
    if (standings == null) {
      standings = standingsNow(expected);
    }
    standings.expect(expected);
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
    if (goingOn == null) {
      goingOn = new HashMap<>();
      trials.forEach(trial -> countCheckpoint(trial, 1));
    }
    boolean itself = number < trials.size() && trials.get(number).goesOnFrom(checkpoint);
    return goingOn.getOrDefault(checkpoint, 0) > (itself ? 1 : 0);
  }

  private void countCheckpoint(Trial trial, int by) {
    SweepEvent.TrialCheckpointed at = trial.checkpoint();
    if (goingOn != null && at != null && goingOn.merge(at.checkpoint(), by, Integer::sum) == 0) {
      goingOn.remove(at.checkpoint());
    }
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
    return best != null && (model == null || model.trial() != standsFor(best));
  }

  /** Who had which trial of those that are in no page, and when. */
  Attempts attempts() {
    return attempts;
  }

  /** Who had which of the trials from {@code first} to before {@code end}, and when. */
  List<Attempt> attempts(int first, int end) {
    List<Attempt> all = new ArrayList<>();
    for (int number = first; number < end; number++) {
      TrialPage page = trials.page(number);
      if (page == null) {
        all.addAll(attempts.of(number));
      } else {
        archive.contents(page).attempts().stream()
            .filter(attempt -> attempt.trial() >= first && attempt.trial() < end)
            .forEach(all::add);
        number = page.end() - 1;
      }
    }
    return all;
  }

  @Nullable Trial best() {
    return best == null ? null : trials.get(standsFor(best));
  }

  // ---- Pages of trials that are over

  /** The first trials of pages that could be packed. */
  List<Integer> packable() {
    return trials.packable();
  }

  /**
   * What a page would have that can be packed, but for the points.
   *
   * @param first its first trial
   */
  List<Trial> packable(int first) {
    return trials.packable(first);
  }

  /** From here on those trials are in the page, which has all that is known of them. */
  void pack(TrialPage page) {
    trials.pack(page);
    attempts.remove(page.first(), page.end());
  }

  private void unpack(int number) {
    TrialPage page = trials.page(number);
    if (page != null) {
      trials.unpack(page);
      archive.contents(page).attempts().forEach(attempts::add);
    }
  }

  /** In the order of their trials. */
  Collection<TrialPage> pages() {
    return trials.pages();
  }

  /** The page that has the trial; null if it is in none. */
  @Nullable TrialPage page(int number) {
    return trials.page(number);
  }

  /** The trials that are in no page, in the order of their numbers. */
  Collection<Trial> single() {
    return trials.single();
  }

  /** The last stage begun; null before the first and with samplers that have none. */
  @Nullable Stage stage() {
    return stages.isEmpty() ? null : stages.getLast();
  }

  /** A view, good until the next event. */
  History history() {
    if (records == null) {
      records = new ArrayList<>(IntStream.range(0, points()).mapToObj(this::record).toList());
    }
    return new History(Collections.unmodifiableList(records), definition.objective().minimize());
  }
}
