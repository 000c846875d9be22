/* What a cell, a cluster or a pin says, in a sentence of the page's language. */

import {formatDay, formatNumber} from "citypin/words";

const plural = new Intl.PluralRules(document.documentElement.lang);
const ENOUGH = 5; // of fewer a share or a median would say more than is known

/** `words`: the page's texts; a text with forms has `one` and `other`. */
export class MapWords {
  constructor({words, services, states}) {
    Object.assign(this, {words, services, states});
  }

  say(name, values) {
    const text = this.words[name];
    const form = typeof text === "string" ? text : text[plural.select(Object.values(values)[0])] ?? text.other;
    return Object.entries(values).reduce((sentence, [slot, value]) =>
      sentence.replace(`{${slot}}`, typeof value === "number" ? formatNumber(value) : value), form);
  }

  ofWeek(days, count) {
    return this.say("week", {count, days});
  }

  /** "38 reports here, 82 % resolved, typically 6 days open" */
  ofCount(properties) {
    const {count} = properties;
    const parts = [this.say(properties.is_coarse ? "coarse" : "reports", {count})];
    if (count < ENOUGH) return parts[0];
    const share = resolvedShare(properties);
    if (share !== null) parts.push(this.say("resolved", {share: percent(share)}));
    const days = typicalDays(properties);
    if (days !== null) parts.push(this.say("days", {days}));
    return parts.join(this.words.comma);
  }

  ofDensity(density) {
    return this.say("density", {density: Number(density.toPrecision(2))});
  }

  ofReport({service_code, state, date}) {
    return [this.services[service_code] ?? service_code, this.states[state] ?? "", formatDay(date)].join(this.words.comma);
  }

  /** Cells of a table: share and days as text, a dash where too few. */
  figures(properties) {
    const [share, days] = properties.count < ENOUGH ? [null, null] : [resolvedShare(properties), typicalDays(properties)];
    return {
      share: share === null ? "–" : percent(share),
      days: days === null ? "–" : formatNumber(days),
    };
  }
}

function percent(share) {
  return `${formatNumber(Math.round(share * 100))}\u00a0%`;
}

/* Cells say it, clusters know how many are open. */
function resolvedShare({count, open, resolved}) {
  if (typeof resolved === "number") return resolved;
  return typeof open === "number" && count ? (count - open) / count : null;
}

/* Median days from report to closing; a whole number from the second day on. */
function typicalDays({median_days: days}) {
  if (typeof days !== "number") return null;
  return days < 2 ? Math.max(Math.round(days * 2) / 2, 0.5) : Math.round(days);
}
