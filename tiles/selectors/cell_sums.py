"""Adds rows of bins, and reports one by one, up to counts in the cells of an area."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from geo import grid
from tiles import binning
from tiles.binning import CELL_LEVELS, CELLS, CLASSES, FIRST_ZOOM, IN_TIME
from tiles.rules import CLOSED_STATES, OPEN_STATES, PUBLIC_STATES
from tiles.selectors.facets import facets_up_to, is_asked

STATUS_SETS = (frozenset(PUBLIC_STATES), frozenset(OPEN_STATES), frozenset(CLOSED_STATES))
Numbers = NDArray[np.int64]
Asked = Mapping[str, Any]
"""`ReportQuestion.parameters()`."""
Row = tuple[int, int, int, bytes]
"""x, y and week of a row of bins, and its packed cells."""


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


class CellSums:
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
            place = self._places(rows, _row_of_each(rows, binning.SUM), cell, level)
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
        facet = records["facet"].astype(np.intp)
        facets = facets_up_to(int(facet.max()))
        days_class = np.where(facets.asked(self.asked), facets.days_class, -1)[facet]
        # Often few of them: only those are looked at closer. (Taking whole records would cost more than their parts.)
        wanted = np.flatnonzero(days_class >= 0)
        row = _row_of_each(rows, binning.DETAIL)[wanted]
        place = self._places(rows, row, records["cell"][wanted], level)
        inside = place >= 0
        if cut_weeks(self.asked):
            week = np.array([week for _x, _y, week, _packed in rows])
            inside &= self._days_wanted(week[row] * 7 + records["weekday"][wanted])
        wanted = wanted[inside]
        self._add(place[inside], days_class[wanted], records["count"][wanted])

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

    def _places(self, rows: Sequence[Row], row: Numbers, cell: NDArray[Any], level: int) -> Numbers:
        """The place in the area of cells of numbered rows, -1 outside; by a table of each tile's cells."""
        cells = np.arange(CELLS * CELLS)
        number = {tile: index for index, tile in enumerate(dict.fromkeys((x, y) for x, y, *_rest in rows))}
        tables = []
        for x, y in number:
            place, inside = self._places_of(x * CELLS + cells % CELLS, y * CELLS + cells // CELLS, level)
            tables.append(np.where(inside, place, -1))
        table = np.array([number[x, y] for x, y, *_rest in rows])
        places: Numbers = np.concatenate(tables)[table[row] * len(cells) + cell]
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


def cut_weeks(asked: Asked) -> set[int]:
    """Weeks that a first or last day lies inside of: rows come by whole weeks."""
    first, last = asked["first_day_number"], asked["last_day_number"]
    edges = ([] if first is None else [first]) + ([] if last is None else [last + 1])
    return {edge // 7 for edge in edges if edge % 7}


def _row_of_each(rows: Sequence[Row], dtype: np.dtype[Any]) -> Numbers:
    """For each record of all rows, the number of its row."""
    return np.repeat(np.arange(len(rows)), [len(packed) // dtype.itemsize for *_key, packed in rows])
