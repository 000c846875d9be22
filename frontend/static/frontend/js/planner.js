/* The planner: map, bars and tables answer one question, which stands in the address. A change asks the server for the
   page again and takes the parts that differ: it alone counts and speaks. */

import {addAreaTools} from "citypin/planner-area";
import {TimeChart} from "citypin/planner-chart";
import {AreasLayer} from "citypin/planner-areas";
import {CellsLayer} from "citypin/planner-cells";
import {HotspotsLayer} from "citypin/planner-hotspots";
import {PlannerLegend} from "citypin/planner-legend";
import {ready} from "citypin/ready";
import {Readiness} from "citypin/readiness";
import {smallMap} from "citypin/small-map";
import {onSchemeChange} from "citypin/theme";

const WIDE = window.matchMedia("(min-width: 64rem)");
const PARTS = ["bar", "views", "time", "answer", "data"];

const find = (selector) => document.querySelector(selector);
const readData = () => JSON.parse(find("#planner-data").textContent);

ready();
const readiness = new Readiness();
const form = find("[data-form]");
const map = smallMap(find("#planner-map"), {keyboard: true, wholeCity: WIDE.matches});
const legend = new PlannerLegend(find("[data-legend]"));
const chart = new TimeChart(find("[data-chart]"), (from, to) => change({from, to}));
const area = addAreaTools(map, (text) => change({area: text, place: ""}));
let data = readData();
let layer = null;
let spanBefore = null;
let placesShown = null;

find("[data-question]").open = WIDE.matches;
WIDE.addEventListener("change", () => { find("[data-question]").open = WIDE.matches; });

function draw() {
  chart.show(data.bars, data.words);
  area.show(data.shape, data.shape_is_drawn, data.other_shape);
  // A place that was just chosen may lie beyond the view; what was drawn does not.
  if (placesShown !== data.places && (placesShown === null || !data.shape_is_drawn || data.other_shape)) area.fit();
  placesShown = data.places;
  layer?.remove();
  const kinds = {areas: AreasLayer, hotspots: HotspotsLayer};
  layer = new (kinds[data.view] ?? CellsLayer)(map, data, {readiness, legend});
  find("[data-all-days]").hidden = spanBefore === null;
}

/* `changes` by the names of the form; "" takes a part away. */
async function change(changes) {
  if (changes.from && spanBefore === null) spanBefore = {from: form.elements.from.value, to: form.elements.to.value};
  for (const [name, value] of Object.entries(changes)) if (form.elements[name]) form.elements[name].value = value;
  await show(new URLSearchParams([...new FormData(form)].filter(([, value]) => value)), true);
}

async function show(query, remember) {
  await readiness.during(fetchPage(query).then((page) => {
    if (!page) return;
    for (const part of PARTS) find(`[data-live="${part}"]`).replaceWith(page.querySelector(`[data-live="${part}"]`));
    data = readData();
    document.title = page.title;
    if (remember) history.pushState(null, "", `?${data.query}`);
    draw();
  }));
}

async function fetchPage(query) {
  try {
    const response = await fetch(`${location.pathname}?${query}`, {headers: {Accept: "text/html"}});
    if (!response.ok || response.redirected) return location.assign(`?${query}`);
    return new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return null; // no signal: what is shown stays, and the form still says what was asked
  }
}

function sayChosen(choices) {
  const words = choices.querySelector("[data-chosen]");
  const count = choices.querySelectorAll(":checked").length;
  words.textContent = count ? words.dataset.some.replace("{count}", count) : words.dataset.all;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  spanBefore = null;
  change({});
});
form.addEventListener("change", ({target}) => {
  // Other options of a list come with the page; a layer's areas are such.
  if (target.name === "layer") location.assign(`?${new URLSearchParams([...new FormData(form)].filter(([name, value]) => value && name !== "place" && name !== "with_place"))}`);
  else if (target.tagName === "SELECT") change({});
  else if (target.type === "checkbox") {
    sayChosen(target.closest("[data-choices]"));
    change({});
  }
});
find("[data-all-days]").addEventListener("click", (event) => {
  event.preventDefault();
  const span = spanBefore;
  spanBefore = null;
  if (span) change(span);
});
document.addEventListener("click", ({target}) => {
  if (target.closest("[data-print]")) window.print();
  const files = find(".planner__files");
  if (!files.contains(target)) files.open = false;
});
document.addEventListener("keydown", ({key}) => {
  const files = find(".planner__files");
  if (key !== "Escape" || !files.open) return;
  files.open = false;
  files.querySelector("summary").focus();
});
window.addEventListener("popstate", () => location.reload());
onSchemeChange(draw);

draw();
readiness.started = true;
readiness.report();
