/* Leaflet takes a string for markup, and names come from data. */

export function textOnly(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
}
