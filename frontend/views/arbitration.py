"""The arbitration desk: cases by harm, and one case with all that bears on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from frontend.arbitration_map import claimants_of, map_of_case, pins_of_cases
from frontend.due import DueClock, clock_until
from frontend.forms.arbitration import CaseFilterForm, PositionForm, RulingForm
from frontend.small_map import map_basics
from geo.errors import CityPinError
from issues.api.errors import status_of
from issues.arbitration import CaseState, Cause, Stance
from issues.case_words import (
    case_history,
    case_state_name,
    cause_name,
    hand_back_reason_name,
    person_name,
    ruling_scope,
    stance_name,
)
from issues.errors import CaseUnknown, RulingInvalid
from issues.explanations import explain
from issues.memory_words import memory_reasons
from issues.models import Case, HandBack, Position, Ruling, ServiceRequest
from issues.routing.outcomes import Scope
from issues.selectors.cases import (
    attachment_of,
    case_of,
    case_queue,
    cases_of,
    is_arbitrator,
    open_reports_of,
    rulings_near,
    rulings_of,
    staff_bodies,
    standing_positions,
)
from issues.selectors.evidence import Question
from issues.selectors.memory import propose_from_memory
from issues.services.arbitration.reverse import (
    appeal_ruling,
    dismiss_appeal,
    reverse_ruling,
    undo_ruling,
    undo_until,
)
from issues.services.arbitration.rule import RulingPreview, confirm_ruling, preview_ruling
from issues.services.arbitration.state_position import state_position
from layers.models import Body

PAGE_SIZE = 50
REPORTS_SHOWN = 200


@dataclass(frozen=True)
class CaseItem:
    """One row of the queue."""

    case: Case
    due: DueClock
    cause: str
    state: str
    claimants: str


@dataclass(frozen=True)
class RulingItem:
    """A ruling with its words and what can still be done about it."""

    ruling: Ruling
    scope: str
    person: str
    undo_until: datetime | None
    can_be_boundary: bool


@dataclass(frozen=True)
class PositionItem:
    """A standing position in words."""

    position: Position
    stance: str
    person: str


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
    context = {**_queue(request), **_case(request, case), "refused": refused, "preview": preview}
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


def _staff(request: HttpRequest) -> User:
    """The signed-in user, as `login_required` guarantees."""
    return cast(User, request.user)


def _see(request: HttpRequest, case: Case) -> HttpResponse:
    query = request.META["QUERY_STRING"]
    response = redirect(reverse("arbitration_case", args=[case.pk]) + (f"?{query}" if query else ""))
    response.status_code = 303
    return response


def _act(request: HttpRequest, case: Case) -> str:
    """Do what was posted and say what was done."""
    user, posted = _staff(request), request.POST
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
        undo_ruling(ruling, user=user, version=version)
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
    return preview_ruling(_ruling_form(case, request).draft(), user=_staff(request), version=version)


def _ruling_form(case: Case, request: HttpRequest) -> RulingForm:
    form = RulingForm(case, list(open_reports_of(case)[:REPORTS_SHOWN]), request.POST)
    if form.unreadable:
        raise RulingInvalid(form.unreadable)
    return form


def _number(text: str | None) -> int:
    """A number as posted; 0, which is nobody's, for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


