// Batch norm, layer by layer, over the epochs: of points that have layers.
import { html, render } from '../lib/lit-html.js';
import { Plot, plainAxis } from '../charts/plot.js';

const SHOWN = {
  gamma_mean: 'γ, mean over units',
  beta_mean: 'β, mean over units',
  running_mean: 'running mean',
  running_variance: 'running variance',
};

/**
 * Charts in a host, as soon as there is something to draw.
 *
 * @param pointsOf the points as the API has them, in the order of their epochs
 */
export function openLayers(host, pointsOf) {
  const charts = [];

  /** Rows of epoch and, for each layer, what it was then. */
  const rowsOf = (name) =>
    pointsOf()
      .filter((p) => p.layers?.some((l) => l.batch_norm))
      .map((p) => [p.epoch, ...p.layers.map((l) => (l.batch_norm ? Number(l.batch_norm[name] ?? 0) : Number.NaN))]);

  const chart = (name) => {
    const section = host.appendChild(document.createElement('section'));
    section.className = 'panel';
    section.appendChild(document.createElement('h2')).textContent = `Batch norm: ${SHOWN[name]}`;
    const place = section.appendChild(document.createElement('div'));
    place.dataset.statistic = name;
    const legend = section.appendChild(document.createElement('div'));
    legend.className = 'legend';
    const tint = (i) => d3.schemeTableau10[i % 10];
    const redraw = () => {
      const rows = rowsOf(name);
      const pen = plot.pen();
      if (!rows.length) return;
      let [low, high] = d3.extent(rows.flatMap((row) => row.slice(1)).filter(Number.isFinite));
      if (low === high) [low, high] = [low - 0.5, high + 0.5];
      const x = plainAxis('epoch', Math.min(1, rows[0][0]), Math.max(2, rows.at(-1)[0]));
      const y = plainAxis('', low, high);
      plot.axes(pen, x, y);
      plot.clip(pen);
      const count = d3.max(rows, (row) => row.length) - 1;
      for (let i = 1; i <= count; i++) {
        pen.strokeStyle = tint(i - 1);
        pen.lineWidth = 1.8;
        pen.beginPath();
        rows
          .filter((row) => Number.isFinite(row[i]))
          .forEach((row, k) => pen[k ? 'lineTo' : 'moveTo'](plot.x(x.position(row[0])), plot.y(y.position(row[i]))));
        pen.stroke();
      }
      pen.restore();
      render(html`${d3.range(count).map((i) => html`<span><i .style=${`background:${tint(i)}`}></i>layer ${i + 1}</span>`)}`, legend);
    };
    const plot = new Plot(place, { height: 200, label: `${SHOWN[name]} of each layer over epochs`, redraw });
    charts.push({ plot, redraw });
  };

  return {
    draw() {
      if (!charts.length && rowsOf('gamma_mean').length) Object.keys(SHOWN).forEach(chart);
      charts.forEach((c) => c.redraw());
    },
    close() {
      charts.forEach((c) => c.plot.close());
    },
  };
}
