"""One report as the public and as its reporter follow it."""

from collections.abc import Callable

from django.contrib.gis.geos import Point
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_safe

from frontend.case_map import box_around, shapes_of
from frontend.due import due_clock
from frontend.posted import number_of, see_other
from frontend.side_choice import SideChoice, side_choice
from frontend.small_map import map_basics
from geo.errors import CityPinError
from issues.api.errors import status_of
from issues.errors import SideUnknown
from issues.explanations import Explanation, explain_fully, explain_publicly, weighed_assets
from issues.models import ServiceRequest
from issues.routing.outcomes import Outcome
from issues.selectors.service_requests import public_service_request, reporters_service_request
from issues.services.answer_side import answer_side
from issues.state_names import state_name
from issues.timeline import timeline
from issues.tracking import key_fits
from issues.workflow import State


@cache_control(private=True)
@require_safe
def service_request_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The public page: text and photo only once staff have checked them."""
    service_request = _found(pk, public_service_request)
    shows_all = State(service_request.state).shows_text_and_photo
    return render(
        request,
        "frontend/service_request.html",
        _context(service_request, shows_all, explain_publicly(service_request), service_request.public_point),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tracked_request_page(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """The reporter's own page behind the tracking link; after sending also the confirmation.

    A post answers on which side of a border the place is.
    """
    if not key_fits(pk, key):
        raise Http404
    service_request = _found(pk, reporters_service_request)
    refused: CityPinError | None = None
    if request.method == "POST":
        try:
            answer_side(service_request.pk, _side_of(request))
        except CityPinError as error:
            refused = error
        else:
            return see_other("tracked_request", pk=pk, key=key)
    explanation = explain_fully(service_request, to_reporter=True)
    context = {
        **_context(service_request, True, explanation, service_request.point),
        "side_choice": _side_choice(service_request, explanation),
        "side_refused": refused,
        "shows_times": True,
        "refusal_reason": _refusal_reason(service_request),
        "is_tracked": True,
        "key": key,
        "was_just_sent": request.GET.get("sent") == "1",
        "tracking_url": request.build_absolute_uri(reverse("tracked_request", args=[pk, key])),
    }
    status = status_of(refused) if refused else 200
    response = render(request, "frontend/service_request.html", context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _found(number: int, look_up: Callable[[int], ServiceRequest | None]) -> ServiceRequest:
    # A number that no database integer can hold is simply not there.
    found = look_up(number) if number < 2**63 else None
    if found is None:
        raise Http404
    return found


def _side_of(request: HttpRequest) -> int:
    """The posted side; SideUnknown for none and for what no id can be."""
    side = number_of(request.POST.get("side"))
    if side is None:
        raise SideUnknown(_("Choose one of the sides."))
    return side


def _side_choice(service_request: ServiceRequest, explanation: Explanation | None) -> SideChoice | None:
    """The question while it is open: not once somebody else has settled the report."""
    is_open = State(service_request.state).status == "open"
    if explanation is None or explanation.outcome is not Outcome.UNCERTAIN or not is_open:
        return None
    candidates = [item.candidate for item in explanation.candidates]
    lon, lat = service_request.point.x, service_request.point.y
    return side_choice(explanation.outcome, explanation.rule, candidates, lon, lat, service_request.accuracy_m)


def _refusal_reason(service_request: ServiceRequest) -> str:
    """Why staff closed it without work, "" otherwise; for the reporter only, since staff write it freely."""
    refusal = service_request.events.filter(kind=State.REFUSED.value).last()
    return str(refusal.data.get("reason", "")) if refusal else ""


def _context(
    service_request: ServiceRequest, shows_all: bool, explanation: Explanation | None, at: Point
) -> dict[str, object]:
    """What both pages show, the map around `at`."""
    state = State(service_request.state)
    lon, lat = at.x, at.y
    return {
        "report": service_request,
        "state": state,
        "state_name": state_name(state),
        "due": due_clock(service_request),
        "explanation": explanation,
        "assets": weighed_assets(explanation),
        "timeline": timeline(service_request),
        "description": service_request.description if shows_all else "",
        "photos": list(service_request.photos.only("id", "width_px", "height_px")) if shows_all else [],
        "awaits_check": state is State.SUBMITTED,
        "lon": lon,
        "lat": lat,
        "weighed": shapes_of(explanation, (lon, lat), box=box_around(lon, lat)),
        "map_basics": map_basics(),
    }
