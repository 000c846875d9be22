"""How many people live where, as the city pack's `residents.csv` says."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from layers.errors import ResidentsUnknown

Floats = NDArray[np.float64]

PIECES = 6
"""Into so many pieces along a side a square is cut where it is spread over cells: 25 m of 150 m."""


@dataclass(frozen=True)
class Residents:
    """Equally long columns: places (EPSG:4326) with the people who live in the square of `square_m` around each.

    A place is where they live on average, not the middle of some raster. 0: just there.
    """

    lon: Floats
    lat: Floats
    people: Floats
    square_m: Floats

    @property
    def coarsest_m(self) -> float:
        """The side of the largest square: finer questions have no answer."""
        return float(self.square_m.max())

    def spread(self) -> tuple[Floats, Floats]:
        """The squares' pieces in the city's metres, shape (pieces, 2), and the people of each: all of them together."""
        steps = (np.arange(PIECES) + 0.5) / PIECES - 0.5
        across, up = (axis.ravel() for axis in np.meshgrid(steps, steps))
        offsets = np.stack([across, up], axis=1) * self.square_m[:, None, None]
        places = (_in_metres(self.lon, self.lat)[:, None, :] + offsets).reshape(-1, 2)
        return places, np.repeat(self.people / PIECES**2, PIECES**2)


def residents_file() -> Path:
    """Where a pack may say it: CSV with the columns lon, lat, residents and, where they stand for squares, square_m."""
    return Path(settings.PACKS_DIR) / settings.CITY.slug / "residents.csv"


def residents() -> Residents:
    """All of the city.

    Raises
    ------
    ResidentsUnknown
        The pack has no such file, or one that cannot be read.
    """
    path = residents_file()
    if not path.exists():
        raise ResidentsUnknown(
            _("This city's data do not say how many people live where (residents.csv). Choose counts or another rate.")
        )
    return _read(path, path.stat().st_mtime_ns)


def residents_are_known() -> bool:
    """Whether rates per resident can be offered."""
    try:
        return bool(residents().people.size)
    except ResidentsUnknown:
        return False


@lru_cache(maxsize=2)
def _read(path: Path, _changed_ns: int) -> Residents:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [
                (float(row["lon"]), float(row["lat"]), float(row["residents"]), float(row.get("square_m") or 0))
                for row in csv.DictReader(file)
            ]
        if not np.isfinite(rows).all():
            raise ValueError
    except (KeyError, TypeError, ValueError) as problem:
        raise ResidentsUnknown(
            _("residents.csv cannot be read: it needs the columns lon, lat, residents with numbers.")
        ) from problem
    found = Residents(*np.array(rows, dtype=np.float64).reshape(-1, 4).T.copy())
    if not found.people.sum() > 0 or found.people.min() < 0:
        raise ResidentsUnknown(_("residents.csv counts nobody, or fewer than nobody."))
    return found


def _in_metres(lon: Floats, lat: Floats) -> Floats:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_X(m), ST_Y(m) FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS place (lon, lat, n),"
            " LATERAL ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), %s) AS m ORDER BY n",
            [lon.tolist(), lat.tolist(), settings.CITY.srid],
        )
        return np.array(cursor.fetchall())
