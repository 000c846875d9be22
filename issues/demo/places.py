"""Where demo reports lie: along streets of every neighbourhood, around centres, at assets.

All coordinates are metres in the city's projected system; arrays are `(n, 2)`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Points = npt.NDArray[np.float64]

LATERAL_M = 7.0
"""How far from a street's middle people put their pin (one standard deviation)."""


@dataclass(frozen=True)
class Place:
    """A place where reports arise: a street (two or more vertices) or a centre (one).

    `spread_m` is the standard deviation around it, `weight` its share before
    scaling, `mix` the mix of services there, `service` the only one if given.
    """

    vertices: Points
    spread_m: float
    weight: float
    mix: str
    service: str | None = None
    asset_id: int | None = None


def streets_in(
    polygon: shapely.Geometry, rng: np.random.Generator, weight: float, mix: str, length_m: float = 700.0
) -> list[Place]:
    """Made-up streets inside a polygon, parallel or across to one bearing, some much busier than others."""
    xmin, ymin, xmax, ymax = polygon.bounds
    wanted = int(np.clip(polygon.area / 150_000, 4, 40))
    bearing = rng.uniform(0, np.pi)
    tries = wanted * 12
    middles = np.column_stack([rng.uniform(xmin, xmax, tries), rng.uniform(ymin, ymax, tries)])
    angles = bearing + rng.integers(0, 2, tries) * np.pi / 2
    half = rng.uniform(0.15, 0.5, (tries, 1)) * min(length_m, np.sqrt(polygon.area))
    steps = np.column_stack([np.cos(angles), np.sin(angles)]) * half
    busyness = 1 / np.arange(1, tries + 1) ** 0.7
    lines = shapely.linestrings(np.stack([middles - steps, middles + steps], axis=1))
    shapely.prepare(polygon)
    inside = np.flatnonzero(shapely.covers(polygon, lines))[:wanted]
    share = busyness[: len(inside)] / busyness[: len(inside)].sum() if len(inside) else []
    return [
        Place(
            np.array([middles[number] - steps[number], middles[number] + steps[number]]), LATERAL_M, weight * part, mix
        )
        for number, part in zip(inside, share, strict=True)
    ]


def draw_points(
    places: Sequence[Place], count: int, area: shapely.Geometry, rng: np.random.Generator
) -> tuple[Points, npt.NDArray[np.int64]]:
    """`count` points inside `area` and the number of the place that each belongs to."""
    weights = np.array([place.weight for place in places])
    shapely.prepare(area)
    kept_points, kept_places, missing = [np.empty((0, 2))], [np.empty(0, dtype=np.int64)], count
    while missing > 0:
        chosen = np.sort(rng.choice(len(places), size=missing + missing // 20 + 10, p=weights / weights.sum()))
        points = np.empty((len(chosen), 2))
        starts = np.searchsorted(chosen, np.arange(len(places) + 1))
        for number, place in enumerate(places):
            start, end = starts[number], starts[number + 1]
            if end > start:
                points[start:end] = _around(place, end - start, rng)
        # In any order, so that what is too much is not always the last place's.
        inside = rng.permutation(np.flatnonzero(shapely.contains_xy(area, points)))[:missing]
        kept_points.append(points[inside])
        kept_places.append(chosen[inside])
        missing -= len(inside)
    return np.concatenate(kept_points), np.concatenate(kept_places)


def _around(place: Place, count: int, rng: np.random.Generator) -> Points:
    """Points along a street or around a centre."""
    spread = rng.normal(0, place.spread_m, (count, 2))
    if len(place.vertices) == 1:
        return place.vertices[0] + spread
    lengths = np.hypot(*np.diff(place.vertices, axis=0).T)
    along = rng.uniform(0, lengths.sum(), count)
    ends = np.cumsum(lengths)
    piece = np.minimum(np.searchsorted(ends, along), len(lengths) - 1)
    share = (along - (ends[piece] - lengths[piece])) / lengths[piece]
    start, end = place.vertices[piece], place.vertices[piece + 1]
    return start + (end - start) * share[:, None] + spread
