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

/** Black or white, whichever is read better on a colour that a city pack chose (WCAG relative luminance). */
export function readableOn(hex) {
  const value = Number.parseInt(hex.slice(1), 16);
  const [red, green, blue] = [value >> 16, (value >> 8) & 255, value & 255].map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#15211f" : "#ffffff";
}
