// The keys there are, in a dialog.
import { html, render } from './lib/lit-html.js';

const KEYS = [
  ['s', 'sweeps'],
  ['c', 'cluster'],
  ['m', 'compare sweeps'],
  ['b', 'pandas, which are babysat'],
  ['n', 'submit a sweep file'],
  ['1 … 9', 'the views of a sweep'],
  ['/', 'the search field'],
  ['↑ ↓', 'on a chart of curves: the next better or worse trial'],
  ['p', 'on a chart of curves: pin that trial, or let go of it'],
  ['Enter', 'on a chart of curves: open that trial'],
  ['?', 'this list'],
];

export function showKeys() {
  const host = document.getElementById('dialogs');
  const shut = () => host.querySelector('dialog').close();
  render(
    html`<dialog aria-label="Keys">
      <h2>Keys</h2>
      <table>
        ${KEYS.map(([key, what]) => html`<tr><td><kbd>${key}</kbd></td><td class="wrap">${what}</td></tr>`)}
      </table>
      <p></p>
      <button class="main" @click=${shut}>Close</button>
    </dialog>`,
    host,
  );
  host.querySelector('dialog').showModal();
}
