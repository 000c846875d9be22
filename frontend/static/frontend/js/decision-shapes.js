/* What was weighed for a decision, drawn: the winner's shapes solid, the others' dashed, zones of rulings dotted,
   and from the place to each thing a line with its distance. Words come from `frontend/case_map.py`. */

import {textOnly} from "citypin/text-only";

const L = window.L;
const DOTTED = "1 6";
const DASHED = "6 6";

/** A Leaflet layer; `interactive: false` lets clicks through to the map, then only distances are written. */
export function decisionShapes(features, {interactive = true} = {}) {
  return L.geoJSON({type: "FeatureCollection", features}, {
    style: ({properties}) => ({className: "decision-shape", interactive, ...look(properties)}),
    pointToLayer: ({properties}, at) => L.circleMarker(at, {radius: 7, color: properties.color}),
    onEachFeature: ({properties: {role, label}}, layer) => {
      if (role === "distance") layer.bindTooltip(textOnly(label), {permanent: true, direction: "center"});
      else layer.bindTooltip(textOnly(label), {sticky: true});
    },
  });
}

function look({role, color, lost}) {
  if (role === "distance") return {color, weight: 2, dashArray: "3 4", interactive: false};
  return {
    color,
    weight: lost ? 2 : 4,
    dashArray: role === "ruling" ? DOTTED : lost ? DASHED : null,
    fillColor: color,
    fillOpacity: lost ? 0.04 : 0.15,
  };
}
