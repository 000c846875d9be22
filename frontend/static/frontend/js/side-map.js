/* The sides of a border around the pin on the small map, hatched and lettered. Replaces the server's plain drawing. */

import {hatch, hatchedRenderer} from "citypin/hatch";
import {smallMap} from "citypin/small-map";
import {color, onSchemeChange} from "citypin/theme";

const L = window.L;
const ANGLES = {accent: 45, contested: 135, soon: 90, overdue: 0};

/** Draws every `[data-side-map]` within `root`; a hidden one is fitted when it comes to light. */
export function drawSides(root) {
  for (const element of root.querySelectorAll("[data-side-map]")) draw(element);
}

function draw(element) {
  const {lon, lat, accuracy_m, sides} = JSON.parse(element.dataset.sideMap);
  const live = document.createElement("div");
  live.className = "side-map__live";
  live.setAttribute("role", "img");
  live.setAttribute("aria-label", element.querySelector("svg").getAttribute("aria-label"));
  element.replaceChildren(live);
  const map = smallMap(live, {scrollWheelZoom: false, keyboard: false, dragging: !L.Browser.mobile});
  const renderer = hatchedRenderer(map, ANGLES);
  const areas = sides.map(({geometry, look}) => L.geoJSON(geometry, {renderer, interactive: false, style: {color: color(look), weight: 2, fillColor: hatch(look), fillOpacity: 0.55}}).addTo(map));
  for (const {letter, look, label: [x, y]} of sides) {
    const icon = L.divIcon({className: `side-badge side-look--${look}`, html: letter, iconSize: [28, 28]});
    L.marker([y, x], {icon, interactive: false, keyboard: false}).addTo(map);
  }
  const ring = L.circle([lat, lon], {radius: accuracy_m, renderer, weight: 2, dashArray: "6 4", fill: false, interactive: false}).addTo(map);
  const pin = L.circleMarker([lat, lon], {radius: 6, renderer, weight: 2, fillOpacity: 1, interactive: false}).addTo(map);
  const paint = () => {
    areas.forEach((area, at) => area.setStyle({color: color(sides[at].look)}));
    ring.setStyle({color: color("ink")});
    pin.setStyle({color: color("surface"), fillColor: color("ink")});
  };
  paint();
  onSchemeChange(paint);
  new ResizeObserver(() => {
    if (!live.clientHeight) return;
    map.invalidateSize({animate: false});
    map.fitBounds(ring.getBounds().pad(0.35), {animate: false});
  }).observe(live);
}
