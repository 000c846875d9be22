/* The whole view is in its address: the filter and the layer as a query, zoom and place as `#map=12/40.7300/-73.9500`.
   So a link restores it, and the back button goes back through the choices, not through every step of a finger. */

const PATTERN = /^#map=(\d{1,2})\/(-?\d{1,2}(?:\.\d+)?)\/(-?\d{1,3}(?:\.\d+)?)$/;

export function viewFromAddress() {
  const found = PATTERN.exec(location.hash);
  return found && {zoom: Number(found[1]), center: [Number(found[2]), Number(found[3])]};
}

/** Back, forward, or a link to another view of this page: `restore(query)` for what is not the place. */
export function followAddress(map, restore) {
  let shown = location.search;
  window.addEventListener("popstate", () => {
    const view = viewFromAddress(); // read all before anything moves the map and writes the address anew
    const isNew = location.search !== shown;
    shown = location.search;
    if (isNew) restore(new URLSearchParams(location.search));
    if (view) map.setView(view.center, view.zoom);
  });
  return {
    /** Put the view into the address; `asStep` when "back" should come back to what was before. */
    write(query, {asStep = false} = {}) {
      const address = addressOf(map, query);
      const isNew = location.search !== new URL(address, location.href).search;
      history[asStep && isNew ? "pushState" : "replaceState"](null, "", address);
      shown = location.search;
      for (const input of document.querySelectorAll('.site-header input[name="next"]')) input.value = address;
      for (const link of document.querySelectorAll("[data-same-view]")) link.href = addressOf(map, query, link.pathname);
    },
  };
}

export function addressOf(map, query, path = location.pathname) {
  const {lat, lng} = map.getCenter();
  const text = String(query);
  return `${path}${text ? `?${text}` : ""}#map=${map.getZoom()}/${lat.toFixed(4)}/${lng.toFixed(4)}`;
}
