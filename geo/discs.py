"""How much of many discs lies inside polygons, from the few edges that pass through each disc.

Green's theorem around a disc's centre: of an edge only the part inside the disc
matters; the rest adds up to whether the polygon holds the centre, which the
caller knows. So the cost does not depend on how large a polygon is, and nothing
is clipped. A disc is the polygon of 64 sides that PostGIS makes of it, and the
shares are those of `ST_Area(ST_Intersection(…))` but for rounding (property test).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geo.cell_edges import edges_of, spread

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SIDES = 64
"""As ST_Buffer(point, radius, 16): the corners lie on the circle, the first due east."""
STEP = 2 * np.pi / SIDES
EAST, NORTH = np.cos((np.arange(SIDES) + 0.5) * STEP), np.sin((np.arange(SIDES) + 0.5) * STEP)
"""Which way each side looks."""
INNER = np.cos(STEP / 2)
"""How far the sides are from the centre of a disc of radius 1."""
SECTOR = np.sin(STEP) / 2
AREA = SIDES * SECTOR
TOUCHING = 1e-9
"""Of the radius: what touches a disc from outside is told, too, its change being next to nothing."""
CHAIN = 8
"""Edges looked up together: fewer make the tree large, more bring edges that are not near."""
AT_ONCE = 1 << 19
"""Pairs of a disc and an edge measured together: some 100 MB for a moment."""


class Touched(NamedTuple):
    """Pairs of a disc and a polygon that has an edge inside it or touching it, sorted.

    The share of the disc inside the polygon is `change`, plus 1 if the polygon holds
    the centre. Where an edge passes through the centre itself, which of two shares
    that are 1 apart is meant is left to the caller: only one is from 0 to 1.
    """

    discs: Ints
    polygons: Ints
    change: Floats


@dataclass(frozen=True)
class Outline:
    """The edges of one polygon from `(ax, ay)` to `(bx, by)`, shape (n, 4); the inside is to their left."""

    edges: Floats


def outlines_of(polygons: npt.NDArray[np.object_]) -> list[Outline]:
    """Of valid (Multi)Polygons in a plane; an empty one has no edges."""
    edges = edges_of(shapely.orient_polygons(polygons))
    rows = np.column_stack((edges.ax, edges.ay, edges.bx, edges.by))
    starts = np.searchsorted(edges.polygon, np.arange(1, len(polygons)))
    return [Outline(each) for each in np.split(rows, starts)] if len(polygons) else []


class DiscIndex:
    """Immutable; any number of threads may ask."""

    def __init__(self, outlines: Sequence[Outline], wanted: Bools) -> None:
        """In the unit of the coordinates.

        Parameters
        ----------
        outlines
            Of each polygon; several may be one and the same object, which is then kept once.
        wanted
            Whether polygon p matters to discs of kind k is `wanted[k, p]`; shape (kinds, polygons).
        """
        shapes = {id(each): each for each in outlines}
        numbers = {key: number for number, key in enumerate(shapes)}
        shape_of = np.array([numbers[id(each)] for each in outlines], dtype=np.int64)
        order = np.argsort(shape_of, kind="stable")
        self._polygons = order  # those of shape i are _first[i] … _first[i + 1] of them
        self._first = np.searchsorted(shape_of[order], np.arange(len(shapes) + 1))
        self._shapes = len(shapes)
        self._edges = np.concatenate([np.empty((0, 4)), *(each.edges for each in shapes.values())])
        counts = np.array([len(each.edges) for each in shapes.values()], dtype=np.int64)
        chains = -(-counts // CHAIN)
        self._shape = np.repeat(np.arange(len(shapes)), chains)
        turn = np.arange(len(self._shape)) - np.repeat(np.cumsum(chains) - chains, chains)
        self._start = np.repeat(np.cumsum(counts) - counts, chains) + turn * CHAIN
        self._count = np.minimum(np.repeat(counts, chains) - turn * CHAIN, CHAIN)
        self._tree = shapely.STRtree(self._boxes())
        self._wanted = wanted
        # A shape matters where one of its polygons does; `reduceat` takes no empty list.
        by_shape = wanted[:, order]
        self._shape_wanted = np.logical_or.reduceat(by_shape, self._first[:-1], axis=1) if len(shapes) else by_shape

    def _boxes(self) -> npt.NDArray[np.object_]:
        if not len(self._start):
            return np.empty(0, dtype=object)
        low = np.minimum(self._edges[:, :2], self._edges[:, 2:])
        high = np.maximum(self._edges[:, :2], self._edges[:, 2:])
        boxes: npt.NDArray[np.object_] = shapely.box(
            *np.minimum.reduceat(low, self._start).T, *np.maximum.reduceat(high, self._start).T
        )
        return boxes

    def touched(self, x: Floats, y: Floats, radius: Floats, kinds: Ints) -> Touched:
        """What the edges inside each disc do to its shares.

        Parameters
        ----------
        x, y, radius
            Shape (n,), radius above 0.
        kinds
            Of each disc, shape (n,): the rows of `wanted`.
        """
        discs = shapely.box(x - radius, y - radius, x + radius, y + radius)
        disc, chain = self._tree.query(discs)
        matters = self._shape_wanted[kinds[disc], self._shape[chain]]
        disc, chain = disc[matters], chain[matters]
        found = [_Changes.none()]
        for some in _batches(self._count[chain]):
            found.append(self._changes(disc[some], chain[some], x, y, radius))
        keys = np.concatenate([each.discs * self._shapes + each.shapes for each in found])
        changes = np.concatenate([each.changes for each in found])
        pairs, which = np.unique(keys, return_inverse=True)
        change: Floats = np.bincount(which, weights=changes, minlength=len(pairs)).astype(np.float64)
        disc, shape = np.divmod(pairs, max(self._shapes, 1))
        # Each polygon of the shape, if it is wanted.
        pair, at = spread(self._first[shape], self._first[shape + 1] - self._first[shape])
        disc, polygon, change = disc[pair], self._polygons[at], change[pair]
        matters = np.flatnonzero(self._wanted[kinds[disc], polygon])
        order = matters[np.lexsort((polygon[matters], disc[matters]))]
        return Touched(disc[order], polygon[order], change[order])

    def _changes(self, disc: Ints, chain: Ints, x: Floats, y: Floats, radius: Floats) -> "_Changes":
        """For each edge of the chains that enters its disc, as if the disc were of radius 1 around 0."""
        pair, edge = spread(self._start[chain], self._count[chain])
        at = disc[pair]
        scale = 1 / radius[at]
        ax, ay, bx, by = self._edges[edge].T
        ax, bx = (ax - x[at]) * scale, (bx - x[at]) * scale
        ay, by = (ay - y[at]) * scale, (by - y[at]) * scale
        dx, dy = bx - ax, by - ay
        nearest = np.clip(-(ax * dx + ay * dy) / _squared(dx, dy), 0.0, 1.0)
        near = np.flatnonzero((ax + nearest * dx) ** 2 + (ay + nearest * dy) ** 2 < 1.0 + TOUCHING)
        entry, leave = _clipped(ax[near], ay[near], dx[near], dy[near])
        enters = entry < leave + TOUCHING
        near, entry, leave = near[enters], entry[enters], leave[enters]
        ax, ay, bx, by, dx, dy = ax[near], ay[near], bx[near], by[near], dx[near], dy[near]
        # A corner keeps its very coordinates: two edges must agree on its direction, be it ever so near the centre.
        end_x, end_y = np.where(leave < 1, ax + leave * dx, bx), np.where(leave < 1, ay + leave * dy, by)
        swept = _swept(end_x, end_y) - _swept(ax + entry * dx, ay + entry * dy)
        # A straight edge turns by less than half of the disc.
        swept -= AREA * np.round(swept / AREA)
        triangle = (ax * dy - ay * dx) * (leave - entry) / 2
        which = pair[near]
        return _Changes(disc[which], self._shape[chain[which]], (triangle - swept) / AREA)


class _Changes(NamedTuple):
    discs: Ints
    shapes: Ints
    changes: Floats

    @classmethod
    def none(cls) -> "_Changes":
        nothing = np.empty(0, dtype=np.int64)
        return cls(nothing, nothing, np.empty(0))


def _clipped(ax: Floats, ay: Floats, dx: Floats, dy: Floats) -> tuple[Floats, Floats]:
    """Where the edge a + t · d, 0 ≤ t ≤ 1, enters and leaves the polygon of 64 sides; it does not where entry ≥ leave.

    It passes its sides near where the line passes the circle: in the same sector
    or one beside it, since outside the sides a chord spans less than a sector.
    """
    length = _squared(dx, dy)
    middle = -(ax * dx + ay * dy) / length
    apart = (ax + middle * dx) ** 2 + (ay + middle * dy) ** 2
    half = np.sqrt(np.maximum(1.0 - apart, 0.0) / length)
    entry, leave = np.zeros_like(ax), np.ones_like(ax)
    first, last = _sector(ax, ay, dx, dy, middle - half), _sector(ax, ay, dx, dy, middle + half)
    with np.errstate(divide="ignore", invalid="ignore"):
        for beside in (-1, 0, 1):
            gap, slope = _to_side(ax, ay, dx, dy, first + beside)
            np.maximum(entry, gap / slope, out=entry, where=slope < 0)
            gap, slope = _to_side(ax, ay, dx, dy, last + beside)
            np.minimum(leave, gap / slope, out=leave, where=slope > 0)
    return entry, leave


def _squared(dx: Floats, dy: Floats) -> Floats:
    """The squared length, above 0 even where it is too small for a double."""
    return np.maximum(dx * dx + dy * dy, np.finfo(np.float64).tiny)


def _sector(ax: Floats, ay: Floats, dx: Floats, dy: Floats, at: Floats) -> Ints:
    """The number of the side in whose sector a + at · d lies."""
    return np.floor(np.arctan2(ay + at * dy, ax + at * dx) / STEP).astype(np.int64)


def _to_side(ax: Floats, ay: Floats, dx: Floats, dy: Floats, side: Ints) -> tuple[Floats, Floats]:
    """How far a is inside that side, and d's way out of it."""
    east, north = EAST[side % SIDES], NORTH[side % SIDES]
    return INNER - (east * ax + north * ay), east * dx + north * dy


def _swept(x: Floats, y: Floats) -> Floats:
    """The area between due east and the direction of (x, y), from -AREA / 2 to AREA / 2."""
    turns = np.arctan2(y, x) / STEP
    sector = np.floor(turns)
    beyond = (turns - sector) * STEP
    side = INNER / np.cos(beyond - STEP / 2)
    area: Floats = sector * SECTOR + side * np.sin(beyond) / 2
    return area


def _batches(counts: Ints) -> Iterator[slice]:
    """Runs whose counts sum to about AT_ONCE."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        before = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, before + AT_ONCE, side="right")), start + 1)
        yield slice(start, stop)
        start = stop
