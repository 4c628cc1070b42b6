// A sweep file in the page, with the coordinator's own errors beside its lines.
import { html, render } from '../lib/lit-html.js';
import { get, isOperator, post, sweepPath } from '../api.js';
import { go, kept, sweepLink } from '../route.js';

const EXAMPLE = `# Handwritten digits of 8 by 8 pixels: which network tells them apart?
name: digits
data: {builtin: digits, dev: 0.2, normalize: true}
parameters:
  learning_rate:       {scale: log, min: 1.0e-4, max: 1.0}
  momentum:            {scale: one_minus_log, min: 0.9, max: 0.999, when: {optimizer: [momentum]}}
  hidden_layers:       {min: 1, max: 3}
  hidden_units:        {min: 50, max: 100, per: layer}
  batch_size:          {values: [32, 64, 128, 256]}
  optimizer:           {values: [momentum, adam]}
  activation:          {values: [relu, tanh]}
  learning_rate_decay: {scale: log, min: 1.0e-3, max: 1.0}
fixed: {batch_norm: true, epochs: 20}
objective: {metric: dev_error, goal: minimize}
search: {sampler: coarse_to_fine, trials: 60, seed: 42}
`;

export function openSubmit(main) {
  if (!isOperator()) {
    render(html`<h1>Submit a sweep</h1><p class="note">Your token is a viewer's; submitting needs an operator's.</p>`, main);
    return undefined;
  }
  let text = EXAMPLE;
  let problems = [];
  let failure = '';
  let busy = false;
  let owner = localStorage.getItem('caviar-owner') || '';

  const draw = () => {
    const wrong = new Set(problems.map((p) => p.line));
    const lines = text.split('\n').length;
    render(
      html`<div class="row title">
          <h1>Submit a sweep</h1>
          <div class="row">
            <label class="inline">Your name <input id="owner" size="12" .value=${owner} @input=${named} /></label>
            <label class="button">Open a file <input type="file" accept=".yaml,.yml" hidden @change=${open} /></label>
            <button class="main" id="submit" ?disabled=${busy} @click=${submit}>${busy ? 'Submitting …' : 'Submit'}</button>
          </div>
        </div>
        <section class="panel">
          <div class="editor">
            <div class="gutter number" aria-hidden="true">
              ${Array.from({ length: lines }, (_, i) => html`<div class=${wrong.has(i + 1) ? 'wrong' : ''}>${i + 1}</div>`)}
            </div>
            <textarea class="code" id="file" aria-label="Sweep file" spellcheck="false" autocapitalize="off" .value=${text} @input=${typed} @scroll=${scrolled} @keydown=${keys}></textarea>
          </div>
          <div id="problems" role="alert">
            ${failure ? html`<p class="problem">${failure}</p>` : ''}
            ${problems.map(
              (p) => html`<div class="problem">
                <button class="small" @click=${() => jump(p)}>line ${p.line}, column ${p.column}</button><span>${p.message}</span>
              </div>`,
            )}
          </div>
        </section>
        <p class="quiet small">
          Paths of data files are read by workers, on their own disks. The file is checked by the
          coordinator; nothing begins while there is a mistake in it. Ctrl-Enter submits.
        </p>`,
      main,
    );
  };

  const area = () => main.querySelector('textarea');
  const typed = (event) => {
    const grown = event.target.value.split('\n').length !== text.split('\n').length;
    text = event.target.value;
    if (grown || problems.length) {
      problems = [];
      failure = '';
      draw();
    }
  };
  const named = (event) => {
    owner = event.target.value.trim();
    localStorage.setItem('caviar-owner', owner);
  };
  const scrolled = (event) => {
    main.querySelector('.gutter').scrollTop = event.target.scrollTop;
  };
  const keys = (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
  };
  const jump = ({ line, column }) => {
    const before = text.split('\n').slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0);
    const at = before + Math.max(0, column - 1);
    area().focus();
    area().setSelectionRange(at, Math.max(at, text.indexOf('\n', at)));
    area().scrollTop = Math.max(0, (line - 5) * 21);
  };
  const open = async (event) => {
    const file = event.target.files[0];
    if (file) {
      text = await file.text();
      problems = [];
      draw();
    }
  };
  const submit = async () => {
    if (busy) return;
    text = area().value;
    busy = true;
    failure = '';
    draw();
    try {
      const answer = await post('/v1/sweeps', { sweep_file: text, owner });
      if (answer.sweep_id) {
        go(sweepLink(answer.sweep_id).slice(1));
        return;
      }
      problems = (answer.problems || []).map((p) => ({ line: 1, column: 1, ...p }));
    } catch (refused) {
      failure = refused.message;
    }
    busy = false;
    draw();
    if (problems.length) jump(problems[0]);
  };

  draw();
  const from = kept('from');
  if (from) {
    get(sweepPath(from)).then((sweep) => {
      text = sweep.sweep_file;
      draw();
    }, (refused) => {
      failure = refused.message;
      draw();
    });
  }
  return undefined;
}
