"""Layers and asset classes as tables with geometry: one row an area or a thing, EPSG:4326.

The columns say where each row comes from and under which licence, because a
file that leaves the house is read without us.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from django.db import connection

from geo import sql
from geo.city import Names
from layers.models import AssetClass, Body, Layer
from layers.selectors.boundaries import boundaries_on

CRS = "EPSG:4326"
SQL = Path(__file__).parent.parent / "sql"
BATCH = 20_000
"""Rows of things in memory at once."""


def layer_frame(layer: Layer, day: date, known_at: datetime | None = None) -> gpd.GeoDataFrame:
    """The areas of `layer` in force on `day`, by code.

    Columns: layer, code, name_<language> of each language that any area has,
    body, body_name_<language>, valid_from, valid_to, source, licence, geometry
    (multipolygons). No areas: no rows, all columns.

    Parameters
    ----------
    known_at
        As the records stood at that moment; None: as they stand now.
    """
    rows = list(boundaries_on(day, known_at, [layer.slug]))
    names = [boundary.jurisdiction.names for boundary in rows]
    body_names = [boundary.jurisdiction.body.names for boundary in rows]
    columns: dict[str, Any] = {
        "layer": [layer.slug] * len(rows),
        "code": [boundary.jurisdiction.code for boundary in rows],
        **_by_language("name", names),
        "body": [boundary.jurisdiction.body.slug for boundary in rows],
        **_by_language("body_name", body_names),
        "valid_from": _days(boundary.valid_from for boundary in rows),
        "valid_to": _days(boundary.valid_to for boundary in rows),
        "source": [boundary.source or layer.source for boundary in rows],
        "licence": [layer.licence] * len(rows),
    }
    return _frame(columns, shapely.from_wkb([bytes(boundary.geom.wkb) for boundary in rows]))


@dataclass(frozen=True)
class AssetTable:
    """The things of a class on a day as frames of one shape; `geometry_type` is "Unknown" where there are several."""

    geometry_type: str
    frames: Iterator[gpd.GeoDataFrame]


def asset_table(asset_class: AssetClass, day: date, known_at: datetime | None = None) -> AssetTable:
    """The things of `asset_class` that stood there on `day`, by their id at the source, `BATCH` rows a frame.

    Columns: asset_class, external_id, name_<language>, owner,
    owner_name_<language>, valid_from, valid_to, source, geometry (of any type).
    No things: one frame without rows. `known_at` as for `layer_frame`.
    """
    [(languages, types)] = sql.rows(SQL / "asset_class_contents.sql", {"class_id": asset_class.pk})
    parameters = {"class_id": asset_class.pk, "day": day, "known_at": known_at}
    frames = _asset_frames(asset_class, sorted(languages) or ["en"], parameters)
    return AssetTable(types[0] if len(types) == 1 else "Unknown", frames)


def _asset_frames(
    asset_class: AssetClass, languages: list[str], parameters: Mapping[str, Any]
) -> Iterator[gpd.GeoDataFrame]:
    owners = {body.pk: body for body in Body.objects.all()}
    spoken = sorted({language for body in owners.values() for language in body.names})
    # A cursor of the server: a million things are never here at once.
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql.statement(SQL / "assets_on_day.sql"), parameters)
        rows = cursor.fetchmany(BATCH)
        while True:
            names = [json.loads(row[1]) if isinstance(row[1], str) else row[1] for row in rows]
            owned = [owners[row[2]] for row in rows]
            columns: dict[str, Any] = {
                "asset_class": [asset_class.slug] * len(rows),
                "external_id": [row[0] for row in rows],
                **_by_language("name", names, languages),
                "owner": [body.slug for body in owned],
                **_by_language("owner_name", [body.names for body in owned], spoken),
                "valid_from": _days(row[3] for row in rows),
                "valid_to": _days(row[4] for row in rows),
                "source": [row[5] for row in rows],
            }
            yield _frame(columns, shapely.from_wkb([bytes(row[6]) for row in rows]))
            rows = cursor.fetchmany(BATCH) if len(rows) == BATCH else []
            if not rows:
                return


def _frame(columns: Mapping[str, Any], shapes: Iterable[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(columns, dtype="str"), geometry=gpd.GeoSeries(list(shapes), crs=CRS), crs=CRS)


def _by_language(
    prefix: str, names: Sequence[Names], languages: Sequence[str] | None = None
) -> dict[str, list[str | None]]:
    """A column for each language, if not given for each that any of `names` has; "-" becomes "_" (name_zh_hans)."""
    if languages is None:
        languages = sorted({language for found in names for language in found} or {"en"})
    return {
        f"{prefix}_{language.replace('-', '_')}": [found.get(language) for found in names] for language in languages
    }


def _days(days: Iterable[date | None]) -> list[str | None]:
    """Days as ISO text: GeoJSON has no dates, and every format then has the same."""
    return [day.isoformat() if day else None for day in days]
