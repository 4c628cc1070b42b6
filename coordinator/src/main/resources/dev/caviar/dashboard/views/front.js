// Trials by two of several objectives: those that none is better than in all of them are joined.
import { html, render } from '../lib/lit-html.js';
import { go, keep, kept } from '../route.js';
import { isOver } from '../sweep-model.js';
import { number, words } from '../text.js';
import { colour } from '../theme.js';
import { objectiveAxis } from '../charts/scale.js';
import { Plot, dot } from '../charts/plot.js';

const PACE = 1_000;

export function openFront(host, sweep) {
  const { model } = sweep;
  let timer = 0;
  let shown = [];
  let x;
  let y;

  const section = host.appendChild(document.createElement('section'));
  section.className = 'panel';
  const head = section.appendChild(document.createElement('div'));
  const place = section.appendChild(document.createElement('div'));
  place.id = 'front';
  const foot = section.appendChild(document.createElement('div'));
  foot.className = 'legend';

  const objectives = () => model.status?.objectives || [];
  /** What goes across and upwards; an address may name what there is not. */
  const chosen = () => {
    const at = (key, usual) => {
      const i = objectives().findIndex((o) => o.metric === kept(key));
      return i < 0 ? usual : i;
    };
    return { across: at('x', 1), up: at('y', 0), logX: kept('logx') === '1', logY: kept('logy') === '1' };
  };

  /** Points with what their trials have in an objective, the mean of them where there are repeats. */
  const points = () => {
    const repeats = model.status?.repeats || 1;
    return [...d3.group(model.known(), (t) => Math.floor(t.trial / repeats)).values()]
      .filter((trials) => trials.length === repeats && trials.every((t) => isOver(t) && Number.isFinite(t.objective)))
      .map((trials) => ({
        trials,
        completed: trials.every((t) => t.state === 'completed'),
        front: trials.some((t) => model.status.front.includes(t.trial)),
        values: objectives().map((_, i) => d3.mean(trials, (t) => (i ? t.others?.[i - 1] : t.objective))),
      }));
  };

  const controls = () => {
    const c = chosen();
    const choose = (key, at) =>
      html`<select id=${`front-${key}`} aria-label=${key === 'x' ? 'across' : 'upwards'} @change=${(e) => set(key, e.target.value)}>
        ${objectives().map((o, i) => html`<option value=${o.metric} ?selected=${i === at}>${words(o.metric)}</option>`)}
      </select>`;
    const log = (key, on) =>
      html`<label class="inline"><input id=${`front-log${key}`} type="checkbox" .checked=${on} @change=${(e) => set(`log${key}`, e.target.checked ? '1' : '')} />log</label>`;
    render(
      html`<div class="row controls">
        <label class="inline">across ${choose('x', c.across)}</label>${log('x', c.logX)}
        <label class="inline">upwards ${choose('y', c.up)}</label>${log('y', c.logY)}
      </div>`,
      head,
    );
  };
  const set = (key, value) => {
    keep(key, value);
    controls();
    draw();
  };

  const draw = () => {
    const c = chosen();
    const [a, b] = [objectives()[c.across], objectives()[c.up]];
    const pen = plot.pen();
    if (!a || !b) return;
    const all = points();
    const seen = all.filter((p) => drawable(p.values[c.across], c.logX) && drawable(p.values[c.up], c.logY));
    x = padded(objectiveAxis(words(a.metric), seen.map((p) => p.values[c.across]), c.logX));
    y = padded(objectiveAxis(words(b.metric), seen.map((p) => p.values[c.up]), c.logY));
    shown = seen.map((p) => ({ ...p, px: plot.x(x.position(p.values[c.across])), py: plot.y(y.position(p.values[c.up])) }));
    plot.axes(pen, x, y);
    plot.clip(pen);
    join(pen, steps(shown.filter((p) => p.front), c));
    // The front last, so that it lies on top.
    for (const p of [...shown].sort((p, q) => p.front - q.front)) {
      pen.globalAlpha = p.completed ? (p.front ? 1 : 0.6) : 0.25;
      pen.fillStyle = colour(p.front ? 'best' : p.completed ? 'running' : 'bad');
      dot(pen, p.px, p.py, p.front ? 5 : 3.5);
    }
    pen.globalAlpha = 1;
    pen.restore();
    // For tests, and whoever else looks for a trial on a canvas.
    place.dataset.spots = shown.map((p) => `${p.trials[0].trial}:${p.px.toFixed(1)},${p.py.toFixed(1)}:${p.front ? 'front' : p.completed ? 'completed' : 'infeasible'}`).join(' ');
    legend(all.length - seen.length);
  };

  /** Of the front those that none of it is better than in both of what is shown, the leftmost first. */
  const steps = (front, c) => {
    const sign = (i) => (objectives()[i].minimize ? 1 : -1);
    const [sx, sy] = [sign(c.across), sign(c.up)];
    let least = Infinity;
    return [...front]
      .sort((p, q) => sx * (p.values[c.across] - q.values[c.across]) || sy * (p.values[c.up] - q.values[c.up]))
      .filter((p) => {
        const better = sy * p.values[c.up] < least;
        if (better) least = sy * p.values[c.up];
        return better;
      });
  };

  const join = (pen, front) => {
    pen.strokeStyle = colour('best');
    pen.lineWidth = 2;
    pen.beginPath();
    front.forEach((p, i) => {
      // In steps: between two of the front nothing better than both is known.
      if (i) pen.lineTo(p.px, front[i - 1].py);
      pen[i ? 'lineTo' : 'moveTo'](p.px, p.py);
    });
    pen.stroke();
  };

  const legend = (hidden) =>
    render(
      html`<span><i .style=${'background:var(--best)'}></i>Pareto front: none is better in one objective without being worse in another</span>
        <span><i .style=${'background:var(--running)'}></i>completed</span><span><i .style=${'background:var(--bad)'}></i>infeasible, or ended before its last epoch</span>
        <span>${(model.status?.repeats || 1) > 1 ? 'A dot is a point, at the means of its trials; a click opens the first.' : 'A dot is a trial; a click opens it.'}</span>
        ${hidden ? html`<span>${hidden} with nothing to show on these axes.</span>` : ''}`,
      foot,
    );

  const nearest = (event) => {
    const near = shown.map((p) => ({ p, away: Math.hypot(p.px - event.offsetX, p.py - event.offsetY) - (p.front ? 1 : 0) }));
    const found = d3.least(near, (one) => one.away);
    return found && found.away < 12 ? found.p : null;
  };
  const plot = new Plot(place, { height: 460, label: 'Trials by two objectives, with their Pareto front', redraw: draw });
  place.addEventListener('pointermove', (event) => {
    const p = nearest(event);
    place.style.cursor = p ? 'pointer' : '';
    plot.say(
      p
        ? [
            `trial${p.trials.length > 1 ? 's' : ''} ${p.trials.map((t) => t.trial).join(', ')}${p.front ? ', of the front' : p.completed ? '' : `, ${words(p.trials.find((t) => t.state !== 'completed').state)}`}`,
            ...objectives().map((o, i) => `${words(o.metric)} ${number(p.values[i])}`),
          ].join('\n')
        : '',
      event.offsetX,
      event.offsetY,
    );
  });
  place.addEventListener('pointerleave', () => plot.say(''));
  place.addEventListener('click', (event) => {
    const p = nearest(event);
    if (p) go(sweep.link(p.trials[0].trial).slice(1));
  });
  controls();
  draw();
  return {
    update(changed) {
      if (!changed.status && !changed.trials.size) return;
      timer ||= setTimeout(() => {
        timer = 0;
        if (head.querySelectorAll('option').length !== 2 * objectives().length) controls();
        draw();
      }, PACE);
    },
    close() {
      clearTimeout(timer);
      plot.close();
    },
  };
}

const drawable = (value, log) => Number.isFinite(value) && (!log || value > 0);

/** With some room, so that no dot lies on the edge. */
function padded(axis) {
  const room = 0.04;
  const at = (u) => room + (1 - 2 * room) * u;
  return { ...axis, position: (v) => at(axis.position(v)), ticks: axis.ticks.map((tick) => ({ ...tick, at: at(tick.at) })) };
}
