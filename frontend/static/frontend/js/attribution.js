/* Who the map's data come from: lines of text, never markup. CSS cuts them to one line until they have the focus. */

export function addAttribution(map, lines) {
  for (const line of lines) map.attributionControl.addAttribution(escaped(line));
  map.attributionControl.getContainer().tabIndex = 0;
}

/* Leaflet writes attributions as HTML; the operator's text is text. */
export function escaped(text) {
  const element = document.createElement("span");
  element.textContent = text;
  return element.innerHTML;
}
