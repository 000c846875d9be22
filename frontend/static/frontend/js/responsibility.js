/* Who was responsible: a place by click, two days by slider, the borders of that day below. The form does it all, too. */

import {BoundariesLayer} from "citypin/boundaries-layer";
import {paintDots} from "citypin/colors";
import {decisionShapes} from "citypin/decision-shapes";
import {Readiness} from "citypin/readiness";
import {ready} from "citypin/ready";
import {smallMap} from "citypin/small-map";
import {color} from "citypin/theme";
import {formatDay} from "citypin/words";

const L = window.L;
const DAY_MS = 86_400_000;
const SETTLE_MS = 350;

ready();
const form = document.querySelector("[data-ask]");
const answer = document.querySelector("[data-answer]");
const field = (name) => form.elements[name];
const today = new Date().toISOString().slice(0, 10);
const readiness = new Readiness();
readiness.started = true;

const map = smallMap(document.querySelector("[data-map]"), {keyboard: true});
const borders = new BoundariesLayer(read().url, tileQuery()).addTo(map);
readiness.follow(borders);
const shapes = L.layerGroup().addTo(map);
draw(true);
paintDots();

map.on("click", ({latlng}) => {
  field("lon").value = latlng.lng.toFixed(6);
  field("lat").value = latlng.lat.toFixed(6);
  field("place").value = field("place_for").value = "";
  ask();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(true);
});
field("place").addEventListener("change", () => { field("lon").value = field("lat").value = ""; });
for (const name of ["service", "on", "known"]) field(name).addEventListener("change", () => ask());
for (const slider of document.querySelectorAll("[data-sliders] input")) follow(slider);

/* A slider moves its date field; the borders follow at once, the answer when the hand rests. */
function follow(slider) {
  const words = document.querySelector(`label[for="${slider.id}"] output`);
  const target = document.getElementById(slider.dataset.for);
  const first = Date.parse(slider.dataset.first);
  const day = () => new Date(first + slider.value * DAY_MS).toISOString().slice(0, 10);
  const say = () => {
    words.value = formatDay(day());
    slider.setAttribute("aria-valuetext", words.value);
  };
  let timer;
  slider.addEventListener("input", () => {
    target.value = day();
    say();
    clearTimeout(timer);
    timer = setTimeout(ask, SETTLE_MS);
  });
  target.addEventListener("change", () => {
    slider.value = Math.round((Date.parse(target.value || today) - first) / DAY_MS);
    say();
  });
  say();
}

function tileQuery() {
  const query = new URLSearchParams();
  if (field("on").value) query.set("on", field("on").value);
  if (field("service").value) query.set("services", field("service").value);
  return query;
}

let asked = 0;
function ask(zoom = false) {
  borders.ask(tileQuery());
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  const address = `${location.pathname}?${query}`;
  history.replaceState(null, "", address);
  asked += 1;
  readiness.during(fetchAnswer(address, asked, zoom));
}

async function fetchAnswer(address, number, zoom) {
  const response = await fetch(address);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (number !== asked) return; // a later question is on its way
  const fresh = page.querySelector("[data-answer]");
  if (!fresh) return location.assign(address); // signed out meanwhile
  answer.replaceChildren(...fresh.childNodes);
  paintDots(answer);
  draw(zoom === true);
}

function read() {
  return JSON.parse(document.getElementById("ask-map").textContent);
}

function draw(zoom) {
  shapes.clearLayers();
  const {point, features} = read();
  if (!point) return;
  decisionShapes(features, {interactive: false}).addTo(shapes);
  L.circleMarker([point.lat, point.lon], {radius: 10, color: color("surface"), weight: 3, fillColor: color("overdue"), fillOpacity: 1, interactive: false}).addTo(shapes);
  if (zoom) map.setView([point.lat, point.lon], Math.max(map.getZoom(), 13), {animate: false});
}
