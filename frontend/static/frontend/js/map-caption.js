/* Near the ground the map may hold no name at all: this line says where its middle is. */

const FROM_ZOOM = 15;
const WAIT_MS = 300;

export function addCaption(map, line) {
  let timer = 0;
  let running = null;

  async function name() {
    const {lng, lat} = map.getCenter();
    const place = new URLSearchParams({lon: lng.toFixed(5), lat: lat.toFixed(5)});
    running = new AbortController();
    const {signal} = running;
    try {
      const response = await fetch(`${line.dataset.url}?${place}`, {signal});
      const root = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-place]");
      if (signal.aborted) return;
      line.textContent = root?.dataset.place ?? "";
    } catch {
      if (signal.aborted) return;
      line.textContent = ""; // without a network the map is silent, too
    }
    line.hidden = !line.textContent;
  }

  function follow() {
    clearTimeout(timer);
    running?.abort();
    if (map.getZoom() < FROM_ZOOM) line.hidden = true;
    else timer = setTimeout(name, WAIT_MS);
  }

  map.on("moveend", follow);
  follow();
}
