// Asks again and again while a page is open and in sight.

/** Calls `ask(signal)` now and every `millis`; returns what ends it. `failed` hears of refusals. */
export function every(millis, ask, failed) {
  const ended = new AbortController();
  let timer;
  const turn = async () => {
    if (!document.hidden) {
      try {
        await ask(ended.signal);
      } catch (failure) {
        if (ended.signal.aborted) return;
        failed(failure);
      }
    }
    if (!ended.signal.aborted) timer = setTimeout(turn, millis);
  };
  turn();
  return () => {
    ended.abort();
    clearTimeout(timer);
  };
}
