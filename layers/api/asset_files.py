"""The classes of things as files, of any day. They are public, as the things are on the map."""

import hashlib
import json
import tempfile
from datetime import date
from pathlib import Path

from django.db import transaction
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from layers.api.serializers import AssetClassSerializer
from layers.api.views import MAX_AGE_S, REFUSAL, asked_day, asked_format
from layers.errors import AssetClassUnknown
from layers.models import AssetClass
from layers.selectors.version import geography_version
from layers.services.formats import FORMATS, Format


class AssetClassesView(APIView):
    """The classes of things that can be downloaded."""

    @extend_schema(responses=AssetClassSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List them with the addresses of their files."""
        classes = AssetClass.objects.select_related("default_owner")
        return Response(AssetClassSerializer(classes, many=True, context={"request": request}).data)


class AssetClassFileView(APIView):
    """One class of things as a file that QGIS opens."""

    @extend_schema(
        parameters=[
            OpenApiParameter("ending", str, OpenApiParameter.PATH, enum=list(FORMATS)),
            OpenApiParameter("on", OpenApiTypes.DATE, description="The day on which they stood; today if none"),
        ],
        responses={
            **{(200, form.media_type): OpenApiTypes.BINARY for form in FORMATS.values()},
            304: OpenApiResponse(description="The file that you have is the newest"),
            400: REFUSAL,
            404: REFUSAL,
        },
    )
    def get(self, request: Request, slug: str, ending: str) -> HttpResponseBase:
        """Write the file anew, in batches, or say that it has not changed."""
        form, day = asked_format(ending), asked_day(request)
        asset_class = AssetClass.objects.filter(slug=slug).first()
        if asset_class is None:
            raise AssetClassUnknown(_("There is no class of objects “%(slug)s”.") % {"slug": slug[:60]})
        etag = _etag(asset_class, day, form)
        response: HttpResponseBase = get_conditional_response(request._request, etag=etag) or _file(
            asset_class, day, form
        )
        response["ETag"] = etag
        patch_cache_control(response, max_age=MAX_AGE_S, public=True)
        return response


def _etag(asset_class: AssetClass, day: date, form: Format) -> str:
    """Changes with any thing or body: reading a million rows to say that nothing changed would cost as much as all."""
    content = [asset_class.slug, day.isoformat(), form.ending, *geography_version()]
    return f'W/"{hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]}"'


def _file(asset_class: AssetClass, day: date, form: Format) -> FileResponse:
    """The file, from a folder that is gone before the first byte is sent: an open file needs no name."""
    # Geopandas costs 0.7 s to import, which no other page must pay.
    from layers.selectors.frames import asset_table
    from layers.services.export_layer import write_frames

    name = f"{asset_class.slug}_{day.isoformat()}.{form.ending}"
    with tempfile.TemporaryDirectory(prefix="citypin-export-") as folder, transaction.atomic():
        path = Path(folder) / name
        table = asset_table(asset_class, day)
        write_frames(table.frames, path, asset_class.slug, table.geometry_type)
        written = path.open("rb")
    return FileResponse(written, as_attachment=True, filename=name, content_type=form.media_type)
