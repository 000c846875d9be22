"""What the public may count of sensitive services: whole published squares, nothing else.

The squares are final, so each process keeps them as arrays and looks only
whether more were published.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.grid import Tile
from tiles.binning import CELL_LEVELS
from tiles.models import SensitiveCell
from tiles.privacy import quarter_after
from tiles.rules import PUBLIC_STATES

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Squares:
    """Merged squares: centres as fractions of the Web Mercator world, zoom, and reports in each."""

    right: NDArray[np.float64]
    down: NDArray[np.float64]
    zoom: Numbers
    count: Numbers


@dataclass(frozen=True)
class _Published:
    """All squares. `first_day` and `last_day` of the quarter are ordinals; `right` and `down` are of centres."""

    version: str
    service: Numbers
    first_day: Numbers
    last_day: Numbers
    zoom: Numbers
    x: Numbers
    y: Numbers
    count: Numbers
    right: NDArray[np.float64]
    down: NDArray[np.float64]


_kept: _Published | None = None


def squares_of_tile(tile: Tile, asked: Mapping[str, Any]) -> Squares:
    """Published squares whose centre is in the tile, merged to cells of the tile, for the quarters wholly asked.

    None where bodies or states are asked: squares do not know them.
    """
    published = _published(asked["version"].published)
    nothing = asked["body_ids"] is not None or tuple(asked["states"]) != PUBLIC_STATES
    if nothing or not len(published.service):
        return _merged(published, np.zeros(0, dtype=np.int64), tile)
    across = 2.0**tile.z
    here = (published.right >= tile.x / across) & (published.right < (tile.x + 1) / across)
    here &= (published.down >= tile.y / across) & (published.down < (tile.y + 1) / across)
    these = np.flatnonzero(here)
    wanted = np.isin(published.service[these], asked["private_ids"])  # those that became public have exact points now
    if asked["service_ids"] is not None:
        wanted &= np.isin(published.service[these], asked["service_ids"])
    if asked["first_day"] is not None:
        wanted &= published.first_day[these] >= asked["first_day"].toordinal()
    if asked["last_day"] is not None:
        wanted &= published.last_day[these] <= asked["last_day"].toordinal()
    return _merged(published, these[wanted], tile)


def _merged(published: _Published, these: Numbers, tile: Tile) -> Squares:
    """Squares finer than the tile's cells are summed in them; equal ones of several quarters and services, too."""
    zoom = np.minimum(published.zoom[these], tile.z + CELL_LEVELS)
    up = published.zoom[these] - zoom
    # In one integer: sorting rows of three took 24 ms for 10,000 squares.
    names = zoom << 48 | (published.y[these] >> up) << 24 | published.x[these] >> up
    distinct, place = np.unique(names, return_inverse=True)
    count = np.bincount(place, weights=published.count[these], minlength=len(distinct)).astype(np.int64)
    zoom, y, x = distinct >> 48, distinct >> 24 & 0xFFFFFF, distinct & 0xFFFFFF
    right, down = _centres(zoom, x, y)
    return Squares(right, down, zoom, count)


def _centres(zoom: Numbers, x: Numbers, y: Numbers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    across = 2.0**zoom
    return (x + 0.5) / across, (y + 0.5) / across


def _published(version: str) -> _Published:
    global _kept
    kept = _kept
    if kept is None or kept.version != version:
        rows = [
            (service, quarter.toordinal(), _last_ordinal(quarter), *square)
            for service, quarter, *square in SensitiveCell.objects.order_by("id").values_list(
                "service_id", "quarter", "zoom", "x", "y", "count"
            )
        ]
        service, first_day, last_day, zoom, x, y, count = np.array(rows, dtype=np.int64).reshape(-1, 7).T
        centres = _centres(zoom, x, y)
        kept = _kept = _Published(version, service, first_day, last_day, zoom, x, y, count, *centres)
    return kept


def _last_ordinal(quarter: date) -> int:
    return quarter_after(quarter).toordinal() - 1
