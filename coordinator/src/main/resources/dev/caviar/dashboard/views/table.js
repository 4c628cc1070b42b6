// All trials as a table that can be sorted, searched and taken along as CSV.
import { html, render } from '../lib/lit-html.js';
import { keep, kept } from '../route.js';
import { valueOf } from '../sweep-model.js';
import { number, stateText, time, value, words } from '../text.js';

const PACE = 1_500;
const PAGE = 100;

export function openTable(host, sweep) {
  const { model } = sweep;
  let timer = 0;

  const columns = () => [
    { name: 'trial', of: (t) => t.trial, cell: (t) => html`<a href=${sweep.link(t.trial)}>${t.trial}</a>`, n: true },
    { name: 'state', of: (t) => t.state, cell: (t) => html`<span class="state ${t.state}" title=${t.reason || ''}>${stateText(t.state)}</span>` },
    { name: model.status?.metric || 'objective', of: (t) => t.objective, cell: (t) => number(t.objective), n: true },
    ...(model.status?.objectives || []).slice(1).map(({ metric: name }, i) => ({ name, of: (t) => t.others?.[i], cell: (t) => number(t.others?.[i]), n: true })),
    ...sweep.space.map((d) => ({ name: d.name, of: (t) => valueOf(t, d), cell: (t) => value(valueOf(t, d)), n: !d.choices.length })),
    { name: 'epochs', of: (t) => t.epochs, cell: (t) => `${t.epochs}/${model.status?.epochs ?? ''}`, n: true },
    { name: 'time', of: (t) => t.seconds, cell: (t) => time(t.seconds), n: true },
    ...(model.stages.length ? [{ name: 'stage', of: (t) => t.stage || 0, cell: (t) => t.stage || '', n: true }] : []),
    { name: 'attempt', of: (t) => t.attempt, cell: (t) => t.attempt, n: true },
    { name: 'worker', of: (t) => t.worker, cell: (t) => t.worker },
  ];

  const sorted = (all) => {
    const by = kept('sort', '');
    const column = all.find((c) => c.name === by) || all[2];
    const usual = by === '' && model.status?.minimize === false;
    const down = kept('down') === '1' || usual ? -1 : 1;
    const wanted = kept('q').toLowerCase();
    return model
      .known()
      .filter((t) => !wanted || matches(t, wanted))
      .sort((a, b) => {
        const [x, y] = [column.of(a), column.of(b)];
        // What has no value comes last, whichever way.
        if (x === undefined || x === null) return y === undefined || y === null ? a.trial - b.trial : 1;
        if (y === undefined || y === null) return -1;
        return down * d3.ascending(x, y) || a.trial - b.trial;
      });
  };

  /** Every word must be found: in the state, the worker, or as name=value or name<value. */
  const matches = (t, wanted) =>
    wanted.split(/\s+/).every((word) => {
      const test = word.match(/^([a-z_0-9[\]]+)(<=|>=|=|<|>)(.+)$/);
      if (!test) {
        return `${t.trial} ${stateText(t.state)} ${t.state} ${t.worker} ${Object.values(t.values).map(value).join(' ')}`.toLowerCase().includes(word);
      }
      const [, name, sign, right] = test;
      const d = sweep.space.find((one) => one.name === name);
      const left = d ? valueOf(t, d) : name === model.status?.metric ? t.objective : (t[name] ?? t.values[name]);
      if (left === undefined) return false;
      if (sign === '=') return value(left).toLowerCase() === right || Number(left) === Number(right);
      return { '<': left < Number(right), '>': left > Number(right), '<=': left <= Number(right), '>=': left >= Number(right) }[sign];
    });

  const draw = () => {
    const all = columns();
    const rows = sorted(all);
    const page = Math.min(Number(kept('page', '1')), Math.max(1, Math.ceil(rows.length / PAGE)));
    const shown = rows.slice((page - 1) * PAGE, page * PAGE);
    const by = kept('sort', '');
    render(
      html`<section class="panel">
        <div class="row controls">
          <input type="search" size="34" aria-label="Filter trials" placeholder="completed learning_rate<0.01" .value=${kept('q')} @input=${(e) => { keep('q', e.target.value); keep('page', ''); draw(); }} />
          <span class="quiet small" id="count">${rows.length} of ${model.known().length} trials</span>
          <button class="small" id="csv" @click=${() => download(all, rows)}>CSV</button>
          ${rows.length > PAGE
            ? html`<span class="row"><button class="small" ?disabled=${page <= 1} @click=${() => turn(page - 1)}>‹</button><span class="small number">${page} of ${Math.ceil(rows.length / PAGE)}</span><button class="small" ?disabled=${page * PAGE >= rows.length} @click=${() => turn(page + 1)}>›</button></span>`
            : ''}
        </div>
        <div class="scroll"><table id="trials">
          <thead><tr>${all.map((c) => html`<th class=${c.n ? 'n' : ''} aria-sort=${c.name === by ? (kept('down') === '1' ? 'descending' : 'ascending') : 'none'}><button @click=${() => sort(c.name)}>${words(c.name)}${c.name === by ? (kept('down') === '1' ? ' ↓' : ' ↑') : ''}</button></th>`)}</tr></thead>
          <tbody>${shown.map((t) => html`<tr class=${t.trial === model.status?.best_trial || model.status?.front?.includes(t.trial) ? 'best' : ''}>${all.map((c) => html`<td class=${c.n ? 'n number' : ''}>${c.cell(t)}</td>`)}</tr>`)}</tbody>
        </table></div>
      </section>`,
      host,
    );
  };

  const turn = (page) => {
    keep('page', String(page), '1');
    draw();
  };
  const sort = (name) => {
    if (kept('sort') === name) keep('down', kept('down') === '1' ? '' : '1');
    else {
      keep('sort', name);
      keep('down', '');
    }
    draw();
  };

  /** As shown: filtered, in this order, with full numbers. */
  const download = (all, rows) => {
    const quoted = (x) => {
      const text = x === undefined || x === null ? '' : Array.isArray(x) ? x.join(' ') : String(x);
      return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    const lines = [all.map((c) => quoted(c.name)), ...rows.map((t) => all.map((c) => quoted(c.of(t))))];
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([lines.map((l) => `${l.join(',')}\n`).join('')], { type: 'text/csv' }));
    link.download = `${sweep.id}-trials.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };

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
      render('', host);
    },
  };
}
