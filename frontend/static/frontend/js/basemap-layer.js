/* The pack's own base map, drawn from its vector tiles: complete without any other host. */

import {MvtLayer, trace} from "citypin/mvt-layer";
import {palette} from "citypin/theme";

const COLORS = ["land", "water", "park", "landuse", "building", "rail", "street", "street-edge", "border"];
const STREET_PX = [4.5, 3.5, 2.75, 2, 1.5, 1.25, 1]; // by rank at zoom 14: motorway first

export const BasemapLayer = MvtLayer.extend({
  options: {className: "basemap", zIndex: 1},

  paint(context, layers, {zoom, pixel}) {
    const colors = palette("map", COLORS);
    context.lineJoin = "round";
    context.lineCap = "round";
    const fill = (name, color) => {
      context.beginPath();
      for (const feature of layers[name] ?? []) if (feature.type === 3) trace(context, feature, pixel, true);
      context.fillStyle = color;
      context.fill("evenodd");
    };
    const stroke = (features, style, width_px, dash = []) => {
      context.beginPath();
      for (const feature of features) trace(context, feature, pixel, feature.type === 3);
      context.setLineDash(dash);
      context.strokeStyle = style;
      context.lineWidth = width_px;
      context.stroke();
    };

    fill("land", colors.land);
    // A hairline in the land's colour closes the seams that anti-aliasing leaves between tiles and neighbours.
    stroke(layers.land ?? [], colors.land, 0.5);
    fill("landuse", colors.landuse);
    fill("park", colors.park);
    fill("water", colors.water);
    stroke((layers.water ?? []).filter((feature) => feature.type === 2), colors.water, streetWidth(3, zoom));
    if (zoom >= 14) fill("building", colors.building);
    if (zoom >= 12) stroke(layers.rail ?? [], colors.rail, 1, [6, 3]);
    paintStreets(layers.street ?? [], zoom, colors, stroke);
    paintBorders(layers.border ?? [], zoom, colors.border, stroke);
  },
});

function paintStreets(streets, zoom, colors, stroke) {
  const byRank = new Map();
  for (const street of streets) {
    const rank = street.properties.rank ?? 3;
    byRank.set(rank, [...(byRank.get(rank) ?? []), street]);
  }
  const ranks = [...byRank.keys()].sort((a, b) => b - a); // small streets first: the large ones lie on top
  if (zoom >= 13) {
    for (const rank of ranks) stroke(byRank.get(rank), colors["street-edge"], streetWidth(rank, zoom) + 1.5);
  }
  for (const rank of ranks) {
    stroke(byRank.get(rank), zoom >= 13 ? colors.street : colors["street-edge"], streetWidth(rank, zoom));
  }
}

function streetWidth(rank, zoom) {
  const base = STREET_PX[Math.min(rank, STREET_PX.length - 1)];
  return Math.max(base * 1.45 ** (zoom - 14), 0.5);
}

/* Near the ground a district's border may be all that there is to see: then it is drawn as clearly as a street. */
function paintBorders(borders, zoom, color, stroke) {
  const isMajor = (feature) => (feature.properties.rank ?? 0) <= 2;
  const isNear = zoom >= 14;
  stroke(borders.filter((feature) => !isMajor(feature)), color, isNear ? 1.5 : 0.75, isNear ? [6, 4] : [3, 3]);
  stroke(borders.filter(isMajor), color, isNear ? 2 : 1);
}
