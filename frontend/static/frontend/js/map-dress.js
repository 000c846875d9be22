/* Leaflet's own parts in the page's language, in reach of a thumb; ours in Leaflet's corners. */

import {addAttribution} from "citypin/attribution";
import {readableOn} from "citypin/theme";

const L = window.L;
const TOAST_MS = 6000;

/** `corners`: selectors of our elements by Leaflet's name of a corner, the lowest first. */
export function dressMap(map, data, corners) {
  const {zoomIn, zoomOut} = map.getContainer().dataset;
  map.zoomControl.remove();
  L.control.zoom({position: "bottomright", zoomInTitle: zoomIn, zoomOutTitle: zoomOut}).addTo(map);
  addAttribution(map, data.attribution);
  for (const [position, selectors] of Object.entries(corners)) {
    for (const selector of selectors) {
      const element = document.querySelector(selector);
      if (element) place(map, position, element);
    }
  }
  map.setMaxBounds(map.options.maxBounds ? L.latLngBounds(map.options.maxBounds).pad(0.25) : null);
}

/* Our element as a Leaflet control: corners stack by themselves, whatever height the attribution has. */
function place(map, position, element) {
  L.DomEvent.disableClickPropagation(element);
  const control = L.control({position});
  control.onAdd = () => element;
  control.addTo(map);
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
