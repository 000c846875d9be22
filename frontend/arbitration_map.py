"""What the arbitration desk's map shows: the queue's zones, and all that bears on one case."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.gis.db.models import MultiPolygonField
from django.contrib.gis.db.models.functions import PointOnSurface
from django.db.models import F, Func, Value

from frontend.case_map import SIMPLIFY_DEG, asset_shapes, boundary_shapes, geojson_geometry
from issues.arbitration import Cause
from issues.case_words import cause_name, ruling_scope
from issues.explanations import Explanation
from issues.models import Case, Ruling, ServiceRequest
from layers.models import Body

CLAIMANT_COLORS = ("#2563eb", "#c2410c", "#15803d", "#be185d", "#7c5c00", "#475569")
"""Of a case's claimants, told apart on light and dark maps: offices of one department share a colour elsewhere."""
CLAIMANT_LINES = ("solid", "dashed", "dotted")
"""So that colour never speaks alone."""
SHAPES_LIMIT = 30
"""Areas and things on the map of one case; more would hide each other."""


@dataclass(frozen=True)
class Claimant:
    """A body that is asked to speak, with its look on the map and in lists."""

    body: Body
    color: str
    line: str


def claimants_of(case: Case) -> list[Claimant]:
    """The case's claimants by slug, each with a colour and line of its own (of many, some share)."""
    return [
        Claimant(body, CLAIMANT_COLORS[number % len(CLAIMANT_COLORS)], CLAIMANT_LINES[number % len(CLAIMANT_LINES)])
        for number, body in enumerate(case.claimants.all())
    ]


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
    features += [_feature("report", f"#{report.pk} {report.service.name}", "", report.point) for report in reports]
    return {"type": "FeatureCollection", "features": features}


def _evidence(case: Case, explanation: Explanation | None) -> list[dict[str, object]]:
    """The claimants' areas, and all things that were weighed."""
    looks = {claimant.body.pk: claimant for claimant in claimants_of(case)}
    candidates = [
        item for item in (explanation.candidates if explanation else []) if item.body.pk in looks or item.asset
    ][:SHAPES_LIMIT]
    shapes = boundary_shapes({item.boundary.pk for item in candidates if item.boundary})
    assets = asset_shapes(explanation)
    features = []
    for item in candidates:
        look = looks.get(item.body.pk, Claimant(item.body, item.body.color, "solid"))
        if item.boundary and item.boundary.pk in shapes:
            features.append(_of_body("boundary", look, item.boundary.jurisdiction.name, shapes[item.boundary.pk]))
        elif item.asset and item.asset.pk in assets:
            label = f"{item.asset} · {item.candidate.distance_m:.0f} m"
            features.append(_of_body("asset", look, label, assets[item.asset.pk]))
    return features


def _rulings(rulings: Iterable[Ruling]) -> list[dict[str, object]]:
    rulings = list(rulings)
    zones = dict(Ruling.objects.filter(pk__in=[ruling.pk for ruling in rulings]).values_list("pk", "zone"))
    return [
        _feature("ruling", f"{ruling.body.name}: {ruling_scope(ruling)}", ruling.body.color, zones[ruling.pk])
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


def _of_body(role: str, look: Claimant, what: str, shape: object) -> dict[str, object]:
    return _feature(role, f"{look.body.name}: {what}", look.color, shape, line=look.line)


def _feature(role: str, label: str, color: str, shape: object, **more: object) -> dict[str, object]:
    properties = {"role": role, "label": label, "color": color, **more}
    return {"type": "Feature", "properties": properties, "geometry": geojson_geometry(shape)}
