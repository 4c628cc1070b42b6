// A canvas with axes: what all charts but the parallel coordinates are drawn on. A plot has one or
// more layers, so that what changes often need not redraw what does not.
import { colour, onTheme } from '../theme.js';

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

export class Plot {
  margin = { left: 58, right: 14, top: 10, bottom: 36 };
  #drawn = () => {};

  /**
   * @param host an empty element
   * @param label what there is to see, for those who do not
   * @param redraw draws everything, when the size or the colours have changed
   */
  constructor(host, { height, label, layers = 1, redraw }) {
    this.host = host;
    this.height = height;
    host.classList.add('plot');
    host.style.height = `${height}px`;
    this.canvases = Array.from({ length: layers }, () => host.appendChild(document.createElement('canvas')));
    this.canvases[0].setAttribute('role', 'img');
    this.canvases[0].setAttribute('aria-label', label);
    this.tip = host.appendChild(document.createElement('div'));
    this.tip.className = 'tip';
    this.#drawn = redraw;
    this.resized = new ResizeObserver(() => {
      if (this.#fit()) this.#drawn();
    });
    this.resized.observe(host);
    this.#fit();
    this.unlisten = onTheme(() => this.#drawn());
  }

  #fit() {
    const width = Math.max(200, this.host.clientWidth);
    const scale = Math.min(2, devicePixelRatio || 1);
    if (width === this.width && scale === this.scale) return false;
    this.width = width;
    this.scale = scale;
    for (const canvas of this.canvases) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(this.height * scale);
    }
    return true;
  }

  close() {
    this.resized.disconnect();
    this.unlisten();
    this.host.replaceChildren();
  }

  get left() { return this.margin.left; }
  get right() { return this.width - this.margin.right; }
  get top() { return this.margin.top; }
  get bottom() { return this.height - this.margin.bottom; }

  /** Where a position from 0 to 1 lies, in pixels. */
  x(u) { return this.left + u * (this.right - this.left); }
  y(u) { return this.bottom - u * (this.bottom - this.top); }
  /** And back. */
  u(x) { return (x - this.left) / (this.right - this.left); }
  v(y) { return (this.bottom - y) / (this.bottom - this.top); }

  /** A layer's pen, the layer cleared unless it is to be added to. */
  pen(layer = 0, clear = true) {
    const pen = this.canvases[layer].getContext('2d');
    pen.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    if (clear) pen.clearRect(0, 0, this.width, this.height);
    pen.font = FONT;
    pen.lineJoin = 'round';
    return pen;
  }

  /** Keeps what is drawn inside the axes; call restore() on the pen afterwards. */
  clip(pen) {
    pen.save();
    pen.beginPath();
    pen.rect(this.left, this.top - 2, this.right - this.left, this.bottom - this.top + 4);
    pen.clip();
  }

  /** Grid, ticks and names of two axes of scale.js. */
  axes(pen, xAxis, yAxis, { xName = xAxis.name, yName = yAxis.name } = {}) {
    pen.lineWidth = 1;
    pen.strokeStyle = colour('grid');
    pen.fillStyle = colour('quiet');
    pen.textBaseline = 'middle';
    pen.textAlign = 'right';
    for (const tick of yAxis.ticks) {
      const y = Math.round(this.y(tick.at)) + 0.5;
      line(pen, this.left, y, this.right, y);
      pen.fillText(short(pen, tick.label, this.left - 8), this.left - 6, y);
    }
    pen.textBaseline = 'top';
    pen.textAlign = 'center';
    let free = -Infinity;
    for (const tick of xAxis.ticks) {
      const x = Math.round(this.x(tick.at)) + 0.5;
      line(pen, x, this.top, x, this.bottom);
      const half = pen.measureText(tick.label).width / 2;
      const at = Math.min(Math.max(x, half + 2), this.width - half - 2);
      if (at - half > free) {
        pen.fillText(tick.label, at, this.bottom + 6);
        free = at + half + 8;
      }
    }
    pen.textBaseline = 'bottom';
    pen.fillStyle = colour('text');
    pen.fillText(xName, (this.left + this.right) / 2, this.height - 1);
    pen.save();
    pen.translate(11, (this.top + this.bottom) / 2);
    pen.rotate(-Math.PI / 2);
    pen.textBaseline = 'middle';
    pen.fillText(yName, 0, 0);
    pen.restore();
    pen.strokeStyle = colour('line');
    line(pen, this.left, this.bottom + 0.5, this.right, this.bottom + 0.5);
  }

  /** Says something beside a place, within the plot; nothing: hides it. */
  say(text, x = 0, y = 0) {
    this.tip.textContent = text || '';
    if (!text) return;
    const over = x > this.width * 0.6;
    this.tip.style.left = over ? 'auto' : `${x + 14}px`;
    this.tip.style.right = over ? `${this.width - x + 14}px` : 'auto';
    this.tip.style.top = `${Math.max(0, Math.min(y - 10, this.height - this.tip.offsetHeight - 4))}px`;
  }
}

export function line(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

/** As much of a text as has room. */
function short(pen, text, room) {
  let cut = text;
  while (cut.length > 3 && pen.measureText(cut).width > room) cut = `${cut.slice(0, -2)}…`;
  return cut;
}

export function dot(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

/** An axis of plain numbers for scale.js's readers. */
export function plainAxis(name, min, max, log = false) {
  const scale = log ? d3.scaleLog([min, max], [0, 1]) : d3.scaleLinear([min, max], [0, 1]);
  const format = log ? (x) => d3.format('~g')(Number(x.toPrecision(3))) : scale.tickFormat(6);
  let ticks = scale.ticks(6);
  if (log && ticks.length > 8) ticks = ticks.filter((x) => /^[125]/.test(x.toExponential()));
  if (log && ticks.length > 8) ticks = ticks.filter((x) => /^1/.test(x.toExponential()));
  return {
    name,
    min,
    max,
    position: (x) => scale(x),
    at: (u) => scale.invert(u),
    ticks: ticks.map((x) => ({ at: scale(x), label: format(x) })),
  };
}
