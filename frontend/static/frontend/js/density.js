/* Density of reports on a grid: pure arithmetic, no map, no canvas. */

const EARTH_CIRCUMFERENCE_KM = 40075.016686;
const STEPS = [1, 2, 5];

/** Side of one CSS pixel on the ground in km, at a Web Mercator zoom (256 px tiles) and latitude in degrees. */
export function pixelSide_km(zoom, latitude) {
  return (EARTH_CIRCUMFERENCE_KM * Math.cos((latitude * Math.PI) / 180)) / (256 * 2 ** zoom);
}

/** The lower bounds of the seven classes: 1, 2, 5, 10 … from half of the city's mean.
 *
 * They hang on the filter alone, not on the view: a colour means the same number wherever one pans or zooms.
 */
export function classBreaks(mean, count = 7) {
  const start = Math.max(mean, 0.002) / 2;
  let exponent = Math.floor(Math.log10(start));
  let step = STEPS.findLastIndex((value) => value * 10 ** exponent <= start);
  return Array.from({length: count}, () => {
    const value = Number((STEPS[step] * 10 ** exponent).toPrecision(1));
    step += 1;
    if (step === STEPS.length) {
      step = 0;
      exponent += 1;
    }
    return value;
  });
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
