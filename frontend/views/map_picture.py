"""`/map.png`: the heatmap as a picture, with the page's own questions."""

import time
from dataclasses import replace
from threading import BoundedSemaphore, Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from frontend.heat_scale import bounds_by_zoom
from frontend.map_picture import draw, months_shown, speaks
from frontend.map_question import PictureQuestion, picture_question
from frontend.views.map import city_area_km2, first_report_day
from geo.errors import CityPinError
from geo.translation import localized
from tiles.caching import shared_answer
from tiles.selectors.public_counts import public_total
from tiles.tile_cache import KeptBody, TileCache

KEPT_S = 300
PICTURES = TileCache(max_bytes=16 * 1024 * 1024)
"""Of this process: a picture costs a tenth of a second or more, and a mail to a thousand people asks for one."""

# Who asks for a thousand different ones shall not keep the site from everybody else: one is
# drawn at a time, two threads of the server may wait for it.
DRAWING = Lock()
PATIENT = BoundedSemaphore(3)
WAIT_S = 4.0


class PictureBusy(CityPinError):
    """Other pictures are being drawn."""

    code = "picture_busy"


@require_safe
def map_picture(request: HttpRequest) -> HttpResponse:
    """The picture as PNG; a refusal is JSON with a code, like a tile's."""
    try:
        question = picture_question(request.GET, timezone.localdate())
        question.reports.parameters()  # refuses codes that do not exist
        kept = kept_picture(question)
    except CityPinError as refusal:
        is_busy = isinstance(refusal, PictureBusy)
        answer = JsonResponse({"code": refusal.code, "detail": str(refusal)}, status=503 if is_busy else 400)
        answer["Cache-Control"] = "no-store"
        if is_busy:
            answer["Retry-After"] = str(round(WAIT_S))
        return answer
    return shared_answer(request, kept, "image/png", KEPT_S)


def kept_picture(question: PictureQuestion) -> KeptBody:
    """The picture as drawn in these five minutes, or drawn now; PictureBusy where too many wait already."""
    key = (timezone.localdate(), int(time.time() // KEPT_S), question.canonical())

    def drawn() -> bytes:
        busy = _("Other pictures are being drawn. Ask again in some seconds.")
        if not PATIENT.acquire(blocking=False):
            raise PictureBusy(busy)
        try:
            if not DRAWING.acquire(timeout=WAIT_S):
                raise PictureBusy(busy)
            try:  # who drew it while we waited has kept it
                return PICTURES.get(key, lambda: picture_of(question)).body
            finally:
                DRAWING.release()
        finally:
            PATIENT.release()

    return PICTURES.get(key, drawn)


def picture_of(question: PictureQuestion) -> bytes:
    """Draw it, with the classes that the page shows for the same filter and zoom."""
    today = timezone.localdate()
    first_report = first_report_day(today)
    asked = question.asked
    months = asked.months(first_report, today)
    first = max(question.reports.first_day or first_report, first_report)
    last = min(question.reports.last_day or today, today)
    shown = months_shown(first, last)
    wanted = replace(
        asked.whole_period().request_filter(today),
        status="",
        services=question.reports.services,
        bodies=question.reports.bodies,
        states=question.reports.states,
    )
    total = public_total(wanted)
    bounds = bounds_by_zoom(total, city_area_km2(), months, shown, settings.CITY.center[1])[question.zoom]
    with override(question.language if speaks(question.language) else "en"):
        words = {
            "legend": _("Reports per km² and month"),
            "title": _("%(city)s, %(first)s to %(last)s")
            % {"city": localized(settings.CITY.names), "first": date_format(first), "last": date_format(last)},
            "attribution": " · ".join(["CityPin", *settings.CITY.attribution]),
        }
        return draw(question, bounds, shown, words)
