// Asks for a token in a dialog.
import { html, render } from './lib/lit-html.js';

/** The token that the reader gives; `again` where the last one is not known. */
export function askForToken(again) {
  const host = document.getElementById('dialogs');
  return new Promise((given) => {
    const submit = (event) => {
      event.preventDefault();
      const token = event.target.elements.token.value.trim();
      if (token) {
        host.querySelector('dialog').close();
        render('', host);
        given(token);
      }
    };
    render(
      html`<dialog aria-labelledby="token-title" @cancel=${(e) => e.preventDefault()}>
        <form @submit=${submit}>
          <h2 id="token-title">A token, please</h2>
          <p class="quiet">
            This coordinator shows sweeps to those with a token. A viewer's reads; an operator's also
            submits, pauses and ends. It is kept until this tab is closed.
          </p>
          ${again ? html`<p class="bad" role="alert">That token is not known here.</p>` : ''}
          <label>Token <input name="token" type="password" autocomplete="off" required /></label>
          <button class="main">Enter</button>
        </form>
      </dialog>`,
      host,
    );
    host.querySelector('dialog').showModal();
  });
}
