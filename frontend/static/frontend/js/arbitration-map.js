/* One case: the claimants' areas in their colours, the zone hatched over them, things with their distance
   drawn, earlier rulings dotted, and the reports that wait. */

import {smallMap} from "citypin/small-map";
import {color, onSchemeChange} from "citypin/theme";

const L = window.L;
const HATCH = "zone-hatch";
const DASHES = {solid: null, dashed: "10 7", dotted: "2 7"}; // as the claimants' lines in arbitration.css
const SVG = "http://www.w3.org/2000/svg";

export function caseMap(element, {features}) {
  const map = smallMap(element);
  const of = (role) => features.filter(({properties}) => properties.role === role);
  const reports = of("report");
  const points = reports.map(({geometry}) => [geometry.coordinates[1], geometry.coordinates[0]]);
  shapes(of("boundary"), {weight: 3, fillOpacity: 0.08}).addTo(map);
  shapes(of("ruling"), {weight: 2, dashArray: "1 6", fillOpacity: 0.04, color: color("ink")}).addTo(map);
  const zone = L.geoJSON(of("zone"), {style: {weight: 3, fillOpacity: 1}}).addTo(map);
  shapes(of("asset"), {weight: 3}).addTo(map);
  if (points.length) for (const asset of of("asset")) lineTo(points[0], asset).addTo(map);
  const pins = reports.map(({properties}, number) =>
    L.circleMarker(points[number], {radius: 7, weight: 3, fillOpacity: 1}).bindTooltip(textOnly(properties.label)).addTo(map),
  );
  const hatch = addHatch(map);
  const paint = () => {
    hatch.setAttribute("stroke", color("contested"));
    zone.setStyle({color: color("contested"), fillColor: `url(#${HATCH})`});
    for (const pin of pins) pin.setStyle({color: color("surface"), fillColor: color("overdue")});
  };
  paint();
  onSchemeChange(paint);
  const around = points.reduce((bounds, point) => bounds.extend(point), zone.getBounds());
  map.fitBounds(around.pad(0.2), {maxZoom: 17, animate: false});
  return map;
}

function shapes(features, style) {
  return L.geoJSON(features, {
    style: ({properties}) => ({color: properties.color, fillColor: properties.color, dashArray: DASHES[properties.line], ...style}),
    pointToLayer: ({properties}, point) => L.circleMarker(point, {radius: 6, color: properties.color}),
    onEachFeature: ({properties}, layer) => layer.bindTooltip(textOnly(properties.label), {sticky: true}),
  });
}

/* From the report to the thing, so that the distance in its label is seen, too. */
function lineTo(point, asset) {
  const layer = L.geoJSON(asset);
  return L.polyline([point, layer.getBounds().getCenter()], {color: asset.properties.color, weight: 2, dashArray: "3 4", interactive: false});
}

/* A pattern in the SVG that Leaflet draws into: stripes say "disputed" without a colour. */
function addHatch(map) {
  const svg = map.getPane("overlayPane").querySelector("svg");
  const pattern = make("pattern", {id: HATCH, width: 9, height: 9, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)"});
  const line = make("line", {x1: 0, y1: 0, x2: 0, y2: 9, "stroke-width": 3, "stroke-opacity": 0.55});
  const definitions = make("defs", {});
  pattern.append(line);
  definitions.append(pattern);
  svg.prepend(definitions);
  return line;
}

function make(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/* Leaflet takes a string for markup, and names come from data. */
function textOnly(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span;
}
