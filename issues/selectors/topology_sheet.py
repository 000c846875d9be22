"""The boundaries of one day laid in one plane, as the checks of the borders compare them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import shapely
from django.conf import settings
from shapely.geometry.base import BaseGeometry

from geo.topology import Plane
from issues.models import Service
from issues.selectors.topology_findings import Finding, Kind
from layers.selectors.boundaries import boundaries_on


@dataclass(frozen=True)
class Area:
    """One boundary in the plane of the check. `shape` numbers its polygon: equal polygons have one number."""

    jurisdiction: int
    layer: str
    rank: int
    code: str
    body: str
    shape: int


@dataclass
class Sheet:
    """All that is compared, in one plane in metres."""

    plane: Plane
    areas: list[Area]
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

    def finding(self, kind: Kind, geometry: BaseGeometry, numbers: Iterable[int], services: Iterable[str]) -> Finding:
        """A finding of these areas, its geometry still in the plane."""
        areas = [self.areas[number] for number in set(numbers)]
        return Finding(
            kind,
            geometry,
            tuple(sorted({area.body for area in areas})),
            tuple(sorted({area.layer for area in areas})),
            tuple(sorted({area.code for area in areas})),
            tuple(sorted(services)),
        )


def read_sheet(day: date) -> Sheet:
    """The boundaries in force on a day, and what their layers decide. No boundaries: a sheet without areas."""
    shapes: dict[bytes, int] = {}
    areas = []
    for found in boundaries_on(day).iterator(chunk_size=200):
        wkb = bytes(found.geom.wkb)
        jurisdiction = found.jurisdiction
        areas.append(
            Area(
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
    return Sheet(
        plane,
        areas,
        plane.to_metres(polygons),
        defaultdict(frozenset, {layer: frozenset(codes) for layer, codes in deciding.items()}),
    )
