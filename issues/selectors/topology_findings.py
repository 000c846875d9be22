"""A flaw of the boundaries with the harm it does: area, services, open reports, disturbed decisions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from django.conf import settings
from django.db.models import Exists, F, FloatField, Func, OuterRef, QuerySet
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from geo.topology import Plane
from issues.models import Responsibility, ServiceRequest, TopologyFinding
from issues.routing.outcomes import Outcome
from issues.selectors.service_requests import OPEN_STATES

UNDECIDED = [Outcome.CONTESTED.value, Outcome.GAP.value, Outcome.UNCERTAIN.value]
DAYS_OF_HARM = 365


Kind = TopologyFinding.Kind


@dataclass(frozen=True)
class Finding:
    """One flaw with the harm it does.

    `geometry` is EPSG:4326, the flaw itself (polygons, or the points of an
    invalid ring or of vertices); `area_m2` is measured in the city's metre
    SRID. `bodies`, `layers`, `areas` and `services` are slugs and codes,
    sorted: those that disagree and, for a gap, the layers that are silent.
    `parts` counts polygons or points. `disturbed_decisions` are reports of the
    year before that were contested, uncertain or nobody's right here.
    """

    kind: Kind
    geometry: BaseGeometry
    bodies: tuple[str, ...]
    layers: tuple[str, ...]
    areas: tuple[str, ...]
    services: tuple[str, ...]
    detail: str = ""
    area_m2: float = 0.0
    open_reports: int = 0
    disturbed_decisions: int = 0

    @property
    def parts(self) -> int:
        """How many polygons or points the geometry has."""
        return int(shapely.get_num_geometries(self.geometry))

    @property
    def harm(self) -> tuple[int, int, int, float]:
        """What the findings are sorted by, most harm first."""
        return self.disturbed_decisions, self.open_reports, len(self.services), self.area_m2


def finding_properties(finding: Finding) -> dict[str, Any]:
    """A finding without its geometry, as JSON; `lon, lat` is a point in it (EPSG:4326)."""
    place = finding.geometry.representative_point()
    return {
        "kind": finding.kind,
        "disturbed_decisions": finding.disturbed_decisions,
        "open_reports": finding.open_reports,
        "services": finding.services,
        "area_m2": round(finding.area_m2, 2),
        "parts": finding.parts,
        "bodies": finding.bodies,
        "layers": finding.layers,
        "areas": finding.areas,
        "detail": finding.detail,
        "lon": round(place.x, 7),
        "lat": round(place.y, 7),
    }


def measured(plane: Plane, found: Sequence[Finding], day: date) -> list[Finding]:
    """The findings, given in the plane, in degrees, with their area and the reports in them."""
    if not found:
        return []
    geometries = plane.to_degrees([finding.geometry for finding in found])
    areas = gpd.GeoSeries(geometries, crs=4326).to_crs(settings.CITY.srid).area
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=timezone.get_default_timezone())
    disturbing = Responsibility.objects.filter(
        service_request=OuterRef("pk"),
        outcome__in=UNDECIDED,
        decided_at__gte=end - timedelta(days=DAYS_OF_HARM),
        decided_at__lt=end,
    )
    open_reports = _reports_within(geometries, found, ServiceRequest.objects.filter(state__in=OPEN_STATES))
    disturbed = _reports_within(geometries, found, ServiceRequest.objects.filter(Exists(disturbing)))
    return [
        replace(finding, geometry=geometry, area_m2=float(area), open_reports=opened, disturbed_decisions=disturbs)
        for finding, geometry, area, opened, disturbs in zip(
            found, geometries, areas, open_reports, disturbed, strict=True
        )
    ]


def _reports_within(
    geometries: Sequence[BaseGeometry], found: Sequence[Finding], reports: QuerySet[ServiceRequest]
) -> list[int]:
    """How many of the reports lie in each geometry and ask for one of its finding's services."""
    rows = reports.order_by().values_list(
        Func(F("point"), function="ST_X", output_field=FloatField()),
        Func(F("point"), function="ST_Y", output_field=FloatField()),
        "service__service_code",
    )
    places = list(rows.iterator(chunk_size=10_000))
    if not places:
        return [0] * len(found)
    codes = {code: number for number, code in enumerate(sorted({code for _, _, code in places}))}
    asked = np.array([codes[code] for _, _, code in places])
    touches = np.zeros((len(found), len(codes)), dtype=bool)
    for number, finding in enumerate(found):
        touches[number, [codes[code] for code in finding.services if code in codes]] = True
    tree = shapely.STRtree(shapely.points([(lon, lat) for lon, lat, _ in places]))
    finding_number, report = tree.query(np.array(geometries, dtype=object), predicate="intersects")
    counted = touches[finding_number, asked[report]]
    return [int(count) for count in np.bincount(finding_number[counted], minlength=len(found))]


def by_harm(found: Iterable[Finding]) -> list[Finding]:
    """Most harm first; the order of equals is fixed."""
    return sorted(
        found, key=lambda finding: (*(-part for part in finding.harm), finding.kind, finding.layers, finding.areas)
    )


def topology_findings_in_force() -> QuerySet[TopologyFinding]:
    """The stored flaws that are not resolved, most harm first; those of publications to come have a later `starts_on`.

    The order is that of `Finding.harm` but for the number of services, which a
    page can sort by itself.
    """
    return TopologyFinding.objects.filter(resolved_at=None)
