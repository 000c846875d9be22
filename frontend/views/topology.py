"""The topology watch: flaws of the borders by harm, on a map and as a list, each with what to do about it."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from frontend.small_map import map_basics
from frontend.staff import staff_page
from issues.models import Service
from issues.selectors.topology_watch import KIND, Watch, last_watch, running_watch
from jobs.errors import AlreadyRunning
from jobs.services import start_job
from layers.models import Body, Layer

SHOWN = 200


@dataclass(frozen=True)
class FindingRow:
    """One finding in words. `edits` are pairs of layer slug and area code that can be edited."""

    number: int
    kind: str
    kind_words: str
    area_m2: float
    parts: int
    bodies: list[str]
    layers: list[str]
    areas: list[str]
    services: list[str]
    open_reports: int
    disturbed_decisions: int
    detail: str
    lon: float
    lat: float
    edit_layers: list[tuple[str, str]]

    @property
    def is_about_land(self) -> bool:
        """Whether it has an area; rings and vertices have none."""
        return self.area_m2 > 0


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def topology_page(request: HttpRequest) -> HttpResponse:
    """The findings of the last check; posted it starts a new one, whose page leads back here."""
    if request.method == "POST":
        return _check_now(request)
    watch = last_watch()
    found = _wanted(watch, request) if watch else []
    context: dict[str, Any] = {
        "watch": watch,
        "running": running_watch(),
        "kinds": _kinds(watch),
        "layers": Layer.objects.all(),
        "chosen_kind": request.GET.get("kind", ""),
        "chosen_layer": request.GET.get("layer", ""),
        "found": _rows(found[:SHOWN]),
        "left_out": max(0, len(found) - SHOWN),
        "map_basics": map_basics(),
    }
    return render(request, "frontend/topology.html", context)


@staff_page
@require_safe
def topology_findings(request: HttpRequest) -> JsonResponse:
    """The same findings as GeoJSON (EPSG:4326), most harm first, with the same filters."""
    watch = last_watch()
    return JsonResponse({"type": "FeatureCollection", "features": _wanted(watch, request)[:SHOWN] if watch else []})


def may_check(user: Any) -> bool:
    """Who may start a check: those who can do something about what it finds."""
    return bool(user.has_perm("layers.publish") or user.has_perm("issues.arbitrate"))


def _check_now(request: HttpRequest) -> HttpResponse:
    if not may_check(request.user):
        raise PermissionDenied
    arguments = {"url": reverse("topology"), "language": get_language() or "en"}
    try:
        job = start_job(KIND, arguments, key="all", user=cast(User, request.user)).pk
    except AlreadyRunning as running:
        job = running.job_id
    response = redirect("job", pk=job)
    response.status_code = 303
    return response


def _wanted(watch: Watch, request: HttpRequest) -> list[dict[str, Any]]:
    kind, layer = request.GET.get("kind", ""), request.GET.get("layer", "")
    return [
        each
        for each in watch.features
        if (not kind or each["properties"]["kind"] == kind) and (not layer or layer in each["properties"]["layers"])
    ]


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


def _kinds(watch: Watch | None) -> list[tuple[str, str, int]]:
    counts = Counter(each["properties"]["kind"] for each in watch.features) if watch else Counter()
    return [(code, words, counts[code]) for code, words in kind_words().items() if counts[code]]


def _rows(found: list[dict[str, Any]]) -> list[FindingRow]:
    bodies = {body.slug: body.name for body in Body.objects.all()}
    layers = {layer.slug: layer.name for layer in Layer.objects.all()}
    services = {service.service_code: service.name for service in Service.objects.all()}
    words = kind_words()
    rows = []
    for feature in found:
        about = feature["properties"]
        rows.append(
            FindingRow(
                number=feature["id"],
                kind=about["kind"],
                kind_words=words.get(about["kind"], about["kind"]),
                area_m2=about["area_m2"],
                parts=about["parts"],
                bodies=[bodies.get(slug, slug) for slug in about["bodies"]],
                layers=[layers.get(slug, slug) for slug in about["layers"]],
                areas=list(about["areas"]),
                services=[services.get(code, code) for code in about["services"]],
                open_reports=about["open_reports"],
                disturbed_decisions=about["disturbed_decisions"],
                detail=about["detail"],
                lon=about["lon"],
                lat=about["lat"],
                edit_layers=[(slug, layers.get(slug, slug)) for slug in about["layers"] if slug in layers],
            )
        )
    return rows
