// One trial: its parameters, its curves, its attempts, and what its model does.
import { html, render } from '../lib/lit-html.js';
import { get, isOperator, post, sweepPath } from '../api.js';
import { keep, kept, sweepLink, trialLink } from '../route.js';
import { bytes, clock, number, plain, stateKey, stateText, time, value, words } from '../text.js';
import { colour } from '../theme.js';
import { Plot, plainAxis } from '../charts/plot.js';
import { openLayers } from '../views/layers.js';
import { logOf } from './log.js';
import { reportOf } from './report.js';
import { every } from './refresh.js';

const DONE = ['completed', 'stopped_early', 'diverged', 'failed', 'cancelled', 'infeasible'];

export function openTrial(main, id, trial) {
  let answer = null;
  let status = null;
  let log = [];
  let problem = '';
  let asked = 0;
  const path = `${sweepPath(id)}/trials/${trial}`;
  const plots = [];

  const top = main.appendChild(document.createElement('div'));
  const charts = main.appendChild(document.createElement('div'));
  charts.className = 'grid2';
  const layers = main.appendChild(document.createElement('div'));
  layers.className = 'grid2';
  layers.id = 'layers';
  const batchNorm = openLayers(layers, () => answer?.points || []);
  const rest = main.appendChild(document.createElement('div'));
  rest.id = 'trial';

  const state = () => stateKey(answer?.status?.state);
  const points = () =>
    (answer?.points || []).map((p) => ({
      epoch: p.epoch,
      train_loss: Number(p.train_loss ?? 0),
      dev_loss: Number(p.dev_loss ?? 0),
      dev_error: Number(p.dev_error ?? 0),
      learning_rate: Number(p.learning_rate ?? 0),
    }));

  const draw = () => {
    const s = answer?.status;
    render(
      html`<div class="row title">
          <div class="row">
            <h1><a href=${sweepLink(id)}>${id}</a> trial ${trial}</h1>
            ${s ? html`<span class="state ${state()}">${stateText(s.state)}</span>` : ''}
            ${status && status.best_trial === trial ? html`<span class="small">★ the best so far</span>` : ''}
          </div>
          <div class="row">
            ${trial > 0 ? html`<a class="button small" href=${trialLink(id, trial - 1)}>‹ trial ${trial - 1}</a>` : ''}
            <a class="button small" href=${trialLink(id, trial + 1)}>trial ${trial + 1} ›</a>
            ${isOperator() && state() === 'running' ? html`<button class="small" @click=${() => act('pause')}>Pause</button>` : ''}
            ${isOperator() && state() === 'paused' ? html`<button class="small main" @click=${() => act('resume')}>Resume</button>` : ''}
            ${isOperator() && state() === 'stopped_early' ? html`<button class="small" @click=${() => act('revive')}>Revive</button>` : ''}
          </div>
        </div>
        ${problem ? html`<p class="note" role="alert">${problem}</p>` : ''}
        ${s
          ? html`<section class="panel"><dl class="facts">
              <div><dt>${words(status?.metric || 'objective')}</dt><dd class="number">${number(s.objective)}</dd></div>
              <div><dt>epochs</dt><dd class="number">${s.epochs || 0}${status ? ` of ${status.epochs}` : ''}</dd></div>
              <div><dt>mini-batches</dt><dd class="number">${s.steps || 0}</dd></div>
              <div><dt>trained</dt><dd class="number">${time(Number(s.elapsed_micros || 0) / 1e6)}</dd></div>
              <div><dt>attempt</dt><dd class="number">${s.attempt || 0}</dd></div>
              <div><dt>worker</dt><dd>${s.worker_id || '–'}</dd></div>
              ${s.stage ? html`<div><dt>stage</dt><dd class="number">${s.stage}</dd></div>` : ''}
              <div><dt>seed</dt><dd class="number small">${s.seed || 0}</dd></div>
            </dl>${s.reason ? html`<p class="small quiet">${s.reason}</p>` : ''}</section>`
          : html`<p class="quiet">${problem ? '' : 'Asking the coordinator …'}</p>`}`,
      top,
    );
    if (!s) return;
    charted();
    render(
      html`<div class="grid2">
          <section class="panel"><h2>Parameters</h2><table id="parameters">${(s.parameters || []).map((p) => html`<tr><td>${(status?.sampled_parameters || []).includes(p.name) ? html`<strong>${words(p.name)}</strong>` : html`<span class="quiet">${words(p.name)}</span>`}</td><td class="n number">${value(plain(p.value))}</td></tr>`)}</table>
            <p class="quiet small">Those in bold are sampled.</p></section>
          <section class="panel"><h2>What happened</h2><div class="scroll">${history()}</div></section>
        </div>
        <section class="panel"><h2>Log</h2>${logOf(log)}</section>
        ${answer.report ? reportOf(answer.report, s) : html`<section class="panel"><h2>Predictions</h2><p class="quiet small">${noReport()}</p></section>`}`,
      rest,
    );
  };

  const noReport = () =>
    answer.model_stored
      ? 'Its model is stored, but its worker gave no report of what it does.'
      : DONE.includes(state())
        ? 'Only the best trial hands its model over; this one is not the best.'
        : 'The best trial hands its model over when it has completed.';

  const history = () => {
    const s = answer.status;
    const attempts = (answer.attempts || []).map((a) => ({ ...a, began: Number(a.began_at_millis || 0), ended: Number(a.ended_at_millis || 0) }));
    return html`<table id="attempts">
        <thead><tr><th>attempt</th><th>worker</th><th>from</th><th>took</th><th>became</th></tr></thead>
        <tbody>${attempts.map(
          (a) => html`<tr>
            <td class="n">${a.attempt}</td><td>${a.worker_id}</td><td>${clock(a.began)}</td>
            <td class="number">${a.began ? time(((a.ended || Date.now()) - a.began) / 1000) : '–'}</td>
            <td><span class="state ${a.lost ? 'failed' : stateKey(a.outcome)}">${a.lost ? 'worker lost' : stateText(a.outcome)}</span>${a.reason ? html`<br /><span class="small quiet wrap">${a.reason}</span>` : ''}</td>
          </tr>`,
        )}</tbody>
      </table>
      ${attempts.length ? '' : html`<p class="quiet small">No attempt is known${s.attempt ? ': an earlier version of Caviar did not write them down' : ' yet'}.</p>`}
      ${(s.rungs || []).length
        ? html`<h2>Rungs</h2><table>${s.rungs.map((r) => html`<tr><td>after epoch ${r.epoch}</td><td class="n number">${number(r.objective)}</td><td>${r.went_on ? 'went on' : 'was stopped, or waits'}</td></tr>`)}</table>`
        : ''}
      ${(s.lineage || []).length
        ? html`<h2>Lineage</h2><table>${s.lineage.map((l) => html`<tr><td>from epoch ${l.from_epoch || 0}</td><td><a href=${trialLink(id, l.trial || 0)}>trial ${l.trial || 0}</a></td><td class="small wrap">${(l.parameters || []).filter((p) => (status?.sampled_parameters || []).includes(p.name)).map((p) => `${words(p.name)} ${value(plain(p.value))}`).join(', ')}</td></tr>`)}</table>`
        : ''}
      <h2>Checkpoint</h2>
      <p class="small">${answer.checkpoint
        ? html`Goes on from mini-batch <span class="number">${answer.checkpoint.step}</span>, epoch <span class="number">${answer.checkpoint.epoch || 0}</span>; ${bytes(Number(answer.checkpoint.bytes || 0))} are stored.`
        : html`<span class="quiet">${DONE.includes(state()) ? 'None is kept of a trial that is over.' : 'None is stored yet: it would begin from the start.'}</span>`}
        ${answer.model_stored ? ' Its model is stored.' : ''}</p>`;
  };

  // ---- Curves

  const chart = (title, series, note) => {
    const section = charts.appendChild(document.createElement('section'));
    section.className = 'panel';
    section.appendChild(document.createElement('h2')).textContent = title;
    const place = section.appendChild(document.createElement('div'));
    const legend = section.appendChild(document.createElement('div'));
    legend.className = 'legend';
    const tint = (i) => (i === 0 ? colour('running') : colour('best'));
    let x;
    const redraw = () => {
      const all = points();
      const log = kept('log', '1') === '1';
      const values = series.flatMap((s) => all.map((p) => p[s])).filter((v) => Number.isFinite(v) && (!log || v > 0));
      const pen = plot.pen();
      let [low, high] = d3.extent(values);
      if (low === undefined) return;
      if (low === high) [low, high] = log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
      x = plainAxis('epoch', 1, Math.max(2, all.at(-1).epoch, status?.epochs || 2));
      const y = log ? plainAxis('', low / 1.1, high * 1.1, true) : plainAxis('', low, high);
      plot.axes(pen, x, y, { yName: series.length > 1 ? 'loss' : words(series[0]) });
      plot.clip(pen);
      series.forEach((s, i) => {
        pen.strokeStyle = tint(i);
        pen.lineWidth = 2;
        pen.beginPath();
        let down = false;
        for (const p of all) {
          if (!Number.isFinite(p[s]) || (log && p[s] <= 0)) {
            down = false;
            continue;
          }
          pen[down ? 'lineTo' : 'moveTo'](plot.x(x.position(p.epoch)), plot.y(y.position(p[s])));
          down = true;
        }
        pen.stroke();
      });
      pen.restore();
      render(html`${series.map((s, i) => html`<span><i .style=${`background:${tint(i)}`}></i>${words(s)}</span>`)}<span>${note}</span>`, legend);
    };
    const plot = new Plot(place, { height: 260, label: title, redraw });
    plot.margin = { ...plot.margin, left: 66 };
    place.addEventListener('pointermove', (event) => {
      const all = points();
      if (!x || !all.length) return;
      const epoch = Math.round(x.at(plot.u(event.offsetX)));
      const p = all.find((one) => one.epoch === epoch);
      plot.say(p ? `epoch ${p.epoch}\n${series.map((s) => `${words(s)} ${number(p[s])}`).join('\n')}` : '', event.offsetX, event.offsetY);
    });
    place.addEventListener('pointerleave', () => plot.say(''));
    plots.push({ plot, redraw });
  };

  const charted = () => {
    batchNorm.draw();
    if (charts.childElementCount === 0) {
      chart('Loss', ['train_loss', 'dev_loss'], '');
      chart('Dev error', ['dev_error'], '');
    }
    plots.forEach((p) => p.redraw());
  };

  const act = async (verb) => {
    try {
      await post(`${path}:${verb}`, verb === 'revive' ? { reason: 'from the dashboard' } : {});
      problem = '';
      await load();
    } catch (refused) {
      problem = refused.message;
    }
    draw();
  };

  const load = async (signal) => {
    answer = await get(path, signal);
    log = (await get(`${path}/log`, signal)).lines || [];
    const list = await get('/v1/sweeps', signal);
    status = (list.sweeps || []).find((s) => s.status.sweep_id === id)?.status || null;
    asked++;
  };

  draw();
  keep('log', kept('log', '1'), '1');
  const end = every(
    2_000,
    async (signal) => {
      // What is over does not change, but its model may still come.
      if (asked > 5 && DONE.includes(state()) && (answer.report || asked % 5)) {
        asked++;
        return;
      }
      await load(signal);
      problem = '';
      draw();
    },
    (refused) => {
      problem = refused.message;
      draw();
    },
  );
  return () => {
    end();
    plots.forEach((p) => p.plot.close());
    batchNorm.close();
  };
}
