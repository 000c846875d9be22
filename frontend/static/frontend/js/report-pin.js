/* The place on the map: the pin stays in the middle, the map moves under it. One finger, one hand, or the arrow keys. */

import {smallMap} from "citypin/small-map";
import {color} from "citypin/theme";

const L = window.L;
const STREET_ZOOM = 16;
const CLOSE_ENOUGH_ZOOM = 15; // farther out a pin may be a block off: ask to zoom in first
const SAME_PLACE_PX = 1;

/** `onPlace({lon, lat})` is called when somebody has put the map where the problem is. */
export function pinMap(element, {onPlace, hint}) {
  // Zooming towards the cursor would move the pin off its place: zoom around the middle.
  const map = smallMap(element, {scrollWheelZoom: "center", touchZoom: "center", doubleClickZoom: false, tap: true});
  const pane = element.closest("[data-map-pane]");
  const words = {move: hint.textContent, zoom: element.dataset.zoomIn};
  let place = null;
  let ring = null;
  let moving = false; // true while we move the map ourselves

  function quietly(move) {
    moving = true;
    move();
    moving = false;
  }

  function isSame(center) {
    return place && map.latLngToContainerPoint(place).distanceTo(map.latLngToContainerPoint(center)) < SAME_PLACE_PX;
  }

  function setHere() {
    const center = map.getCenter();
    const close = map.getZoom() >= CLOSE_ENOUGH_ZOOM;
    hint.textContent = close ? words.move : words.zoom;
    if (!close || isSame(center)) return;
    place = center;
    ring?.remove();
    pane.classList.add("is-set");
    pane.classList.remove("is-rough");
    onPlace({lon: center.lng, lat: center.lat});
  }

  map.on("movestart", () => pane.classList.add("is-moving"));
  map.on("moveend", () => {
    pane.classList.remove("is-moving");
    if (!moving) setHere();
  });
  map.on("click", ({latlng}) => {
    if (map.getZoom() < CLOSE_ENOUGH_ZOOM) map.setView(latlng, STREET_ZOOM);
    else map.panTo(latlng);
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (map.getZoom() < CLOSE_ENOUGH_ZOOM) map.setZoom(CLOSE_ENOUGH_ZOOM + 1);
    else setHere();
  });
  // The pane changes its size without the window: next step, keyboard, longer answer below.
  new ResizeObserver(() => quietly(() => map.invalidateSize({animate: false}))).observe(element);

  function clear() {
    place = null;
    ring?.remove();
    pane.classList.remove("is-set", "is-rough");
  }

  return {
    map,
    /** No place, or one that is not on the map. */
    clear,
    /** `isRough`: a neighbourhood, not a spot. The hint stays until somebody has moved the map. */
    show({lon, lat, accuracy_m = 0, isRough = false}) {
      place = L.latLng(lat, lon);
      ring?.remove();
      pane.classList.add("is-set");
      pane.classList.toggle("is-rough", isRough);
      hint.textContent = words.move;
      quietly(() => map.setView(place, Math.max(map.getZoom(), STREET_ZOOM), {animate: false}));
      if (accuracy_m < 1) return;
      ring = L.circle(place, {radius: accuracy_m, color: color("accent"), weight: 2, fillOpacity: 0.12, interactive: false}).addTo(map);
      quietly(() => map.fitBounds(ring.getBounds(), {animate: false, maxZoom: STREET_ZOOM}));
    },
  };
}
