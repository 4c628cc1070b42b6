// Parallel coordinates: a line for each trial through its values, each axis on its own scale. A brush
// on an axis leaves only the trials in it.
import { html, render } from '../lib/lit-html.js';
import { keep, kept } from '../route.js';
import { isOver, valueOf } from '../sweep-model.js';
import { number, value, words } from '../text.js';
import { colour, onTheme, ramp } from '../theme.js';
import { axisOf, objectiveAxis } from '../charts/scale.js';

const PACE = 2_000;
const HEIGHT = 470;
const TOP = 46;
const BOTTOM = 18;

export function openParallel(host, sweep) {
  const { model } = sweep;
  const brushes = new Map(
    kept('brush').split(';').filter(Boolean).map((part) => {
      const [name, low, high] = part.split('~');
      return [name, [Number(low), Number(high)]];
    }),
  );
  let log = kept('log', '1') === '1';
  let timer = 0;
  let axes = [];

  const section = host.appendChild(document.createElement('section'));
  section.className = 'panel';
  const head = section.appendChild(document.createElement('div'));
  const scroller = section.appendChild(document.createElement('div'));
  scroller.className = 'scroll';
  const place = scroller.appendChild(document.createElement('div'));
  place.className = 'plot';
  place.id = 'parallel';
  place.style.height = `${HEIGHT}px`;
  const canvas = place.appendChild(document.createElement('canvas'));
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', 'A line for each trial through its values and its objective');
  const svg = d3.select(place).append('svg');
  const foot = section.appendChild(document.createElement('div'));

  const save = () => {
    keep('brush', [...brushes].map(([name, [a, b]]) => `${name}~${a.toFixed(4)}~${b.toFixed(4)}`).join(';'));
    keep('log', log ? '1' : '0', '1');
  };

  const trials = () => model.known().filter((t) => Number.isFinite(t.objective) && isOver(t));
  const px = (i) => 70 + (i * (place.clientWidth - 140)) / Math.max(1, axes.length - 1);
  const py = (u) => HEIGHT - BOTTOM - 22 - u * (HEIGHT - BOTTOM - 22 - TOP);
  // One that does not apply lies below the axis.
  const none = () => HEIGHT - BOTTOM + 2;

  const layout = () => {
    const all = trials();
    axes = sweep.space.map((dimension) => ({
      dimension,
      axis: axisOf(dimension, all.map((t) => valueOf(t, dimension))),
      of: (t) => valueOf(t, dimension),
    }));
    axes.push({
      dimension: { name: model.status?.metric || 'objective' },
      axis: objectiveAxis(model.status?.metric || 'objective', all.map((t) => t.objective), log),
      of: (t) => t.objective,
    });
    place.style.minWidth = `${Math.max(320, axes.length * 104)}px`;
  };

  const selected = (t) =>
    [...brushes].every(([name, [low, high]]) => {
      const found = axes.find((a) => a.dimension.name === name);
      if (!found) return true;
      const u = found.axis.position(found.of(t));
      return u >= low - 1e-9 && u <= high + 1e-9;
    });

  const draw = () => {
    layout();
    frame();
    lines();
  };

  const lines = () => {
    const scale = Math.min(2, devicePixelRatio || 1);
    canvas.width = place.clientWidth * scale;
    canvas.height = HEIGHT * scale;
    const pen = canvas.getContext('2d');
    pen.scale(scale, scale);
    const all = trials();
    const chosen = brushes.size ? all.filter(selected) : all;
    const inside = new Set(chosen.map((t) => t.trial));
    const sign = model.status?.minimize === false ? -1 : 1;
    const sorted = [...all].sort((a, b) => sign * (b.objective - a.objective));
    const stroke = (t) => {
      pen.beginPath();
      axes.forEach((a, i) => {
        const u = a.axis.position(a.of(t));
        const y = Number.isNaN(u) ? none() : py(Math.min(1.02, Math.max(-0.02, u)));
        i ? pen.lineTo(px(i), y) : pen.moveTo(px(i), y);
      });
      pen.stroke();
    };
    if (brushes.size) {
      pen.strokeStyle = colour('faint');
      pen.globalAlpha = 0.14;
      sorted.filter((t) => !inside.has(t.trial)).forEach(stroke);
    }
    sorted.forEach((t, i) => {
      if (!inside.has(t.trial)) return;
      const bad = sorted.length < 2 ? 0 : 1 - i / (sorted.length - 1);
      pen.strokeStyle = ramp(bad);
      pen.globalAlpha = bad < 0.1 ? 0.95 : 0.5;
      pen.lineWidth = bad < 0.05 ? 2 : 1;
      stroke(t);
    });
    say(chosen.sort((a, b) => sign * (a.objective - b.objective)), all.length);
  };

  const frame = () => {
    svg.selectAll('*').remove();
    axes.forEach(({ dimension, axis }, i) => {
      const g = svg.append('g').attr('transform', `translate(${px(i)},0)`).attr('data-axis', dimension.name).attr('data-scale', axis.scale);
      g.append('line').attr('y1', py(0)).attr('y2', py(1)).attr('stroke', colour('quiet'));
      const name = words(dimension.name);
      g.append('text').text(name.length > 17 ? `${name.slice(0, 16)}…` : name).attr('y', 14).attr('text-anchor', 'middle').attr('font-size', 12).attr('font-weight', 600).attr('fill', colour('text')).append('title').text(name);
      g.append('text').text({ log: 'log', one_minus_log: 'log of 1 − β', linear: '', choices: '' }[axis.scale]).attr('y', 29).attr('text-anchor', 'middle').attr('font-size', 10).attr('fill', colour('quiet'));
      axis.ticks.forEach((tick) => {
        g.append('line').attr('x1', -4).attr('x2', 4).attr('y1', py(tick.at)).attr('y2', py(tick.at)).attr('stroke', colour('quiet'));
        g.append('text').text(tick.label).attr('x', 7).attr('y', py(tick.at)).attr('dy', '0.32em').attr('font-size', 11).attr('fill', colour('text')).attr('stroke', colour('panel')).attr('stroke-width', 3).attr('paint-order', 'stroke');
      });
      if (dimension.conditional) {
        g.append('text').text('not used').attr('y', none() + 12).attr('text-anchor', 'middle').attr('font-size', 10).attr('fill', colour('quiet'));
      }
      const brush = d3.brushY().extent([[-14, py(1) - 6], [14, py(0) + 6]]).on('brush end', (event) => {
        if (!event.sourceEvent) return;
        if (event.selection) {
          const [a, b] = event.selection;
          const u = (y) => (py(0) - y) / (py(0) - py(1));
          brushes.set(dimension.name, [u(b), u(a)]);
        } else brushes.delete(dimension.name);
        save();
        lines();
        controls();
      });
      const area = g.append('g').attr('class', 'brush').call(brush);
      const now = brushes.get(dimension.name);
      if (now) brush.move(area, [py(now[1]), py(now[0])]);
    });
  };

  const say = (chosen, all) =>
    render(
      html`<p class="small" id="brushed"><strong>${chosen.length}</strong> of ${all} trials${brushes.size ? ' in the brushes' : ''}.
        ${chosen.slice(0, 5).map((t) => html` <a href=${sweep.link(t.trial)}>trial ${t.trial}</a> <span class="number quiet">${number(t.objective)}</span>`)}</p>
        ${brushes.size
          ? html`<p class="small quiet">${[...brushes].map(([name, [low, high]]) => {
              const found = axes.find((a) => a.dimension.name === name);
              return found ? html`${words(name)} ${value(found.axis.at(low))} to ${value(found.axis.at(high))}. ` : '';
            })}</p>`
          : ''}`,
      foot,
    );

  const controls = () =>
    render(
      html`<div class="row controls">
        <label class="inline"><input type="checkbox" .checked=${log} @change=${(e) => { log = e.target.checked; save(); draw(); }} />log objective</label>
        <span class="quiet small">Drag along an axis to keep only the trials between; click beside the brush to let go.</span>
        ${brushes.size ? html`<button class="chip" @click=${() => { brushes.clear(); save(); draw(); controls(); }}>Let go of all brushes</button>` : ''}
      </div>`,
      head,
    );

  const resized = new ResizeObserver(draw);
  resized.observe(place);
  const unlisten = onTheme(draw);
  controls();
  let dragging = false;
  place.addEventListener('pointerdown', () => (dragging = true));
  const up = () => (dragging = false);
  addEventListener('pointerup', up);

  return {
    update(changed) {
      if (!changed.trials.size && !changed.status) return;
      timer ||= setTimeout(() => {
        timer = 0;
        if (!dragging) draw();
      }, PACE);
    },
    close() {
      clearTimeout(timer);
      resized.disconnect();
      unlisten();
      removeEventListener('pointerup', up);
    },
  };
}
