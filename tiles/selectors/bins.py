"""Counts of reports in cells, for any question: from bins and what waits for them, or from the reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from geo import grid
from geo.binary_rows import binary_rows, whole_number
from issues.models import Service
from tiles import binning
from tiles.binning import (
    ALL_BODIES,
    ALL_SERVICES,
    ALL_TIME,
    CELL_LEVELS,
    CELLS,
    CLASSES,
    DETAIL_ZOOMS,
    FIRST_ZOOM,
    IN_TIME,
    LEAF_LEVEL,
    LEAF_ZOOM,
    SUM_ZOOMS,
    WITH_FACETS,
    spans_of_weeks,
)
from tiles.rules import CLOSED_STATES, OPEN_STATES, PUBLIC_STATES, fact_parameters
from tiles.selectors.facets import facets_up_to, is_asked
from tiles.statements import statement

STATUS_SETS = (frozenset(PUBLIC_STATES), frozenset(OPEN_STATES), frozenset(CLOSED_STATES))
FIRST_WEEK, LAST_WEEK = -32768, 32767
"""Of a smallint; whole spans of the longest kind lie between."""

Numbers = NDArray[np.int64]
Asked = Mapping[str, Any]
"""`ReportQuestion.parameters()`."""
Row = tuple[int, int, int, bytes]
"""x, y and week of a row of bins, and its packed cells."""
Run = tuple[int, int, int, int, int]
"""Rows to read: service, body, span, first and last week or number of a span."""


@dataclass(frozen=True)
class Cells:
    """Cells of one level (2^level across the world) that have reports, and their counts by class, shape (n, 9)."""

    level: int
    columns: Numbers
    rows: Numbers
    counts: Numbers


@dataclass(frozen=True)
class Area:
    """A rectangle of cells of one level, both ends included."""

    level: int
    first_column: int
    last_column: int
    first_row: int
    last_row: int

    @property
    def width(self) -> int:
        """In cells."""
        return self.last_column - self.first_column + 1

    @property
    def height(self) -> int:
        """In cells."""
        return self.last_row - self.first_row + 1

    @property
    def is_one_tile(self) -> bool:
        """Whether its cells are just those of one row of bins of its level."""
        corners = self.first_column % CELLS, self.first_row % CELLS
        return (self.width, self.height, *corners) == (CELLS, CELLS, 0, 0)

    def tiles(self, zoom: int) -> dict[str, int]:
        """The tiles of a zoom whose rows of bins cover it; its cells are as fine as the area's or finer."""
        finer = zoom + CELL_LEVELS - self.level
        found = {
            "zoom": zoom,
            "first_x": (self.first_column << finer) // CELLS,
            "last_x": ((self.last_column + 1 << finer) - 1) // CELLS,
            "first_y": (self.first_row << finer) // CELLS,
            "last_y": ((self.last_row + 1 << finer) - 1) // CELLS,
        }
        if zoom == FIRST_ZOOM:  # below it the world is wide: the tiles of the city and those around them
            xmin, ymin, xmax, ymax = settings.CITY.extent
            first, last = grid.tile_at(xmin, ymax, zoom), grid.tile_at(xmax, ymin, zoom)
            found["first_x"], found["last_x"] = max(found["first_x"], first.x - 1), min(found["last_x"], last.x + 1)
            found["first_y"], found["last_y"] = max(found["first_y"], first.y - 1), min(found["last_y"], last.y + 1)
        return found

    def box(self) -> dict[str, float]:
        """The rectangle in degrees and one cell more: it only chooses what is looked at."""
        across = 2**self.level
        west, east = ((column / across * 360 - 180) for column in (self.first_column - 1, self.last_column + 2))
        north, south = (grid.lat_at(row, self.level) for row in (self.first_row - 1, self.last_row + 2))
        return {"west": max(-180.0, west), "south": south, "east": min(180.0, east), "north": north}


