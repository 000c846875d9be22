/* The map page: puts layers, filters, time, list and legend together. Each knows nothing of the others. */

import {BasemapLayer} from "citypin/basemap-layer";
import {addCellTable} from "citypin/cell-table";
import {CellsLayer} from "citypin/cells-layer";
import {Filters} from "citypin/filters";
import {HeatLayer} from "citypin/heat-layer";
import {LabelLayer} from "citypin/label-layer";
import {Legend} from "citypin/legend";
import {addLocateButton} from "citypin/locate";
import {addCaption} from "citypin/map-caption";
import {addressOf, followAddress, viewFromAddress} from "citypin/map-address";
import {colorLetters, dressMap, followSize, pane, placeLegend, showCity, toaster} from "citypin/map-dress";
import {addHits} from "citypin/map-hits";
import {MapSummary} from "citypin/map-summary";
import {MapWords} from "citypin/map-words";
import {addRasterBasemap} from "citypin/raster-basemap";
import {ready} from "citypin/ready";
import {Readiness} from "citypin/readiness";
import {ReportList} from "citypin/report-list";
import {ReportsLayer} from "citypin/reports-layer";
import {addShare} from "citypin/share";
import {addSheet} from "citypin/sheet";
import {onSchemeChange} from "citypin/theme";
import {TileStore} from "citypin/tile-store";
import {TimeSlider} from "citypin/time-slider";

const CLUSTERS_FROM_ZOOM = 13; // below: density alone tells more than numbers
const PINS_FROM_ZOOM = 15; // the server sends single reports from here
const FAINT = 0.35;

const L = window.L;
const find = (selector) => document.querySelector(selector);
const data = JSON.parse(find("#map-data").textContent);

// django-leaflet makes the map when the page has loaded, and then tells.
window.addEventListener("map:init", ({detail}) => detail.id === "map" && start(detail.map), {once: true});

