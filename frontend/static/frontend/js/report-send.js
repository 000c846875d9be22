/* Sends the form and stays on the page when that fails. Trying again is safe: the form carries its own key. */

import {forgetDraft} from "citypin/report-draft";

const PATIENCE_MS = 30_000;
const PATIENCE_WITH_PHOTO_MS = 240_000; // 10 MB at 400 kbit/s

/** `onProblems([{field, code, detail}])` when the server refuses something. */
export function reportSend(form, {photo, onProblems}) {
  const button = form.querySelector("[data-send]");
  const failed = form.querySelector("[data-send-failed]");
  const sendLabel = button.textContent;
  let sending = false;

  async function post() {
    await photo.whenIdle();
    const data = new FormData(form);
    data.set("step", "send");
    if (data.get("photo_id")) data.delete("photo"); // it is there already
    const response = await fetch(form.getAttribute("action").split("#")[0], {
      method: "POST",
      body: data,
      headers: {Accept: "application/json"},
      signal: AbortSignal.timeout(data.get("photo")?.size ? PATIENCE_WITH_PHOTO_MS : PATIENCE_MS),
    });
    if (!response.headers.get("content-type")?.includes("json")) throw new Error(`send ${response.status}`);
    return {ok: response.ok, answer: await response.json()};
  }

  return async function send() {
    if (sending) return;
    sending = true;
    failed.hidden = true;
    button.setAttribute("aria-disabled", "true");
    button.textContent = button.dataset.sending;
    try {
      const {ok, answer} = await post();
      if (ok) {
        forgetDraft();
        window.location.assign(answer.url);
        return;
      }
      button.textContent = sendLabel;
      onProblems(answer.problems ?? [{field: "place", code: answer.code, detail: answer.detail}]);
    } catch {
      button.textContent = button.dataset.again;
      failed.textContent = form.dataset.offline;
      failed.hidden = false;
    }
    button.removeAttribute("aria-disabled");
    sending = false;
  };
}
