"""What the arbitration desk's map shows: the queue's zones, and all that bears on one case."""

from collections.abc import Iterable, Sequence

from django.contrib.gis.db.models import MultiPolygonField
from django.contrib.gis.db.models.functions import PointOnSurface
from django.db.models import F, Func, Value

from frontend.case_map import SIMPLIFY_DEG, boundary_shapes, geojson_geometry
from issues.arbitration import Cause
from issues.case_words import cause_name, ruling_scope
from issues.explanations import Explanation
from issues.models import Case, Ruling, ServiceRequest
from layers.models import Asset, Body

SHAPES_LIMIT = 30
"""Areas and things on the map of one case; more would hide each other."""


def pins_of_cases(cases: Sequence[Case]) -> list[dict[str, object]]:
    """One pin a case, inside its zone."""
    spots = dict(
        Case.objects.filter(pk__in=[case.pk for case in cases])
        .annotate(spot=PointOnSurface("zone"))
        .values_list("pk", "spot")
    )
    return [
        {
            "id": case.pk,
            "lon": round(spots[case.pk].x, 6),
            "lat": round(spots[case.pk].y, 6),
            "kind": "undecided",
            "label": cause_name(Cause(case.cause)),
        }
        for case in cases
    ]


def map_of_case(
    case: Case, reports: Sequence[ServiceRequest], explanation: Explanation | None, rulings: Iterable[Ruling]
) -> dict[str, object]:
    """GeoJSON features (EPSG:4326), each with `role`: boundary, asset, ruling, zone or report."""
    features = [*_evidence(case, explanation), *_rulings(rulings), _feature("zone", "", "", _simplified(case))]
    for report in reports:
        label = f"#{report.pk} {report.service.name}"
        properties = {"id": report.pk, "accuracy_m": report.accuracy_m}
        features.append(_feature("report", label, "", report.point) | {"id": report.pk})
        features[-1]["properties"] |= properties  # type: ignore[operator]
    return {"type": "FeatureCollection", "features": features}


def _evidence(case: Case, explanation: Explanation | None) -> list[dict[str, object]]:
    """The claimants' areas and things; who does not claim is left out."""
    candidates = (explanation.candidates if explanation else [])[:SHAPES_LIMIT]
    speaking = set(case.claimants.values_list("pk", flat=True))
    candidates = [item for item in candidates if item.body.pk in speaking or item.asset]
    shapes = boundary_shapes({item.boundary.pk for item in candidates if item.boundary})
    assets = Asset.objects.in_bulk({item.asset.pk for item in candidates if item.asset})
    features = []
    for item in candidates:
        if item.boundary and item.boundary.pk in shapes:
            features.append(_of_body("boundary", item.body, item.boundary.jurisdiction.name, shapes[item.boundary.pk]))
        elif item.asset and item.asset.pk in assets:
            label = f"{item.asset} · {item.candidate.distance_m:.0f} m"
            features.append(_of_body("asset", item.body, label, assets[item.asset.pk].geom))
    return features


def _rulings(rulings: Iterable[Ruling]) -> list[dict[str, object]]:
    rulings = list(rulings)
    zones = dict(Ruling.objects.filter(pk__in=[ruling.pk for ruling in rulings]).values_list("pk", "zone"))
    return [
        _of_body("ruling", ruling.body, ruling_scope(ruling), zones[ruling.pk])
        for ruling in rulings
        if zones.get(ruling.pk) is not None
    ]


def _simplified(case: Case) -> object:
    zone = Func(
        F("zone"),
        Value(SIMPLIFY_DEG / 10),
        template="ST_Multi(ST_SimplifyPreserveTopology(%(expressions)s))",
        output_field=MultiPolygonField(),
    )
    return Case.objects.filter(pk=case.pk).annotate(shape=zone).values_list("shape", flat=True).get()


def _of_body(role: str, body: Body, what: str, shape: object) -> dict[str, object]:
    return _feature(role, f"{body.name}: {what}", body.color, shape) | {"body": body.slug}


def _feature(role: str, label: str, color: str, shape: object) -> dict[str, object]:
    properties = {"role": role, "label": label, "color": color}
    return {"type": "Feature", "properties": properties, "geometry": geojson_geometry(shape)}
