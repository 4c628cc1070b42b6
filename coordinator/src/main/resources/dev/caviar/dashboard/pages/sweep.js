// One sweep, live: its state and its views, of which one is open.
import { html, render } from '../lib/lit-html.js';
import { follow, get, isOperator, post, sweepPath } from '../api.js';
import { keep, kept, sweepLink, trialLink } from '../route.js';
import { CURVE_POINTS, SweepModel } from '../sweep-model.js';
import { number, stateText, words } from '../text.js';
import { openCurves } from '../views/curves.js';
import { openHistory } from '../views/history.js';
import { openParallel } from '../views/parallel.js';
import { openImportance } from '../views/importance.js';
import { openSlices } from '../views/slices.js';
import { openContour } from '../views/contour.js';
import { openStages } from '../views/stages.js';
import { openTimeline } from '../views/timeline.js';
import { openTable } from '../views/table.js';
import { openFront } from '../views/front.js';

const VIEWS = [
  ['curves', 'Curves', openCurves],
  ['best', 'Best so far', openHistory],
  ['parallel', 'Parallel coordinates', openParallel],
  ['importance', 'Importance', openImportance],
  ['slices', 'Slices', openSlices],
  ['contour', 'Contour', openContour],
  ['stages', 'Stages', openStages],
  ['front', 'Pareto front', openFront],
  ['timeline', 'Timeline', openTimeline],
  ['trials', 'Trials', openTable],
];

const HEAD_PACE = 1_000;

