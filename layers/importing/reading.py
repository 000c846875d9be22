"""Opens a file of areas or things and reads it in batches, as EPSG:4326.

GeoJSON, GeoPackage, Shapefile (zipped too), FlatGeobuf, OSM PBF and whatever
else GDAL reads, CSV with WKT or two columns of numbers, each gzipped too. What
the file does not say about its coordinates is asked for, never guessed.
"""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from django.utils.translation import gettext_noop as _
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from geo.sentences import Sentence
from layers.errors import CRSUndeclared, FileColumnsInvalid, FileUnreadable
from layers.importing import delimited, features, geoparquet
from layers.importing.features import RawBatch, Reason
from layers.pack.sources import HSTORE_PAIR

BATCH = 20_000
"""Features in memory at once."""

PARQUET = {".parquet", ".geoparquet"}
DELIMITED = {".csv", ".tsv", ".txt"}


@dataclass(frozen=True)
class ReadOptions:
    """What the operator says about a file."""

    source_crs: str | None = None
    axes: str = "lonlat"
    file_layer: str | None = None
    encoding: str | None = None
    geometry_fields: tuple[str, ...] = ()
    only: dict[str, set[str]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    """Keys of OSM's `other_tags` that are wanted as columns."""


@dataclass(frozen=True)
class Batch:
    """Some rows in EPSG:4326, indexed by their number in the file (1 is the first), and what could not be read."""

    frame: gpd.GeoDataFrame
    unreadable: dict[int, Reason]


@dataclass(frozen=True)
class OpenedFile:
    """A file whose format and coordinate reference system are known."""

    path: Path
    address: str
    driver: str
    file_layer: str | None
    crs: CRS
    count: int | None
    options: ReadOptions
    notes: tuple[Sentence, ...] = ()

    def batches(self, size: int = BATCH) -> Iterator[Batch]:
        """The rows, so many at a time, in bounded memory (one batch, for the formats named in `features`).

        Raises
        ------
        FileUnreadable
            The file breaks off, or is not what it says.
        FileColumnsInvalid
            A column that `only` names is not there.
        """
        found = 0
        for raw in self._raw(size):
            found += len(raw.rows)
            yield self._batch(raw)
        if not found:
            raise FileUnreadable(Sentence(_("%(file)s holds no feature."), {"file": self.path.name}))

    def read(self) -> Batch:
        """All rows at once, for files of areas."""
        batches = list(self.batches())
        frame = pd.concat([batch.frame for batch in batches])
        return Batch(frame, {row: why for batch in batches for row, why in batch.unreadable.items()})

    def _raw(self, size: int) -> Iterator[RawBatch]:
        if self.driver == "CSV":
            return delimited.read(self.path, self.options.encoding, self.options.geometry_fields, size)
        if self.driver == "Parquet":
            return geoparquet.read(self.path)
        return features.read(self.address, self.file_layer, self.driver, self.count, self.options.encoding, size)

    def _batch(self, raw: RawBatch) -> Batch:
        table = raw.table
        if "other_tags" in table and self.options.tags:
            pairs = table["other_tags"].map(
                lambda text: dict(HSTORE_PAIR.findall(text)) if isinstance(text, str) else {}
            )
            for key in self.options.tags:
                if key not in table:
                    table[key] = pairs.map(lambda found, key=key: found.get(key))
        keep = np.ones(len(table), dtype=bool)
        for column, values in self.options.only.items():
            if column not in table:
                raise FileColumnsInvalid(no_column(self.path, column, table.columns))
            keep &= table[column].astype(str).isin(values).to_numpy()
        shapes = shapely.force_2d(raw.geometries[keep])
        if self.options.axes == "latlon":
            shapes = shapely.transform(shapes, lambda points: points[:, ::-1])
        frame = gpd.GeoDataFrame(table[keep], geometry=shapes, crs=self.crs)
        frame.index = raw.rows[keep]
        if self.crs.to_epsg() != 4326:
            frame = frame.to_crs(4326)
        unreadable = {row: why for row, why in raw.unreadable.items() if row in frame.index}
        return Batch(frame, unreadable)


def open_file(path: Path, options: ReadOptions) -> OpenedFile:
    """Find out what the file is and in which CRS its numbers are.

    Raises
    ------
    FileUnreadable
        Missing, empty, corrupt, encrypted, of an unknown format, or with several layers and none chosen.
    CRSUndeclared
        Neither the file nor the options name the CRS, or the name means nothing.
    """
    if not path.is_file():
        raise FileUnreadable(Sentence(_("There is no file %(file)s."), {"file": path}))
    if path.stat().st_size == 0:
        raise FileUnreadable(Sentence(_("%(file)s is empty."), {"file": path.name}))
    kind = Path(path.name.removesuffix(".gz")).suffix.lower()
    if kind in PARQUET:
        return _opened(path, str(path), "Parquet", None, geoparquet.declared_crs(path), None, options)
    if kind in DELIMITED:
        return _opened(path, str(path), "CSV", None, None, None, options)
    address = _address(path, kind)
    info, layer = _info(path, address, options)
    count = info["features"] if info["features"] >= 0 else None
    return _opened(path, address, info["driver"], layer, info["crs"], count, options)


def file_layers(path: Path) -> list[str]:
    """The layers with geometries inside a file, [] for a format that has none; FileUnreadable as `open_file`."""
    kind = Path(path.name.removesuffix(".gz")).suffix.lower()
    return [] if kind in PARQUET | DELIMITED else _file_layers(path, _address(path, kind))


def no_column(path: Path, column: str, columns: Iterable[object]) -> Sentence:
    """A sentence that names the columns there are."""
    there = ", ".join(str(name) for name in columns if name not in ("geometry", "other_tags"))
    return Sentence(
        _("%(file)s has no column '%(column)s'. Columns: %(columns)s."),
        {"file": path.name, "column": column, "columns": there or "–"},
    )


def _opened(
    path: Path,
    address: str,
    driver: str,
    layer: str | None,
    declared: str | None,
    count: int | None,
    options: ReadOptions,
) -> OpenedFile:
    notes: list[Sentence] = []
    name = options.source_crs or declared
    if not name:
        raise CRSUndeclared(
            Sentence(
                _("%(file)s does not say in which coordinate reference system its numbers are. Ask its source."),
                {"file": path.name},
            ),
            needs="source_crs",
        )
    try:
        crs = _crs_of_earth(name)
        if options.source_crs and declared and CRS.from_user_input(declared) != crs:
            words = {"declared": CRS.from_user_input(declared).name, "asked": crs.name}
            notes.append(Sentence(_("The file declares %(declared)s; read as %(asked)s, as you asked."), words))
    except CRSError:
        raise CRSUndeclared(
            Sentence(_("'%(name)s' is no coordinate reference system: write for example EPSG:4326."), {"name": name})
        ) from None
    return OpenedFile(path, address, driver, layer, crs, count, options, tuple(notes))


def _crs_of_earth(name: str) -> CRS:
    """The CRS of that name; CRSError for none, and for one without a way to degrees: a moon's, a building site's."""
    crs = CRS.from_user_input(name)
    try:
        Transformer.from_crs(crs, 4326)
    except ProjError as error:
        raise CRSError(str(error)) from error
    return crs


def _address(path: Path, kind: str) -> str:
    """How GDAL is told to open it: through its zip or gzip reader where needed."""
    if kind == ".zip":
        try:
            with zipfile.ZipFile(path) as archive:
                if any(member.flag_bits & 1 for member in archive.infolist()):
                    raise FileUnreadable(
                        Sentence(_("%(file)s is encrypted: unpack it with its password first."), {"file": path.name})
                    )
                broken = archive.testzip()
        except zipfile.BadZipFile:
            raise FileUnreadable(
                Sentence(_("%(file)s is no zip archive, or a damaged one: fetch it again."), {"file": path.name})
            ) from None
        if broken:
            raise FileUnreadable(
                Sentence(_("%(file)s is damaged at %(member)s: fetch it again."), {"file": path.name, "member": broken})
            )
        return f"/vsizip/{path.resolve()}"
    return f"/vsigzip/{path.resolve()}" if path.suffix == ".gz" else str(path)


def _file_layers(path: Path, address: str) -> list[str]:
    try:
        layers = [str(name) for name, geometry_type in pyogrio.list_layers(address) if geometry_type is not None]
    except (DataSourceError, DataLayerError) as error:
        raise FileUnreadable(features.refusal(path.name, error)) from error
    if not layers:
        raise FileUnreadable(Sentence(_("%(file)s holds no layer with geometries."), {"file": path.name}))
    return layers


def _info(path: Path, address: str, options: ReadOptions) -> tuple[dict[str, Any], str]:
    """GDAL's description of the file and the name of its layer to read."""
    layers = _file_layers(path, address)
    try:
        if options.file_layer is None and len(layers) > 1:
            raise FileUnreadable(
                Sentence(
                    _("%(file)s has several layers; choose one: %(layers)s."),
                    {"file": path.name, "layers": ", ".join(layers)},
                ),
                needs="file_layer",
            )
        layer = options.file_layer or layers[0]
        if layer not in layers:
            raise FileUnreadable(
                Sentence(
                    _("%(file)s has no layer '%(layer)s': %(layers)s."),
                    {"file": path.name, "layer": layer, "layers": ", ".join(layers)},
                )
            )
        return pyogrio.read_info(address, layer=layer, force_feature_count=False, encoding=options.encoding), layer
    except (DataSourceError, DataLayerError) as error:
        raise FileUnreadable(features.refusal(path.name, error)) from error
