"""What the public may count of sensitive services: whole published squares, nothing else.

The squares are final, so each process keeps them as arrays and looks only
whether more were published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.grid import Tile
from tiles.binning import CELL_LEVELS
from tiles.models import SensitiveCell
from tiles.privacy import FINEST_ZOOM, quarter_after
from tiles.rules import PUBLIC_STATES

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Squares:
    """Merged squares: centres as fractions of the Web Mercator world, zoom, and reports in each."""

    right: NDArray[np.float64]
    down: NDArray[np.float64]
    zoom: Numbers
    count: Numbers


NO_SQUARES = Squares(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


@dataclass(frozen=True)
class _Ordered:
    """All squares as columns, none finer than some zoom; sorted by `name`: zoom, y, x in one integer.

    `first_day` and `last_day` of the quarter are ordinals; `right` and `down` are of the
    centres as they were published.
    """

    name: Numbers
    service: Numbers
    first_day: Numbers
    last_day: Numbers
    count: Numbers
    right: NDArray[np.float64]
    down: NDArray[np.float64]


class _Published:
    """All squares of a version, in the order of each zoom that was asked: sorting them takes longer than the rest."""

    def __init__(self, version: str, rows: Sequence[tuple[int, ...]]) -> None:
        self.version = version
        self._columns = np.array(rows, dtype=np.int64).reshape(-1, 7).T
        self._orders: dict[int, _Ordered] = {}

    def by_square_of(self, finest: int) -> _Ordered:
        """Squares finer than `finest` become those of that zoom."""
        finest = min(finest, FINEST_ZOOM)
        if finest not in self._orders:
            service, first_day, last_day, zoom, x, y, count = self._columns
            up = np.maximum(zoom - finest, 0)
            name = zoom - up << 48 | y >> up << 24 | x >> up
            order = np.argsort(name, kind="stable")
            right, down = _centres(zoom, x, y)
            self._orders[finest] = _Ordered(
                name[order], service[order], first_day[order], last_day[order], count[order], right[order], down[order]
            )
        return self._orders[finest]


_kept: _Published | None = None


def squares_of_tile(tile: Tile, asked: Mapping[str, Any]) -> Squares:
    """Published squares whose centre is in the tile, merged to cells of the tile, for the quarters wholly asked.

    None where bodies or states are asked: squares do not know them.
    """
    if asked["body_ids"] is not None or tuple(asked["states"]) != PUBLIC_STATES:
        return NO_SQUARES
    squares = _published(asked["version"].published).by_square_of(tile.z + CELL_LEVELS)
    across = 2.0**tile.z
    here = (squares.right >= tile.x / across) & (squares.right < (tile.x + 1) / across)
    here &= (squares.down >= tile.y / across) & (squares.down < (tile.y + 1) / across)
    here &= _is_asked(squares, asked)
    return _merged(squares, np.flatnonzero(here))


def _is_asked(squares: _Ordered, asked: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Which squares are of these services and of quarters that lie in the days."""
    wanted = np.isin(squares.service, asked["private_ids"])  # those that became public have exact points now
    if asked["service_ids"] is not None:
        wanted &= np.isin(squares.service, asked["service_ids"])
    if asked["first_day"] is not None:
        wanted &= squares.first_day >= asked["first_day"].toordinal()
    if asked["last_day"] is not None:
        wanted &= squares.last_day <= asked["last_day"].toordinal()
    return wanted


def _merged(squares: _Ordered, these: Numbers) -> Squares:
    """Equal squares of several quarters and services are summed."""
    names = squares.name[these]
    starts = np.flatnonzero(np.diff(names, prepend=-1))
    count = np.add.reduceat(squares.count[these], starts) if len(starts) else names
    zoom, x, y = _unpacked(names[starts])
    right, down = _centres(zoom, x, y)
    return Squares(right, down, zoom, count)


def _unpacked(names: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Zoom, x and y of names of squares."""
    return names >> 48, names & 0xFFFFFF, names >> 24 & 0xFFFFFF


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
        kept = _kept = _Published(version, rows)
    return kept


def _last_ordinal(quarter: date) -> int:
    return quarter_after(quarter).toordinal() - 1