def cells_of_tile(tile: grid.Tile, asked: Asked) -> Cells:
    """The 64 × 64 cells of a tile that have reports; every report is in one cell of one tile."""
    level = tile.z + CELL_LEVELS
    area = Area(level, tile.x * CELLS, tile.x * CELLS + CELLS - 1, tile.y * CELLS, tile.y * CELLS + CELLS - 1)
    if not bins_answer(tile, asked):
        return _cells_from_reports(area, asked)
    return _cells_from_bins(area, _zoom_with_rows(max(tile.z, FIRST_ZOOM), asked, 1), asked)


def cells_around_tile(tile: grid.Tile, asked: Asked, ring: float) -> Cells:
    """Cells of a tile and of a ring around it (a share of its width): 64 across the tile or 32, from bins.

    Only where `bins_answer`.
    """
    zoom = _zoom_with_rows(max(tile.z, FIRST_ZOOM), asked, -1)
    level = min(tile.z, zoom) + CELL_LEVELS
    across = 2 ** (level - tile.z)
    margin = round(across * ring)
    first_column, first_row = tile.x * across - margin, tile.y * across - margin
    last = across + 2 * margin - 1
    area = Area(level, first_column, first_column + last, first_row, first_row + last)
    return _cells_from_bins(area, zoom, asked)


def area_cells(area: Area, asked: Asked) -> Cells:
    """The cells of any rectangle, from bins as fine as it needs; only where the bins are usable.

    The level of the area is 22 at most.
    """
    zoom = min(max(area.level - CELL_LEVELS, FIRST_ZOOM), LEAF_ZOOM)
    return _cells_from_bins(area, _zoom_with_rows(zoom, asked, 1), asked)


def bins_answer(tile: grid.Tile, asked: Asked) -> bool:
    """Whether there are bins for this tile, built by the rules in force."""
    return tile.z <= LEAF_ZOOM and bool(asked["version"].bins_are_usable)


def _zoom_with_rows(zoom: int, asked: Asked, otherwise: int) -> int:
    """The zoom, or the finer (1) or coarser (-1) one where it has no rows for the question."""
    return zoom if zoom in DETAIL_ZOOMS or _sums_answer(zoom, asked) else zoom + otherwise


def _sums_answer(zoom: int, asked: Asked) -> bool:
    """Whether rows of sums do: a whole status, of everything or, at some zooms, of services, of bodies or of days.

    Planners count sensitive services, too; sums do not.
    """
    public = asked["private_ids"] == list(asked["version"].private_ids)
    if not public or frozenset(asked["states"]) not in STATUS_SETS:
        return False
    ways = [asked["service_ids"] is not None, asked["body_ids"] is not None, _days_are_asked(asked)]
    return not any(ways) or (zoom in SUM_ZOOMS and sum(ways) == 1)


def _cells_from_bins(area: Area, zoom: int, asked: Asked) -> Cells:
    """From the rows of a zoom, with the changes that wait, in one statement."""
    runs = _runs_of_sums(asked) if _sums_answer(zoom, asked) else _runs_with_facets(asked)
    names = ("services", "bodies", "spans", "first_weeks", "last_weeks")
    parameters = {
        **fact_parameters(2**LEAF_LEVEL),
        **area.box(),
        **area.tiles(zoom),
        **{name: [run[place] for run in runs] for place, name in enumerate(names)},
        "body_ids": asked["body_ids"],
    }
    sums = _Sums(area, asked)
    summed: list[Row] = []
    detailed: list[Row] = []
    waiting = b""
    for x, y, span, week, packed in binary_rows(statement("bin_read.sql"), parameters):
        if x is None:
            waiting = packed or b""
        elif packed is not None:
            rows = detailed if whole_number(span) == WITH_FACETS else summed
            rows.append((whole_number(x), whole_number(y), whole_number(week), packed))
    if summed:
        sums.add_sums(summed, zoom + CELL_LEVELS)
    if detailed:
        sums.add_details(detailed, zoom + CELL_LEVELS)
    sums.add_facts(waiting, LEAF_LEVEL)
    return sums.cells()