export function openSweep(main, id) {
  const ended = new AbortController();
  const model = new SweepModel();
  const sweep = { id, model, space: [], link: (trial) => trialLink(id, trial), reopen: () => openView() };
  let view = null;
  let connection = 'connecting';
  let problem = '';
  let drawn = 0;
  let later = 0;

  const head = () => {
    const { status } = model;
    const counts = model.counts();
    const over = ['completed', 'stopped_early', 'diverged', 'failed', 'cancelled', 'infeasible'].reduce((n, s) => n + (counts[s] || 0), 0);
    const best = status && status.best_trial !== undefined ? model.trials[status.best_trial] : null;
    render(
      html`<div class="row title">
          <div class="row">
            <h1>${id}</h1>
            ${status ? html`<span class="state ${status.state}">${stateText(status.state)}</span>` : ''}
            <span class="small quiet" id="connection" role="status">${{ live: '● live', over: '', lost: '○ connection lost, trying again', connecting: 'connecting …' }[connection]}</span>
          </div>
          <div class="row">${actions(status)}</div>
        </div>
        ${problem ? html`<p class="note" role="alert">${problem}</p>` : ''}
        ${status
          ? html`<section class="panel"><dl class="facts">
              <div><dt>trials over</dt><dd class="number">${over} of ${status.trials}</dd></div>
              <div><dt>running</dt><dd class="number">${counts.running || 0}</dd></div>
              <div><dt>best ${words(status.metric)}</dt><dd class="number">${best ? number(best.objective) : '–'}</dd></div>
              <div><dt>best trial</dt><dd>${best ? html`<a href=${sweep.link(best.trial)}>trial ${best.trial}</a>` : '–'}</dd></div>
              <div><dt>test error of the best</dt><dd class="number">${status.best_test ? number(status.best_test.error) : '–'}</dd></div>
              <div><dt>stopped early</dt><dd class="number">${counts.stopped_early || 0}</dd></div>
              <div><dt>diverged, failed, infeasible</dt><dd class="number">${(counts.diverged || 0) + (counts.failed || 0) + (counts.infeasible || 0)}</dd></div>
              <div><dt>epochs of a trial</dt><dd class="number">${status.epochs}</dd></div>
            </dl></section>`
          : ''}`,
      top,
    );
  };

  const actions = (status) => {
    if (!status) return '';
    const running = status.state === 'running';
    const open = running || status.state === 'paused' || status.state === 'stopping';
    const file = html`<a class="button small" href="#/compare?ids=${encodeURIComponent(id)}">Compare</a>`;
    if (!isOperator()) return file;
    return html`${file}
      <a class="button small" href="#/submit?from=${encodeURIComponent(id)}">Use its file</a>
      ${running ? html`<button class="small" @click=${() => act('pause')}>Pause</button>` : ''}
      ${status.state === 'paused' ? html`<button class="small main" @click=${() => act('resume')}>Resume</button>` : ''}
      ${running || status.state === 'paused'
        ? html`<button class="small" title="Running trials finish" @click=${() => act('end', {}, 'Stop this sweep? Its running trials finish; no new ones begin.')}>Stop</button>`
        : ''}
      ${open ? html`<button class="small" title="Running trials end now" @click=${() => act('end', { cancel_running: true }, 'Cancel this sweep? Its running trials end now.')}>Cancel</button>` : ''}
      ${running || status.state === 'paused' || status.state === 'completed' ? html`<button class="small" @click=${more}>More trials</button>` : ''}`;
  };

  const act = async (verb, body = {}, question = '') => {
    if (question && !confirm(question)) return;
    try {
      await post(`${sweepPath(id)}:${verb}`, { ...body, reason: 'from the dashboard' });
      problem = '';
    } catch (refused) {
      problem = refused.message;
    }
    head();
  };

  const more = () => {
    const now = model.status.trials;
    const wanted = Number(prompt('How many trials shall it have in all?', String(now + 20)));
    if (Number.isInteger(wanted) && wanted > 0) act('continue', { trials: wanted });
  };

  // Views of what not every sweep has.
  const has = {
    stages: () => model.stages.length > 0,
    front: () => (model.status?.objectives || []).length > 1,
  };
  const views = () => VIEWS.filter(([name]) => name === kept('view', 'curves') || has[name]?.() !== false);

  const tabs = () => {
    const open = kept('view', 'curves');
    render(
      html`<div class="tabs" role="tablist" aria-label="Views" @keydown=${turn}>
        ${views().map(
          ([name, title]) =>
            html`<button role="tab" id=${`tab-${name}`} aria-selected=${name === open} tabindex=${name === open ? 0 : -1} @click=${() => choose(name)}>${title}</button>`,
        )}
      </div>`,
      bar,
    );
  };

  const turn = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = [...bar.querySelectorAll('[role=tab]')];
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    next.click();
    next.focus();
  };

  const choose = (name) => {
    if (name === kept('view', 'curves') && view) return;
    // Another view's choices mean nothing here.
    const path = sweepLink(id);
    history.replaceState(null, '', name === 'curves' ? path : `${path}?view=${name}`);
    openView();
  };

  const openView = () => {
    view?.close();
    place.replaceChildren();
    const name = kept('view', 'curves');
    const [, , open] = VIEWS.find(([known]) => known === name) || VIEWS[0];
    tabs();
    view = open(place, sweep);
  };

  const numbered = (event) => {
    if (event.target.closest('input, textarea, select, dialog') || event.ctrlKey || event.metaKey || event.altKey) return;
    const tab = bar.querySelectorAll('[role=tab]')[Number(event.key) - 1];
    if (tab) tab.click();
  };

  const onEvent = (event) => {
    const before = views().length;
    const changed = model.apply(event);
    if (event.caught_up || event.over) connection = event.over ? 'over' : 'live';
    if (views().length !== before) tabs();
    view?.update(changed, event.caught_up);
    const wait = HEAD_PACE - (performance.now() - drawn);
    if (!later) {
      later = setTimeout(() => {
        later = 0;
        drawn = performance.now();
        head();
      }, Math.max(0, wait));
    }
  };

  main.replaceChildren();
  const [top, bar, place] = ['div', 'div', 'div'].map((kind) => main.appendChild(document.createElement(kind)));
  place.id = 'view';
  head();
  addEventListener('keydown', numbered);
  keep('view', kept('view', 'curves'), 'curves');

  const begin = async () => {
    try {
      sweep.space = (await get(`${sweepPath(id)}/space`, ended.signal)).dimensions.map(dimension);
    } catch (refused) {
      if (ended.signal.aborted) return;
      problem = refused.message;
      head();
      if (refused.status === 404) return;
    }
    openView();
    await follow(id, CURVE_POINTS, {
      signal: ended.signal,
      onEvent,
      onState: (state) => {
        connection = state;
        head();
      },
    }).catch((refused) => {
      problem = refused.message;
      head();
    });
  };
  begin();

  return () => {
    ended.abort();
    clearTimeout(later);
    removeEventListener('keydown', numbered);
    view?.close();
  };
}

/** A dimension of GetSpace with plain numbers and choices. */
function dimension(message) {
  const { choices = [], ...rest } = message;
  const one = (c) => c.text ?? c.flag ?? Number(c.real ?? c.integer);
  return { min: 0, max: 0, layer: 0, ...rest, choices: choices.map(one) };
}
