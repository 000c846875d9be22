"""The backtest's pictures as inline SVG: no file, no script, no other host."""

import io
import re
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from issues.backtest.metrics import cell_size_m, coverage_curve
from issues.backtest.replay import Replay

INK, ACCENT, QUIET, WARM = "#1f2933", "#0f5c63", "#8a94a0", "#b3431e"


def coverage_plot(replay: Replay, target: float) -> str:
    """Precision of the surest reports against how many of them are taken."""
    right, confidence = replay.right[replay.measured], replay.confidence[replay.measured]
    sizes, precision, _ = coverage_curve(confidence, right)
    keep = np.unique(np.linspace(0, len(sizes) - 1, 400).astype(int))
    figure, axes = _figure(7.2, 4.0)
    axes.plot(100 * sizes[keep], 100 * precision[keep], color=ACCENT, linewidth=2, label="surest reports first")
    axes.axhline(100 * target, color=WARM, linestyle="--", linewidth=1.2, label=f"wanted: {100 * target:g} % right")
    axes.set_xlim(0, 100)
    axes.set_ylim(max(0, 100 * float(precision.min(initial=1.0)) - 3), 100.5)
    axes.set_xlabel("share of reports decided automatically, %")
    axes.set_ylabel("of these right, %")
    axes.legend(frameon=False, loc="lower left")
    return _svg(figure, "The more reports are decided automatically, the fewer of them are right.")


def learning_plot(by_tenth: list[dict[str, float]]) -> str:
    """Accuracy and baseline over ten equal parts of the measured time."""
    figure, axes = _figure(7.2, 4.0)
    parts = np.arange(1, len(by_tenth) + 1)
    for key, color, marker, label in (
        ("accuracy", ACCENT, "o", "CityPin: right"),
        ("baseline_accuracy", QUIET, "s", "usual body of the kind: right"),
        ("automatic_share", WARM, "^", "decided automatically"),
    ):
        axes.plot(parts, [100 * part[key] for part in by_tenth], color=color, marker=marker, label=label, linewidth=1.8)
    axes.set_xticks(parts)
    axes.set_ylim(0, 102)
    axes.set_xlabel("tenth of the measured reports, in order of time")
    axes.set_ylabel("share of reports, %")
    axes.legend(frameon=False, loc="lower right")
    return _svg(figure, "Share of right answers over time, against always naming the usual body.")


def worst_places_plot(replay: Replay, worst: list[dict[str, Any]]) -> str:
    """Wrong answers in square cells, with the numbers of the worst places; axes in kilometres."""
    rows = np.flatnonzero(replay.measured)
    size = cell_size_m(replay)
    points = replay.points_m[rows]
    low, high = np.quantile(points, [0.01, 0.99], axis=0)
    middle = (low + high) / 2
    shape = np.minimum(np.ceil((high - low) / size).astype(int) + 2, 60)
    edges = [middle[axis] + (np.arange(shape[axis] + 1) - shape[axis] / 2) * size for axis in (0, 1)]
    everything, _, _ = np.histogram2d(points[:, 0], points[:, 1], bins=edges)
    wrong = ~replay.right[rows]
    counted, _, _ = np.histogram2d(points[wrong, 0], points[wrong, 1], bins=edges)
    east, north = ((edges[axis] - middle[axis]) / 1000 for axis in (0, 1))
    figure, axes = _figure(7.2, 6.4)
    axes.pcolormesh(east, north, np.where(everything.T > 0, 1.0, np.nan), cmap="Greys", vmin=0, vmax=9, rasterized=True)
    shown = np.where(counted.T > 0, counted.T, np.nan)
    top = max(2.0, float(counted.max(initial=0)))
    mesh = axes.pcolormesh(east, north, shown, cmap="YlOrBr", norm=LogNorm(1, top), rasterized=True)
    bar = figure.colorbar(mesh, ax=axes, label="wrong answers in a cell", shrink=0.8)
    bar.ax.yaxis.set_major_formatter(ScalarFormatter())
    bar.ax.yaxis.set_minor_formatter(NullFormatter())
    for number, place in enumerate(worst, start=1):
        x, y = (np.array([place["x_m"], place["y_m"]]) - middle) / 1000
        if east[0] <= x <= east[-1] and north[0] <= y <= north[-1]:
            axes.annotate(
                str(number), (x, y), ha="center", va="center", fontsize=8, color="white",
                bbox={"boxstyle": "circle,pad=0.25", "facecolor": INK, "edgecolor": "white"},
            )  # fmt: skip
    axes.set_aspect("equal")
    _scale_bar(axes, east, north)
    axes.set_xlabel("km east of the middle")
    axes.set_ylabel("km north of the middle")
    return _svg(figure, "Where the answers were wrong; numbers are those of the table below.")


def _scale_bar(axes: Axes, east: np.ndarray, north: np.ndarray) -> None:
    """A bar of a round length, about a fifth of the map."""
    width = float(east[-1] - east[0])
    length = max(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200) if step <= max(0.1, width / 4))
    x, y = float(east[0]) + 0.04 * width, float(north[0]) + 0.04 * float(north[-1] - north[0])
    axes.plot([x, x + length], [y, y], color=INK, linewidth=3, solid_capstyle="butt")
    axes.annotate(f"{length:g} km", (x + length / 2, y), xytext=(0, 5), textcoords="offset points", ha="center")


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#d8dde3", linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def _svg(figure: Figure, title: str) -> str:
    """The figure as an SVG element with a title for screen readers."""
    text = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": title, "font.family": "sans-serif"}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    # In HTML these name nothing; without them the page holds no address at all.
    svg = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg).replace("xlink:href", "href")
    # Each picture's ids begin with its own letters, as they stand on one page.
    prefix = "".join(word[0] for word in title.split())
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = re.sub(r"url\(#", f"url(#{prefix}-", svg).replace('href="#', f'href="#{prefix}-')
    return svg.replace("<svg ", '<svg role="img" ', 1).replace(">", f"><title>{title}</title>", 1)
