/* The heatmap: counts on a 64 × 64 grid per tile, smoothed over the whole view at once (no seams between tiles)
   and shown in seven classes of reports per km² and month. */

import {pixelSide_km, smooth} from "citypin/density";
import {color} from "citypin/theme";
import {ViewCanvas, pointsIn} from "citypin/view-canvas";

const GRID_CELLS = 64; // cells along the side of a tile, as the server counts them
const CELL_PX = 4;
const BLUR_CELLS = 3; // ≈ 14 px standard deviation
const CLASS_OPACITY = [0.45, 0.6, 0.7, 0.76, 0.8, 0.84, 0.88];
const TABLE_SIZE = 1024;

export const HeatLayer = ViewCanvas.extend({
  options: {reach_px: 3 * BLUR_CELLS * CELL_PX, opacity: 1},

  /** `breaks`: lower bounds of the classes in reports per km² and month; `months`: length of the period shown. */
  setScale({breaks, months}) {
    this.scale = {breaks, months};
    this.repaint();
  },

  draw(context, view) {
    if (!this.scale) return;
    const grid = densityGrid(view, this.options.reach_px, this.scale.months, this._map.getCenter().lat);
    if (!grid) return;
    const image = classesImage(grid, this.scale.breaks);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    context.drawImage(image, grid.left, grid.top, grid.width * CELL_PX, grid.height * CELL_PX);
  },
});

/* Cells lie on the world's pixel raster, not on the view's: panning never makes the picture shimmer. */
function densityGrid(view, reach_px, months, latitude) {
  const originX = Math.floor((view.origin.x - reach_px) / CELL_PX) * CELL_PX;
  const originY = Math.floor((view.origin.y - reach_px) / CELL_PX) * CELL_PX;
  const width = Math.ceil((view.size.x + 2 * reach_px) / CELL_PX) + 1;
  const height = Math.ceil((view.size.y + 2 * reach_px) / CELL_PX) + 1;
  const left = originX - view.origin.x;
  const top = originY - view.origin.y;
  const values = new Float32Array(width * height);
  let found = false;
  for (const {x, y, properties, side} of pointsIn(view, "heat")) {
    // Beyond the last zoom of the tiles one counted cell covers several grid cells: spread it evenly.
    const span = Math.max(Math.round(side / GRID_CELLS / CELL_PX), 1);
    const cellPx = side / GRID_CELLS;
    const column = Math.round((Math.floor((x + view.origin.x) / cellPx) * cellPx - originX) / CELL_PX);
    const row = Math.round((Math.floor((y + view.origin.y) / cellPx) * cellPx - originY) / CELL_PX);
    const share = properties.count / (span * span);
    for (let j = Math.max(row, 0); j < Math.min(row + span, height); j += 1) {
      for (let i = Math.max(column, 0); i < Math.min(column + span, width); i += 1) {
        values[j * width + i] += share;
        found = true;
      }
    }
  }
  if (!found) return null;
  smooth(values, width, height, BLUR_CELLS);
  const cell_km2 = (pixelSide_km(view.zoom, latitude) * CELL_PX) ** 2;
  const perUnit = 1 / (cell_km2 * months);
  for (let i = 0; i < values.length; i += 1) values[i] *= perUnit;
  return {values, width, height, left, top};
}

/* Twice as fine as the grid, interpolated before it is classed: class borders become curves instead of steps. */
function classesImage({values, width, height}, breaks) {
  const canvas = document.createElement("canvas");
  canvas.width = width * 2;
  canvas.height = height * 2;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  const shade = shades(breaks);
  for (let y = 0; y < canvas.height; y += 1) {
    const v = Math.max(y / 2 - 0.25, 0);
    const y0 = Math.floor(v);
    const y1 = Math.min(y0 + 1, height - 1);
    const fy = v - y0;
    for (let x = 0; x < canvas.width; x += 1) {
      const u = Math.max(x / 2 - 0.25, 0);
      const x0 = Math.floor(u);
      const x1 = Math.min(x0 + 1, width - 1);
      const fx = u - x0;
      const value =
        (values[y0 * width + x0] * (1 - fx) + values[y0 * width + x1] * fx) * (1 - fy) +
        (values[y1 * width + x0] * (1 - fx) + values[y1 * width + x1] * fx) * fy;
      if (value > breaks[0] * 0.8) pixels[y * canvas.width + x] = shade(value);
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/* The same opacities are in map.css for the legend. */
function classColors() {
  return CLASS_OPACITY.map((opacity, index) => ({color: color(`heat-${index + 1}`), opacity}));
}

/* From density to a packed pixel (ABGR on every machine that has a browser). Classes are flat, but one runs into the
   next over a tenth of its width, else their borders look like stairs. A table, because this runs for every pixel. */
function shades(breaks) {
  const classes = classColors().map(({color: hex, opacity}) => {
    const value = Number.parseInt(hex.slice(1), 16);
    return [value >> 16, (value >> 8) & 255, value & 255, opacity * 255];
  });
  const bounds = breaks.map(Math.log);
  const first = bounds[0] - 0.25;
  const table = Uint32Array.from({length: TABLE_SIZE}, (_, index) => {
    const at = first + (index / TABLE_SIZE) * (bounds.at(-1) + 0.25 - first);
    let [red, green, blue, alpha] = [...classes[0].slice(0, 3), 0];
    bounds.forEach((bound, step) => {
      const share = Math.min(Math.max((at - bound) / 0.1 + 0.5, 0), 1);
      [red, green, blue, alpha] = [red, green, blue, alpha].map((part, i) => part + (classes[step][i] - part) * share);
    });
    return ((Math.round(alpha) << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;
  });
  const scale = TABLE_SIZE / (bounds.at(-1) + 0.25 - first);
  return (density) => table[Math.min(Math.max(Math.floor((Math.log(density) - first) * scale), 0), TABLE_SIZE - 1)];
}
