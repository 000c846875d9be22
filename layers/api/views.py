"""The layers as files: of any day, for staff all of them, for everyone the public ones."""

import hashlib
import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from layers.api.serializers import LayerSerializer
from layers.errors import DayInvalid, FormatUnknown, LayerUnknown
from layers.models import Layer
from layers.selectors.boundaries import boundaries_on
from layers.services.formats import FORMATS, Format

MAX_AGE_S = 300
REFUSAL = OpenApiResponse(
    {"type": "object", "properties": {"code": {"type": "string"}, "detail": {"type": "string"}}},
    description="What was wrong, as a stable `code` and a sentence",
)


def visible_layers(request: Request) -> QuerySet[Layer]:
    """All layers for staff (only they have accounts), the public ones for everyone else."""
    return Layer.objects.all() if request.user.is_authenticated else Layer.objects.filter(is_public=True)


class LayersView(APIView):
    """The layers that can be downloaded."""

    authentication_classes = [SessionAuthentication]

    @extend_schema(responses=LayerSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List them, highest rank first, with where they come from and the addresses of their files."""
        return Response(LayerSerializer(visible_layers(request), many=True, context={"request": request}).data)


class LayerFileView(APIView):
    """One layer as a file that QGIS opens."""

    authentication_classes = [SessionAuthentication]

    @extend_schema(
        parameters=[
            OpenApiParameter("ending", str, OpenApiParameter.PATH, enum=list(FORMATS)),
            OpenApiParameter("on", OpenApiTypes.DATE, description="The day whose boundaries are wanted; today if none"),
        ],
        responses={
            **{(200, form.media_type): OpenApiTypes.BINARY for form in FORMATS.values()},
            304: OpenApiResponse(description="The file that you have is the newest"),
            400: REFUSAL,
            404: REFUSAL,
        },
    )
    def get(self, request: Request, slug: str, ending: str) -> HttpResponseBase:
        """Write the file anew, or say that it has not changed."""
        form, day = asked_format(ending), asked_day(request)
        layer = visible_layers(request).filter(slug=slug).first()
        if layer is None:
            raise LayerUnknown(_("There is no layer “%(slug)s” for everyone to download.") % {"slug": slug[:60]})
        etag = _etag(layer, day, form)
        response: HttpResponseBase = get_conditional_response(request._request, etag=etag) or _file(layer, day, form)
        response["ETag"] = etag
        patch_cache_control(response, max_age=MAX_AGE_S, **{"public" if layer.is_public else "private": True})
        return response


def asked_format(ending: str) -> Format:
    """The format of that ending; FormatUnknown otherwise."""
    form = FORMATS.get(ending)
    if form is None:
        raise FormatUnknown(
            _("Layers come as %(endings)s, not as “%(ending)s”.")
            % {"endings": ", ".join(FORMATS), "ending": ending[:20]}
        )
    return form


def asked_day(request: Request) -> date:
    """`?on=`; today if there is none; DayInvalid for anything else."""
    given = request.query_params.get("on", "")
    if not given:
        return timezone.localdate()
    try:
        day = parse_date(given)
    except ValueError:
        day = None
    if day is None:
        raise DayInvalid(
            _("%(name)s is “%(day)s”: write one day as YYYY-MM-DD, for example 2026-05-31.")
            % {"name": "on", "day": given[:20]}
        )
    return day


def _etag(layer: Layer, day: date, form: Format) -> str:
    """Changes with whatever the file holds. Weak: a GeoPackage carries the time of its writing."""
    rows = boundaries_on(day, layers=[layer.slug]).values_list(
        "pk", "valid_to", "jurisdiction__names", "jurisdiction__body__slug", "jurisdiction__body__names"
    )
    content: list[Any] = [layer.slug, layer.source, layer.licence, form.ending, *rows]
    digest = hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()
    return f'W/"{digest[:32]}"'


def _file(layer: Layer, day: date, form: Format) -> FileResponse:
    """The file, from a folder that is gone before the first byte is sent: an open file needs no name."""
    # Geopandas costs 0.7 s to import, which no other page must pay.
    from layers.selectors.frames import layer_frame
    from layers.services.export_layer import write_frame

    name = f"{layer.slug}_{day.isoformat()}.{form.ending}"
    with tempfile.TemporaryDirectory(prefix="citypin-export-") as folder:
        path = Path(folder) / name
        write_frame(layer_frame(layer, day), path, layer.slug)
        written = path.open("rb")
    return FileResponse(written, as_attachment=True, filename=name, content_type=form.media_type)
