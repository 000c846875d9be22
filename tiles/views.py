"""The HTTP face of the tiles: address and question in; bytes, nothing or a refusal out."""

import json
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geo import grid
from geo.errors import CityPinError, TileAddressInvalid
from tiles import tilejson as tilejson_document
from tiles.caching import encoded_answer, shared_answer
from tiles.errors import HotspotsNotPublished, TileLayerUnknown
from tiles.filters import Question
from tiles.registry import TileLayer, layer_named
from tiles.selectors.versions import DataVersion
from tiles.tile_cache import TILES, KeptBody

MVT = "application/vnd.mapbox-vector-tile"
CITY_MARGIN_DEGREES = 0.02
"""About 1 km or more: what is drawn over the edge of the city's extent still belongs to it."""
ADDRESSES_KEPT = 4096
"""Read addresses that a process remembers: some megabytes at most."""


@require_safe
def tile(request: HttpRequest, layer: str, z: str, x: str, y: str) -> HttpResponse:
    """One tile of a layer; 204 where nothing is, and everywhere outside the city."""
    try:
        return tile_answer(request, layer, z, x, y)
    except CityPinError as refusal:
        return _refused(refusal)


def tile_answer(request: HttpRequest, layer: str, z: str, x: str, y: str) -> HttpResponse:
    """The same; raises what would be refused, with a sentence in the active language."""
    found = layer_named(layer)
    if found.version is None:
        kept = _rendered(found, grid.parse_tile(z, x, y), found.read_question(request.GET))
    else:
        kept = _kept(found, found.version, *_asked(layer, z, x, y, request.META.get("QUERY_STRING", "")))
    # No SharedHeaders: nobody adds headers behind `middleware.TilesFirst`.
    return encoded_answer(request, kept, MVT, f"public, max-age={found.max_age_s}")


@lru_cache(maxsize=ADDRESSES_KEPT)
def _asked(layer: str, z: str, x: str, y: str, query: str) -> tuple[grid.Tile, Question, str]:
    """Tile, question and its one spelling, read once: half of what a kept tile cost.

    For layers with a version: their questions mean the same at any time.
    """
    address = grid.parse_tile(z, x, y)
    question = layer_named(layer).read_question(QueryDict(query.encode("iso-8859-1")))  # as WSGI has it
    return address, question, question.canonical()


def _rendered(layer: TileLayer, address: grid.Tile, question: Question) -> KeptBody:
    parameters = question.parameters()  # codes that do not exist are refused everywhere alike
    return KeptBody(layer.render(address, parameters) if _touches_city(address, settings.CITY.extent) else b"")


def _kept(
    layer: TileLayer, look: Callable[[], DataVersion], address: grid.Tile, question: Question, canonical: str
) -> KeptBody:
    """The tile from this process's cache."""
    if not _touches_city(address, settings.CITY.extent):
        return _rendered(layer, address, question)
    version = look()

    def render() -> bytes:
        return layer.render(address, {**question.parameters(), **version.parameters()})

    return TILES.get((layer.name, address, canonical, version), render)


@require_safe
def tilejson(request: HttpRequest, layer: str) -> HttpResponse:
    """The layer's TileJSON; a question given here goes into the addresses of its tiles."""
    try:
        found = layer_named(layer)
        question = found.read_question(request.GET)
        question.parameters()  # refuses codes that do not exist before a map asks for a hundred tiles
    except CityPinError as refusal:
        return _refused(refusal)
    base_url = request.build_absolute_uri(request.path).removesuffix(".json")
    document = tilejson_document.describe(found, base_url, question.canonical())
    body = json.dumps(document, ensure_ascii=False).encode()
    return shared_answer(request, KeptBody(body), "application/json", max_age_s=300)


@lru_cache(maxsize=ADDRESSES_KEPT)
def _touches_city(address: grid.Tile, extent: grid.Extent) -> bool:
    xmin, ymin, xmax, ymax = extent
    margin = CITY_MARGIN_DEGREES
    around = (xmin - margin, ymin - margin, xmax + margin, ymax + margin)
    return grid.extents_meet(grid.tile_extent(address), around)


def _refused(refusal: CityPinError) -> HttpResponse:
    """400 or 404 as JSON; never kept, because a code may exist tomorrow and languages differ."""
    detail = str(refusal)
    if isinstance(refusal, TileAddressInvalid):  # geo.grid knows no translations
        detail = _(
            "There is no such tile: write z/x/y as whole numbers, z from 0 to %(max)d, x and y from 0 to 2^z - 1."
        ) % {"max": grid.MAX_ZOOM}
    status = 404 if isinstance(refusal, TileLayerUnknown | HotspotsNotPublished) else 400
    answer = JsonResponse({"code": refusal.code, "detail": detail}, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
