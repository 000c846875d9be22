/* The map's cells as a table: for who hears the page, and for who wants the numbers. Filled only while it is open. */

import {pointsIn} from "citypin/view-canvas";
import {formatNumber} from "citypin/words";

const ROWS = 20;

/** `details` holds the table; `onChosen(cell)` when a row is to be shown on the map. */
export function addCellTable({details, cells, labels, words, onChosen}) {
  const body = details.querySelector("tbody");
  const empty = details.querySelector("[data-table-empty]");
  const fill = () => {
    if (!details.open) return;
    const found = cells.cellsInView().slice(0, ROWS);
    body.replaceChildren(...found.map((cell) => row(cell, nearestName(labels, cell), words, onChosen)));
    details.querySelector("table").hidden = !found.length;
    empty.hidden = found.length > 0;
  };
  details.addEventListener("toggle", fill);
  cells.on("drawn", fill);
}

function row(cell, name, words, onChosen) {
  const element = document.getElementById("cell-row").content.cloneNode(true).firstElementChild;
  const slot = (part) => element.querySelector(`[data-slot="${part}"]`);
  const {share, days} = words.figures(cell.properties);
  slot("place").textContent = name ?? `${cell.latlng.lat.toFixed(3)}, ${cell.latlng.lng.toFixed(3)}`;
  slot("place").addEventListener("click", () => onChosen(cell));
  slot("count").textContent = formatNumber(cell.properties.count);
  slot("density").textContent = formatNumber(Number(cell.density.toPrecision(2)));
  slot("share").textContent = share;
  slot("days").textContent = days;
  return element;
}

/* The nearest place that the base map knows, large or small. */
function nearestName(labels, {latlng}) {
  if (!labels.view) return null;
  const chinese = document.documentElement.lang.startsWith("zh");
  const at = labels._map.project(latlng, labels.view.zoom).subtract(labels.view.origin);
  let [nearest, least] = [null, Infinity];
  for (const {x, y, properties} of pointsIn(labels.view, "place")) {
    const distance = Math.hypot(x - at.x, y - at.y);
    if (distance < least && properties.name) [nearest, least] = [(chinese && properties.name_zh) || properties.name, distance];
  }
  return nearest;
}
