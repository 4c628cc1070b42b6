// What workers said of a trial, or of a panda's branch, attempt by attempt.
import { html } from '../lib/lit-html.js';

const time = (millis) => new Date(Number(millis)).toLocaleString([], { hour12: false });

/** The lines of GetTrialLog, with what is missing between them. */
export function logOf(lines) {
  if (!lines.length) return html`<p class="quiet small" id="log">Nothing is kept of what its workers said.</p>`;
  let attempt = 0;
  let last = 0;
  const rows = lines.map((line) => {
    if (line.attempt !== attempt) [attempt, last] = [line.attempt, 0];
    // The coordinator's have no number.
    const missing = line.number ? line.number - last - 1 : 0;
    last = Math.max(last, line.number || 0);
    const level = (line.level || 'INFO').toLowerCase();
    return html`${missing > 0 ? html`<li class="quiet">${missing === 1 ? '1 line is' : `${missing} lines are`} missing</li>` : ''}
      <li class=${level}><span class="quiet">${time(line.at_millis)}, attempt ${line.attempt}, ${line.number ? line.worker_id : 'coordinator'}</span>
        ${level === 'info' ? '' : html`<strong class="level">${level === 'warn' ? 'warning' : level}</strong>`} <span class="said">${line.text}</span></li>`;
  });
  return html`<ol id="log" class="log" tabindex="0" aria-label="Log">${rows}</ol>`;
}
