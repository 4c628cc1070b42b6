// What a model does on its development examples: the confusion matrix, and some examples with what
// the model makes of them.
import { html } from '../lib/lit-html.js';
import { number } from '../text.js';

export function reportOf(report, status) {
  const names = report.class_names || [];
  const classes = names.length;
  const counts = (report.confusion || []).map(Number);
  const total = counts.reduce((sum, n) => sum + n, 0);
  const wrong = counts.reduce((sum, n, i) => sum + (Math.floor(i / classes) === i % classes ? 0 : n), 0);
  return html`<div class="grid2" id="report">
    ${classes
      ? html`<section class="panel scroll"><h2>Confusion matrix</h2>
          <p class="quiet small">${total} development examples, ${wrong} of them taken for another class. A row for what they are, a column for what they were taken for.</p>
          ${matrix(names, counts)}</section>`
      : ''}
    <section class="panel"><h2>Predictions</h2>
      <p class="quiet small">${classes ? 'Development examples: first those it is most wrongly sure of, then some that it gets right.' : 'Development examples, those furthest off first.'}</p>
      <div class="pictures">${(report.examples || []).map((e) => example(e, report, names, status))}</div></section>
  </div>`;
}

function matrix(names, counts) {
  const k = names.length;
  const most = Math.max(1, ...counts.filter((_, i) => Math.floor(i / k) !== i % k));
  const diagonal = Math.max(1, ...names.map((_, i) => counts[i * k + i]));
  const tint = (i, j) => {
    const n = counts[i * k + j];
    if (!n) return '';
    const share = i === j ? (0.55 * n) / diagonal : 0.15 + (0.6 * n) / most;
    return `background:color-mix(in srgb, var(--${i === j ? 'done' : 'bad'}) ${Math.round(100 * share)}%, transparent)`;
  };
  return html`<table class="confusion">
    <tr><th></th>${names.map((n) => html`<th>${n}</th>`)}</tr>
    ${names.map((n, i) => html`<tr><th>${n}</th>${names.map((_, j) => html`<td class="number" .style=${tint(i, j)}>${counts[i * k + j] || ''}</td>`)}</tr>`)}
  </table>`;
}

function example(e, report, names) {
  if (!names.length) {
    return html`<div class="picture">target ${number(e.target || 0)}<br />predicted <strong>${number(Number(e.outputs?.[0] ?? 0))}</strong></div>`;
  }
  const outputs = (e.outputs || []).map(Number);
  const taken = outputs.indexOf(Math.max(...outputs));
  const is = e.target || 0;
  return html`<div class="picture ${taken === is ? '' : 'wrong'}">
    ${e.pixels && report.width ? html`<canvas width=${report.width} height=${report.height} role="img" aria-label=${`A picture of ${names[is]}`} .pixels=${e.pixels} .inked=${ink(e.pixels, report)}></canvas>` : ''}
    <strong>${names[taken]}</strong> ${(100 * outputs[taken]).toFixed(1)}%
    ${taken === is ? '' : html`<br /><span class="bad">is ${names[is]}</span>`}
  </div>`;
}

/** Draws once the canvas is there. */
function ink(pixels, { width, height }) {
  queueMicrotask(() => {
    for (const canvas of document.querySelectorAll('.picture canvas')) {
      if (canvas.pixels !== pixels || canvas.drawn === pixels) continue;
      canvas.drawn = pixels;
      const bytes = Uint8Array.from(atob(pixels), (c) => c.charCodeAt(0));
      const pen = canvas.getContext('2d');
      const image = pen.createImageData(width, height);
      bytes.forEach((v, i) => image.data.set([v, v, v, 255], 4 * i));
      pen.putImageData(image, 0, 0);
    }
  });
  return pixels;
}
