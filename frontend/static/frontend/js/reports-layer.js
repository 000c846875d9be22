/* Reports: clusters while far, pins when near. The same canvas answers what lies under a finger. */

import {mergeClusters} from "citypin/merge-clusters";
import {color, fontFamily, readableOn} from "citypin/theme";
import {ViewCanvas, pointsIn} from "citypin/view-canvas";

const FINGER_PX = 22; // half a touch target
const CLUSTER_REACH_PX = 46;
const PIN_RADIUS_PX = 11;
const PIN_HEIGHT_PX = 30;

export const ReportsLayer = ViewCanvas.extend({
  options: {reach_px: 40},

  /** `groups`: by slug `{color, letter}`. */
  setGroups(groups) {
    this.groups = groups;
  },

  draw(context, view) {
    const style = readStyle();
    const found = [...pointsIn(view, "reports")];
    const clusters = mergeClusters(found.filter(({properties}) => properties.cluster), CLUSTER_REACH_PX);
    const pins = found.filter(({properties}) => !properties.cluster);
    // From north to south, so that a pin's tip is never covered by a head behind it; open ones above closed ones.
    pins.sort((a, b) => isOpen(a) - isOpen(b) || a.y - b.y);
    this.points = [...clusters.reverse(), ...pins];
    for (const point of this.points) {
      if (point.properties.cluster) drawCluster(context, point, style);
      else drawPin(context, point, this.groups?.[point.properties.group], style);
    }
  },

  /** The features within reach of `latlng`, nearest first. */
  featuresAt(latlng, radius_px = FINGER_PX) {
    if (!this.view || !this._map) return [];
    const at = this._map.project(latlng, this.view.zoom).subtract(this.view.origin);
    return (this.points ?? [])
      .map((point) => ({...point, distance: distanceTo(point, at), latlng: this.latLngOf(point)}))
      .filter(({distance}) => distance <= radius_px)
      .sort((a, b) => a.distance - b.distance);
  },

  latLngOf(point) {
    return this._map.unproject(this.view.origin.add([point.x, point.y]), this.view.zoom);
  },
});

function isOpen({properties}) {
  return properties.status === "closed" ? 0 : 1;
}

/* A pin is hit at its head, a cluster anywhere on its disc. */
function distanceTo({x, y, properties}, at) {
  if (properties.cluster) return Math.max(Math.hypot(at.x - x, at.y - y) - clusterRadius(properties.count), 0);
  return Math.min(Math.hypot(at.x - x, at.y - (y - PIN_HEIGHT_PX + PIN_RADIUS_PX)), Math.hypot(at.x - x, at.y - y));
}

function clusterRadius(count) {
  return Math.min(13 + 3.2 * Math.log2(Math.max(count, 1)) ** 0.9, 34);
}

function readStyle() {
  return {
    family: fontFamily(),
    surface: color("cluster"),
    ink: color("cluster-ink"),
    open: color("cluster-open"),
    closed: color("cluster-closed"),
    outline: color("pin-outline"),
    number: new Intl.NumberFormat(document.documentElement.lang, {notation: "compact"}),
  };
}

/* A disc with the count; its ring is filled for the share that is still open, clockwise from the top. */
function drawCluster(context, {x, y, properties}, style) {
  const radius = clusterRadius(properties.count);
  const top = -Math.PI / 2;
  const share = properties.count ? (properties.open ?? 0) / properties.count : 0;
  disc(context, x, y, radius, style.surface);
  context.lineWidth = 4;
  ring(context, x, y, radius - 2, top, top + 2 * Math.PI, style.closed);
  if (share > 0) ring(context, x, y, radius - 2, top, top + 2 * Math.PI * share, style.open);
  text(context, style.number.format(properties.count), x, y, `600 ${radius > 18 ? 13 : 11.5}px ${style.family}`, style.ink);
}

/* Open: a filled drop with the group's letter. Closed: a small ring with a tick. Different without any colour. */
function drawPin(context, {x, y, properties}, group, style) {
  const own = group?.color ?? style.open;
  if (properties.status === "closed") {
    disc(context, x, y, 9, style.surface);
    context.lineWidth = 2.5;
    ring(context, x, y, 8, 0, 2 * Math.PI, own);
    context.beginPath();
    context.moveTo(x - 3.5, y);
    context.lineTo(x - 1, y + 2.8);
    context.lineTo(x + 3.8, y - 3);
    context.strokeStyle = style.ink;
    context.lineWidth = 2;
    context.stroke();
    return;
  }
  const headY = y - PIN_HEIGHT_PX + PIN_RADIUS_PX;
  context.beginPath();
  context.arc(x, headY, PIN_RADIUS_PX, Math.PI * 0.85, Math.PI * 0.15);
  context.quadraticCurveTo(x + PIN_RADIUS_PX * 0.55, headY + PIN_RADIUS_PX, x, y);
  context.quadraticCurveTo(x - PIN_RADIUS_PX * 0.55, headY + PIN_RADIUS_PX, x - PIN_RADIUS_PX * 0.891, headY + PIN_RADIUS_PX * 0.454);
  context.closePath();
  context.fillStyle = own;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = style.outline;
  context.stroke();
  text(context, group?.letter ?? "", x, headY, `600 12px ${style.family}`, readableOn(own));
}

function disc(context, x, y, radius, fill) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
}

function ring(context, x, y, radius, from, to, stroke) {
  context.beginPath();
  context.arc(x, y, radius, from, to);
  context.strokeStyle = stroke;
  context.stroke();
}

function text(context, content, x, y, font, fill) {
  context.font = font;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = fill;
  context.fillText(content, x, y + 0.5);
}
