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
 * @param losses how often its worker was lost
 * @param workerId of the present or last lease; empty before the first
 * @param objective the metric at its last epoch; null while it runs and if it had none
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
    @Nullable Double objective) {

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
        null);
  }

  Trial leased(SweepEvent.TrialLeased event) {
    return new Trial(
        number,
        point,
        seed,
        stage,
        TrialState.RUNNING,
        event.attempt(),
        losses,
        event.workerId(),
        "",
        0,
        0,
        0,
        null);
  }

  Trial returned(SweepEvent.TrialReturned event) {
    return new Trial(
        number,
        point,
        seed,
        stage,
        TrialState.RETRYING,
        attempt,
        losses + (event.lost() ? 1 : 0),
        workerId,
        event.reason(),
        0,
        0,
        0,
        null);
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
        event.objective());
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
