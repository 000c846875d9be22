"""The page where a citizen reports, and the small answers that its script asks for."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from frontend.forms.attempt import Attempt, first_values, panel_for_link, read_attempt, submission_of
from frontend.forms.problems import Problem, problems_response, status_of
from frontend.forms.report import ReportForm
from frontend.posted import number_of, see_other
from frontend.report_panel import panel_at
from frontend.small_map import map_basics
from frontend.views.photos import forget_drafts, remember_draft
from geo.errors import CityPinError, PointInvalid
from geo.points import parse_lonlat
from issues.api.errors import status_of as http_status_of
from issues.errors import PhotoInvalid
from issues.selectors.responsibility import check_place
from issues.selectors.services import grouped_services
from issues.services.photos import store_photo
from issues.services.submit import DESCRIPTION_LIMIT, Submitted, submit_service_request
from issues.tracking import tracking_key
from layers.selectors.places import Place, find_places


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_page(request: HttpRequest) -> HttpResponse:
    """The form; posted with step=check it answers who is responsible, with step=send it reports."""
    if request.method != "POST":
        values = first_values(request.GET)
        return _page(request, Attempt(ReportForm(), values, panel=panel_for_link(values)))
    attempt = read_attempt(request.POST, request.FILES, sending=request.POST.get("step") == "send")
    if attempt.new_photo:
        remember_draft(request.session, attempt.new_photo)
    if attempt.ready_to_send:
        try:
            submission = submission_of(attempt)
            submitted = submit_service_request(submission)
        except CityPinError as error:
            attempt.refuse(error)
        else:
            forget_drafts(request.session, submission.photo_ids)
            return _sent(request, submitted)
    if _wants_json(request):
        return problems_response(attempt.problems) if attempt.problems else JsonResponse({"checked": True})
    return _page(request, attempt)


def _sent(request: HttpRequest, submitted: Submitted) -> HttpResponse:
    number = submitted.service_request.pk
    if submitted.same_sender:
        url = reverse("tracked_request", args=[number, tracking_key(number)]) + "?sent=1"
    elif submitted.service_request.service.exact_point_is_public:  # their link stays theirs
        messages.success(request, _("The same report reached us a moment ago, so there is only one. Follow it here."))
        url = reverse("service_request", args=[number])
    else:
        messages.success(
            request,
            _(
                "The same report reached us a moment ago, so there is only one. "
                "Reports of this kind have no public page."
            ),
        )
        url = reverse("map")
    if _wants_json(request):
        return JsonResponse({"id": number, "url": url}, status=201 if submitted.created else 200)
    return see_other(url)


def _page(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    context = {
        "attempt": attempt,
        "values": attempt.values,
        "problems": attempt.problems,
        "panel": attempt.panel,
        "groups": grouped_services(),
        "map_basics": map_basics(),
        "description_limit": DESCRIPTION_LIMIT,
    }
    return render(request, "frontend/report.html", context, status=status_of(attempt.problems))


@never_cache
@require_GET
def report_panel(request: HttpRequest) -> HttpResponse:
    """A fragment: who is responsible at lon, lat for service_code, and what is near."""
    asked = request.GET
    try:
        lon, lat = check_place(asked.get("lon"), asked.get("lat"))
        panel = panel_at(
            lon,
            lat,
            asked.get("service_code", ""),
            _metres(asked.get("accuracy_m")),
            number_of(asked.get("asset_id")),
            number_of(asked.get("side")),
        )
    except CityPinError as error:
        return render(request, "frontend/_report_panel_refused.html", {"error": error}, status=http_status_of(error))
    return render(request, "frontend/_report_panel.html", {"panel": panel})


@never_cache
@require_POST
def report_photo(request: HttpRequest) -> HttpResponse:
    """Takes one photo for a report that is still being written."""
    upload = request.FILES.get("photo")
    try:
        if upload is None:
            raise PhotoInvalid(_("No photo arrived. Choose it again."))
        stored = store_photo(upload)
    except PhotoInvalid as error:
        return problems_response([Problem("photo", error.code, str(error))])
    remember_draft(request.session, stored.photo.pk)
    lon, lat = stored.lonlat or (None, None)
    url = reverse("photo", args=[stored.photo.pk, "large"])
    return JsonResponse({"photo_id": str(stored.photo.pk), "url": url, "lon": lon, "lat": lat})


@require_GET
def report_places(request: HttpRequest) -> HttpResponse:
    """Places whose name contains `q`; coordinates are a place, too."""
    text = request.GET.get("q", "")
    try:
        lon, lat = parse_lonlat(text[:100])
        found = [Place(f"{lat:.5f}, {lon:.5f}", lon, lat)]
    except PointInvalid:
        found = find_places(text)
    return JsonResponse([{"label": place.label, "lon": place.lon, "lat": place.lat} for place in found], safe=False)


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _metres(text: str | None) -> float:
    try:
        metres = float(text or 0)
    except ValueError:
        metres = -1.0
    if not 0 <= metres < float("inf"):
        raise PointInvalid(_("accuracy_m must be a number of metres."))
    return metres
