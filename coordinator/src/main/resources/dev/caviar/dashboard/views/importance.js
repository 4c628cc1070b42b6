// Which hyperparameters matter, as `caviar importance` says it; computed by the coordinator.
import { html, render } from '../lib/lit-html.js';
import { get, sweepPath } from '../api.js';
import { keep, kept } from '../route.js';
import { words } from '../text.js';

const PAIRS = 8;
const PACE = 15_000;

export function openImportance(host, sweep) {
  const ended = new AbortController();
  let answer = null;
  let problem = '';
  let asked = 0;
  let timer = 0;
  const method = () => kept('method', 'fanova');

  const load = async () => {
    asked = performance.now();
    try {
      answer = await get(`${sweepPath(sweep.id)}/importance?method=${method()}`, ended.signal);
      problem = '';
    } catch (refused) {
      if (ended.signal.aborted) return;
      problem = refused.message;
    }
    draw();
  };

  const percent = (share) => `${(100 * Math.max(0, share)).toFixed(1)}%`;
  const bars = (effects) => html`<table class="effects">
    ${effects.map(
      (e) => html`<tr>
        <td>${e.dimensions.map((name) => html`<a href=${`#/sweeps/${encodeURIComponent(sweep.id)}?view=${e.dimensions.length > 1 ? `contour&x=${encodeURIComponent(e.dimensions[0])}&y=${encodeURIComponent(e.dimensions[1])}` : `slices&only=${encodeURIComponent(name)}`}`} @click=${jump}>${words(name)}</a>${name === e.dimensions.at(-1) ? '' : ' × '}`)}</td>
        <td class="n number">${percent(e.share || 0)}</td>
        <td class="n number quiet">${'deviation' in e ? `± ${percent(e.deviation)}` : ''}</td>
        <td width="50%"><span class="meter"><i class="share" .style=${`width:${100 * Math.max(0, e.share || 0)}%`}></i></span></td>
      </tr>`,
    )}
  </table>`;
  // The page is the same, so the router does not open it anew.
  const jump = (event) => {
    event.preventDefault();
    history.replaceState(null, '', event.currentTarget.getAttribute('href'));
    sweep.reopen();
  };

  const draw = () => {
    const fanova = method() === 'fanova';
    render(
      html`<section class="panel">
        <div class="row controls">
          <label class="inline">Method
            <select @change=${(e) => { keep('method', e.target.value, 'fanova'); answer = null; draw(); load(); }}>
              <option value="fanova" ?selected=${fanova}>fANOVA: shares of the variance</option>
              <option value="ped_anova" ?selected=${!fanova}>PED-ANOVA: what sets the best quarter apart</option>
            </select>
          </label>
          <button class="small" @click=${load}>Compute again</button>
          ${answer ? html`<span class="quiet small">from ${answer.trials || 0} completed trials</span>` : ''}
        </div>
        ${problem ? html`<p class="note" role="alert">${problem}</p>` : ''}
        ${!answer && !problem ? html`<p class="quiet">The coordinator computes …</p>` : ''}
        ${answer?.not_yet ? html`<p class="note">${answer.not_yet}</p>` : ''}
        ${answer && !answer.not_yet
          ? html`<div class="grid2" id="importance">
              <div><h2>Alone</h2>${bars(answer.parameters || [])}</div>
              ${answer.interactions?.length ? html`<div><h2>In pairs, beyond each alone</h2>${bars(answer.interactions.slice(0, PAIRS))}</div>` : ''}
            </div>
            ${fanova ? html`<p class="quiet small">${trust(answer.out_of_bag_r2 || 0)}</p>` : ''}`
          : ''}
      </section>`,
      host,
    );
  };

  const trust = (r2) =>
    r2 > 0
      ? `The forest predicts ${percent(r2)} of the variance of trials it was not grown from.`
      : 'The forest predicts trials it was not grown from no better than their mean would: these shares say little. More trials would help.';

  draw();
  load();
  return {
    update(changed) {
      if (!changed.trials.size || timer) return;
      timer = setTimeout(() => {
        timer = 0;
        load();
      }, Math.max(0, PACE - (performance.now() - asked)));
    },
    close() {
      ended.abort();
      clearTimeout(timer);
      render('', host);
    },
  };
}
