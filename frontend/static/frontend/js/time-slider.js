/* Week by week: a native range over the weekly counts. Play goes on when a week is drawn, never faster than it loads. */

import {formatDays} from "citypin/words";

const DAY_MS = 86_400_000;
const STEP_MS = 900;
const WAIT_MS = 180; // between two steps of a finger before the map follows
const SVG = "http://www.w3.org/2000/svg";

export class TimeSlider {
  /** `onWeek(monday or null, {playing})` returns a promise that is done when the map shows it. */
  constructor(section, words, onWeek) {
    const part = (name) => section.querySelector(`[data-time-${name}]`);
    Object.assign(this, {section, words, onWeek, playing: false, index: null, range: part("range"), bars: part("bars"),
      line: part("words"), all: part("all"), playButton: part("play"), back: part("back"), next: part("next")});
    this.range.addEventListener("input", () => this.choose(Number(this.range.value)));
    this.back.addEventListener("click", () => this.choose((this.index ?? this.counts.length) - 1));
    this.next.addEventListener("click", () => this.choose((this.index ?? -1) + 1));
    this.all.addEventListener("click", () => { this.choose(null); this.range.focus(); });
    this.playButton.addEventListener("click", () => (this.playing ? this.stop() : this.play()));
    const still = window.matchMedia("(prefers-reduced-motion: reduce)");
    const follow = () => { this.playButton.hidden = still.matches; this.stop(); };
    still.addEventListener("change", follow);
    this.setWeeks("", []);
    follow();
    document.addEventListener("visibilitychange", () => document.hidden && this.stop());
  }

  /** `first`: the Monday of the first count, YYYY-MM-DD; the counts have no gaps. */
  setWeeks(first, counts) {
    this.stop();
    const monday = this.week;
    Object.assign(this, {first, counts});
    this.section.hidden = counts.length < 2;
    this.range.max = Math.max(counts.length - 1, 0);
    this.index = this.indexOf(monday);
    this.drawBars();
    this.describe();
  }

  /** The Monday shown, null for the whole period. */
  get week() {
    return this.index === null || this.index === undefined ? null : this.mondayOf(this.index);
  }

  mondayOf(index) {
    return new Date(Date.parse(this.first) + index * 7 * DAY_MS).toISOString().slice(0, 10);
  }

  indexOf(monday) {
    const index = monday && this.counts.length ? Math.round((Date.parse(monday) - Date.parse(this.first)) / (7 * DAY_MS)) : NaN;
    return index >= 0 && index < this.counts.length ? index : null;
  }

  /** Show a week without telling anybody: the address asks for it. */
  show(monday) {
    this.index = this.indexOf(monday);
    this.describe();
  }

  /** A finger's choice: it stops the play, and the map follows when the finger rests. */
  choose(index) {
    this.stop();
    this.index = index === null ? null : Math.min(Math.max(index, 0), this.counts.length - 1);
    this.describe();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.onWeek(this.week, {playing: false}), WAIT_MS);
  }

  async play() {
    this.playing = true;
    this.describe();
    let next = this.index === null || this.index >= this.counts.length - 1 ? 0 : this.index + 1;
    for (; this.playing && next < this.counts.length; next += 1) {
      this.index = next;
      this.describe();
      const shown = new Promise((resolve) => { this.timer = setTimeout(resolve, STEP_MS); });
      const following = next + 1 < this.counts.length ? this.mondayOf(next + 1) : null;
      await Promise.all([this.onWeek(this.week, {playing: true, following}), shown]);
    }
    if (this.playing) this.stop();
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    this.describe();
    if (this.week) this.onWeek(this.week, {playing: false});
  }

  describe() {
    const chosen = this.index !== null && this.index !== undefined && this.counts.length > 0;
    const text = chosen ? this.sentence(this.index) : this.words.words.whole_period;
    this.section.classList.toggle("time--all", !chosen);
    this.line.textContent = text;
    this.range.value = chosen ? this.index : this.range.max;
    this.range.setAttribute("aria-valuetext", text);
    this.all.hidden = !chosen;
    this.back.disabled = chosen && this.index === 0;
    this.next.disabled = chosen && this.index === this.counts.length - 1;
    this.playButton.setAttribute("aria-pressed", String(this.playing));
    this.bars.querySelector(".time__chosen")?.setAttribute("d", chosen ? this.barOf(this.index) : "");
  }

  sentence(index) {
    const monday = this.mondayOf(index);
    const days = formatDays(monday, new Date(Date.parse(monday) + 6 * DAY_MS).toISOString().slice(0, 10));
    return this.words.ofWeek(days, this.counts[index]);
  }

  drawBars() {
    this.bars.setAttribute("viewBox", `0 0 ${Math.max(this.counts.length, 1)} 100`);
    this.bars.replaceChildren(...["time__every", "time__chosen"].map((name) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", name);
      return path;
    }));
    this.bars.firstElementChild.setAttribute("d", this.counts.map((_, index) => this.barOf(index)).join(""));
  }

  barOf(index) {
    const height = 100 * this.counts[index] / Math.max(...this.counts, 1);
    return `M${index + 0.1} 100v${-Math.max(height, this.counts[index] ? 3 : 0)}h.8V100z`;
  }
}
