"""What lies within metres of many points: assets in reach, and the share of accuracy discs inside boundaries."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from issues.bulk.world import Assets, Floats, Ints, Objects, ToMetres

LONGEST_EDGE_DEG = 0.001
"""As `layers.models.metre_copy` cuts edges before projecting them."""
DISC_SEGMENTS = 16
"""A quarter of the disc, as in responsibility_evidence.sql."""
MOST_VERTICES = 64


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
            return self._near_points(np.column_stack((x, y)), reach_m)
        if self._shapes is not None:
            asked = shapely.points(x, y)
            point, asset = self._shapes.query(asked, predicate="dwithin", distance=reach_m)
            order = np.argsort(point, kind="stable")
            point, asset = point[order], asset[order]
            return InReach(point, asset, shapely.distance(asked[point], self._shapes.geometries[asset]))
        none = np.empty(0, dtype=np.int64)
        return InReach(none, none, np.empty(0))

    def _near_points(self, places: Floats, reach_m: Floats) -> InReach:
        assert self._points is not None
        # One nearest neighbour each is cheap, and most points have none in reach.
        nearest, _asset = self._points.query(places, distance_upper_bound=float(reach_m.max(initial=0)) * (1 + 1e-9))
        some = np.flatnonzero(nearest <= reach_m)
        found = self._points.query_ball_point(places[some], reach_m[some])
        counts = np.fromiter((len(each) for each in found), dtype=np.int64, count=len(some))
        point = np.repeat(some, counts)
        asset = np.fromiter((each for several in found for each in several), dtype=np.int64, count=len(point))
        apart = places[point] - self._points.data[asset]
        return InReach(point, asset, np.hypot(apart[:, 0], apart[:, 1]))


class AreaTree:
    """Boundaries in metres, cut into small pieces, for the share of a disc that lies inside each."""

    def __init__(self, geometries: Objects, to_metres: ToMetres) -> None:
        """`geometries` are EPSG:4326; they are projected as the database does."""
        cut = shapely.segmentize(geometries, LONGEST_EDGE_DEG)
        projected = shapely.transform(cut, lambda points: np.column_stack(to_metres(points[:, 0], points[:, 1])))
        pieces, owners = _cut(projected)
        self._owners = owners
        self._tree = shapely.STRtree(pieces)

    def shares(self, x: Floats, y: Floats, radius_m: Floats) -> tuple[Ints, Ints, Floats]:
        """(point, boundary, share of the disc inside) for all that touch; sorted by point, then boundary."""
        discs = shapely.buffer(shapely.points(x, y), radius_m, quad_segs=DISC_SEGMENTS)
        disc, piece = self._tree.query(discs, predicate="intersects")
        inside = shapely.area(shapely.intersection(discs[disc], self._tree.geometries[piece]))
        owner = self._owners[piece]
        pairs, where = np.unique(np.column_stack((disc, owner)), axis=0, return_inverse=True)
        share = np.bincount(where.reshape(-1), weights=inside, minlength=len(pairs))
        share /= shapely.area(discs)[pairs[:, 0]]
        return pairs[:, 0], pairs[:, 1], np.minimum(share, 1.0)


def _cut(geometries: Sequence[shapely.Geometry] | Objects) -> tuple[Objects, Ints]:
    """Pieces of at most 64 vertices, and the number of the geometry that each is of."""
    pieces, owners = shapely.get_parts(np.asarray(geometries, dtype=object), return_index=True)
    done, done_owners = [], []
    while len(pieces):
        is_small = shapely.get_num_coordinates(pieces) <= MOST_VERTICES
        done.append(pieces[is_small])
        done_owners.append(owners[is_small])
        halves, half_owners = _halves(pieces[~is_small], owners[~is_small])
        parts, part = shapely.get_parts(halves, return_index=True)
        areal = shapely.get_dimensions(parts) == 2
        pieces, owners = parts[areal], half_owners[part[areal]]
    return np.concatenate([np.empty(0, dtype=object), *done]), np.concatenate([np.empty(0, dtype=np.int64), *done_owners])


def _halves(pieces: Objects, owners: Ints) -> tuple[Objects, Ints]:
    """Each piece cut in two across its longer side."""
    xmin, ymin, xmax, ymax = shapely.bounds(pieces).T.reshape(4, -1)
    wide = xmax - xmin > ymax - ymin
    x, y = np.where(wide, (xmin + xmax) / 2, xmax), np.where(wide, ymax, (ymin + ymax) / 2)
    low, high = shapely.box(xmin, ymin, x, y), shapely.box(np.where(wide, x, xmin), np.where(wide, ymin, y), xmax, ymax)
    both = np.concatenate([shapely.intersection(pieces, low), shapely.intersection(pieces, high)])
    return both, np.concatenate([owners, owners])


def in_reach_at_all(found: InReach, points: int) -> npt.NDArray[np.bool_]:
    """Which of so many points have an asset in reach."""
    any_found: npt.NDArray[np.bool_] = np.bincount(found.points, minlength=points) > 0
    return any_found
