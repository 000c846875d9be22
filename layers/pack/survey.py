"""Where a pack's layers contradict each other and where they are silent.

Equal ranks of two bodies for one service are contested wherever they overlap;
land that no layer of a service covers is a gap. A summary for people, of shapes
simplified by 10 m; `check_topology` looks inside each layer, exactly.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import shapely

from geo.overlaps import candidate_pairs, find_overlaps, uncovered_area
from layers.pack.geography import PackBoundary, PackLayer

TOLERANCE_M = 10.0
SLIVER_M2 = 20_000.0
"""Below this an overlap is taken for two drawings, or two simplifications, of the same border."""


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
    layers: Sequence[PackLayer],
    layers_by_service: dict[str, frozenset[str]],
    land: Sequence[shapely.Geometry],
    srid: int,
) -> tuple[list[Contested], list[Gap]]:
    """Contested overlaps and gaps of the newest boundaries, largest first.

    `land` are polygons in EPSG:4326, `srid` the metre system to measure in.
    """
    rows = [(layer, boundary) for layer in layers for boundary in layer.boundaries if boundary.valid_to is None]
    shapes = _in_metres([boundary.geometry for _, boundary in rows], srid)
    contested = _contested(rows, shapes, layers_by_service)
    whole_parts = {id(part) for part in land}
    services: dict[frozenset[str], list[str]] = defaultdict(list)
    for service, deciding in layers_by_service.items():
        services[deciding].append(service)
    whole = shapely.union_all(_in_metres(land, srid))
    gaps = []
    for deciding, codes in services.items():
        parts = [number for number, (layer, _) in enumerate(rows) if layer.slug in deciding]
        if not parts or whole_parts <= {id(rows[number][1].geometry) for number in parts}:
            continue  # decided by assets alone; or a layer is the land itself
        gaps.append(Gap(tuple(codes), uncovered_area(whole, [shapes[number] for number in parts]) / 1e6))
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
    """Simplified shapes in metres; equal objects stay equal objects."""
    unique = {id(shape): shape for shape in shapes}
    series = gpd.GeoSeries(list(unique.values()), crs=4326).to_crs(srid)
    simple = dict(zip(unique, shapely.make_valid(series.simplify(TOLERANCE_M).to_numpy()), strict=True))
    return [simple[id(shape)] for shape in shapes]
