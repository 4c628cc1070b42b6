// A dimension of the search space as an axis on its own scale: a learning rate by its logarithm, a
// momentum by that of 1 − β, choices side by side. Positions are from 0 to 1.
import { trimmed, value as textOf } from '../text.js';

const warp = {
  linear: (x) => x,
  log: (x) => Math.log(x),
  one_minus_log: (x) => -Math.log1p(-x),
};
const unwarp = {
  linear: (w) => w,
  log: (w) => Math.exp(w),
  one_minus_log: (w) => -Math.expm1(-w),
};

/**
 * The axis of a dimension of GetSpace.
 *
 * @param values what trials have in it; a sweep may have looked beyond the range
 */
export function axisOf(dimension, values) {
  if (dimension.choices?.length) return choiceAxis(dimension);
  const numbers = values.filter((x) => typeof x === 'number' && Number.isFinite(x));
  const scale = dimension.scale || 'linear';
  let min = Math.min(dimension.min, ...numbers);
  let max = Math.max(dimension.max, ...numbers);
  if (min === max) [min, max] = [min - 0.5, max + 0.5];
  return numberAxis(dimension.name, scale, min, max, dimension.whole);
}

/** The axis of an objective, on which less room is lost to a few bad trials if it is logarithmic. */
export function objectiveAxis(name, values, log) {
  const finite = values.filter((x) => Number.isFinite(x) && (!log || x > 0));
  let [min, max] = d3.extent(finite);
  if (min === undefined) [min, max] = log ? [0.1, 1] : [0, 1];
  if (min === max) [min, max] = log ? [min / 2, max * 2] : [min - 0.5, max + 0.5];
  return numberAxis(name, log ? 'log' : 'linear', min, max, false);
}

function numberAxis(name, scale, min, max, whole) {
  const low = warp[scale](min);
  const span = warp[scale](max) - low;
  const position = (x) =>
    typeof x === 'number' ? (warp[scale](x) - low) / span : Number.NaN;
  return {
    name,
    scale,
    min,
    max,
    position,
    at: (u) => unwarp[scale](low + u * span),
    ticks: ticks(scale, min, max, whole)
      .map((x) => ({ at: position(x), label: tickText(scale, x) }))
      .filter((tick) => tick.at >= -1e-9 && tick.at <= 1 + 1e-9)
      .sort((a, b) => a.at - b.at),
  };
}

function ticks(scale, min, max, whole) {
  if (scale === 'linear') {
    const some = d3.ticks(min, max, 5);
    return whole ? some.filter(Number.isInteger) : some;
  }
  const log = scale === 'log' ? logTicks(min, max) : logTicks(1 - max, 1 - min).map((x) => 1 - x);
  return log.length > 1 ? log : [min, max];
}

function logTicks(min, max) {
  const decades = Math.log10(max / min);
  const steps = decades > 2.5 ? [1] : decades > 1 ? [1, 3] : [1, 2, 5];
  const found = [];
  for (let e = Math.floor(Math.log10(min)); e <= Math.ceil(Math.log10(max)); e++) {
    for (const step of steps) {
      const x = step * 10 ** e;
      if (x >= min * 0.999 && x <= max * 1.001) found.push(x);
    }
  }
  return found;
}

const tickText = (scale, x) =>
  scale === 'one_minus_log' ? String(Number(x.toPrecision(6))) : trimmed(Number(x.toPrecision(6)));

function choiceAxis(dimension) {
  const { choices, name } = dimension;
  const k = choices.length;
  const position = (x) => {
    const i = choices.indexOf(x);
    return i < 0 ? Number.NaN : (i + 0.5) / k;
  };
  return {
    name,
    scale: 'choices',
    choices,
    position,
    at: (u) => choices[Math.min(k - 1, Math.max(0, Math.floor(u * k)))],
    ticks: choices.map((x) => ({ at: position(x), label: textOf(x) })),
  };
}
