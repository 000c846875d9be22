"""The edges of polygons in the cells of a grid: which pass where, and which a walk inside a cell crosses."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geo.cell_grid import CellGrid, Edges

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Crossings(NamedTuple):
    """Where edges cross the lower sides of cells, sorted by cell.

    `unsure` marks crossings so near to a corner that rounding may have put them
    on its wrong side: (cell, polygon) pairs for which the corner says nothing.
    """

    cells: Ints
    polygons: Ints
    unsure_cells: Ints
    unsure_polygons: Ints


class Crossed(NamedTuple):
    """Of points in cells with edges: polygons crossed an odd number of times, and edges too near to tell."""

    odd_points: Ints
    odd_polygons: Ints
    near_points: Ints
    near_polygons: Ints


def edges_of(polygons: npt.NDArray[np.object_]) -> Edges:
    """Every edge of every ring, polygon by polygon; empty ones have none."""
    parts, part_polygon = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    last = np.flatnonzero(ring[1:] == ring[:-1])
    polygon = part_polygon[ring_part[ring[last]]].astype(np.int64)
    edges = Edges(points[last, 0], points[last, 1], points[last + 1, 0], points[last + 1, 1], polygon)
    moves = (edges.ax != edges.bx) | (edges.ay != edges.by)
    return _take(edges, moves) if not moves.all() else edges


def row_crossings(edges: Edges, grid: CellGrid) -> Crossings:
    """Where edges cross the horizontal lines of the grid: at their lower end they do, at their upper end not."""
    low, high = np.minimum(edges.ay, edges.by), np.maximum(edges.ay, edges.by)
    first = grid.rows_of(low)
    edge, row = spread(first, grid.rows_of(high) + 2 - first)
    y = grid.bottom(row)
    crosses = (low[edge] <= y) & (y < high[edge])
    edge, row, y = edge[crosses], row[crosses], y[crosses]
    slope = (edges.bx[edge] - edges.ax[edge]) / (edges.by[edge] - edges.ay[edge])
    x = edges.ax[edge] + (y - edges.ay[edge]) * slope
    column = grid.columns_of(x)
    column -= x < grid.left(column)
    column += x >= grid.left(column + 1)
    cells, polygon = row * grid.columns + column, edges.polygon[edge]
    unsure_left = np.abs(x - grid.left(column)) <= grid.rounding
    unsure_right = np.abs(x - grid.left(column + 1)) <= grid.rounding
    order = np.argsort(cells, kind="stable")  # by polygon they are in order already
    return Crossings(
        cells[order],
        polygon[order],
        np.concatenate((cells[unsure_left], cells[unsure_right] + 1)),
        np.concatenate((polygon[unsure_left], polygon[unsure_right])),
    )


@dataclass(frozen=True)
class EdgesByCell:
    """Edges in the cells that they pass through, sorted by cell and polygon.

    Those of the i-th cell with edges (number `cells[i]` in the grid) are
    `starts[i]` … `starts[i + 1]` of the arrays that follow. At height y an edge
    is at `x + (y - base) * slope`; it spans `low` … `high`; it crosses the left
    side of its cell at `at_left` (infinite: not at all). Nearer than `reach`
    along x is too near to tell. A corner that says nothing has a `slope` of NaN.
    """

    cells: Ints
    starts: Ints
    corner_x: Floats
    corner_y: Floats
    polygon: Ints
    begins: Bools
    low: Floats
    high: Floats
    x: Floats
    base: Floats
    slope: Floats
    reach: Floats
    at_left: Floats
    rounding: float

    def crossed(self, cells: npt.NDArray[np.int32], x: Floats, y: Floats) -> Crossed:
        """What the walk from the corner of each point's cell to the point crosses; all of shape (n,)."""
        starts = self.starts[cells]
        point, edge = spread(starts, self.starts[cells + 1] - starts)
        begins = np.flatnonzero(self.begins[edge])
        polygon = self.polygon[edge[begins]]
        point_y = y[point]
        low, high, left = self.low[edge], self.high[edge], self.at_left[edge]
        odd = (left > self.corner_y[cells][point]) != (left > point_y)
        near = np.abs(left - point_y) <= self.rounding
        # Only edges at the point's height are looked at along x: about half of them.
        beside = np.flatnonzero((low - self.rounding <= point_y) & (point_y <= high + self.rounding))
        edge, height, side = edge[beside], point_y[beside], point[beside]
        low, high = low[beside], high[beside]
        at = self.x[edge] + (np.clip(height, low, high) - self.base[edge]) * self.slope[edge]
        point_x, corner_x = x[side], self.corner_x[cells][side]
        straddles = (low <= height) & (height < high)
        odd[beside] ^= straddles & ((at > corner_x) != (at > point_x))
        # NaN is near, too.
        near[beside] |= ~(np.abs(at - point_x) > self.reach[edge])
        near[beside] |= straddles & ~(np.abs(at - corner_x) > self.rounding)
        return _by_polygon(point, polygon, begins, odd, near)


