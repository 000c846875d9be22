"""Where the boundaries contradict each other, are silent or are badly drawn, and whom that harms.

`geo.topology` finds the flaws; here they are joined with services and reports
and sorted by harm, so that the first line is what to repair first.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd
import shapely
from django.conf import settings
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from geo.overlaps import box_index, candidate_pairs
from geo.progress import Progress, Silence
from geo.topology import (
    USUAL,
    Plane,
    SharedArea,
    Tolerances,
    find_gaps,
    find_invalid_rings,
    find_shared_areas,
    find_unmatched_vertices,
    pairs_touching,
)
from issues.models import Service
from issues.selectors.topology_findings import Finding, Kind, by_harm, measured
from layers.models import BasemapFeature, Boundary, City
from layers.selectors.boundaries import boundaries_on


@dataclass(frozen=True)
class _Area:
    """One boundary in the plane of the check. `shape` numbers its polygon: equal polygons have one number."""

    jurisdiction: int
    layer: str
    rank: int
    code: str
    body: str
    shape: int


@dataclass
class _Sheet:
    """All that is compared, in one plane in metres."""

    plane: Plane
    areas: list[_Area]
    shapes: list[BaseGeometry]
    deciding: dict[str, frozenset[str]]
    """Services by layer."""

    def polygon(self, number: int) -> BaseGeometry:
        """The polygon of area number `number`."""
        return self.shapes[self.areas[number].shape]

    def comparable(self, first: int, second: int) -> bool:
        """Whether these two could contradict each other: other bodies, no rank between them, a common question."""
        one, other = self.areas[first], self.areas[second]
        if one.body == other.body or one.jurisdiction == other.jurisdiction:
            return False
        if one.layer == other.layer:
            return True
        return one.rank == other.rank and bool(self.common(first, second))

    def common(self, first: int, second: int) -> frozenset[str]:
        """The services that both decide."""
        return self.deciding[self.areas[first].layer] & self.deciding[self.areas[second].layer]


def find_topology(
    layers: Collection[str] | None = None,
    on: date | None = None,
    jurisdictions: Collection[int] | None = None,
    tolerances: Tolerances = USUAL,
    progress: Progress | None = None,
    around: BaseGeometry | None = None,
) -> list[Finding]:
    """The flaws of the boundaries in force on a day, most harm first.

    Two boundaries of different bodies are compared within one layer, and
    between layers of one rank that decide a common service: another rank is an
    answer. An overlap that a higher rank covers for all its services is none.
    Gaps are looked for in the base map's land, or in the city's outline where
    there is none, for each set of layers that decides some service.

    Parameters
    ----------
    layers
        Slugs: only flaws that one of these takes part in. None: all. A layer
        that decides no service is checked for gaps only when it is named here.
    on
        The day; today by default. Reports count as they stand now.
    jurisdictions
        Ids: only what these touch, in their present or any earlier shape.
    around
        With `jurisdictions`: look for gaps there, too (EPSG:4326); gaps are cut to the region.
    """
    day = on or timezone.localdate()
    progress = progress or Silence()
    with progress.step("boundaries"):
        sheet = _read_sheet(day)
    changed = _changed(sheet, jurisdictions)
    with progress.step("overlaps and shared edges"):
        pairs = _pairs(sheet, layers, changed)
        found = [*_overlaps(sheet, pairs, tolerances), *_unmatched(sheet, pairs, tolerances)]
    with progress.step("gaps"):
        found += _gaps(sheet, layers, _box_of_change(sheet, jurisdictions, around), tolerances, progress)
    with progress.step("invalid rings"):
        found += _invalid(sheet, layers, day, jurisdictions)
    with progress.step("harm"):
        return by_harm(measured(sheet.plane, found, day))


def _read_sheet(day: date) -> _Sheet:
    shapes: dict[bytes, int] = {}
    areas = []
    for found in boundaries_on(day).iterator(chunk_size=200):
        wkb = bytes(found.geom.wkb)
        jurisdiction = found.jurisdiction
        areas.append(
            _Area(
                jurisdiction.pk,
                jurisdiction.layer.slug,
                jurisdiction.layer.rank,
                jurisdiction.code,
                jurisdiction.body.slug,
                shapes.setdefault(wkb, len(shapes)),
            )
        )
    polygons = list(shapely.from_wkb(list(shapes)))
    lon, lat = settings.CITY.center
    plane = Plane(lon, lat)
    deciding: dict[str, set[str]] = defaultdict(set)
    links = Service.objects.filter(is_active=True, layers__isnull=False).values_list("layers__slug", "service_code")
    for layer, code in links:
        deciding[layer].add(code)
    return _Sheet(
        plane,
        areas,
        plane.to_metres(polygons),
        defaultdict(frozenset, {layer: frozenset(codes) for layer, codes in deciding.items()}),
    )


def _changed(sheet: _Sheet, jurisdictions: Collection[int] | None) -> list[int] | None:
    """Numbers of the areas of `jurisdictions`; None for all."""
    if jurisdictions is None:
        return None
    return [number for number, area in enumerate(sheet.areas) if area.jurisdiction in jurisdictions]


def _box_of_change(
    sheet: _Sheet, jurisdictions: Collection[int] | None, around: BaseGeometry | None
) -> BaseGeometry | None:
    """The boxes, in the plane, of every shape that `jurisdictions` ever had, and `around`; None for everywhere."""
    if jurisdictions is None:
        return None
    extents = [
        shapely.box(*geom.extent)
        for geom in Boundary.objects.filter(jurisdiction__in=jurisdictions).values_list("geom", flat=True)
    ]
    if around is not None:
        extents.append(around)
    return shapely.union_all(sheet.plane.to_metres(extents)) if extents else shapely.Polygon()


def _pairs(sheet: _Sheet, layers: Collection[str] | None, changed: list[int] | None) -> list[tuple[int, int]]:
    polygons = [sheet.polygon(number) for number in range(len(sheet.areas))]
    near: Iterable[tuple[int, int]] = (
        candidate_pairs(polygons) if changed is None else pairs_touching(polygons, changed)
    )
    return [
        (first, second)
        for first, second in near
        if (layers is None or {sheet.areas[first].layer, sheet.areas[second].layer} & set(layers))
        and sheet.comparable(first, second)
    ]


def _by_shapes(sheet: _Sheet, pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """The pairs of areas by their pair of shapes: nine layers of the same boroughs are measured once."""
    grouped: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for first, second in pairs:
        one, other = sorted((sheet.areas[first].shape, sheet.areas[second].shape))
        grouped[(one, other)].append((first, second))
    return grouped


def _overlaps(sheet: _Sheet, pairs: Sequence[tuple[int, int]], tolerances: Tolerances) -> Iterator[Finding]:
    grouped = _by_shapes(sheet, pairs)
    tree = box_index([sheet.polygon(number) for number in range(len(sheet.areas))])
    for shared in find_shared_areas(sheet.shapes, grouped, tolerances):
        higher = list(tree.intersection(shared.geometry.bounds))
        disputed = {
            pair: services
            for pair in grouped[(shared.first, shared.second)]
            if (services := _disputed_services(sheet, pair, shared, higher, tolerances)) is not None
        }
        if shared.is_sliver and disputed:
            # A border drawn twice is repaired once, whatever the number of layers made of it.
            services = frozenset().union(*disputed.values())
            yield _finding(sheet, Kind.OVERLAP_SLIVERS, shared.geometry, sum(disputed, ()), services)
        elif not shared.is_sliver:
            for pair, services in disputed.items():
                yield _finding(sheet, Kind.OVERLAP, shared.geometry, pair, services)


def _disputed_services(
    sheet: _Sheet, pair: tuple[int, int], shared: SharedArea, near: Iterable[int], tolerances: Tolerances
) -> frozenset[str] | None:
    """The common services that no higher rank settles all over the overlap; None if it settles each of them."""
    common = sheet.common(*pair)
    rank = sheet.areas[pair[0]].rank
    higher = [number for number in near if sheet.areas[number].rank > rank]
    disputed = set()
    left_by_layers: dict[frozenset[int], bool] = {}
    for service in common:
        settling = frozenset(
            sheet.areas[number].shape for number in higher if service in sheet.deciding[sheet.areas[number].layer]
        )
        if settling not in left_by_layers:
            above = shapely.union_all([sheet.shapes[shape] for shape in settling])
            left_by_layers[settling] = shared.geometry.difference(above).area > tolerances.minimum_area_m2
        if left_by_layers[settling]:
            disputed.add(service)
    return None if common and not disputed else frozenset(disputed)


def _unmatched(sheet: _Sheet, pairs: Sequence[tuple[int, int]], tolerances: Tolerances) -> Iterator[Finding]:
    grouped = {shapes: pairs for shapes, pairs in _by_shapes(sheet, pairs).items() if shapes[0] != shapes[1]}
    for found in find_unmatched_vertices(sheet.shapes, grouped, tolerances):
        concerned = grouped[(min(found.first, found.second), max(found.first, found.second))]
        services = frozenset().union(*(sheet.common(*pair) for pair in concerned))
        yield _finding(sheet, Kind.UNMATCHED_VERTICES, found.places, sum(concerned, ()), services)


def _gaps(
    sheet: _Sheet,
    layers: Collection[str] | None,
    within: BaseGeometry | None,
    tolerances: Tolerances,
    progress: Progress,
) -> Iterator[Finding]:
    sets: dict[frozenset[str], set[str]] = defaultdict(set)
    for service in frozenset().union(*sheet.deciding.values()):
        deciding = frozenset(layer for layer, services in sheet.deciding.items() if service in services)
        if layers is None or deciding & set(layers):
            sets[deciding].add(service)
    for layer in set(layers or ()) - {layer for layer, services in sheet.deciding.items() if services}:
        sets[frozenset([layer])] = set()
    [whole] = sheet.plane.to_metres([_whole()])
    covered = _Covered(sheet, within)
    # Layers of the same polygons leave the same gaps.
    by_shapes: dict[frozenset[frozenset[int]], list[frozenset[str]]] = defaultdict(list)
    for deciding in sets:
        by_shapes[frozenset(covered.shapes_of(layer) for layer in deciding)].append(deciding)
    same: dict[tuple[float, ...], Finding] = {}
    for layers_shapes, silent in progress.each(by_shapes.items(), total=len(by_shapes)):
        holes = find_gaps(whole, [covered.union(shapes) for shapes in layers_shapes], tolerances, within)
        services = frozenset().union(*(sets[deciding] for deciding in silent))
        named = tuple(sorted(frozenset().union(*silent)))
        wide = [hole.geometry for hole in holes if not hole.is_sliver]
        thin = [hole.geometry for hole in holes if hole.is_sliver]
        for geometry in wide:
            # Land that several sets of layers leave alike is one gap, silent for all their services.
            key = tuple(round(number, 1) for number in (*geometry.bounds, geometry.area))
            before = same.get(key, Finding(Kind.GAP, geometry, (), (), (), ()))
            same[key] = replace(
                before,
                layers=tuple(sorted({*before.layers, *named})),
                services=tuple(sorted({*before.services, *services})),
            )
        if thin:
            yield Finding(Kind.GAP_SLIVERS, shapely.MultiPolygon(thin), (), named, (), tuple(sorted(services)))
    yield from same.values()


class _Covered:
    """What a layer covers, dissolved once for all the services that it decides.

    The whole minus the union of a set of layers is computed in one go: taking
    one layer after the other from what is left runs into thousands of slivers
    along the same shore, on which GEOS spends minutes.
    """

    def __init__(self, sheet: _Sheet, within: BaseGeometry | None) -> None:
        self.sheet = sheet
        self.within = within
        self._unions: dict[frozenset[int], BaseGeometry] = {}

    def shapes_of(self, layer: str) -> frozenset[int]:
        """The numbers of the layer's shapes."""
        return frozenset(area.shape for area in self.sheet.areas if area.layer == layer)

    def union(self, shapes: frozenset[int]) -> BaseGeometry:
        """Their union, cut to `within`."""
        if shapes not in self._unions:
            parts = [self.sheet.shapes[number] for number in sorted(shapes)]
            if self.within is not None:
                parts = [shapely.intersection(part, self.within) for part in parts if part.intersects(self.within)]
            self._unions[shapes] = shapely.union_all(parts)
        return self._unions[shapes]


