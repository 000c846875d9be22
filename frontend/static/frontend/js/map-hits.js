/* What lies under a finger, a mouse or, with the keyboard, under the middle of the map. */

import {formatDay} from "citypin/words";

const L = window.L;
const FINGER_PX = 22; // half a touch target
const MOUSE_PX = 3;
const UNDER_TOOLS_PX = [8, 112]; // left, top: a popup comes out below the switch and the place's name
const BESIDE_BUTTONS_PX = [64, 8];

/** `status`: where screen readers hear it. Hovering shows a tooltip, a tap or Enter opens a popup. */
export function addHits({map, reports, cells, words, data, status}) {
  const container = map.getContainer();
  const tooltip = L.tooltip({direction: "top", className: "map-tooltip", opacity: 1});
  let reads = false; // whether the map has the keyboard's focus

  function hitAt(latlng, radius_px) {
    if (map.hasLayer(reports)) {
      const [found] = reports.featuresAt(latlng, radius_px);
      return found && {...found, kind: found.properties.cluster ? "cluster" : "report"};
    }
    const cell = cells.cellAt(latlng);
    return cell && {...cell, kind: "cell", latlng: cells.latLngOf(cell)};
  }

  function sentence(hit) {
    if (!hit) return words.say("nothing", {});
    if (hit.kind === "report") return words.ofReport(hit.properties);
    const counted = words.ofCount(hit.properties);
    return hit.kind === "cell" ? `${counted} (${words.ofDensity(hit.density)})` : counted;
  }

  function point(hit) {
    container.classList.toggle("over-report", Boolean(hit));
    cells.choose(hit?.kind === "cell" ? hit : popped);
    if (!hit || map.hasLayer(popup)) return tooltip.remove();
    const above = hit.kind === "cell" ? [0, -hit.side / 2] : [0, -20];
    tooltip.options.offset = L.point(above);
    const line = document.createElement("span"); // as text: Leaflet would read a string as HTML
    line.textContent = sentence(hit);
    tooltip.setLatLng(hit.latlng).setContent(line);
    if (!map.hasLayer(tooltip)) tooltip.addTo(map);
  }

  const popup = L.popup({minWidth: 200, maxWidth: 280, autoPanPaddingTopLeft: UNDER_TOOLS_PX, autoPanPaddingBottomRight: BESIDE_BUTTONS_PX});
  let popped = null;

  function open(hit, {focus = false} = {}) {
    tooltip.remove();
    if (!hit) return;
    popped = hit.kind === "cell" ? hit : null;
    popup.options.offset = L.point(hit.kind !== "report" ? [0, 2] : hit.properties.status === "closed" ? [0, -6] : [0, -26]);
    popup.setLatLng(hit.latlng).setContent(hit.kind === "report" ? reportContent(hit, data) : countContent(hit)).openOn(map);
    popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", container.dataset.close);
    cells.choose(popped);
    if (focus) popup.getElement().querySelector(".popup a, .popup button")?.focus();
  }

  function countContent(hit) {
    const content = document.getElementById("count-popup").content.cloneNode(true).firstElementChild;
    const slot = (name) => content.querySelector(`[data-slot="${name}"]`);
    slot("sentence").textContent = words.ofCount(hit.properties);
    slot("density").textContent = hit.kind === "cell" ? words.ofDensity(hit.density) : "";
    slot("density").hidden = hit.kind !== "cell";
    slot("closer").hidden = map.getZoom() >= map.getMaxZoom();
    slot("closer").addEventListener("click", () => {
      map.closePopup(popup);
      map.setView(hit.latlng, Math.min(map.getZoom() + 2, map.getMaxZoom()));
      container.focus();
    });
    return content;
  }

  map.on("click", ({latlng}) => open(hitAt(latlng, FINGER_PX)));
  map.on("mousemove", ({latlng}) => {
    const hit = hitAt(latlng, MOUSE_PX);
    point(hit?.properties.is_coarse ? null : hit); // wide squares answer who asks; they do not follow the mouse
  });
  map.on("mouseout zoomstart movestart", () => point(null));
  map.on("zoomstart", () => { popped = null; cells.choose(null); });
  map.on("popupclose", () => {
    popped = null;
    cells.choose(null);
  });

  /* Keyboard: arrows move the map under a cross; what is under it is said when all is drawn, and Enter opens it. */
  function readMiddle() {
    if (!reads) return;
    const hit = hitAt(map.getCenter(), FINGER_PX);
    status.textContent = sentence(hit);
    point(hit);
  }
  let byKey = false; // Leaflet itself focuses the map on a click; browsers then show the focus as for a key
  document.addEventListener("keydown", () => { byKey = true; }, {capture: true});
  document.addEventListener("pointerdown", () => { byKey = false; }, {capture: true});
  container.addEventListener("focus", () => {
    reads = byKey;
    container.classList.toggle("shows-middle", reads);
    readMiddle();
  });
  container.addEventListener("blur", () => {
    reads = false;
    container.classList.remove("shows-middle");
    point(null);
  });
  container.addEventListener("keydown", (event) => {
    // Leaflet hears Escape only while the map itself has the focus.
    if (event.key === "Escape" && event.target !== container && map.hasLayer(popup)) {
      map.closePopup(popup);
      container.focus();
    }
    if (event.target !== container || event.key !== "Enter") return;
    event.preventDefault(); // else the same key would press the button that gets the focus
    open(hitAt(map.getCenter(), FINGER_PX), {focus: true});
  });
  reports.on("load", readMiddle);
  cells.on("load", readMiddle);
  return {open, readMiddle};
}

function reportContent({properties}, data) {
  const content = document.getElementById("report-popup").content.cloneNode(true).firstElementChild;
  const slot = (name) => content.querySelector(`[data-slot="${name}"]`);
  slot("name").textContent = data.services[properties.service_code] ?? properties.service_code;
  slot("state").textContent = data.states[properties.state] ?? "";
  slot("state").classList.add(`state--${properties.state}`);
  slot("date").textContent = formatDay(properties.date);
  slot("date").dateTime = properties.date;
  slot("link").href = data.report_url.replace("0", properties.id);
  return content;
}
