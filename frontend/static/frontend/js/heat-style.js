/* How the seven classes look, for the smooth map and the crisp one. map.css has the same for the legend,
   frontend/map_picture.py for pictures. */

import {color} from "citypin/theme";

const OPACITY = [0.45, 0.6, 0.7, 0.76, 0.8, 0.84, 0.88];

/** The two densest classes carry stripes, for who sees no colour. */
export const STRIPED_FROM = 5;
export const STRIPE_EVERY_PX = 8;

/** `{red, green, blue, opacity}` of each class, from the page's colours. */
export function heatClasses() {
  return OPACITY.map((opacity, index) => ({...parts(color(`heat-${index + 1}`)), opacity}));
}

export function stripeColor() {
  return {...parts(color("map-label-halo")), opacity: 0.6};
}

export function css({red, green, blue, opacity}) {
  return `rgb(${red} ${green} ${blue} / ${opacity})`;
}

function parts(hex) {
  const value = Number.parseInt(hex.slice(1), 16);
  return {red: value >> 16, green: (value >> 8) & 255, blue: value & 255};
}
