/* The choropleth: areas of a layer by count or rate. Areas that stand out beyond chance have a heavy outline. */

import {plainSwatch} from "citypin/planner-legend";
import {color} from "citypin/theme";
import {formatNumber} from "citypin/words";

const L = window.L;
const OPACITY = 0.7;

export class AreasLayer {
  constructor(map, data, {readiness, legend}) {
    this.map = map;
    this.data = data;
    this.renderer = L.canvas({padding: 0.1});
    const colors = this.colors();
    legend.show(data.value_label, [...data.breaks.entries()].map(([index, from]) => ({
      label: `${formatNumber(from)}${index === data.breaks.length - 1 ? "+" : ""}`,
      paint: plainSwatch(colors[index], OPACITY),
    })));
    readiness.during(this.fetch());
  }

  /* Fewer classes than seven are spread over the whole ramp. */
  colors() {
    const last = this.data.breaks.length - 1;
    return this.data.breaks.map((_, index) => color(`heat-${last ? Math.round(1 + (index * 6) / last) : 4}`));
  }

  async fetch() {
    try {
      const response = await fetch(`${this.data.urls.areas}?${this.data.query}`);
      if (response.ok && !this.gone) this.draw(await response.json());
    } catch {
      // No signal: the table has the same numbers.
    }
  }

  draw(collection) {
    const colors = this.colors();
    this.layer = L.geoJSON(collection, {
      style: ({properties: {value, look}}) => {
        const index = this.data.breaks.findLastIndex((from) => value >= from);
        const standsOut = look === "high" || look === "low";
        return {
          renderer: this.renderer,
          color: color(standsOut ? "ink" : "muted"),
          weight: standsOut ? 2.5 : 0.7,
          dashArray: look === "low" ? "5 4" : null,
          fillColor: value > 0 ? colors[Math.max(index, 0)] : color("sunken"),
          fillOpacity: OPACITY,
        };
      },
      onEachFeature: ({properties}, shape) => {
        const text = document.createElement("span");
        text.textContent = `${properties.name}: ${formatNumber(properties.count)} ${this.data.words.reports} · ${properties.verdict}`;
        shape.bindTooltip(text, {sticky: true});
      },
    }).addTo(this.map);
    // Those that stand out last, else a neighbour's line lies on theirs.
    this.layer.eachLayer((shape) => ["high", "low"].includes(shape.feature.properties.look) && shape.bringToFront());
  }

  remove() {
    this.gone = true;
    this.layer?.remove();
    this.renderer.remove();
  }
}
