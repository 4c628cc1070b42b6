// Several sweeps side by side: how their best came about, and what it is.
import { html, render } from '../lib/lit-html.js';
import { get, sweepPath } from '../api.js';
import { keep, kept, sweepLink, trialLink } from '../route.js';
import { number, plain, stateKey, stateText, time, value, words } from '../text.js';
import { colour } from '../theme.js';
import { Plot, plainAxis } from '../charts/plot.js';

const MOST = 6;

export function openCompare(main) {
  let list = [];
  let sweeps = [];
  let problem = '';
  let plot;
  const ids = () => kept('ids').split(',').filter(Boolean).map(decodeURIComponent);

  const load = async () => {
    problem = '';
    try {
      sweeps = await Promise.all(ids().slice(0, MOST).map((id) => get(sweepPath(id))));
    } catch (failure) {
      problem = failure.message;
    }
    draw();
  };

  const toggle = (id) => {
    const now = ids();
    const next = now.includes(id) ? now.filter((x) => x !== id) : [...now, id].slice(-MOST);
    keep('ids', next.map(encodeURIComponent).join(','));
    load();
  };

  const draw = () => {
    render(
      html`<div class="row title"><h1>Compare sweeps</h1></div>
        ${problem ? html`<p class="note" role="alert">${problem}</p>` : ''}
        <section class="panel">
          <h2>Sweeps <span class="quiet small">up to ${MOST}</span></h2>
          <div class="row">
            ${list.slice(0, 40).map(({ status }) => {
              const on = ids().includes(status.sweep_id);
              return html`<button class="chip" aria-pressed=${on} @click=${() => toggle(status.sweep_id)}>${status.sweep_id}</button>`;
            })}
            ${list.length === 0 ? html`<span class="quiet">There is none yet.</span>` : ''}
          </div>
        </section>
        <section class="panel" ?hidden=${sweeps.length === 0}>
          <h2>Best so far, by completed trials</h2>
          <div id="compare-plot"></div>
          <div class="legend">${sweeps.map((s, i) => html`<span><i .style=${`background:${tint(i)}`}></i>${s.summary.status.sweep_id}</span>`)}</div>
          ${metrics().length > 1 ? html`<p class="quiet small">They have different objectives: ${metrics().map(words).join(', ')}. Their lines cannot be compared.</p>` : ''}
        </section>
        ${sweeps.length ? html`<section class="panel scroll">${table()}</section>` : ''}`,
      main,
    );
    if (sweeps.length && !plot) {
      plot = new Plot(main.querySelector('#compare-plot'), { height: 300, label: 'Best objective of each sweep by its completed trials', redraw: lines });
    }
    if (plot) lines();
  };

  const metrics = () => [...new Set(sweeps.map((s) => s.summary.status.metric))];
  const tint = (i) => d3.schemeTableau10[i % 10];

  const table = () => {
    const bests = sweeps.map((s) => (s.trials || []).find((t) => (t.trial || 0) === s.summary.status.best_trial));
    const names = [...new Set(bests.flatMap((b) => (b?.parameters || []).map((p) => p.name)))];
    const row = (name, cell) => html`<tr><th scope="row">${name}</th>${sweeps.map((s, i) => html`<td class="number">${cell(s, i)}</td>`)}</tr>`;
    const training = (s) => (s.trials || []).reduce((sum, t) => sum + Number(t.elapsed_micros || 0), 0) / 1e6;
    return html`<table id="compare-table">
      <thead><tr><th></th>${sweeps.map((s) => html`<th><a href=${sweepLink(s.summary.status.sweep_id)}>${s.summary.status.sweep_id}</a></th>`)}</tr></thead>
      <tbody>
        ${row('state', (s) => html`<span class="state ${stateKey(s.summary.status.state)}">${stateText(s.summary.status.state)}</span>`)}
        ${row('objective', (s) => `${s.summary.status.minimize ? 'least' : 'greatest'} ${words(s.summary.status.metric)}`)}
        ${row('best', (s) => ('best_objective' in s.summary ? number(s.summary.best_objective) : '–'))}
        ${row('test error', (s) => (s.summary.status.best_test ? number(s.summary.status.best_test.error) : '–'))}
        ${row('best trial', (s, i) => (bests[i] ? html`<a href=${trialLink(s.summary.status.sweep_id, bests[i].trial || 0)}>${bests[i].trial || 0}</a>` : '–'))}
        ${row('its epochs', (s, i) => bests[i]?.epochs ?? '–')}
        ${row('its time', (s, i) => (bests[i] ? time(Number(bests[i].elapsed_micros || 0) / 1e6) : '–'))}
        ${row('trials', (s) => `${(s.trials || []).length}/${s.summary.status.trials}`)}
        ${row('training', (s) => time(training(s)))}
        ${row('took', (s) => (Number(s.summary.ended_at_millis) ? time((Number(s.summary.ended_at_millis) - Number(s.summary.submitted_at_millis)) / 1000) : '–'))}
        ${names.map((name) => row(name, (s, i) => value(plain(bests[i]?.parameters.find((p) => p.name === name)?.value))))}
      </tbody>
    </table>`;
  };

  const lines = () => {
    const curves = sweeps.map((s) => {
      const sign = s.summary.status.minimize ? 1 : -1;
      let best = Infinity;
      return (s.trials || [])
        .filter((t) => stateKey(t.state) === 'completed' && Number.isFinite(t.objective))
        .map((t) => sign * (best = Math.min(best, sign * t.objective)));
    });
    const all = curves.flat();
    const pen = plot.pen();
    if (!all.length) return;
    let [low, high] = d3.extent(all);
    const log = low > 0 && high / low > 20;
    if (low === high) [low, high] = log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
    const x = plainAxis('completed trials', 1, Math.max(2, ...curves.map((c) => c.length)));
    const y = plainAxis(metrics().length === 1 ? words(metrics()[0]) : 'objective', low, high, log);
    plot.axes(pen, x, y);
    curves.forEach((curve, i) => {
      pen.strokeStyle = tint(i) || colour('text');
      pen.lineWidth = 2;
      pen.beginPath();
      curve.forEach((best, k) => {
        const px = plot.x(x.position(k + 1));
        if (k > 0) pen.lineTo(px, plot.y(y.position(curve[k - 1])));
        pen[k ? 'lineTo' : 'moveTo'](px, plot.y(y.position(best)));
      });
      pen.stroke();
    });
  };

  draw();
  get('/v1/sweeps').then((all) => {
    list = all.sweeps || [];
    draw();
  }, (failure) => {
    problem = failure.message;
    draw();
  });
  if (ids().length) load();
  return () => plot?.close();
}
