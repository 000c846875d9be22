/* Hatched fills for Leaflet's SVG paths: gained and lost land differ in direction, not only in colour. */

import {color} from "citypin/theme";

const L = window.L;
const SVG = "http://www.w3.org/2000/svg";
const STEP_PX = 8;

/** A renderer whose paths may be filled with `hatch(name)`; `angles` is degrees by name of a colour token. */
export function hatchedRenderer(map, angles) {
  const renderer = L.svg({padding: 0.5}).addTo(map);
  const defs = document.createElementNS(SVG, "defs");
  for (const [name, angle] of Object.entries(angles)) defs.append(pattern(name, angle));
  renderer._container.prepend(defs);
  return renderer;
}

export const hatch = (name) => `url(#hatch-${name})`;

function pattern(name, angle) {
  const made = document.createElementNS(SVG, "pattern");
  const attributes = {id: `hatch-${name}`, width: STEP_PX, height: STEP_PX, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${angle})`};
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  const wash = document.createElementNS(SVG, "rect");
  for (const [key, value] of Object.entries({width: STEP_PX, height: STEP_PX, fill: color(name), "fill-opacity": 0.16})) wash.setAttribute(key, value);
  const line = document.createElementNS(SVG, "rect");
  for (const [key, value] of Object.entries({width: 2.5, height: STEP_PX, fill: color(name)})) line.setAttribute(key, value);
  made.append(wash, line);
  return made;
}
