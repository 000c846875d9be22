/* Colours for canvases, read from the CSS custom properties so that light and dark are written once. */

export const darkScheme = window.matchMedia("(prefers-color-scheme: dark)");

export function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Colours by name: `palette("map", ["land", "water"])` reads --map-land and --map-water. */
export function palette(prefix, names) {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${prefix}-${name}`).trim()]));
}

/** The page's font, for text on a canvas. */
export function fontFamily() {
  return color("font") || "system-ui, sans-serif";
}

export function onSchemeChange(callback) {
  darkScheme.addEventListener("change", callback);
}
