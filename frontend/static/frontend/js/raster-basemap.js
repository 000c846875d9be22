/* The optional picture map over our own. Where its host is blocked or away, nobody notices: no error, no grey tiles. */

import {escaped} from "citypin/attribution";

const L = window.L;
const PROBE_TIMEOUT_MS = 8000;

/** Try one tile of the city; add the layer and call `onShown` only if it arrives. */
export function addRasterBasemap(map, raster, onShown) {
  if (!raster || navigator.onLine === false) return;
  const layer = L.tileLayer(raster.url, {
    attribution: escaped(raster.attribution),
    maxNativeZoom: raster.max_zoom,
    maxZoom: map.getMaxZoom(),
    className: "raster-basemap",
    zIndex: 2,
    referrerPolicy: "strict-origin-when-cross-origin", // tile hosts refuse requests that do not say from where
  });
  const probe = new Image();
  const giveUp = setTimeout(() => { probe.src = ""; }, PROBE_TIMEOUT_MS);
  probe.referrerPolicy = "strict-origin-when-cross-origin";
  probe.onload = () => {
    clearTimeout(giveUp);
    layer.addTo(map);
    onShown(layer);
  };
  probe.onerror = () => clearTimeout(giveUp);
  probe.src = probeAddress(map, layer, raster);
}

function probeAddress(map, layer, raster) {
  const zoom = Math.min(map.getZoom(), raster.max_zoom);
  const {x, y} = map.project(map.getCenter(), zoom).divideBy(256).floor();
  return L.Util.template(raster.url, {...layer.options, s: layer.options.subdomains[0], r: "", z: zoom, x, y});
}
