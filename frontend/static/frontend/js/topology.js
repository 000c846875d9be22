/* The findings on the map, linked with the list. */

import {findingRenderer, findingShape} from "citypin/finding-shape";
import {Readiness} from "citypin/readiness";
import {ready} from "citypin/ready";
import {smallMap} from "citypin/small-map";

const L = window.L;

ready();
const place = document.querySelector("[data-map]");
const map = smallMap(place);
const readiness = new Readiness();
readiness.started = true;
const renderer = findingRenderer(map);
const layers = new Map();
readiness.during(show());
document.querySelector("[data-filters]")?.addEventListener("change", (event) => event.currentTarget.submit());

async function show() {
  const answer = await fetch(place.dataset.findings);
  if (!answer.ok) return;
  const {features} = await answer.json();
  // Most harm last: drawn on top.
  for (const feature of [...features].reverse()) layers.set(String(feature.id), drawn(feature));
  const all = L.latLngBounds([]);
  for (const layer of layers.values()) all.extend(layer.getBounds());
  if (all.isValid()) map.fitBounds(all, {animate: false});
  document.querySelector("[data-flaws]")?.addEventListener("click", (event) => {
    const link = event.target.closest("[data-show]");
    if (!link) return;
    event.preventDefault();
    choose(link.dataset.show, true);
  });
  const wanted = location.hash.match(/^#finding-(\d+)$/)?.[1];
  if (wanted) choose(wanted, true);
}

function drawn(feature) {
  const layer = findingShape(feature, renderer);
  layer.on("click", () => choose(String(feature.id), false));
  return layer.addTo(map);
}

function choose(number, move) {
  for (const row of document.querySelectorAll("[data-finding]")) {
    const chosen = row.dataset.finding === number;
    row.classList.toggle("flaw--chosen", chosen);
    if (chosen && !move) {
      row.scrollIntoView({block: "nearest"});
      row.focus({preventScroll: true});
    }
  }
  for (const [each, layer] of layers) layer.setStyle({opacity: each === number ? 1 : 0.5, weight: each === number ? 4 : 2});
  if (move && layers.has(number)) map.fitBounds(layers.get(number).getBounds().pad(0.3), {maxZoom: 17});
}
