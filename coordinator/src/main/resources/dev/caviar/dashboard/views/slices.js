// The objective over each dimension alone: a dot for each trial, and the mean to be expected there.
import { html, render } from '../lib/lit-html.js';
import { get, sweepPath } from '../api.js';
import { go, keep, kept } from '../route.js';
import { isOver, valueOf } from '../sweep-model.js';
import { number, plain, value, words } from '../text.js';
import { colour } from '../theme.js';
import { axisOf, objectiveAxis } from '../charts/scale.js';
import { Plot, dot } from '../charts/plot.js';

const PACE = 3_000;

export function openSlices(host, sweep) {
  const { model } = sweep;
  const ended = new AbortController();
  let log = kept('log', '1') === '1';
  const only = kept('only');
  const plots = [];
  let timer = 0;
  let note = '';

  const section = host.appendChild(document.createElement('section'));
  section.className = 'panel';
  const head = section.appendChild(document.createElement('div'));
  const grid = section.appendChild(document.createElement('div'));
  grid.className = 'grid3';
  grid.id = 'slices';

  const controls = () =>
    render(
      html`<div class="row controls">
        <label class="inline"><input type="checkbox" .checked=${log} @change=${(e) => { log = e.target.checked; keep('log', log ? '1' : '0', '1'); plots.forEach((p) => p.draw()); }} />log objective</label>
        ${only ? html`<button class="chip" @click=${() => { keep('only', ''); sweep.reopen(); }}>All dimensions</button>` : ''}
        <span class="quiet small">Line: what is to be expected with all else averaged out, by the forest of fANOVA, and how far its trees agree.${note ? ` ${note}` : ''}</span>
      </div>`,
      head,
    );

  const slice = (dimension) => {
    const place = grid.appendChild(document.createElement('div'));
    let marginal = null;
    let shown = [];
    let x;
    let y;
    const draw = () => {
      const trials = model.known().filter((t) => isOver(t) && Number.isFinite(t.objective));
      shown = trials.filter((t) => valueOf(t, dimension) !== undefined && (!log || t.objective > 0));
      x = axisOf(dimension, trials.map((t) => valueOf(t, dimension)));
      x.name = `${words(dimension.name)}${{ log: ' (log)', one_minus_log: ' (log of 1 − β)' }[x.scale] || ''}`;
      y = objectiveAxis(words(model.status?.metric || ''), trials.map((t) => t.objective), log);
      const pen = plot.pen();
      plot.axes(pen, x, y);
      plot.clip(pen);
      shown.forEach((t) => {
        pen.fillStyle = t.state === 'completed' ? colour('running') : colour('early');
        pen.globalAlpha = t.state === 'completed' ? 0.55 : 0.3;
        dot(pen, plot.x(x.position(valueOf(t, dimension))), plot.y(y.position(t.objective)), 3);
      });
      pen.globalAlpha = 1;
      if (marginal) mean(pen);
      pen.restore();
    };
    const mean = (pen) => {
      const at = marginal.map((m) => ({ px: plot.x(x.position(m.value)), ...m }));
      const py = (v) => plot.y(y.position(log ? Math.max(v, y.min / 2) : v));
      pen.strokeStyle = colour('best');
      pen.fillStyle = colour('best');
      if (x.scale === 'choices') {
        pen.lineWidth = 3;
        at.forEach((m) => {
          pen.beginPath();
          pen.moveTo(m.px - 14, py(m.mean));
          pen.lineTo(m.px + 14, py(m.mean));
          pen.stroke();
        });
        return;
      }
      pen.globalAlpha = 0.16;
      pen.beginPath();
      at.forEach((m, i) => pen[i ? 'lineTo' : 'moveTo'](m.px, py(m.mean + m.deviation)));
      [...at].reverse().forEach((m) => pen.lineTo(m.px, py(m.mean - m.deviation)));
      pen.fill();
      pen.globalAlpha = 1;
      pen.lineWidth = 2;
      pen.beginPath();
      at.forEach((m, i) => pen[i ? 'lineTo' : 'moveTo'](m.px, py(m.mean)));
      pen.stroke();
    };
    const nearest = (event) => {
      let found = null;
      let least = 12;
      shown.forEach((t) => {
        const away = Math.hypot(plot.x(x.position(valueOf(t, dimension))) - event.offsetX, plot.y(y.position(t.objective)) - event.offsetY);
        if (away < least) [least, found] = [away, t];
      });
      return found;
    };
    const plot = new Plot(place, { height: only ? 420 : 230, label: `Objective over ${words(dimension.name)}`, redraw: draw });
    place.dataset.dimension = dimension.name;
    place.addEventListener('pointermove', (event) => {
      const t = nearest(event);
      place.style.cursor = t ? 'pointer' : '';
      plot.say(t ? `trial ${t.trial}: ${number(t.objective)}\n${words(dimension.name)} ${value(valueOf(t, dimension))}` : '', event.offsetX, event.offsetY);
    });
    place.addEventListener('pointerleave', () => plot.say(''));
    place.addEventListener('click', (event) => {
      const t = nearest(event);
      if (t) go(sweep.link(t.trial).slice(1));
    });
    const load = async () => {
      const answer = await get(`${sweepPath(sweep.id)}/marginal?dimension=${encodeURIComponent(dimension.name)}`, ended.signal);
      note = answer.not_yet || '';
      marginal = answer.not_yet
        ? null
        : answer.values.map((v, i) => ({ value: plain(v), mean: answer.means[i], deviation: answer.deviations[i] }));
      draw();
    };
    return { draw, load, plot };
  };

  controls();
  sweep.space.filter((d) => !only || d.name === only).forEach((d) => plots.push(slice(d)));
  if (only) grid.className = '';
  plots.forEach((p) => p.draw());
  (async () => {
    try {
      // One after the other: the coordinator grows their forest once.
      for (const p of plots) await p.load();
    } catch (refused) {
      if (ended.signal.aborted) return;
      note = refused.message;
    }
    controls();
  })();

  return {
    update(changed) {
      if (!changed.trials.size) return;
      timer ||= setTimeout(() => {
        timer = 0;
        plots.forEach((p) => p.draw());
      }, PACE);
    },
    close() {
      ended.abort();
      clearTimeout(timer);
      plots.forEach((p) => p.plot.close());
    },
  };
}
