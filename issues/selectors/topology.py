"""Where the boundaries contradict each other, are silent or are badly drawn, and whom that harms.

`geo.topology` finds the flaws; here they are joined with services and reports
and sorted by harm, so that the first line is what to repair first.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

import geopandas as gpd
import shapely
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from shapely.geometry.base import BaseGeometry

from geo.overlaps import box_index, candidate_pairs
from geo.progress import Progress, Silence
from geo.sentences import Sentence
from geo.topology import (
    USUAL,
    SharedArea,
    Tolerances,
    find_invalid_rings,
    find_shared_areas,
    find_unmatched_vertices,
    pairs_touching,
)
from issues.selectors.topology_findings import Finding, Kind, by_harm, measured
from issues.selectors.topology_gaps import gaps_of
from issues.selectors.topology_sheet import Sheet, read_sheet
from layers.models import Boundary
from layers.selectors.boundaries import boundaries_on


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
    with progress.step(Sentence(_("Reading the borders"))):
        sheet = read_sheet(day)
    changed = _changed(sheet, jurisdictions)
    with progress.step(Sentence(_("Looking for overlaps and shared edges"))):
        pairs = _pairs(sheet, layers, changed)
        found = [*_overlaps(sheet, pairs, tolerances), *_unmatched(sheet, pairs, tolerances)]
    with progress.step(Sentence(_("Looking for gaps"))):
        found += gaps_of(sheet, layers, _box_of_change(sheet, jurisdictions, around), tolerances, progress)
    with progress.step(Sentence(_("Looking for invalid rings"))):
        found += _invalid(sheet, layers, day, jurisdictions)
    with progress.step(Sentence(_("Counting the harm"))):
        return by_harm(measured(sheet.plane, found, day))


def _changed(sheet: Sheet, jurisdictions: Collection[int] | None) -> list[int] | None:
    """Numbers of the areas of `jurisdictions`; None for all."""
    if jurisdictions is None:
        return None
    return [number for number, area in enumerate(sheet.areas) if area.jurisdiction in jurisdictions]


def _box_of_change(
    sheet: Sheet, jurisdictions: Collection[int] | None, around: BaseGeometry | None
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


def _pairs(sheet: Sheet, layers: Collection[str] | None, changed: list[int] | None) -> list[tuple[int, int]]:
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


def _by_shapes(sheet: Sheet, pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """The pairs of areas by their pair of shapes: nine layers of the same boroughs are measured once."""
    grouped: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for first, second in pairs:
        one, other = sorted((sheet.areas[first].shape, sheet.areas[second].shape))
        grouped[(one, other)].append((first, second))
    return grouped


def _overlaps(sheet: Sheet, pairs: Sequence[tuple[int, int]], tolerances: Tolerances) -> Iterator[Finding]:
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
            yield sheet.finding(Kind.OVERLAP_SLIVERS, shared.geometry, sum(disputed, ()), services)
        elif not shared.is_sliver:
            for pair, services in disputed.items():
                yield sheet.finding(Kind.OVERLAP, shared.geometry, pair, services)


def _disputed_services(
    sheet: Sheet, pair: tuple[int, int], shared: SharedArea, near: Iterable[int], tolerances: Tolerances
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


def _unmatched(sheet: Sheet, pairs: Sequence[tuple[int, int]], tolerances: Tolerances) -> Iterator[Finding]:
    grouped = {shapes: pairs for shapes, pairs in _by_shapes(sheet, pairs).items() if shapes[0] != shapes[1]}
    for found in find_unmatched_vertices(sheet.shapes, grouped, tolerances):
        concerned = grouped[(min(found.first, found.second), max(found.first, found.second))]
        services = frozenset().union(*(sheet.common(*pair) for pair in concerned))
        yield sheet.finding(Kind.UNMATCHED_VERTICES, found.places, sum(concerned, ()), services)


def _invalid(
    sheet: Sheet, layers: Collection[str] | None, day: date, jurisdictions: Collection[int] | None
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
        yield replace(sheet.finding(Kind.INVALID_RING, geometry, (number,), services), detail=reason)
