/* Borders of a day from the vector tiles: the body's colour as a wash, the border as a line. */

import {MvtLayer, trace} from "citypin/mvt-layer";
import {TileStore} from "citypin/tile-store";

const MAX_ZOOM = 14; // finer tiles draw the same line

export const BoundariesLayer = MvtLayer.extend({
  options: {className: "boundaries", zIndex: 2},

  initialize(url, query, options) {
    MvtLayer.prototype.initialize.call(this, new TileStore({url, maxZoom: MAX_ZOOM, query}), options);
  },

  /** Borders of another day or service. */
  ask(query) {
    if (this.store.setQuery(query)) this.redraw();
  },

  paint(context, layers, {pixel}) {
    context.lineJoin = "round";
    for (const feature of layers.boundaries ?? []) {
      context.beginPath();
      trace(context, feature, pixel, true);
      context.fillStyle = feature.properties.color ?? "#4b5563";
      context.globalAlpha = 0.1;
      context.fill("evenodd");
      context.globalAlpha = 0.75;
      context.strokeStyle = feature.properties.color ?? "#4b5563";
      context.lineWidth = 1.5;
      context.stroke();
      context.globalAlpha = 1;
    }
  },
});
