/* The map page: puts layers, filters, list and legend together. Each knows nothing of the others. */

import {addAttribution} from "citypin/attribution";
import {BasemapLayer} from "citypin/basemap-layer";
import {classBreaks} from "citypin/density";
import {Filters} from "citypin/filters";
import {HeatLayer} from "citypin/heat-layer";
import {LabelLayer} from "citypin/label-layer";
import {Legend} from "citypin/legend";
import {addLocateButton} from "citypin/locate";
import {addCaption} from "citypin/map-caption";
import {followAddress, viewFromAddress, writeAddress} from "citypin/map-address";
import {addRasterBasemap} from "citypin/raster-basemap";
import {ready} from "citypin/ready";
import {Readiness} from "citypin/readiness";
import {ReportList} from "citypin/report-list";
import {addReportPopups} from "citypin/report-popup";
import {ReportsLayer} from "citypin/reports-layer";
import {addSheet} from "citypin/sheet";
import {onSchemeChange, readableOn} from "citypin/theme";
import {TileStore} from "citypin/tile-store";

const L = window.L;
const CLUSTERS_FROM_ZOOM = 13; // below: density alone tells more than numbers
const PINS_FROM_ZOOM = 15; // the server sends single reports from here
const FAINT = 0.35;

const find = (selector) => document.querySelector(selector);
const data = JSON.parse(find("#map-data").textContent);

// django-leaflet makes the map when the page has loaded, and then tells.
window.addEventListener("map:init", ({detail}) => detail.id === "map" && start(detail.map), {once: true});

function start(map) {
  ready();
  const readiness = new Readiness();
  const store = (layer, maxZoom, query) => new TileStore({url: data.tiles[layer], maxZoom, query});
  const filters = new Filters(find("[data-filters]"), data, () => changeFilters());
  const basemapTiles = store("basemap", 16);
  const basemap = new BasemapLayer(basemapTiles);
  const heat = new HeatLayer(store("heat", 14, filters.query), {pane: pane(map, "heat", 300)});
  const labels = new LabelLayer(basemapTiles, {pane: pane(map, "labels", 400)});
  const reports = new ReportsLayer(store("reports", 18, filters.query), {pane: pane(map, "reports", 500)});
  const list = new ReportList(find("[data-list]"), data.reports_url);
  const legend = new Legend(find("[data-legend]"));
  const switches = [...document.querySelectorAll("[data-mode] input")];
  let chosenMode = null; // until somebody chooses, the zoom decides
  for (const layer of [basemap, heat, labels, reports]) readiness.follow(layer);
  reports.setGroups(data.groups);

  function setScale() {
    const total = Number(find("[data-summary]").dataset.total);
    const breaks = classBreaks(total / data.area_km2 / filters.months);
    heat.setScale({breaks, months: filters.months});
    legend.setBreaks(breaks);
  }

  function chooseLayers() {
    const zoom = map.getZoom();
    const mode = chosenMode ?? (zoom < CLUSTERS_FROM_ZOOM ? "heat" : "reports");
    for (const radio of switches) radio.checked = radio.value === mode;
    const faint = mode === "reports" && chosenMode === null && zoom < PINS_FROM_ZOOM;
    const parts = [];
    toggle(map, heat, mode === "heat" || faint);
    toggle(map, reports, mode === "reports");
    map.getPane("heat").style.opacity = faint ? FAINT : 1;
    if (mode === "heat") parts.push("heat");
    if (mode === "reports") parts.push(zoom < PINS_FROM_ZOOM ? "clusters" : "pins");
    legend.show(parts);
  }

  function showList() {
    readiness.during(list.show(filters.query, map.getBounds()));
  }

  async function changeFilters() {
    writeAddress(map, filters.pageQuery);
    showList();
    await readiness.during(refreshSummary(filters.pageQuery));
    setScale();
    heat.setQuery(filters.query);
    reports.setQuery(filters.query);
    map.closePopup();
  }

  dressMap(map);
  colorLetters();
  const view = viewFromAddress();
  if (view) map.setView(view.center, view.zoom, {animate: false});
  followAddress(map);

  map.on("movestart", () => readiness.start(map));
  map.on("zoomend", chooseLayers);
  map.on("moveend", () => {
    writeAddress(map, filters.pageQuery);
    showList();
    readiness.end(map);
  });
  for (const radio of switches) {
    radio.addEventListener("change", () => {
      chosenMode = radio.value;
      chooseLayers();
    });
  }

  setScale();
  basemap.addTo(map);
  labels.addTo(map);
  chooseLayers();
  writeAddress(map, filters.pageQuery);
  showList();
  addReportPopups(map, reports, data, {close: find("#map").dataset.close});
  addCaption(map, find("[data-caption]"));
  addLocateButton(map, find("[data-locate]"), say);
  addSheet(find("[data-panel]"), find("[data-panel-toggle]"));
  addRasterBasemap(map, data.raster, () => labels.remove());
  onSchemeChange(() => [basemap, heat, labels, reports].forEach((layer) => layer.repaint()));
  readiness.started = true;
}

/* Panes order the canvases: density under names, names under reports. Fingers go through to the map. */
function pane(map, name, zIndex) {
  const element = map.createPane(name);
  element.style.zIndex = zIndex;
  element.style.pointerEvents = "none";
  return name;
}

/* Our element as a Leaflet control: corners stack by themselves, whatever height the attribution has. */
function place(map, position, element) {
  L.DomEvent.disableClickPropagation(element);
  const control = L.control({position});
  control.onAdd = () => element;
  control.addTo(map);
}

function toggle(map, layer, shown) {
  if (shown && !map.hasLayer(layer)) layer.addTo(map);
  else if (!shown && map.hasLayer(layer)) layer.remove();
}

/* Leaflet's own parts in the page's language, in reach of a thumb. */
function dressMap(map) {
  const {zoomIn, zoomOut} = map.getContainer().dataset;
  map.zoomControl.remove();
  L.control.zoom({position: "bottomright", zoomInTitle: zoomIn, zoomOutTitle: zoomOut}).addTo(map);
  addAttribution(map, data.attribution);
  place(map, "bottomright", find("[data-locate]"));
  place(map, "bottomleft", find("[data-legend]"));
  map.setMaxBounds(map.options.maxBounds ? L.latLngBounds(map.options.maxBounds).pad(0.25) : null);
}

function colorLetters() {
  for (const letter of document.querySelectorAll(".letter[data-group]")) {
    const {color} = data.groups[letter.dataset.group];
    letter.style.background = color;
    letter.style.color = readableOn(color);
  }
}

/* The server counts; its page holds the sentence in the right language. */
async function refreshSummary(query) {
  try {
    const response = await fetch(`${location.pathname}?${query}`, {headers: {Accept: "text/html"}});
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const summary = page.querySelector("[data-summary]");
    if (response.ok && summary) find("[data-summary]").replaceWith(summary);
  } catch {
    // Offline: the list says so, the old sentence stays.
  }
}

let toastTimer = 0;
function say(sentence) {
  const toast = find("[data-toast]");
  toast.textContent = sentence;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { toast.textContent = ""; }, 6000);
}
