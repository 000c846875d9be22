"""Reads a file of past reports: where, when, of which kind, and who answered."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from issues.backtest.places import DEGREES, numbers, points, to_degrees
from issues.backtest.times import Moments, read_moments
from issues.errors import HistoryInvalid
from issues.memory.history import Floats

LON_COLUMNS = ("lon", "lng", "long", "longitude", "x", "经度")
LAT_COLUMNS = ("lat", "latitude", "y", "纬度")
POINT_COLUMNS = ("geometry", "geom", "wkt", "wkb", "point", "the_geom", "shape", "location", "coordinates")
TIME_COLUMNS = (
    "requested_datetime", "opened", "created_date", "created", "created_at", "createddate", "date_created",
    "open_dt", "opened_at", "open_date", "opened_date", "date_opened", "requested_at", "requested_date",
    "request_date", "reported", "reported_at", "reported_date", "submitted", "submitted_at", "datetime",
    "timestamp", "time", "date",
)  # fmt: skip
FARTHEST_CITY_LAT = 72.0
"""No city lies nearer to a pole: a median beyond it is a longitude."""


@dataclass(frozen=True)
class Wanted:
    """What to read; None looks for the usual names. `services` from coarse to fine.

    `point` is one column of points instead of `lon` and `lat`; `srid` the system
    of the coordinates (degrees unless it says otherwise).
    """

    truth: str
    services: Sequence[str] = ()
    time: str | None = None
    lon: str | None = None
    lat: str | None = None
    encoding: str | None = None
    point: str | None = None
    srid: int = DEGREES


@dataclass(frozen=True)
class PastReports:
    """The usable rows of a file in order of time (of the file where no column has times).

    `lon, lat` in degrees (EPSG:4326); `row` is the row's number in the file,
    from 1; `excluded` counts the rows left out by reason; `notes` are sentences
    for the reader.
    """

    row: NDArray[np.int64]
    lon: Floats
    lat: Floats
    moment: Moments | None
    services: tuple[NDArray[np.object_], ...]
    truth: NDArray[np.object_]
    columns: dict[str, str | None]
    rows_in_file: int
    excluded: dict[str, int]
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.row)

    def part(self, keep: NDArray[np.bool_], reason: str) -> "PastReports":
        """Those rows only; the others are counted under `reason`."""
        return PastReports(
            self.row[keep],
            self.lon[keep],
            self.lat[keep],
            None if self.moment is None else self.moment[keep],
            tuple(service[keep] for service in self.services),
            self.truth[keep],
            self.columns,
            self.rows_in_file,
            {**self.excluded, reason: int((~keep).sum())},
            self.notes,
        )


def read_past_reports(path: Path, wanted: Wanted) -> PastReports:
    """Read CSV (also .gz) or Parquet.

    Raises
    ------
    HistoryInvalid
        The file cannot be read or is empty, a column is missing, the
        coordinates are exchanged or no degrees, or no row is usable. The
        message is one sentence that says what to do.
    """
    try:
        names = _column_names(path, wanted.encoding)
        columns = _columns(names, wanted)
        needed = list(dict.fromkeys([*columns.values(), wanted.truth, *wanted.services]))
        table = _table(path, [name for name in needed if name is not None], wanted.encoding)
    except FileNotFoundError:
        raise HistoryInvalid(f"There is no file {path}.") from None
    except (UnicodeDecodeError, LookupError):
        raise HistoryInvalid(f"{path.name} is not text in {wanted.encoding or 'UTF-8'}: name its --encoding.") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, pa.ArrowException, OSError, EOFError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise HistoryInvalid(f"{path.name} cannot be read as a table: {reason}") from None
    if table.empty:
        raise HistoryInvalid(f"{path.name} has columns but no rows: there is nothing to replay.")
    return _usable(table, path, wanted, columns)


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in (".parquet", ".geoparquet", ".pq")


def _column_names(path: Path, encoding: str | None) -> list[str]:
    if _is_parquet(path):
        return list(parquet.read_schema(path).names)
    return list(_read_csv(path, encoding, nrows=0).columns)


def _table(path: Path, needed: list[str], encoding: str | None) -> pd.DataFrame:
    if _is_parquet(path):
        return parquet.read_table(path, columns=needed).to_pandas()
    return _read_csv(path, encoding, usecols=needed)


def _read_csv(path: Path, encoding: str | None, **options: object) -> pd.DataFrame:
    compressed = path.suffix.lower() == ".gz"
    opened = gzip.open if compressed else open
    with opened(path, "rb") as raw:
        begins = raw.read(2)
    # Excel's "Unicode text" says by its first bytes that it is UTF-16.
    encoding = encoding or ("utf-16" if begins in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    with opened(path, "rt", encoding=encoding) as file:
        line = file.readline(100_000)
    if "\0" in line:
        raise ValueError("it is no text")
    separator = max([",", ";", "\t", "|"], key=line.count)
    table: pd.DataFrame = pd.read_csv(
        path,
        sep=separator,
        dtype=str,
        keep_default_na=False,
        encoding=encoding,
        index_col=False,
        compression="gzip" if compressed else None,
        **options,
    )
    return table


def _columns(names: list[str], wanted: Wanted) -> dict[str, str | None]:
    """The columns of place and time; checks all that were named."""
    there = ", ".join(names)
    for option, name in [("--truth", wanted.truth), *(("--service", service) for service in wanted.services)]:
        _check_there(option, name, names)
    if wanted.truth in wanted.services:
        raise HistoryInvalid(f"{wanted.truth} cannot be both --truth and --service: that would be peeking.")
    found: dict[str, str | None] = {}
    usual = {"lon": LON_COLUMNS, "lat": LAT_COLUMNS, "point": POINT_COLUMNS, "time": TIME_COLUMNS}
    named = {"lon": wanted.lon, "lat": wanted.lat, "point": wanted.point, "time": wanted.time}
    for key, column in named.items():
        if column is not None:
            _check_there(f"--{key}", column, names)
        found[key] = column or _first(usual[key], names)
    if wanted.point or (found["point"] and not (found["lon"] and found["lat"])):
        return {**found, "lon": None, "lat": None}
    found["point"] = None
    for key, what in (("lon", "longitude"), ("lat", "latitude")):
        if found[key] is None:
            raise HistoryInvalid(
                f"No column of {what} is recognised: name it with --{key}, or points (WKT) with --point. "
                f"Columns: {there}."
            )
    if str(found["lon"]).lower() in LAT_COLUMNS and str(found["lat"]).lower() in LON_COLUMNS:
        raise HistoryInvalid(f"--lon {found['lon']} and --lat {found['lat']} are exchanged: swap the two.")
    return found


def _check_there(option: str, name: str, names: list[str]) -> None:
    if name not in names:
        raise HistoryInvalid(f"There is no column {name!r} for {option}. Columns: {', '.join(names)}.")


def _first(usual: Sequence[str], names: list[str]) -> str | None:
    by_lower = {name.strip().lower(): name for name in reversed(names)}
    return next((by_lower[name] for name in usual if name in by_lower), None)


def _usable(table: pd.DataFrame, path: Path, wanted: Wanted, columns: dict[str, str | None]) -> PastReports:
    if columns["point"] is not None:
        x, y = points(table[columns["point"]])
    else:
        x, y = numbers(table[columns["lon"]]), numbers(table[columns["lat"]])
    lon, lat = to_degrees(x, y, wanted.srid)
    _check_degrees(lon, lat, path, columns)
    truth = _text(table[wanted.truth])
    notes: list[str] = []
    moment: Moments | None = None
    if columns["time"] is None:
        notes.append("No column of time was found, so the order of the file is taken as the order of time.")
    else:
        moment, notes = read_moments(table[columns["time"]])
        if np.isnat(moment).all():
            raise HistoryInvalid(f"No cell of {columns['time']!r} is a time: name another column with --time.")
    reports = PastReports(
        np.arange(1, len(table) + 1),
        lon,
        lat,
        moment,
        tuple(_text(table[service]) for service in wanted.services),
        truth,
        {**columns, "truth": wanted.truth, "service": ", ".join(wanted.services) or None},
        len(table),
        {},
        notes,
    )
    on_earth = np.isfinite(lon) & np.isfinite(lat) & (abs(lon) <= 180) & (abs(lat) <= 90) & ((lon != 0) | (lat != 0))
    reports = reports.part(on_earth, "no_coordinates")
    reports = reports.part(reports.truth != "", "no_truth")
    if reports.moment is not None:
        reports = reports.part(~np.isnat(reports.moment), "no_time")
    if not len(reports):
        raise HistoryInvalid(f"No row of {path.name} has a place, a truth and a time: {_counted(reports.excluded)}.")
    return _in_order(reports)


def _in_order(reports: PastReports) -> PastReports:
    if reports.moment is None:
        return reports
    order = np.argsort(reports.moment, kind="stable")
    return PastReports(
        reports.row[order],
        reports.lon[order],
        reports.lat[order],
        reports.moment[order],
        tuple(service[order] for service in reports.services),
        reports.truth[order],
        reports.columns,
        reports.rows_in_file,
        reports.excluded,
        reports.notes,
    )


def _text(column: pd.Series) -> NDArray[np.object_]:
    text: NDArray[np.object_] = column.astype("string").fillna("").str.strip().to_numpy(dtype=object)
    return text


def _check_degrees(lon: Floats, lat: Floats, path: Path, columns: dict[str, str | None]) -> None:
    both = np.isfinite(lon) & np.isfinite(lat) & ((lon != 0) | (lat != 0))
    in_points = columns["point"] is not None
    named = repr(columns["point"]) if in_points else f"{columns['lon']!r} and {columns['lat']!r}"
    if not both.any():
        what = "a point (WKT or WKB) in" if in_points else "numbers in both"
        raise HistoryInvalid(
            f"No row of {path.name} has {what} {named}: name the columns with --lon and --lat, or --point."
        )
    middle_lon, middle_lat = float(np.median(lon[both])), float(np.median(lat[both]))
    if abs(middle_lon) > 180 or (abs(middle_lat) > 90 and abs(middle_lon) > 90):
        raise HistoryInvalid(
            f"{named} are no degrees (for example {middle_lon:g}, {middle_lat:g}): name their system with --srid "
            "(an EPSG number, like 2263), or other columns with --lon and --lat."
        )
    if abs(middle_lat) > FARTHEST_CITY_LAT and abs(middle_lon) < FARTHEST_CITY_LAT:
        advice = (
            "write them as POINT (longitude latitude)."
            if in_points
            else (f"write --lon {columns['lat']} --lat {columns['lon']}.")
        )
        raise HistoryInvalid(
            f"Longitude and latitude are exchanged in {named} (the latitude is about {middle_lat:g}): {advice}"
        )


def _counted(excluded: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in excluded.items())
