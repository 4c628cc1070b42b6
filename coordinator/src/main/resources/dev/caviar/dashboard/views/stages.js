// How a coarse-to-fine search went in: the box of each stage over the samples, and each side of it.
import { html, render } from '../lib/lit-html.js';
import { get, sweepPath } from '../api.js';
import { go, keep, kept } from '../route.js';
import { isOver, valueOf } from '../sweep-model.js';
import { number, trimmed, value, words } from '../text.js';
import { colour, ramp } from '../theme.js';
import { axisOf } from '../charts/scale.js';
import { Plot, dot } from '../charts/plot.js';

const PACE = 2_000;

export function openStages(host, sweep) {
  const { model, space } = sweep;
  const ended = new AbortController();
  let timer = 0;
  let explained = [];
  let shown = [];
  let x;
  let y;
  let strip = null;

  const section = host.appendChild(document.createElement('section'));
  section.className = 'panel';
  const head = section.appendChild(document.createElement('div'));
  const place = section.appendChild(document.createElement('div'));
  place.id = 'stages';
  const strips = host.appendChild(document.createElement('section'));
  strips.className = 'panel';
  const table = host.appendChild(document.createElement('section'));
  table.className = 'panel scroll';

  // Numbers that all trials have, first.
  const names = [...space]
    .sort((a, b) => (a.choices.length > 0) - (b.choices.length > 0) || !!a.conditional - !!b.conditional)
    .map((d) => d.name);
  const dimension = (key, i) => space.find((d) => d.name === kept(key, names[i] ?? names[0])) || space[0];
  const stage = () => Math.min(Number(kept('stage', '0')) || model.stages.length, model.stages.length);
  // The later, the stronger.
  const tint = (n) => ramp(model.stages.length < 2 ? 0 : 0.75 * (1 - (n - 1) / (model.stages.length - 1)));

  const controls = () => {
    const choose = (key, i) => {
      const chosen = dimension(key, i);
      return html`<select aria-label=${key === 'x' ? 'across' : 'upwards'} @change=${(e) => { keep(key, e.target.value); draw(); }}>
        ${space.map((d) => html`<option value=${d.name} ?selected=${d === chosen}>${words(d.name)}</option>`)}
      </select>`;
    };
    render(
      html`<div class="row controls">
        <label class="inline">across ${choose('x', 0)}</label><label class="inline">upwards ${choose('y', 1)}</label>
        <span role="group" aria-label="Stages" class="row">
          ${model.stages.map((s) => html`<button class="chip" aria-pressed=${s.number === stage()} @click=${() => { keep('stage', String(s.number)); draw(); }}>
            <i .style=${`display:inline-block;width:.7em;height:.7em;border-radius:2px;background:${tint(s.number)}`}></i> stage ${s.number}</button>`)}
        </span>
      </div>
      ${model.stages.length ? '' : html`<p class="quiet">This sweep has no stages: only <code>sampler: coarse_to_fine</code> zooms in.</p>`}`,
      head,
    );
  };

  const rangeOf = (s, d) => s.ranges.find((r) => r.parameter === d.name);
  const ends = (r, axis) => {
    if (r.choices) {
      const k = axis.choices.length;
      const at = axis.choices.map((c, i) => (r.choices.includes(value(c)) || r.choices.includes(String(c)) ? i : -1)).filter((i) => i >= 0);
      return at.length ? [Math.min(...at) / k, (Math.max(...at) + 1) / k] : [0, 1];
    }
    const half = (a, b) => (a === b ? 0.006 : 0);
    const [a, b] = [axis.position(r.min), axis.position(r.max)];
    return [a - half(a, b), b + half(a, b)];
  };

  const draw = () => {
    controls();
    if (!model.stages.length || space.length < 2) return;
    const [a, b] = [dimension('x', 0), dimension('y', 1)];
    const trials = model.known();
    const bounds = (d) => model.stages.flatMap((s) => [rangeOf(s, d)?.min, rangeOf(s, d)?.max]);
    x = axisOf(a, [...trials.map((t) => valueOf(t, a)), ...bounds(a)]);
    y = axisOf(b, [...trials.map((t) => valueOf(t, b)), ...bounds(b)]);
    const pen = plot.pen();
    plot.axes(pen, x, y, { xName: words(a.name), yName: words(b.name) });
    plot.clip(pen);
    const open = stage();
    const from = new Set(model.stages[open - 1]?.drawn_from || []);
    shown = trials.filter((t) => valueOf(t, a) !== undefined && valueOf(t, b) !== undefined && (t.stage || 1) <= open);
    shown.forEach((t) => {
      const [px, py] = [plot.x(x.position(valueOf(t, a))), plot.y(y.position(valueOf(t, b)))];
      pen.globalAlpha = (t.stage || 1) === open ? 0.95 : 0.6;
      pen.fillStyle = tint(t.stage || 1);
      dot(pen, px, py, from.has(t.trial) ? 5 : 3.4);
      if (from.has(t.trial)) {
        pen.strokeStyle = colour('best');
        pen.lineWidth = 2.2;
        pen.stroke();
      }
    });
    pen.globalAlpha = 1;
    for (const s of model.stages.slice(0, open)) {
      const [[x0, x1], [y0, y1]] = [ends(rangeOf(s, a), x), ends(rangeOf(s, b), y)];
      const [left, width, top, height] = [plot.x(x0), plot.x(x1) - plot.x(x0), plot.y(y1), plot.y(y0) - plot.y(y1)];
      pen.strokeStyle = tint(s.number);
      pen.lineWidth = s.number === open ? 2.6 : 1.5;
      pen.strokeRect(left, top, width, height);
      if (s.number === open) {
        pen.globalAlpha = 0.08;
        pen.fillStyle = tint(s.number);
        pen.fillRect(left, top, width, height);
        pen.globalAlpha = 1;
      }
      pen.fillStyle = tint(s.number);
      pen.textAlign = 'left';
      pen.textBaseline = 'top';
      pen.fillText(`stage ${s.number}`, left + 5, top + 4 + 15 * (s.number - 1));
    }
    pen.restore();
    sides();
    rows();
  };

  /** Each dimension by itself: a bar for the box of each stage, from its whole range on the left. */
  const sides = () => {
    if (!strip) {
      render(html`<h2>Each side of the boxes</h2><div id="sides"></div><p class="quiet small">Dots: the trials of a stage; rings: those the next box was drawn around; a mark at the end of a bar: the best lay on that edge.</p>`, strips);
      strip = new Plot(strips.querySelector('#sides'), { height: 40 + space.length * 26 * Math.max(1, Math.min(4, model.stages.length)) * 0.6 + space.length * 14, label: 'Each side of the boxes, stage by stage', redraw: () => sides() });
      strip.margin = { left: 150, right: 16, top: 6, bottom: 6 };
    }
    const pen = strip.pen();
    const band = (strip.bottom - strip.top) / space.length;
    const lane = (band - 8) / model.stages.length;
    space.forEach((d, i) => {
      const top = strip.top + i * band;
      const axis = axisOf(d, [...model.known().map((t) => valueOf(t, d)), ...model.stages.flatMap((s) => [rangeOf(s, d)?.min, rangeOf(s, d)?.max])]);
      pen.textAlign = 'right';
      pen.textBaseline = 'middle';
      pen.fillStyle = colour('text');
      pen.fillText(words(d.name), strip.left - 10, top + band / 2);
      pen.fillStyle = colour('grid');
      pen.fillRect(strip.left, top, strip.right - strip.left, band - 5);
      model.stages.forEach((s, k) => {
        const r = rangeOf(s, d);
        if (!r) return;
        const [u0, u1] = ends(r, axis);
        const at = top + 2 + k * lane;
        pen.fillStyle = tint(s.number);
        pen.globalAlpha = 0.35;
        pen.fillRect(strip.x(u0), at, Math.max(2, strip.x(u1) - strip.x(u0)), lane - 2);
        pen.globalAlpha = 1;
        pen.fillStyle = colour('bad');
        if (r.hit_lower_edge) pen.fillRect(strip.x(u0) - 1, at, 3, lane - 2);
        if (r.hit_upper_edge) pen.fillRect(strip.x(u1) - 2, at, 3, lane - 2);
        const next = new Set(model.stages[k + 1]?.drawn_from || []);
        for (const t of model.known()) {
          const v = valueOf(t, d);
          if ((t.stage || 1) !== s.number || v === undefined) continue;
          pen.fillStyle = tint(s.number);
          dot(pen, strip.x(axis.position(v)), at + lane / 2 - 1, 2.4);
          if (next.has(t.trial)) {
            pen.strokeStyle = colour('best');
            pen.lineWidth = 1.4;
            pen.stroke();
          }
        }
      });
    });
  };

  const rows = () => {
    const percent = (share) => `${Math.round(100 * share)}%`;
    const open = stage();
    const s = model.stages[open - 1];
    const e = explained[open - 1];
    const side = (name) => e?.sides?.find((one) => one.dimension === name);
    render(
      html`<h2>Stage ${open} of ${model.stages.length}, trials ${s.first_trial} to ${s.first_trial + s.trials - 1}</h2>
        <p class="quiet small">${open === 1
          ? 'The whole space, at random.'
          : s.drawn_from.length
            ? html`Around the best ${s.drawn_from.length} of ${e?.before ?? s.first_trial} trials${e && 'worst_kept' in e ? `, ${words(model.status.metric)} ${model.status.minimize ? 'at most' : 'at least'} ${number(e.worst_kept)}` : ''}: ${s.drawn_from.map((t) => html`<a href=${sweep.link(t)}>${t}</a> `)}`
            : 'No trial before it completed, so the box stayed as it was.'}</p>
        <table>
          <thead><tr><th>parameter</th><th>box</th><th class="n">of the stage before</th><th class="n">of the whole range</th><th>edge hit</th></tr></thead>
          <tbody>${s.ranges.map((r) => html`<tr>
            <td>${words(r.parameter)}</td>
            <td class="number">${r.choices ? r.choices.join(', ') : `${trimmed(r.min)} to ${trimmed(r.max)}`}${r.widened ? ' (widened)' : ''}</td>
            <td class="n number">${open > 1 && side(r.parameter) ? percent(side(r.parameter).of_before || 0) : ''}</td>
            <td class="n number">${side(r.parameter) ? percent(side(r.parameter).of_range || 0) : ''}</td>
            <td>${r.hit_lower_edge && r.hit_upper_edge ? 'both' : r.hit_lower_edge ? 'lower' : r.hit_upper_edge ? 'upper' : ''}</td>
          </tr>`)}</tbody>
        </table>`,
      table,
    );
  };

  const load = async () => {
    try {
      explained = (await get(`${sweepPath(sweep.id)}/zoom`, ended.signal)).stages || [];
      draw();
    } catch (refused) {
      if (!ended.signal.aborted) render(html`<p class="note">${refused.message}</p>`, table);
    }
  };

  const plot = new Plot(place, { height: 440, label: 'The boxes of all stages over the samples', redraw: draw });
  place.addEventListener('pointermove', (event) => {
    const t = nearest(event);
    place.style.cursor = t ? 'pointer' : '';
    plot.say(t ? `trial ${t.trial}, stage ${t.stage || 1}${isOver(t) ? `: ${number(t.objective)}` : ''}` : '', event.offsetX, event.offsetY);
  });
  place.addEventListener('pointerleave', () => plot.say(''));
  place.addEventListener('click', (event) => {
    const t = nearest(event);
    if (t) go(sweep.link(t.trial).slice(1));
  });
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
  draw();
  load();

  return {
    update(changed) {
      if (changed.stages) load();
      if (!changed.trials.size && !changed.stages) return;
      timer ||= setTimeout(() => {
        timer = 0;
        draw();
      }, PACE);
    },
    close() {
      ended.abort();
      clearTimeout(timer);
      plot.close();
      strip?.close();
    },
  };
}
