"""What is wrong with a set of polygons that should share their borders, and only there.

Overlaps, gaps, slivers, invalid rings, and shared edges whose two sides have
different vertices. An R-tree finds who to compare, so that after a change only
its neighbours are looked at again. Plain geometry: no Django, no database.

Everything is in one plane in metres. For polygons in degrees `Plane` makes one
that keeps straight edges straight: projecting bends the long edge of one side
away from the vertices of the other, and finds flaws that nobody drew.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.overlaps import box_index, candidate_pairs

Numbers = npt.NDArray[np.int64]
Coordinates = npt.NDArray[np.float64]

_REASON = re.compile(r"^(?P<reason>.*?)\s*\[(?P<x>\S+) (?P<y>\S+)\]$")


@dataclass(frozen=True)
class Tolerances:
    """What is a flaw and what is rounding.

    `minimum_area_m2`: smaller pieces are rounding. `sliver_width_m`: a piece
    narrower than this (twice its area over its perimeter) is a border drawn
    twice, no land in dispute. `near_m`: a vertex this near to another polygon's
    edge lies on a shared edge. `same_m`: two vertices this near are one.
    """

    minimum_area_m2: float = 1.0
    sliver_width_m: float = 5.0
    near_m: float = 0.5
    same_m: float = 0.02


USUAL = Tolerances()


@dataclass(frozen=True, slots=True)
class SharedArea:
    """What geometries number `first` and `second` (first < second) both cover; slivers apart from the rest."""

    first: int
    second: int
    geometry: BaseGeometry
    is_sliver: bool


@dataclass(frozen=True, slots=True)
class Hole:
    """A connected piece of the outline that no part covers."""

    geometry: BaseGeometry
    is_sliver: bool


@dataclass(frozen=True, slots=True)
class InvalidRing:
    """Geometry number `number` breaks a rule of OGC Simple Features at `place`."""

    number: int
    reason: str
    place: BaseGeometry


@dataclass(frozen=True, slots=True)
class UnmatchedVertices:
    """Vertices of geometry `first` on an edge of `second` where `second` has no vertex (either order)."""

    first: int
    second: int
    places: BaseGeometry


@dataclass(frozen=True)
class Plane:
    """Degrees (EPSG:4326) to metres by two factors, true at `lon, lat`; straight lines stay straight.

    Lengths are off by 0.3 % fifty kilometres north or south: enough for
    tolerances. Areas that people read are measured in the city's own system.
    """

    lon: float
    lat: float

    @property
    def metres_per_degree(self) -> Coordinates:
        """Length of a degree of longitude and of latitude (series for the WGS 84 ellipsoid), shape (2,)."""
        phi = math.radians(self.lat)
        return np.array(
            [
                111412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi) + 0.118 * math.cos(5 * phi),
                111132.92 - 559.82 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi),
            ]
        )

    def to_metres(self, geometries: Iterable[BaseGeometry]) -> list[BaseGeometry]:
        """`geometries` (lon, lat) in this plane; nothing for nothing."""
        origin, factors = np.array([self.lon, self.lat]), self.metres_per_degree
        moved = shapely.transform(np.array(list(geometries), dtype=object), lambda found: (found - origin) * factors)
        return list(moved)

    def to_degrees(self, geometries: Iterable[BaseGeometry]) -> list[BaseGeometry]:
        """The way back."""
        origin, factors = np.array([self.lon, self.lat]), self.metres_per_degree
        moved = shapely.transform(np.array(list(geometries), dtype=object), lambda found: found / factors + origin)
        return list(moved)


def width(geometry: BaseGeometry) -> float:
    """Twice the area over the perimeter, in metres: the width of a long strip, half the side of a square.

    0 for what has no area.
    """
    return 2 * float(geometry.area) / float(geometry.length) if geometry.area else 0.0


def split_slivers(
    geometry: BaseGeometry, tolerances: Tolerances = USUAL
) -> tuple[list[BaseGeometry], list[BaseGeometry]]:
    """The polygons of `geometry` that matter, and the slivers; rounding, lines and points are dropped."""
    parts = _polygons(geometry)
    areas, lengths = shapely.area(parts), shapely.length(parts)
    matters = areas > tolerances.minimum_area_m2
    is_thin = 2 * areas < tolerances.sliver_width_m * lengths
    return list(parts[matters & ~is_thin]), list(parts[matters & is_thin])


def find_shared_areas(
    geometries: Sequence[BaseGeometry],
    pairs: Iterable[tuple[int, int]] | None = None,
    tolerances: Tolerances = USUAL,
) -> list[SharedArea]:
    """What each pair has in common: at most one entry of land and one of slivers a pair, in the order of `pairs`.

    Parameters
    ----------
    geometries
        Valid polygons in one plane in metres; empty ones share nothing.
    pairs
        Compare only these, for instance of different owners, or `pairs_touching` a change. All by default.
    """
    chosen = list(candidate_pairs(geometries) if pairs is None else pairs)
    if not chosen:
        return []
    common = shapely.intersection(
        [geometries[first] for first, _ in chosen], [geometries[second] for _, second in chosen]
    )
    found = []
    for (first, second), geometry in zip(chosen, common, strict=True):
        wide, thin = split_slivers(geometry, tolerances)
        if wide:
            found.append(SharedArea(first, second, _multi(wide), is_sliver=False))
        if thin:
            found.append(SharedArea(first, second, _multi(thin), is_sliver=True))
    return found


def find_gaps(
    outline: BaseGeometry,
    parts: Sequence[BaseGeometry],
    tolerances: Tolerances = USUAL,
    within: BaseGeometry | None = None,
) -> list[Hole]:
    """The connected pieces of `outline` that no part covers, largest first.

    Parameters
    ----------
    outline, parts
        Valid polygons in one plane in metres. No parts: the outline itself is the gap.
    within
        Look only here, for instance at the box of a change; gaps are cut to it.
    """
    if within is not None:
        outline = shapely.intersection(outline, within)
    if outline.is_empty:
        return []
    tree = box_index(parts)
    near = [parts[number] for number in sorted(tree.intersection(outline.bounds))]
    if within is not None:
        # A union of what is near costs as much as its vertices: cut to the box first.
        near = [part for part in shapely.intersection(near, within) if not part.is_empty] if near else []
    wide, thin = split_slivers(shapely.difference(outline, shapely.union_all(near)), tolerances)
    holes = [*(Hole(part, False) for part in wide), *(Hole(part, True) for part in thin)]
    return sorted(holes, key=lambda hole: -hole.geometry.area)


def find_invalid_rings(geometries: Sequence[BaseGeometry]) -> list[InvalidRing]:
    """The first broken rule of each invalid geometry: what and where (GEOS names one at a time)."""
    if not len(geometries):
        return []
    found = []
    for number in np.flatnonzero(~shapely.is_valid(np.array(geometries, dtype=object))).tolist():
        text = str(shapely.is_valid_reason(geometries[number]))
        match = _REASON.match(text)
        place = shapely.Point(float(match["x"]), float(match["y"])) if match else geometries[number].centroid
        found.append(InvalidRing(number, match["reason"] if match else text, place))
    return found


def find_unmatched_vertices(
    geometries: Sequence[BaseGeometry],
    pairs: Iterable[tuple[int, int]] | None = None,
    tolerances: Tolerances = USUAL,
) -> list[UnmatchedVertices]:
    """Vertices that lie within `near_m` of another polygon's edge, but within `same_m` of none of its vertices.

    Where two neighbours share an edge and only one has a vertex on it, moving
    that vertex tears the border open.

    Parameters
    ----------
    geometries
        Polygons in one plane in metres whose common edges are straight in it.
    pairs
        Compare only these, both ways; all whose boxes meet by default.
    """
    chosen = np.array(list(candidate_pairs(geometries) if pairs is None else pairs), dtype=np.int64).reshape(-1, 2)
    if not len(chosen):
        return []
    concerned = np.unique(chosen)
    vertices, owners, edges, edge_owners = _vertices_and_edges(geometries, concerned)
    tree = shapely.STRtree(shapely.linestrings(edges))
    vertex, edge = tree.query(shapely.points(vertices), predicate="dwithin", distance=tolerances.near_m)
    count = len(geometries)
    key = owners[vertex] * count + edge_owners[edge]
    wanted = np.concatenate([chosen[:, 0] * count + chosen[:, 1], chosen[:, 1] * count + chosen[:, 0]])
    kept = (owners[vertex] != edge_owners[edge]) & np.isin(key, wanted)
    vertex, edge, key = vertex[kept], edge[kept], key[kept]
    ends = edges[edge] - vertices[vertex][:, None, :]
    is_same = (np.hypot(ends[..., 0], ends[..., 1]) <= tolerances.same_m).any(axis=1)
    # One vertex meets several edges of the same neighbour: it is matched if it is on any vertex of any of them.
    meeting = np.stack([key, vertex], axis=1)
    unique, group = np.unique(meeting, axis=0, return_inverse=True)
    matched = np.bincount(group.ravel(), weights=is_same, minlength=len(unique)) > 0
    found = []
    for pair in np.unique(unique[~matched, 0]):
        places = np.unique(vertices[unique[~matched & (unique[:, 0] == pair), 1]], axis=0)
        found.append(
            UnmatchedVertices(int(pair // count), int(pair % count), shapely.multipoints(shapely.points(places)))
        )
    return found


def pairs_touching(geometries: Sequence[BaseGeometry], changed: Iterable[int]) -> list[tuple[int, int]]:
    """The pairs (first < second) that a change of geometries number `changed` can make better or worse.

    Those of `candidate_pairs` with a changed member: after one of 3,000
    boundaries moved, a handful. No change, no pair.
    """
    tree = box_index(geometries)
    pairs = set()
    for number in changed:
        if not geometries[number].is_empty:
            for other in tree.intersection(geometries[number].bounds):
                if other != number:
                    pairs.add((min(number, other), max(number, other)))
    return sorted(pairs)


def _polygons(geometry: BaseGeometry) -> npt.NDArray[np.object_]:
    """The polygons of any geometry, also of a collection inside a collection."""
    parts: npt.NDArray[np.object_] = shapely.get_parts(shapely.get_parts(geometry))
    is_polygon = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    kept: npt.NDArray[np.object_] = parts[is_polygon & ~shapely.is_empty(parts)]
    return kept


def _multi(polygons: Sequence[BaseGeometry]) -> BaseGeometry:
    return shapely.MultiPolygon(list(polygons))


def _vertices_and_edges(
    geometries: Sequence[BaseGeometry], numbers: Numbers
) -> tuple[Coordinates, Numbers, Coordinates, Numbers]:
    """Vertices (n, 2) with their geometry's number (n,); edges (m, 2, 2) with theirs (m,)."""
    parts, part_of = shapely.get_parts(np.array([geometries[number] for number in numbers]), return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    found, vertex_of = shapely.get_coordinates(rings, return_index=True)
    owners = numbers[part_of[ring_of[vertex_of]]]
    follows = vertex_of[1:] == vertex_of[:-1]
    edges = np.stack([found[:-1][follows], found[1:][follows]], axis=1)
    # The last vertex of a ring repeats the first.
    is_start = np.append(follows, False)
    return found[is_start], owners[is_start], edges, owners[:-1][follows]
