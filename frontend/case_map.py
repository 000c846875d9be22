"""What the desk's map shows: the queue as pins, and the evidence of one case as shapes."""

from collections.abc import Iterable
from datetime import date, datetime

from django.contrib.gis.db.models import MultiPolygonField
from django.db.models import F, Func, Value
from django.utils import timezone

from issues.explanations import Explanation
from issues.models import ServiceRequest
from layers.models import Boundary
from layers.selectors.assets import assets_on

SIMPLIFY_DEG = 0.00005
"""About 5 m: less than a line's width on the desk's small map."""


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
    """The case's point and, as GeoJSON features (EPSG:4326), the areas and things that were weighed."""
    return {
        "lon": round(report.point.x, 6),
        "lat": round(report.point.y, 6),
        "accuracy_m": report.accuracy_m,
        "features": shapes_of(explanation),
    }


def shapes_of(
    explanation: Explanation | None, day: date | None = None, known_at: datetime | None = None
) -> list[dict[str, object]]:
    """The areas and things that were weighed, as GeoJSON features (EPSG:4326).

    Things stand where they stood on the decision's day as it was known then; for a
    fresh decision say which day was asked.
    """
    candidates = explanation.candidates if explanation else []
    boundaries = boundary_shapes({item.boundary.pk for item in candidates if item.boundary})
    assets = asset_shapes(explanation, day, known_at)
    features = []
    for item in candidates:
        if item.boundary and item.boundary.pk in boundaries:
            shape = boundaries[item.boundary.pk]
        elif item.asset and item.asset.pk in assets:
            shape = assets[item.asset.pk]
        else:
            continue
        properties = {"label": item.body.name, "color": item.body.color, "lost": bool(item.rejected_because)}
        features.append({"type": "Feature", "properties": properties, "geometry": shape})
    return [{**each, "geometry": geojson_geometry(each["geometry"])} for each in features]


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


def boundary_shapes(ids: set[int]) -> dict[int, object]:
    """The boundaries as simplified multipolygons, by id."""
    # ST_Multi: simplified to one polygon it would come back as another type than the field says.
    simplified = Func(
        F("geom"),
        Value(SIMPLIFY_DEG),
        template="ST_Multi(ST_SimplifyPreserveTopology(%(expressions)s))",
        output_field=MultiPolygonField(),
    )
    found = Boundary.objects.filter(pk__in=ids).annotate(shape=simplified).values_list("pk", "shape")
    return dict(found)


def geojson_geometry(shape: object) -> dict[str, object]:
    """A GEOS geometry as GeoJSON, its coordinates rounded to a metre."""
    return {"type": shape.geom_type, "coordinates": _rounded(shape.coords)}  # type: ignore[attr-defined]


def _rounded(coordinates: object) -> object:
    if isinstance(coordinates, float):
        return round(coordinates, 5)
    return [_rounded(each) for each in coordinates]  # type: ignore[attr-defined]
