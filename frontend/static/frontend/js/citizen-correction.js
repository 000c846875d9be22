/* The map of an object that a citizen corrects: a tap says where it stands instead. The field says the same. Of the
   fields only those stand there that the chosen flaw needs. */

import {ready} from "citypin/ready";
import {smallMap} from "citypin/small-map";
import {color, onSchemeChange} from "citypin/theme";

const L = window.L;

ready();
const element = document.querySelector("[data-place-map]");
const kinds = document.querySelectorAll("input[name=kind]");
const field = document.getElementById("say-place");
const at = [Number(element.dataset.lat), Number(element.dataset.lon)];
const map = smallMap(element, {center: at, zoom: 18, scrollWheelZoom: false, keyboard: false});
const marks = {accent: L.circleMarker(at, {radius: 9}).addTo(map)};
if (field) {
  map.on("click", ({latlng}) => {
    field.value = `${latlng.lat.toFixed(6)}, ${latlng.lng.toFixed(6)}`;
    document.querySelector("input[name=kind][value=moved]").checked = true;
    showFields();
    marks.contested ??= L.circleMarker(latlng, {radius: 9}).addTo(map);
    marks.contested.setLatLng(latlng);
    paint();
  });
}
paint();
onSchemeChange(paint);
for (const kind of kinds) kind.addEventListener("change", showFields);
showFields();
document.getElementById("refused")?.focus();

function showFields() {
  const chosen = document.querySelector("input[name=kind]:checked")?.value;
  for (const part of document.querySelectorAll("[data-for-kind]")) part.hidden = part.dataset.forKind !== chosen;
}

function paint() {
  for (const [name, mark] of Object.entries(marks)) mark.setStyle({color: color("surface"), weight: 3, fillColor: color(name), fillOpacity: 1});
}
