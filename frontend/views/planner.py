"""The planner: every address is a question, answered as map, time and table, and as a file."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from frontend.planner import page
from frontend.planner.areas import area_answer
from frontend.planner.cells import LEAST_ZOOM, MOST_ZOOM, cells_in_view
from frontend.planner.export import CSV_TYPE, ExportImpossible, as_csv, as_geodata, picture_table, table_of
from frontend.planner.hotspot_list import place_of
from frontend.planner.picture import picture
from frontend.planner.question import PlannerQuestion, question_of_layer, read_planner_question
from frontend.planner.words import cell_words, layer_words, pattern_name, question_words
from geo import grid
from geo.errors import CityPinError
from geo.geojson import geojson_geometry
from jobs.errors import AlreadyRunning
from jobs.services import start_job
from layers.models import Layer
from layers.services.formats import FORMATS
from tiles import mvt
from tiles.caching import encoded_answer
from tiles.hotspot_question import read_hotspot_question
from tiles.models import HotspotLayer
from tiles.selectors.hotspot_inputs import bodies_of, residents_for, services_of
from tiles.selectors.hotspots import cell_at, hotspot_layer
from tiles.services.compute_hotspots import KIND
from tiles.services.publish_hotspots import publish_hotspots, withdraw_hotspots
from tiles.tile_cache import KeptBody
from tiles.views import MVT

View = Callable[..., HttpResponse]
SIMPLIFIED_DEG = 2e-4
"""About 20 m: the choropleth is looked at, not measured; exports keep every corner."""


def for_planners(view: View) -> View:
    """Only for staff with the permission to plan or to arbitrate; answers are nobody else's."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = cast(User, request.user)
        if not (user.has_perm("tiles.plan") or user.has_perm("issues.arbitrate")):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(cache_control(private=True, no_cache=True)(checked))


@for_planners
@require_safe
def planner_page(request: HttpRequest) -> HttpResponse:
    """The whole page; script asks for it again and takes the parts that changed.

    A computed layer that is named without a question brings its own: words, bars, map and files then say the same.
    """
    asked = read_planner_question(request.GET)
    if asked.view == "hotspots" and asked.hotspots and not {"from", "to"} & request.GET.keys():
        layer = hotspot_layer(asked.hotspots)
        if layer is not None:
            return redirect(f"{reverse('planner')}?{question_of_layer(layer).query()}")
    return render(request, "frontend/planner.html", page.context(asked))


@for_planners
@require_safe
def planner_cells(request: HttpRequest) -> HttpResponse:
    """Counts in the cells of a view: `west,south,east,north` and `z` beside the question."""
    try:
        west, south, east, north = (float(request.GET[side]) for side in ("west", "south", "east", "north"))
        zoom = int(request.GET["z"])
        if not (-180 <= west < east <= 180 and -85 <= south < north <= 85):
            raise ValueError
    except (KeyError, ValueError):
        detail = "Write west, south, east and north in degrees and z as a whole number."
        return JsonResponse({"code": "filter_invalid", "detail": detail}, status=400)
    zoom = min(max(zoom, LEAST_ZOOM), MOST_ZOOM)
    found = cells_in_view(read_planner_question(request.GET), (west, south, east, north), zoom)
    return JsonResponse({"z": zoom, "cells": found})


@for_planners
@require_safe
def planner_areas(request: HttpRequest) -> HttpResponse:
    """The areas of the chosen layer with their values, thinned for the screen."""
    asked = read_planner_question(request.GET)
    layer = page.layer_of(asked)
    if layer is None:
        return JsonResponse({"type": "FeatureCollection", "features": []})
    import shapely

    features = []
    for row in area_answer(asked, layer).table.rows:
        shape = shapely.simplify(shapely.from_wkb(bytes(cast(Any, row.geometry).wkb)), SIMPLIFIED_DEG)
        features.append(
            {"type": "Feature", "geometry": geojson_geometry(shape), "properties": {**row.values, "look": row.look}}
        )
    return JsonResponse({"type": "FeatureCollection", "features": features})


