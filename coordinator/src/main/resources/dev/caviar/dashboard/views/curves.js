// The curves of all trials while they train. Three layers: trials that are over, drawn once; trials
// that run, drawn again twice in a second; and what the reader points at.
import { html, render } from '../lib/lit-html.js';
import { go, keep, kept } from '../route.js';
import { EPOCH, METRICS, TRAIN_LOSS, isOver } from '../sweep-model.js';
import { number, stateText, value, words } from '../text.js';
import { colour, ramp } from '../theme.js';
import { Plot, plainAxis } from '../charts/plot.js';

const LIVE_PACE = 500;
const REST_PACE = 4_000;
const STATES = ['running', 'completed', 'stopped_early', 'diverged', 'failed', 'cancelled', 'infeasible', 'paused', 'retrying', 'lost'];
const HEIGHT = 460;
const COLUMNS = Object.fromEntries(Object.entries(METRICS).map(([name, at]) => [at, name]));

export function openCurves(host, sweep) {
  const { model } = sweep;
  const choice = {
    metric: kept('metric', 'dev_error'),
    logX: kept('logx') === '1',
    logY: kept('logy', '1') === '1',
    smooth: Number(kept('smooth', '0')),
    train: kept('train') === '1',
    hidden: new Set(kept('hide').split(',').filter(Boolean)),
    pinned: new Set(kept('pin').split(',').filter(Boolean).map(Number)),
  };
  let x;
  let y;
  let pointed = null;
  let drawnRest = 0;
  let timer = 0;
  let fresh = new Set();
  let stale = true;
  let whole = false;
  let marked = false;

  const save = () => {
    keep('metric', choice.metric, 'dev_error');
    keep('logx', choice.logX ? '1' : '', '');
    keep('logy', choice.logY ? '1' : '0', '1');
    keep('smooth', String(choice.smooth), '0');
    keep('train', choice.train ? '1' : '', '');
    keep('hide', [...choice.hidden].join(','));
    keep('pin', [...choice.pinned].join(','));
  };
  const set = (change) => {
    Object.assign(choice, change);
    save();
    controls();
    all();
  };

  const controls = () => {
    const counts = model.counts();
    render(
      html`<div class="row controls">
          <label class="inline">Show
            <select id="metric" @change=${(e) => set({ metric: e.target.value })}>
              ${Object.keys(METRICS).map((m) => html`<option value=${m} ?selected=${m === choice.metric}>${words(m)}</option>`)}
            </select>
          </label>
          <label class="inline"><input id="logx" type="checkbox" .checked=${choice.logX} @change=${(e) => set({ logX: e.target.checked })} />log epochs</label>
          <label class="inline"><input id="logy" type="checkbox" .checked=${choice.logY} @change=${(e) => set({ logY: e.target.checked })} />log ${words(choice.metric)}</label>
          <label class="inline">Smoothing <input id="smooth" type="range" min="0" max="0.95" step="0.05" .value=${String(choice.smooth)} @input=${(e) => set({ smooth: Number(e.target.value) })} /><span class="number">${choice.smooth.toFixed(2)}</span></label>
          <label class="inline"><input id="train" type="checkbox" .checked=${choice.train} @change=${(e) => set({ train: e.target.checked })} />train against dev</label>
        </div>
        <div class="row controls" role="group" aria-label="States">
          ${STATES.filter((s) => counts[s]).map(
            (s) => html`<button class="chip" aria-pressed=${!choice.hidden.has(s)} @click=${() => {
              choice.hidden.has(s) ? choice.hidden.delete(s) : choice.hidden.add(s);
              set({});
            }}><span class="state ${s}">${stateText(s)} ${counts[s]}</span></button>`,
          )}
          ${choice.pinned.size ? html`<button class="chip" @click=${() => { choice.pinned.clear(); set({}); }}>Let go of ${choice.pinned.size} pinned</button>` : ''}
        </div>`,
      head,
    );
  };

  // ---- What is drawn

  const column = () => METRICS[choice.metric];
  const shows = (number) => {
    const trial = model.trials[number];
    return trial && !choice.hidden.has(trial.state);
  };

  /** A curve's numbers in a column, smoothed as the reader wants. */
  const smoothed = (rows, at) => {
    if (choice.smooth === 0) return rows.map((row) => row[at]);
    let mean = 0;
    let weight = 0;
    return rows.map((row) => {
      if (row[at] === null) return null;
      // A moving average from nothing, corrected for having begun there.
      mean = choice.smooth * mean + (1 - choice.smooth) * row[at];
      weight = choice.smooth * weight + (1 - choice.smooth);
      return mean / weight;
    });
  };

  const scales = () => {
    const at = column();
    const values = [];
    let last = 2;
    for (const [number, rows] of model.curves) {
      if (!shows(number)) continue;
      last = Math.max(last, rows[rows.length - 1]?.[EPOCH] || 0);
      for (const row of rows) {
        if (row[at] !== null && (!choice.logY || row[at] > 0)) values.push(row[at]);
        if (choice.train && at !== TRAIN_LOSS && row[TRAIN_LOSS] > 0 && choice.metric === 'dev_loss') values.push(row[TRAIN_LOSS]);
      }
    }
    values.sort((a, b) => a - b);
    // A few that have gone astray are not to flatten all others.
    let low = d3.quantileSorted(values, 0.001) ?? (choice.logY ? 0.1 : 0);
    let high = d3.quantileSorted(values, 0.985) ?? 1;
    if (!(high > low)) [low, high] = choice.logY ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
    const room = choice.logY ? 1 : (high - low) * 0.04;
    return [
      plainAxis('epoch', 1, Math.max(last, model.status?.epochs || 2), choice.logX),
      choice.logY
        ? plainAxis(words(choice.metric), low / 1.15, high * 1.15, true)
        : plainAxis(words(choice.metric), Math.min(low, low >= 0 ? Math.max(0, low - room) : low - room), high + room),
    ];
  };

  /** A curve as it is drawn; `drawn` gets its values. */
  const path = (rows, at, drawn = []) => {
    const curve = new Path2D();
    const values = smoothed(rows, at);
    let pen = false;
    for (let i = 0; i < rows.length; i++) {
      const v = values[i];
      if (v === null || (choice.logY && v <= 0)) {
        pen = false;
        continue;
      }
      const px = plot.x(x.position(rows[i][EPOCH]));
      const py = plot.y(y.position(v));
      pen ? curve.lineTo(px, py) : curve.moveTo(px, py);
      pen = true;
      drawn.push(v);
    }
    return curve;
  };

  const rank = () => {
    const ranks = new Map();
    const ranked = model.ranked();
    ranked.forEach((t, i) => ranks.set(t.trial, ranked.length < 2 ? 0 : i / (ranked.length - 1)));
    return ranks;
  };

  const strokeOver = (pen, number, ranks) => {
    const rows = model.curves.get(number);
    if (!rows || !shows(number)) return;
    const trial = model.trials[number];
    const at = ranks.get(number);
    pen.globalAlpha = at === undefined ? 0.35 : at < 0.1 ? 0.9 : 0.45;
    pen.strokeStyle =
      at !== undefined ? ramp(at) : trial.state === 'stopped_early' ? colour('early') : trial.state === 'diverged' || trial.state === 'failed' ? colour('bad') : colour('faint');
    pen.lineWidth = at !== undefined && at < 0.02 ? 1.8 : 1;
    pen.stroke(path(rows, column()));
  };

  /** Everything; for all trials that are over this is the one time. */
  const all = () => {
    [x, y] = scales();
    const pen = plot.pen(0);
    plot.axes(pen, x, y);
    plot.clip(pen);
    const ranks = rank();
    const order = model.known().filter(isOver).map((t) => t.trial);
    // The best last, so that they lie on top.
    order.sort((a, b) => (ranks.get(b) ?? 2) - (ranks.get(a) ?? 2));
    order.forEach((number) => strokeOver(pen, number, ranks));
    pen.restore();
    pen.globalAlpha = 1;
    drawnRest = performance.now();
    if (whole && !marked) {
      // For bench/dashboard.sh.
      performance.mark('caviar-curves');
      marked = true;
    }
    stale = false;
    fresh.clear();
    live();
    over();
  };

  /** Trials that were over since: added to what is there. */
  const add = () => {
    const pen = plot.pen(0, false);
    plot.clip(pen);
    const ranks = rank();
    fresh.forEach((number) => strokeOver(pen, number, ranks));
    pen.restore();
    pen.globalAlpha = 1;
    fresh.clear();
  };

  const live = () => {
    const pen = plot.pen(1);
    plot.clip(pen);
    pen.strokeStyle = colour('running');
    pen.lineWidth = 1.4;
    pen.globalAlpha = 0.85;
    for (const [number, rows] of model.curves) {
      const trial = model.trials[number];
      if (trial && !isOver(trial) && shows(number)) pen.stroke(path(rows, column()));
    }
    pen.restore();
    pen.globalAlpha = 1;
  };

  /** What is pinned or pointed at, with its training loss where that is wanted. */
  const over = () => {
    const pen = plot.pen(2);
    plot.clip(pen);
    const shownOver = [...choice.pinned].filter((n) => n !== pointed);
    if (pointed !== null) shownOver.push(pointed);
    const series = [];
    const stroke = (number, at) => {
      const values = [];
      pen.stroke(path(model.curves.get(number), at, values));
      return `${number} ${COLUMNS[at]} ${values.length} ${d3.min(values)} ${d3.max(values)}`;
    };
    for (const number of shownOver) {
      const rows = model.curves.get(number);
      if (!rows) continue;
      pen.strokeStyle = colour('panel');
      pen.lineWidth = 5;
      pen.stroke(path(rows, column()));
      pen.strokeStyle = number === pointed ? colour('best') : colour('text');
      pen.lineWidth = 2.4;
      series.push(stroke(number, column()));
      if (choice.train && column() !== TRAIN_LOSS) {
        pen.setLineDash([5, 4]);
        pen.lineWidth = 1.6;
        series.push(`${stroke(number, TRAIN_LOSS)} dashed`);
        pen.setLineDash([]);
      }
    }
    pen.restore();
    // What a canvas does not tell: each series with how many points it has, the least and the greatest.
    place.dataset.series = series.join('; ');
  };

  // ---- Pointing

  const nearest = (px, py) => {
    const epoch = x.at(plot.u(px));
    let found = null;
    let least = 24;
    for (const [number, rows] of model.curves) {
      if (!shows(number) || rows.length === 0) continue;
      const i = Math.min(rows.length - 1, d3.bisector((row) => row[EPOCH]).left(rows, epoch));
      for (const row of [rows[i], rows[Math.max(0, i - 1)]]) {
        const v = row[column()];
        if (v === null || (choice.logY && v <= 0)) continue;
        const away = Math.abs(plot.y(y.position(v)) - py) + 0.5 * Math.abs(plot.x(x.position(row[EPOCH])) - px);
        if (away < least) {
          least = away;
          found = { number, row };
        }
      }
    }
    return found;
  };

  const tell = (number, row, px, py) => {
    const trial = model.trials[number];
    const sampled = (model.status?.sampled || []).filter((name) => name in trial.values);
    plot.say(
      [
        `trial ${number}, ${stateText(trial.state)}`,
        `epoch ${row[EPOCH]}: ${words(choice.metric)} ${number_(row[column()])}, train loss ${number_(row[TRAIN_LOSS])}`,
        ...sampled.map((name) => `${words(name)} ${value(trial.values[name])}`),
      ].join('\n'),
      px,
      py,
    );
  };
  const number_ = (v) => (v === null ? 'not a number' : number(v));

  const point = (event) => {
    const { offsetX, offsetY } = event;
    const found = x && nearest(offsetX, offsetY);
    const before = pointed;
    pointed = found ? found.number : null;
    place.style.cursor = found ? 'pointer' : '';
    if (found) tell(found.number, found.row, offsetX, offsetY);
    else plot.say('');
    if (before !== pointed) over();
  };
  const pin = (number) => {
    if (number === null) return;
    choice.pinned.has(number) ? choice.pinned.delete(number) : choice.pinned.add(number);
    set({});
  };
  const keys = (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step) {
      event.preventDefault();
      const ranked = model.ranked().filter((t) => shows(t.trial) && model.curves.has(t.trial));
      if (!ranked.length) return;
      const at = ranked.findIndex((t) => t.trial === pointed);
      const next = ranked[Math.min(ranked.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
      pointed = next.trial;
      const rows = model.curves.get(pointed);
      const row = rows[rows.length - 1];
      over();
      tell(pointed, row, plot.x(x.position(row[EPOCH])), plot.y(y.position(row[column()] ?? y.min)));
    } else if (event.key === 'p') pin(pointed);
    else if (event.key === 'Enter' && pointed !== null) go(sweep.link(pointed).slice(1));
    else if (event.key === 'Escape') {
      pointed = null;
      plot.say('');
      over();
    }
  };

  const section = host.appendChild(document.createElement('section'));
  section.className = 'panel';
  const head = section.appendChild(document.createElement('div'));
  const place = section.appendChild(document.createElement('div'));
  place.tabIndex = 0;
  place.id = 'curves';
  const foot = section.appendChild(document.createElement('div'));
  const plot = new Plot(place, { height: HEIGHT, layers: 3, label: 'Curves of all trials over their epochs', redraw: all });
  place.addEventListener('pointermove', point);
  place.addEventListener('pointerleave', () => {
    pointed = null;
    plot.say('');
    over();
  });
  place.addEventListener('click', () => pin(pointed));
  place.addEventListener('dblclick', () => pointed !== null && go(sweep.link(pointed).slice(1)));
  place.addEventListener('keydown', keys);
  render(
    html`<div class="legend">
      <span><i .style=${`background:${ramp(0)}`}></i>best</span><span><i .style=${`background:${ramp(1)}`}></i>worst of the completed</span>
      <span><i .style=${'background:var(--running)'}></i>running</span><span><i .style=${'background:var(--early)'}></i>stopped early</span>
      <span><i .style=${'background:var(--bad)'}></i>diverged or failed</span>
      <span>Click pins a curve, a second click lets go, a double click opens its trial. Dashes: train loss.</span>
    </div>`,
    foot,
  );
  whole = model.curves.size > 0;
  controls();
  all();

  const turn = () => {
    timer = 0;
    if (document.hidden) return;
    const since = performance.now() - drawnRest;
    if (stale && since > REST_PACE) {
      controls();
      if (grown()) {
        all();
        return;
      }
      drawnRest = performance.now();
      stale = false;
    }
    if (fresh.size) add();
    live();
    if (pointed !== null || choice.pinned.size) over();
    if (stale) timer = setTimeout(turn, REST_PACE - since + 10);
  };

  /** Whether what is drawn has outgrown its axes. */
  const grown = () => {
    const [nextX, nextY] = scales();
    const far = (a, b) => Math.abs(a - b) > 0.08;
    return far(x.position(nextX.max), 1) || far(y.position(nextY.min), 0) || far(y.position(nextY.max), 1);
  };

  return {
    update(changed, caughtUp) {
      for (const number of changed.trials) {
        const trial = model.trials[number];
        if (isOver(trial) && model.curves.has(number)) fresh.add(number);
      }
      for (const number of changed.curves) {
        if (model.trials[number] && isOver(model.trials[number])) fresh.add(number);
      }
      if (!whole || fresh.size > 100) {
        // The first answers hold all there was: drawn together, when they are here.
        if (caughtUp) {
          whole = true;
          controls();
          all();
        }
        return;
      }
      stale ||= changed.trials.size > 0 || changed.curves.size > 0;
      if (!timer) timer = setTimeout(turn, LIVE_PACE);
    },
    close() {
      clearTimeout(timer);
      plot.close();
    },
  };
}