def _by_polygon(point: Ints, polygon: Ints, begins: Ints, odd: Bools, near: Bools) -> Crossed:
    """Gather what was found edge by edge: `begins` are the first edges of each polygon of each point."""
    if not len(begins):
        none = np.empty(0, dtype=np.int64)
        return Crossed(none, none, none, none)
    points = point[begins]
    is_odd = np.bitwise_xor.reduceat(odd, begins)
    is_near = np.bitwise_or.reduceat(near, begins)
    is_odd &= ~is_near
    return Crossed(points[is_odd], polygon[is_odd], points[is_near], polygon[is_near])


def edges_by_cell(edges: Edges, grid: CellGrid, crossings: Crossings) -> EdgesByCell:
    """Sort the edges into the cells that they pass through or come near to; a cell too many does no harm."""
    edge, cell = _cells_passed(edges, grid)
    order = np.argsort(cell, kind="stable")  # by polygon they are in order already
    edge, cell = edge[order], cell[order]
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    cells = cell[starts]
    row, column = np.divmod(cell, grid.columns)
    corner_x, corner_y = grid.left(column), grid.bottom(row)
    found = _take(edges, edge)
    x, slope, reach, at_left = _lines(found, corner_x, grid.rounding)
    polygon = found.polygon
    pair, unsure = cell * (int(polygon.max(initial=0)) + 1) + polygon, np.abs(at_left - corner_y) <= grid.rounding
    doubtful = crossings.unsure_cells * (int(polygon.max(initial=0)) + 1) + crossings.unsure_polygons
    if len(doubtful):
        unsure |= np.isin(pair, doubtful)
    return EdgesByCell(
        cells=cells,
        starts=np.append(starts, len(cell)),
        corner_x=grid.left(cells % grid.columns),
        corner_y=grid.bottom(cells // grid.columns),
        polygon=polygon,
        begins=np.concatenate(([True], pair[1:] != pair[:-1])) if len(pair) else np.empty(0, dtype=bool),
        low=np.where(unsure, -np.inf, np.minimum(found.ay, found.by)),
        high=np.where(unsure, np.inf, np.maximum(found.ay, found.by)),
        x=x,
        base=found.ay,
        slope=np.where(unsure, np.nan, slope),
        reach=reach,
        at_left=at_left,
        rounding=grid.rounding,
    )


def _lines(edges: Edges, corner_x: Floats, rounding: float) -> tuple[Floats, Floats, Floats, Floats]:
    """`x`, `slope`, `reach` and `at_left` of `EdgesByCell`; `corner_x` is that of the cell of each edge."""
    dx, dy = edges.bx - edges.ax, edges.by - edges.ay
    with np.errstate(divide="ignore", invalid="ignore"):
        slope, rise = dx / dy, dy / dx
        straddles = (edges.ax > corner_x) != (edges.bx > corner_x)
        at_left = np.where(straddles, edges.ay + (corner_x - edges.ax) * rise, np.inf)
        # A flat edge moves far along x when a vertex is rounded: it is near as far as it reaches.
        reach = np.minimum(rounding * np.hypot(dx, dy) / np.abs(dy), np.abs(dx)) * 2 + 2 * rounding
    level = dy == 0
    x = np.where(level, (edges.ax + edges.bx) / 2, edges.ax)
    return x, np.where(level, 0.0, slope), np.where(level, np.abs(dx) / 2 + 2 * rounding, reach), at_left


def _cells_passed(edges: Edges, grid: CellGrid) -> tuple[Ints, Ints]:
    """(edge, cell) for every cell that an edge passes or comes nearer to than the grid's overlap."""
    low, high = np.minimum(edges.ay, edges.by), np.maximum(edges.ay, edges.by)
    first = grid.rows_of(low - grid.overlap)
    edge, row = spread(first, grid.rows_of(high + grid.overlap) + 1 - first)
    bottom = np.maximum(low[edge], grid.bottom(row) - grid.overlap)
    top = np.minimum(high[edge], grid.bottom(row + 1) + grid.overlap)
    ax, bx, ay, by = edges.ax[edge], edges.bx[edge], edges.ay[edge], edges.by[edge]
    left, right = np.minimum(ax, bx), np.maximum(ax, bx)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (bx - ax) / (by - ay)
        one, other = ax + (bottom - ay) * slope, ax + (top - ay) * slope
    sloped = by != ay
    start = np.where(sloped, np.clip(np.minimum(one, other), left, right), left)
    stop = np.where(sloped, np.clip(np.maximum(one, other), left, right), right)
    column = grid.columns_of(start - grid.overlap)
    passed, column = spread(column, grid.columns_of(stop + grid.overlap) + 1 - column)
    return edge[passed], row[passed] * grid.columns + column


def spread(first: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """(i, first[i] + 0 … counts[i] - 1) for every i, one after another."""
    owner = np.repeat(np.arange(len(first)), counts)
    ends = np.cumsum(counts)
    return owner, np.arange(len(owner)) + np.repeat(first - (ends - counts), counts)


def _take(edges: Edges, chosen: Ints | Bools) -> Edges:
    return Edges(edges.ax[chosen], edges.ay[chosen], edges.bx[chosen], edges.by[chosen], edges.polygon[chosen])