@for_planners
@require_safe
def hotspot_tile(request: HttpRequest, pk: int, z: str, x: str, y: str) -> HttpResponse:
    """A tile of any computed layer, drafts included."""
    layer = get_object_or_404(HotspotLayer.objects.defer("area"), pk=pk)
    try:
        address = grid.parse_tile(z, x, y)
    except CityPinError as refusal:
        raise Http404(str(refusal)) from None
    body = mvt.hotspots(address, {"layer_id": layer.pk, "size_m": layer.cell_size_m})
    return encoded_answer(request, KeptBody(body), MVT, "private, no-cache")


@for_planners
@require_safe
def hotspot_cell(request: HttpRequest, pk: int) -> HttpResponse:
    """What the cell at a place says, as a part of a page."""
    layer = get_object_or_404(HotspotLayer.objects.defer("area"), pk=pk)
    try:
        lon, lat = float(request.GET["lon"]), float(request.GET["lat"])
        found = cell_at(layer, lon, lat) if abs(lon) <= 180 and abs(lat) <= 90 else None
    except (KeyError, ValueError):
        found = None
    if found is None:
        return HttpResponse(status=204)
    context = {
        "cell": found,
        "name": pattern_name(found.pattern),
        "words": cell_words(layer, found),
        "place": place_of(found),
        "bars": page.period_bars(layer, found),
    }
    return render(request, "frontend/_planner_cell.html", context)


@for_planners
@require_POST
def compute_hotspots(request: HttpRequest) -> HttpResponse:
    """Queue a computation and go to its page; the question is checked before it waits."""
    asked = {name: ",".join(request.POST.getlist(name)) for name in request.POST}
    try:
        question = read_hotspot_question(asked)
        services_of(question)
        bodies_of(question)
        if question.per == "resident":
            residents_for(question.size_m)
    except CityPinError as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('planner')}?{request.POST.get('back', '')[:1500]}")
    arguments = {**question.texts(), "user_id": request.user.pk}
    try:
        job = start_job(KIND, arguments, key=question.canonical(), user=cast(User, request.user)).pk
    except AlreadyRunning as running:
        job = running.job_id
    return redirect("job", pk=job)


@for_planners
@require_POST
def publish_hotspot_layer(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft, or withdraw what is published."""
    layer = get_object_or_404(HotspotLayer.objects.defer("area"), pk=pk)
    try:
        if "withdraw" in request.POST:
            withdraw_hotspots(layer)
        else:
            publish_hotspots(layer, user=cast(User, request.user))
    except CityPinError as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{reverse('planner')}?view=hotspots&hotspots={pk}")


@for_planners
@require_safe
def planner_export(request: HttpRequest, ending: str) -> HttpResponse:
    """The view as a file."""
    asked = read_planner_question(request.GET)
    hotspots = hotspot_layer(asked.hotspots) if asked.view == "hotspots" else None
    try:
        content, media_type = _file(asked, ending, page.layer_of(asked), hotspots)
    except ExportImpossible as refusal:
        return JsonResponse({"code": refusal.code, "detail": str(refusal)}, status=404)
    first, last = (hotspots.since, hotspots.until) if hotspots else (asked.first_day, asked.last_day)
    name = f"citypin-{asked.view}-{first}-{last}.{ending}"
    return HttpResponse(
        content, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _file(asked: PlannerQuestion, ending: str, layer: Layer | None, hotspots: HotspotLayer | None) -> tuple[bytes, str]:
    if ending == "csv":
        return as_csv(table_of(asked, layer, hotspots, places=False)), CSV_TYPE
    if ending == "png":
        words = layer_words(hotspots) if hotspots else question_words(asked)
        return picture(asked, picture_table(asked, layer, hotspots), words), "image/png"
    if ending not in FORMATS:
        raise ExportImpossible(f"There is no {ending[:10]!r} here: choose csv, png, {', '.join(FORMATS)}.")
    return as_geodata(table_of(asked, layer, hotspots, places=True), ending), FORMATS[ending].media_type
