/* The zone of a ruling, drawn with the mouse or by keys. The corners are the lines of a text field, which can be
   read and written, too: all ways write there, and the shape on the map is what stands there. */

import {color} from "citypin/theme";

const L = window.L;
L.Polyline._flat = L.LineUtil.isFlat; // Leaflet.draw 1.0 asks by the old name, at which Leaflet 1.9 grumbles
const LINE = /^\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*$/;
const STEPS = {ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0]};
const STEP_PX = 40;
const FINE_PX = 4;

export function zoneDrawing(form, map, forget) {
  const field = form.querySelector("[name=zone]");
  const hint = form.querySelector("[data-draw-hint]");
  const start = form.querySelector("[data-draw-start]");
  const style = () => ({color: color("accent"), weight: 4, fillOpacity: 0.15});
  let drawn = null;
  const show = () => {
    drawn?.remove();
    drawn = null;
    const corners = cornersOf(field.value);
    if (!corners.length) return;
    drawn = (corners.length < 3 ? L.polyline(corners, style()) : L.polygon(corners, style())).addTo(map);
    drawn.editing.enable();
    drawn.on("edit", ({target}) => write(target.getLatLngs().flat(), false));
  };
  const write = (corners, redraw = true) => {
    field.value = corners.map(({lat, lng}) => `${lat.toFixed(6)}, ${lng.toFixed(6)}`).join("\n");
    if (redraw) show();
    forget();
  };
  L.drawLocal.draw.handlers.polygon = {...L.drawLocal.draw.handlers.polygon, tooltip: {start: "", cont: "", end: ""}};
  const pen = new L.Draw.Polygon(map, {allowIntersection: false, showArea: false, shapeOptions: {color: color("accent"), weight: 4}});
  start.addEventListener("click", () => {
    hint.textContent = start.dataset.hint;
    map.getContainer().scrollIntoView({block: "nearest"});
    pen.enable();
  });
  map.on(L.Draw.Event.CREATED, ({layer}) => {
    hint.textContent = "";
    write(layer.getLatLngs()[0]);
  });
  field.addEventListener("input", show);
  aiming(form.querySelector("[data-aim-start]"), map, hint, {read: () => cornersOf(field.value), write});
  show();
}

/* A cross stands still in the middle of the map, which the arrow keys move: at once, so that Enter means what is seen. */
function aiming(button, map, hint, {read, write}) {
  const container = map.getContainer();
  const say = (name, values = {}) => {
    hint.textContent = button.dataset[name].replace(/\{(\w+)\}/g, (_, slot) => values[slot]);
  };
  const keys = {
    Enter: () => {
      const corners = [...read(), map.getCenter()];
      write(corners);
      const {lat, lng} = corners.at(-1);
      say("set", {number: corners.length, place: `${lat.toFixed(5)}, ${lng.toFixed(5)}`});
    },
    Backspace: () => {
      write(read().slice(0, -1));
      say("taken", {number: read().length});
    },
    Escape: () => button.focus(),
  };
  const press = (event) => {
    const step = STEPS[event.key];
    if (!step && !keys[event.key]) return;
    event.preventDefault();
    event.stopPropagation(); // Leaflet would glide there, too
    if (step) map.panBy(L.point(step).multiplyBy(event.shiftKey ? FINE_PX : STEP_PX), {animate: false});
    else keys[event.key]();
  };
  const end = () => {
    container.classList.remove("is-aimed");
    container.removeAttribute("role");
    container.removeAttribute("aria-label");
    container.removeEventListener("keydown", press);
    say(read().length < 3 ? "few" : "done", {number: read().length});
  };
  button.addEventListener("click", () => {
    container.classList.add("is-aimed");
    container.setAttribute("role", "application"); // a screen reader leaves the arrow keys to the map
    container.setAttribute("aria-label", button.dataset.hint);
    container.addEventListener("keydown", press);
    container.addEventListener("blur", end, {once: true});
    container.scrollIntoView({block: "nearest"});
    container.focus();
    say("hint");
  });
}

function cornersOf(text) {
  const found = text.split("\n").map((line) => LINE.exec(line));
  return found.filter(Boolean).map(([, lat, lng]) => L.latLng(Number(lat), Number(lng)));
}
