/* Numbers and days as the page's language writes them. */

const language = document.documentElement.lang;
const numbers = new Intl.NumberFormat(language);
// A day is a day: formatted in UTC so that no time zone moves it to the day before.
const days = new Intl.DateTimeFormat(language, {dateStyle: "medium", timeZone: "UTC"});
const dayOfMonth = new Intl.DateTimeFormat(language, {month: "short", day: "numeric", timeZone: "UTC"});

export function formatNumber(value) {
  return numbers.format(value);
}

/** `2026-05-31` in words. */
export function formatDay(isoDay) {
  return days.format(new Date(`${isoDay}T00:00:00Z`));
}

/** From one ISO day to another, what they share said once: "2 – 8 Nov 2026". */
export function formatDays(first, last) {
  const [from, to] = [first, last].map((day) => new Date(`${day}T00:00:00Z`));
  if (!language.startsWith("zh")) return days.formatRange(from, to);
  // Browsers write Chinese ranges in digits and slashes.
  const same = [7, 4].find((length) => first.slice(0, length) === last.slice(0, length));
  const end = same === 7 ? `${Number(last.slice(8))}日` : (same ? dayOfMonth : days).format(to);
  return `${days.format(from)}至${end}`;
}
