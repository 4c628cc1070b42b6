// One sweep as it is known here, kept up by its stream. Columns of a curve's rows:
export const EPOCH = 0;
export const TRAIN_LOSS = 1;
export const DEV_LOSS = 2;
export const DEV_ERROR = 3;
export const LEARNING_RATE = 4;
export const SECONDS = 5;

/** What can be drawn of a curve, by the name of its column. */
export const METRICS = {
  dev_error: DEV_ERROR,
  dev_loss: DEV_LOSS,
  train_loss: TRAIN_LOSS,
  learning_rate: LEARNING_RATE,
};

/** Points that are wanted of a curve, and kept at most twice. */
export const CURVE_POINTS = 120;

const OVER = new Set(['completed', 'stopped_early', 'diverged', 'failed', 'cancelled', 'infeasible']);
export const isOver = (trial) => OVER.has(trial.state);

export class SweepModel {
  status = null;
  stages = [];
  trials = [];
  curves = new Map();
  #completedOrder = [];

  /** Takes one event of the stream; returns what it changed. */
  apply(event) {
    const changed = { status: false, trials: new Set(), curves: new Set(), stages: false };
    if (event.status) {
      this.status = event.status;
      changed.status = true;
    }
    for (const trial of event.trials) {
      const before = this.trials[trial.trial];
      if (isOver(trial) && !(before && isOver(before))) this.#completedOrder.push(trial.trial);
      this.trials[trial.trial] = trial;
      changed.trials.add(trial.trial);
    }
    for (const { trial, points } of event.curves) {
      if (this.#addPoints(trial, points)) changed.curves.add(trial);
    }
    for (const stage of event.stages) {
      this.stages[stage.number - 1] = stage;
      changed.stages = true;
    }
    return changed;
  }

  #addPoints(number, points) {
    let rows = this.curves.get(number);
    if (!rows) this.curves.set(number, (rows = []));
    const known = rows.length ? rows[rows.length - 1][EPOCH] : 0;
    // After a reconnection points may come again, with the same numbers.
    const fresh = points.filter((row) => row[EPOCH] > known);
    rows.push(...fresh);
    if (rows.length > 2 * CURVE_POINTS) {
      const last = rows.length - 1;
      this.curves.set(number, rows.filter((_, i) => i % 2 === 0 || i === last));
    }
    return fresh.length > 0;
  }

  /** Trials that are known, in the order of their numbers. */
  known() {
    return this.trials.filter(Boolean);
  }

  /** Completed trials with an objective, the best first. */
  ranked() {
    const sign = this.status?.minimize === false ? -1 : 1;
    return this.known()
      .filter((t) => t.state === 'completed' && Number.isFinite(t.objective))
      .sort((a, b) => sign * (a.objective - b.objective) || a.trial - b.trial);
  }

  /** The numbers of trials that are over, in the order in which that was heard. */
  ended() {
    return this.#completedOrder;
  }

  counts() {
    const counts = {};
    for (const trial of this.known()) counts[trial.state] = (counts[trial.state] || 0) + 1;
    return counts;
  }
}

/** What a trial has in a dimension such as learning_rate or hidden_units[1]; undefined: nothing. */
export function valueOf(trial, dimension) {
  const value = trial.values[dimension.parameter];
  return Array.isArray(value) ? value[Math.max(0, dimension.layer)] : value;
}
