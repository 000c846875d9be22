/* The list beside the map: in words what the map shows. The server rendered the first page; this follows the view. */

import {formatDay, formatNumber} from "citypin/words";

const PAGE = 20;

export class ReportList {
  constructor(section, url) {
    const part = (name) => section.querySelector(`[data-list-${name}]`);
    Object.assign(this, {section, url, items: part("items"), count: part("count"), empty: part("empty"),
      failed: part("failed"), more: part("more")});
    this.more.addEventListener("click", () => this.load({append: true}));
    part("retry").addEventListener("click", () => this.load({}));
  }

  /** Show the reports of `query` in `bounds` (Leaflet). Resolves when done, also when it failed or was overtaken. */
  show(query, bounds) {
    const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    const limits = [-180, -90, 180, 90];
    this.query = new URLSearchParams(query);
    this.query.set("bbox", box.map((value, index) => (index < 2 ? Math.max(value, limits[index]) : Math.min(value, limits[index])).toFixed(5)));
    return this.load({});
  }

  async load({append = false}) {
    this.abort?.abort();
    const {signal} = (this.abort = new AbortController());
    const offset = append ? this.items.children.length : 0;
    this.failed.hidden = true;
    // A quick answer replaces the rows without a flicker; only a slow one shows the skeleton.
    const slow = setTimeout(() => !append && this.showSkeleton(), 400);
    try {
      const response = await fetch(`${this.url}?${this.query}&limit=${PAGE}&offset=${offset}`, {signal, headers: {Accept: "application/json"}});
      if (!response.ok) throw new Error(`list ${response.status}`);
      this.render(await response.json(), append);
    } catch {
      if (!signal.aborted) this.showFailure();
    } finally {
      clearTimeout(slow);
      if (!signal.aborted) this.section.removeAttribute("aria-busy");
    }
  }

  render({count, features}, append) {
    const rows = features.map(({properties}) => reportRow(properties));
    if (append) {
      this.items.append(...rows);
      rows[0]?.querySelector("a").focus(); // the button may disappear: go on reading where the new rows begin
    } else {
      this.items.replaceChildren(...rows);
    }
    this.count.textContent = this.count.dataset.text.replace("{count}", formatNumber(count));
    this.empty.hidden = count > 0;
    this.more.hidden = this.items.children.length >= count;
  }

  showSkeleton() {
    this.section.setAttribute("aria-busy", "true");
    this.items.replaceChildren(document.getElementById("skeleton-items").content.cloneNode(true));
    this.empty.hidden = this.more.hidden = true;
  }

  showFailure() {
    this.count.textContent = ""; // it counted another view
    this.items.replaceChildren();
    this.empty.hidden = this.more.hidden = true;
    this.failed.hidden = false;
  }
}

function reportRow({url, service_name, state, state_name, requested_date, place, body}) {
  const row = document.getElementById("report-item").content.cloneNode(true).firstElementChild;
  const slot = (name) => row.querySelector(`[data-slot="${name}"]`);
  slot("name").textContent = service_name;
  slot("name").href = url;
  slot("state").textContent = state_name;
  slot("state").classList.add(`state--${state}`);
  slot("date").textContent = formatDay(requested_date);
  slot("date").dateTime = requested_date;
  slot("place").textContent = place ? ` · ${place}` : "";
  if (body) slot("body").textContent = body.name;
  else slot("body").remove();
  return row;
}
