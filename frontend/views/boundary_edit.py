"""Draw or change one area of a layer; saved as a draft, its difference is looked at like an import's."""

from collections.abc import Collection
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadhandler import load_handler
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from frontend.forms.boundary_edit import BoundaryEditForm
from frontend.small_map import staff_map_basics
from frontend.staff import drafter_page
from geo.errors import CityPinError
from issues.api.errors import status_of
from issues.selectors.topology_watch import finding_shapes, watched_findings
from layers.models import Layer
from layers.selectors.areas import boundaries_in_force


@csrf_exempt  # as for imports: `_edit` checks the token
@drafter_page
@require_http_methods(["GET", "HEAD", "POST"])
def boundary_edit_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The map with the layer's areas; `?finding=` shows one of the topology watch, `?area=` chooses an area."""
    request.upload_handlers = [load_handler(path, request) for path in settings.LAYER_FILE_HANDLERS]
    return _edit(request, _layer(slug))


@csrf_protect
def _edit(request: HttpRequest, layer: Layer) -> HttpResponse:
    finding = _finding(request)
    form = BoundaryEditForm(_posted(request), initial={"code": request.GET.get("area", "")})
    refused, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                draft_id = _save(layer, form, cast(User, request.user))
            except CityPinError as error:
                refused, status = str(error), status_of(error)
            else:
                response = redirect("import_draft", pk=draft_id)
                response.status_code = 303
                return response
    areas = [
        (boundary.jurisdiction.code, boundary.jurisdiction.name, boundary.jurisdiction.body.name)
        for boundary in boundaries_in_force(layer, timezone.localdate())
    ]
    context: dict[str, Any] = {
        "layer": layer,
        "form": form,
        "refused": refused,
        "areas": areas,
        "finding": finding,
        "map_basics": staff_map_basics(),
        "edit_data": {
            "areas_url": reverse("layer_areas", args=[layer.slug]),
            "finding": finding,
            "chosen": form["code"].value() or _first_area(finding, {code for code, _name, _body in areas}),
        },
    }
    return render(request, "frontend/boundary_edit.html", context, status=status)


@drafter_page
@require_safe
def layer_areas(request: HttpRequest, slug: str) -> JsonResponse:
    """The layer's areas of today as GeoJSON (EPSG:4326), every vertex with every digit: they are edited."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "code": boundary.jurisdiction.code,
                "name": boundary.jurisdiction.name,
                "body": boundary.jurisdiction.body.name,
                "color": boundary.jurisdiction.body.color,
            },
            "geometry": {"type": boundary.geom.geom_type, "coordinates": boundary.geom.coords},
        }
        for boundary in boundaries_in_force(_layer(slug), timezone.localdate())
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _layer(slug: str) -> Layer:
    layer = Layer.objects.filter(slug=slug).first()
    if layer is None:
        raise Http404
    return layer


def _posted(request: HttpRequest) -> dict[str, Any] | None:
    """The fields; the map posts the drawing as a file, because an area may be larger than a form's text may."""
    if request.method != "POST":
        return None
    posted = {name: request.POST.get(name, "") for name in request.POST}
    drawing = request.FILES.get("drawing")
    if drawing is not None:
        posted["geometry"] = drawing.read().decode("utf-8", "replace")
    return posted


def _save(layer: Layer, form: BoundaryEditForm, user: User) -> Any:
    from layers.services.drafts import DraftOptions
    from layers.services.draw_area import Drawing, store_drawing  # geopandas, which no other page must pay
    from layers.services.plan_draft import plan_draft

    given = form.cleaned_data
    drawing = Drawing(given["code"], given["geometry"], given["name"], given["body"], given["neighbours_give_way"])
    draft = store_drawing(layer, drawing, given["valid_from"], user, source=given["source"])
    plan_draft(draft.pk, DraftOptions.of(draft))
    return draft.pk


def _finding(request: HttpRequest) -> dict[str, Any] | None:
    """The finding that `?finding=` names, as a GeoJSON feature with its areas."""
    number = request.GET.get("finding", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    finding = watched_findings().filter(pk=int(number)).first()
    if finding is None:
        return None
    shape = finding_shapes([finding]).get(finding.pk)
    return {"type": "Feature", "id": finding.pk, "properties": {"areas": finding.areas}, "geometry": shape}


def _first_area(finding: dict[str, Any] | None, codes: Collection[str]) -> str:
    """The area of this layer that the finding is about; "" for none, as with a gap."""
    return next((code for code in finding["properties"]["areas"] if code in codes), "") if finding else ""
