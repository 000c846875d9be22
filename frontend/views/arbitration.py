"""The arbitration desk: cases by harm, and one case with all that bears on it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from frontend.arbitration_case import REPORTS_SHOWN, case_context
from frontend.arbitration_map import pins_of_cases
from frontend.due import clock_until
from frontend.forms.arbitration import CaseFilterForm, PositionForm, RulingForm
from frontend.posted import number_of, see_other
from frontend.queue_page import Fact, QueueRow, queue_page
from frontend.small_map import map_basics
from frontend.staff import user_of
from geo.errors import CityPinError
from issues.api.errors import status_of
from issues.arbitration import CaseState, Cause
from issues.case_words import case_state_name, cause_name
from issues.errors import CaseUnknown, RulingInvalid
from issues.models import Case, Ruling
from issues.selectors.cases import (
    attachment_of,
    case_of,
    case_queue,
    cases_of,
    is_arbitrator,
    open_reports_of,
    staff_bodies,
)
from issues.services.arbitration.reverse import appeal_ruling, dismiss_appeal, reverse_ruling, undo_ruling
from issues.services.arbitration.rule import RulingPreview, confirm_ruling, preview_ruling
from issues.services.arbitration.state_position import state_position
from layers.models import Body


@never_cache
@login_required
@require_safe
def arbitration_page(request: HttpRequest) -> HttpResponse:
    """The queue and its map."""
    return render(request, "frontend/arbitration.html", {**_queue(request), "case_map": None})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def arbitration_case_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One case beside the queue; posted with an act it does that. 404 for cases of other bodies."""
    case = _found(request, pk)
    refused: CityPinError | None = None
    preview = None
    status = 200
    if request.method == "POST":
        try:
            if request.POST.get("act") == "preview":
                preview = _preview(case, request)
            else:
                messages.success(request, _act(request, case))
                return _see(request, case)
        except CityPinError as error:
            refused, status = error, status_of(error)
            case = _found(request, pk)
    shown = case_context(case, user_of(request), request.POST)
    context = {**_queue(request), **shown, "refused": refused, "preview": preview}
    return render(request, "frontend/arbitration_case.html", context, status=status)


@never_cache
@login_required
@require_POST
def ruling_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What the ruling in the form would do, as a fragment of the page; a refusal as its sentence."""
    case = _found(request, pk)
    try:
        preview = _preview(case, request)
    except CityPinError as error:
        return render(request, "frontend/_ruling_preview.html", {"refused": error}, status=status_of(error))
    return render(request, "frontend/_ruling_preview.html", {"preview": preview})


@never_cache
@login_required
@require_safe
def position_attachment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A position's file, to be saved: never shown inside the site."""
    found = attachment_of(request.user, pk)
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.content), content_type=found.media_type)
    ending = "pdf" if found.media_type == "application/pdf" else "jpg"
    response["Content-Disposition"] = f'attachment; filename="position-{found.pk}.{ending}"'
    return response


def _found(request: HttpRequest, pk: int) -> Case:
    try:
        return case_of(request.user, pk if pk < 2**63 else 0)
    except CaseUnknown:
        raise Http404 from None


def _see(request: HttpRequest, case: Case) -> HttpResponse:
    query = request.META["QUERY_STRING"]
    return see_other(reverse("arbitration_case", args=[case.pk]) + (f"?{query}" if query else ""))


