/* Says on <html data-map-ready> whether everything of the current view is loaded and drawn. Tests wait for it. */

export class Readiness {
  constructor() {
    this.busy = new Set();
    this.report();
  }

  /** Follow a Leaflet layer's own "loading" and "load". */
  follow(layer) {
    layer.on("loading", () => this.start(layer));
    layer.on("load remove", () => this.end(layer));
  }

  /** Follow a promise. */
  async during(promise) {
    const token = Symbol("work");
    this.start(token);
    await promise;
    this.end(token);
  }

  start(token) {
    this.busy.add(token);
    document.documentElement.dataset.mapReady = "false";
  }

  end(token) {
    this.busy.delete(token);
    this.report();
  }

  /* One frame later: what was just drawn is on the screen, and what the same event starts has started. */
  report() {
    requestAnimationFrame(() => {
      document.documentElement.dataset.mapReady = String(this.busy.size === 0 && this.started === true);
    });
  }
}
