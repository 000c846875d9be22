/* Numbers and days as the page's language writes them. */

const language = document.documentElement.lang;
const numbers = new Intl.NumberFormat(language);
// A day is a day: formatted in UTC so that no time zone moves it to the day before.
const days = new Intl.DateTimeFormat(language, {dateStyle: "medium", timeZone: "UTC"});

// Not "medium": as a range that is all digits in Chinese.
const ranges = new Intl.DateTimeFormat(language, {year: "numeric", month: "short", day: "numeric", timeZone: "UTC"});

export function formatNumber(value) {
  return numbers.format(value);
}

/** `2026-05-31` in words. */
export function formatDay(isoDay) {
  return days.format(new Date(`${isoDay}T00:00:00Z`));
}

/** From one ISO day to another, what they share said once: "2 – 8 Nov 2026". */
export function formatDays(first, last) {
  return ranges.formatRange(...[first, last].map((day) => new Date(`${day}T00:00:00Z`)));
}
