/* A Leaflet layer that draws one canvas over the whole view from the vector tiles under it.

   For what must not be cut at tile edges: density, labels, pins. The canvas is drawn once per move, a little larger
   than the view, and carried along by Leaflet's panes until then. Subclasses give `draw(context, view)`. */

const L = window.L;
const TILE_PX = 256;
const DRAW_WHAT_IS_THERE_AFTER_MS = 600;

export const ViewCanvas = L.Layer.extend({
  /* `padding`: share of the view drawn beyond each side. `reach_px`: how far outside a feature still shows. */
  options: {padding: 0.15, reach_px: 0, pane: "overlayPane"},

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
    if (!this.store.setQuery(query) || !this._map) return;
    this.cancelAll();
    this.update();
  },

  /** Whether everything asked for has arrived and is drawn. */
  get idle() {
    return !this.pending;
  },

  update() {
    const map = this._map;
    const zoom = Math.round(map.getZoom());
    const size = map.getSize();
    const margin = size.multiplyBy(this.options.padding).round();
    const center = map.project(map.getCenter(), zoom);
    const origin = center.subtract(size.divideBy(2)).subtract(margin).round();
    const view = {zoom, origin, size: size.add(margin.multiplyBy(2)), center};
    this.pending = view;
    this.fire("loading");
    this.collect(view).then((complete) => complete && this.show(view, true));
    clearTimeout(this.impatience);
    this.impatience = setTimeout(() => this.pending === view && this.show(view, false), DRAW_WHAT_IS_THERE_AFTER_MS);
  },

  /* Ask for the tiles of `view`, drop the requests of earlier views. False if another view came meanwhile. */
  async collect(view) {
    const zoom = this.store.tileZoom(view.zoom);
    const side = TILE_PX * 2 ** (view.zoom - zoom);
    const last = 2 ** zoom - 1;
    const reach = this.options.reach_px;
    const index = (px) => Math.min(Math.max(Math.floor(px / side), 0), last);
    const wanted = new Map();
    for (let x = index(view.origin.x - reach); x <= index(view.origin.x + view.size.x + reach); x += 1) {
      for (let y = index(view.origin.y - reach); y <= index(view.origin.y + view.size.y + reach); y += 1) {
        wanted.set(`${zoom}/${x}/${y}`, {zoom, x, y});
      }
    }
    const kept = new Map();
    for (const [key, {x, y}] of wanted) kept.set(key, this.requests.get(key) ?? this.store.request(zoom, x, y));
    for (const [key, request] of this.requests) if (!kept.has(key)) request.cancel();
    this.requests = kept;
    view.tiles = [];
    this.failed = false;
    await Promise.all([...wanted].map(async ([key, {x, y}]) => {
      const layers = await kept.get(key).tile;
      this.failed ||= layers === null;
      view.tiles.push({x, y, side, layers: layers ?? {}});
    }));
    return this.pending === view;
  },

  cancelAll() {
    for (const request of this.requests.values()) request.cancel();
    this.requests.clear();
  },

  show(view, complete) {
    if (!this._map) return;
    const density = Math.min(window.devicePixelRatio || 1, 2);
    this.view = view;
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
    this.draw(context, this.view);
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
  for (const tile of view.tiles) {
    for (const feature of tile.layers[layerName] ?? []) {
      const point = feature.geometry[0][0];
      if (point.x < 0 || point.y < 0 || point.x >= feature.extent || point.y >= feature.extent) continue;
      const unit = tile.side / feature.extent;
      yield {
        x: tile.x * tile.side + point.x * unit - view.origin.x,
        y: tile.y * tile.side + point.y * unit - view.origin.y,
        properties: feature.properties,
        side: tile.side,
      };
    }
  }
}
