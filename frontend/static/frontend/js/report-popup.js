/* What a tap on the map does: a cluster comes closer, a pin says what it is. */

import {formatDay} from "citypin/words";

const L = window.L;

export function addReportPopups(map, layer, data, words) {
  map.on("click", ({latlng}) => {
    const [hit] = layer.featuresAt(latlng);
    if (!hit) return;
    if (hit.properties.cluster) map.setView(hit.latlng, Math.min(map.getZoom() + 2, map.getMaxZoom()));
    else openPopup(map, hit, data, words);
  });
  map.on("mousemove", ({latlng}) => {
    map.getContainer().classList.toggle("over-report", layer.featuresAt(latlng, 2).length > 0);
  });
}

function openPopup(map, {latlng, properties}, data, words) {
  const content = document.getElementById("report-popup").content.cloneNode(true).firstElementChild;
  const slot = (name) => content.querySelector(`[data-slot="${name}"]`);
  slot("name").textContent = data.services[properties.service_code] ?? properties.service_code;
  slot("state").textContent = data.states[properties.state] ?? "";
  slot("state").classList.add(`state--${properties.state}`);
  slot("date").textContent = formatDay(properties.date);
  slot("date").dateTime = properties.date;
  slot("link").href = data.report_url.replace("0", properties.id);
  const offset = properties.status === "closed" ? [0, -6] : [0, -26];
  const popup = L.popup({offset, minWidth: 180, maxWidth: 260}).setLatLng(latlng).setContent(content).openOn(map);
  popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", words.close);
}
