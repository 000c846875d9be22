"""The view as a PNG: map or bars, with question, legend, source and day on it, for slides and mail."""

import io
import math
import textwrap
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from frontend.planner.cells import cell_bounds
from frontend.planner.question import PlannerQuestion
from frontend.planner.tables import Table
from frontend.planner.words import pattern_name
from geo.statistics import Pattern
from geo.translation import localized
from layers.models import BasemapFeature
from layers.selectors.city import city_outline
from tiles.selectors.planner_counts import histogram

RAMP = ["#fcd4c5", "#f1af96", "#e18b6a", "#ce683f", "#b34917", "#8e3509", "#682504"]
"""--heat-1 to --heat-7 of tokens.css: paper is always light."""

PATTERN_COLORS = {
    Pattern.NEW: "#682504",
    Pattern.INTENSIFYING: "#b34917",
    Pattern.PERSISTENT: "#ce683f",
    Pattern.SPORADIC: "#f1af96",
    Pattern.DIMINISHING: "#5f8fb5",
    Pattern.NOT_SIGNIFICANT: "#e3e0d6",
    Pattern.NO_DATA: "none",
}
BARS = ["#0b5a61", "#e18b6a"]
INK, MUTED, LINE = "#15211f", "#4f5f5c", "#d3dbd9"
_ONE_AT_A_TIME = threading.Lock()
"""The style is the whole process's: the first picture to end would take the fonts from one that is being drawn."""
FONTS = ["Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Micro Hei", "Noto Serif CJK SC", "DejaVu Sans"]


def picture(asked: PlannerQuestion, table: Table, words: str) -> bytes:
    """1600 × 1200 px under `words`, what the table answers. Places are drawn as a map, other tables as bars."""
    from matplotlib import rc_context  # half a second, which pages must not pay
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # Names are no formulas: two dollar signs in an area's name would begin one.
    style: Any = {"font.family": _fonts(), "font.size": 11, "text.color": INK, "text.parse_math": False}
    with _ONE_AT_A_TIME, rc_context(style):
        figure = Figure(figsize=(16, 12), dpi=100, facecolor="white")
        FigureCanvasAgg(figure)
        title = "\n".join(textwrap.wrap(words, 90))
        figure.text(0.04, 0.965, table.caption, fontsize=20, fontweight="bold", va="top")
        figure.text(0.04, 0.93, title, fontsize=13, va="top", color=MUTED)
        if table.has_geometry:
            with_bars = table.name == "cells"
            _draw_map(
                figure.add_axes((0.04, 0.26 if with_bars else 0.06, 0.92, 0.62 if with_bars else 0.82)), asked, table
            )
            if with_bars:
                _draw_time(figure.add_axes((0.06, 0.08, 0.9, 0.14)), asked)
        else:
            _draw_bars(figure.add_axes((0.3, 0.08, 0.64, 0.8)), table)
        figure.text(0.04, 0.02, _source_line(), fontsize=9, color=MUTED)
        out = io.BytesIO()
        figure.savefig(out, format="png")
        return out.getvalue()


def _fonts() -> list[str]:
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in FONTS if name in there] or ["sans-serif"]


def _draw_map(axes: Any, asked: PlannerQuestion, table: Table) -> None:
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Patch

    axes.set_axis_off()
    outline = city_outline()
    land = list(BasemapFeature.objects.filter(kind="land").values_list("geom", flat=True)) or [outline]
    for shape in filter(None, land):
        rings = _rings(shapely.simplify(shapely.from_wkb(bytes(shape.wkb)), 1e-4))
        axes.add_collection(PolyCollection(rings, facecolors="#f4f3ef", edgecolors=LINE, linewidths=0.8))
    colors, legend = _colors(asked, table)
    shapes = shapely.from_wkb([bytes(row.geometry.wkb) if row.geometry else None for row in table.rows])
    parts, rows = shapely.get_parts(shapely.simplify(shapes, 1e-4), return_index=True)
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_exterior_ring(parts)]
    edge = "none" if table.name == "cells" else "white"
    fills = [colors[row] for row in rows]
    axes.add_collection(PolyCollection(rings, facecolors=fills, edgecolors=edge, linewidths=0.5))
    xmin, ymin, xmax, ymax = outline.extent if outline is not None else settings.CITY.extent
    axes.set_xlim(xmin, xmax)
    axes.set_ylim(ymin, ymax)
    axes.set_aspect(1 / np.cos(np.radians((ymin + ymax) / 2)))
    handles = [Patch(facecolor=color, edgecolor=LINE, label=label) for label, color in legend]
    title = next((column.label for column in table.columns if column.key in ("value", "density")), None)
    axes.legend(handles=handles, title=title, loc="upper left", frameon=False, fontsize=11)


