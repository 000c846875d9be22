/* A Leaflet layer that draws one canvas over the whole view from the vector tiles under it.

   For what must not be cut at tile edges: density, labels, pins. The canvas is drawn once per move, a little larger
   than the view, and carried along by Leaflet's panes until then. Subclasses give `draw(context, view)`. */

const L = window.L;
const TILE_PX = 256;
const DRAW_WHAT_IS_THERE_AFTER_MS = 600;
const MOST_ZOOMS_UP = 3;

export const ViewCanvas = L.Layer.extend({
  /* `padding`: share of the view drawn beyond each side. `reach_px`: how far outside a feature still shows.
     `coarser`: tiles of so many zooms less serve, larger ones and fewer. */
  options: {padding: 0.15, reach_px: 0, coarser: 0, pane: "overlayPane"},

  initialize(store, options) {
    this.store = store;
    this.requests = new Map();
    L.setOptions(this, options);
  },

  getEvents() {
    return {moveend: this.update, resize: this.update, zoom: this.place, viewreset: this.place, zoomanim: this.animate};
  },

  onAdd() {
    this.canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated view-canvas", this.getPane());
    this.retry = () => this.failed && this.update();
    window.addEventListener("online", this.retry);
    this.update();
    return this;
  },

  onRemove() {
    window.removeEventListener("online", this.retry);
    this.cancelAll();
    this.canvas.remove();
    this.view = null;
    this.settle();
    return this;
  },

  /** Other data: filters changed. */
  setQuery(query) {
    if (!this.store.setQuery(query)) return;
    this.cancelAll();
    if (this._map) this.update();
  },

  /** Ask for the view's tiles of another question before it is put; resolves when they are here. */
  async prefetch(query) {
    if (!this._map) return;
    const requests = this.addresses(this.viewOfMap()).map(({zoom, x, y}) => this.store.request(zoom, x, y, String(query)));
    await Promise.all(requests.map(({tile}) => tile));
  },

  /** Whether everything asked for has arrived and is drawn. */
  get idle() {
    return !this.pending;
  },

  viewOfMap() {
    const map = this._map;
    const zoom = Math.round(map.getZoom());
    const size = map.getSize();
    const margin = size.multiplyBy(this.options.padding).round();
    const center = map.project(map.getCenter(), zoom);
    const origin = center.subtract(size.divideBy(2)).subtract(margin).round();
    return {zoom, origin, size: size.add(margin.multiplyBy(2)), center, query: this.store.query};
  },

  update() {
    const view = this.viewOfMap();
    this.pending = view;
    this.fire("loading");
    this.collect(view).then((complete) => complete && this.show(view, true));
    clearTimeout(this.impatience);
    this.impatience = setTimeout(() => this.showWhatIsThere(view), DRAW_WHAT_IS_THERE_AFTER_MS);
  },

  /* Slow: a new place shows what has come so far. Another question keeps the old picture, faint, until all has come:
     half of one filter beside half of another would lie. */
  showWhatIsThere(view) {
    if (this.pending !== view) return;
    if (this.view && this.view.query !== view.query) this.canvas.classList.add("view-canvas--stale");
    else this.show(view, false);
  },

  /* The tiles under `view`. */
  addresses(view) {
    const zoom = this.store.tileZoom(view.zoom - this.options.coarser);
    const side = TILE_PX * 2 ** (view.zoom - zoom);
    const last = 2 ** zoom - 1;
    const reach = this.options.reach_px;
    const index = (px) => Math.min(Math.max(Math.floor(px / side), 0), last);
    const wanted = [];
    for (let x = index(view.origin.x - reach); x <= index(view.origin.x + view.size.x + reach); x += 1) {
      for (let y = index(view.origin.y - reach); y <= index(view.origin.y + view.size.y + reach); y += 1) {
        wanted.push({key: `${zoom}/${x}/${y}?${view.query}`, zoom, x, y, side});
      }
    }
    return wanted;
  },

  /* Ask for the tiles of `view`, drop the requests of earlier views. False if another view came meanwhile. */
  async collect(view) {
    const wanted = this.addresses(view);
    const kept = new Map();
    for (const {key, zoom, x, y} of wanted) kept.set(key, this.requests.get(key) ?? this.store.request(zoom, x, y));
    for (const [key, request] of this.requests) if (!kept.has(key)) request.cancel();
    this.requests = kept;
    view.tiles = [];
    view.missing = new Map(wanted.map((address) => [address.key, address]));
    this.failed = false;
    await Promise.all(wanted.map(async ({key, x, y, side}) => {
      const layers = await kept.get(key).tile;
      if (this.pending !== view) return; // another view came and cancelled it: nothing failed
      this.failed ||= layers === null;
      if (layers === null) return;
      view.missing.delete(key);
      view.tiles.push({x, y, side, layers});
    }));
    return this.pending === view;
  },

  /* For tiles that are not here: the part of a coarser tile that is. */
  standIns(view) {
    const found = new Map();
    for (const {zoom, x, y, side} of view.missing.values()) {
      for (let up = 1; up <= MOST_ZOOMS_UP; up += 1) {
        const [px, py] = [x >> up, y >> up];
        const layers = this.store.peek(zoom - up, px, py);
        if (!layers) continue;
        const key = `${up}/${px}/${py}`;
        if (!found.has(key)) found.set(key, {x: px, y: py, side: side * 2 ** up, layers, within: {side, places: new Set()}});
        found.get(key).within.places.add(`${x}/${y}`);
        break;
      }
    }
    return [...found.values()];
  },

  cancelAll() {
    for (const request of this.requests.values()) request.cancel();
    this.requests.clear();
  },

  show(view, complete) {
    if (!this._map) return;
    const density = Math.min(window.devicePixelRatio || 1, 2);
    this.view = view;
    view.standIns = view.missing.size ? this.standIns(view) : [];
    this.canvas.classList.remove("view-canvas--stale");
    this.canvas.width = view.size.x * density;
    this.canvas.height = view.size.y * density;
    this.canvas.style.width = `${view.size.x}px`;
    this.canvas.style.height = `${view.size.y}px`;
    this.topLeft = this._map.unproject(view.origin, view.zoom);
    this.place();
    this.repaint();
    if (complete) {
      clearTimeout(this.impatience);
      this.settle();
    }
  },

  settle() {
    this.pending = null;
    this.fire("load");
  },

  /** Draw again from memory: colours, classes or a selection changed. */
  repaint() {
    if (!this.view) return;
    const context = this.canvas.getContext("2d");
    const density = this.canvas.width / this.view.size.x;
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, this.view.size.x, this.view.size.y);
    const began = performance.now();
    this.draw(context, this.view);
    this.fire("drawn", {took_ms: performance.now() - began, tiles: this.view.tiles.length});
  },

  place() {
    if (!this.view) return;
    const map = this._map;
    L.DomUtil.setTransform(this.canvas, map.latLngToLayerPoint(this.topLeft), map.getZoomScale(map.getZoom(), this.view.zoom));
  },

  animate({zoom, center}) {
    if (!this.view) return;
    const offset = this._map._latLngToNewLayerPoint(this.topLeft, zoom, center);
    L.DomUtil.setTransform(this.canvas, offset, this._map.getZoomScale(zoom, this.view.zoom));
  },
});

/** Point features of one tile layer with their place on the canvas in px. Copies in a tile's buffer are left out. */
export function* pointsIn(view, layerName) {
  for (const {x, y, side, layers, within} of [...view.tiles, ...view.standIns]) {
    for (const feature of layers[layerName] ?? []) {
      const point = feature.geometry[0][0];
      if (point.x < 0 || point.y < 0 || point.x >= feature.extent || point.y >= feature.extent) continue;
      const unit = side / feature.extent;
      const [worldX, worldY] = [x * side + point.x * unit, y * side + point.y * unit];
      if (within && !within.places.has(`${Math.floor(worldX / within.side)}/${Math.floor(worldY / within.side)}`)) continue;
      yield {x: worldX - view.origin.x, y: worldY - view.origin.y, properties: feature.properties, side};
    }
  }
}
