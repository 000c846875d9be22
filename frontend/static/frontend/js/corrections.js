/* The desk of corrections: where the objects stand (round), where they are said to stand (dashed), and the keys. */

import {deskKeys} from "citypin/desk-keys";
import {keepForms} from "citypin/kept-forms";
import {Readiness} from "citypin/readiness";
import {ready} from "citypin/ready";
import {smallMap} from "citypin/small-map";
import {textOnly} from "citypin/text-only";
import {color, onSchemeChange} from "citypin/theme";

const L = window.L;
const read = (id) => JSON.parse(document.getElementById(id).textContent);

ready();
const readiness = new Readiness();
const map = smallMap(document.querySelector("[data-map]"), {keyboard: true});
const shapes = read("correction-shapes");
const queue = L.featureGroup(shapes.length ? [] : read("correction-pins").map(marked)).addTo(map);
const open = L.featureGroup(shapes.flatMap((feature) => [...reach(feature), marked(feature)])).addTo(map);
const shown = open.getLayers().length ? open : queue;
if (shown.getLayers().length) map.fitBounds(shown.getBounds().pad(0.3), {maxZoom: shown === open ? 18 : 16, animate: false});
paint();
onSchemeChange(paint);
deskKeys(document.querySelector("[data-queue]"));
keepForms();
document.querySelector("[data-desk-filters]").addEventListener("change", (event) => event.currentTarget.submit());
document.getElementById("refused")?.focus();
readiness.started = true;
readiness.report();

function marked(feature) {
  const {label, correction} = feature.properties;
  const layer = L.geoJSON(feature, {pointToLayer: (_, at) => L.circleMarker(at, {radius: 8})});
  layer.bindTooltip(textOnly(label), {sticky: true});
  layer.feature = feature;
  const link = document.querySelector(`[data-queue-item="${correction}"]`);
  if (link) layer.on("click", () => link.click());
  return layer;
}

/* A report as close as this belongs to the object's owner. */
function reach({geometry, properties}) {
  if (geometry.type !== "Point") return [];
  const [lon, lat] = geometry.coordinates;
  const ring = L.circle([lat, lon], {radius: properties.snap_m, interactive: false});
  ring.feature = {properties: {kind: "reach"}};
  return [ring];
}

function paint() {
  for (const layer of [...queue.getLayers(), ...open.getLayers()]) layer.setStyle(style(layer.feature.properties.kind));
}

function style(kind) {
  if (kind === "reach") return {color: color("muted"), weight: 1, dashArray: "2 4", fillOpacity: 0.05};
  if (kind === "said") return {color: color("contested"), weight: 3, dashArray: "4 4", fillColor: color("contested"), fillOpacity: 0.3};
  return {color: color("surface"), weight: 2, fillColor: color("accent"), fillOpacity: 1};
}
