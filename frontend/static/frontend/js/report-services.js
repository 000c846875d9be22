/* What is it? Guesses, a search over names and everyday words, and all groups. The radios stay the only truth. */

/** `onChoice()` after each choice. */
export function serviceChoice(form, {onChoice}) {
  const search = form.querySelector("[data-service-search]");
  const status = form.querySelector("[data-service-search-status]");
  const guesses = form.querySelector("[data-slot=guesses]");
  const groups = [...form.querySelectorAll("[data-group]")];
  const rows = [...form.querySelectorAll("[data-service]")].map((row) => ({row, words: row.dataset.words.toLocaleLowerCase()}));
  const openBefore = new Set();

  function filter() {
    const wanted = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const {row, words} of rows) {
      row.hidden = !wanted.every((word) => words.includes(word));
      found += row.hidden ? 0 : 1;
    }
    if (wanted.length && !openBefore.has("kept")) {
      openBefore.add("kept");
      for (const group of groups) if (group.open) openBefore.add(group);
    }
    for (const group of groups) {
      const hit = group.querySelector("[data-service]:not([hidden])");
      group.hidden = !hit;
      group.querySelector(".group__count").hidden = wanted.length > 0; // it counts all of the group
      group.open = wanted.length ? Boolean(hit) : openBefore.has(group) || Boolean(group.querySelector(":checked"));
    }
    if (!wanted.length) openBefore.clear();
    status.textContent = !wanted.length ? "" : found ? search.dataset.found.replace("{count}", found) : search.dataset.none;
  }

  function mark() {
    const code = form.elements.service_code.value;
    for (const guess of guesses.querySelectorAll("[data-guess]")) {
      guess.setAttribute("aria-pressed", String(guess.dataset.guess === code));
    }
  }

  function choose(code) {
    const radio = document.getElementById(`service-${code}`);
    if (!radio) return;
    radio.checked = true;
    radio.closest("details").open = true;
    mark();
    onChoice();
  }

  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const hits = rows.filter(({row}) => !row.hidden);
    if (hits.length === 1) choose(hits[0].row.querySelector("input").value);
    else hits[0]?.row.querySelector("input").focus();
  });
  guesses.addEventListener("click", ({target}) => {
    const guess = target.closest("[data-guess]");
    if (guess) choose(guess.dataset.guess);
  });
  form.addEventListener("change", ({target}) => {
    if (target.name !== "service_code") return;
    mark();
    onChoice();
  });
  return {
    choose,
    mark,
    get code() { return form.elements.service_code.value; },
  };
}
