/* The filter form: its state as questions to the page, the tiles and the list. Without script it is a plain GET form. */

const DAY_MS = 86_400_000;

export class Filters {
  /** `data`: the page's map data (period_days, today, first_day). `onChange` is called after each change. */
  constructor(form, data, onChange) {
    Object.assign(this, {form, data});
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

  /** For the page's own address; what is the default is left out. */
  get pageQuery() {
    const {period, ...rest} = this.values;
    const isDefault = period === this.data.default_period || rest.from || rest.to;
    const query = new URLSearchParams(isDefault ? rest : {...rest, period});
    this.clearLink.hidden = ![...query].length;
    return query;
  }

  /** For tiles and API: days instead of a period. Sorted, so that caches see one spelling. */
  get query() {
    const {group, status} = this.values;
    const {first, last} = this.days;
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

  /** Length of the time shown in months of 30.44 days: from the first report at the earliest, to today at the latest. */
  get months() {
    const {first = "", last = this.data.today} = this.days;
    const start = Date.parse(first > this.data.first_day ? first : this.data.first_day);
    const end = Date.parse(last < this.data.today ? last : this.data.today);
    return Math.max((end - start) / DAY_MS + 1, 1) / 30.4375;
  }
}

function isoDay(milliseconds) {
  return new Date(milliseconds).toISOString().slice(0, 10);
}
