/* Zoom and place in the address as `#map=12/40.7300/-73.9500`, so that a view can be sent to somebody. */

const PATTERN = /^#map=(\d{1,2})\/(-?\d{1,2}(?:\.\d+)?)\/(-?\d{1,3}(?:\.\d+)?)$/;

export function viewFromAddress() {
  const found = PATTERN.exec(location.hash);
  return found && {zoom: Number(found[1]), center: [Number(found[2]), Number(found[3])]};
}

/** A link to another view pasted into the open page, or followed on it. */
export function followAddress(map) {
  window.addEventListener("hashchange", () => {
    const view = viewFromAddress();
    if (view) map.setView(view.center, view.zoom);
  });
}

/** Replace the address, and what the language switch comes back to. */
export function writeAddress(map, pageQuery) {
  const {lat, lng} = map.getCenter();
  const query = String(pageQuery);
  const address = `${location.pathname}${query ? `?${query}` : ""}#map=${map.getZoom()}/${lat.toFixed(4)}/${lng.toFixed(4)}`;
  history.replaceState(null, "", address);
  for (const input of document.querySelectorAll('.site-header input[name="next"]')) input.value = address;
}
