/* The report page: brings its parts together. The form stays an ordinary form; the server stays the judge. */

import {paintDots} from "citypin/colors";
import {canLocate, locate} from "citypin/geolocation";
import {cameEmpty, forgetDraft, readDraft, saveDraft} from "citypin/report-draft";
import {ready} from "citypin/ready";
import {photoUpload} from "citypin/report-photo";
import {pinMap} from "citypin/report-pin";
import {placeSearch} from "citypin/report-places";
import {problemList} from "citypin/report-problems";
import {reportSend} from "citypin/report-send";
import {serviceChoice} from "citypin/report-services";
import {reportSteps} from "citypin/report-steps";
import {countCharacters} from "citypin/character-count";
import {drawSides} from "citypin/side-map";
import {responsibilityPanel} from "citypin/responsibility-panel";
import {isInCity} from "citypin/small-map";

const ROUGH_M = 300; // a position that is worse names a neighbourhood, not a place

const form = document.getElementById("report-form");
const fields = form.elements;
const slot = (name) => form.querySelector(`[data-slot=${name}]`);
const section = (name) => form.querySelector(`[data-step=${name}]`);
const problems = problemList(form);
const answerBefore = slot("who").innerHTML;
let nearbySeen = false;
let placeRefused = ""; // the server's sentence, if the place cannot be one of this city
let begun = false;
let sidesShown = slot("side").querySelector("[data-side-map]")?.dataset.sideMap ?? "";

function keep() {
  if (begun) saveDraft(form, steps.current);
}

const ask = responsibilityPanel(form.dataset.panelUrl, {
  onAnswer(root, ok) {
    if (root.dataset.refused === "side_unknown") { // the areas changed meanwhile: ask anew
      forgetSide();
      refresh();
      return;
    }
    slot("who").classList.remove("is-asking");
    placeRefused = ok ? "" : root.textContent.trim();
    slot("who").replaceChildren(...root.querySelector("[data-part=who]").childNodes);
    paintDots(slot("who"));
    if (!ok) return;
    slot("guesses").replaceChildren(...root.querySelector("[data-part=guesses]").childNodes);
    services.mark();
    const nearby = [...root.querySelector("[data-part=nearby]").children];
    slot("nearby").replaceChildren(...nearby);
    nearbySeen = nearby.length > 0;
    steps.offer("nearby", nearbySeen);
    showSides(root.querySelector("[data-part=side]"));
    sayPlace(root.dataset.place, root.dataset.coordinates);
    nameNext();
    // The answer takes room from the questions: what was chosen stays in sight.
    if (steps.current === "service") form.querySelector(".choice:has(:checked)")?.scrollIntoView({block: "nearest"});
  },
  onSilence() {
    slot("who").classList.remove("is-asking");
    const line = document.createElement("p");
    line.className = "notice notice--soon";
    line.textContent = form.dataset.silent;
    slot("who").replaceChildren(line);
  },
});

function refresh() {
  if (!fields.lon.value || !fields.lat.value) return;
  slot("who").classList.add("is-asking");
  ask({
    lon: fields.lon.value,
    lat: fields.lat.value,
    accuracy_m: fields.accuracy_m.value || "0",
    service_code: fields.service_code.value,
    asset_id: fields.asset_id.value,
    side: form.querySelector("[name=side]:checked")?.value ?? "",
  });
}

/* The same question again, after its own answer, keeps its map and the focus; another one takes its place. */
function showSides(part) {
  const asked = part.querySelector("[data-side-map]")?.dataset.sideMap ?? "";
  if (asked === sidesShown) return;
  sidesShown = asked;
  slot("side").replaceChildren(...part.childNodes);
  drawSides(slot("side"));
  steps.offer("side", asked !== "");
}

function forgetSide() {
  for (const radio of form.querySelectorAll("[name=side]")) radio.checked = radio.value === "";
  problems.clear("side");
}

function setPlace({lon, lat, accuracy_m = 0, label = "", onMap = true}) {
  placeRefused = "";
  fields.lon.value = lon.toFixed(6);
  fields.lat.value = lat.toFixed(6);
  fields.accuracy_m.value = String(accuracy_m);
  fields.asset_id.value = "";
  forgetSide();
  fields.place.value = fields.place_for.value = label; // empty after moving the map: ready for another search
  form.querySelector("[data-place-choices]")?.remove();
  sayPlace("", `${lat.toFixed(5)}, ${lon.toFixed(5)}`);
  problems.clear("place");
  places.close();
  places.say("");
  // A name is a neighbourhood or a park, and its middle is hardly the spot; coordinates are one.
  if (onMap) pin.show({lon, lat, accuracy_m, isRough: accuracy_m > ROUGH_M || /\p{Letter}/u.test(label)});
  keep();
  refresh();
}

function sayPlace(name, coordinates) {
  form.querySelector("[data-place-line]").hidden = false;
  form.querySelector("[data-place-name]").textContent = name;
  form.querySelector("[data-place-coordinates]").textContent = coordinates;
}

