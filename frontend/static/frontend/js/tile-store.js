/* Fetches vector tiles and keeps the decoded ones. Several layers share a store, so a tile travels once. */

import {VectorTile} from "@mapbox/vector-tile";
import {PbfReader} from "pbf";

const KEPT_TILES = 300;
const RETRY_AFTER_MS = [800, 3000]; // a bad signal: twice again, then the map goes on without this tile

export class TileStore {
  /** `url` holds {z}, {x}, {y}; `query` is a URLSearchParams; beyond `maxZoom` the parent's tile is used. */
  constructor({url, maxZoom, minZoom = 0, query = new URLSearchParams()}) {
    Object.assign(this, {url, maxZoom, minZoom});
    this.entries = new Map();
    this.query = String(query);
  }

  /** Filter differently. Returns false if nothing changes. What other filters got stays: the slider comes back to it. */
  setQuery(query) {
    const text = String(query);
    if (text === this.query) return false;
    this.query = text;
    return true;
  }

  /** The zoom whose tiles serve `zoom`. */
  tileZoom(zoom) {
    return Math.min(Math.max(Math.round(zoom), this.minZoom), this.maxZoom);
  }

  /**
   * Ask for a tile: `{tile, cancel}`. `tile` resolves to features by layer name ({} if empty) and to null when
   * the network fails or everybody who asked has cancelled: a map without a tile is better than an error.
   */
  request(z, x, y, query = this.query) {
    const key = keyOf(z, x, y, query);
    const entry = this.entries.get(key) ?? this.start(key, {z, x, y, query});
    this.entries.delete(key); // moved to the end: the first entries are the longest unused
    this.entries.set(key, entry);
    entry.waiting += 1;
    this.dropOldest();
    return {tile: entry.tile, cancel: () => this.cancel(key, entry)};
  }

  /** The tile if it is there already, else undefined; asks nobody. */
  peek(z, x, y) {
    return this.entries.get(keyOf(z, x, y, this.query))?.layers;
  }

  start(key, address) {
    const entry = {waiting: 0, done: false, abort: new AbortController()};
    entry.tile = this.fetchTile(address, entry.abort.signal)
      .then((layers) => (entry.layers = layers))
      .catch(() => {
        if (this.entries.get(key) === entry) this.entries.delete(key); // asked again at the next move, not before
        return null;
      })
      .finally(() => { entry.done = true; });
    return entry;
  }

  cancel(key, entry) {
    entry.waiting -= 1;
    if (entry.done || entry.waiting > 0) return;
    entry.abort.abort();
    if (this.entries.get(key) === entry) this.entries.delete(key);
  }

  dropOldest() {
    for (const [key, entry] of this.entries) {
      if (this.entries.size <= KEPT_TILES) return;
      if (entry.done) this.entries.delete(key);
    }
  }

  async fetchTile({z, x, y, query}, signal) {
    const address = this.url.replace("{z}", z).replace("{x}", x).replace("{y}", y);
    const response = await persistently(query ? `${address}?${query}` : address, signal);
    if (response.status === 204 || response.status === 404) return {};
    if (!response.ok) throw new Error(`tile ${response.status}`);
    return decode(await response.arrayBuffer());
  }
}

const keyOf = (z, x, y, query) => `${z}/${x}/${y}?${query}`;

/* Once more after a while when the network drops the question or the server is busy. A refusal is an answer. */
async function persistently(address, signal) {
  for (const wait_ms of RETRY_AFTER_MS) {
    try {
      const response = await fetch(address, {signal});
      if (response.status !== 429 && response.status < 500) return response;
    } catch (error) {
      if (signal.aborted || navigator.onLine === false) throw error; // offline: the layers ask again when "online" comes
    }
    await new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, wait_ms);
      signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, {once: true});
    });
  }
  return fetch(address, {signal});
}

/* Decoded once and kept as plain objects: a tile is drawn many times (theme, labels, neighbours' moves). */
function decode(buffer) {
  const layers = {};
  for (const [name, layer] of Object.entries(new VectorTile(new PbfReader(buffer)).layers)) {
    layers[name] = Array.from({length: layer.length}, (_, index) => {
      const feature = layer.feature(index);
      return {type: feature.type, properties: feature.properties, extent: layer.extent, geometry: feature.loadGeometry()};
    });
  }
  return layers;
}
