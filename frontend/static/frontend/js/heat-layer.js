/* The heatmap: counts on a 64 × 64 grid per tile, smoothed over the whole view at once (no seams between tiles)
   and shown in seven classes of reports per km² and month. */

import {pixelSideAt_km, smooth} from "citypin/density";
import {STRIPED_FROM, STRIPE_EVERY_PX, heatClasses, stripeColor} from "citypin/heat-style";
import {ViewCanvas, pointsIn} from "citypin/view-canvas";

const GRID_CELLS = 64; // cells along the side of a tile, as the server counts them
const CELL_PX = 4;
const BLUR_CELLS = 3; // ≈ 14 px standard deviation
const FINER = 2; // the picture is twice as fine as the grid, interpolated before it is classed: curves, not steps
const BLUR_OF_BORDERS = 0.1; // of the natural logarithm: one class runs into the next, else borders look like stairs
const TABLE_SIZE = 2048;

export const HeatLayer = ViewCanvas.extend({
  // Cells of 8 px spread over 4 px ones: under a blur of 14 px nobody sees it, and it takes a quarter of the tiles.
  options: {reach_px: 3 * BLUR_CELLS * CELL_PX, coarser: 1},

  /** `boundsOf(zoom)`: lower bounds of the classes in reports per km² and month; `months`: length of the time shown. */
  setScale(scale) {
    this.scale = scale;
  },

  draw(context, view) {
    if (!this.scale) return;
    const grid = densityGrid(view, this.options.reach_px, this.scale.months);
    if (!grid) return;
    context.imageSmoothingEnabled = true;
    const image = classesImage(grid, this.scale.boundsOf(view.zoom));
    context.drawImage(image, grid.left, grid.top, grid.width * CELL_PX, grid.height * CELL_PX);
  },
});

/* Cells lie on the world's pixel raster, not on the view's: panning never makes the picture shimmer. */
function densityGrid(view, reach_px, months) {
  const originX = Math.floor((view.origin.x - reach_px) / CELL_PX) * CELL_PX;
  const originY = Math.floor((view.origin.y - reach_px) / CELL_PX) * CELL_PX;
  const width = Math.ceil((view.size.x + 2 * reach_px) / CELL_PX) + 1;
  const height = Math.ceil((view.size.y + 2 * reach_px) / CELL_PX) + 1;
  const values = new Float32Array(width * height);
  let found = false;
  // A counted cell covers several grid cells: spread it evenly.
  const spread = (x, y, count, cellPx) => {
    const span = Math.max(Math.round(cellPx / CELL_PX), 1);
    const column = Math.round((Math.floor((x + view.origin.x) / cellPx) * cellPx - originX) / CELL_PX);
    const row = Math.round((Math.floor((y + view.origin.y) / cellPx) * cellPx - originY) / CELL_PX);
    const share = count / (span * span);
    for (let j = Math.max(row, 0); j < Math.min(row + span, height); j += 1) {
      for (let i = Math.max(column, 0); i < Math.min(column + span, width); i += 1) {
        values[j * width + i] += share;
        found = true;
      }
    }
  };
  for (const {x, y, properties, side} of pointsIn(view, "heat")) spread(x, y, properties.count, side / GRID_CELLS);
  // Of services whose places stay private the server tells larger squares.
  for (const {x, y, properties} of pointsIn(view, "sensitive")) spread(x, y, properties.count, 256 * 2 ** (view.zoom - properties.zoom));
  if (!found) return null;
  smooth(values, width, height, BLUR_CELLS);
  for (let j = 0; j < height; j += 1) {
    const perUnit = 1 / ((pixelSideAt_km(view.zoom, originY + (j + 0.5) * CELL_PX) * CELL_PX) ** 2 * months);
    for (let i = j * width; i < (j + 1) * width; i += 1) values[i] *= perUnit;
  }
  return {values, width, height, originX, originY, left: originX - view.origin.x, top: originY - view.origin.y};
}

/* Interpolated between the cells' logarithms' table: the inner loop adds, multiplies and looks up, nothing else. */
function classesImage({values, width, height, originX, originY}, bounds) {
  const canvas = document.createElement("canvas");
  canvas.width = width * FINER;
  canvas.height = height * FINER;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  const {plain, striped, levelOf} = shades(bounds);
  const levels = Float32Array.from(values, levelOf);
  const line = new Float32Array(width + 2); // one row between two rows of cells, with a cell more at each end
  const stripe = STRIPE_EVERY_PX / CELL_PX * FINER;
  const phase = ((originX + originY) / CELL_PX) * FINER;
  for (let y = 0; y < canvas.height; y += 1) {
    const v = Math.max(y / FINER - 0.25, 0);
    const y0 = Math.floor(v);
    const above = y0 * width;
    const below = Math.min(y0 + 1, height - 1) * width;
    const fy = v - y0;
    let isEmpty = true;
    for (let column = 0; column < width; column += 1) {
      line[column + 1] = levels[above + column] * (1 - fy) + levels[below + column] * fy;
      isEmpty &&= line[column + 1] <= 0;
    }
    if (isEmpty) continue;
    line[0] = line[1];
    line[width + 1] = line[width];
    let at = y * canvas.width;
    for (let column = 1; column <= width; column += 1) {
      const place = ((column - 1) * FINER + y + phase) % stripe;
      pixels[at] = (place === 0 ? striped : plain)[(line[column - 1] * 0.25 + line[column] * 0.75) | 0];
      pixels[at + 1] = (place === stripe - 1 ? striped : plain)[(line[column] * 0.75 + line[column + 1] * 0.25) | 0];
      at += 2;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/* Tables from level to packed pixel (ABGR on every machine that has a browser); a level is a density's logarithm
   between just below the first class and just above the last. */
function shades(bounds) {
  const classes = heatClasses().map(({red, green, blue, opacity}) => [red, green, blue, opacity * 255]);
  const stripes = stripeColor();
  const logs = bounds.map(Math.log);
  const first = logs[0] - 0.7; // beyond it nothing is drawn: the interpolation fades out there
  const scale = (TABLE_SIZE - 1) / (logs.at(-1) + 0.25 - first);
  const levelOf = (density) => density > 0 ? Math.min(Math.max((Math.log(density) - first) * scale, 0), TABLE_SIZE - 1) : 0;
  const plain = new Uint32Array(TABLE_SIZE);
  const striped = new Uint32Array(TABLE_SIZE);
  for (let level = 1; level < TABLE_SIZE; level += 1) {
    const at = first + level / scale;
    let mix = [...classes[0].slice(0, 3), 0];
    logs.forEach((bound, step) => {
      const share = Math.min(Math.max((at - bound) / BLUR_OF_BORDERS + 0.5, 0), 1);
      mix = mix.map((part, index) => part + (classes[step][index] - part) * share);
    });
    plain[level] = packed(mix);
    const ink = at < logs[STRIPED_FROM] ? 0 : stripes.opacity;
    striped[level] = packed([stripes.red, stripes.green, stripes.blue, mix[3]].map((part, index) => mix[index] + (part - mix[index]) * ink));
  }
  return {plain, striped, levelOf};
}

function packed([red, green, blue, alpha]) {
  return ((Math.round(alpha) << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;
}
