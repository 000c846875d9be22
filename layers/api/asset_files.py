"""The classes of things as files, of any day. They are public, as the things are on the map."""

from datetime import date
from functools import partial
from pathlib import Path

from django.db import transaction
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from layers.api.files import asked_day, asked_format, file_schema, sent_file
from layers.api.serializers import AssetClassSerializer
from layers.errors import AssetClassUnknown
from layers.models import AssetClass
from layers.selectors.version import geography_version


class AssetClassesView(APIView):
    """The classes of things that can be downloaded."""

    @extend_schema(responses=AssetClassSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List them with the addresses of their files."""
        classes = AssetClass.objects.select_related("default_owner")
        return Response(AssetClassSerializer(classes, many=True, context={"request": request}).data)


class AssetClassFileView(APIView):
    """One class of things as a file that QGIS opens."""

    @file_schema("The day on which they stood; today if none")
    def get(self, request: Request, slug: str, ending: str) -> HttpResponseBase:
        """Write the file anew, in batches, or say that it has not changed."""
        form, day = asked_format(ending), asked_day(request)
        asset_class = AssetClass.objects.filter(slug=slug).first()
        if asset_class is None:
            raise AssetClassUnknown(_("There is no class of objects “%(slug)s”.") % {"slug": slug[:60]})
        # Any thing or body changes it: to read a million rows to say that nothing changed would cost as much as all.
        content = [asset_class.slug, day.isoformat(), form.ending, *geography_version()]
        name, write = f"{asset_class.slug}_{day.isoformat()}", partial(_write, asset_class, day)
        return sent_file(request, name, form, content, write, is_public=True)


def _write(asset_class: AssetClass, day: date, path: Path) -> None:
    # Geopandas costs 0.7 s to import, which no other page must pay.
    from layers.selectors.frames import asset_table
    from layers.services.export_layer import write_frames

    with transaction.atomic():
        table = asset_table(asset_class, day)
        write_frames(table.frames, path, asset_class.slug, table.geometry_type)
