// How the best came about: each trial's objective in the order in which they ended, and the best so far.
import { html, render } from '../lib/lit-html.js';
import { go, keep, kept } from '../route.js';
import { number, words } from '../text.js';
import { colour } from '../theme.js';
import { Plot, dot, plainAxis } from '../charts/plot.js';

const PACE = 1_000;

export function openHistory(host, sweep) {
  const { model } = sweep;
  let log = kept('log', '1') === '1';
  let shown = [];
  let x;
  let y;
  let timer = 0;

  const section = host.appendChild(document.createElement('section'));
  section.className = 'panel';
  const head = section.appendChild(document.createElement('div'));
  const place = section.appendChild(document.createElement('div'));
  place.id = 'history';

  const controls = () =>
    render(
      html`<div class="row controls"><label class="inline"><input type="checkbox" .checked=${log} @change=${(e) => {
        log = e.target.checked;
        keep('log', log ? '1' : '0', '1');
        draw();
      }} />log axis</label><span class="quiet small">A dot is a trial; a click opens it.</span></div>`,
      head,
    );

  const draw = () => {
    const done = new Set(model.ranked().map((t) => t.trial));
    const order = model.ended().filter((n) => done.has(n)).map((n) => model.trials[n]);
    const sign = model.status?.minimize === false ? -1 : 1;
    shown = order.filter((t) => !log || t.objective > 0);
    const pen = plot.pen();
    let [low, high] = d3.extent(shown, (t) => t.objective);
    if (low === undefined) [low, high] = [0.1, 1];
    if (low === high) [low, high] = log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
    const room = (high - low) * 0.05;
    x = plainAxis('trials completed', 0, Math.max(5, shown.length + 1));
    y = log ? plainAxis(words(model.status?.metric || ''), low / 1.1, high * 1.1, true) : plainAxis(words(model.status?.metric || ''), low - room, high + room);
    plot.axes(pen, x, y);
    plot.clip(pen);
    pen.fillStyle = colour('running');
    pen.globalAlpha = 0.6;
    shown.forEach((t, i) => dot(pen, plot.x(x.position(i + 1)), plot.y(y.position(t.objective)), 3));
    pen.globalAlpha = 1;
    pen.strokeStyle = colour('best');
    pen.lineWidth = 2.2;
    pen.beginPath();
    let best = null;
    shown.forEach((t, i) => {
      const px = plot.x(x.position(i + 1));
      const better = best === null || sign * t.objective < sign * best;
      if (best !== null) pen.lineTo(px, plot.y(y.position(best)));
      if (better) {
        pen[best === null ? 'moveTo' : 'lineTo'](px, plot.y(y.position(t.objective)));
        best = t.objective;
      }
    });
    pen.stroke();
    pen.restore();
  };

  const at = (event) => {
    let found = null;
    let least = 14;
    shown.forEach((t, i) => {
      const away = Math.hypot(plot.x(x.position(i + 1)) - event.offsetX, plot.y(y.position(t.objective)) - event.offsetY);
      if (away < least) {
        least = away;
        found = t;
      }
    });
    return found;
  };

  const plot = new Plot(place, { height: 420, label: 'Objectives of trials in the order of their ends, and the best so far', redraw: draw });
  place.addEventListener('pointermove', (event) => {
    const t = at(event);
    place.style.cursor = t ? 'pointer' : '';
    plot.say(t ? `trial ${t.trial}: ${words(model.status.metric)} ${number(t.objective)}` : '', event.offsetX, event.offsetY);
  });
  place.addEventListener('pointerleave', () => plot.say(''));
  place.addEventListener('click', (event) => {
    const t = at(event);
    if (t) go(sweep.link(t.trial).slice(1));
  });
  controls();
  draw();
  return {
    update() {
      timer ||= setTimeout(() => {
        timer = 0;
        draw();
      }, PACE);
    },
    close() {
      clearTimeout(timer);
      plot.close();
    },
  };
}
