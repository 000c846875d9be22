"""The uniform grid under a cell index: which cell a point lies in, and where the cells' corners are."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

FEWEST_CELLS, MOST_CELLS = 64 * 64, 4096 * 4096
CELLS_PER_EDGE = 16
ROUNDING = 2.0**-47
"""Times the largest coordinate: more than any rounding error of a crossing.

A crossing is a + (p - c) · slope with |(p - c) · slope| at most the edge's
extent E ≤ 2M. Each of the four operations and the stored slope err by at most
u = 2**-53 of their result, which adds up to less than 5uE + uM ≤ 11uM; a bound
of 64uM leaves room for PostGIS's plain determinant (4uE) and for vertices that
ST_Subdivide rounds. At longitude 74 it is half a billionth of a millimetre's
thousandth: 5e-13°, 0.06 µm.
"""
OVERLAP = 2.0**-38
"""Times the largest coordinate: cells own edges that pass this near, so the cell computed for a point may err."""
SMALLEST_CELL = 2.0**-28
"""Times the largest coordinate: a cell stays far larger than `OVERLAP`."""


@dataclass(frozen=True)
class Edges:
    """Edges of rings from `(ax, ay)` to `(bx, by)`, each of polygon number `polygon`; all of shape (n,)."""

    ax: Floats
    ay: Floats
    bx: Floats
    by: Floats
    polygon: Ints

    def __len__(self) -> int:
        return len(self.polygon)


@dataclass(frozen=True)
class CellGrid:
    """Cell `row * columns + column` begins at `x0 + column * width`, `y0 + row * height`.

    The outermost two cells on each side hold no edge, so a point outside may be
    clipped into them. `rounding` and `overlap` are in the unit of the coordinates.
    """

    x0: float
    y0: float
    width: float
    height: float
    columns: int
    rows: int
    rounding: float
    overlap: float

    @classmethod
    def around(cls, edges: Edges, cells: int | None) -> Self:
        """A grid of about that many cells (by default 16 an edge) over all edges; a small empty one for none."""
        if not len(edges):
            return cls(0.0, 0.0, 1.0, 1.0, 4, 4, ROUNDING, OVERLAP)
        xmin, xmax = float(min(edges.ax.min(), edges.bx.min())), float(max(edges.ax.max(), edges.bx.max()))
        ymin, ymax = float(min(edges.ay.min(), edges.by.min())), float(max(edges.ay.max(), edges.by.max()))
        largest = max(map(abs, (xmin, xmax, ymin, ymax)))
        wanted = min(max(cells or CELLS_PER_EDGE * len(edges), FEWEST_CELLS), MOST_CELLS)
        # As many columns as rows would give long cells in a long city; cells square in degrees are near enough.
        wide, high = max(xmax - xmin, 1e-9 * largest), max(ymax - ymin, 1e-9 * largest)
        side = max(math.sqrt(wide * high / wanted), wide / 65_536, high / 65_536, SMALLEST_CELL * largest)
        columns, rows = math.ceil(wide / side) + 4, math.ceil(high / side) + 4
        return cls(xmin - 2 * side, ymin - 2 * side, side, side, columns, rows, ROUNDING * largest, OVERLAP * largest)

    @property
    def size(self) -> int:
        """How many cells there are."""
        return self.columns * self.rows

    def left(self, column: Ints) -> Floats:
        """The x of the left side of cells in `column`."""
        return np.asarray(self.x0 + column * self.width, dtype=np.float64)

    def bottom(self, row: Ints) -> Floats:
        """The y of the lower side of cells in `row`."""
        return np.asarray(self.y0 + row * self.height, dtype=np.float64)

    def columns_of(self, x: Floats) -> Ints:
        """The column of each x; what lies outside is clipped, NaN to the first."""
        return np.fmin(np.fmax((x - self.x0) / self.width, 0), self.columns - 1).astype(np.int64)

    def rows_of(self, y: Floats) -> Ints:
        """The row of each y; what lies outside is clipped, NaN to the first."""
        return np.fmin(np.fmax((y - self.y0) / self.height, 0), self.rows - 1).astype(np.int64)

    def cells_of(self, x: Floats, y: Floats) -> Ints:
        """The cell of each point."""
        cells = self.rows_of(y)
        cells *= self.columns
        cells += self.columns_of(x)
        return cells

    def cell_of(self, x: float, y: float) -> int:
        """The cell of one point; as `cells_of`, without arrays."""
        column, row = (x - self.x0) / self.width, (y - self.y0) / self.height
        if not (0 <= column < self.columns and 0 <= row < self.rows):  # NaN, too
            return 0
        return int(row) * self.columns + int(column)
