// Dark or light: as the system has it, unless the reader chooses. Canvases ask for colours here.
const KEY = 'caviar-theme';
const listeners = new Set();
const probe = document.head.appendChild(document.createElement('i'));
let names = null;

export const theme = () => localStorage.getItem(KEY) || 'system';

function apply() {
  const chosen = theme();
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  names = null;
  listeners.forEach((listener) => listener());
}

/** system, dark, light, and round again. */
export function nextTheme() {
  const order = ['system', 'dark', 'light'];
  localStorage.setItem(KEY, order[(order.indexOf(theme()) + 1) % order.length]);
  apply();
}

/** Calls back when colours change, until the returned function is called. */
export function onTheme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A colour of the style sheet by its name. */
export function colour(name) {
  names ??= new Map();
  if (!names.has(name)) {
    // The name alone stands for two colours, of which an element has one.
    probe.style.color = `var(--${name})`;
    names.set(name, getComputedStyle(probe).color);
  }
  return names.get(name);
}

/** What a trial's state is drawn in. */
export function stateColour(state) {
  switch (state) {
    case 'running': return colour('running');
    case 'completed': return colour('done');
    case 'stopped_early': return colour('early');
    case 'diverged':
    case 'infeasible':
    case 'failed': return colour('bad');
    case 'lost':
    case 'retrying':
    case 'paused': return colour('lost');
    default: return colour('waiting');
  }
}

const isDark = () => matchMedia('(prefers-color-scheme: dark)').matches;

/** From good (0) to bad (1); good stands out on either ground. */
export function ramp(u) {
  const dark = theme() === 'dark' || (theme() === 'system' && isDark());
  const t = Math.min(1, Math.max(0, u));
  return dark ? d3.interpolateViridis(0.95 - 0.75 * t) : d3.interpolateViridis(0.05 + 0.8 * t);
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply);
apply();
