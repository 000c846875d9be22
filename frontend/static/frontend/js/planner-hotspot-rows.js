/* Rows of the hotspots' table and cells of the map point at each other: a row under mouse or focus outlines its cell,
   pressed it moves the map there and reads it; a cell chosen on the map focuses its row. */

import {color} from "citypin/theme";

const L = window.L;
const OUTLINE_PX = 4;

/** `onChosen(latlng)` when a row was pressed. */
export class HotspotRows {
  constructor(map, onChosen) {
    this.map = map;
    this.onChosen = onChosen;
    this.rows = new Map();
    for (const row of document.querySelectorAll("tr[data-cell]")) this.rows.set(row.dataset.cell, this.link(row));
  }

  link(row) {
    const corners = row.dataset.shape.split(",").map((corner) => corner.split(" ").map(Number).reverse());
    const button = document.createElement("button");
    button.type = "button";
    button.className = "planner__cell-link";
    const head = row.querySelector("th");
    button.append(...head.childNodes);
    head.append(button);
    const light = () => this.light(row, corners);
    const dim = () => { if (!row.matches(":hover, :focus-within")) this.dim(); };
    row.addEventListener("mouseenter", light);
    row.addEventListener("mouseleave", dim);
    button.addEventListener("focus", light);
    button.addEventListener("blur", dim);
    button.addEventListener("click", () => {
      const bounds = L.latLngBounds(corners);
      if (!this.map.getBounds().contains(bounds)) this.map.panTo(bounds.getCenter());
      this.onChosen(bounds.getCenter());
    });
    return {row, button};
  }

  /** The row of a cell gets focus, where it is listed. */
  focus(cell) {
    this.rows.get(cell)?.button.focus();
  }

  light(row, corners) {
    this.dim();
    row.classList.add("is-lit");
    this.lit = row;
    this.outline = L.polygon(corners, {color: color("accent"), weight: OUTLINE_PX, fill: false, interactive: false}).addTo(this.map);
  }

  dim() {
    this.lit?.classList.remove("is-lit");
    this.outline?.remove();
    this.lit = this.outline = null;
  }

  remove() {
    this.dim();
  }
}
