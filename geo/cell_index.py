"""Which of many overlapping polygons cover a point: a grid lookup, millions of points a second, and exact.

Every cell of a uniform grid knows the set of polygons that contain its lower
left corner. Where no edge passes through the cell that set holds for all of it.
In the other cells the walk from the corner to the point (up the cell's left
side, then right) toggles each polygon whose edges it crosses an odd number of
times. Crossings are compared in doubles with a proven bound of their rounding
error (`ROUNDING`); a point nearer to an edge than the bound is decided by
shapely on the whole polygon, so no clipped or rounded edge ever decides
(docs/adr/0010).
"""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.cell_edges import Crossings, edges_by_cell, edges_of, row_crossings
from geo.cell_grid import CellGrid
from geo.polygon_sets import PolygonSets

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CHUNK = 1 << 15
"""Points looked up together: what they need for a moment fits the processor's cache, which is twice as fast."""


@dataclass(frozen=True, slots=True)
class Located:
    """For each point the number of its set of covering polygons, and the points that lie on an edge or all but on it.

    `sets` has shape (n,); `on_edge` holds ascending numbers of points. Their sets
    are exact, too (by shapely), but another program with plain doubles may judge
    them otherwise.
    """

    sets: npt.NDArray[np.int32]
    on_edge: Ints


class CellIndex:
    """An immutable index over polygons; coordinates are the polygons' own (x, y), any order of magnitude.

    Covering is closed, as in ST_Covers and `shapely.covers`: points on edges
    and vertices belong. Any number of threads may ask at the same time.
    """

    def __init__(self, polygons: Sequence[BaseGeometry] | npt.NDArray[np.object_], cells: int | None = None) -> None:
        """Build the index.

        Parameters
        ----------
        polygons
            Valid Polygons or MultiPolygons, overlapping or not; empty ones cover
            nothing. None at all is allowed.
        cells
            About how many cells the grid has; by default 16 an edge.
        """
        # Below, a polygon is one of the different shapes: fewer edges, and fewer sets.
        self._shapes, shape_of = _different(np.array(list(polygons) or [], dtype=object))
        self.sets = PolygonSets(shape_of)
        edges = edges_of(self._shapes)
        self.grid = CellGrid.around(edges, cells)
        crossings = row_crossings(edges, self.grid)
        self._edges = edges_by_cell(edges, self.grid, crossings)
        self._table = self._fill(crossings)
        self._prepared, self._lock = False, threading.Lock()
        self._steps: npt.NDArray[np.uint8] | None = None

    @property
    def parts(self) -> "tuple[CellIndex, ...]":
        """The indexes that hold all edges: this one (see `ReplacedIndex`)."""
        return (self,)

    def _fill(self, crossings: Crossings) -> npt.NDArray[np.int32]:
        """One number a cell, row by row: the set that holds all over it, or ~(number of the cell with edges)."""
        states = np.array([0, *self.sets.walk(crossings.polygons)], dtype=np.int32)
        border = self._edges.cells
        self._corner_sets = states[np.searchsorted(crossings.cells, border)]
        after = states[np.searchsorted(crossings.cells, border + 1)]
        values = np.empty(2 * len(border) + 1, dtype=np.int32)
        values[0], values[1::2], values[2::2] = 0, ~np.arange(len(border), dtype=np.int32), after
        lengths = np.ones(2 * len(border) + 1, dtype=np.int64)
        lengths[::2] = np.diff(np.concatenate(([-1], border, [self.grid.size]))) - 1
        return np.repeat(values, lengths)

    def locate(self, x: npt.ArrayLike, y: npt.ArrayLike, threads: int = 1) -> Located:
        """The set of each point; `sets.members(number)` are its polygons.

        Parameters
        ----------
        x, y
            Shape (n,). NaN and points outside get set 0, the empty one.
        threads
            NumPy and shapely let others run while they work: two threads take
            about 0.6 of the time.
        """
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        found = np.zeros(len(x), dtype=np.int32)
        chunks = [slice(start, start + CHUNK) for start in range(0, len(x), CHUNK)]

        def work(chunk: slice) -> Ints:
            on_edge: Ints = self._locate_chunk(x[chunk], y[chunk], found[chunk]) + chunk.start
            return on_edge

        if threads > 1 and len(chunks) > 1:
            with ThreadPoolExecutor(threads) as pool:
                on_edge = list(pool.map(work, chunks))
        else:
            on_edge = [work(chunk) for chunk in chunks]
        return Located(found, np.concatenate([np.empty(0, dtype=np.int64), *on_edge]))

    def pairs(self, x: npt.ArrayLike, y: npt.ArrayLike, threads: int = 1) -> tuple[Ints, Ints]:
        """(number of the point, number of a polygon that covers it), sorted; two arrays of one length."""
        return self.sets.pairs(self.locate(x, y, threads).sets, threads)

    def query(self, x: float, y: float) -> tuple[int, ...]:
        """The polygons that cover one point, ascending: 1 µs where no edge is near, 0.1 ms elsewhere."""
        number = int(self._table[self.grid.cell_of(x, y)])
        if number < 0:
            number = int(self.locate([x], [y]).sets[0])
        return self.sets.members(number)

    def _locate_chunk(self, x: Floats, y: Floats, found: npt.NDArray[np.int32]) -> Ints:
        """Write the set of each point into `found`; returns the points on an edge."""
        np.take(self._table, self.grid.cells_of(x, y), out=found)
        at = np.flatnonzero(found < 0)
        if not len(at):
            return at
        cells = ~found[at]
        states = self._corner_sets[cells]
        crossed = self._edges.crossed(cells, x[at], y[at])
        self.sets.toggle_each(states, crossed.odd_points, crossed.odd_polygons)
        if len(crossed.near_points):
            near = at[crossed.near_points]
            covers = self._covers(crossed.near_polygons, x[near], y[near])
            wrong = covers != self.sets.contain_shapes(states[crossed.near_points], crossed.near_polygons)
            self.sets.toggle_each(states, crossed.near_points[wrong], crossed.near_polygons[wrong])
        found[at] = states
        on_edge: Ints = at[np.unique(crossed.near_points)]
        return on_edge

    def _covers(self, shapes: Ints, x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
        """Whether shape number `shapes[i]` covers point i, by shapely; a point meets what covers it."""
        # A prepared polygon builds its tree when it is first asked: two threads at once break the process's memory.
        with self._lock:
            if not self._prepared:
                shapely.prepare(self._shapes)
                self._prepared = True
            covers: npt.NDArray[np.bool_] = shapely.intersects_xy(self._shapes[shapes], x, y)
            return covers

    def distance_to_edges(self) -> npt.NDArray[np.uint8]:
        """For each cell how many cells away the nearest one with edges is, diagonals counted as one; at most 255."""
        if self._steps is None:
            from scipy.ndimage import distance_transform_cdt

            shape = (self.grid.rows, self.grid.columns)
            steps = distance_transform_cdt(self._table.reshape(shape) >= 0, metric="chessboard")
            self._steps = np.clip(steps, 0, 255).astype(np.uint8).reshape(-1)
        return self._steps


def _different(polygons: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.object_], Ints]:
    """The different shapes among the polygons, and the number of each polygon's; coordinate by coordinate."""
    numbers: dict[bytes, int] = {}
    shape_of = [numbers.setdefault(shape, len(numbers)) for shape in shapely.to_wkb(polygons).tolist()]
    first = np.unique(np.array(shape_of, dtype=np.int64), return_index=True)[1]
    return polygons[first], np.array(shape_of, dtype=np.int64)