def _colors(asked: PlannerQuestion, table: Table) -> tuple[list[str], list[tuple[str, str]]]:
    """A colour for each row and the legend: classes of hotspots, else steps of the number shown."""
    if table.name == "hotspots":
        named = {pattern.value: color for pattern, color in PATTERN_COLORS.items()}
        legend = [(pattern_name(pattern), color) for pattern, color in named.items()]
        return [named[row.look] for row in table.rows], legend
    key = "value" if table.name == "areas" else "density"
    values = np.array([row.values.get(key) or 0 for row in table.rows], dtype=float)
    counted = sum(row.values["count"] for row in table.rows)
    bounds = steps(values) if table.name == "areas" else cell_bounds(asked, counted)
    chosen = [
        RAMP[min(max(int(np.searchsorted(bounds, value, side="right")) - 1, 0), 6)] if value > 0 else "#eeeeee"
        for value in values
    ]
    legend = [(_("from %(number)s") % {"number": f"{bound:g}"}, RAMP[index]) for index, bound in enumerate(bounds)]
    return chosen, legend


def steps(values: Any) -> list[float]:
    """Up to seven lower bounds of classes with about as many values in each, rounded to two digits, ascending."""
    some = values[values > 0]
    if not some.size:
        return [0.0]
    bounds = np.quantile(some, np.linspace(0, 1, 8)[:-1])
    rounded = sorted({_two_digits(float(bound)) for bound in bounds})
    return rounded


def _two_digits(value: float) -> float:
    """Cut, not rounded, so that the least value is in the first class."""
    power = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.floor(value / power + 1e-9) * power:.2g}")


def _draw_time(axes: Any, asked: PlannerQuestion) -> None:
    periods = histogram(asked.filter())
    axes.bar(range(len(periods)), [period.count for period in periods], color=BARS[0], width=0.9)
    shown = range(0, len(periods), max(1, len(periods) // 8))
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_xticks(list(shown), [date_format(periods[index].first, "SHORT_DATE_FORMAT") for index in shown])
    _plain(axes)


def _draw_bars(axes: Any, table: Table) -> None:
    """The columns that the table names, else its first number, by row: the 30 largest."""
    numbers = [column for column in table.columns if column.is_number]
    columns = [column for column in numbers if column.key in table.drawn] or numbers[:1]
    found = sorted(table.rows, key=lambda row: row.values.get(columns[0].key) or 0)[-30:]
    height = 0.8 / len(columns)
    at = np.arange(len(found))
    for index, column in enumerate(columns):
        widths = [row.values.get(column.key) or 0 for row in found]
        axes.barh(at + 0.4 - (index + 0.5) * height, widths, height, color=BARS[index], label=column.label)
    axes.set_yticks(at, [str(row.values[table.columns[0].key])[:50] for row in found])
    if len(columns) > 1:
        axes.legend(loc="lower right", frameon=False)
    else:
        axes.set_xlabel(columns[0].label)
    _plain(axes)


def _plain(axes: Any) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(colors=MUTED)


def _rings(shape: shapely.Geometry) -> list[Any]:
    """Outer rings; holes are left filled, which at this size nobody sees."""
    return [shapely.get_coordinates(part.exterior) for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]


def _source_line() -> str:
    lines: Sequence[str] = [localized(settings.CITY.names), *settings.CITY.attribution]
    return " · ".join([*lines, date_format(timezone.localdate(), "DATE_FORMAT"), "CityPin"])[:220]
