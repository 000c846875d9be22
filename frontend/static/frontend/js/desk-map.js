/* Pins of the queue; for an open case what was weighed for it. */

import {decisionShapes} from "citypin/decision-shapes";
import {smallMap} from "citypin/small-map";
import {textOnly} from "citypin/text-only";
import {color, onSchemeChange} from "citypin/theme";

const L = window.L;

export function deskMap(element, {pins, evidence}) {
  const map = smallMap(element, {keyboard: true});
  const marks = pins.map((pin) => ({pin, mark: pinMark(pin).addTo(map)}));
  if (evidence) showCase(map, evidence);
  else if (pins.length) map.fitBounds(L.latLngBounds(pins.map(({lat, lon}) => [lat, lon])).pad(0.1), {maxZoom: 16});
  const paint = () => {
    for (const {pin, mark} of marks) mark.setStyle(pinStyle(pin));
  };
  paint();
  onSchemeChange(paint);
  for (const {pin, mark} of marks) linkToQueue(pin, mark);
  return map;
}

/* Undecided ones are larger and violet with a light ring; in greyscale the size still tells. */
function pinMark({lat, lon, kind, label}) {
  return L.circleMarker([lat, lon], {radius: kind === "undecided" ? 9 : 6}).bindTooltip(textOnly(label));
}

function pinStyle({kind}) {
  return {color: color("surface"), weight: 2, fillOpacity: 1, fillColor: color(kind === "undecided" ? "contested" : "accent")};
}

function linkToQueue(pin, mark) {
  const link = document.querySelector(`[data-queue-item="${pin.id}"]`);
  if (!link) return;
  mark.on("click", () => link.click());
  const lift = (on) => mark.setRadius(on ? 12 : pin.kind === "undecided" ? 9 : 6);
  for (const name of ["focus", "mouseenter"]) link.addEventListener(name, () => lift(true));
  for (const name of ["blur", "mouseleave"]) link.addEventListener(name, () => lift(false));
}

function showCase(map, {lon, lat, accuracy_m, features}) {
  const at = [lat, lon];
  decisionShapes(features).addTo(map);
  if (accuracy_m >= 1) L.circle(at, {radius: accuracy_m, color: color("accent"), weight: 2, fillOpacity: 0.1}).addTo(map);
  L.circleMarker(at, {radius: 10, color: color("surface"), weight: 3, fillColor: color("overdue"), fillOpacity: 1}).addTo(map);
  map.setView(at, 14);
}
