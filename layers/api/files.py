"""What the files of layers and of classes of things have in common: what may be asked, and how they are sent."""

import hashlib
import json
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from layers.errors import DayInvalid, FormatUnknown
from layers.services.formats import FORMATS, Format

MAX_AGE_S = 300
REFUSAL = OpenApiResponse(
    {"type": "object", "properties": {"code": {"type": "string"}, "detail": {"type": "string"}}},
    description="What was wrong, as a stable `code` and a sentence",
)


def file_schema(day: str) -> Callable[[Any], Any]:
    """Describes a view that sends a file; `day` says what its `?on=` means."""
    return extend_schema(
        parameters=[
            OpenApiParameter("ending", str, OpenApiParameter.PATH, enum=list(FORMATS)),
            OpenApiParameter("on", OpenApiTypes.DATE, description=day),
        ],
        responses={
            **{(200, form.media_type): OpenApiTypes.BINARY for form in FORMATS.values()},
            304: OpenApiResponse(description="The file that you have is the newest"),
            400: REFUSAL,
            404: REFUSAL,
        },
    )


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


def sent_file(
    request: Request, name: str, form: Format, content: list[Any], write: Callable[[Path], None], *, is_public: bool
) -> HttpResponseBase:
    """The file that `write` writes anew, or that it has not changed: it changes with `content`.

    The tag is weak: a GeoPackage carries the time of its writing.
    """
    digest = hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()
    etag = f'W/"{digest[:32]}"'
    response: HttpResponseBase = get_conditional_response(request._request, etag=etag) or _file(name, form, write)
    response["ETag"] = etag
    patch_cache_control(response, max_age=MAX_AGE_S, **{"public" if is_public else "private": True})
    return response


def _file(name: str, form: Format, write: Callable[[Path], None]) -> FileResponse:
    """From a folder that is gone before the first byte is sent: an open file needs no name."""
    name = f"{name}.{form.ending}"
    with tempfile.TemporaryDirectory(prefix="citypin-export-") as folder:
        path = Path(folder) / name
        write(path)
        written = path.open("rb")
    return FileResponse(written, as_attachment=True, filename=name, content_type=form.media_type)
