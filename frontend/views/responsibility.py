"""Who was responsible at a place on a day, as known at the end of another day. Every answer is an address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from frontend.case_map import shapes_of
from frontend.forms.place import PlaceGiven, PlaceMissing, find_place
from frontend.forms.responsibility import ResponsibilityForm
from frontend.small_map import staff_map_basics
from frontend.staff import staff_page
from geo.errors import CityPinError
from issues.explanations import explain
from issues.models import Service
from issues.selectors.responsibility import responsibility_at, service_by_code
from layers.models import Boundary
from layers.selectors.boundaries import days_of_change, first_and_last_record, versions_at

YEARS_BACK, DAYS_AHEAD = 10, 90
"""How far the slider reaches, unless something is published for a later day."""


@dataclass(frozen=True)
class Version:
    """One record of an area that covers the place; `is_asked` if it is in force on the day asked, as known then."""

    boundary: Boundary
    is_asked: bool
    address: str


@staff_page
@require_safe
def responsibility_page(request: HttpRequest) -> HttpResponse:
    """The form, and the answer where a kind of problem and a place are named."""
    given = request.GET.copy()
    form = ResponsibilityForm(given)
    if "service" not in given and form.codes:
        given["service"] = form.codes[0]
    today = timezone.localdate()
    context: dict[str, Any] = {"form": form, "today": today, "refused": "", "answer": None}
    context["map_basics"] = staff_map_basics()
    status = 200
    if form.is_valid():
        service = service_by_code(form.cleaned_data["service"])
        context |= _sliders(service, form, today)
        options: list[Any] = []
        try:
            context["answer"] = _answer(form, service, today, options)
        except PlaceMissing:
            pass
        except CityPinError as error:
            context |= {"refused": str(error), "places": options}
            status = 422
    else:
        status = 422 if any(request.GET.values()) else 200
    context["map_data"] = _map_data(context)
    return render(request, "frontend/responsibility.html", context, status=status)


def _answer(form: ResponsibilityForm, service: Service, today: date, options: list[Any]) -> dict[str, Any]:
    asked = form.cleaned_data
    place = find_place(PlaceGiven(asked["place"], asked["place_for"], "", asked["lon"], asked["lat"], options=options))
    day = asked["on"] or today
    decision = responsibility_at(
        service.service_code, place.lon, place.lat, valid_on=asked["on"], known_at=form.moment()
    )
    explanation = explain(decision)
    versions = [
        Version(boundary, _is_asked(boundary, form, day), _address(form, place.lon, place.lat, boundary))
        for boundary in versions_at(place.lon, place.lat, _layers(service))
    ]
    return {
        "lon": place.lon,
        "lat": place.lat,
        "day": day,
        "known": asked["known"],
        "service": service,
        "explanation": explanation,
        "features": shapes_of(explanation, (place.lon, place.lat), day, form.moment()),
        "versions": [each for each in versions if each.boundary.superseded_at is None],
        "superseded": [each for each in versions if each.boundary.superseded_at is not None],
    }


def _layers(service: Service) -> list[int]:
    return list(service.layers.values_list("pk", flat=True))


def _is_asked(boundary: Boundary, form: ResponsibilityForm, day: date) -> bool:
    moment = form.moment()
    known = (
        boundary.superseded_at is None
        if moment is None
        else boundary.recorded_at <= moment and (boundary.superseded_at is None or boundary.superseded_at > moment)
    )
    return known and boundary.valid_from <= day and (boundary.valid_to is None or day < boundary.valid_to)


def _address(form: ResponsibilityForm, lon: float, lat: float, boundary: Boundary) -> str:
    """The same question for the first day of that version, as known now."""
    asked = {"service": form.cleaned_data["service"], "lon": lon, "lat": lat, "on": boundary.valid_from.isoformat()}
    return f"{reverse('responsibility')}?{urlencode(asked)}"


def _sliders(service: Service, form: ResponsibilityForm, today: date) -> dict[str, Any]:
    """First and last day of both sliders, and the days on which a border of this service changes."""
    layers = _layers(service)
    changes = days_of_change(layers)
    earliest = today - timedelta(days=366 * YEARS_BACK)
    chosen = form.cleaned_data["on"] or today
    first = max(min([*changes, today]), earliest)
    last = max([*changes, today]) + timedelta(days=DAYS_AHEAD)
    recorded, _newest = first_and_last_record(layers)
    known_first = max(timezone.localdate(recorded) if recorded else today, earliest)
    return {
        "day_slider": _slider(min(first, chosen), max(last, chosen), chosen, [day for day in changes if day >= first]),
        "known_slider": _slider(
            min(known_first, form.cleaned_data["known"] or today), today, form.cleaned_data["known"] or today, []
        ),
    }


def _slider(first: date, last: date, value: date, marks: Sequence[date]) -> dict[str, Any]:
    return {
        "first": first,
        "last": last,
        "days": (last - first).days,
        "value": (value - first).days,
        "marks": [(day - first).days for day in marks][-200:],
    }


def _map_data(context: dict[str, Any]) -> dict[str, Any]:
    answer = context["answer"]
    return {
        "url": reverse("tile", args=["boundaries", "Z", "X", "Y"]).replace("/Z/X/Y.", "/{z}/{x}/{y}."),
        "point": {"lon": answer["lon"], "lat": answer["lat"]} if answer else None,
        "features": answer["features"] if answer else [],
    }
