"""The topology watch: flaws of the borders by harm, on a map and as a list, each with what to do about it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from frontend.posted import number_of, see_other
from frontend.small_map import map_basics
from frontend.staff import may_draft, staff_page, user_of
from geo.errors import CityPinError
from issues.api.errors import status_of
from issues.models import Service, TopologyFinding
from issues.selectors.topology_watch import (
    JOB_KIND,
    finding_shapes,
    last_checked,
    running_check,
    watched_findings,
)
from issues.services.arbitration.open_cases import open_case_for_zone
from jobs.errors import AlreadyRunning
from jobs.services import start_job
from layers.models import Body, Layer

SHOWN = 200
Kind = TopologyFinding.Kind
ARBITRABLE = frozenset({Kind.OVERLAP, Kind.OVERLAP_SLIVERS, Kind.GAP, Kind.GAP_SLIVERS})
"""Flaws at which bodies may disagree; rings and vertices are mended."""


@dataclass(frozen=True)
class FindingRow:
    """One finding in words; `edit_layers` are slug and name of the layers in which it can be repaired."""

    finding: TopologyFinding
    kind_words: str
    bodies: list[str]
    layers: list[str]
    services: list[str]
    edit_layers: list[tuple[str, str]]

    @property
    def is_about_land(self) -> bool:
        """Whether it has an area; rings and vertices have none."""
        return self.finding.area_m2 > 0

    @property
    def label(self) -> str:
        """What it is and between whom, in one line for a map."""
        area = f"{number_format(round(self.finding.area_m2), force_grouping=True)} m²" if self.is_about_land else ""
        return " · ".join(filter(None, (self.kind_words, area, " / ".join(self.bodies))))

    @property
    def is_to_come(self) -> bool:
        """Whether it begins with boundaries that are published ahead."""
        return self.finding.starts_on > timezone.localdate()

    @property
    def can_be_arbitrated(self) -> bool:
        """Whether a report made here today might have no answer."""
        return self.finding.kind in ARBITRABLE and not self.is_to_come


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def topology_page(request: HttpRequest) -> HttpResponse:
    """The flaws in force; posted it starts a check of everything, or with a `finding` opens a case there."""
    if request.method == "POST":
        return _open_case(request) if "finding" in request.POST else _check_now(request)
    return _show(request)


def _show(request: HttpRequest, refused: str = "", status: int = 200) -> HttpResponse:
    found = list(_wanted(request)[: SHOWN + 1])
    context: dict[str, Any] = {
        "checked_at": last_checked(),
        "running": running_check(user_of(request)),
        "kinds": _kinds(),
        "count": TopologyFinding.objects.filter(resolved_at=None).count(),
        "layers": Layer.objects.all(),
        "chosen_kind": request.GET.get("kind", ""),
        "chosen_layer": request.GET.get("layer", ""),
        "found": _rows(found[:SHOWN]),
        "has_more": len(found) > SHOWN,
        "map_basics": map_basics(),
        "refused": refused,
        "may_draft": may_draft(request.user),
    }
    return render(request, "frontend/topology.html", context, status=status)


@staff_page
@require_safe
def topology_findings(request: HttpRequest) -> JsonResponse:
    """The same findings as GeoJSON (EPSG:4326), most harm first, with the same filters."""
    found = list(_wanted(request)[:SHOWN])
    shapes = finding_shapes(found)
    page = reverse("topology")
    features = [
        {
            "type": "Feature",
            "id": row.finding.pk,
            "properties": {
                "kind": row.finding.kind,
                "layers": row.finding.layers,
                "label": row.label,
                "page": f"{page}#finding-{row.finding.pk}",
            },
            "geometry": shapes[row.finding.pk],
        }
        for row in _rows(found)
        if row.finding.pk in shapes
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def may_check(user: Any) -> bool:
    """Who may start a check: those who can do something about what it finds."""
    return bool(user.has_perm("layers.publish") or user.has_perm("issues.arbitrate"))


def _check_now(request: HttpRequest) -> HttpResponse:
    if not may_check(request.user):
        raise PermissionDenied
    try:
        job = start_job(JOB_KIND, {"url": reverse("topology")}, key="all", user=user_of(request)).pk
    except AlreadyRunning as running:
        job = running.job_id
    return see_other("job", pk=job)


def _open_case(request: HttpRequest) -> HttpResponse:
    """The arbitration case of what a finding's place asks; an older one of the same question is the same case."""
    if not request.user.has_perm("issues.arbitrate"):
        raise PermissionDenied
    finding = TopologyFinding.objects.filter(pk=number_of(request.POST["finding"]) or 0, resolved_at=None).first()
    if finding is None:
        return _show(request, _("This finding is gone: the border was mended, or checked anew."), 404)
    try:
        case = open_case_for_zone(
            zone=finding.geom, services=finding.services, user=user_of(request), finding=finding.pk
        )
    except CityPinError as error:
        return _show(request, str(error), status_of(error))
    messages.success(request, _("This is the case of that place. Ask the bodies, then rule."))
    return see_other("arbitration_case", pk=case.pk)


def _wanted(request: HttpRequest) -> Any:
    return watched_findings(*(request.GET.get(name, "").replace("\x00", "")[:80] for name in ("kind", "layer")))


def kind_words() -> dict[str, str]:
    """The kinds of findings by their code."""
    return {
        "overlap": _("Overlap"),
        "overlap_slivers": _("Slivers of overlap"),
        "gap": _("Gap"),
        "gap_slivers": _("Slivers of gap"),
        "invalid_ring": _("Invalid ring"),
        "unmatched_vertices": _("Vertices that do not match"),
    }


def _kinds() -> list[tuple[str, str, int]]:
    counts = Counter(watched_findings().order_by().values_list("kind", flat=True))
    return [(code, words, counts[code]) for code, words in kind_words().items() if counts[code]]


def _rows(found: Iterable[TopologyFinding]) -> list[FindingRow]:
    bodies = {body.slug: body.name for body in Body.objects.all()}
    layers = {layer.slug: layer.name for layer in Layer.objects.all()}
    services = {service.service_code: service.name for service in Service.objects.all()}
    words = kind_words()
    return [
        FindingRow(
            finding=finding,
            kind_words=words.get(finding.kind, finding.kind),
            bodies=[bodies.get(slug, slug) for slug in finding.bodies],
            layers=[layers.get(slug, slug) for slug in finding.layers],
            services=[services.get(code, code) for code in finding.services],
            edit_layers=[(slug, layers[slug]) for slug in finding.layers if slug in layers],
        )
        for finding in found
    ]
