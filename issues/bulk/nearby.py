"""What lies within metres of many points: assets in reach, and the share of accuracy discs inside boundaries."""

import math
from collections.abc import Sequence
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
DISC_SEGMENTS = 16
"""A quarter of the disc, as in responsibility_evidence.sql."""
MOST_VERTICES = 128
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


class AreaTree:
    """Boundaries in metres, cut into small pieces, for the share of a disc that lies inside each."""

    def __init__(self, pieces: Sequence[Objects]) -> None:
        """`pieces[i]` are those of boundary i (see `cut`)."""
        self._owners = np.repeat(np.arange(len(pieces)), [len(each) for each in pieces])
        self._tree = shapely.STRtree(np.concatenate([np.empty(0, dtype=object), *pieces]))

    def shares(
        self, x: Floats, y: Floats, radius_m: Floats, wanted: npt.NDArray[np.bool_]
    ) -> tuple[Ints, Ints, Floats]:
        """(point, boundary, share of the disc inside) for all that touch; sorted by point, then boundary.

        `wanted[point, boundary]` says which pairs matter: measuring is what costs.
        """
        discs = shapely.buffer(shapely.points(x, y), radius_m, quad_segs=DISC_SEGMENTS)
        disc, piece = self._tree.query(discs, predicate="intersects")
        owner = self._owners[piece]
        matters = wanted[disc, owner]
        disc, piece, owner = disc[matters], piece[matters], owner[matters]
        inside = shapely.area(shapely.intersection(discs[disc], self._tree.geometries[piece]))
        pairs, where = np.unique(disc * len(self._owners) + owner, return_inverse=True)
        point, boundary = np.divmod(pairs, max(len(self._owners), 1))
        share = np.bincount(where, weights=inside, minlength=len(pairs)) / shapely.area(discs)[point]
        return point, boundary, np.minimum(share, 1.0)


def cut(geometries: Objects, to_metres: ToMetres) -> list[Objects]:
    """Each (Multi)Polygon (EPSG:4326) projected as the database does, in pieces of at most 128 vertices."""
    segments = shapely.segmentize(geometries, LONGEST_EDGE_DEG)
    projected = shapely.transform(segments, lambda points: np.column_stack(to_metres(points[:, 0], points[:, 1])))
    pieces, owners = shapely.get_parts(projected, return_index=True)
    done, done_owners = [np.empty(0, dtype=object)], [np.empty(0, dtype=np.int64)]
    while len(pieces):
        is_small = shapely.get_num_coordinates(pieces) <= MOST_VERTICES
        done.append(pieces[is_small])
        done_owners.append(owners[is_small])
        halves, half_owners = _halves(pieces[~is_small]), np.repeat(owners[~is_small], 2)
        parts, part = shapely.get_parts(halves, return_index=True)
        areal = shapely.get_dimensions(parts) == 2
        pieces, owners = parts[areal], half_owners[part[areal]]
    order = np.argsort(np.concatenate(done_owners), kind="stable")
    counts = np.bincount(np.concatenate(done_owners), minlength=len(geometries))
    return np.split(np.concatenate(done)[order], np.cumsum(counts)[:-1]) if len(geometries) else []


def _halves(pieces: Objects) -> Objects:
    """Each piece cut in two across its longer side; clipping is six times as fast as `shapely.intersection`."""
    halves = np.empty((len(pieces), 2), dtype=object)
    for number, (piece, (xmin, ymin, xmax, ymax)) in enumerate(
        zip(pieces, shapely.bounds(pieces).tolist(), strict=True)
    ):
        x, y = (xmin + xmax) / 2, (ymin + ymax) / 2
        if xmax - xmin > ymax - ymin:
            rectangles = (xmin, ymin, x, ymax), (x, ymin, xmax, ymax)
        else:
            rectangles = (xmin, ymin, xmax, y), (xmin, y, xmax, ymax)
        halves[number] = [shapely.clip_by_rect(piece, *rectangle) for rectangle in rectangles]
    return halves.reshape(-1)
