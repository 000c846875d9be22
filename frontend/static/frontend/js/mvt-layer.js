/* A Leaflet grid layer whose tiles are canvases painted from vector tiles. Subclasses give `paint`. */

const L = window.L;

export const MvtLayer = L.GridLayer.extend({
  options: {noWrap: true, updateWhenZooming: false, keepBuffer: 1},

  initialize(store, options) {
    this.store = store;
    L.GridLayer.prototype.initialize.call(this, options);
    this.on("tileunload", ({tile}) => {
      tile.isGone = true;
      tile.cancel?.();
    });
    // Tiles that failed while offline come back once, when the browser says it is online again.
    this.retry = () => this.failed && this.redraw();
  },

  onAdd(map) {
    window.addEventListener("online", this.retry);
    return L.GridLayer.prototype.onAdd.call(this, map);
  },

  onRemove(map) {
    window.removeEventListener("online", this.retry);
    return L.GridLayer.prototype.onRemove.call(this, map);
  },

  redraw() {
    this.failed = false;
    return L.GridLayer.prototype.redraw.call(this);
  },

  createTile(coords, done) {
    const canvas = document.createElement("canvas");
    const size = this.getTileSize();
    const density = Math.min(window.devicePixelRatio || 1, 2); // 3× screens: four ninths of the memory, hardly visible
    canvas.width = size.x * density;
    canvas.height = size.y * density;
    const zoom = this.store.tileZoom(coords.z);
    const scale = 2 ** (coords.z - zoom); // above 1 beyond the last zoom of the tiles: draw a part of the parent
    const {tile, cancel} = this.store.request(zoom, Math.floor(coords.x / scale), Math.floor(coords.y / scale));
    canvas.cancel = cancel;
    tile.then((layers) => {
      if (canvas.isGone) return; // a pan cancelled it: nothing failed
      this.failed ||= layers === null;
      canvas.repaint = () => this.paintCanvas(canvas, {layers: layers ?? {}, coords, scale, density, size: size.x});
      canvas.repaint();
      done(null, canvas);
    });
    return canvas;
  },

  paintCanvas(canvas, {layers, coords, scale, density, size}) {
    const context = canvas.getContext("2d");
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, size, size);
    const left = (coords.x % scale) * size;
    const top = (coords.y % scale) * size;
    this.paint(context, layers, {zoom: coords.z, pixel: (feature, point) => {
      const unit = (size * scale) / feature.extent;
      return [point.x * unit - left, point.y * unit - top];
    }});
  },

  /** Draw all tiles again from memory: the colours changed. */
  repaint() {
    for (const {el} of Object.values(this._tiles ?? {})) el.repaint?.();
  },
});

/** Add a feature's rings or lines to the current path. */
export function trace(context, feature, pixel, closed) {
  for (const ring of feature.geometry) {
    ring.forEach((point, index) => {
      const [x, y] = pixel(feature, point);
      if (index === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    });
    if (closed) context.closePath();
  }
}
