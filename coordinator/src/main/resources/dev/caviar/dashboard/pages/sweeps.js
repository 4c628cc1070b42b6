// All sweeps: state, progress, best, age and owner.
import { html, render } from '../lib/lit-html.js';
import { get, isOperator } from '../api.js';
import { go, keep, kept, sweepLink } from '../route.js';
import { age, number, stateKey, stateText, words } from '../text.js';
import { every } from './refresh.js';

const OVER = ['completed', 'stopped_early', 'diverged', 'failed', 'cancelled', 'infeasible'];

export function openSweeps(main) {
  let sweeps = null;
  let problem = '';
  const chosen = new Set();

  const draw = () => {
    const wanted = kept('q').toLowerCase();
    const state = kept('state');
    const shown = (sweeps || []).filter(
      ({ status }) =>
        (!state || stateKey(status.state) === state) &&
        `${status.sweep_id} ${status.name} ${status.metric}`.toLowerCase().includes(wanted),
    );
    render(
      html`<div class="row title">
          <h1>Sweeps</h1>
          <div class="row">
            <input type="search" aria-label="Search sweeps" placeholder="Search" .value=${kept('q')} @input=${(e) => { keep('q', e.target.value); draw(); }} />
            <select aria-label="State" @change=${(e) => { keep('state', e.target.value); draw(); }}>
              ${['', 'running', 'paused', 'stopping', 'completed', 'stopped'].map(
                (s) => html`<option value=${s} ?selected=${s === state}>${s || 'all states'}</option>`,
              )}
            </select>
            <button ?disabled=${chosen.size < 2} @click=${() => go(`/compare?ids=${[...chosen].map(encodeURIComponent).join(',')}`)}>
              Compare${chosen.size ? ` ${chosen.size}` : ''}
            </button>
            ${isOperator() ? html`<a class="button main" href="#/submit">Submit a sweep</a>` : ''}
          </div>
        </div>
        ${problem ? html`<p class="note" role="alert">${problem}</p>` : ''}
        <section class="panel scroll">${list(shown)}</section>`,
      main,
    );
  };

  const list = (shown) => {
    if (sweeps === null) return html`<p class="quiet">Asking the coordinator …</p>`;
    if (sweeps.length === 0) {
      return html`<p>There is no sweep yet.</p>
        <p class="quiet">Submit one here, or with <code>caviar submit examples/digits.yaml</code>.</p>`;
    }
    if (shown.length === 0) return html`<p class="quiet">No sweep is like that.</p>`;
    return html`<table id="sweeps">
      <thead>
        <tr>
          <th></th><th>sweep</th><th>state</th><th>progress</th><th class="n">best</th><th>objective</th><th>age</th><th>owner</th>
        </tr>
      </thead>
      <tbody>${shown.map(row)}</tbody>
    </table>`;
  };

  const row = (sweep) => {
    const { status } = sweep;
    const id = status.sweep_id;
    return html`<tr>
      <td><input type="checkbox" aria-label=${`Compare ${id}`} .checked=${chosen.has(id)} @change=${(e) => { e.target.checked ? chosen.add(id) : chosen.delete(id); draw(); }} /></td>
      <td><a href=${sweepLink(id)}>${id}</a></td>
      <td><span class="state ${stateKey(status.state)}">${stateText(status.state)}</span></td>
      <td>${progress(sweep)}</td>
      <td class="n number">${'best_objective' in sweep ? number(sweep.best_objective) : '–'}</td>
      <td class="quiet">${status.minimize ? 'least' : 'greatest'} ${words(status.metric)}</td>
      <td class="quiet">${age(Number(sweep.submitted_at_millis))}</td>
      <td class="quiet">${sweep.owner || '–'}</td>
    </tr>`;
  };

  draw();
  const end = every(
    2_000,
    async (signal) => {
      sweeps = ((await get('/v1/sweeps', signal)).sweeps || []).map((s) => ({ ...s, status: s.status || {} }));
      problem = '';
      draw();
    },
    (failure) => {
      problem = failure.message;
      draw();
    },
  );
  return end;
}

/** A bar of how many trials are over, by what became of them, and how many run. */
export function progress(sweep) {
  const counts = sweep.trials_by_state || {};
  const all = sweep.status.trials || 1;
  const over = OVER.reduce((sum, state) => sum + (counts[state] || 0), 0);
  const part = (kind, n) => (n ? html`<i class=${kind} .style=${`width:${(100 * n) / all}%`}></i>` : '');
  return html`<span class="row"
    ><span class="meter" role="img" aria-label=${`${over} of ${all} trials are over`}
      >${part('done', counts.completed)}${part('early', counts.stopped_early)}${part(
        'bad',
        (counts.diverged || 0) + (counts.failed || 0) + (counts.cancelled || 0) + (counts.infeasible || 0),
      )}${part('running', counts.running)}</span
    ><span class="number quiet">${over}/${all}</span></span
  >`;
}
