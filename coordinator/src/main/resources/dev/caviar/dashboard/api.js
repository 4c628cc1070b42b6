// Asks the coordinator. The token is kept for this tab only, and is never part of an address.
import { askForToken } from './token.js';

const KEY = 'caviar-token';
let access = { role: '', tokens: false };

/** What the coordinator refuses, in its own words. */
export class Refusal extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Whether this reader may change anything. */
export const isOperator = () => access.role === 'operator';
export const whoAmI = () => access;

function headers(more = {}) {
  const token = sessionStorage.getItem(KEY);
  return token ? { authorization: `Bearer ${token}`, ...more } : more;
}

/** Finds out who reads, and asks for a token until one is known if there must be one. */
export async function enter() {
  access = await (await fetch('/v1/access', { headers: headers() })).json();
  for (let again = sessionStorage.getItem(KEY) !== null; access.role === ''; again = true) {
    sessionStorage.setItem(KEY, await askForToken(again));
    access = await (await fetch('/v1/access', { headers: headers() })).json();
  }
}

/** Forgets the token and asks for another. */
export async function leave() {
  sessionStorage.removeItem(KEY);
  access = { role: '', tokens: true };
  await enter();
}

async function refusal(response) {
  const text = await response.text();
  try {
    return new Refusal(JSON.parse(text).message || text, response.status);
  } catch {
    return new Refusal(text || `the coordinator answered ${response.status}`, response.status);
  }
}

async function ask(path, options = {}) {
  const response = await fetch(path, { ...options, headers: headers(options.headers) });
  if (response.status === 401) {
    await leave();
    return ask(path, options);
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

export async function get(path, signal) {
  return (await ask(path, { signal })).json();
}

export async function post(path, body) {
  const response = await ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  });
  return response.json();
}

export const sweepPath = (id) => `/v1/sweeps/${encodeURIComponent(id)}`;

const LIVELY = 45_000; // The coordinator says something every ten seconds at least.

/**
 * Follows a sweep until the signal ends it: calls back with each event and, when the connection
 * breaks, says why and goes on from the last event that came.
 */
export async function follow(id, points, { onEvent, onState, signal }) {
  let cursor = '0';
  let wait = 500;
  while (!signal.aborted) {
    try {
      const response = await ask(`${sweepPath(id)}/stream?points=${points}&after=${cursor}`, {
        signal,
      });
      onState('live');
      wait = 500;
      const over = await read(response.body, (event, at) => {
        cursor = at;
        onEvent(event);
        return event.over;
      });
      // A sweep that is over may be continued, so it is asked again now and then.
      if (over) {
        onState('over');
        await pause(15_000, signal);
      }
    } catch (failure) {
      if (signal.aborted) return;
      if (failure instanceof Refusal && failure.status === 404) throw failure;
      onState('lost', failure.message);
      await pause(wait, signal);
      wait = Math.min(wait * 2, 10_000);
    }
  }
}

async function read(body, onEvent) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let over = false;
  for (;;) {
    let timer;
    const silence = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new Error('the coordinator is silent')), LIVELY);
    });
    const { done, value } = await Promise.race([reader.read(), silence]).finally(() =>
      clearTimeout(timer),
    );
    if (done) return over;
    text += value;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const id = lines.find((line) => line.startsWith('id: '));
      const data = lines.find((line) => line.startsWith('data: '));
      if (id && data) over = onEvent(JSON.parse(data.slice(6)), id.slice(4));
    }
  }
}

function pause(millis, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, millis);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      done();
    });
  });
}
