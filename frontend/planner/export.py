"""What the planner sees as a file: CSV, GeoJSON, GeoPackage, GeoParquet."""

import csv
import io
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from frontend.planner.areas import area_answer
from frontend.planner.comparison import compare_table
from frontend.planner.deadlines import deadline_table
from frontend.planner.hotspot_list import hotspot_places, hotspot_table
from frontend.planner.overview import overview_table
from frontend.planner.places import PLACES
from frontend.planner.question import PlannerQuestion
from frontend.planner.tables import Table
from geo.errors import CityPinError
from layers.models import Layer
from layers.services.formats import FORMATS
from tiles.models import HotspotLayer

CSV_TYPE = "text/csv; charset=utf-8"
BOM = "\ufeff"
"""Excel takes UTF-8 for what it is only with it."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ExportImpossible(CityPinError):
    """The view has no such file: it shows no places, or no layer is chosen."""

    code = "export_impossible"


TABLES: dict[str, Callable[[PlannerQuestion], Table]] = {
    "time": overview_table,
    "deadlines": deadline_table,
    "compare": compare_table,
}


def table_of(asked: PlannerQuestion, layer: Layer | None, hotspots: HotspotLayer | None, *, places: bool) -> Table:
    """What the view shows as a table; with `places`, what its map shows."""
    if asked.view == "areas" and layer:
        return area_answer(asked, layer).table
    if asked.view == "hotspots" and hotspots:
        return hotspot_places(hotspots) if places else hotspot_table(hotspots, limit=None)
    answers = PLACES if places else TABLES
    if asked.view not in answers:
        raise ExportImpossible(_("There is nothing to export yet: choose a layer first."))
    return answers[asked.view](asked)


def picture_table(asked: PlannerQuestion, layer: Layer | None, hotspots: HotspotLayer | None) -> Table:
    """What a picture of the view draws: its map where the answer is one, else its table as bars."""
    return table_of(asked, layer, hotspots, places=asked.view in ("time", "areas", "hotspots"))


def as_csv(table: Table) -> bytes:
    """Raw numbers with the column keys as head: for programs, and for Excel."""
    out = io.StringIO()
    writer = csv.writer(out)
    keys = _keys(table)
    writer.writerow(keys)
    for row in table.rows:
        writer.writerow([_safe(row.values.get(key)) for key in keys])
    return (BOM + out.getvalue()).encode()


def as_geodata(table: Table, ending: str) -> bytes:
    """The rows as features in one of `layers.services.formats`; ExportImpossible where rows are no places."""
    if not table.has_geometry:
        raise ExportImpossible(_("Nothing in this answer is a place: export it as CSV, or ask for more."))
    import geopandas as gpd  # 0.7 s, which pages must not pay
    import pandas as pd
    import shapely

    from layers.services.export_layer import write_frame

    keys = _keys(table)
    columns = {key: [_plain(row.values.get(key)) for row in table.rows] for key in keys}
    shapes = shapely.from_wkb([bytes(row.geometry.wkb) if row.geometry else None for row in table.rows])
    frame = gpd.GeoDataFrame(pd.DataFrame(columns), geometry=gpd.GeoSeries(shapes, crs="EPSG:4326"), crs="EPSG:4326")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{table.name}.{FORMATS[ending].ending}"
        write_frame(frame, path, table.name)
        return path.read_bytes()


def _keys(table: Table) -> list[str]:
    """Every value there is: what is shown first, then what only files have, such as ids and q."""
    shown = [column.key for column in table.columns]
    return list(dict.fromkeys([*shown, *(key for row in table.rows for key in row.values)]))


def _safe(value: object) -> object:
    """Texts that a spreadsheet would run as a formula begin with an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
