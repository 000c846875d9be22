/* Refusals: a summary with links at the top and each sentence beside its field. */

export function problemList(form) {
  const summary = form.querySelector("[data-problems]");
  const list = form.querySelector("[data-problem-list]");

  function beside(field, sentence) {
    const slot = form.querySelector(`[data-errors-of="${field}"]`) ?? form.querySelector("[data-errors-of=place]");
    const line = document.createElement("p");
    line.className = "field__error";
    line.textContent = sentence;
    slot.append(line);
  }

  function clear(field) {
    form.querySelector(`[data-errors-of="${field}"]`)?.replaceChildren();
    for (const link of list.querySelectorAll(`[href="#field-${field}"]`)) link.closest("li").remove();
    if (!list.children.length) summary.hidden = true;
  }

  return {
    clear,
    /** One sentence, said at once to screen readers, without the summary. */
    say(field, sentence) {
      clear(field);
      beside(field, sentence);
      form.querySelector(`[data-errors-of="${field}"]`)?.setAttribute("role", "alert");
    },
    show(problems) {
      for (const slot of form.querySelectorAll("[data-errors-of]")) slot.replaceChildren();
      list.replaceChildren(...problems.map(({field, code, detail}) => {
        beside(field, detail);
        const link = document.createElement("a");
        link.href = `#field-${field}`;
        link.dataset.code = code;
        link.textContent = detail;
        const item = document.createElement("li");
        item.append(link);
        return item;
      }));
      summary.hidden = false;
      summary.focus();
    },
  };
}
