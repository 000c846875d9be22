/* Colours that come with the data (bodies, groups). The content security policy forbids style attributes, so set here. */

export function paintDots(root = document) {
  for (const dot of root.querySelectorAll("[data-color]")) dot.style.backgroundColor = dot.dataset.color;
  for (const line of root.querySelectorAll("[data-line-color]")) line.style.borderColor = line.dataset.lineColor;
}
