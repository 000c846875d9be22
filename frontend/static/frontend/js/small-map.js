/* The map of the report pages and the desk: Leaflet with the pack's base map, nothing else on it. */

import {BasemapLayer} from "citypin/basemap-layer";
import {LabelLayer} from "citypin/label-layer";
import {addRasterBasemap, escaped} from "citypin/raster-basemap";
import {onSchemeChange} from "citypin/theme";
import {TileStore} from "citypin/tile-store";

const L = window.L;
const BASEMAP_MAX_ZOOM = 16; // beyond it the parent's tile is drawn larger

export function smallMap(element, options = {}) {
  const basics = JSON.parse(document.getElementById("map-basics").textContent);
  const [xmin, ymin, xmax, ymax] = basics.extent;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(element, {
    center: [basics.center[1], basics.center[0]],
    zoom: basics.zoom,
    minZoom: 8,
    maxZoom: 19,
    maxBounds: L.latLngBounds([ymin, xmin], [ymax, xmax]).pad(0.3),
    zoomAnimation: !still,
    fadeAnimation: !still,
    inertia: !still,
    ...options,
  });
  map.attributionControl.setPrefix("Leaflet");
  map.zoomControl.remove();
  L.control.zoom({position: "topleft", zoomInTitle: basics.zoom_in, zoomOutTitle: basics.zoom_out}).addTo(map);
  for (const line of basics.attribution) map.attributionControl.addAttribution(escaped(line));
  const store = new TileStore({url: basics.basemap_url, maxZoom: BASEMAP_MAX_ZOOM});
  const basemap = new BasemapLayer(store).addTo(map);
  const labels = new LabelLayer(store).addTo(map);
  addRasterBasemap(map, basics.raster, () => labels.remove());
  onSchemeChange(() => [basemap, labels].forEach((layer) => layer.repaint()));
  return map;
}
