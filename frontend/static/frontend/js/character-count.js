/* Says how many characters are left, late and rarely: only near the limit, and not at each key to screen readers. */

const NEAR = 0.8;
const WAIT_MS = 600;

export function countCharacters(field, line) {
  const limit = Number(field.dataset.limit);
  let timer = 0;

  function say() {
    const length = [...field.value.trim()].length; // as Python counts: an emoji is one
    const left = limit - length;
    line.classList.toggle("field__error", left < 0);
    if (length < limit * NEAR) line.textContent = "";
    else line.textContent = (left < 0 ? field.dataset.over : field.dataset.left).replace("{count}", Math.abs(left));
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(say, WAIT_MS);
  });
  say();
}
