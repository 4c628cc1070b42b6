// All pandas: models that are babysat, one at a time.
import { html, render } from '../lib/lit-html.js';
import { get, isOperator, post } from '../api.js';
import { go } from '../route.js';
import { age, number, words } from '../text.js';
import { every } from './refresh.js';
import { phaseKey, phaseText } from './panda.js';

const EXAMPLE = `# One model, trained for as long as it is let.
name: digits
data: {builtin: digits, dev: 0.2, normalize: true}
parameters: {learning_rate: 0.01, hidden_units: 64, optimizer: adam, batch_size: 64}
`;

export function openPandas(main) {
  let pandas = null;
  let problem = '';
  let starting = false;
  let text = EXAMPLE;
  let mistakes = [];

  const start = async () => {
    try {
      const answer = await post('/v1/pandas', { panda_file: text, who: localStorage.getItem('caviar-owner') || '' });
      if (answer.panda_id) {
        go(`/pandas/${encodeURIComponent(answer.panda_id)}`);
        return;
      }
      mistakes = answer.problems || [];
    } catch (refused) {
      problem = refused.message;
    }
    draw();
  };

  const draw = () =>
    render(
      html`<div class="row title">
          <h1>Pandas</h1>
          ${isOperator() ? html`<button class="main" @click=${() => { starting = !starting; draw(); }}>Start a panda</button>` : ''}
        </div>
        ${problem ? html`<p class="note" role="alert">${problem}</p>` : ''}
        ${starting
          ? html`<section class="panel">
              <textarea class="code" id="panda-file" aria-label="Panda file" spellcheck="false" .value=${text} @input=${(e) => { text = e.target.value; }}></textarea>
              <div role="alert">${mistakes.map((p) => html`<div class="problem"><span>line ${p.line ?? 1}, column ${p.column ?? 1}: ${p.message}</span></div>`)}</div>
              <p></p><button class="main" id="start-panda" @click=${start}>Start</button>
            </section>`
          : ''}
        <section class="panel scroll">
          ${pandas === null ? html`<p class="quiet">Asking the coordinator …</p>` : ''}
          ${pandas?.length === 0 ? html`<p class="quiet">There is no panda yet: one model that is trained for as long as it is let, tuned while it trains, and taken back to what it was.</p>` : ''}
          ${pandas?.length
            ? html`<table id="pandas">
                <thead><tr><th>panda</th><th>phase</th><th class="n">epoch</th><th class="n">best</th><th>metric</th><th class="n">alerts</th><th>age</th></tr></thead>
                <tbody>${pandas.map((p) => html`<tr>
                  <td><a href=${`#/pandas/${encodeURIComponent(p.panda_id)}`}>${p.panda_id}</a></td>
                  <td><span class="state ${phaseKey(p.phase)}">${phaseText(p.phase)}</span></td>
                  <td class="n number">${p.epoch || 0}</td>
                  <td class="n number">${number(p.best)}</td>
                  <td class="quiet">${p.minimize ? 'least' : 'greatest'} ${words(p.metric || '')}</td>
                  <td class="n">${(p.alerts || []).length || ''}</td>
                  <td class="quiet">${age(Number(p.started_at_millis))}</td>
                </tr>`)}</tbody>
              </table>`
            : ''}
        </section>`,
      main,
    );

  draw();
  return every(
    3_000,
    async (signal) => {
      pandas = (await get('/v1/pandas', signal)).pandas || [];
      problem = '';
      draw();
    },
    (failure) => {
      problem = failure.message;
      draw();
    },
  );
}