def _cells_from_reports(area: Area, asked: Asked) -> Cells:
    """Counted from the reports: the cost grows with them."""
    parameters = {**asked, **fact_parameters(2**area.level), **area.box()}
    [[packed]] = binary_rows(statement("bin_count.sql"), parameters)
    sums = _Sums(area, asked)
    sums.add_facts(packed or b"", area.level)
    return sums.cells()


def _runs_of_sums(asked: Asked) -> list[Run]:
    """Where `_sums_answer`. Weeks that a first or last day cuts are read with their weekdays."""
    if asked["service_ids"] is not None:
        return [(service, ALL_BODIES, ALL_TIME, ALL_TIME, ALL_TIME) for service in _services_asked(asked)]
    if asked["body_ids"] is not None:
        return [(ALL_SERVICES, body, ALL_TIME, ALL_TIME, ALL_TIME) for body in asked["body_ids"]]
    if not _days_are_asked(asked):
        return [(ALL_SERVICES, ALL_BODIES, ALL_TIME, ALL_TIME, ALL_TIME)]
    first, last = _weeks_asked(asked)
    cut = _cut_weeks(asked)
    whole = spans_of_weeks(first + (first in cut), last - (last in cut))
    runs = [(WITH_FACETS, week, week) for week in cut] + list(whole)
    return [(ALL_SERVICES, ALL_BODIES, *run) for run in runs]


def _runs_with_facets(asked: Asked) -> list[Run]:
    """Weeks of all services, where days are asked; or services of all time."""
    if _days_are_asked(asked):
        return [(ALL_SERVICES, ALL_BODIES, WITH_FACETS, *_weeks_asked(asked))]
    return [(service, ALL_BODIES, WITH_FACETS, ALL_TIME, ALL_TIME) for service in _services_asked(asked)]


