"""The planner's figures from bins, where there are many reports; of an area from its reports, read once.

Same questions and answers as `issues.selectors.planner`. Counts are equal to the
report. From `ESTIMATED_FROM` reports on the median of days is estimated within its class
(`tiles.binning.median_days`), which the figures say of themselves.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
from django.db.models import Count
from django.utils import timezone
from numpy.typing import NDArray

from geo.grid import Extent, world_fractions
from issues.models import Service
from issues.selectors import planner
from issues.selectors.planner import Figures, Period, PlannerFilter
from layers.models import Body
from tiles.binning import LEAF_LEVEL, median_days
from tiles.filters import MONDAY, days_asked
from tiles.selectors.area_facts import area_facts, tally_of
from tiles.selectors.bins import area_cells
from tiles.selectors.cell_sums import Area
from tiles.selectors.tallies import Numbers, Tally, tally
from tiles.selectors.versions import fresh_data_version

ESTIMATED_FROM = 20_000
"""Below so many the reports themselves are read: exact, and some tenths of a second."""

MOST_FACTS = 2_000_000
"""With more reports in the whole city in these days an area's are not read into this process: 28 bytes each, and
as much again while they are summed."""

LARGEST_VIEW = 250_000
"""Cells; a screen has 20,000. Sums are kept for each, reports or not."""


def figures(wanted: PlannerFilter) -> Figures:
    """The filter's reports all together."""
    counted = _tally(wanted)
    if counted is None or counted.total < ESTIMATED_FROM:
        return planner.figures(wanted)
    [found] = _figures(counted, np.zeros(len(counted.count), dtype=np.int64), [planner.overdue(wanted).count()])
    return found


def figures_by_service(wanted: PlannerFilter) -> list[tuple[str, Figures]]:
    """Figures by service code, most reports first."""
    codes = dict(Service.objects.values_list("id", "service_code"))
    return _by(wanted, "service_id", codes.__getitem__) or planner.figures_by_service(wanted)


def figures_by_body(wanted: PlannerFilter) -> list[tuple[str | None, Figures]]:
    """Figures by slug of the body, by size; None for reports of nobody yet."""
    slugs: dict[int, str | None] = {0: None, **dict(Body.objects.values_list("id", "slug"))}
    return _by(wanted, "body_id", slugs.__getitem__) or planner.figures_by_body(wanted)


def histogram(wanted: PlannerFilter) -> list[Period]:
    """Reports over time, as `planner.histogram`."""
    spans = planner.spans(wanted)
    starts = np.array([(first - MONDAY).days for first, _last in spans])
    counted = _tally(wanted, starts)
    if counted is None:
        return planner.histogram(wanted)
    bar = np.searchsorted(starts, counted.day, side="right") - 1
    counts = counted.by_class(bar, len(spans))
    return [
        Period(first, last, int(count.sum()), int(count[0])) for (first, last), count in zip(spans, counts, strict=True)
    ]


def cells(wanted: PlannerFilter, extent: Extent, level: int) -> list[tuple[int, ...]]:
    """`(map_column, map_row, count)` of the cells of `level` that touch `extent` (degrees), with reports."""
    area, asked, facts = _cells_touching(extent, level), _asked(wanted), _facts(wanted)
    if facts is not None and level <= LEAF_LEVEL:
        return _cells_of(facts, area)
    if asked is None or level > LEAF_LEVEL or area.width * area.height > LARGEST_VIEW:
        return planner.cells(wanted, extent, 2**level)
    found = area_cells(area, asked)
    counts = found.counts.sum(axis=1)
    order = np.lexsort((found.rows, found.columns))[: planner.MOST_CELLS]
    named = (found.columns[order], found.rows[order], counts[order])
    return list(zip(*(column.tolist() for column in named), strict=True))


def _cells_of(facts: NDArray[np.void], area: Area) -> list[tuple[int, ...]]:
    """The same from facts."""
    column, row = (facts[name].astype(np.int64) >> (LEAF_LEVEL - area.level) for name in ("column", "row"))
    inside = (column >= area.first_column) & (column <= area.last_column)
    inside &= (row >= area.first_row) & (row <= area.last_row)
    places, counts = np.unique(column[inside] << LEAF_LEVEL | row[inside], return_counts=True)
    named = (places >> LEAF_LEVEL, places & (2**LEAF_LEVEL - 1), counts)
    return list(zip(*(column[: planner.MOST_CELLS].tolist() for column in named), strict=True))


def _cells_touching(extent: Extent, level: int) -> Area:
    west, south, east, north = extent
    corners = (world_fractions(west, north), world_fractions(east, south))
    (first_column, first_row), (last_column, last_row) = (
        [min(int(part * 2**level), 2**level - 1) for part in corner] for corner in corners
    )
    return Area(level, first_column, last_column, first_row, last_row)


def _by(wanted: PlannerFilter, column: str, name: Callable[[int], Any]) -> list[tuple[Any, Figures]]:
    """Figures by the name of a service or body; nothing where the reports should be asked."""
    counted = _tally(wanted)
    if counted is None or counted.total < ESTIMATED_FROM:
        return []
    ids, group = np.unique(counted.service if column == "service_id" else counted.body, return_inverse=True)
    late = dict(planner.overdue(wanted).values_list(column).annotate(Count("id")))
    overdue = [late.get(pk or None, 0) for pk in ids.tolist()]
    found = zip(map(name, ids.tolist()), _figures(counted, group, overdue), strict=True)
    return sorted(
        ((named, each) for named, each in found if each.count),
        key=lambda pair: (-pair[1].count, pair[0] is None, pair[0] or ""),
    )


def _figures(counted: Tally, group: Numbers, overdue: list[int]) -> list[Figures]:
    counts = counted.by_class(group, len(overdue))
    kept = np.bincount(group, weights=counted.count * counted.in_time, minlength=len(overdue)).astype(np.int64)
    closed: NDArray[np.int64] = counts[:, 1:].sum(axis=1)
    days = median_days(counts[:, 1:])
    return [
        Figures(
            count=int(count.sum()),
            open=int(count[0]),
            overdue=late,
            closed=int(shut),
            kept=int(in_time),
            median_days=None if np.isnan(median) else float(median),
            is_estimate=True,
        )
        for count, late, shut, in_time, median in zip(counts, overdue, closed, kept, days, strict=True)
    ]


def _tally(wanted: PlannerFilter, cuts: Any = ()) -> Tally | None:
    facts = _facts(wanted)
    if facts is not None:
        return tally_of(facts)
    asked = _asked(wanted)
    return None if asked is None else tally(asked, map(int, cuts))


def _facts(wanted: PlannerFilter) -> NDArray[np.void] | None:
    """The reports of the filter's area; None without one, or where they may be too many to hold."""
    everywhere = _asked(replace(wanted, area=None)) if wanted.area is not None else None
    if everywhere is None or tally(everywhere).total > MOST_FACTS:
        return None
    return area_facts(wanted, everywhere["version"])


def _asked(wanted: PlannerFilter) -> dict[str, Any] | None:
    """The filter as bins are asked, refused and sensitive reports included; None where only the reports know."""
    version = fresh_data_version()
    if wanted.area is not None or not version.bins_are_usable:
        return None
    last_day = wanted.last_day
    if wanted.older_than_days is not None:
        last_day = min(last_day, timezone.localdate() - timedelta(days=wanted.older_than_days + 1))
    asked = replace(wanted, last_day=last_day).parameters()
    days = days_asked(wanted.first_day, last_day)
    return {**asked, **days, "private_ids": [], "version": version}
