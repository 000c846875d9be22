/* Place names above density and shapes. Greedy: the more important name wins the space, the other waits for more zoom. */

import {color, fontFamily} from "citypin/theme";
import {ViewCanvas, pointsIn} from "citypin/view-canvas";

const LINE_CHARACTERS = 16;

export const LabelLayer = ViewCanvas.extend({
  options: {reach_px: 60},

  /** `isFree(rectangle, zoom)` says where small names may stand; large ones stand everywhere. */
  setFree(isFree) {
    this.isFree = isFree;
  },

  /** Whether a large name lies over a rectangle (px of the world at the view's zoom). */
  covers(rectangle, zoom) {
    return this.view?.zoom === zoom && (this.largeBoxes ?? []).some((box) => overlaps(box, rectangle));
  },

  draw(context, view) {
    const chinese = document.documentElement.lang.startsWith("zh");
    const halo = color("map-label-halo");
    const ink = color("map-label");
    const family = fontFamily();
    const taken = [];
    this.largeBoxes = [];
    const places = [...pointsIn(view, "place")].sort(
      (a, b) => a.properties.rank - b.properties.rank || compare(a.properties.name, b.properties.name));
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const {x, y, properties} of places) {
      const name = (chinese && properties.name_zh) || properties.name;
      if (!name) continue;
      const size_px = properties.rank <= 1 ? 16 : properties.rank <= 4 ? 14 : 12;
      context.font = `${properties.rank <= 1 ? 600 : 400} ${size_px}px ${family}`;
      const lines = broken(name);
      const height = lines.length * size_px * 1.2;
      const width = Math.max(...lines.map((line) => context.measureText(line).width));
      const box = {left: x - width / 2 - 6, right: x + width / 2 + 6, top: y - height / 2 - 4, bottom: y + height / 2 + 4};
      if (taken.some((other) => overlaps(box, other))) continue;
      const {x: left, y: top} = view.origin;
      const onWorld = {left: box.left + left, right: box.right + left, top: box.top + top, bottom: box.bottom + top};
      if (properties.rank <= 1) this.largeBoxes.push(onWorld);
      else if (this.isFree?.(onWorld, view.zoom) === false) continue;
      taken.push(box);
      lines.forEach((line, index) => {
        const lineY = y + (index - (lines.length - 1) / 2) * size_px * 1.2;
        context.strokeStyle = halo;
        context.lineWidth = 3;
        context.strokeText(line, x, lineY);
        context.fillStyle = ink;
        context.fillText(line, x, lineY);
      });
    }
  },
});

function compare(a = "", b = "") {
  return a < b ? -1 : a > b ? 1 : 0;
}

function overlaps(a, b) {
  return a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top;
}

/* Names like "Upper East Side-Lenox Hill-Roosevelt Island" in lines of about 16 characters. */
function broken(name) {
  const lines = [""];
  for (const part of name.split(/(?<=[\s\-–])/)) {
    if (lines.at(-1) && lines.at(-1).length + part.length > LINE_CHARACTERS) lines.push("");
    lines[lines.length - 1] += part;
  }
  return lines.map((line) => line.trim());
}
