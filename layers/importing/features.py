"""Reads formats of geometries through GDAL: in steps, in one pass or at once, as the format allows."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import shapely
from django.contrib.gis.gdal import DataSource, GDALException
from django.utils.translation import gettext_noop as _
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from geo.sentences import Sentence
from layers.errors import FileUnreadable

SEEKABLE = {"GPKG", "ESRI Shapefile", "FlatGeobuf"}
"""GDAL finds their n-th feature at once, so pyogrio reads them in steps."""
ONE_PASS = {"GeoJSON", "GeoJSONSeq"}
"""Found only by reading all before it: read feature by feature, 25,000 a second. Other formats are read at once."""

Reason = Sentence | str
"""Why a row cannot be used: a sentence of ours, or what GEOS says in English."""


@dataclass(frozen=True)
class RawBatch:
    """Rows as the file has them: `geometries` in its own CRS, None where there is none or `unreadable` says why."""

    rows: np.ndarray
    table: pd.DataFrame
    geometries: np.ndarray
    unreadable: dict[int, Reason]


def read(
    address: str, layer: str | None, driver: str, count: int | None, encoding: str | None, size: int
) -> Iterator[RawBatch]:
    """The features of one layer in the order of the file; FileUnreadable if it breaks off."""
    name = Path(address).name
    try:
        if driver in SEEKABLE and count is not None:
            for start in range(0, count, size):
                yield _read_some(address, layer, encoding, start, size)
        elif driver in ONE_PASS:
            yield from _read_in_one_pass(address, layer, size)
        else:
            yield _read_some(address, layer, encoding, 0, None)
    except (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError, GDALException) as error:
        raise FileUnreadable(refusal(name, error)) from error
    except UnicodeDecodeError:
        words = {"file": name, "encoding": encoding or "UTF-8"}
        raise FileUnreadable(Sentence(_("%(file)s is not text in %(encoding)s."), words), needs="encoding") from None


def refusal(name: str, error: Exception, path: Path | None = None) -> Sentence:
    """GDAL's message as one sentence that names the file and, told its `path`, not its folder."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "not recognized as being in a supported file format" in text:
        return Sentence(_("%(file)s is damaged, or of a format that cannot be read here."), {"file": name})
    why = text.replace(str(path), name) if path else text
    return Sentence(_("%(file)s cannot be read: %(why)s."), {"file": name, "why": why.rstrip(".")})


def from_wkb(rows: np.ndarray, blobs: np.ndarray) -> tuple[np.ndarray, dict[int, Reason]]:
    """Geometries, and for each row whose blob is none the reason."""
    try:
        geometries = shapely.from_wkb(blobs, on_invalid="ignore")
    except NotImplementedError:  # raised for all, whichever is the curve
        geometries = np.asarray([_geometry(blob)[0] for blob in blobs], dtype=object)
    return geometries, {
        int(rows[at]): _geometry(blobs[at])[1]
        for at in np.flatnonzero(shapely.is_missing(geometries))
        if blobs[at] is not None
    }


def _geometry(blob: bytes | None) -> tuple[shapely.Geometry | None, Reason]:
    try:
        return shapely.from_wkb(blob), ""
    except NotImplementedError:
        return None, Sentence(_("is a curve: save it with straight lines"))
    except shapely.errors.GEOSException as error:
        why = str(error).strip().removeprefix("IllegalArgumentException: ").removeprefix("ParseException: ")
        if why.startswith("Unknown WKB type"):
            return None, Sentence(_("is of a kind that is not read here: save it as points, lines or polygons"))
        return None, why


def _read_some(address: str, layer: str | None, encoding: str | None, start: int, size: int | None) -> RawBatch:
    meta, _rows, blobs, columns = pyogrio.raw.read(
        address, layer=layer, encoding=encoding, skip_features=start, max_features=size
    )
    rows = np.arange(start + 1, start + 1 + len(blobs))
    geometries, unreadable = from_wkb(rows, blobs)
    table = pd.DataFrame(dict(zip(meta["fields"], columns, strict=True)), index=range(len(rows)))
    return RawBatch(rows, table, geometries, unreadable)


def _read_in_one_pass(address: str, layer: str | None, size: int) -> Iterator[RawBatch]:
    source = DataSource(address, encoding="utf-8")
    found = source[layer] if layer else source[0]
    names = found.fields
    rows: list[int] = []
    values: list[list[object]] = []
    blobs: list[bytes | None] = []

    def batch() -> RawBatch:
        numbers = np.asarray(rows)
        table = pd.DataFrame(values, columns=names, index=range(len(rows)))
        geometries, unreadable = from_wkb(numbers, np.asarray(blobs, dtype=object))
        return RawBatch(numbers, table, geometries, unreadable)

    for row, feature in enumerate(found, start=1):
        rows.append(row)
        values.append([feature[position].value for position in range(len(names))])
        blobs.append(_wkb(feature))
        if len(rows) == size:
            yield batch()
            rows, values, blobs = [], [], []
    if rows:
        yield batch()


def _wkb(feature: object) -> bytes | None:
    """The geometry of GDAL's feature, None if it has none."""
    try:
        return bytes(feature.geom.wkb)  # type: ignore[attr-defined]
    except GDALException:
        return None


@contextmanager
def quiet_gdal() -> Iterator[None]:
    """No warnings of GDAL's beside the report, which names every feature that cannot be used."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield
