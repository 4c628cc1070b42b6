// The objective to be expected over two dimensions, with the trials that there are.
import { html, render } from '../lib/lit-html.js';
import { get, sweepPath } from '../api.js';
import { go, keep, kept } from '../route.js';
import { isOver, valueOf } from '../sweep-model.js';
import { number, plain, value, words } from '../text.js';
import { colour, ramp } from '../theme.js';
import { axisOf } from '../charts/scale.js';
import { Plot, dot } from '../charts/plot.js';

const LEVELS = 9;
const PACE = 3_000;

export function openContour(host, sweep) {
  const { model, space } = sweep;
  const ended = new AbortController();
  let surface = null;
  let note = 'The coordinator computes …';
  let timer = 0;
  let shown = [];
  let x;
  let y;
  const names = space.map((d) => d.name);
  const dimension = (key, i) => space.find((d) => d.name === kept(key, names[i])) || space[i];

  const section = host.appendChild(document.createElement('section'));
  section.className = 'panel';
  const head = section.appendChild(document.createElement('div'));
  if (space.length < 2) {
    render(html`<p class="quiet">This sweep samples fewer than two dimensions.</p>`, head);
    return { update() {}, close() {} };
  }
  const place = section.appendChild(document.createElement('div'));
  place.id = 'contour';
  const foot = section.appendChild(document.createElement('div'));
  foot.className = 'legend';

  const controls = () => {
    const [a, b] = [dimension('x', 0), dimension('y', 1)];
    const choose = (key, chosen) =>
      html`<select aria-label=${key === 'x' ? 'across' : 'upwards'} id=${`contour-${key}`} @change=${(e) => { keep(key, e.target.value); controls(); load(); }}>
        ${names.map((n) => html`<option value=${n} ?selected=${n === chosen.name}>${words(n)}</option>`)}
      </select>`;
    render(
      html`<div class="row controls">
        <label class="inline">across ${choose('x', a)}</label><label class="inline">upwards ${choose('y', b)}</label>
        <span class="quiet small">${note}</span>
      </div>`,
      head,
    );
  };

  const load = async () => {
    const [a, b] = [dimension('x', 0), dimension('y', 1)];
    surface = null;
    if (a === b) {
      note = 'Choose two different dimensions.';
    } else {
      try {
        const answer = await get(`${sweepPath(sweep.id)}/marginal?dimension=${encodeURIComponent(a.name)}&second=${encodeURIComponent(b.name)}`, ended.signal);
        note = answer.not_yet || `What is to be expected with all else averaged out, by fANOVA's forest of ${answer.trials} completed trials. Dots: trials.`;
        surface = answer.not_yet ? null : answer;
      } catch (refused) {
        if (ended.signal.aborted) return;
        note = refused.message;
      }
    }
    controls();
    draw();
  };

  const draw = () => {
    const [a, b] = [dimension('x', 0), dimension('y', 1)];
    const trials = model.known().filter((t) => isOver(t) && Number.isFinite(t.objective));
    x = axisOf(a, trials.map((t) => valueOf(t, a)));
    y = axisOf(b, trials.map((t) => valueOf(t, b)));
    const scaleName = (d, axis) => `${words(d.name)}${{ log: ' (log)', one_minus_log: ' (log of 1 − β)' }[axis.scale] || ''}`;
    const pen = plot.pen();
    plot.clip(pen);
    if (surface) fill(pen);
    pen.restore();
    plot.axes(pen, x, y, { xName: scaleName(a, x), yName: scaleName(b, y) });
    plot.clip(pen);
    shown = trials.filter((t) => valueOf(t, a) !== undefined && valueOf(t, b) !== undefined);
    const best = model.ranked().slice(0, Math.max(1, Math.round(trials.length / 10)));
    const good = new Set(best.map((t) => t.trial));
    shown.forEach((t) => {
      const [px, py] = [plot.x(x.position(valueOf(t, a))), plot.y(y.position(valueOf(t, b)))];
      pen.fillStyle = colour('panel');
      dot(pen, px, py, good.has(t.trial) ? 5.5 : 3.8);
      pen.fillStyle = good.has(t.trial) ? colour('best') : colour('text');
      dot(pen, px, py, good.has(t.trial) ? 4 : 2.5);
    });
    pen.restore();
  };

  /** Even steps between the positions of the surface's values; d3-contour works on a grid. */
  const fill = (pen) => {
    const sign = model.status?.minimize === false ? -1 : 1;
    const us = surface.values.map((v) => x.position(plain(v)));
    const vs = surface.second_values.map((v) => y.position(plain(v)));
    const [rows, columns] = [us.length, vs.length];
    const at = (i, j) => Number(surface.means[i * columns + j]);
    const finite = surface.means.map(Number).filter(Number.isFinite);
    const [low, high] = d3.extent(finite);
    const bad = (v) => (high === low ? 0.5 : sign > 0 ? (v - low) / (high - low) : (high - v) / (high - low));
    const isChoice = x.scale === 'choices' || y.scale === 'choices' || rows < 3 || columns < 3;
    pen.globalAlpha = 0.75;
    if (isChoice) {
      const edge = (all, i, last) => (i === 0 ? 0 : i === last ? 1 : (all[i - 1] + all[i]) / 2);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          const [x0, x1] = [plot.x(edge(us, i, rows)), plot.x(edge(us, i + 1, rows))];
          const [y0, y1] = [plot.y(edge(vs, j + 1, columns)), plot.y(edge(vs, j, columns))];
          pen.fillStyle = ramp(bad(at(i, j)));
          pen.fillRect(x0, y0, x1 - x0 + 1, y1 - y0 + 1);
        }
      }
    } else {
      const values = [];
      for (let j = 0; j < columns; j++) for (let i = 0; i < rows; i++) values.push(at(i, j));
      const thresholds = d3.range(LEVELS).map((k) => low + ((high - low) * k) / LEVELS);
      const [px, py] = [d3.scaleLinear(d3.range(rows).map((i) => i + 0.5), us.map((u) => plot.x(u))), d3.scaleLinear(d3.range(columns).map((j) => j + 0.5), vs.map((v) => plot.y(v)))];
      pen.fillStyle = ramp(bad(low));
      pen.fillRect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
      for (const shape of d3.contours().size([rows, columns]).thresholds(thresholds)(values)) {
        pen.fillStyle = ramp(bad(shape.value + (high - low) / LEVELS / 2));
        pen.beginPath();
        for (const polygon of shape.coordinates) {
          for (const ring of polygon) {
            ring.forEach(([i, j], k) => pen[k ? 'lineTo' : 'moveTo'](px(i), py(j)));
            pen.closePath();
          }
        }
        pen.fill();
      }
    }
    pen.globalAlpha = 1;
    render(
      html`${d3.range(6).map((k) => {
        const v = low + ((high - low) * k) / 5;
        return html`<span><i .style=${`background:${ramp(bad(v))};height:12px`}></i>${number(v)}</span>`;
      })}`,
      foot,
    );
  };

  const nearest = (event) => {
    const [a, b] = [dimension('x', 0), dimension('y', 1)];
    let found = null;
    let least = 12;
    shown.forEach((t) => {
      const away = Math.hypot(plot.x(x.position(valueOf(t, a))) - event.offsetX, plot.y(y.position(valueOf(t, b))) - event.offsetY);
      if (away < least) [least, found] = [away, t];
    });
    return found;
  };
  const plot = new Plot(place, { height: 480, label: 'Expected objective over two dimensions', redraw: draw });
  place.addEventListener('pointermove', (event) => {
    const t = nearest(event);
    place.style.cursor = t ? 'pointer' : '';
    const [a, b] = [dimension('x', 0), dimension('y', 1)];
    plot.say(t ? `trial ${t.trial}: ${number(t.objective)}\n${words(a.name)} ${value(valueOf(t, a))}\n${words(b.name)} ${value(valueOf(t, b))}` : '', event.offsetX, event.offsetY);
  });
  place.addEventListener('pointerleave', () => plot.say(''));
  place.addEventListener('click', (event) => {
    const t = nearest(event);
    if (t) go(sweep.link(t.trial).slice(1));
  });
  controls();
  draw();
  load();
  return {
    update(changed) {
      if (!changed.trials.size) return;
      timer ||= setTimeout(() => {
        timer = 0;
        draw();
      }, PACE);
    },
    close() {
      ended.abort();
      clearTimeout(timer);
      plot.close();
    },
  };
}
