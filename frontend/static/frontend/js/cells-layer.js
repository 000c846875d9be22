/* Crisp cells: squares of 32 px that say how many reports they hold. Also what a finger on the smooth map is told:
   then the squares are there and only the chosen one is drawn. */

import {classOf, pixelSideAt_km} from "citypin/density";
import {STRIPED_FROM, STRIPE_EVERY_PX, css, heatClasses, stripeColor} from "citypin/heat-style";
import {color, fontFamily, readableOn} from "citypin/theme";
import {ViewCanvas, pointsIn} from "citypin/view-canvas";

const GRID_CELLS = 64;
const NUMBER_PX = {x: 9, y: 6}; // half of what a number takes

export const CellsLayer = ViewCanvas.extend({
  // A tile of three zooms less has cells of 32 px: a finger finds them, a number fits, and few tiles serve the view.
  options: {coarser: 3},

  /** As HeatLayer's. */
  setScale(scale) {
    this.scale = scale;
  },

  /** Whether the cells are drawn or only answer. */
  setVisible(visible) {
    this.visible = visible;
    this.repaint();
  },

  /** Outline one cell, or none. */
  choose(cell) {
    if (this.chosen?.key === cell?.key) return;
    this.chosen = cell ?? null;
    this.repaint();
  },

  /** Whether no visible cell lies under a rectangle (px of the world at the view's zoom). */
  isFree({left, right, top, bottom}, zoom) {
    if (!this.visible || !this._map || this.view?.zoom !== zoom) return true;
    const {x, y} = this.view.origin;
    return ![...this.cells.values()].some((cell) =>
      !cell.properties.is_coarse && cell.x < right - x && cell.x + cell.side > left - x && cell.y < bottom - y && cell.y + cell.side > top - y);
  },

  /** `covers(rectangle, zoom)` says where large names lie: a number there would spoil both. */
  setNames(covers) {
    this.covers = covers;
  },

  draw(context, view) {
    this.cells = this.scale ? cellsOf(view, this.scale.months) : new Map();
    if (this.visible && this.scale) {
      const isCovered = ({x, y, side}) => this.covers?.({left: view.origin.x + x + side / 2 - NUMBER_PX.x, right: view.origin.x + x + side / 2 + NUMBER_PX.x,
        top: view.origin.y + y + side / 2 - NUMBER_PX.y, bottom: view.origin.y + y + side / 2 + NUMBER_PX.y}, view.zoom);
      const counted = [...this.cells.values()].filter(({properties}) => !properties.is_coarse);
      drawCells(context, counted, this.scale.boundsOf(view.zoom), isCovered);
    }
    const chosen = this.chosen && this.cells.get(this.chosen.key);
    if (chosen) outline(context, chosen);
  },

  /** The cell at a place, undefined where no report is. */
  cellAt(latlng) {
    if (!this.view || !this._map || !this.cells) return undefined;
    const {x, y} = this._map.project(latlng, this.view.zoom);
    const sides = new Set([...this.cells.values()].map((cell) => cell.side));
    for (const side of [...sides].sort((a, b) => a - b)) { // a cell before the coarse square that it lies in
      const cell = this.cells.get(keyOf(x, y, side));
      if (cell) return cell;
    }
    return undefined;
  },

  /** Cells whose middle is in the map's window, most reports first. */
  cellsInView() {
    if (!this.view || !this._map) return [];
    const bounds = this._map.getBounds();
    return [...(this.cells ?? new Map()).values()]
      .filter(({properties}) => !properties.is_coarse)
      .map((cell) => ({...cell, latlng: this.latLngOf(cell)}))
      .filter(({latlng}) => bounds.contains(latlng))
      .sort((a, b) => b.properties.count - a.properties.count || a.y - b.y || a.x - b.x);
  },

  latLngOf({x, y, side}) {
    return this._map.unproject(this.view.origin.add([x + side / 2, y + side / 2]), this.view.zoom);
  },
});

/* Squares by key: left and top on the canvas in px, side in px, density in reports per km² and month.
   Of services whose places stay private the server tells larger squares, over land and water alike: they answer a tap
   where no cell is, and are outlined only then. */
function cellsOf(view, months) {
  const cells = new Map();
  const add = (worldX, worldY, side, properties) => {
    const [column, row] = [Math.floor(worldX / side), Math.floor(worldY / side)];
    const key = `${side}/${column}/${row}`;
    const count = properties.count + (cells.get(key)?.properties.count ?? 0);
    const side_km = pixelSideAt_km(view.zoom, (row + 0.5) * side) * side;
    cells.set(key, {key, x: column * side - view.origin.x, y: row * side - view.origin.y, side,
      density: count / (side_km ** 2 * months), properties: {...properties, count}});
  };
  for (const {x, y, properties} of pointsIn(view, "sensitive")) {
    const side = 256 * 2 ** (view.zoom - properties.zoom);
    add(x + view.origin.x, y + view.origin.y, side, {count: properties.count, is_coarse: true});
  }
  for (const {x, y, properties, side} of pointsIn(view, "heat")) add(x + view.origin.x, y + view.origin.y, side / GRID_CELLS, properties);
  return cells;
}

function keyOf(x, y, side) {
  return `${side}/${Math.floor(x / side)}/${Math.floor(y / side)}`;
}

function drawCells(context, cells, bounds, isCovered) {
  const land = color("map-land");
  const classes = heatClasses().map((shade) => ({fill: css(shade), ink: readableOn(mixed(shade, land))}));
  const stripes = css({...stripeColor(), opacity: 0.35});
  const number = new Intl.NumberFormat(document.documentElement.lang, {notation: "compact"});
  const family = fontFamily();
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const cell of cells) {
    const {x, y, side, density, properties} = cell;
    const index = Math.max(classOf(density, bounds), 0); // one report in a large cell may be below the first class
    context.fillStyle = classes[index].fill;
    context.fillRect(x + 0.5, y + 0.5, side - 1, side - 1);
    if (index >= STRIPED_FROM) drawStripes(context, x + 0.5, y + 0.5, side - 1, stripes);
    if (isCovered(cell)) continue;
    context.font = `600 ${side < 28 ? 10 : 12}px ${family}`;
    context.fillStyle = classes[index].ink;
    context.fillText(number.format(properties.count), x + side / 2, y + side / 2 + 0.5, side - 4);
  }
}

function drawStripes(context, x, y, side, style) {
  context.save();
  context.beginPath();
  context.rect(x, y, side, side);
  context.clip();
  context.beginPath();
  for (let start = -side; start < side; start += STRIPE_EVERY_PX) {
    context.moveTo(x + start, y + side);
    context.lineTo(x + start + side, y);
  }
  context.strokeStyle = style;
  context.lineWidth = 1;
  context.stroke();
  context.restore();
}

/* Two lines, dark and light: one of them is seen on any ground. */
function outline(context, {x, y, side}) {
  context.lineWidth = 5;
  context.strokeStyle = color("surface");
  context.strokeRect(x, y, side, side);
  context.lineWidth = 2.5;
  context.strokeStyle = color("ink");
  context.strokeRect(x, y, side, side);
}

/* What is seen: the shade over the land, as #rrggbb. */
function mixed({red, green, blue, opacity}, ground) {
  const below = Number.parseInt(ground.slice(1), 16);
  const parts = [[red, below >> 16], [green, (below >> 8) & 255], [blue, below & 255]];
  return `#${parts.map(([top, under]) => Math.round(top * opacity + under * (1 - opacity)).toString(16).padStart(2, "0")).join("")}`;
}
