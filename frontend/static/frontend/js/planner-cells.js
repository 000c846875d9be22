/* Reports in square cells of the view, in classes of reports per km² and month. The classes hang on the question alone.
   A comparison has both counts of each cell. */

import {classOf, pixelSide_km} from "citypin/density";
import {plainSwatch} from "citypin/planner-legend";
import {color} from "citypin/theme";
import {formatNumber} from "citypin/words";

const L = window.L;
const CELL_PX = 8; // as the server cuts them: 32 cells along a tile
const CELLS = 256 / CELL_PX;
const OPACITY = 0.75;
const [LEAST_ZOOM, MOST_ZOOM] = [8, 17];

export class CellsLayer {
  constructor(map, data, {readiness, legend}) {
    this.map = map;
    this.data = data;
    this.readiness = readiness;
    this.group = L.layerGroup([], {}).addTo(map);
    this.renderer = L.canvas({padding: 0.1});
    this.breaks = data.cell_bounds;
    this.colors = this.breaks.map((_, index) => color(`heat-${index + 1}`));
    legend.show(data.cells_title, this.breaks.map((from, index) => ({
      label: `${formatNumber(from)}${index === this.breaks.length - 1 ? "+" : ""}`,
      paint: plainSwatch(this.colors[index], OPACITY),
    })));
    this.load = () => readiness.during(this.fetch());
    map.on("moveend", this.load);
    this.load();
  }

  async fetch() {
    const zoom = Math.min(Math.max(Math.round(this.map.getZoom()), LEAST_ZOOM), MOST_ZOOM);
    const bounds = this.map.getBounds();
    const query = new URLSearchParams(this.data.query);
    const sides = {west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth(), z: zoom};
    for (const [name, value] of Object.entries(sides)) query.set(name, String(value));
    this.asked?.abort();
    this.asked = new AbortController();
    try {
      const response = await fetch(`${this.data.urls.cells}?${query}`, {signal: this.asked.signal});
      if (response.ok) this.draw(await response.json());
    } catch {
      // A newer view was asked for, or there is no signal: what is drawn stays.
    }
  }

  draw({z, cells}) {
    this.group.clearLayers();
    const across = 2 ** z * CELLS;
    const side = pixelSide_km(z, this.map.getCenter().lat) * CELL_PX;
    const corner = (column, row) => this.map.unproject(L.point(column, row).multiplyBy(CELL_PX), z);
    for (const [column, row, ...counts] of cells) {
      if (column < 0 || column >= across) continue;
      const density = this.shown(counts) / side ** 2 / this.data.months;
      const index = Math.max(classOf(density, this.breaks), 0);
      L.rectangle(L.latLngBounds(corner(column, row), corner(column + 1, row + 1)), {
        renderer: this.renderer, stroke: false, fillColor: density ? this.colors[index] : color("sunken"), fillOpacity: OPACITY,
      }).bindTooltip(this.say(counts), {sticky: true}).addTo(this.group);
    }
  }

  /* Of two places each in its own cells, of two periods the first. */
  shown(counts) {
    return this.data.compares_places ? Math.max(...counts) : counts[0];
  }

  say([count, other]) {
    if (other === undefined) return this.data.words.count.replace("{count}", formatNumber(count));
    return this.data.both.replace("{first}", formatNumber(count)).replace("{second}", formatNumber(other));
  }

  remove() {
    this.asked?.abort();
    this.map.off("moveend", this.load);
    this.group.remove();
    this.renderer.remove();
  }
}