def _whole() -> BaseGeometry:
    """What should be covered: the base map's land inside the city's outline, or the outline (EPSG:4326)."""
    outlines = [shapely.from_wkb(bytes(geom.wkb)) for geom in City.objects.values_list("outline", flat=True)]
    outline = shapely.union_all(outlines)
    land = [
        shapely.from_wkb(bytes(geom.wkb))
        for geom in BasemapFeature.objects.filter(kind="land").values_list("geom", flat=True)
    ]
    return shapely.intersection(outline, shapely.union_all(shapely.make_valid(land))) if land else outline


def _invalid(
    sheet: _Sheet, layers: Collection[str] | None, day: date, jurisdictions: Collection[int] | None
) -> Iterator[Finding]:
    """Boundaries whose copy in metres is invalid; the database refuses the others."""
    broken = boundaries_on(day, layers=layers).filter(geom_m__isvalid=False)
    if jurisdictions is not None:
        broken = broken.filter(jurisdiction__in=jurisdictions)
    numbers = {area.jurisdiction: number for number, area in enumerate(sheet.areas)}
    for boundary in broken:
        shape = shapely.from_wkb(bytes(boundary.geom_m.wkb))
        # PostGIS and shapely may have different versions of GEOS, which need not agree.
        rings = find_invalid_rings([shape])
        reason, place = (rings[0].reason, rings[0].place) if rings else ("Invalid", shape.centroid)
        [geometry] = sheet.plane.to_metres(gpd.GeoSeries([place], crs=settings.CITY.srid).to_crs(4326))
        number = numbers[boundary.jurisdiction_id]
        services = sheet.deciding[sheet.areas[number].layer]
        yield replace(_finding(sheet, Kind.INVALID_RING, geometry, (number,), services), detail=reason)


def _finding(
    sheet: _Sheet, kind: Kind, geometry: BaseGeometry, numbers: Iterable[int], services: Iterable[str]
) -> Finding:
    """A finding of these areas, its geometry still in the plane."""
    areas = [sheet.areas[number] for number in set(numbers)]
    return Finding(
        kind,
        geometry,
        tuple(sorted({area.body for area in areas})),
        tuple(sorted({area.layer for area in areas})),
        tuple(sorted({area.code for area in areas})),
        tuple(sorted(services)),
    )
