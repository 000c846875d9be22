"""Reads CSV with a column of WKT, or two of numbers, in batches."""

import csv
import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from django.utils.translation import gettext_noop as _

from geo.sentences import Sentence
from layers.errors import FileColumnsInvalid, FileUnreadable
from layers.importing.features import RawBatch, Reason

WKT_COLUMNS = ["wkt", "geom", "geometry", "the_geom", "multipolygon", "polygon", "shape"]
X_COLUMNS = ["lon", "lng", "long", "longitude", "x", "经度"]
Y_COLUMNS = ["lat", "latitude", "y", "纬度"]


def read(path: Path, encoding: str | None, geometry_fields: Sequence[str], size: int) -> Iterator[RawBatch]:
    """The rows in batches; every cell is text, "" where it is empty.

    `geometry_fields` names the column of WKT, or those of x (longitude, east) and
    y; without it the usual names are looked for.
    """
    encoding = encoding or "utf-8-sig"
    try:
        separator = _separator(path, encoding)
        chunks = pd.read_csv(
            path, dtype=str, keep_default_na=False, sep=separator, encoding=encoding, chunksize=size, index_col=False
        )
        with chunks:
            start = 1
            for table in chunks:
                rows = np.arange(start, start + len(table))
                start += len(table)
                table = table.reset_index(drop=True)
                geometries, unreadable = _geometries(path, table, rows, geometry_fields)
                yield RawBatch(rows, table, geometries, unreadable)
    except (UnicodeDecodeError, LookupError):
        words = {"file": path.name, "encoding": encoding.removesuffix("-sig")}
        raise FileUnreadable(Sentence(_("%(file)s is not text in %(encoding)s."), words), needs="encoding") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, EOFError, OSError) as error:
        words = {"file": path.name, "why": str(error).strip().splitlines()[0]}
        raise FileUnreadable(Sentence(_("%(file)s cannot be read as a table: %(why)s"), words)) from None


def _separator(path: Path, encoding: str) -> str:
    """The separator that occurs most in the first line; LookupError where the encoding cannot read it."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding=encoding) as file:
            line = file.readline(100_000)
    except ValueError as error:  # every codec has its own: UTF-16 without a mark, "punycode", a name with a null
        raise LookupError(encoding) from error
    if "\0" in line:
        raise csv.Error("it is no text")
    return max([",", ";", "\t", "|"], key=line.count)


def _geometries(
    path: Path, table: pd.DataFrame, rows: np.ndarray, geometry_fields: Sequence[str]
) -> tuple[np.ndarray, dict[int, Reason]]:
    missing = [column for column in geometry_fields if column not in table]
    if missing:
        words = {"file": path.name, "column": missing[0], "columns": ", ".join(table.columns)}
        raise FileColumnsInvalid(Sentence(_("%(file)s has no column '%(column)s'. Columns: %(columns)s."), words))
    columns = list(geometry_fields) or _usual_columns(path, table)
    if len(columns) == 1:
        texts = table[columns[0]].to_numpy(dtype=object)
        texts[texts == ""] = None
        geometries = _from_wkt(texts)
        bad = np.flatnonzero(shapely.is_missing(geometries) & (texts != None))  # noqa: E711 (elementwise)
        return geometries, {
            int(rows[at]): Sentence(
                _("%(column)s is no WKT: '%(text)s'"), {"column": columns[0], "text": _printable(texts[at])}
            )
            for at in bad
        }
    x, y = (pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float) for column in columns)
    known = np.isfinite(x) & np.isfinite(y)
    geometries = np.full(len(table), None, dtype=object)
    geometries[known] = shapely.points(x[known], y[known])
    filled = (table[columns[0]] != "").to_numpy() & (table[columns[1]] != "").to_numpy()
    first, second = columns
    return geometries, {
        int(rows[at]): Sentence(
            _("%(x_column)s, %(y_column)s are no numbers: '%(x)s', '%(y)s'"),
            {
                "x_column": first,
                "y_column": second,
                "x": _printable(table[first][at]),
                "y": _printable(table[second][at]),
            },
        )
        for at in np.flatnonzero(filled & ~known)
    }


def _from_wkt(texts: np.ndarray) -> np.ndarray:
    """Geometries; None where a text is missing, no WKT, or of a kind that shapely lacks (curves)."""
    try:
        return np.asarray(shapely.from_wkt(texts, on_invalid="ignore"))
    except NotImplementedError:  # raised for all, whichever is the curve
        return np.asarray([_geometry(text) for text in texts], dtype=object)


def _geometry(text: str | None) -> shapely.Geometry | None:
    try:
        return shapely.from_wkt(text, on_invalid="ignore")
    except NotImplementedError:
        return None


def _printable(text: str) -> str:
    """The first 40 characters of a cell, without what a terminal or the database would choke on."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:40])


def _usual_columns(path: Path, table: pd.DataFrame) -> list[str]:
    by_name = {str(column).strip().casefold(): str(column) for column in table.columns}
    wkt = [by_name[name] for name in WKT_COLUMNS if name in by_name]
    xs = [by_name[name] for name in X_COLUMNS if name in by_name]
    ys = [by_name[name] for name in Y_COLUMNS if name in by_name]
    if len(wkt) == 1:
        return wkt
    if len(xs) == 1 and len(ys) == 1 and not wkt:
        return [xs[0], ys[0]]
    words = {"file": path.name, "columns": ", ".join(table.columns)}
    raise FileColumnsInvalid(
        Sentence(_("%(file)s: which columns hold the place? Columns: %(columns)s."), words), needs="geometry_fields"
    )
