"""Layers and asset classes as tables with geometry: one row an area or a thing, EPSG:4326.

The columns say where each row comes from and under which licence, because a
file that leaves the house is read without us.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from django.utils import timezone

from geo.city import Names
from layers.models import AssetClass, Layer
from layers.selectors.assets import assets_on
from layers.selectors.boundaries import boundaries_on

CRS = "EPSG:4326"


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
    return _frame(columns, [boundary.geom for boundary in rows])


def asset_frame(asset_class: AssetClass, day: date | None = None, known_at: datetime | None = None) -> gpd.GeoDataFrame:
    """The things of `asset_class` that stood there on `day` (today), by their id at the source.

    Columns: asset_class, external_id, name_<language>, owner,
    owner_name_<language>, valid_from, valid_to, source, geometry (of any type).
    `known_at` as for `layer_frame`.
    """
    rows = assets_on(day or timezone.localdate(), known_at, classes=[asset_class.slug])
    columns: dict[str, Any] = {
        "asset_class": [asset_class.slug] * len(rows),
        "external_id": [state.asset.external_id for state in rows],
        **_by_language("name", [state.asset.names for state in rows]),
        "owner": [state.owner.slug for state in rows],
        **_by_language("owner_name", [state.owner.names for state in rows]),
        "valid_from": _days(state.valid_from for state in rows),
        "valid_to": _days(state.valid_to for state in rows),
        "source": [state.source for state in rows],
    }
    return _frame(columns, [state.geom for state in rows])


def _frame(columns: Mapping[str, Any], geometries: Iterable[Any]) -> gpd.GeoDataFrame:
    shapes = list(shapely.from_wkb([bytes(geometry.wkb) for geometry in geometries]))
    return gpd.GeoDataFrame(pd.DataFrame(columns, dtype="str"), geometry=gpd.GeoSeries(shapes, crs=CRS), crs=CRS)


def _by_language(prefix: str, names: list[Names]) -> dict[str, list[str | None]]:
    """A column for each language that any of `names` has; "-" becomes "_" (zh-hans: name_zh_hans)."""
    languages = sorted({language for found in names for language in found} or {"en"})
    return {
        f"{prefix}_{language.replace('-', '_')}": [found.get(language) for found in names] for language in languages
    }


def _days(days: Iterable[date | None]) -> list[str | None]:
    """Days as ISO text: GeoJSON has no dates, and every format then has the same."""
    return [day.isoformat() if day else None for day in days]
