/* A job's page: asks once a second how far it is, and goes to the result when it is there. */

import {ready} from "citypin/ready";

const ASK_EVERY_MS = 1000;
const place = document.querySelector("[data-job]");
const finished = () => !["queued", "running"].includes(place.querySelector("[data-job-state]")?.dataset.jobState);

async function ask() {
  try {
    const answer = await fetch("?part", {headers: {"X-Requested-With": "fetch"}});
    if (answer.ok && !answer.redirected) show(await answer.text());
  } catch {
    // No signal: the next question may get through.
  }
  if (!finished()) setTimeout(ask, ASK_EVERY_MS);
}

function show(html) {
  const held = document.activeElement?.closest("[data-job] button");
  place.innerHTML = html;
  if (held) place.querySelector("button")?.focus();
  const result = place.querySelector("[data-job-result]");
  if (result) location.replace(result.href);
}

ready();
if (!finished()) setTimeout(ask, ASK_EVERY_MS);
