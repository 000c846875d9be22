/* What the server counted for the filter: a sentence in the right language, the weeks, the bounds of the colours. */

export class MapSummary {
  constructor(element) {
    this.element = element;
    this.read();
  }

  read() {
    const {months, scale, firstWeek, weekCounts} = this.element.dataset;
    this.months = Number(months);
    this.scale = JSON.parse(scale);
    this.firstWeek = firstWeek;
    this.weekCounts = weekCounts ? weekCounts.split(",").map(Number) : [];
  }

  /** Lower bounds of the classes at a zoom; `kind` is "period" or "week". */
  bounds(kind, zoom) {
    const zooms = Object.keys(this.scale[kind]).map(Number);
    return this.scale[kind][Math.min(Math.max(Math.round(zoom), zooms[0]), zooms.at(-1))];
  }

  /** Ask for another filter. Offline the old numbers stay: the list says that it could not be loaded. */
  async load(query) {
    this.abort?.abort();
    const {signal} = (this.abort = new AbortController());
    try {
      const response = await fetch(`${this.element.dataset.url}?${query}`, {signal, headers: {Accept: "text/html"}});
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-summary]");
      if (!response.ok || !fresh || signal.aborted) return;
      this.element.replaceWith(fresh);
      this.element = fresh;
      this.read();
    } catch {
      // As above.
    }
  }
}
