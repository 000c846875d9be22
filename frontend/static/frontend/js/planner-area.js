/* Draw a polygon (Leaflet-Geoman's drawing, our buttons), take the view as one, or take it away again. */

import {color} from "citypin/theme";

const L = window.L;
const DECIMALS = 5; // a metre

export function addAreaTools(map, onChange) {
  const [draw, view, clear] = ["draw", "view-area", "clear-area"].map((name) => document.querySelector(`[data-${name}]`));
  let shown = [];

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
    /** Shapes are GeoJSON coordinates of a polygon or multipolygon, or null; `other` is the place to compare with. */
    show(shape, isDrawn, other) {
      for (const outline of shown) outline.remove();
      clear.hidden = !isDrawn;
      shown = [["A", shape, "8 5"], ["B", other, "2 5"]].filter(([, corners]) => corners).map(([letter, corners, dashArray]) => {
        const isPolygon = typeof corners[0][0][0] === "number";
        const geometry = {type: isPolygon ? "Polygon" : "MultiPolygon", coordinates: corners};
        const outline = L.geoJSON(geometry, {interactive: false, style: {color: color("accent"), weight: 3, dashArray, fill: false}});
        if (other) outline.addLayer(label(letter, isPolygon ? [corners] : corners));
        return outline.addTo(map);
      });
    },

    /** Moves the map so that all that is outlined is seen. */
    fit() {
      if (shown.length) map.fitBounds(L.featureGroup(shown).getBounds(), {padding: [24, 24], animate: false});
    },
  };
}

/* A letter in the middle of the part with most corners: a district's islands may lie far away. */
function label(letter, parts) {
  const [ring] = parts.map(([outer]) => outer).sort((one, another) => another.length - one.length);
  const middle = L.latLngBounds(ring.map(([lng, lat]) => [lat, lng])).getCenter();
  return L.tooltip({permanent: true, direction: "center"}).setLatLng(middle).setContent(letter);
}

function text(corners) {
  return corners.map(({lng, lat}) => `${lng.toFixed(DECIMALS)} ${lat.toFixed(DECIMALS)}`).join(",");
}
