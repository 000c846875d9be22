/* "Show where I am": only after a tap, with the accuracy drawn. The place stays in the browser. */

const L = window.L;

export function addLocateButton(map, button, say) {
  if (!("geolocation" in navigator) || !window.isSecureContext) return;
  button.hidden = false;
  let shown = null;
  button.addEventListener("click", () => {
    button.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition(({coords}) => {
      button.removeAttribute("aria-busy");
      const here = L.latLng(coords.latitude, coords.longitude);
      shown?.remove();
      if (!map.options.maxBounds.contains(here)) return say(button.dataset.outside);
      shown = L.layerGroup([
        L.circle(here, {radius: coords.accuracy, className: "here-accuracy", interactive: false}),
        L.circleMarker(here, {radius: 7, className: "here-dot", interactive: false}),
      ]).addTo(map);
      map.setView(here, Math.max(map.getZoom(), 16));
    }, () => {
      button.removeAttribute("aria-busy");
      say(button.dataset.denied);
    }, {enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000});
  });
}
