/* Bars over time that can be brushed (uPlot). The table beside it says the same to those who do not see it. */

import {color, fontFamily} from "citypin/theme";
import {formatNumber} from "citypin/words";

const HEIGHT = 150;
const SLIP_PX = 6; // a shorter drag is a click

export class TimeChart {
  constructor(element, onBrush) {
    this.element = element;
    this.onBrush = onBrush;
    new ResizeObserver(() => this.plot?.setSize({width: this.element.clientWidth, height: HEIGHT})).observe(element);
  }

  show(bars, words) {
    this.plot?.destroy();
    this.bars = bars;
    this.plot = new window.uPlot(this.options(words), [
      bars.map((_, index) => index),
      bars.map(({count}) => count),
      bars.map(({open}) => open),
    ], this.element);
  }

  options(words) {
    const muted = color("muted");
    const axis = {stroke: muted, font: `12px ${fontFamily()}`, ticks: {show: false}, grid: {stroke: color("line"), width: 1}};
    const paths = window.uPlot.paths.bars({size: [0.85, 60]});
    const bar = (label, name) => ({label, paths, fill: color(name), stroke: color(name), width: 0, points: {show: false}});
    return {
      width: this.element.clientWidth,
      height: HEIGHT,
      legend: {show: false},
      cursor: {y: false, drag: {x: true, y: false, setScale: false}},
      scales: {x: {time: false, range: (_, min, max) => [min - 0.5, max + 0.5]}, y: {range: (_, __, max) => [0, Math.max(max, 1) * 1.05]}},
      axes: [
        {...axis, grid: {show: false}, size: 24, space: 110, incrs: [1, 2, 5, 10, 20, 50, 100], values: (_, splits) => splits.map((at) => this.bars[at]?.label.split(" – ")[0] ?? "")},
        {...axis, size: 44, values: (_, splits) => splits.map((value) => (Number.isInteger(value) ? formatNumber(value) : ""))},
      ],
      series: [{}, bar(words.reports, "cluster-closed"), bar(words.open, "accent")],
      hooks: {setSelect: [(plot) => this.brushed(plot)], setCursor: [(plot) => this.say(plot, words)]},
    };
  }

  brushed(plot) {
    const {left, width} = plot.select;
    if (width < SLIP_PX) return;
    const at = (px) => Math.min(Math.max(Math.round(plot.posToVal(px, "x")), 0), this.bars.length - 1);
    plot.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
    this.onBrush(this.bars[at(left)].from, this.bars[at(left + width)].to);
  }

  say(plot, words) {
    const bar = this.bars[plot.cursor.idx];
    this.element.title = bar ? `${bar.label}: ${formatNumber(bar.count)} ${words.reports}, ${formatNumber(bar.open)} ${words.open}` : "";
  }
}
