/* The filter form: its state as questions to the page, the tiles and the list. Without script it is a plain GET form. */

const DAY_MS = 86_400_000;
const DAYS_A_MONTH = 30.4375;

export class Filters {
  /** `data`: the page's map data (period_days, today). `onChange` is called after each change of the form. */
  constructor(form, data, onChange) {
    Object.assign(this, {form, data, week: null}); // week: the Monday that the time slider shows, null for all
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", ({target}) => {
      // A chosen period and exact days would contradict each other: the later choice counts.
      if (target.name === "period") form.elements.from.value = form.elements.to.value = "";
      onChange();
    });
    this.clearLink = form.querySelector("[data-filters-clear]");
    this.clearLink.addEventListener("click", (event) => {
      event.preventDefault();
      this.clear();
      onChange();
    });
  }

  clear() {
    for (const box of this.form.querySelectorAll("input[type=checkbox]")) box.checked = false;
    for (const select of this.form.querySelectorAll("select")) {
      select.selectedIndex = [...select.options].findIndex((option) => option.value === (select.name === "period" ? this.data.default_period : ""));
    }
    this.form.elements.from.value = this.form.elements.to.value = "";
  }

  /** Chosen values by name, several groups joined by commas, empty ones left out. */
  get values() {
    const chosen = new FormData(this.form);
    const values = {group: chosen.getAll("group").join(","), period: chosen.get("period"),
      from: chosen.get("from"), to: chosen.get("to"), status: chosen.get("status")};
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value));
  }

  /** Show what an address asks for: the reader went back. */
  restore(query) {
    this.clear();
    for (const box of this.form.querySelectorAll("input[type=checkbox]")) {
      box.checked = query.getAll("group").flatMap((text) => text.split(",")).includes(box.value);
    }
    for (const name of ["period", "status", "from", "to"]) {
      const value = query.get(name);
      if (value) this.form.elements[name].value = value;
    }
    this.form.elements.period.value ||= this.data.default_period; // an unknown period
    this.week = query.get("week");
  }

  /** For the page's own address without the week; what is the default is left out. */
  get wholeQuery() {
    const {period, ...rest} = this.values;
    const isDefault = period === this.data.default_period || rest.from || rest.to;
    const query = new URLSearchParams(isDefault ? rest : {...rest, period});
    this.clearLink.hidden = ![...query].length;
    return query;
  }

  get pageQuery() {
    const query = this.wholeQuery;
    if (this.week) query.set("week", this.week);
    return query;
  }

  /** For tiles and API: days instead of a period. Sorted, so that caches see one spelling. */
  get query() {
    return this.queryOf(this.week);
  }

  /** The same for another week, or for the whole period (null). */
  queryOf(week) {
    const {group, status} = this.values;
    const {first, last} = week ? {first: week, last: isoDay(Date.parse(week) + 6 * DAY_MS)} : this.days;
    return new URLSearchParams(Object.entries({from: first, group, status, to: last}).filter(([, value]) => value));
  }

  get days() {
    const {period, from, to} = this.values;
    if (from || to) {
      const swapped = from && to && from > to;
      return swapped ? {first: to, last: from} : {first: from, last: to};
    }
    const count = this.data.period_days[period];
    return count ? {first: isoDay(Date.parse(this.data.today) - (count - 1) * DAY_MS)} : {};
  }

  /** Length of a week in months: the one that runs has only the days until today. */
  monthsOf(week) {
    const days = (Date.parse(this.data.today) - Date.parse(week)) / DAY_MS + 1;
    return Math.min(Math.max(days, 1), 7) / DAYS_A_MONTH;
  }
}

function isoDay(milliseconds) {
  return new Date(milliseconds).toISOString().slice(0, 10);
}
