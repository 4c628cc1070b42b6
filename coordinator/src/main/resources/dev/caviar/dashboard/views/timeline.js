// Who ran which trial, when: a lane for each slot of each worker. What ended with a lost worker, and
// what was tried again, stands out.
import { html, render } from '../lib/lit-html.js';
import { get, sweepPath } from '../api.js';
import { go } from '../route.js';
import { stateKey, stateText, time } from '../text.js';
import { colour, stateColour } from '../theme.js';
import { Plot } from '../charts/plot.js';
import { every } from '../pages/refresh.js';

const LANE = 18;

export function openTimeline(host, sweep) {
  let attempts = [];
  let now = 0;
  let lanes = [];
  let from = 0;
  let until = 1;
  let plot = null;
  let problem = '';

  const section = host.appendChild(document.createElement('section'));
  section.className = 'panel';
  const head = section.appendChild(document.createElement('div'));
  const place = section.appendChild(document.createElement('div'));
  place.id = 'timeline';
  const foot = section.appendChild(document.createElement('div'));

  /** Lays attempts of a worker side by side where they overlap. */
  const layOut = () => {
    const byWorker = d3.group(attempts.filter((a) => a.began), (a) => a.worker_id);
    lanes = [];
    for (const [worker, all] of [...byWorker].sort((a, b) => d3.ascending(a[0], b[0]))) {
      const free = [];
      for (const attempt of all.sort((a, b) => a.began - b.began)) {
        let lane = free.findIndex((end) => end <= attempt.began);
        if (lane < 0) lane = free.push(0) - 1;
        free[lane] = attempt.ended || Infinity;
        attempt.lane = lanes.length + lane;
      }
      free.forEach((_, i) => lanes.push({ worker, first: i === 0 }));
    }
    from = d3.min(attempts, (a) => a.began || Infinity) ?? 0;
    until = d3.max(attempts, (a) => a.ended || (a.outcome === 'running' ? now : a.began)) ?? 1;
    if (!(until > from)) until = from + 1000;
  };

  const colourOf = (a) => (a.lost ? colour('bad') : stateColour(a.outcome));

  const draw = () => {
    if (!plot || !lanes.length) return;
    const pen = plot.pen();
    const px = (t) => plot.x((t - from) / (until - from));
    pen.strokeStyle = colour('grid');
    pen.fillStyle = colour('quiet');
    pen.textAlign = 'center';
    pen.textBaseline = 'top';
    for (const t of d3.ticks(0, (until - from) / 1000, Math.max(2, plot.width / 130))) {
      const at = Math.round(px(from + t * 1000)) + 0.5;
      pen.beginPath();
      pen.moveTo(at, plot.top);
      pen.lineTo(at, plot.bottom);
      pen.stroke();
      pen.fillText(time(t).replace('.0s', 's'), at, plot.bottom + 6);
    }
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    lanes.forEach(({ worker, first }, i) => {
      if (!first) return;
      const at = plot.top + i * LANE;
      pen.fillStyle = colour('text');
      pen.fillText(worker.length > 19 ? `${worker.slice(0, 18)}…` : worker, plot.left - 8, at + LANE / 2);
      pen.strokeStyle = colour('line');
      pen.beginPath();
      pen.moveTo(plot.left, at + 0.5);
      pen.lineTo(plot.right, at + 0.5);
      pen.stroke();
    });
    plot.clip(pen);
    pen.textAlign = 'center';
    for (const a of attempts) {
      if (!a.began) continue;
      const [left, width, at] = box(a);
      pen.fillStyle = colourOf(a);
      pen.globalAlpha = a.outcome === 'running' ? 0.55 : 0.85;
      pen.fillRect(left, at, width, LANE - 4);
      pen.globalAlpha = 1;
      if (a.attempt > 1) {
        // Tried again: a white notch at its beginning.
        pen.fillStyle = colour('text');
        pen.fillRect(left, at, 2.5, LANE - 4);
      }
      if (a.lost) {
        pen.strokeStyle = colour('bad');
        pen.lineWidth = 2;
        pen.beginPath();
        pen.moveTo(left + width - 5, at - 1);
        pen.lineTo(left + width + 3, at + LANE - 3);
        pen.moveTo(left + width + 3, at - 1);
        pen.lineTo(left + width - 5, at + LANE - 3);
        pen.stroke();
      }
      if (width > 24) {
        pen.fillStyle = colour('panel');
        pen.fillText(String(a.trial), left + width / 2, at + LANE / 2 - 1.5);
      }
    }
    pen.restore();
  };

  const box = (a) => {
    const px = (t) => plot.x((t - from) / (until - from));
    const left = px(a.began);
    return [left, Math.max(1.5, px(a.ended || (a.outcome === 'running' ? now : a.began)) - left - 1), plot.top + a.lane * LANE + 2];
  };

  const at = (event) =>
    attempts.find((a) => {
      if (!a.began) return false;
      const [left, width, top] = box(a);
      return event.offsetX >= left - 1 && event.offsetX <= left + width + 1 && event.offsetY >= top && event.offsetY <= top + LANE - 4;
    });

  const text = () => {
    const lost = attempts.filter((a) => a.lost).length;
    const again = attempts.filter((a) => a.attempt > 1).length;
    const unknown = attempts.filter((a) => !a.began).length;
    render(
      html`${problem ? html`<p class="note" role="alert">${problem}</p>` : ''}
        <p class="small"><strong>${attempts.length}</strong> attempts on <strong>${new Set(attempts.map((a) => a.worker_id)).size}</strong> workers,
          <strong>${lost}</strong> ended with a lost worker, <strong>${again}</strong> were tried again.
          ${unknown ? `Of ${unknown} the time is not known: an earlier version of Caviar did not write it down.` : ''}</p>`,
      head,
    );
    render(
      html`<div class="legend">
        ${['running', 'completed', 'stopped_early', 'diverged', 'paused', 'cancelled'].map((s) => html`<span><i .style=${`background:${stateColour(s)};height:10px`}></i>${{ paused: 'handed back or held', diverged: 'diverged, failed' }[s] || stateText(s)}</span>`)}
        <span><i .style=${'background:var(--bad);height:10px'}></i>✕ worker lost</span><span><i .style=${'background:var(--text);width:3px;height:10px'}></i>tried again</span>
      </div>
      ${attempts.some((a) => a.lost || a.attempt > 1)
        ? html`<div class="scroll"><table id="retries"><thead><tr><th>trial</th><th>attempt</th><th>worker</th><th>took</th><th>became</th><th>why</th></tr></thead>
            <tbody>${attempts.filter((a) => a.lost || a.attempt > 1).slice(-50).reverse().map((a) => html`<tr>
              <td><a href=${sweep.link(a.trial)}>${a.trial}</a></td><td>${a.attempt}</td><td>${a.worker_id}</td>
              <td class="number">${a.began && a.ended ? time((a.ended - a.began) / 1000) : '–'}</td>
              <td><span class="state ${a.lost ? 'failed' : a.outcome}">${a.lost ? 'worker lost' : stateText(a.outcome)}</span></td><td class="wrap small">${a.reason || ''}</td>
            </tr>`)}</tbody></table></div>`
        : ''}`,
      foot,
    );
  };

  place.addEventListener('pointermove', (event) => {
    const a = plot && at(event);
    place.style.cursor = a ? 'pointer' : '';
    plot?.say(
      a
        ? `trial ${a.trial}, attempt ${a.attempt}: ${a.lost ? 'worker lost' : stateText(a.outcome)}\n${a.worker_id}, ${time(((a.ended || now) - a.began) / 1000)}${a.reason ? `\n${a.reason}` : ''}`
        : '',
      event.offsetX,
      event.offsetY,
    );
  });
  place.addEventListener('pointerleave', () => plot?.say(''));
  place.addEventListener('click', (event) => {
    const a = plot && at(event);
    if (a) go(sweep.link(a.trial).slice(1));
  });

  text();
  const end = every(
    2_000,
    async (signal) => {
      const answer = await get(`${sweepPath(sweep.id)}/attempts`, signal);
      now = Number(answer.now_millis);
      attempts = (answer.attempts || []).map((a) => ({
        trial: 0,
        ...a,
        began: Number(a.began_at_millis || 0),
        ended: Number(a.ended_at_millis || 0),
        outcome: stateKey(a.outcome),
      }));
      problem = '';
      layOut();
      const height = Math.max(90, lanes.length * LANE + 42);
      if (!plot || plot.height !== height) {
        plot?.close();
        plot = new Plot(place, { height, label: 'Attempts at trials on workers over time', redraw: draw });
        plot.margin = { left: Math.min(150, place.clientWidth * 0.3), right: 14, top: 6, bottom: 30 };
      }
      text();
      draw();
    },
    (refused) => {
      problem = refused.message;
      text();
    },
  );
  return {
    update() {},
    close() {
      end();
      plot?.close();
    },
  };
}
