/* Draws or changes one area. The neighbours are there to snap to; the drawing is posted as a file of GeoJSON. */

import {hatch, hatchedRenderer} from "citypin/hatch";
import {Readiness} from "citypin/readiness";
import {ready} from "citypin/ready";
import {smallMap} from "citypin/small-map";
import {textOnly} from "citypin/text-only";
import {color} from "citypin/theme";

const L = window.L;
const MOST_HANDLES = 150; // of a shore's 36,000 vertices only those near the pointer get a handle
const SNAP_PX = 12;
const MOST_STEPS_BACK = 20;

ready();
const {areas_url, finding, chosen} = JSON.parse(document.getElementById("edit-data").textContent);
const select = document.querySelector("[data-area]");
const hint = document.querySelector("[data-hint]");
const form = document.querySelector("[data-edit]");
const tools = Object.fromEntries([...document.querySelectorAll("[data-tool]")].map((button) => [button.dataset.tool, button]));

const map = smallMap(document.querySelector("[data-map]"), {doubleClickZoom: false});
map.pm.setGlobalOptions({snappable: true, snapDistance: SNAP_PX, allowSelfIntersection: true, limitMarkersToCount: MOST_HANDLES});
const renderer = hatchedRenderer(map, {contested: 45});
const readiness = new Readiness();
readiness.started = true;
const areas = new Map();
let drawing = null; // the layer that is edited
let steps = [];
readiness.during(start());

async function start() {
  if (finding) {
    const style = {renderer, color: color("contested"), weight: 2, fillColor: hatch("contested"), fillOpacity: 1, interactive: false, pmIgnore: true};
    const shown = L.geoJSON(finding, {style, pmIgnore: true, pointToLayer: (_, at) => L.circleMarker(at, {...style, radius: 6})}).addTo(map);
    map.fitBounds(shown.getBounds().pad(1), {maxZoom: 17, animate: false});
  }
  const answer = await fetch(areas_url);
  if (!answer.ok) return;
  for (const feature of (await answer.json()).features) {
    const {code, name, body} = feature.properties;
    const layer = L.geoJSON(feature, {style: quiet(feature.properties.color), renderer}).getLayers()[0];
    layer.bindTooltip(textOnly(`${name} · ${body}`), {sticky: true}).addTo(map);
    layer.on("click", () => drawing?.code === undefined && !map.pm.globalDrawModeEnabled() && choose(code));
    areas.set(code, {layer, feature});
  }
  if (!finding && areas.size) map.fitBounds(L.featureGroup([...areas.values()].map(({layer}) => layer)).getBounds(), {animate: false});
  if (areas.has(chosen)) choose(chosen, !finding);
  else say("choose");
}

const quiet = (bodyColor) => ({color: bodyColor, weight: 2, fillColor: bodyColor, fillOpacity: 0.06});
const loud = () => ({color: color("accent"), weight: 3, fillColor: color("accent"), fillOpacity: 0.15});

function choose(code, zoom = true) {
  reset();
  select.value = code;
  form.elements.code.value = code;
  const found = areas.get(code);
  if (!found) return say("choose");
  take(found.layer, code);
  if (zoom) map.fitBounds(found.layer.getBounds().pad(0.1), {animate: false});
  use("move");
}

/* Back to what is in force: one area at a time is changed. */
function reset() {
  map.pm.disableDraw();
  if (drawing) {
    drawing.layer.pm.disable();
    const known = areas.get(drawing.code);
    if (known) {
      known.layer.setLatLngs(coordinates(known.feature));
      known.layer.setStyle(quiet(known.feature.properties.color)).addTo(map);
    }
    if (known?.layer !== drawing.layer) drawing.layer.remove();
  }
  drawing = null;
  steps = [];
}

const coordinates = ({geometry: {type, coordinates: found}}) => L.GeoJSON.coordsToLatLngs(found, type === "MultiPolygon" ? 2 : 1);

function take(layer, code) {
  drawing = {layer, code};
  steps = [copy(layer)];
  layer.setStyle(loud()).bringToFront();
  layer.on("pm:edit pm:vertexadded pm:vertexremoved pm:markerdragend", remember);
}

const copy = (layer) => JSON.stringify(layer.toGeoJSON(false).geometry);

function remember() {
  const now = copy(drawing.layer);
  if (now !== steps.at(-1)) steps = [...steps, now].slice(-MOST_STEPS_BACK);
}

function use(tool) {
  map.pm.disableDraw();
  drawing?.layer.pm.disable();
  tools.move.setAttribute("aria-pressed", String(tool === "move"));
  tools.draw.setAttribute("aria-pressed", String(tool === "draw"));
  if (tool === "move" && drawing) drawing.layer.pm.enable({limitMarkersToCount: MOST_HANDLES, snapDistance: SNAP_PX, allowSelfIntersection: true});
  if (tool === "draw") map.pm.enableDraw("Polygon", {snappable: true, snapDistance: SNAP_PX, finishOn: "dblclick", tooltips: false, allowSelfIntersection: true});
  say(tool === "move" && !drawing ? "choose" : tool);
}

function say(what) {
  hint.textContent = hint.dataset[what];
}

map.on("pm:create", ({layer}) => {
  const code = drawing?.code ?? select.value;
  drawing?.layer.pm.disable();
  drawing?.layer.remove();
  take(layer, code);
  use("move");
});
select.addEventListener("change", () => (select.value ? choose(select.value) : fresh()));
tools.move.addEventListener("click", () => use("move"));
tools.draw.addEventListener("click", () => use("draw"));
tools.undo.addEventListener("click", () => {
  if (!drawing || steps.length < 2) return;
  steps = steps.slice(0, -1);
  drawing.layer.pm.disable();
  drawing.layer.setLatLngs(coordinates({geometry: JSON.parse(steps.at(-1))}));
  use("move");
});

function fresh() {
  reset();
  form.elements.code.value = "";
  use("draw");
}

form.addEventListener("submit", () => {
  if (!drawing) return;
  const file = new File([copy(drawing.layer)], "drawing.geojson", {type: "application/geo+json"});
  const files = new DataTransfer();
  files.items.add(file);
  form.querySelector("[data-drawing]").files = files.files;
  form.elements.geometry.disabled = true;
});
