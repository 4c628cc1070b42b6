package dev.caviar.coordinator.sweep;

import dev.caviar.coordinator.schedule.Standing;
import dev.caviar.coordinator.search.History;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.TrialState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One trial as its sweep knows it. Never changed: each event makes a new one.
 *
 * @param attempt of the present or last lease, from 1; 0 before the first
 * @param losses how often its worker was lost since it last got any further
 * @param workerId of the present or last lease; empty before the first
 * @param objective the first one; null while it runs and if it had none
 * @param otherObjectives those after the first; empty likewise
 * @param violation by how much it breaks constraints; 0 unless it is INFEASIBLE
 * @param seed of its training; from where it became a copy, that of the network it is a copy of
 * @param checkpoint where the next attempt goes on from; null: from the start, or it is over and
 *     was not stopped early
 * @param rungs its objective at each rung that it reached, by the rung's epoch; never changed
 * @param promoted the epoch of the last rung after which it was to train on; 0 before the first,
 *     {@link #REVIVED} when no rung stops it any more
 * @param held whether it waits at a rung, without a worker
 * @param lineage how its network was trained, where it became a copy of another's; empty: by
 *     itself, at its point
 */
record Trial(
    int number,
    Point point,
    long seed,
    int stage,
    TrialState state,
    int attempt,
    int losses,
    String workerId,
    String reason,
    long steps,
    int epochs,
    long elapsedMicros,
    @Nullable Double objective,
    List<Double> otherObjectives,
    double violation,
    SweepEvent.@Nullable TrialCheckpointed checkpoint,
    SortedMap<Integer, Double> rungs,
    int promoted,
    boolean held,
    List<Stretch> lineage) {

  /**
   * A part of a network's training; it ends where the next begins.
   *
   * @param trial whose training it was
   * @param fromEpoch the epochs trained before it, 0 of the first
   * @param fromStep the mini-batches trained before it, 0 of the first
   */
  record Stretch(int trial, int fromEpoch, long fromStep, Point point) {}

  /** Promoted past every rung, by its user. */
  static final int REVIVED = Integer.MAX_VALUE;

  static Trial sampled(SweepEvent.TrialSampled event) {
    return new Trial(
        event.trial(),
        event.point(),
        event.seed(),
        event.stage(),
        TrialState.QUEUED,
        0,
        0,
        "",
        "",
        0,
        0,
        0,
        null,
        List.of(),
        0,
        null,
        Collections.emptySortedMap(),
        0,
        false,
        List.of());
  }

  Trial leased(SweepEvent.TrialLeased event) {
    return unfinished(
        TrialState.RUNNING, event.attempt(), losses, event.workerId(), "", checkpoint);
  }

  Trial returned(SweepEvent.TrialReturned event) {
    return unfinished(
        TrialState.RETRYING,
        attempt,
        losses + (event.lost() ? 1 : 0),
        workerId,
        event.reason(),
        event.fromStart() ? null : checkpoint);
  }

  Trial checkpointed(SweepEvent.TrialCheckpointed event) {
    boolean further = checkpoint == null || event.step() > checkpoint.step();
    return unfinished(state, attempt, further ? 0 : losses, workerId, reason, event);
  }

  Trial paused() {
    return unfinished(TrialState.PAUSED, attempt, losses, workerId, reason, checkpoint);
  }

  Trial resumed() {
    return unfinished(TrialState.RUNNING, attempt, losses, workerId, reason, checkpoint);
  }

  private Trial unfinished(
      TrialState state,
      int attempt,
      int losses,
      String workerId,
      String reason,
      SweepEvent.@Nullable TrialCheckpointed checkpoint) {
    return new Trial(
        number,
        point,
        seed,
        stage,
        state,
        attempt,
        losses,
        workerId,
        reason,
        0,
        0,
        0,
        null,
        List.of(),
        0,
        checkpoint,
        rungs,
        promoted,
        false,
        lineage);
  }

  Trial reached(SweepEvent.RungReached event) {
    SortedMap<Integer, Double> more = new TreeMap<>(rungs);
    more.put(event.epoch(), event.value());
    return at(state, reason, Collections.unmodifiableSortedMap(more), promoted, held);
  }

  Trial promoted(SweepEvent.TrialPromoted event) {
    return held
        ? at(TrialState.RETRYING, event.reason(), rungs, event.epoch(), false)
        : at(state, reason, rungs, event.epoch(), false);
  }

  Trial revived(SweepEvent.TrialRevived event) {
    return new Trial(
        number,
        point,
        seed,
        stage,
        TrialState.RETRYING,
        attempt,
        0,
        workerId,
        event.reason(),
        0,
        0,
        0,
        null,
        List.of(),
        0,
        checkpoint,
        rungs,
        REVIVED,
        false,
        lineage);
  }

  /** Whether no rung stops it any more. */
  boolean revived() {
    return promoted == REVIVED;
  }

  Trial held(SweepEvent.TrialHeld event) {
    return at(TrialState.PAUSED, event.reason(), rungs, promoted, true);
  }

  /** As a copy of the donor, which has a checkpoint after that rung. */
  Trial exploited(SweepEvent.TrialExploited event, Trial donor) {
    SweepEvent.TrialCheckpointed copied = donor.checkpoint;
    if (copied == null) {
      throw new IllegalStateException("trial " + donor.number + " has no checkpoint to copy");
    }
    List<Stretch> stretches = new ArrayList<>(donor.stretches());
    stretches.add(new Stretch(number, event.epoch(), copied.step(), event.point()));
    return new Trial(
        number,
        event.point(),
        donor.seed,
        stage,
        TrialState.RETRYING,
        attempt,
        0,
        workerId,
        event.reason(),
        0,
        0,
        0,
        null,
        List.of(),
        0,
        new SweepEvent.TrialCheckpointed(
            number, attempt, copied.checkpoint(), copied.step(), copied.epoch()),
        rungs,
        event.epoch(),
        false,
        List.copyOf(stretches));
  }

  /** How its network was trained from the start. */
  List<Stretch> stretches() {
    return lineage.isEmpty() ? List.of(new Stretch(number, 0, 0, point)) : lineage;
  }

  private Trial at(
      TrialState state,
      String reason,
      SortedMap<Integer, Double> rungs,
      int promoted,
      boolean held) {
    return new Trial(
        number,
        point,
        seed,
        stage,
        state,
        attempt,
        losses,
        workerId,
        reason,
        steps,
        epochs,
        elapsedMicros,
        objective,
        otherObjectives,
        violation,
        checkpoint,
        rungs,
        promoted,
        held,
        lineage);
  }

  /** The rung at which it is to be judged; 0 if at none. */
  int undecided() {
    int last = rungs.isEmpty() ? 0 : rungs.lastKey();
    return !isOver() && last > promoted ? last : 0;
  }

  Trial over(SweepEvent.TrialOver event) {
    return new Trial(
        number,
        point,
        seed,
        stage,
        event.state(),
        attempt,
        losses,
        workerId,
        event.reason(),
        event.steps(),
        event.epochs(),
        event.elapsedMicros(),
        event.objective(),
        event.otherObjectives(),
        event.violation(),
        event.state() == TrialState.STOPPED_EARLY ? checkpoint : null,
        rungs,
        promoted,
        false,
        lineage);
  }

  /** Whether it would go on from this checkpoint. */
  boolean goesOnFrom(BlobRef blob) {
    return checkpoint != null && checkpoint.checkpoint().equals(blob);
  }

  boolean waiting() {
    return state == TrialState.QUEUED || state == TrialState.RETRYING;
  }

  boolean running() {
    return (state == TrialState.RUNNING || state == TrialState.PAUSED) && !held;
  }

  boolean isOver() {
    return !waiting() && !running() && !held;
  }

  boolean completed() {
    return state == TrialState.COMPLETED && objective != null;
  }

  private List<Double> others(List<Objective> objectives) {
    return completed()
        ? IntStream.range(0, otherObjectives.size())
            .mapToObj(i -> objectives.get(i + 1).loss(otherObjectives.get(i)))
            .toList()
        : List.of();
  }

  /** All its objectives, the first one first; empty if it had none. */
  List<Double> objectives() {
    return objective == null ? List.of() : objectives(objective, otherObjectives);
  }

  private static List<Double> objectives(double first, List<Double> others) {
    List<Double> all = new ArrayList<>(List.of(first));
    all.addAll(others);
    return List.copyOf(all);
  }

  /** What its schedule may know of it. */
  Standing standing() {
    return new Standing(
        rungs,
        // A revived trial comes to no rung, so none of the others is to wait for it there.
        !isOver() && !revived()
            ? Standing.State.OPEN
            : state == TrialState.COMPLETED ? Standing.State.COMPLETED : Standing.State.ENDED);
  }

  /**
   * What samplers may know of it. One that is revived has ended for them until it is completed.
   *
   * @param objectives those of its sweep
   */
  TrialRecord record(List<Objective> objectives) {
    History.Status status =
        completed()
            ? History.Status.COMPLETED
            : state == TrialState.STOPPED_EARLY || (revived() && !isOver())
                ? History.Status.STOPPED
                : state == TrialState.INFEASIBLE
                    ? History.Status.INFEASIBLE
                    : isOver() ? History.Status.FAILED : History.Status.RUNNING;
    return new TrialRecord(
        number,
        point,
        status,
        completed() ? objective : null,
        rungs,
        violation,
        others(objectives));
  }
}
