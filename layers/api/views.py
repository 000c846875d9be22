"""The layers as files: of any day, for staff all of them, for everyone the public ones."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from layers.api.files import asked_day, asked_format, file_schema, sent_file
from layers.api.serializers import LayerSerializer
from layers.errors import LayerUnknown
from layers.models import Layer
from layers.selectors.boundaries import boundaries_on
from layers.services.formats import Format


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

    @file_schema("The day whose boundaries are wanted; today if none")
    def get(self, request: Request, slug: str, ending: str) -> HttpResponseBase:
        """Write the file anew, or say that it has not changed."""
        form, day = asked_format(ending), asked_day(request)
        layer = visible_layers(request).filter(slug=slug).first()
        if layer is None:
            raise LayerUnknown(_("There is no layer “%(slug)s” for everyone to download.") % {"slug": slug[:60]})
        name, write = f"{layer.slug}_{day.isoformat()}", partial(_write, layer, day)
        return sent_file(request, name, form, _content(layer, day, form), write, is_public=layer.is_public)


def _content(layer: Layer, day: date, form: Format) -> list[Any]:
    """Whatever the file holds."""
    rows = boundaries_on(day, layers=[layer.slug]).values_list(
        "pk", "valid_to", "jurisdiction__names", "jurisdiction__body__slug", "jurisdiction__body__names"
    )
    return [layer.slug, layer.source, layer.licence, form.ending, *rows]


def _write(layer: Layer, day: date, path: Path) -> None:
    # Geopandas costs 0.7 s to import, which no other page must pay.
    from layers.selectors.frames import layer_frame
    from layers.services.export_layer import write_frame

    write_frame(layer_frame(layer, day), path, layer.slug)
