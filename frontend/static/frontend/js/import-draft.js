/* The difference that an import would make: old and new borders, what is gained and lost, linked with the list. */

import {borderStyles} from "citypin/border-styles";
import {hatch, hatchedRenderer} from "citypin/hatch";
import {Readiness} from "citypin/readiness";
import {ready} from "citypin/ready";
import {smallMap} from "citypin/small-map";
import {textOnly} from "citypin/text-only";
import {color} from "citypin/theme";

const L = window.L;
const MOST_AT_FIRST = 5; // the map opens on the largest changes: a new survey moves every border by a hand's breadth

ready();

const place = document.querySelector("[data-map]");
const readiness = new Readiness();
readiness.started = true;
readiness.during(show());

async function show() {
  const map = smallMap(place);
  const answer = await fetch(place.dataset.preview);
  if (!answer.ok) return;
  const {features} = await answer.json();
  const renderer = hatchedRenderer(map, {done: 45, overdue: 135});
  const ofCode = new Map();
  for (const feature of ordered(features)) {
    const {code, part} = feature.properties;
    const layer = L.geoJSON(feature, {
      renderer,
      style: styles[part],
      pointToLayer: (_, at) => L.circleMarker(at, {renderer, radius: 6, ...styles[part]}),
    });
    layer.bindTooltip(textOnly(code), {sticky: true}).addTo(map);
    layer.on("click", () => choose(code, false));
    ofCode.set(code, [...(ofCode.get(code) ?? []), layer]);
  }
  const bounds = (layers) => layers.reduce((all, layer) => all.extend(layer.getBounds()), L.latLngBounds([]));
  const first = [...document.querySelectorAll("[data-changes] [data-code]")].slice(0, MOST_AT_FIRST).map((link) => link.dataset.code);
  const shown = [...ofCode].filter(([code]) => !first.length || first.includes(code)).flatMap(([, layers]) => layers);
  if (shown.length) map.fitBounds(bounds(shown).pad(0.1), {maxZoom: 17, animate: false});

  function choose(code, move) {
    for (const link of document.querySelectorAll("[data-changes] [data-code]")) {
      const chosen = link.dataset.code === code;
      link.toggleAttribute("aria-current", chosen);
      if (chosen && !move) link.scrollIntoView({block: "nearest"});
    }
    for (const [each, layers] of ofCode) for (const layer of layers) layer.setStyle({opacity: each === code ? 1 : 0.35, fillOpacity: each === code ? 1 : 0.2});
    if (move && ofCode.has(code)) map.fitBounds(bounds(ofCode.get(code)).pad(0.2), {maxZoom: 17});
  }

  document.querySelector("[data-changes]")?.addEventListener("click", (event) => {
    const link = event.target.closest("[data-code]");
    if (!link || !ofCode.has(link.dataset.code)) return;
    event.preventDefault();
    choose(link.dataset.code, true);
  });
}

/* Hatching below, outlines above: a new border is seen on what it gains. */
function ordered(features) {
  const rank = {gained: 0, lost: 0, before: 1, after: 2};
  return [...features].sort((one, other) => rank[one.properties.part] - rank[other.properties.part]);
}

const styles = {
  ...borderStyles,
  gained: {color: color("done"), weight: 1, fillColor: hatch("done"), fillOpacity: 1},
  lost: {color: color("overdue"), weight: 1, fillColor: hatch("overdue"), fillOpacity: 1},
};
