/* One flaw of the borders on a map: overlaps and gaps hatched, rings and vertices as points. */

import {hatch, hatchedRenderer} from "citypin/hatch";
import {textOnly} from "citypin/text-only";
import {color} from "citypin/theme";

const L = window.L;
const COLORS = {overlap: "contested", overlap_slivers: "contested", gap: "overdue", gap_slivers: "overdue"};

export const findingRenderer = (map) => hatchedRenderer(map, {contested: 45, overdue: 135, soon: 90});

export function findingShape(feature, renderer) {
  const name = COLORS[feature.properties.kind] ?? "soon";
  const style = {renderer, color: color(name), weight: 2, fillColor: hatch(name), fillOpacity: 1};
  const pointToLayer = (_, at) => L.circleMarker(at, {...style, radius: 5, fillColor: color(name)});
  // On the shape, not on the group around it: Leaflet looks only one level down for what takes the focus, and
  // several points of one finding are a group of their own.
  const onEachFeature = (_, shape) => shape.bindTooltip(textOnly(feature.properties.label), {sticky: true});
  return L.geoJSON(feature, {style, pointToLayer, onEachFeature});
}
