"""What lies within metres of many points: assets in reach, and how far the next border is."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from geo.cell_grid import CellGrid
from geo.cell_index import CellIndex
from issues.bulk.world import Assets, Floats, Ints, Objects, ToMetres

LONGEST_EDGE_DEG = 0.001
"""As `layers.models.metre_copy` cuts edges before projecting them."""
METRES_PER_DEGREE = 110_000.0
"""Less than a degree of a meridian has anywhere; along a parallel times the cosine of the latitude."""


class Clearance:
    """How far it is at least from a point to the next edge of some indexes, by cells: a lookup, no measuring."""

    def __init__(self, *indexes: CellIndex) -> None:
        """Coordinates of the indexes are EPSG:4326."""
        self._indexes = [(index.grid, index.distance_to_edges()) for index in indexes]

    def metres(self, lon: Floats, lat: Floats) -> Floats:
        """At least so far; negative where an edge passes through the point's own cell."""
        found = np.full(len(lon), np.inf)
        for grid, steps in self._indexes:
            np.minimum(found, _clear_degrees(grid, steps, lon, lat) * _metres_per_degree(grid), out=found)
        return found


def _clear_degrees(grid: CellGrid, steps: npt.NDArray[np.uint8], lon: Floats, lat: Floats) -> Floats:
    """Along at least one axis no edge is nearer than so many degrees."""
    # The next cell with edges `steps` away leaves steps - 1 whole cells between.
    between = (steps[grid.cells_of(lon, lat)].astype(np.float64) - 1.0) * grid.width
    # A point outside is looked up in the outermost cell; all edges are inside.
    east, north = grid.x0 + grid.columns * grid.width, grid.y0 + grid.rows * grid.height
    outside = np.maximum.reduce([grid.x0 - lon, lon - east, grid.y0 - lat, lat - north])
    clear: Floats = np.maximum(between, outside)
    return clear


def _metres_per_degree(grid: CellGrid) -> float:
    farthest = max(abs(grid.y0), abs(grid.y0 + grid.rows * grid.height))
    return METRES_PER_DEGREE * max(math.cos(math.radians(min(farthest, 89.9))), 0.001)


class InReach(NamedTuple):
    """Assets near points: `assets[i]` is within its distance `distance_m[i]` of point `points[i]`; sorted by point."""

    points: Ints
    assets: Ints
    distance_m: Floats


class AssetTree:
    """The assets of one class by place."""

    def __init__(self, assets: Assets) -> None:
        """A k-d tree for points, 40 times as fast as the tree of shapes that lines and areas need."""
        self.assets = assets
        places, shapes = assets.places_m, assets.geometries_m
        self._points = cKDTree(places) if places is not None and len(places) else None
        self._shapes = shapely.STRtree(shapes) if shapes is not None and len(shapes) else None

    def in_reach(self, x: Floats, y: Floats, reach_m: Floats) -> InReach:
        """All assets within `reach_m[i]` of the points, in metres of the city's SRID; shape (n,) each."""
        if self._points is not None:
            return _points_in_reach(self._points, np.column_stack((x, y)), reach_m)
        if self._shapes is not None:
            asked = shapely.points(x, y)
            point, asset = self._shapes.query(asked, predicate="dwithin", distance=reach_m)
            order = np.argsort(point, kind="stable")
            point, asset = point[order], asset[order]
            return InReach(point, asset, shapely.distance(asked[point], self._shapes.geometries[asset]))
        none = np.empty(0, dtype=np.int64)
        return InReach(none, none, np.empty(0))


def _points_in_reach(tree: cKDTree, places: Floats, reach_m: Floats) -> InReach:
    # One nearest neighbour each is cheap, and most points have none in reach.
    nearest, _asset = tree.query(places, distance_upper_bound=float(reach_m.max(initial=0)) * (1 + 1e-9))
    some = np.flatnonzero(nearest <= reach_m)
    found = tree.query_ball_point(places[some], reach_m[some])
    counts = np.fromiter((len(each) for each in found), dtype=np.int64, count=len(some))
    point = np.repeat(some, counts)
    asset = np.fromiter((each for several in found for each in several), dtype=np.int64, count=len(point))
    apart = places[point] - tree.data[asset]
    return InReach(point, asset, np.hypot(apart[:, 0], apart[:, 1]))


def in_metres(geometries: Objects, to_metres: ToMetres) -> Objects:
    """(Multi)Polygons (EPSG:4326) projected as the database does."""
    segments = shapely.segmentize(geometries, LONGEST_EDGE_DEG)
    projected: Objects = shapely.transform(
        segments, lambda points: np.column_stack(to_metres(points[:, 0], points[:, 1]))
    )
    return projected
