"""Places as files write them: two columns of numbers, or one of points (WKT, EWKT, WKB), in any numbered system."""

import re

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from issues.errors import HistoryInvalid
from issues.memory.history import Floats

DEGREES = 4326
PREFIX = re.compile(r"^SRID=\d+;", re.IGNORECASE)
HEX = re.compile(r"[0-9A-Fa-f]{42,}")
DECIMAL_COMMA = re.compile(r"^\s*[+-]?\d+,\d+\s*$")


def numbers(column: pd.Series) -> Floats:
    """(n,) the cells as numbers, NaN where a cell is none. A decimal comma is one where a comma stands alone."""
    if not pd.api.types.is_numeric_dtype(column):
        text = column.astype("string").fillna("")
        comma = text.str.match(DECIMAL_COMMA).to_numpy(dtype=bool)
        column = text.where(~comma, text.str.replace(",", "."))
    found: Floats = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return found


def points(column: pd.Series) -> tuple[Floats, Floats]:
    """(n,) x and y of a column of points: WKT, EWKT, WKB as bytes or hexadecimal; NaN where a cell is none.

    Of a line or an area its middle.
    """
    cells = column.to_numpy(dtype=object)
    is_bytes = any(isinstance(cell, bytes | bytearray) for cell in cells[:100])
    if is_bytes:
        shapes = shapely.from_wkb([bytes(cell) if cell is not None else None for cell in cells], on_invalid="ignore")
    else:
        text = [PREFIX.sub("", str(cell).strip()) for cell in cells]
        hexadecimal = sum(bool(HEX.fullmatch(cell)) for cell in text)
        read = shapely.from_wkb if hexadecimal > sum("(" in cell for cell in text) else shapely.from_wkt
        shapes = read([cell or None for cell in text], on_invalid="ignore")
    middle = shapely.centroid(shapes)
    return shapely.get_x(middle), shapely.get_y(middle)


def to_degrees(x: Floats, y: Floats, srid: int) -> tuple[Floats, Floats]:
    """Longitude and latitude of `x, y` in the system EPSG:`srid`; NaN where it has no place for a point.

    Raises
    ------
    HistoryInvalid
        There is no such system.
    """
    if srid == DEGREES:
        return x, y
    try:
        system = CRS.from_epsg(srid)
    except CRSError:
        raise HistoryInvalid(f"--srid {srid} is no system of coordinates: write its EPSG number, like 2263.") from None
    lon, lat = Transformer.from_crs(system, "EPSG:4326", always_xy=True).transform(x, y)
    return np.where(np.isfinite(lon), lon, np.nan), np.where(np.isfinite(lat), lat, np.nan)
