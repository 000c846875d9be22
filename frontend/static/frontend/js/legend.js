/* The legend says what is on the map now: density classes, clusters or pins. */

import {formatNumber} from "citypin/words";

export class Legend {
  constructor(section) {
    this.section = section;
    this.breaks = [...section.querySelectorAll("[data-break]")];
  }

  /** `parts`: any of heat, cells, clusters, pins. */
  show(parts) {
    for (const part of this.section.querySelectorAll("[data-legend-part]")) {
      part.hidden = !part.dataset.legendPart.split(" ").some((name) => parts.includes(name));
    }
    this.section.hidden = parts.length === 0;
  }

  setBreaks(breaks) {
    breaks.forEach((value, index) => {
      const last = index === breaks.length - 1;
      this.breaks[index].textContent = last ? `${formatNumber(value)}+` : formatNumber(value);
    });
  }
}
