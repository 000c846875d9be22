/* The reports that a change of borders would have moved, over the old and the new border. Rings: nobody would decide them. */

import {borderStyles} from "citypin/border-styles";
import {Readiness} from "citypin/readiness";
import {ready} from "citypin/ready";
import {smallMap} from "citypin/small-map";
import {textOnly} from "citypin/text-only";
import {color} from "citypin/theme";

const L = window.L;
const COLORS = {contested: "contested", homeless: "overdue", uncertain: "soon", settled: "done", moved: "accent"};
const UNDECIDED = ["contested", "homeless", "uncertain"];

ready();
const place = document.querySelector("[data-map]");
const readiness = new Readiness();
readiness.started = true;
readiness.during(show());

async function show() {
  const map = smallMap(place);
  const [moved, preview] = await Promise.all([features(place.dataset.moved), features(place.dataset.preview)]);
  const lines = preview.filter(({properties}) => ["before", "after"].includes(properties.part));
  L.geoJSON(lines, {interactive: false, style: ({properties}) => borderStyles[properties.part]}).addTo(map);
  const renderer = L.canvas({padding: 0.2, tolerance: 6}); // thousands of points
  const points = L.geoJSON(moved, {pointToLayer: (feature, at) => L.circleMarker(at, {renderer, radius: 5, ...look(feature.properties.kind)})});
  points.bindTooltip((layer) => textOnly(layer.feature.properties.label)).addTo(map);
  if (moved.length) map.fitBounds(points.getBounds().pad(0.1), {maxZoom: 17, animate: false});
}

async function features(address) {
  const answer = await fetch(address);
  return answer.ok ? (await answer.json()).features : [];
}

function look(kind) {
  const ring = UNDECIDED.includes(kind);
  return {color: color(COLORS[kind]), weight: ring ? 3 : 1, fillColor: ring ? color("surface") : color(COLORS[kind]), fillOpacity: ring ? 0.6 : 0.85};
}
