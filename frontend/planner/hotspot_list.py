"""Computed hotspots as a table: each cell with its place and its sentence."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from frontend.planner.tables import Column, Row, Table
from frontend.planner.words import cell_words, pattern_name
from geo.translation import localized
from layers.selectors.places import describe_place
from tiles.models import HotspotCell, HotspotLayer
from tiles.selectors.hotspots import NOT_HOT, hot_cells

MOST_CELLS_LISTED = 50


def hotspot_table(layer: HotspotLayer, limit: int | None = MOST_CELLS_LISTED) -> Table:
    """The significant cells of a computed layer, each with its sentence."""
    return _table(layer, hot_cells(layer)[:limit] if limit else hot_cells(layer))


def hotspot_places(layer: HotspotLayer) -> Table:
    """All cells of a computed layer, as its map shows them; only the significant ones are described."""
    return _table(layer, [*hot_cells(layer), *layer.cells.filter(pattern__in=NOT_HOT).order_by("id")])


def _table(layer: HotspotLayer, cells: Iterable[HotspotCell]) -> Table:
    return Table(
        "hotspots",
        _("Hotspots"),
        [
            Column("pattern_name", _("Class")),
            Column("place", _("Place")),
            Column("reading", _("In words")),
        ],
        [
            Row(
                {
                    "id": cell.pk,
                    "pattern": cell.pattern,
                    "pattern_name": pattern_name(cell.pattern),
                    "count": cell.count,
                    "around_count": cell.around_count,
                    "expected": cell.expected,
                    "z": cell.z,
                    "p": cell.p,
                    "q": cell.q,
                    "place": None if cell.pattern in NOT_HOT else place_of(cell),
                    "reading": cell_words(layer, cell),
                },
                geometry=cell.geom,
                look=cell.pattern,
            )
            for cell in cells
        ],
    )


def place_of(cell: HotspotCell) -> str:
    """The middle of a cell in words, else its coordinates."""
    middle = cell.geom.centroid
    return localized(describe_place(middle.x, middle.y, exact=True)) or f"{middle.y:.5f}, {middle.x:.5f}"
