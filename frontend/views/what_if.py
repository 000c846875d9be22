"""What if: a draft of borders tried on the reports of a period, by a job whose result is a page of its own.

The address names draft and period, so a result can be shown to others who may
see it; trying the same again replaces it.
"""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from frontend.forms.what_if import WhatIfForm, day_of
from frontend.small_map import staff_map_basics
from frontend.staff import drafter_page
from frontend.what_if_words import body_names, moved_lines, simulation_words
from jobs.errors import AlreadyRunning
from jobs.models import Job
from jobs.services import start_job
from layers.models import ImportDraft, Layer
from layers.services.drafts import DraftOptions

JOB_KIND = "simulate_draft"


@drafter_page
@require_http_methods(["GET", "HEAD", "POST"])
def what_if_page(request: HttpRequest) -> HttpResponse:
    """The form, and the result for the `draft`, `since` and `until` of the address; posted it starts a job."""
    form = WhatIfForm(request.POST if request.method == "POST" else None, request.GET)
    if request.method == "POST" and form.is_valid():
        return _start(request, form)
    context: dict[str, Any] = {
        "form": form,
        "layers": Layer.objects.all(),
        "map_basics": staff_map_basics(),
        **_result(request),
    }
    return render(request, "frontend/what_if.html", context, status=422 if request.method == "POST" else 200)


@drafter_page
@require_safe
def what_if_moved(request: HttpRequest, pk: int) -> JsonResponse:
    """The moved reports of a result as GeoJSON (EPSG:4326), exact points: for staff."""
    job = Job.objects.filter(pk=pk, kind=JOB_KIND, state=Job.State.DONE).first()
    if job is None:
        raise Http404
    features = [
        {
            "type": "Feature",
            "id": line.number,
            "properties": {"kind": line.kind, "label": f"#{line.number} {line.service}: {line.before} → {line.after}"},
            "geometry": {"type": "Point", "coordinates": [line.lon, line.lat]},
        }
        for line in moved_lines(job.result, body_names())
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _start(request: HttpRequest, form: WhatIfForm) -> HttpResponse:
    given = form.cleaned_data
    asked = {"draft": given["draft"], "since": given["since"].isoformat(), "until": given["until"].isoformat()}
    url = f"{reverse('what_if')}?{urlencode(asked)}"
    user = cast(User, request.user)
    arguments = {**asked, "url": url, "language": get_language() or "en"}
    try:
        start = start_job(JOB_KIND, arguments, key=_key(**asked), user=user).pk
        response = redirect("job", pk=start)
    except AlreadyRunning as running:
        may_watch = user.has_perm("issues.arbitrate") or Job.objects.filter(pk=running.job_id, user=user).exists()
        response = redirect("job", pk=running.job_id) if may_watch else redirect(url)
    response.status_code = 303
    return response


def _result(request: HttpRequest) -> dict[str, Any]:
    """What the address asks for: the newest result, and whether one is on its way."""
    draft = _draft(request.GET.get("draft", ""))
    since, until = day_of(request.GET.get("since", "")), day_of(request.GET.get("until", ""))
    if draft is None or since is None or until is None:
        return {"draft": draft}
    jobs = Job.objects.filter(kind=JOB_KIND, key=_key(str(draft.pk), since.isoformat(), until.isoformat()))
    done = jobs.filter(state=Job.State.DONE).first()
    found: dict[str, Any] = {"draft": draft, "running": jobs.filter(state__in=Job.UNFINISHED).first()}
    if done is not None:
        tomorrow = timezone.localdate() + timedelta(days=1)
        found |= {
            "job": done,
            "since": since,
            "until": until,
            "words": simulation_words(done.result),
            "is_outdated": _reading(done.result["options"]) != _reading(draft.options),
            "publish_from": max(DraftOptions.of(draft).first_day, tomorrow),
        }
    return found


def _draft(text: str) -> ImportDraft | None:
    try:
        number = UUID(text)
    except ValueError:
        return None
    found = ImportDraft.objects.select_related("layer", "user").defer("content", "preview")
    return found.filter(pk=number, layer__isnull=False).first()


def _key(draft: str, since: str, until: str) -> str:
    return f"{draft}:{since}:{until}"


def _reading(options: dict[str, Any]) -> dict[str, Any]:
    """The options that decide what is tried; from which day it holds and where it comes from do not."""
    return {name: value for name, value in options.items() if name not in ("valid_from", "valid_to", "source")}
