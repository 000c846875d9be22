/* Density of reports on a grid: pure arithmetic, no map, no canvas. */

const EARTH_CIRCUMFERENCE_KM = 40075.016686;

/** Side of one CSS pixel on the ground in km, at a Web Mercator zoom (256 px tiles) and latitude in degrees. */
export function pixelSide_km(zoom, latitude) {
  return (EARTH_CIRCUMFERENCE_KM * Math.cos((latitude * Math.PI) / 180)) / (256 * 2 ** zoom);
}

/** The same by the place, in px of the world from the north: the same number wherever the view's middle is. */
export function pixelSideAt_km(zoom, y) {
  return pixelSide_km(zoom, (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / (256 * 2 ** zoom)))) * 180) / Math.PI);
}

/** Index of the class of a density, -1 below the first; `bounds` are the lower bounds. */
export function classOf(density, bounds) {
  return bounds.findLastIndex((bound) => density >= bound);
}

/** Blur in place, `radius` cells, three times: close to a Gauss kernel, and the sum stays the same. */
export function smooth(values, width, height, radius) {
  const spare = new Float32Array(values.length);
  for (let pass = 0; pass < 3; pass += 1) {
    boxBlur(values, spare, width, height, 1, width, radius);
    boxBlur(spare, values, height, width, width, 1, radius);
  }
}

/* One direction: `lines` lines of `length` cells; running sum, so the cost does not grow with the radius. */
function boxBlur(source, target, length, lines, along, across, radius) {
  const share = 1 / (2 * radius + 1);
  for (let line = 0; line < lines; line += 1) {
    const start = line * across;
    let sum = 0;
    for (let i = 0; i < Math.min(radius, length); i += 1) sum += source[start + i * along];
    for (let i = 0; i < length; i += 1) {
      if (i + radius < length) sum += source[start + (i + radius) * along];
      if (i - radius > 0) sum -= source[start + (i - radius - 1) * along];
      target[start + i * along] = Math.max(sum, 0) * share;
    }
  }
}