def _act(request: HttpRequest, case: Case) -> str:
    """Do what was posted and say what was done."""
    user, posted = user_of(request), request.POST
    act, reason = posted.get("act", ""), posted.get("reason", "")
    version, ruling = _number(posted.get("version")), _number(posted.get("ruling"))
    if act == "position":
        form = PositionForm(posted, request.FILES)
        form.is_valid()
        given, file = form.cleaned_data, request.FILES.get("file")
        state_position(
            case.pk,
            given.get("body", ""),
            given.get("stance", ""),
            given.get("text", ""),
            user=user,
            evidence=given.get("evidence", ""),
            file=file.file if file else None,
            file_name=(file.name or "") if file else "",
        )
        return _("Your position is stated.")
    if act == "confirm":
        form_of_ruling = _ruling_form(case, request)
        made = confirm_ruling(form_of_ruling.draft(), user=user, version=version)
        return _ruled(made)
    if ruling not in set(case.rulings.values_list("pk", flat=True)):
        raise RulingInvalid(_("There is no such step. Reload the page."))
    if act == "undo":
        undo_ruling(ruling, reason, user=user, version=version)
        return _("The ruling is undone: everything is as before.")
    if act == "reverse":
        reverse_ruling(ruling, reason, user=user, reopen="reopen" in posted, version=version)
        return _("The ruling is reversed: it settles nothing from now on.")
    if act == "appeal":
        appeal_ruling(ruling, reason, user=user, version=version)
        return _("Your appeal is made. The ruling holds until it is answered.")
    if act == "dismiss":
        dismiss_appeal(ruling, reason, user=user, version=version)
        return _("The ruling stays.")
    raise RulingInvalid(_("There is no such step. Reload the page."))


def _ruled(ruling: Ruling) -> str:
    settled = ruling.settled_case_reports.count()
    sentence = ngettext(
        "Ruled: it goes to %(body)s. %(count)d report that waited is settled.",
        "Ruled: it goes to %(body)s. %(count)d reports that waited are settled.",
        settled,
    )
    return sentence % {"body": ruling.body.name, "count": settled}


def _preview(case: Case, request: HttpRequest) -> RulingPreview:
    version = _number(request.POST.get("version"))
    return preview_ruling(_ruling_form(case, request).draft(), user=user_of(request), version=version)


def _ruling_form(case: Case, request: HttpRequest) -> RulingForm:
    form = RulingForm(case, list(open_reports_of(case)[:REPORTS_SHOWN]), request.POST)
    if form.unreadable:
        raise RulingInvalid(form.unreadable)
    return form


def _number(text: str | None) -> int:
    """A number as posted; 0, which is nobody's, for anything else."""
    return number_of(text) or 0


def _queue(request: HttpRequest) -> dict[str, object]:
    """The filtered queue, one page of it, with its pins."""
    claimants = Case.claimants.through.objects.filter(case__in=cases_of(request.user)).values("body")
    form = CaseFilterForm(request.GET, Body.objects.filter(pk__in=claimants))
    page = queue_page(request, case_queue(request.user, form.wanted()))
    return {
        **page.context,
        "form": form,
        "queue": [_row(case) for case in page.rows],
        "pins": pins_of_cases(page.rows),
        "map_basics": map_basics(),
        "waiting": case_queue(request.user).count(),
        "has_bodies": is_arbitrator(request.user) or staff_bodies(request.user).exists(),
    }


def _row(case: Any) -> QueueRow:
    """A case as `case_queue` counts it."""
    state = CaseState(case.state)
    facts = [Fact(cause_name(Cause(case.cause)), "tag tag--contested")]
    if state.is_live:
        due = clock_until(case.due_date)
        facts.append(Fact(due.words, f"due due--{due.look}"))
    else:
        facts.append(Fact(case_state_name(state), "muted"))
    if state is CaseState.APPEALED:
        facts.append(Fact(case_state_name(state), "queue__urgent"))
    days = ngettext("%(days)s day", "%(days)s days", case.age_days) % {"days": case.age_days}
    facts.append(Fact(days, "muted numbers"))
    if case.is_demo:
        facts.append(Fact(_("Demo data"), "demo-label"))
    reports = ngettext("%(reports)s report", "%(reports)s reports", case.open_reports) % {"reports": case.open_reports}
    return QueueRow(
        path=reverse("arbitration_case", args=[case.pk]),
        pk=case.pk,
        title=case.service.name if case.service else _("Several kinds of problems"),
        aside=reports,
        line=" · ".join(body.name for body in case.claimants.all()),
        facts=tuple(facts),
    )
