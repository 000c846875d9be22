/* The planner's legend: what each colour means, in real numbers. Swatches are canvases, drawn as the map draws. */

export class PlannerLegend {
  constructor(section) {
    this.section = section;
    this.title = section.querySelector("[data-legend-title]");
    this.steps = section.querySelector("[data-legend-steps]");
  }

  /** `steps`: [{label, paint(context, width, height)}]. */
  show(title, steps) {
    this.title.textContent = title;
    this.steps.replaceChildren(...steps.map(({label, paint}) => {
      const item = document.createElement("li");
      const canvas = document.createElement("canvas");
      canvas.width = 44;
      canvas.height = 28;
      paint(canvas.getContext("2d"), 44, 28);
      item.append(canvas, label);
      return item;
    }));
    this.section.hidden = steps.length === 0;
  }
}

/** A swatch of one colour. */
export function plainSwatch(fill, opacity = 1) {
  return (context, width, height) => {
    context.globalAlpha = opacity;
    context.fillStyle = fill;
    context.fillRect(0, 0, width, height);
  };
}
