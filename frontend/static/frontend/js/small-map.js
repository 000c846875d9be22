/* The map of the report pages and the desk: Leaflet with the pack's base map, nothing else on it. */

import {addAttribution} from "citypin/attribution";
import {BasemapLayer} from "citypin/basemap-layer";
import {LabelLayer} from "citypin/label-layer";
import {addRasterBasemap} from "citypin/raster-basemap";
import {onSchemeChange} from "citypin/theme";
import {TileStore} from "citypin/tile-store";

const L = window.L;
const BASEMAP_MAX_ZOOM = 16; // beyond it the parent's tile is drawn larger

const readBasics = () => JSON.parse(document.getElementById("map-basics").textContent);

/** Whether a place lies on the city's sheet of the map; the server knows the city's border itself. */
export function isInCity({lon, lat}) {
  const [xmin, ymin, xmax, ymax] = readBasics().extent;
  return lon >= xmin && lon <= xmax && lat >= ymin && lat <= ymax;
}

export function smallMap(element, options = {}) {
  const basics = readBasics();
  const [xmin, ymin, xmax, ymax] = basics.extent;
  const bounds = L.latLngBounds([ymin, xmin], [ymax, xmax]);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(element, {
    center: [basics.center[1], basics.center[0]],
    zoom: basics.zoom,
    minZoom: 8,
    maxZoom: 19,
    maxBounds: bounds.pad(0.3),
    zoomAnimation: !still,
    fadeAnimation: !still,
    inertia: !still,
    ...options,
  });
  // One step out where that shows the whole city; a phone's map would have to go so far that nothing is left to see.
  if (options.wholeCity && map.getBoundsZoom(bounds) < basics.zoom) map.setZoom(basics.zoom - 1, {animate: false});
  map.attributionControl.setPrefix("Leaflet");
  map.zoomControl.remove();
  L.control.zoom({position: "topleft", zoomInTitle: basics.zoom_in, zoomOutTitle: basics.zoom_out}).addTo(map);
  addAttribution(map, basics.attribution);
  const store = new TileStore({url: basics.basemap_url, maxZoom: BASEMAP_MAX_ZOOM});
  const basemap = new BasemapLayer(store).addTo(map);
  const labels = new LabelLayer(store).addTo(map);
  addRasterBasemap(map, basics.raster, () => labels.remove());
  onSchemeChange(() => [basemap, labels].forEach((layer) => layer.repaint()));
  // Only staff's pages name it, so that nobody in the street loads what they cannot see.
  if (basics.findings) import("citypin/findings-overlay").then(({addFindings}) => addFindings(map, basics.findings));
  return map;
}
