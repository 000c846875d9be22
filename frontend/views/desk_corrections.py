"""Pages for a report that is not ours or not quite right: hand it back, or correct what it asks."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from frontend.forms.arbitration import CorrectionForm, HandBackForm
from frontend.posted import see_other
from frontend.staff import user_of
from geo.errors import CityPinError
from geo.points import parse_lonlat
from issues.api.errors import status_of
from issues.explanations import explain_fully
from issues.models import ServiceRequest
from issues.selectors.service_requests import requests_of
from issues.services.arbitration.hand_back import hand_back
from issues.services.correct import change_service, correct_asset, move_point
from issues.workflow import State


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hand_back_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Why it is not ours; posted, the report leaves for arbitration."""
    report = _found(request, pk)
    form = HandBackForm(report.body, request.POST if request.method == "POST" else None)
    refused = None
    if request.method == "POST":
        form.is_valid()
        given = form.cleaned_data
        try:
            hand_back(
                report.pk,
                given.get("reason", ""),
                user=user_of(request),
                text=given.get("text", ""),
                proposed_body=given.get("proposed_body") or None,
            )
        except CityPinError as error:
            refused = error
        else:
            messages.success(request, _("Report %(number)s is handed back: arbitration decides.") % {"number": pk})
            return see_other("desk")
    context = {"report": report, "form": form, "refused": refused}
    return render(request, "frontend/hand_back.html", context, status=status_of(refused) if refused else 200)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Another kind, place or object; posted, the report is decided anew."""
    report = _found(request, pk)
    form = CorrectionForm(report, _assets_of(report), request.POST if request.method == "POST" else None)
    refused = None
    if request.method == "POST":
        try:
            _correct(report, form, user_of(request))
        except CityPinError as error:
            refused = error
        else:
            return _corrected(request, pk)
    context = {"report": report, "form": form, "refused": refused}
    return render(request, "frontend/correct_request.html", context, status=status_of(refused) if refused else 200)


def _found(request: HttpRequest, pk: int) -> ServiceRequest:
    mine = requests_of(request.user).select_related("service", "body", "asset")
    report = mine.filter(pk=pk).first() if pk < 2**63 else None
    if report is None or State(report.state).status == "closed":
        raise Http404
    return report


def _correct(report: ServiceRequest, form: CorrectionForm, user: User) -> None:
    """What was changed in the form, each as its own correction; fields left alone do nothing."""
    form.is_valid()
    given, reason = form.cleaned_data, form.cleaned_data.get("why", "")
    changed = set(form.changed_data)
    with transaction.atomic():  # all of them or none
        if "service_code" in changed:
            change_service(report.pk, given.get("service_code", ""), user=user, reason=reason)
        if "place" in changed:
            lon, lat = parse_lonlat(given.get("place", ""))
            move_point(report.pk, lon, lat, user=user, reason=reason)
        if "asset" in changed:
            correct_asset(report.pk, given.get("asset"), user=user, reason=reason)


def _corrected(request: HttpRequest, pk: int) -> HttpResponse:
    """To the report, or, where another body has it now, back to the queue."""
    messages.success(request, _("Report %(number)s is corrected and decided anew.") % {"number": pk})
    still_mine = requests_of(request.user).filter(pk=pk).exists()
    return see_other(reverse("desk_request", args=[pk]) if still_mine else reverse("desk"))


def _assets_of(report: ServiceRequest) -> list[tuple[int, str]]:
    """The things that were weighed, nearest first, with owner and distance."""
    explanation = explain_fully(report)
    found = [item for item in explanation.candidates if item.asset] if explanation else []
    found.sort(key=lambda item: item.candidate.distance_m)
    return [
        (item.asset.pk, f"{item.asset} · {item.body.name} · {item.candidate.distance_m:.0f} m")
        for item in found
        if item.asset
    ]
