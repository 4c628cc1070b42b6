// The frame around all pages: the head with its links, and which page the address means.
import { html, render } from './lib/lit-html.js';
import { enter, isOperator, leave, whoAmI } from './api.js';
import { current, go } from './route.js';
import { nextTheme, theme } from './theme.js';
import { openSweeps } from './pages/sweeps.js';
import { openSweep } from './pages/sweep.js';
import { openTrial } from './pages/trial.js';
import { openSubmit } from './pages/submit.js';
import { openCompare } from './pages/compare.js';
import { openCluster } from './pages/cluster.js';
import { openPandas } from './pages/pandas.js';
import { openPanda } from './pages/panda.js';
import { showKeys } from './keys.js';

const main = document.getElementById('main');
let close = () => {};
let openPath = '';

function page({ path }) {
  const [first, second, third, fourth] = path;
  if (first === 'sweeps' && third === 'trials') return () => openTrial(main, second, Number(fourth));
  if (first === 'sweeps' && second) return () => openSweep(main, second);
  if (first === 'submit') return () => openSubmit(main);
  if (first === 'compare') return () => openCompare(main);
  if (first === 'pandas' && second) return () => openPanda(main, second);
  if (first === 'pandas') return () => openPandas(main);
  if (first === 'cluster') return () => openCluster(main);
  return () => openSweeps(main);
}

function head() {
  const at = current().path[0] || 'sweeps';
  const link = (address, name, text) =>
    html`<a href="#/${address}" aria-current=${at === name ? 'page' : 'false'}>${text}</a>`;
  const { role, tokens } = whoAmI();
  render(
    html`<div class="bar">
      <a class="brand" href="#/sweeps"><img src="/dashboard/icon.svg" alt="" />Caviar</a>
      <nav aria-label="Pages">
        ${link('sweeps', 'sweeps', 'Sweeps')} ${link('compare', 'compare', 'Compare')}
        ${link('pandas', 'pandas', 'Pandas')}
        ${link('cluster', 'cluster', 'Cluster')}
        ${isOperator() ? link('submit', 'submit', 'Submit') : ''}
      </nav>
      <span class="space"></span>
      ${tokens
        ? html`<span class="small quiet" id="role">${role}</span>
            <button class="small" @click=${changeToken}>Other token</button>`
        : ''}
      <button class="small" id="theme" @click=${changeTheme} title="Dark or light">
        ${{ system: 'As the system', dark: 'Dark', light: 'Light' }[theme()]}
      </button>
      <button class="small hide-narrow" @click=${showKeys} aria-label="Keys">?</button>
    </div>`,
    document.getElementById('head'),
  );
}

function changeTheme() {
  nextTheme();
  head();
}

async function changeToken() {
  close();
  openPath = '';
  render('', main);
  await leave();
  show();
}

function show() {
  head();
  const route = current();
  const path = route.path.join('/');
  if (path === openPath) return; // Its own choices changed.
  close();
  openPath = path;
  render('', main);
  close = page(route)() || (() => {});
  main.focus({ preventScroll: true });
}

addEventListener('hashchange', show);
addEventListener('keydown', (event) => {
  if (event.target.closest('input, textarea, select, dialog') || event.ctrlKey || event.metaKey || event.altKey) return;
  const to = { s: '/sweeps', c: '/cluster', m: '/compare', b: '/pandas' }[event.key];
  if (to) go(to);
  else if (event.key === 'n' && isOperator()) go('/submit');
  else if (event.key === '?') showKeys();
  else if (event.key === '/') {
    const search = main.querySelector('input[type=search]');
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

await enter();
show();