const pin = pinMap(document.getElementById("report-map"), {
  hint: form.querySelector("[data-map-hint]"),
  onPlace: (place) => setPlace({...place, onMap: false}),
});
const places = placeSearch(form, {onPlace(place) {
  const onMap = isInCity(place); // the map goes no farther: its pin would set another place
  if (!onMap) pin.clear();
  setPlace({...place, onMap});
}});
const services = serviceChoice(form, {
  onChoice() {
    problems.clear("service_code");
    forgetSide();
    keep();
    refresh();
  },
});
const photo = photoUpload(form, {
  onStored({lon, lat}) {
    problems.clear("photo");
    if (lon === null || fields.lon.value) return;
    if (!isInCity({lon, lat})) {
      photo.sayElsewhere();
      return;
    }
    setPlace({lon, lat});
    photo.sayPlaceTaken();
  },
  onChange() {
    keep();
    nameNext();
  },
});
const steps = reportSteps(form, {
  missing(step) {
    if (step === "place" && placeRefused) return placeRefused;
    const isMissing = {place: !fields.lon.value || (fields.place.value && fields.place.value !== fields.place_for.value), service: !services.code}[step];
    return isMissing ? section(step).dataset.missing : "";
  },
  onRefused: (step, sentence) => problems.say(step === "service" ? "service_code" : step, sentence),
  onShow() {
    nameNext();
    keep();
  },
});
const send = reportSend(form, {
  photo,
  onProblems(found) {
    const step = {service_code: "service", side: "side", description: "send", photo: "photo"}[found[0].field] ?? "place";
    steps.go(step);
    problems.show(found);
    if (found.some(({code}) => code === "place_ambiguous")) places.search();
    if (found.some(({code}) => code === "photo_unknown")) fields.photo_id.value = "";
  },
});

function nameNext() {
  const next = form.querySelector("[data-next]");
  const {skipPhoto, goOn, notThese} = next.dataset;
  const step = form.dataset.current;
  if (step === "send") review();
  next.textContent = step === "photo" && !photo?.chosen ? skipPhoto : step === "nearby" ? notThese : goOn;
}

function review() {
  const say = (name, text) => { form.querySelector(`[data-review-of=${name}]`).textContent = text; };
  const {yes, no} = form.querySelector("[data-review-of=photo]").dataset;
  say("service", form.querySelector("[name=service_code]:checked")?.dataset.name ?? "");
  say("place", form.querySelector("[data-place-line]").innerText);
  say("photo", photo.chosen ? yes : no);
}

function locateOnDemand() {
  const button = form.querySelector("[data-locate]");
  button.hidden = !canLocate;
  button.addEventListener("click", async () => {
    button.setAttribute("aria-busy", "true");
    try {
      const here = await locate();
      if (!isInCity(here)) throw new Error("outside");
      setPlace(here);
      if (here.accuracy_m > ROUGH_M) places.say(button.dataset.rough);
    } catch (error) {
      places.say(button.dataset[error.message] ?? button.dataset.unavailable);
    }
    button.removeAttribute("aria-busy");
  });
}

/* A form that came filled from the server is left alone. Otherwise the draft counts, and what the browser put back does not. */
function restore() {
  if (!cameEmpty(form)) return null;
  form.reset();
  form.autocomplete = "off"; // the draft keeps everything or nothing
  const draft = readDraft();
  if (!draft) return null;
  for (const name of ["place", "place_for", "lon", "lat", "accuracy_m", "description", "idempotency_key"]) fields[name].value = draft[name] ?? "";
  if (draft.photo_id) photo.restore(draft.photo_id);
  if (draft.service_code) services.choose(draft.service_code);
  const kept = form.querySelector("[data-restored]");
  kept.hidden = ![draft.place, draft.lon, draft.description, draft.service_code, draft.photo_id].some(Boolean);
  kept.querySelector("[data-start-over]").addEventListener("click", () => {
    forgetDraft();
    window.location.assign(window.location.pathname);
  });
  return kept.hidden ? null : draft;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.value === "send") send();
});
form.addEventListener("input", ({target}) => {
  if (target.name === "side") {
    problems.clear("side");
    refresh();
  }
  if (target.name === "description") problems.clear("description");
  keep();
});
form.querySelector("[data-review]").addEventListener("click", ({target}) => {
  const change = target.closest("[data-change]");
  if (change) steps.go(change.dataset.change);
});
locateOnDemand();
countCharacters(fields.description, form.querySelector("[data-description-count]"));
paintDots(form);
drawSides(slot("side"));
const draft = restore();
if (fields.lon.value && fields.lat.value && slot("who").innerHTML === answerBefore) {
  pin.show({lon: Number(fields.lon.value), lat: Number(fields.lat.value), accuracy_m: Number(fields.accuracy_m.value)});
  refresh();
}
if (draft) steps.resume(draft.step);
else steps.start();
begun = true;
// Brought back as it was, after it had been sent: the same report must not go twice.
window.addEventListener("pageshow", ({persisted}) => persisted && !readDraft() && window.location.reload());
form.classList.add("is-ready");
ready();
