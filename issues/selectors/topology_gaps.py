"""Land that no boundary of a set of layers covers, so that some problem there would be nobody's."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace

import shapely
from shapely.geometry.base import BaseGeometry

from geo.progress import Progress
from geo.topology import Tolerances, find_gaps
from issues.selectors.topology_findings import Finding, Kind
from issues.selectors.topology_sheet import Sheet
from layers.models import BasemapFeature, City


def gaps_of(
    sheet: Sheet,
    layers: Collection[str] | None,
    within: BaseGeometry | None,
    tolerances: Tolerances,
    progress: Progress,
) -> Iterator[Finding]:
    """The gaps of each set of layers that decides some service, and of each named layer that decides none.

    Geometries in the sheet's plane. `within` (in the plane, too): look only there; None: everywhere.
    """
    sets = _deciding_sets(sheet, layers)
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


def _deciding_sets(sheet: Sheet, layers: Collection[str] | None) -> dict[frozenset[str], set[str]]:
    """The services by the set of layers that decides them; sets that none of `layers` is in are left out."""
    sets: dict[frozenset[str], set[str]] = defaultdict(set)
    for service in frozenset().union(*sheet.deciding.values()):
        deciding = frozenset(layer for layer, services in sheet.deciding.items() if service in services)
        if layers is None or deciding & set(layers):
            sets[deciding].add(service)
    for layer in set(layers or ()) - {layer for layer, services in sheet.deciding.items() if services}:
        sets[frozenset([layer])] = set()
    return sets


class _Covered:
    """What a layer covers, dissolved once for all the services that it decides.

    The whole minus the union of a set of layers is computed in one go: taking
    one layer after the other from what is left runs into thousands of slivers
    along the same shore, on which GEOS spends minutes.
    """

    def __init__(self, sheet: Sheet, within: BaseGeometry | None) -> None:
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