def _case(request: HttpRequest, case: Case) -> dict[str, object]:
    state, arbitrates = CaseState(case.state), is_arbitrator(request.user)
    reports = list(open_reports_of(case)[:REPORTS_SHOWN])
    known = reports[0] if reports else None
    known = known or next((link.service_request for link in case.case_reports.select_related("service_request")), None)
    responsibility = known.responsibilities.last() if known else None
    explanation = explain(responsibility) if responsibility else None
    near = rulings_near(case)
    own = rulings_of(case)
    speaks_for = list(staff_bodies(request.user).filter(pk__in=case.claimants.values("pk")))
    posted = request.POST if request.method == "POST" else None
    form = RulingForm(case, reports, posted if posted and posted.get("act") in ("preview", "confirm") else None)
    return {
        "case": case,
        "state": state,
        "state_name": case_state_name(state),
        "cause": cause_name(Cause(case.cause)),
        "due": clock_until(case.due_date),
        "reports": reports,
        "explanation": explanation,
        "proposal": _proposal(reports[0]) if reports and arbitrates and state is CaseState.OPEN else None,
        "claimants": claimants_of(case),
        "positions": [
            PositionItem(position, stance_name(Stance(position.stance)), person_name(position.user))
            for position in standing_positions(case)
        ],
        "hand_backs": _hand_backs(case),
        "rulings": [_ruling_item(ruling) for ruling in own],
        "rulings_near": [_ruling_item(ruling) for ruling in near],
        "history": case_history(case),
        "arbitrates": arbitrates,
        "speaks_for": speaks_for if state.is_live else [],
        "can_appeal": bool(speaks_for) and state is CaseState.SETTLED and any(r.reversed_at is None for r in own),
        "ruling_form": form if arbitrates and state is CaseState.OPEN else None,
        "posted": request.POST,
        "case_map": map_of_case(case, reports, explanation, [r for r in (*own, *near) if r.reversed_at is None]),
    }


def _proposal(report: ServiceRequest) -> dict[str, object] | None:
    """Who probably answers for the case's first report by earlier answers, and why; None where there are none."""
    question = Question(report.service_id, report.point.x, report.point.y)
    found = propose_from_memory(question, except_id=report.pk)
    if found is None:
        return None
    return {
        "body": Body.objects.get(pk=found.body_id),
        "reasons": memory_reasons(found),
        "found": found,
        "percent": round(100 * found.confidence),
    }


def _hand_backs(case: Case) -> list[tuple[HandBack, str]]:
    found = HandBack.objects.filter(
        service_request__case_reports__case=case, service_request__case_reports__left_at=None
    ).select_related("body", "proposed_body")
    return [(back, hand_back_reason_name(back.reason)) for back in found[:20]]  # type: ignore[arg-type]


def _ruling_item(ruling: Ruling) -> RulingItem:
    until = undo_until(ruling)
    undoable = ruling.reversed_at is None and timezone.now() < until
    by_area = ruling.scope in (Scope.SERVICE_IN_ZONE, Scope.ALL_SERVICES_IN_ZONE)
    return RulingItem(
        ruling, ruling_scope(ruling), person_name(ruling.user), until if undoable else None, can_be_boundary=by_area
    )


def _queue(request: HttpRequest) -> dict[str, object]:
    """The filtered queue, one page of it, with its pins."""
    claimants = Case.claimants.through.objects.filter(case__in=cases_of(request.user)).values("body")
    form = CaseFilterForm(request.GET, Body.objects.filter(pk__in=claimants))
    number = max(1, _number(request.GET.get("page")))
    first = (number - 1) * PAGE_SIZE
    wanted = form.wanted()
    found = list(case_queue(request.user, wanted)[first : first + PAGE_SIZE + 1]) if number < 10**6 else []
    shown = found[:PAGE_SIZE]
    filters = request.GET.copy()
    filters.pop("page", None)
    return {
        "form": form,
        "queue": [_item(case) for case in shown],
        "pins": pins_of_cases(shown),
        "map_basics": map_basics(),
        "has_next": len(found) > PAGE_SIZE,
        "page_number": number,
        "query": request.GET.urlencode(),
        "filter_query": filters.urlencode(),
        "waiting": case_queue(request.user).count(),
        "has_bodies": is_arbitrator(request.user) or staff_bodies(request.user).exists(),
    }


def _item(case: Case) -> CaseItem:
    state = CaseState(case.state)
    return CaseItem(
        case,
        clock_until(case.due_date) if state.is_live else DueClock(case.due_date, "closed", ""),
        cause_name(Cause(case.cause)),
        case_state_name(state),
        " · ".join(body.name for body in case.claimants.all()),
    )
