/* Asks the server who is responsible. Only the newest question counts; a slow answer to an old one is dropped. */

const WAIT_MS = 200;

/** `onAnswer(root, ok)` gets the fragment's parts; `onSilence()` is called when the server cannot be reached. */
export function responsibilityPanel(url, {onAnswer, onSilence}) {
  let timer = 0;
  let running = null;

  async function ask(question) {
    running?.abort();
    running = new AbortController();
    const {signal} = running;
    try {
      const response = await fetch(`${url}?${new URLSearchParams(question)}`, {signal});
      if (response.status >= 500) throw new Error(`panel ${response.status}`);
      const text = await response.text();
      const root = new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
      if (!root?.matches("[data-place], [data-refused]")) throw new Error(`panel ${response.status}`);
      if (!signal.aborted) onAnswer(root, response.ok);
    } catch {
      if (!signal.aborted) onSilence();
    }
  }

  return function later(question) {
    clearTimeout(timer);
    timer = setTimeout(() => ask(question), WAIT_MS);
  };
}
