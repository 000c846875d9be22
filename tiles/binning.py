"""Bins as arrays: from facts about reports to packed rows, and back. Pure: numpy, no Django.

A *fact* is one report, or one that is taken away (`sign` -1). A *row* is all the
cells of one tile, in one of two layouts:

- *sums*: per cell and class the reports that the public may see. Of all of them for
  all time, at every zoom; at `SUM_ZOOMS`, where rows are long, also of one service,
  of one body, and of so many days (`SPANS`);
- with *facets* (`WITH_FACETS`), of one service for all time, or of one week: per
  cell, weekday and facet a count. A facet is what can be filtered: service, body,
  state, class. The weeks are there for the whole world as one cell, too, without
  weekday (`WORLD_ZOOM`): what figures of the whole city are summed from.

Classes: 0 open; 1 to 8 closed, by how long it took (`DAYS_OF_CLASS`); in a facet
with `IN_TIME` added where it was closed by its due date.
Records of a row are sorted and have no zero counts, so that equal content is
equal bytes: that is how a recount is compared.
"""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CELLS = 64
CELL_LEVELS = 6
"""64 cells across a tile: the cells of zoom z are the tiles of z + 6."""
LEAF_ZOOM = 16
"""Tiles beyond it hold few reports: those are counted from the reports themselves."""
LEAF_LEVEL = LEAF_ZOOM + CELL_LEVELS
FIRST_ZOOM = 8
TOTAL_ZOOMS = range(FIRST_ZOOM, LEAF_ZOOM + 1)
SUM_ZOOMS = range(FIRST_ZOOM, 12)
"""Beyond them a week is a few hundred records of 20 million reports, and twice the rows would be."""
DETAIL_ZOOMS = (8, 9, 10, 12, 14, 16)
"""Between them the finer zoom is read: four rows, and half the disk and half the folding. At 9 four rows would
hold the whole city."""

WORLD_ZOOM = -CELL_LEVELS
"""The zoom whose one tile has one cell, and that is the world."""
DETAIL_PARTS = (
    *((zoom, by_week) for zoom in DETAIL_ZOOMS for by_week in (False, True)),
    (WORLD_ZOOM, True),
)
"""All rows with facets: their zoom, and whether they are of weeks or of services."""
SPANS = (1, 7, 28, 112, 448, 1792)
"""Days in a row of sums: days, weeks, and each four of those before. Any days are six of them and three rows of each
other span at either end, and the longest ones between. They begin on Monday 3 January 2000."""
LAYOUT = 4
"""Of the rows; bins of another layout are not used and recounted."""

