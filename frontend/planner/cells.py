"""The map of the time view: reports in square cells that hang on the Web Mercator grid, as fine as the zoom."""

from django.conf import settings
from django.contrib.gis.geos import Polygon
from django.utils.translation import gettext as _

from frontend.planner.question import PlannerQuestion
from frontend.planner.tables import Column, Row, Table
from geo.grid import Extent, Tile, tile_extent
from tiles.selectors import planner_counts

FINER_ZOOMS = 5
"""A cell is the tile of five zooms on: 8 px of a 256 px tile."""
LEAST_ZOOM, MOST_ZOOM = 8, 17
EXPORT_ZOOM = 12
"""Cells of 8 px at zoom 12: about 230 m in New York."""


def cells_in_view(asked: PlannerQuestion, extent: Extent, zoom: int) -> list[tuple[int, ...]]:
    """`(column, row, count)` of the cells in a view."""
    return planner_counts.cells(asked.filter(), extent, zoom + FINER_ZOOMS)


def cell_table(asked: PlannerQuestion, zoom: int = EXPORT_ZOOM) -> Table:
    """All cells of the city with reports, as shapes."""
    found = cells_in_view(asked, settings.CITY.extent, zoom)
    rows = []
    for column, row, count in found:
        shape = Polygon.from_bbox(tile_extent(Tile(zoom + FINER_ZOOMS, column, row)))
        shape.srid = 4326
        rows.append(Row({"column": column, "row": row, "count": count}, geometry=shape))
    columns = [Column("column", "x"), Column("row", "y"), Column("count", _("Reports"), "number")]
    return Table("cells", _("Reports in cells"), columns, rows)
