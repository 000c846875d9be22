/* Asks the server who is responsible. Only the newest question counts; a slow answer to an old one is dropped. */

const WAIT_MS = 200;
const PATIENCE_MS = 15_000;
const RETRY_MS = 5_000;
const SLOW = "slow";

/** `onAnswer(root, ok)` gets the fragment's parts; `onSilence()` is called when the server cannot be reached;
    the question is then asked again until it is answered or another one comes. */
export function responsibilityPanel(url, {onAnswer, onSilence}) {
  let timer = 0;
  let running = null;

  async function ask(question) {
    running?.abort();
    const mine = (running = new AbortController());
    const {signal} = mine;
    const patience = setTimeout(() => mine.abort(SLOW), PATIENCE_MS);
    try {
      const response = await fetch(`${url}?${new URLSearchParams(question)}`, {signal});
      if (response.status >= 500) throw new Error(`panel ${response.status}`);
      const text = await response.text();
      const root = new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
      if (!root?.matches("[data-place], [data-refused]")) throw new Error(`panel ${response.status}`);
      if (!signal.aborted) onAnswer(root, response.ok);
    } catch {
      if (signal.aborted && signal.reason !== SLOW) return;
      onSilence();
      clearTimeout(timer);
      timer = setTimeout(() => ask(question), RETRY_MS);
    } finally {
      clearTimeout(patience);
    }
  }

  return function later(question) {
    clearTimeout(timer);
    timer = setTimeout(() => ask(question), WAIT_MS);
  };
}
