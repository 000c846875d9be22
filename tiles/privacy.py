"""How reports of sensitive services are merged before the public sees a number. Pure: no Django.

The squares of one service and quarter are disjoint and hold at least `MIN_COUNT`
reports each. Everything that is public about these reports is computed from such
squares alone, whole ones (docs/tiles.md has the argument).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

MIN_COUNT = 5
ROOT_ZOOM = 10
"""Squares are split from zoom 10 (39 km at the equator): a few far reports coarsen only their own root."""
FINEST_ZOOM = 17
"""The cells of `issues.privacy.COARSE_CELL_ZOOM`: the public point knows no more."""
GRACE = timedelta(days=14)
"""A quarter is published two weeks after its end: late corrections and imports are in by then."""

Square = tuple[int, int, int]
"""`zoom, x, y` of a Web Mercator square."""


def merged_squares(cells: Iterable[tuple[int, int]]) -> dict[Square, int]:
    """Counts of disjoint squares for reports in `cells` (x, y of `FINEST_ZOOM`, one for each report).

    A square is split into its four quarters if each of them is empty or has the
    minimum, so that a square never tells that a quarter of it has less. Roots
    with less than the minimum are left out.
    """
    levels = {FINEST_ZOOM: Counter(cells)}
    for zoom in range(FINEST_ZOOM - 1, ROOT_ZOOM - 1, -1):
        above: Counter[tuple[int, int]] = Counter()
        for (x, y), count in levels[zoom + 1].items():
            above[x // 2, y // 2] += count
        levels[zoom] = above
    found: dict[Square, int] = {}
    waiting = [(ROOT_ZOOM, x, y) for (x, y), count in levels[ROOT_ZOOM].items() if count >= MIN_COUNT]
    while waiting:
        zoom, x, y = waiting.pop()
        quarters = [] if zoom == FINEST_ZOOM else _quarters(levels[zoom + 1], x, y)
        if quarters and all(count >= MIN_COUNT for _place, count in quarters):
            waiting += [(zoom + 1, *place) for place, _count in quarters]
        else:
            found[zoom, x, y] = levels[zoom][x, y]
    return found


def first_day_of_quarter(day: date) -> date:
    """The first day of the calendar quarter that holds `day`."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def quarter_after(quarter: date) -> date:
    """The first day of the quarter after the one that begins on `quarter`."""
    return first_day_of_quarter(quarter + timedelta(days=100))


def is_finished(quarter: date, today: date) -> bool:
    """Whether the quarter that begins on `quarter` may be published."""
    return quarter_after(quarter) + GRACE <= today


def _quarters(counts: Counter[tuple[int, int]], x: int, y: int) -> list[tuple[tuple[int, int], int]]:
    """The quarters of a square that are not empty."""
    places = [(2 * x + right, 2 * y + down) for right in (0, 1) for down in (0, 1)]
    return [(place, counts[place]) for place in places if place in counts]
