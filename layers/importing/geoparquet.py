"""Reads GeoParquet (version 1): a row that cannot be used is named, a file that is none is refused.

Geopandas decodes all shapes at once and ends with errors of five libraries.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from django.utils.translation import gettext_noop as _
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.sentences import Sentence
from layers.errors import FileUnreadable
from layers.importing.features import RawBatch, from_wkb, refusal

PANDAS_INDEX = "__index_level_"
"""How the columns begin in which pandas keeps its row numbers."""
UNDECLARED_CRS = "OGC:CRS84"
"""What a column's metadata mean that leave `crs` out."""


def declared_crs(path: Path) -> str | None:
    """The CRS of the file's places as WKT; None where it says that it knows none, or says nothing that is one."""
    said = _geometry_column(path)[1].get("crs", UNDECLARED_CRS)
    try:
        return CRS.from_user_input(said).to_wkt() if said else None
    except (CRSError, TypeError):
        return None


def read(path: Path) -> Iterator[RawBatch]:
    """All rows at once."""
    name, described = _geometry_column(path)
    try:
        if described.get("encoding") != "WKB":
            yield _native(path)
            return
        content = pq.read_table(path)
        names = [each for each in content.column_names if each != name and not each.startswith(PANDAS_INDEX)]
        table = content.select(names).to_pandas(ignore_metadata=True)
        shapes = content.column(name)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileUnreadable(refusal(path.name, error, path)) from None
    if not (pa.types.is_binary(shapes.type) or pa.types.is_large_binary(shapes.type)):
        raise _invalid(path)
    rows = np.arange(1, len(table) + 1)
    geometries, unreadable = from_wkb(rows, shapes.to_numpy())
    yield RawBatch(rows, table, geometries, unreadable)


def _native(path: Path) -> RawBatch:
    """A file whose shapes are lists of numbers."""
    try:
        frame = gpd.read_parquet(path)
    except (TypeError, AttributeError, KeyError, NotImplementedError, CRSError):  # its column holds something else
        raise _invalid(path) from None
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name)).reset_index(drop=True)
    return RawBatch(np.arange(1, len(frame) + 1), table, frame.geometry.to_numpy(), {})


def _geometry_column(path: Path) -> tuple[str, dict[str, Any]]:
    """The name of the column with the places, and what the file's metadata say of it."""
    try:
        schema = pq.read_schema(path)
        said = json.loads((schema.metadata or {}).get(b"geo", b"null"))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileUnreadable(refusal(path.name, error, path)) from None
    name = said.get("primary_column") if isinstance(said, dict) else None
    columns = said.get("columns") if isinstance(said, dict) else None
    described = columns.get(name) if isinstance(columns, dict) and isinstance(name, str) else None
    if not isinstance(described, dict) or schema.names.count(name) != 1:
        raise _invalid(path)
    return str(name), described


def _invalid(path: Path) -> FileUnreadable:
    text = _("%(file)s does not say, as GeoParquet does, which column holds the places and how. Save it again.")
    return FileUnreadable(Sentence(text, {"file": path.name}))