CLASSES = 9
IN_TIME = 16
DAYS_OF_CLASS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Lower ends of classes 1 to 8, in days from report to closing."""

ALL_SERVICES = ALL_BODIES = 0
ALL_TIME = -32768
WITH_FACETS = 0
"""Instead of a span."""
SUM_PARTS = (
    *((zoom, "", ALL_TIME) for zoom in TOTAL_ZOOMS),
    *((zoom, "", span) for zoom in SUM_ZOOMS for span in SPANS),
    *((zoom, by, ALL_TIME) for zoom in SUM_ZOOMS for by in ("service", "body")),
)
"""All rows of sums: their zoom, what each is of one of, their days."""

FACT = np.dtype(
    [
        ("column", ">i4"),
        ("row", ">i4"),
        ("service", ">i4"),
        ("body", ">i4"),
        ("state", ">i2"),
        ("class", ">i2"),
        ("day", ">i4"),
        ("sign", ">i2"),
    ]
)
"""As `sql/bin_facts.sql` sends it: cell of the asked level, ids (body 0: none), state as its
place in the list of states, class, days since Monday 3 January 2000, sign."""

SUM = np.dtype([("place", "<u2"), ("count", "<i4")])
"""A place is a cell and a class: cell * CLASSES + class."""
DETAIL = np.dtype([("cell", "<u2"), ("weekday", "u1"), ("facet", "<u4"), ("count", "<i4")])

Facts = NDArray[np.void]
Counts = NDArray[np.int64]


class RowKey(NamedTuple):
    """Which row: of a service or `ALL_SERVICES`, a body or `ALL_BODIES`, and some time.

    `span` is `WITH_FACETS`, or for sums their days, `ALL_TIME` or one of `SPANS`. `week` is
    `ALL_TIME`, or a week with facets since 3 January 2000, or the number of the span since then.
    """

    zoom: int
    x: int
    y: int
    service: int
    body: int
    span: int
    week: int


def sum_rows(facts: Facts, zoom: int, by: str, span: int) -> Iterator[tuple[RowKey, bytes]]:
    """Sums of public `facts` (cells of level `LEAF_LEVEL`) in the tiles of `zoom`, sorted; zero changes left out.

    `by` is "service", "body" (those that have one) or "", which may come with a `span`.
    """
    if by == "body":
        facts = facts[facts["body"] != ALL_BODIES]
    x, y, cell = _tiles_and_cells(facts, zoom)
    place = cell * CLASSES + facts["class"] % IN_TIME
    if by:
        part = facts[by].astype(np.int64)
    else:
        part = facts["day"].astype(np.int64) // span if span != ALL_TIME else np.full(len(facts), ALL_TIME)
    [x, y, part, place], change = _summed([x, y, part, place], facts["sign"])
    records = np.empty(len(x), dtype=SUM)
    records["place"], records["count"] = place, change
    for first, last in _spans(x, y, part):
        name = int(part[first])
        service, body = (name if by == "service" else ALL_SERVICES), (name if by == "body" else ALL_BODIES)
        key = RowKey(zoom, int(x[first]), int(y[first]), service, body, span, ALL_TIME if by else name)
        yield key, records[first:last].tobytes()


def detail_rows(facts: Facts, facets: NDArray[np.int64], zoom: int, *, by_week: bool) -> Iterator[tuple[RowKey, bytes]]:
    """As `sum_rows`, with facets, for one service each and all time, or for all services and one week each.

    `facets` are the facts' facets, in their order.
    """
    x, y, cell = _tiles_and_cells(facts, zoom)
    day = facts["day"].astype(np.int64)
    part = day // 7 if by_week else facts["service"].astype(np.int64)
    weekday = day % 7 if by_week and zoom != WORLD_ZOOM else np.zeros(len(facts), dtype=np.int64)
    [x, y, part, cell, weekday, facets], change = _summed([x, y, part, cell, weekday, facets], facts["sign"])
    records = np.empty(len(x), dtype=DETAIL)
    records["cell"], records["weekday"], records["facet"], records["count"] = cell, weekday, facets, change
    for first, last in _spans(x, y, part):
        name = int(part[first])
        service, week = (ALL_SERVICES, name) if by_week else (name, ALL_TIME)
        key = RowKey(zoom, int(x[first]), int(y[first]), service, ALL_BODIES, WITH_FACETS, week)
        yield key, records[first:last].tobytes()


def merged(key: RowKey, stored: bytes, change: bytes) -> bytes:
    """The row after the change, b"" when nothing is left of it."""
    return _merged_details(stored, change) if key.span == WITH_FACETS else _merged_sums(stored, change)


def spans_of_days(first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """Span, and numbers of the first and last one: the rows of sums that are just the days `first` to `last`.

    Days count from 3 January 2000. Nothing where `last` is before `first`.
    """
    for span, wider in itertools.pairwise((*SPANS, 0)):
        across = wider // span
        inner_first, inner_end = (-(-first // across), (last + 1) // across) if wider else (0, 0)
        if inner_first >= inner_end:  # no wider span fits between
            if first <= last:
                yield span, first, last
            return
        if first < inner_first * across:
            yield span, first, inner_first * across - 1
        if last >= inner_end * across:
            yield span, inner_end * across, last
        first, last = inner_first, inner_end - 1


def median_days(closed: NDArray[np.int64]) -> NDArray[np.float64]:
    """About the median of days from report to closing.

    `closed` has shape (n, 8), counts of classes 1 to 8. Inside the median's class the
    reports are taken as evenly spread; 64 means 64 or more. NaN where nothing is closed.
    """
    ends = np.array([*DAYS_OF_CLASS[1:], DAYS_OF_CLASS[-1]])
    lows = np.array(DAYS_OF_CLASS)
    totals = closed.sum(axis=1)
    before = closed.cumsum(axis=1) - closed
    half = totals / 2
    # The first class in which half of them are reached.
    kind = np.argmax(before + closed >= np.maximum(half, 0.5)[:, None], axis=1)
    here = np.arange(len(closed))
    inside = (half - before[here, kind]) / np.maximum(closed[here, kind], 1)
    days: NDArray[np.float64] = np.where(totals > 0, lows[kind] + (ends - lows)[kind] * inside, np.nan)
    return days


def _tiles_and_cells(facts: Facts, zoom: int) -> tuple[Counts, Counts, Counts]:
    column = facts["column"].astype(np.int64) >> (LEAF_ZOOM - zoom)
    row = facts["row"].astype(np.int64) >> (LEAF_ZOOM - zoom)
    return column // CELLS, row // CELLS, row % CELLS * CELLS + column % CELLS


def _summed(columns: list[Counts], signs: NDArray[np.generic]) -> tuple[list[Counts], Counts]:
    """The distinct rows of `columns`, sorted, and the sum of the signs of each; rows that sum to 0 are left out.

    The columns are packed into one integer: sorting that is ten times faster than `lexsort`.
    """
    if not len(signs):
        return columns, np.zeros(0, dtype=np.int64)
    lows = [int(column.min()) for column in columns]
    bits = [int(column.max() - low).bit_length() for column, low in zip(columns, lows, strict=True)]
    if sum(bits) > 63:
        raise OverflowError("These bins span too much for one integer: some report lies far outside the city.")
    packed = np.zeros(len(signs), dtype=np.int64)
    for column, low, wide in zip(columns, lows, bits, strict=True):
        packed <<= wide
        packed |= column.astype(np.int64) - low
    if signs.min() == 1:  # a recount: no need to carry the signs through the sort
        packed.sort()
        starts = _starts(packed)
        change = _lengths(starts, len(packed))
        packed = packed[starts]
    else:
        order = np.argsort(packed, kind="stable")
        packed = packed[order]
        starts = _starts(packed)
        change = np.add.reduceat(signs[order].astype(np.int64), starts)
        packed, change = packed[starts][change != 0], change[change != 0]
    apart = []
    for low, wide in zip(reversed(lows), reversed(bits), strict=True):
        apart.append((packed & ((1 << wide) - 1)) + low)
        packed = packed >> wide
    return apart[::-1], change


def _starts(*columns: NDArray[np.int64]) -> NDArray[np.intp]:
    """Where a new value begins in sorted columns."""
    if not len(columns[0]):
        return np.zeros(0, dtype=np.intp)
    differs = np.zeros(len(columns[0]), dtype=bool)
    differs[0] = True
    for column in columns:
        differs[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(differs)


def _lengths(starts: NDArray[np.intp], total: int) -> Counts:
    return np.diff(np.append(starts, total)).astype(np.int64)


def _spans(*columns: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """First and behind-last index of each run of equal values."""
    starts = [*_starts(*columns).tolist(), len(columns[0])]
    return itertools.pairwise(starts)


def _merged_sums(stored: bytes, change: bytes) -> bytes:
    both = np.concatenate([np.frombuffer(stored, dtype=SUM), np.frombuffer(change, dtype=SUM)])
    count = np.bincount(both["place"], weights=both["count"]).astype(np.int64)
    [places] = np.nonzero(count)
    sums = np.empty(len(places), dtype=SUM)
    sums["place"], sums["count"] = places, count[places]
    return sums.tobytes()


def _merged_details(stored: bytes, change: bytes) -> bytes:
    both = np.concatenate([np.frombuffer(stored, dtype=DETAIL), np.frombuffer(change, dtype=DETAIL)])
    names = both["cell"].astype(np.int64) << 40 | both["weekday"].astype(np.int64) << 36 | both["facet"]
    order = np.argsort(names, kind="stable")
    both, starts = both[order], _starts(names[order])
    sums = both[starts].copy()
    sums["count"] = np.add.reduceat(both["count"], starts) if len(both) else 0
    return sums[sums["count"] != 0].tobytes()
