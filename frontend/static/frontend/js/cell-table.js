/* The map's cells as a table: for who hears the page, and for who wants the numbers. Filled only while it is open. */

import {formatNumber} from "citypin/words";

const L = window.L;
const ROWS = 20;
const NAMES_FROM_ZOOM = 13; // there the base map's tiles know every quarter
const TILE_PX = 256;

/** `details` holds the table; `places` the base map's tiles; `onChosen(cell)` when a row is to be shown on the map. */
export function addCellTable({details, cells, places, words, onChosen}) {
  const body = details.querySelector("tbody");
  const empty = details.querySelector("[data-table-empty]");
  let filling = null;
  async function fill() {
    if (!details.open) return;
    const found = cells.cellsInView().slice(0, ROWS);
    filling = found;
    const names = await Promise.all(found.map((cell) => nearestName(places, cell.latlng)));
    if (filling !== found) return;
    body.replaceChildren(...found.map((cell, index) => row(cell, names[index], words, onChosen)));
    details.querySelector("table").hidden = !found.length;
    empty.hidden = found.length > 0;
  }
  details.addEventListener("toggle", fill);
  cells.on("load", fill);
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

/* The nearest place that the base map knows in the tile of the cell's middle. */
async function nearestName(places, latlng) {
  const chinese = document.documentElement.lang.startsWith("zh");
  const at = L.CRS.EPSG3857.latLngToPoint(latlng, NAMES_FROM_ZOOM).divideBy(TILE_PX);
  const layers = await places.request(NAMES_FROM_ZOOM, Math.floor(at.x), Math.floor(at.y)).tile;
  let [nearest, least] = [null, Infinity];
  for (const {geometry, extent, properties} of layers?.place ?? []) {
    const [{x, y}] = geometry[0];
    const distance = Math.hypot(x / extent - (at.x % 1), y / extent - (at.y % 1));
    if (distance < least && properties.name) [nearest, least] = [(chinese && properties.name_zh) || properties.name, distance];
  }
  return nearest;
}
