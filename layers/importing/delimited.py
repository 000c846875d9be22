"""Reads CSV with a column of WKT, or two of numbers, in batches."""

import csv
import gzip
import itertools
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO, cast

import numpy as np
import pandas as pd
import shapely
from django.utils.translation import gettext_noop as _

from geo.sentences import Sentence
from layers.errors import FileColumnsInvalid, FileUnreadable
from layers.importing.features import RawBatch, Reason

WKT_COLUMNS = ["wkt", "geom", "geometry", "the_geom", "multipolygon", "polygon", "shape"]
LARGEST_CELL = 400 * 1024 * 1024
"""Characters: the outline of a country is one cell. Uploads are smaller than that."""
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
        start = 1
        with opened(path, encoding) as file:
            for table in tables(file, path.name, separator, size):
                rows = np.arange(start, start + len(table))
                start += len(table)
                geometries, unreadable = _geometries(path, table, rows, geometry_fields)
                yield RawBatch(rows, table, geometries, unreadable)
    except (UnicodeDecodeError, LookupError):
        words = {"file": path.name, "encoding": encoding.removesuffix("-sig")}
        raise FileUnreadable(Sentence(_("%(file)s is not text in %(encoding)s."), words), needs="encoding") from None
    except (csv.Error, EOFError, OSError, zlib.error) as error:
        words = {"file": path.name, "why": str(error).strip().splitlines()[0]}
        raise FileUnreadable(Sentence(_("%(file)s cannot be read as a table: %(why)s"), words)) from None


def tables(file: TextIO, name: str, separator: str, size: int) -> Iterator[pd.DataFrame]:
    """The rows of a text opened with `newline=""`, so many at a time; every cell is text, empty lines are no rows.

    Pandas would cut a line that is too long, and fill one that is too short.

    Raises
    ------
    FileUnreadable
        A line has not as many cells as the first, or a quote is not closed; it names the line.
    """
    csv.field_size_limit(LARGEST_CELL)
    lines = csv.reader(file, delimiter=separator, strict=True)
    try:
        head = _names(next((line for line in lines if line), []))
        if not head:
            raise FileUnreadable(Sentence(_("%(file)s is empty."), {"file": name}))
        rows = (_row(name, line, len(head), lines.line_num) for line in lines if line)
        some = list(itertools.islice(rows, size))
        yield pd.DataFrame(some, columns=head, dtype=object)
        while some := list(itertools.islice(rows, size)):
            yield pd.DataFrame(some, columns=head, dtype=object)
    except csv.Error as error:
        raise _ragged(name, lines.line_num, str(error)) from None


def _row(name: str, line: list[str], wanted: int, number: int) -> list[str]:
    """The cells of a line; separators at its end are let pass."""
    if len(line) == wanted:
        return line
    if len(line) > wanted and not any(line[wanted:]):
        return line[:wanted]
    raise _ragged(name, number, f"{len(line)} ≠ {wanted}")


def _ragged(name: str, number: int, why: str) -> FileUnreadable:
    text = _("%(file)s: line %(line)s has not the cells of the first line (%(why)s): a stray quote or separator?")
    return FileUnreadable(Sentence(text, {"file": name, "line": number, "why": why}))


def _names(head: list[str]) -> list[str]:
    """The names of the columns, told apart by numbers where they are equal."""
    names: list[str] = []
    for name in head:
        taken = sum(name == other for other in head[: len(names)])
        names.append(f"{name}.{taken}" if taken else name)
    return names


def opened(path: Path, encoding: str) -> TextIO:
    """The text of a file, gzipped or not, for `tables`."""
    opener = gzip.open if path.suffix == ".gz" else open
    return cast(TextIO, opener(path, "rt", encoding=encoding, newline=""))


def _separator(path: Path, encoding: str) -> str:
    """The separator that occurs most in the first line; LookupError where the encoding cannot read it."""
    try:
        with opened(path, encoding) as file:
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
        texts = table[columns[0]].to_numpy(dtype=object, copy=True)
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
