// One panda: its curve with what was done to it, its alerts, its ledger, and what it can go back to.
import { html, render } from '../lib/lit-html.js';
import { get, isOperator, post } from '../api.js';
import { keep, kept } from '../route.js';
import { age, bytes, clock, number, plain, value, words } from '../text.js';
import { colour } from '../theme.js';
import { Plot, plainAxis } from '../charts/plot.js';
import { openLayers } from '../views/layers.js';
import { logOf } from './log.js';
import { every } from './refresh.js';

const MOST_POINTS = 600;
const TUNED = ['learning_rate', 'momentum', 'beta1', 'beta2', 'l2', 'dropout', 'batch_size'];

export const phaseText = (phase) => String(phase || '').replace('PANDA_', '').toLowerCase().replace('_', ' ');
/** In the words that states of trials are coloured by. */
export const phaseKey = (phase) =>
  ({ PANDA_TRAINING: 'running', PANDA_WAITING: 'queued', PANDA_PAUSED: 'paused', PANDA_DIVERGED: 'diverged', PANDA_FAILED: 'failed', PANDA_WORKER_LOST: 'lost', PANDA_ENDED: 'completed' })[phase] || '';

export function openPanda(main, id) {
  const path = `/v1/pandas/${encodeURIComponent(id)}`;
  let state = null;
  let stretches = [];
  let log = [];
  let problem = '';
  let busy = false;

  const [top, chart, layers, rest] = ['div', 'section', 'div', 'div'].map((kind) => main.appendChild(document.createElement(kind)));
  chart.className = 'panel';
  layers.className = 'grid2';
  layers.id = 'layers';
  const place = chart.appendChild(document.createElement('div'));
  place.id = 'panda-curve';
  const legend = chart.appendChild(document.createElement('div'));
  legend.className = 'legend';
  const points = () => stretches.flatMap((s) => s.points || []);
  const batchNorm = openLayers(layers, points);

  const act = async (verb, body = {}) => {
    busy = true;
    draw();
    try {
      const answer = await post(`${path}:${verb}`, { who: localStorage.getItem('caviar-owner') || 'dashboard', ...body });
      problem = answer.intervention?.refused ? `The worker did not make it: ${answer.intervention.refused}` : '';
      await load();
    } catch (refused) {
      problem = refused.message;
    }
    busy = false;
    draw();
  };

  const tune = (event) => {
    event.preventDefault();
    const { name, to, why } = Object.fromEntries(new FormData(event.target));
    const now = state.parameters.find((p) => p.name === name)?.value || { real: 0 };
    const kind = 'integer' in now ? { integer: String(Math.round(Number(to))) } : { real: Number(to) };
    act('tune', { parameters: [{ name, value: kind }], why });
  };

  const checkpoint = (event) => {
    event.preventDefault();
    const form = event.target;
    act('checkpoint', { name: new FormData(form).get('name').trim() });
    form.reset();
  };

  const back = (to) => {
    const why = prompt('Why go back?', '');
    if (why !== null) act('rollback', { ...to, why });
  };

  const draw = () => {
    const s = state;
    render(
      html`<div class="row title">
          <div class="row"><h1>${id}</h1>${s ? html`<span class="state ${phaseKey(s.phase)}">${phaseText(s.phase)}</span>` : ''}</div>
          ${s && isOperator() ? html`<div class="row" id="panda-actions">${actions(s)}</div>` : ''}
        </div>
        ${problem ? html`<p class="note" role="alert">${problem}</p>` : ''}
        ${s
          ? html`<section class="panel"><dl class="facts">
              <div><dt>epoch</dt><dd class="number">${s.epoch || 0}</dd></div>
              <div><dt>best ${words(s.metric || '')}</dt><dd class="number">${number(s.best)}</dd></div>
              <div><dt>dev error</dt><dd class="number">${number(s.last ? Number(s.last.dev_error ?? 0) : null)}</dd></div>
              <div><dt>branch</dt><dd class="number">${s.branch || 0} of ${(s.branches || []).length}</dd></div>
              <div><dt>worker</dt><dd>${s.worker_id || '–'}</dd></div>
              <div><dt>age</dt><dd>${age(Number(s.started_at_millis))}</dd></div>
            </dl>${s.reason ? html`<p class="quiet small">${s.reason}</p>` : ''}</section>
            ${(s.alerts || []).map((a) => html`<p class="note"><strong>${a.message}</strong> ${a.advice} <span class="quiet small">since epoch ${a.epoch || 0}</span></p>`)}`
          : html`<p class="quiet">${problem ? '' : 'Asking the coordinator …'}</p>`}`,
      top,
    );
    if (!s) return;
    curve();
    batchNorm.draw();
    render(
      html`<div class="grid2">
          <section class="panel"><h2>Parameters</h2>
            ${isOperator()
              ? html`<form class="row controls" @submit=${tune}>
                  <select name="name" aria-label="Parameter">${s.parameters.filter((p) => TUNED.includes(p.name)).map((p) => html`<option>${p.name}</option>`)}</select>
                  <input name="to" id="tune-to" size="8" required inputmode="decimal" placeholder="to" aria-label="New value" />
                  <input name="why" size="14" placeholder="why" aria-label="Why" />
                  <button ?disabled=${busy} id="tune">Tune</button>
                </form>`
              : ''}
            <table>${(s.parameters || []).map((p) => html`<tr><td>${words(p.name)}</td><td class="n number">${value(plain(p.value))}</td></tr>`)}</table>
          </section>
          <section class="panel scroll"><h2>Checkpoints</h2>
            <table id="checkpoints"><thead><tr><th class="n">no.</th><th>branch</th><th class="n">epoch</th><th class="n">${words(s.metric || '')}</th><th>kept because</th><th></th></tr></thead>
              <tbody>${[...(s.checkpoints || [])].reverse().map((c) => html`<tr class=${c.number === s.best_checkpoint ? 'best' : ''}>
                <td class="n">${c.number}</td><td>${c.branch || 0}</td><td class="n">${c.epoch || 0}</td><td class="n number">${number(c.value)}</td>
                <td class="small wrap">${[c.name, ...(c.kept_because || [])].filter(Boolean).join(', ')} <span class="quiet">${bytes(Number(c.blob?.size || 0))}</span></td>
                <td>${isOperator() ? html`<button class="small" @click=${() => back({ checkpoint: c.number })}>Go back</button>` : ''}</td>
              </tr>`)}</tbody></table>
          </section>
        </div>
        <section class="panel scroll"><h2>Ledger</h2>
          <table id="ledger"><thead><tr><th class="n">no.</th><th>what</th><th>when</th><th class="n">epoch</th><th>change</th><th>who</th><th>why</th><th class="n">before</th><th class="n">after</th></tr></thead>
            <tbody>${[...(s.ledger || [])].reverse().map(entry)}</tbody></table>
        </section>
        <section class="panel"><h2>Log of branch ${s.branch || 0}</h2>${logOf(log)}</section>`,
      rest,
    );
  };

  const entry = (e) => html`<tr>
    <td class="n">${e.number}</td>
    <td>${e.kind.replace('INTERVENTION_', '').toLowerCase()}</td>
    <td class="number">${clock(Number(e.at_millis))}</td>
    <td class="n">${e.epoch ?? '–'}</td>
    <td class="small wrap">${(e.after || []).map((p) => html`${words(p.name)} ${value(plain((e.before || []).find((b) => b.name === p.name)?.value))} → <strong>${value(plain(p.value))}</strong> `)}${e.checkpoint ? `to checkpoint ${e.checkpoint}` : ''}${e.refused ? html`<span class="bad">${e.refused}</span>` : ''}</td>
    <td>${e.who || ''}</td><td class="small wrap">${e.why || ''}</td>
    <td class="n number">${e.point_before ? number(Number(e.point_before.dev_error ?? 0)) : ''}</td>
    <td class="n number">${e.point_after ? number(Number(e.point_after.dev_error ?? 0)) : ''}</td>
  </tr>`;

  const actions = (s) => {
    const open = ['PANDA_TRAINING', 'PANDA_WAITING', 'PANDA_WORKER_LOST'].includes(s.phase);
    const button = (text, verb, body) => html`<button class="small" ?disabled=${busy} @click=${() => act(verb, body)}>${text}</button>`;
    return html`${open ? button('Pause', 'pause') : ''}
      ${s.phase === 'PANDA_PAUSED' || s.phase === 'PANDA_ENDED' ? button('Resume', 'resume') : ''}
      ${open
        ? html`<form class="row" id="checkpoint-form" @submit=${checkpoint}>
            <input name="name" size="10" placeholder="name, if any" aria-label="Name of the checkpoint" />
            <button class="small" ?disabled=${busy}>Checkpoint</button>
          </form>`
        : ''} ${open ? button('Recalibrate', 'recalibrate') : ''}
      ${s.best_checkpoint ? html`<button class="small" ?disabled=${busy} @click=${() => back({ best: true })}>Go back to the best</button>` : ''}
      ${open || s.phase === 'PANDA_PAUSED' ? button('End', 'end') : ''}`;
  };

  const curve = () => {
    const all = points().map((p) => ({ epoch: p.epoch, train_loss: Number(p.train_loss ?? 0), dev_loss: Number(p.dev_loss ?? 0), dev_error: Number(p.dev_error ?? 0) }));
    const log = kept('log', '1') === '1';
    const series = ['train_loss', 'dev_loss', 'dev_error'];
    const tint = { train_loss: colour('running'), dev_loss: colour('best'), dev_error: colour('done') };
    const values = all.flatMap((p) => series.map((name) => p[name])).filter((v) => Number.isFinite(v) && (!log || v > 0));
    const pen = plot.pen();
    let [low, high] = d3.extent(values);
    if (low === undefined) return;
    if (low === high) [low, high] = [low / 2, high * 2];
    const x = plainAxis('epoch', 1, Math.max(2, all.at(-1).epoch));
    const y = log ? plainAxis('', low / 1.1, high * 1.1, true) : plainAxis('', low, high);
    plot.axes(pen, x, y);
    plot.clip(pen);
    for (const name of series) {
      pen.strokeStyle = tint[name];
      pen.lineWidth = 1.8;
      pen.beginPath();
      let down = false;
      for (const p of all) {
        if (!Number.isFinite(p[name]) || (log && p[name] <= 0)) continue;
        pen[down ? 'lineTo' : 'moveTo'](plot.x(x.position(p.epoch)), plot.y(y.position(p[name])));
        down = true;
      }
      pen.stroke();
    }
    // What was done on the way to here.
    pen.setLineDash([3, 3]);
    pen.strokeStyle = colour('quiet');
    pen.fillStyle = colour('quiet');
    pen.textAlign = 'left';
    pen.textBaseline = 'top';
    const marks = (state.ledger || []).filter((one) => one.epoch !== undefined && one.branch === state.branch);
    place.dataset.marks = marks.map((e) => e.number).join(' ');
    for (const e of marks) {
      const px = plot.x(x.position(Math.max(1, e.epoch)));
      pen.beginPath();
      pen.moveTo(px, plot.top);
      pen.lineTo(px, plot.bottom);
      pen.stroke();
      pen.fillText(String(e.number), px + 3, plot.top + 2);
    }
    pen.setLineDash([]);
    pen.restore();
    render(html`${series.map((name) => html`<span><i .style=${`background:${tint[name]}`}></i>${words(name)}</span>`)}<span>Dashes: entries of the ledger.</span>
      <label class="inline"><input type="checkbox" .checked=${log} @change=${(e) => { keep('log', e.target.checked ? '1' : '0', '1'); curve(); }} />log axis</label>`, legend);
  };

  const plot = new Plot(place, { height: 320, label: 'Losses and dev error over epochs', redraw: () => state && curve() });
  const load = async (signal) => {
    const now = await get(path, signal);
    const way = await get(`${path}/curve?branch=${now.branch || 0}&most=${MOST_POINTS}`, signal);
    log = (await get(`${path}/branches/${now.branch || 0}/log`, signal)).lines || [];
    state = now;
    stretches = way.stretches || [];
  };
  draw();
  const end = every(
    1_500,
    async (signal) => {
      await load(signal);
      if (!busy) draw();
    },
    (refused) => {
      problem = refused.message;
      draw();
    },
  );
  return () => {
    end();
    plot.close();
    batchNorm.close();
  };
}