function start(map) {
  ready();
  const readiness = new Readiness();
  const words = new MapWords(data);
  const store = (layer, maxZoom, query) => new TileStore({url: data.tiles[layer], maxZoom, query});
  const filters = new Filters(find("[data-filters]"), data, () => changeFilters());
  const summary = new MapSummary(find("[data-summary]"));
  const basemapTiles = store("basemap", 16);
  const heatTiles = store("heat", 16, filters.query);
  const basemap = new BasemapLayer(basemapTiles);
  const heat = new HeatLayer(heatTiles, {pane: pane(map, "heat", 300)});
  const cells = new CellsLayer(heatTiles, {pane: pane(map, "cells", 310)});
  const labels = new LabelLayer(basemapTiles, {pane: pane(map, "labels", 400)});
  const reports = new ReportsLayer(store("reports", 18, filters.query), {pane: pane(map, "reports", 500)});
  const layers = [basemap, heat, cells, labels, reports];
  const list = find("[data-list]") && new ReportList(find("[data-list]"), data.reports_url);
  const legend = new Legend(find("[data-legend]"));
  const time = new TimeSlider(find("[data-time]"), words, changeWeek);
  const switches = [...document.querySelectorAll("[data-mode] input")];
  const say = toaster(find("[data-toast]"));
  let chosenMode = null; // until somebody chooses, the zoom decides
  for (const layer of layers) readiness.follow(layer);
  reports.setGroups(data.groups);
  cells.setNames((rectangle, zoom) => labels.covers(rectangle, zoom));
  labels.setFree((rectangle, zoom) => cells.isFree(rectangle, zoom));
  cells.on("load", () => cells.visible && labels.repaint());
  labels.on("drawn", () => cells.visible && cells.repaint());

  function setScale() {
    const week = filters.week;
    const months = week ? filters.monthsOf(week) : summary.months;
    const scale = {months, boundsOf: (zoom) => summary.bounds(week ? "week" : "period", zoom)};
    for (const layer of [heat, cells]) layer.setScale(scale);
    legend.setBreaks(scale.boundsOf(map.getZoom()));
  }

  function chooseLayers() {
    const zoom = map.getZoom();
    const mode = chosenMode ?? (zoom < CLUSTERS_FROM_ZOOM ? "heat" : "reports");
    for (const radio of switches) radio.checked = radio.value === mode;
    const faint = mode === "reports" && chosenMode === null && zoom < PINS_FROM_ZOOM;
    toggle(map, heat, mode === "heat" || faint);
    toggle(map, reports, mode === "reports");
    if (cells.visible !== (mode === "cells")) {
      cells.setVisible(mode === "cells");
      labels.repaint();
    }
    map.getPane("heat").style.opacity = faint ? FAINT : 1;
    legend.show([mode !== "reports" ? mode : zoom < PINS_FROM_ZOOM ? "clusters" : "pins"]);
    legend.setBreaks(summary.bounds(filters.week ? "week" : "period", zoom));
  }

  function pageQuery() {
    const query = filters.pageQuery;
    if (chosenMode) query.set("view", chosenMode);
    return query;
  }

  function writeAddress(options) {
    address.write(pageQuery(), {...options, asStep: options?.asStep && !data.is_embedded}); // a frame's steps are not the reader's
  }

  function showList() {
    if (list) readiness.during(list.show(filters.query, map.getBounds()));
  }

  function showReports() {
    setScale();
    heat.setQuery(filters.query);
    if (map.hasLayer(cells)) cells.update();
    reports.setQuery(filters.query);
    map.closePopup();
  }

  async function changeFilters({asStep = true} = {}) {
    const week = filters.week;
    writeAddress({asStep});
    await readiness.during(summary.load(filters.wholeQuery));
    time.setWeeks(summary.firstWeek, summary.weekCounts);
    time.show(week);
    filters.week = time.week;
    writeAddress();
    showList();
    showReports();
  }

  async function changeWeek(week, {playing, following}) {
    const isStep = (filters.week === null) !== (week === null);
    filters.week = week;
    writeAddress({asStep: isStep});
    showReports();
    const layer = map.hasLayer(heat) ? heat : map.hasLayer(reports) ? reports : cells;
    await new Promise((resolve) => (layer.idle ? resolve() : layer.once("load", resolve)));
    if (following) layer.prefetch(filters.queryOf(following));
    if (!playing) showList();
  }

  function chooseMode(mode) {
    chosenMode = switches.some(({value}) => value === mode) ? mode : null;
    chooseLayers();
  }

  const asked = new URLSearchParams(location.search);
  const box = L.latLngBounds(map.options.maxBounds); // before dressMap widens it
  dressMap(map, data, {bottomright: ["[data-share-open]", "[data-locate]"]});
  colorLetters(data.groups);
  // What lies below the map takes its room before the first view is chosen, and may take more later.
  time.setWeeks(summary.firstWeek, summary.weekCounts);
  placeLegend(map, legend.section, find("[data-map-foot]"));
  legend.show(["heat"]);
  followSize(map);
  const view = viewFromAddress();
  if (view) map.setView(view.center, view.zoom, {reset: true}); // exactly: at the same zoom Leaflet pans by whole pixels
  else showCity(map, box, legend.section);
  const address = followAddress(map, (query) => {
    filters.restore(query);
    chooseMode(query.get("view"));
    changeFilters({asStep: false});
  });

  map.on("movestart", () => readiness.start(map));
  map.on("zoomend", chooseLayers);
  map.on("moveend", () => {
    writeAddress();
    showList();
    readiness.end(map);
  });
  for (const radio of switches) {
    radio.addEventListener("change", () => {
      chooseMode(radio.value);
      writeAddress({asStep: true});
    });
  }

  time.show(asked.get("week"));
  filters.week = time.week;
  for (const layer of [heat, reports]) layer.setQuery(filters.query);
  setScale();
  basemap.addTo(map);
  labels.addTo(map);
  cells.addTo(map);
  chooseMode(asked.get("view"));
  writeAddress();
  showList();
  const hits = addHits({map, reports, cells, words, data, status: find("[data-middle]")});
  if (find("[data-table]")) {
    addCellTable({details: find("[data-table]"), cells, places: basemapTiles, words, onChosen: (cell) => {
      map.panTo(cell.latlng, {animate: false});
      hits.open({...cell, kind: "cell"}, {focus: true});
    }});
  }
  if (find("[data-caption]")) addCaption(map, find("[data-caption]"));
  if (find("[data-panel]")) addSheet(find("[data-panel]"), find("[data-panel-toggle]"));
  if (find("[data-share]")) {
    addShare({button: find("[data-share-open]"), dialog: find("[data-share]"), title: document.title, addresses: () => ({
      link: location.href,
      embed: location.origin + addressOf(map, pageQuery(), data.embed_url),
      picture: pictureAddress(map, filters),
    })});
  }
  if (find("[data-locate]")) addLocateButton(map, find("[data-locate]"), say);
  addRasterBasemap(map, data.raster, () => labels.remove());
  onSchemeChange(() => layers.forEach((layer) => layer.repaint()));
  tellOfGaps(layers, say);
  readiness.started = true;
}

function toggle(map, layer, shown) {
  if (shown && !map.hasLayer(layer)) layer.addTo(map);
  else if (!shown && map.hasLayer(layer)) layer.remove();
}

/* A map with holes says so; it fills them by itself when the network is back. */
function tellOfGaps(layers, say) {
  for (const layer of layers) layer.on("load", () => layer.failed && say(data.words.incomplete));
}

function pictureAddress(map, filters) {
  const query = filters.query;
  const bounds = map.getBounds();
  query.set("bbox", [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((value) => value.toFixed(4)).join(","));
  const {x, y} = map.getSize();
  const fit = Math.min(1200 / Math.max(x, y), 1);
  query.set("size", [x, y].map((side) => Math.max(Math.round(side * fit), 200)).join("x"));
  query.set("lang", data.language);
  return `${location.origin}${data.picture_url}?${query}`;
}