def _weeks_asked(asked: Asked) -> tuple[int, int]:
    """The weeks of the first and the last day."""
    first, last = asked["first_day_number"], asked["last_day_number"]
    return (FIRST_WEEK if first is None else first // 7), (LAST_WEEK if last is None else last // 7)


def _cut_weeks(asked: Asked) -> set[int]:
    """Weeks that a first or last day lies inside of: rows come by whole weeks."""
    first, last = asked["first_day_number"], asked["last_day_number"]
    edges = ([] if first is None else [first]) + ([] if last is None else [last + 1])
    return {edge // 7 for edge in edges if edge % 7}


def _services_asked(asked: Asked) -> list[int]:
    wanted = asked["service_ids"]
    if wanted is None:
        wanted = Service.objects.order_by().values_list("id", flat=True)
    return sorted(set(wanted) - set(asked["private_ids"]))


class _Sums:
    """Counts of every cell of an area, added up as rows and facts come in."""

    def __init__(self, area: Area, asked: Asked) -> None:
        self.area = area
        self.asked = asked
        self.counts = np.zeros(area.height * area.width * CLASSES, dtype=np.int64)

    def add_sums(self, rows: Sequence[Row], level: int) -> None:
        """Rows of sums, their cells of `level`; a whole status is chosen by its classes."""
        records = np.frombuffer(b"".join(packed for *_key, packed in rows), dtype=binning.SUM)
        place, count = records["place"].astype(np.intp), records["count"]
        if level != self.area.level or not self.area.is_one_tile:  # else its places are those of the rows
            cell, days_class = np.divmod(place, CLASSES)
            place = self._places(rows, cell, binning.SUM, level)
            inside = place >= 0
            place, count = (place * CLASSES + days_class)[inside], count[inside]
        summed = np.bincount(place, weights=count, minlength=len(self.counts)).astype(np.int64).reshape(-1, CLASSES)
        states = frozenset(self.asked["states"])
        if states == STATUS_SETS[1]:
            summed[:, 1:] = 0
        elif states == STATUS_SETS[2]:
            summed[:, 0] = 0
        self.counts += summed.ravel()

    def add_details(self, rows: Sequence[Row], level: int) -> None:
        """Rows with facets, of one service or one week each; weeks may be cut at their days."""
        records = np.frombuffer(b"".join(packed for *_key, packed in rows), dtype=binning.DETAIL)
        place = self._places(rows, records["cell"], binning.DETAIL, level)
        wanted = place >= 0
        if _cut_weeks(self.asked):
            week = np.repeat([week for _x, _y, week, _packed in rows], _lengths(rows, binning.DETAIL))
            wanted &= self._days_wanted(week * 7 + records["weekday"])
        place, records = place[wanted], records[wanted]
        facet = records["facet"].astype(np.intp)
        facets = facets_up_to(int(facet.max(initial=0)))
        days_class = np.where(facets.asked(self.asked), facets.days_class, -1)[facet]
        wanted = days_class >= 0
        self._add(place[wanted], days_class[wanted], records["count"][wanted])

    def add_facts(self, packed: bytes, level: int) -> None:
        """Facts, their cells of `level`."""
        facts = np.frombuffer(packed, dtype=binning.FACT)
        place, wanted = self._places_of(facts["column"].astype(np.int64), facts["row"].astype(np.int64), level)
        wanted &= is_asked(facts["service"], facts["body"], facts["state"], self.asked)
        wanted &= self._days_wanted(facts["day"])
        self._add(place[wanted], facts["class"][wanted] % IN_TIME, facts["sign"][wanted])

    def cells(self) -> Cells:
        """Those that have reports, row by row from the north-west."""
        counts = self.counts.reshape(-1, CLASSES)
        places = np.flatnonzero(counts.any(axis=1))
        area = self.area
        columns, rows = places % area.width + area.first_column, places // area.width + area.first_row
        return Cells(area.level, columns, rows, counts[places])

    def _places(self, rows: Sequence[Row], cells: NDArray[Any], dtype: np.dtype[Any], level: int) -> Numbers:
        """The place of each record's cell in the area, -1 outside; by a table of each tile's cells."""
        cell = np.arange(CELLS * CELLS)
        number = {tile: index for index, tile in enumerate(dict.fromkeys((x, y) for x, y, *_rest in rows))}
        tables = []
        for x, y in number:
            place, inside = self._places_of(x * CELLS + cell % CELLS, y * CELLS + cell // CELLS, level)
            tables.append(np.where(inside, place, -1))
        at = np.repeat([number[x, y] * len(cell) for x, y, *_rest in rows], _lengths(rows, dtype))
        places: Numbers = np.concatenate(tables)[at + cells]
        return places

    def _places_of(self, columns: Numbers, rows: Numbers, level: int) -> tuple[Numbers, NDArray[np.bool_]]:
        """Of cells of `level`, the place in the area, and whether it is in there at all."""
        area, finer = self.area, level - self.area.level
        right, down = (columns >> finer) - area.first_column, (rows >> finer) - area.first_row
        inside = (right >= 0) & (right < area.width) & (down >= 0) & (down < area.height)
        return down * area.width + right, inside

    def _days_wanted(self, days: NDArray[Any]) -> NDArray[np.bool_]:
        first, last = self.asked["first_day_number"], self.asked["last_day_number"]
        wanted = np.ones(len(days), dtype=bool)
        if first is not None:
            wanted &= days >= first
        if last is not None:
            wanted &= days <= last
        return wanted

    def _add(self, places: Numbers, days_class: NDArray[Any], change: NDArray[Any]) -> None:
        summed = np.bincount(places * CLASSES + days_class, weights=change, minlength=len(self.counts))
        self.counts += summed.astype(np.int64)


def _lengths(rows: Sequence[Row], dtype: np.dtype[Any]) -> list[int]:
    return [len(packed) // dtype.itemsize for *_key, packed in rows]


def _days_are_asked(asked: Asked) -> bool:
    return asked["first_day_number"] is not None or asked["last_day_number"] is not None
