// Numbers, times and states as people read them; the same words as the command line's.

/** Three to four digits that count: 0.0278, 3.16e-5, 1234. */
export function number(x) {
  if (x === null || x === undefined || Number.isNaN(x)) return '–';
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf';
  const size = Math.abs(x);
  if (size === 0) return '0';
  if (size < 1e-3 || size >= 1e5) return x.toExponential(2).replace('e+', 'e');
  return x.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4);
}

/** As `number`, without zeros that only fill. */
export const trimmed = (x) =>
  number(x).replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '');

export function value(x) {
  if (x === null || x === undefined) return '';
  if (Array.isArray(x)) return x.map(value).join(',');
  if (typeof x === 'boolean') return x ? 'yes' : 'no';
  return typeof x === 'number' ? (Number.isInteger(x) ? String(x) : trimmed(x)) : String(x);
}

/** A value as protobuf's JSON has it: {real: 0.1}, {integer: "3"}. */
export function plain(message) {
  if (!message) return null;
  if ('real' in message) return Number(message.real);
  if ('integer' in message) return Number(message.integer);
  if ('text' in message) return message.text;
  if ('flag' in message) return message.flag;
  return message.per_layer ? (message.per_layer.values || []).map(plain) : null;
}

export function time(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
  const s = Math.round(seconds);
  const two = (n) => String(Math.floor(n)).padStart(2, '0');
  if (s < 3600) return `${Math.floor(s / 60)}m ${two(s % 60)}s`;
  if (s < 86400) return `${Math.floor(s / 3600)}h ${two((s % 3600) / 60)}m`;
  return `${Math.floor(s / 86400)}d ${two((s % 86400) / 3600)}h`;
}

export function age(millis, now = Date.now()) {
  return millis ? `${time(Math.max(0, Math.round((now - millis) / 1000)))} ago`.replace('.0s', 's') : '–';
}

export const clock = (millis) =>
  millis ? new Date(millis).toLocaleTimeString([], { hour12: false }) : '–';

export const bytes = (n) =>
  n >= 1 << 30 ? `${(n / 2 ** 30).toFixed(1)} GiB` : n >= 1 << 20 ? `${(n / 2 ** 20).toFixed(1)} MiB` : `${(n / 1024).toFixed(1)} KiB`;

/** SWEEP_RUNNING is running, STOPPED_EARLY is stopped_early. */
export const stateKey = (state) => String(state || '').replace(/^SWEEP_/, '').toLowerCase();
export const stateText = (state) => stateKey(state).replace('_', ' ');

/** learning_rate is learning rate, dev_error is dev error. */
export const words = (name) => name.replaceAll('_', ' ');
