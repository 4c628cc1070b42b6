package dev.caviar.coordinator.sweep;

import dev.caviar.coordinator.search.History;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Point;
import dev.caviar.proto.v1.TrialState;
import org.jspecify.annotations.Nullable;

/**
 * One trial as its sweep knows it. Never changed: each event makes a new one.
 *
 * @param attempt of the present or last lease, from 1; 0 before the first
 * @param losses how often its worker was lost since it last got any further
 * @param workerId of the present or last lease; empty before the first
 * @param objective the metric at its last epoch; null while it runs and if it had none
 * @param checkpoint where the next attempt goes on from; null: from the start, or it is over
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
    SweepEvent.@Nullable TrialCheckpointed checkpoint) {

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
        null);
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
        checkpoint);
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
        checkpoint);
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
        null);
  }

  boolean waiting() {
    return state == TrialState.QUEUED || state == TrialState.RETRYING;
  }

  boolean running() {
    return state == TrialState.RUNNING || state == TrialState.PAUSED;
  }

  boolean isOver() {
    return !waiting() && !running();
  }

  boolean completed() {
    return state == TrialState.COMPLETED && objective != null;
  }

  /** What samplers may know of it. */
  TrialRecord record() {
    if (!isOver()) {
      return new TrialRecord(number, point, History.Status.RUNNING, null);
    }
    return completed()
        ? new TrialRecord(number, point, History.Status.COMPLETED, objective)
        : new TrialRecord(number, point, History.Status.FAILED, null);
  }
}
