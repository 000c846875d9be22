/* Leaflet's own parts in the page's language, in reach of a thumb; ours in Leaflet's corners. */

import {addAttribution} from "citypin/attribution";
import {readableOn} from "citypin/theme";

const L = window.L;
const TOAST_MS = 6000;
const CUT_OFF = 0.1; // of the city's box on each side: its corners are mostly empty, and one zoom less shows a quarter
const wide = window.matchMedia("(min-width: 60rem)");

/** `corners`: selectors of our elements by Leaflet's name of a corner, the lowest first. */
export function dressMap(map, data, corners) {
  const {zoomIn, zoomOut} = map.getContainer().dataset;
  map.zoomControl.remove();
  L.control.zoom({position: "bottomright", zoomInTitle: zoomIn, zoomOutTitle: zoomOut}).addTo(map);
  addAttribution(map, data.attribution);
  for (const [position, selectors] of Object.entries(corners)) {
    for (const selector of selectors) {
      const element = document.querySelector(selector);
      if (element) controlOf(element, position).addTo(map);
    }
  }
  map.setMaxBounds(map.options.maxBounds ? L.latLngBounds(map.options.maxBounds).pad(0.25) : null);
}

/** The map's size changes without the window's: weeks below it come and go. Leaflet would read beside its middle. */
export function followSize(map) {
  const container = map.getContainer();
  const follow = () => {
    const {x, y} = map.getSize();
    if (x === container.clientWidth && y === container.clientHeight) return;
    const center = map.getCenter();
    map.invalidateSize({animate: false, pan: false});
    map.setView(center, map.getZoom(), {reset: true}); // exactly: Leaflet would pan by whole pixels
  };
  follow();
  new ResizeObserver(follow).observe(container);
}

/** As near as the whole city allows, `bounds` (Leaflet) being its box; a legend that lies on the map pushes it up. */
export function showCity(map, bounds, legend) {
  map.fitBounds(bounds.pad(-CUT_OFF), {animate: false});
  if (map.getContainer().contains(legend)) map.panBy([0, legend.offsetHeight / 2], {animate: false});
}

/** On a phone in the map's corner; where there is room beside the weeks below it, so that it covers nothing. */
export function placeLegend(map, legend, foot) {
  const corner = controlOf(legend, "bottomleft");
  const follow = () => {
    corner.remove();
    if (wide.matches) foot.prepend(legend);
    else corner.addTo(map);
  };
  wide.addEventListener("change", follow);
  follow();
}

/* Our element as a Leaflet control: corners stack by themselves, whatever height the attribution has. */
function controlOf(element, position) {
  L.DomEvent.disableClickPropagation(element);
  const control = L.control({position});
  control.onAdd = () => element;
  return control;
}

/** Panes order the canvases: density under names, names under reports. Fingers go through to the map. */
export function pane(map, name, zIndex) {
  const element = map.createPane(name);
  element.style.zIndex = zIndex;
  element.style.pointerEvents = "none";
  return name;
}

export function colorLetters(groups) {
  for (const letter of document.querySelectorAll(".letter[data-group]")) {
    const {color} = groups[letter.dataset.group];
    letter.style.background = color;
    letter.style.color = readableOn(color);
  }
}

/** A function that shows a sentence for a while. */
export function toaster(toast) {
  let timer = 0;
  return (sentence) => {
    toast.textContent = sentence;
    clearTimeout(timer);
    timer = setTimeout(() => { toast.textContent = ""; }, TOAST_MS);
  };
}
