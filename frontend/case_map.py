"""What the maps beside a decision show: the desk's queue as pins, and what was weighed as shapes."""

import math
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import shapely
from django.contrib.gis.db.models import GeometryField, MultiPolygonField
from django.db.models import F, Func, Q, QuerySet, Value
from django.utils import timezone

from issues.explanations import ExplainedCandidate, Explanation
from issues.models import Ruling, ServiceRequest
from layers.models import Boundary
from layers.selectors.assets import assets_on

SIMPLIFY_DEG = 0.00005
"""About 5 m: less than a line's width on the desk's small map."""

WINDOW_DEG = 0.03
"""About 3 km: as much of large areas as a public page draws around its pin (whole boroughs were 115 kB)."""

LonLat = tuple[float, float]
Box = tuple[float, float, float, float]


def pins_of(reports: Iterable[ServiceRequest]) -> list[dict[str, object]]:
    """One pin per report, at its exact place: the desk is for staff."""
    return [
        {
            "id": report.pk,
            "lon": round(report.point.x, 6),
            "lat": round(report.point.y, 6),
            "kind": "decided" if report.body_id else "undecided",
            "label": f"#{report.pk} {report.service.name}",
        }
        for report in reports
    ]


def evidence_of(report: ServiceRequest, explanation: Explanation | None) -> dict[str, object]:
    """The case's point and, as GeoJSON features (EPSG:4326), what was weighed."""
    return {
        "lon": round(report.point.x, 6),
        "lat": round(report.point.y, 6),
        "accuracy_m": report.accuracy_m,
        "features": shapes_of(explanation, (report.point.x, report.point.y)),
    }


def shapes_of(
    explanation: Explanation | None,
    at: LonLat,
    day: date | None = None,
    known_at: datetime | None = None,
    *,
    box: Box | None = None,
) -> list[dict[str, object]]:
    """What was weighed for the place `at`, as GeoJSON features (EPSG:4326); areas and zones cut to `box`, if given.

    Each has `role` (ruling, boundary, asset, or distance: the line from the place to an
    asset), `label` (what speaks for it and why it lost, in words), `color` and `lost`.
    Things stand where they stood on the decision's day as it was known then; for a
    fresh decision say which day was asked.
    """
    candidates = explanation.candidates if explanation else []
    shapes: dict[str, dict[int, Any]] = {
        "ruling": _zones({item.ruling.pk for item in candidates if item.ruling}, box),
        "boundary": boundary_shapes({item.boundary.pk for item in candidates if item.boundary}, box),
        "asset": asset_shapes(explanation, day, known_at),
    }
    features = []
    for item in candidates:
        role, pk = _weighed(item)
        shape = shapes[role].get(pk) if role else None
        if shape is None or shape.empty:
            continue
        features.append(_feature(item, role, f"{item.sentence} {item.rejected_because}".strip(), shape))
        if role == "asset":
            features.append(_feature(item, "distance", f"{item.candidate.distance_m:.0f} m", _line_to(shape, at)))
    return features


def box_around(lon: float, lat: float) -> Box:
    """The part of the map (xmin, ymin, xmax, ymax, EPSG:4326) that a public page draws around a pin."""
    across = WINDOW_DEG / math.cos(math.radians(lat))
    return lon - across, lat - WINDOW_DEG, lon + across, lat + WINDOW_DEG


def _weighed(item: ExplainedCandidate) -> tuple[str, int]:
    """By which shape a candidate is drawn; "" for memory, which has none."""
    for role, found in (("ruling", item.ruling), ("boundary", item.boundary), ("asset", item.asset)):
        if found is not None:
            return role, found.pk
    return "", 0


def _feature(item: ExplainedCandidate, role: str, label: str, shape: object) -> dict[str, object]:
    properties = {"role": role, "label": label, "color": item.body.color, "lost": bool(item.rejected_because)}
    return {"type": "Feature", "properties": properties, "geometry": geojson_geometry(shape)}


def _line_to(shape: Any, at: LonLat) -> Any:
    return shapely.shortest_line(shapely.Point(at), shapely.from_wkb(bytes(shape.wkb)))


def asset_shapes(
    explanation: Explanation | None, day: date | None = None, known_at: datetime | None = None
) -> dict[int, object]:
    """Where the things of an explanation stood, by id; one that was not there that day, where it stands now."""
    if explanation is None:
        return {}
    now = {item.asset.pk: item.asset.geom for item in explanation.candidates if item.asset}
    if not now:
        return {}
    on, known = day or explanation.day or timezone.localdate(), known_at or explanation.known_at
    return now | {state.asset.pk: state.geom for state in assets_on(on, known, ids=now)}


def boundary_shapes(ids: set[int], box: Box | None = None) -> dict[int, Any]:
    """The boundaries as simplified multipolygons, by id; cut to `box`, if given, and then perhaps empty."""
    return _simplified(Boundary.objects.filter(pk__in=ids), "geom", box) if ids else {}


def _zones(ids: set[int], box: Box | None) -> dict[int, Any]:
    """The zones of rulings, likewise; without those of one report, which have none.

    With a `box`, for people who are no staff, also without those made about a kind whose places are private: such a
    zone is often a disc around the report that was ruled about.
    """
    if not ids:
        return {}
    zones = Ruling.objects.filter(pk__in=ids, zone__isnull=False)
    if box:
        is_private = Q(service__exact_point_is_public=False) | Q(case__service__exact_point_is_public=False)
        zones = zones.exclude(is_private)
    return _simplified(zones, "zone", box)


def _simplified(rows: QuerySet[Any], field: str, box: Box | None) -> dict[int, Any]:
    shape: Any = F(field)
    if box:
        window = Func(*map(Value, (*box, 4326)), function="ST_MakeEnvelope", output_field=GeometryField(srid=4326))
        shape = Func(shape, window, function="ST_ClipByBox2D", output_field=GeometryField(srid=4326))
    # ST_Multi: simplified to one polygon it would come back as another type than the field says.
    simplified = Func(
        shape,
        Value(SIMPLIFY_DEG),
        template="ST_Multi(ST_CollectionExtract(ST_SimplifyPreserveTopology(%(expressions)s), 3))",
        output_field=MultiPolygonField(),
    )
    return dict(rows.annotate(shape=simplified).values_list("pk", "shape"))


def geojson_geometry(shape: object) -> dict[str, object]:
    """A geometry of GEOS or a line of shapely as GeoJSON, its coordinates rounded to a metre."""
    return {"type": shape.geom_type, "coordinates": _rounded(shape.coords)}  # type: ignore[attr-defined]


def _rounded(coordinates: object) -> object:
    if isinstance(coordinates, float):
        return round(coordinates, 5)
    return [_rounded(each) for each in coordinates]  # type: ignore[attr-defined]
