/* Cells of a computed hotspot layer: colour and outline say the class, "not significant" is hatched. A click reads one. */

import {MvtLayer, trace} from "citypin/mvt-layer";
import {HotspotRows} from "citypin/planner-hotspot-rows";
import {color} from "citypin/theme";
import {TileStore} from "citypin/tile-store";

/* Outlines tell the classes apart without colour: thick, solid, thin, dashed, dotted. */
const LOOKS = {
  new: {fill: "heat-7", width: 3, dash: []},
  intensifying: {fill: "heat-6", width: 2, dash: []},
  persistent: {fill: "heat-4", width: 1, dash: []},
  sporadic: {fill: "heat-2", width: 1.5, dash: [5, 3]},
  diminishing: {fill: "hot-diminishing", width: 2, dash: [2, 3]},
};
const FILL_OPACITY = 0.75;
const HATCH_PX = 6;
const MAX_ZOOM = 15;

const Tiles = MvtLayer.extend({
  paint(context, layers, {pixel}) {
    const features = layers.hotspots ?? [];
    const plain = features.filter(({properties}) => properties.pattern === "not_significant");
    outline(context, plain, pixel);
    context.globalAlpha = 0.35;
    context.fillStyle = hatch(context, color("muted"));
    context.fill("evenodd");
    context.globalAlpha = 1;
    for (const [pattern, look] of Object.entries(LOOKS)) {
      outline(context, features.filter(({properties}) => properties.pattern === pattern), pixel);
      paintLook(context, look);
    }
  },
});

function outline(context, features, pixel) {
  context.beginPath();
  for (const feature of features) trace(context, feature, pixel, true);
}

function paintLook(context, {fill, width, dash}) {
  context.globalAlpha = FILL_OPACITY;
  context.fillStyle = color(fill);
  context.fill("evenodd");
  context.globalAlpha = 1;
  context.strokeStyle = color("ink");
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

/* Thin diagonal lines: measured, and nothing found. */
function hatch(context, stroke) {
  const tile = document.createElement("canvas");
  tile.width = HATCH_PX;
  tile.height = HATCH_PX;
  const lines = tile.getContext("2d");
  lines.strokeStyle = stroke;
  lines.beginPath();
  lines.moveTo(0, HATCH_PX);
  lines.lineTo(HATCH_PX, 0);
  lines.stroke();
  return context.createPattern(tile, "repeat");
}

export class HotspotsLayer {
  constructor(map, data, {readiness, legend}) {
    this.map = map;
    this.data = data;
    this.readiness = readiness;
    const {hotspot_tiles: url} = data.urls;
    if (!url) {
      legend.show("", []);
      return;
    }
    this.tiles = new Tiles(new TileStore({url, maxZoom: MAX_ZOOM}), {zIndex: 5});
    readiness.follow(this.tiles);
    this.tiles.addTo(map);
    legend.show("", Object.entries(data.patterns).map(([name, label]) => ({label, paint: swatch(name)})));
    this.rows = new HotspotRows(map, (latlng) => readiness.during(this.readCell(latlng)));
    this.read = ({latlng}) => readiness.during(this.readCell(latlng).then((cell) => this.rows.focus(cell)));
    map.on("click", this.read);
  }

  /* Shows what the cell at a place says; its number. */
  async readCell({lng, lat}) {
    const place = document.querySelector("[data-reading]");
    try {
      const response = await fetch(`${this.data.urls.hotspot_cell}?lon=${lng.toFixed(7)}&lat=${lat.toFixed(7)}`);
      place.innerHTML = response.status === 200 ? await response.text() : "";
    } catch {
      // No signal: the table still lists the hotspots.
    }
    return place.firstElementChild?.dataset.cellReading;
  }

  remove() {
    this.map.off("click", this.read);
    this.rows?.remove();
    this.tiles?.remove();
  }
}

function swatch(name) {
  return (context, width, height) => {
    context.beginPath();
    context.rect(3, 3, width - 6, height - 6);
    if (LOOKS[name]) paintLook(context, LOOKS[name]);
    else if (name === "not_significant") {
      context.fillStyle = hatch(context, color("muted"));
      context.fill();
    } else {
      context.strokeStyle = color("line");
      context.stroke();
    }
  };
}
