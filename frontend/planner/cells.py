"""The map of the time view: reports in square cells that hang on the Web Mercator grid, as fine as the zoom."""

from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Polygon
from django.utils.translation import gettext as _

from frontend.heat_scale import class_bounds, pixel_side_km
from frontend.planner.question import PlannerQuestion
from frontend.planner.tables import Column, Row, Table
from geo.grid import Extent, Tile, tile_extent
from issues.selectors.planner import DAYS_IN_MONTH
from issues.selectors.planner_areas import area_km2
from tiles.selectors import planner_counts

FINER_ZOOMS = 5
"""A cell is the tile of five zooms on: 8 px of a 256 px tile."""
LEAST_ZOOM, MOST_ZOOM = 8, 17
CELL_PX = 256 >> FINER_ZOOMS


def cells_in_view(asked: PlannerQuestion, extent: Extent, zoom: int) -> list[tuple[int, ...]]:
    """`(column, row, count)` of the cells in a view; of a comparison `(column, row, first, second)`."""
    first = planner_counts.cells(asked.filter(), extent, zoom + FINER_ZOOMS)
    if asked.view != "compare":
        return first
    second = planner_counts.cells(asked.other_filter(), extent, zoom + FINER_ZOOMS)
    sides = [{(column, row): count for column, row, count in side} for side in (first, second)]
    return [(*cell, *(side.get(cell, 0) for side in sides)) for cell in sorted({*sides[0], *sides[1]})]


def cell_bounds(asked: PlannerQuestion, count: int) -> list[float]:
    """The classes of the cells' colours for a question with `count` reports, in reports per km² and month.

    Those of the zoom that the page opens with: one scale for a question, however near.
    """
    city, months = settings.CITY, asked.filter().days / DAYS_IN_MONTH
    mean = count / max(area_km2(asked.filter().area), 0.01) / months
    return class_bounds(mean, months, city.zoom, city.center[1], CELL_PX)


def cell_table(asked: PlannerQuestion) -> Table:
    """All cells of the city with reports, as shapes: those that the page opens with. Of two periods both counts."""
    city = settings.CITY
    days = {"": asked.filter().days}
    if asked.view == "compare":
        days = {"first_": asked.filter().days, "second_": asked.other_filter().days}
    cell_km2 = (CELL_PX * pixel_side_km(city.zoom, city.center[1])) ** 2
    rows = []
    for column, row, *counts in cells_in_view(asked, city.extent, city.zoom):
        shape = Polygon.from_bbox(tile_extent(Tile(city.zoom + FINER_ZOOMS, column, row)))
        shape.srid = 4326
        values: dict[str, Any] = {"column": column, "row": row}
        for (side, length), count in zip(days.items(), counts, strict=True):
            values[f"{side}count"] = count
            values[f"{side}density"] = round(count * DAYS_IN_MONTH / length / cell_km2, 3)
        rows.append(Row(values, geometry=shape))
    columns = [Column("column", "x"), Column("row", "y")]
    for side in days:
        columns.append(Column(f"{side}count", _("Reports"), "number"))
        columns.append(Column(f"{side}density", _("Reports per km² and month"), "number"))
    return Table("cells", _("Reports in cells"), columns, rows)
