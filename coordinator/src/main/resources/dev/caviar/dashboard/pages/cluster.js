// Workers and the coordinator itself.
import { html, render } from '../lib/lit-html.js';
import { get } from '../api.js';
import { trialLink } from '../route.js';
import { age, bytes, number, time } from '../text.js';
import { every } from './refresh.js';

export function openCluster(main) {
  let workers = null;
  let coordinator = null;
  let health = null;
  let problem = '';

  const draw = () => {
    const slots = (workers || []).reduce((sum, w) => sum + (w.registration.slots || 0), 0);
    const busy = (workers || []).reduce((sum, w) => sum + (w.busy_slots || 0), 0);
    render(
      html`<div class="row title"><h1>Cluster</h1><span class="quiet">${workers ? `${workers.length} workers, ${busy} of ${slots} slots busy` : ''}</span></div>
        ${problem ? html`<p class="note" role="alert">${problem}</p>` : ''}
        <section class="panel" id="coordinator"><h2>Coordinator</h2>${coordinator ? ofCoordinator() : html`<p class="quiet">Asking …</p>`}</section>
        <section class="panel scroll">
          <h2>Workers</h2>
          ${workers?.length === 0
            ? html`<p class="quiet">No worker has dialled in. Start one with <code>caviar worker --coordinator HOST:PORT</code>.</p>`
            : ''}
          ${workers?.length ? ofWorkers() : ''}
        </section>`,
      main,
    );
  };

  const fact = (name, what) => html`<div><dt>${name}</dt><dd class="number">${what}</dd></div>`;

  const ofCoordinator = () => {
    const c = coordinator;
    const j = c.journal || {};
    const now = Number(c.now_millis);
    return html`<dl class="facts">
      ${fact('state', health?.role === 'active' ? html`<span class="state completed">active</span>` : html`<span class="state">${health?.role ?? '–'}</span>`)}
      ${fact('version', c.version)} ${fact('Java', c.java_version)}
      ${fact('up', time((now - Number(c.started_at_millis)) / 1000))}
      ${fact('heap', `${bytes(Number(c.heap_used_bytes || 0))} of ${bytes(Number(c.heap_max_bytes || 0))}`)}
      ${fact('load', `${c.load_average < 0 ? '–' : number(c.load_average)} on ${c.processors} processors`)}
      ${fact('journal lag, last', millis(j.last_micros))}
      ${fact('longest, last minute', millis(j.longest_micros))}
      ${fact('mean', millis(j.mean_micros))}
      ${fact('waiting now', Number(j.waiting_micros || 0) ? millis(j.waiting_micros) : 'nothing')}
      ${fact('events journalled', `${j.events || 0} in ${j.batches || 0} batches`)}
      ${fact('curve points stored', c.curve_points || 0)}
      ${fact('late reports dropped', c.stale_reports || 0)}
    </dl>`;
  };

  const millis = (micros) => `${number(Number(micros || 0) / 1000)} ms`;

  const ofWorkers = () => html`<table id="workers">
    <thead><tr><th>worker</th><th>state</th><th>slots</th><th class="n">cores</th><th>heard</th><th>kernel</th><th>GPU</th><th>version</th><th>trials</th></tr></thead>
    <tbody>
      ${workers.map((w) => {
        const r = w.registration;
        const silent = Date.now() - Number(w.last_heard_at_millis) > 15_000;
        const state = w.draining ? 'draining' : silent ? 'silent' : w.busy_slots ? 'busy' : 'idle';
        return html`<tr>
          <td>${r.worker_id}</td>
          <td><span class="state ${{ busy: 'running', idle: 'completed', silent: 'lost', draining: 'lost' }[state]}">${state}</span></td>
          <td><span class="row"><span class="meter"><i class="running" .style=${`width:${(100 * (w.busy_slots || 0)) / (r.slots || 1)}%`}></i></span><span class="number">${w.busy_slots || 0}/${r.slots || 0}</span></span></td>
          <td class="n">${r.cores || '–'}</td>
          <td>${age(Number(w.last_heard_at_millis))}</td>
          <td class="small wrap">${r.backend || '–'}</td>
          <td class="small">${r.gpu || 'none'}</td>
          <td class="small">${r.caviar_version || '–'}${r.java_version ? `, Java ${r.java_version}` : ''}</td>
          <td class="wrap small">${(w.leases || []).map((l) => html`<a href=${trialLink(l.sweep_id, l.trial || 0)}>${l.sweep_id} ${l.trial || 0}</a> `)}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;

  draw();
  return every(
    2_000,
    async (signal) => {
      [workers, coordinator, health] = await Promise.all([
        get('/v1/workers', signal).then((answer) => answer.workers || []),
        get('/v1/coordinator', signal),
        get('/health', signal),
      ]);
      problem = '';
      draw();
    },
    (failure) => {
      problem = failure.message;
      draw();
    },
  );
}
