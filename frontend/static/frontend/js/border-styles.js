/* How the borders of a change are drawn: as they are, and as they would be. */

import {color} from "citypin/theme";

export const borderStyles = {
  before: {color: color("muted"), weight: 2, dashArray: "6 5", fill: false},
  after: {color: color("accent"), weight: 2, fill: false},
};
