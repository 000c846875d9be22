/* Draw a polygon (Leaflet-Geoman's drawing, our buttons), take the view as one, or take it away again. */

import {color} from "citypin/theme";

const L = window.L;
const DECIMALS = 5; // a metre

export function addAreaTools(map, onChange) {
  const [draw, view, clear] = ["draw", "view-area", "clear-area"].map((name) => document.querySelector(`[data-${name}]`));
  let shown = null;

  draw.addEventListener("click", () => {
    if (map.pm.globalDrawModeEnabled()) map.pm.disableDraw();
    else map.pm.enableDraw("Polygon", {
      finishOn: "dblclick",
      tooltips: false,
      snappable: false, // else corners jump to the cells of the answer
      pathOptions: {color: color("accent")},
    });
  });
  map.on("pm:globaldrawmodetoggled", ({enabled}) => draw.setAttribute("aria-pressed", String(enabled)));
  map.on("pm:create", ({layer}) => {
    layer.remove();
    onChange(text(layer.getLatLngs()[0]));
  });
  view.addEventListener("click", () => {
    const bounds = map.getBounds().pad(-0.02);
    onChange(text([bounds.getSouthWest(), bounds.getSouthEast(), bounds.getNorthEast(), bounds.getNorthWest()]));
  });
  clear.addEventListener("click", () => onChange(""));

  return {
    /** `shape`: GeoJSON coordinates of a polygon or multipolygon, or null. */
    show(shape, isDrawn) {
      shown?.remove();
      shown = null;
      clear.hidden = !isDrawn;
      if (!shape) return;
      const isPolygon = typeof shape[0][0][0] === "number";
      const geometry = {type: isPolygon ? "Polygon" : "MultiPolygon", coordinates: shape};
      shown = L.geoJSON(geometry, {interactive: false, style: {color: color("accent"), weight: 3, dashArray: "8 5", fill: false}}).addTo(map);
    },
  };
}

function text(corners) {
  return corners.map(({lng, lat}) => `${lng.toFixed(DECIMALS)} ${lat.toFixed(DECIMALS)}`).join(",");
}
