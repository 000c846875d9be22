"""Counts of reports in cells, for any question: from bins and what waits for them, or from the reports."""

from geo import grid
from geo.binary_rows import binary_rows, whole_number
from issues.models import Service
from tiles.binning import (
    ALL_BODIES,
    ALL_SERVICES,
    ALL_TIME,
    CELL_LEVELS,
    CELLS,
    DETAIL_ZOOMS,
    FIRST_ZOOM,
    LEAF_LEVEL,
    LEAF_ZOOM,
    SUM_ZOOMS,
    WITH_FACETS,
    spans_of_days,
)
from tiles.rules import fact_parameters
from tiles.selectors.cell_sums import STATUS_SETS, Area, Asked, Cells, CellSums, Row
from tiles.statements import statement

FIRST_WEEK, LAST_WEEK = -32768, 32767
"""Centuries before and behind any report; whole spans of the longest kind lie between."""

Run = tuple[int, int, int, int, int]
"""Rows to read: service, body, span, first and last week or number of a span."""


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
    sums = CellSums(area, asked)
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
    sums = CellSums(area, asked)
    sums.add_facts(packed or b"", area.level)
    return sums.cells()


def _runs_of_sums(asked: Asked) -> list[Run]:
    """Where `_sums_answer`."""
    if asked["service_ids"] is not None:
        return [(service, ALL_BODIES, ALL_TIME, ALL_TIME, ALL_TIME) for service in _services_asked(asked)]
    if asked["body_ids"] is not None:
        return [(ALL_SERVICES, body, ALL_TIME, ALL_TIME, ALL_TIME) for body in asked["body_ids"]]
    if not _days_are_asked(asked):
        return [(ALL_SERVICES, ALL_BODIES, ALL_TIME, ALL_TIME, ALL_TIME)]
    first, last = asked["first_day_number"], asked["last_day_number"]
    days = (FIRST_WEEK * 7 if first is None else first), (LAST_WEEK * 7 + 6 if last is None else last)
    return [(ALL_SERVICES, ALL_BODIES, *run) for run in spans_of_days(*days)]


def _runs_with_facets(asked: Asked) -> list[Run]:
    """Weeks of all services, where days are asked; or services of all time."""
    if _days_are_asked(asked):
        return [(ALL_SERVICES, ALL_BODIES, WITH_FACETS, *_weeks_asked(asked))]
    return [(service, ALL_BODIES, WITH_FACETS, ALL_TIME, ALL_TIME) for service in _services_asked(asked)]


def _weeks_asked(asked: Asked) -> tuple[int, int]:
    """The weeks of the first and the last day."""
    first, last = asked["first_day_number"], asked["last_day_number"]
    return (FIRST_WEEK if first is None else first // 7), (LAST_WEEK if last is None else last // 7)


def _services_asked(asked: Asked) -> list[int]:
    wanted = asked["service_ids"]
    if wanted is None:
        wanted = Service.objects.order_by().values_list("id", flat=True)
    return sorted(set(wanted) - set(asked["private_ids"]))


def _days_are_asked(asked: Asked) -> bool:
    return asked["first_day_number"] is not None or asked["last_day_number"] is not None
