/* The flaws of the borders over any map of the staff, fetched when first switched on; a click leads to the list. */

import {findingRenderer, findingShape} from "citypin/finding-shape";

const L = window.L;

export function addFindings(map, {url, label}) {
  const control = L.control({position: "topleft"});
  const button = L.DomUtil.create("button", "button button--quiet findings-toggle");
  const shapes = L.layerGroup();
  let fetched = null;
  button.type = "button";
  button.textContent = label;
  button.ariaPressed = "false";
  L.DomEvent.disableClickPropagation(button);
  button.addEventListener("click", async () => {
    const shown = map.hasLayer(shapes);
    button.ariaPressed = String(!shown);
    if (shown) return shapes.remove();
    shapes.addTo(map);
    fetched ??= fill(map, shapes, url);
    if (!(await fetched)) {
      fetched = null; // no signal: the next press asks again
      shapes.remove();
      button.ariaPressed = "false";
    }
  });
  control.onAdd = () => button;
  control.addTo(map);
}

async function fill(map, shapes, url) {
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok || answer.redirected) return false;
  const {features} = await answer.json();
  const renderer = findingRenderer(map);
  // Most harm last: drawn on top.
  for (const feature of features.reverse()) {
    findingShape(feature, renderer).on("click", () => window.open(feature.properties.page, "_blank", "noopener")).addTo(shapes);
  }
  return true;
}
