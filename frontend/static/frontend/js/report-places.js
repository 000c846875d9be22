/* Finds places while somebody types; the found ones are buttons below the field. */

const WAIT_MS = 250;

/** `onPlace({lon, lat, label})` when one is chosen. */
export function placeSearch(form, {onPlace}) {
  const input = form.elements.place;
  const list = form.querySelector("[data-place-options]");
  const status = form.querySelector("[data-place-status]");
  let timer = 0;
  let running = null;

  function close() {
    clearTimeout(timer);
    running?.abort();
    list.hidden = true;
    list.replaceChildren();
  }

  function choose(place) {
    close();
    status.textContent = "";
    onPlace(place);
  }

  function show(places) {
    list.replaceChildren(...places.map((place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "place-option";
      button.textContent = place.label;
      button.addEventListener("click", () => choose(place));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
    list.hidden = places.length === 0;
  }

  async function search({takeFirst = false} = {}) {
    clearTimeout(timer);
    running?.abort();
    running = new AbortController();
    const {signal} = running;
    const text = input.value.trim();
    if (text.length < 2) return close();
    try {
      const response = await fetch(`${form.dataset.placesUrl}?${new URLSearchParams({q: text})}`, {signal});
      const places = await response.json();
      if (signal.aborted) return;
      status.textContent = places.length ? "" : status.dataset.none;
      if (takeFirst && places.length === 1) choose(places[0]);
      else show(places);
    } catch {
      if (!signal.aborted) status.textContent = status.dataset.offline;
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      search({takeFirst: true});
    } else if (event.key === "Escape") {
      close();
    } else if (event.key === "ArrowDown" && !list.hidden) {
      event.preventDefault();
      list.querySelector("button").focus();
    }
  });
  list.addEventListener("keydown", (event) => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (event.key === "Escape") {
      close();
      input.focus();
    }
    if (!step) return;
    event.preventDefault();
    const buttons = [...list.querySelectorAll("button")];
    const next = buttons.indexOf(document.activeElement) + step;
    (buttons[next] ?? input).focus();
  });
  return {search, close, say: (sentence) => { status.textContent = sentence; }};
}
