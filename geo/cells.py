"""Squares and hexagons of equal size that cover a plane in metres, and who is next to whom.

A cell has a whole-number address (column, row). Grids start at the origin of the
projected system, so the same place has the same cell on every computation.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse

from geo.statistics import ListedNeighbourhoods, Neighbourhoods, SquareNeighbourhoods

Addresses = NDArray[np.int64]
"""(cells, 2): column, row."""

Metres = NDArray[np.float64]
"""(points, 2): x, y in a projected system."""

HALF_ROOT_3 = 3**0.5 / 2
NEIGHBOURS_OF_HEXAGON = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, -1), (-1, 1))


class CellKind(StrEnum):
    """The shapes that cover a plane and have all neighbours alike."""

    SQUARE = "square"
    HEXAGON = "hexagon"


@dataclass(frozen=True)
class CellGrid:
    """A plane cut into cells: squares of `size_m` a side, or hexagons of `size_m` between opposite sides.

    Hexagons stand on a corner; their addresses are axial coordinates: column
    counts to the east, row to the north-east.
    """

    kind: CellKind
    size_m: float

    @property
    def area_m2(self) -> float:
        """The area of one cell."""
        return self.size_m**2 * (HALF_ROOT_3 if self.kind is CellKind.HEXAGON else 1.0)

    def at(self, points: Metres) -> Addresses:
        """The address of the cell of each point. A point on an edge is in exactly one of its cells."""
        if self.kind is CellKind.SQUARE:
            return np.floor(points / self.size_m).astype(np.int64)
        row = points[:, 1] / (self.size_m * HALF_ROOT_3)
        column = points[:, 0] / self.size_m - row / 2
        return _nearest_hexagon(column, row)

    def centres(self, addresses: Addresses) -> Metres:
        """The centre of each cell."""
        column, row = addresses[:, 0].astype(float), addresses[:, 1].astype(float)
        if self.kind is CellKind.SQUARE:
            return np.column_stack([column + 0.5, row + 0.5]) * self.size_m
        return np.column_stack([column + row / 2, row * HALF_ROOT_3]) * self.size_m

    def polygons(self, addresses: Addresses) -> NDArray[Any]:
        """Each cell as a shapely polygon, anticlockwise."""
        if self.kind is CellKind.SQUARE:
            corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]) * self.size_m / 2
        else:
            turns = np.radians([-90, -30, 30, 90, 150, 210, -90])
            corners = np.column_stack([np.cos(turns), np.sin(turns)]) * self.size_m / (2 * HALF_ROOT_3)
        rings = self.centres(addresses)[:, None, :] + corners[None, :, :]
        # To the tenth of a millimetre: neighbours must share corners that are equal, not nearly so.
        found: NDArray[Any] = shapely.polygons(np.round(rings, 4))
        return found

    def covering(self, area: shapely.Geometry) -> Addresses:
        """The cells that share more than a border with `area` (metres), row by row. Nothing for an empty one."""
        if area.is_empty:
            return np.empty((0, 2), dtype=np.int64)
        candidates = self._around(area.bounds)
        shapely.prepare(area)
        polygons = self.polygons(candidates)
        inside = shapely.intersects(area, polygons) & ~shapely.touches(area, polygons)
        found = candidates[inside]
        in_order: Addresses = found[np.lexsort((found[:, 0], found[:, 1]))]
        return in_order

    def how_many(self, area: shapely.Geometry) -> int:
        """About how many cells `covering` would look at: its cost, known before it is paid."""
        xmin, ymin, xmax, ymax = area.bounds
        return int(((xmax - xmin) / self.size_m + 2) * ((ymax - ymin) / self.size_m + 2))

    def neighbourhoods(self, addresses: Addresses) -> Neighbourhoods:
        """Who is next to whom among the cells: 3 × 3 squares, or a hexagon and the six around it."""
        if self.kind is CellKind.SQUARE:
            return _square_neighbourhoods(addresses)
        return listed_neighbourhoods(addresses, NEIGHBOURS_OF_HEXAGON)

    def _around(self, bounds: tuple[float, float, float, float]) -> Addresses:
        xmin, ymin, xmax, ymax = bounds
        corners = self.at(np.array([(xmin, ymin), (xmax, ymin), (xmin, ymax), (xmax, ymax)]))
        columns = np.arange(corners[:, 0].min() - 1, corners[:, 0].max() + 2)
        rows = np.arange(corners[:, 1].min() - 1, corners[:, 1].max() + 2)
        grid = np.column_stack([np.tile(columns, rows.size), np.repeat(rows, columns.size)])
        x, y = self.centres(grid).T
        margin = self.size_m
        near = (x >= xmin - margin) & (x <= xmax + margin) & (y >= ymin - margin) & (y <= ymax + margin)
        nearby: Addresses = grid[near]
        return nearby


def positions(addresses: Addresses, wanted: Addresses) -> NDArray[np.int64]:
    """The index of each `wanted` address among `addresses`, -1 where it is not there."""
    if not addresses.size:
        return np.full(len(wanted), -1, dtype=np.int64)
    low, high = addresses.min(axis=0), addresses.max(axis=0)
    within = ((wanted >= low) & (wanted <= high)).all(axis=1)
    width = int(high[0] - low[0] + 1)
    keys = (addresses[:, 1] - low[1]) * width + addresses[:, 0] - low[0]
    order = np.argsort(keys)
    asked = np.where(within, (wanted[:, 1] - low[1]) * width + wanted[:, 0] - low[0], -1)
    at = np.minimum(np.searchsorted(keys[order], asked), len(keys) - 1)
    found: NDArray[np.int64] = np.where(keys[order][at] == asked, order[at], -1)
    return found


def listed_neighbourhoods(addresses: Addresses, steps: tuple[tuple[int, int], ...]) -> ListedNeighbourhoods:
    """Neighbourhoods by steps from address to address; (0, 0), the cell itself, is one of them."""
    cells = len(addresses)
    rows, columns = [], []
    for step in steps:
        found = positions(addresses, addresses + np.array(step))
        there = np.flatnonzero(found >= 0)
        rows.append(there)
        columns.append(found[there])
    row, column = np.concatenate(rows), np.concatenate(columns)
    matrix = sparse.csr_array((np.ones(row.size, dtype=np.int64), (row, column)), shape=(cells, cells))
    return ListedNeighbourhoods(matrix)


def _square_neighbourhoods(addresses: Addresses) -> SquareNeighbourhoods:
    """By a raster around the cells. They come row by row, which is the raster's order."""
    if not len(addresses):
        return SquareNeighbourhoods(np.zeros((0, 0), dtype=bool))
    low = addresses.min(axis=0)
    columns, rows = addresses.max(axis=0) - low + 1
    inside = np.zeros((rows, columns), dtype=bool)
    inside[addresses[:, 1] - low[1], addresses[:, 0] - low[0]] = True
    return SquareNeighbourhoods(inside)


def _nearest_hexagon(column: NDArray[np.float64], row: NDArray[np.float64]) -> Addresses:
    """Axial coordinates rounded to the hexagon that holds them: the worst of three rounded ones is mended."""
    third = -column - row
    whole = np.round(np.stack([column, row, third]))
    error = np.abs(whole - np.stack([column, row, third]))
    worst = error.argmax(axis=0)
    nearest_column = np.where(worst == 0, -whole[1] - whole[2], whole[0])
    nearest_row = np.where(worst == 1, -whole[0] - whole[2], whole[1])
    return np.column_stack([nearest_column, nearest_row]).astype(np.int64)
