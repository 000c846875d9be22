"""Where a pack's layers contradict each other and where they are silent.

Equal ranks of two bodies for one service are contested wherever they overlap;
land that no layer of a service covers is a gap. A summary for people: shapes
are simplified by 10 m first, so borders shared by two sources make no slivers.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import shapely

from geo.overlaps import candidate_pairs, find_overlaps, uncovered_area
from layers.pack.geography import PackBoundary, PackLayer

TOLERANCE_M = 10.0
SLIVER_M2 = 50_000.0
"""Below this an overlap is taken for two drawings of the same border (5 km of border, 10 m wide)."""


@dataclass(frozen=True)
class Contested:
    """Two layers of one rank, in their overlap, in km²."""

    layers: tuple[str, str]
    pairs: int
    km2: float


@dataclass(frozen=True)
class Gap:
    """Land that none of these services' layers covers, in km²."""

    services: tuple[str, ...]
    km2: float


def survey(
    layers: Sequence[PackLayer], layers_by_service: dict[str, frozenset[str]], land: shapely.Geometry, srid: int
) -> tuple[list[Contested], list[Gap]]:
    """Contested overlaps and gaps of the newest boundaries, largest first.

    `land` is in EPSG:4326, `srid` the metre system to measure in.
    """
    rows = [(layer, boundary) for layer in layers for boundary in layer.boundaries if boundary.valid_to is None]
    shapes = _in_metres([boundary.geometry for _, boundary in rows], srid)
    contested = _contested(rows, shapes, layers_by_service)
    [whole] = _in_metres([land], srid)
    services: dict[frozenset[str], list[str]] = defaultdict(list)
    for service, deciding in layers_by_service.items():
        services[deciding].append(service)
    gaps = []
    for deciding, codes in services.items():
        if deciding:
            # Layers of one source share their shapes, which need no second union.
            parts = {id(shape): shape for (layer, _), shape in zip(rows, shapes, strict=True) if layer.slug in deciding}
            gaps.append(Gap(tuple(codes), uncovered_area(whole, list(parts.values())) / 1e6))
    return contested, sorted(gaps, key=lambda gap: -gap.km2)


def _contested(
    rows: Sequence[tuple[PackLayer, PackBoundary]],
    shapes: Sequence[shapely.Geometry],
    layers_by_service: dict[str, frozenset[str]],
) -> list[Contested]:
    def clash(first: int, second: int) -> bool:
        (one, one_area), (other, other_area) = rows[first], rows[second]
        return (
            one.rank == other.rank
            and one_area.body != other_area.body
            and any({one.slug, other.slug} <= deciding for deciding in layers_by_service.values())
        )

    pairs = [pair for pair in candidate_pairs(shapes) if clash(*pair)]
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for overlap in find_overlaps(shapes, SLIVER_M2, pairs):
        one, other = sorted((rows[overlap.first][0].slug, rows[overlap.second][0].slug))
        found[(one, other)].append(overlap.area / 1e6)
    contested = [Contested(names, len(areas), sum(areas)) for names, areas in found.items()]
    return sorted(contested, key=lambda one: -one.km2)


def _in_metres(shapes: Sequence[shapely.Geometry], srid: int) -> list[shapely.Geometry]:
    """Simplified shapes in metres; equal objects stay equal objects.

    Each is grown by half the tolerance, which closes the seams that simplifying
    neighbours one by one opens between them.
    """
    unique = {id(shape): shape for shape in shapes}
    series = gpd.GeoSeries(list(unique.values()), crs=4326).to_crs(srid).simplify(TOLERANCE_M)
    grown = dict(zip(unique, series.buffer(TOLERANCE_M / 2, quad_segs=1), strict=True))
    return [grown[id(shape)] for shape in shapes]
