"""The desk: staff see what is theirs, undecided and overdue first, and act on it."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from frontend.case_map import evidence_of, pins_of
from frontend.due import due_clock
from frontend.forms.desk import DeskFilterForm
from frontend.posted import see_other
from frontend.queue_page import Fact, QueueRow, queue_page
from frontend.small_map import map_basics
from frontend.staff import user_of
from issues.errors import TransitionRefused
from issues.explanations import explain
from issues.models import Membership, ServiceRequest
from issues.routing.outcomes import Outcome
from issues.selectors.service_requests import OPEN_STATES, desk_queue, requests_of
from issues.services.transition import transition
from issues.state_names import state_name
from issues.timeline import timeline
from issues.workflow import State, may_step
from layers.models import Body
from layers.selectors.bodies import bodies_with_offices


@dataclass(frozen=True)
class Action:
    """A step that staff may take, as a verb with its consequence."""

    name: str
    key: str
    to_state: State
    verb: str
    consequence: str
    needs_reason: bool = False
    needs_body: bool = False


@never_cache
@login_required
@require_safe
def desk_page(request: HttpRequest) -> HttpResponse:
    """The queue and its map."""
    return render(request, "frontend/desk.html", {**_queue(request), "evidence": None})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def desk_request_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One case beside the queue; posted with an action it takes that step. 404 for other bodies' reports."""
    mine = requests_of(request.user).select_related("service__group", "body")
    report = mine.filter(pk=pk).first() if pk < 2**63 else None
    if report is None:
        raise Http404
    refused, status = None, 200
    if request.method == "POST":
        try:
            done = _act(request, report)
        except TransitionRefused as error:
            refused, status = error, 409
            report.refresh_from_db()
        else:
            messages.success(request, done)
            query = request.META["QUERY_STRING"]
            return see_other(reverse("desk_request", args=[report.pk]) + (f"?{query}" if query else ""))
    context = {**_queue(request), **_case(report), "refused": refused, "reason": request.POST.get("reason", "")}
    return render(request, "frontend/desk_request.html", context, status=status)


def _act(request: HttpRequest, report: ServiceRequest) -> str:
    """Take the posted step and say what was done."""
    action = next((each for each in _actions() if each.name == request.POST.get("action")), None)
    if action is None:
        raise TransitionRefused(_("There is no such step. Reload the page."))
    if action.needs_body and report.body_id is None:
        raise TransitionRefused(_("First it must be decided who is responsible."))
    reason = request.POST.get("reason", "").replace("\x00", "") if action.needs_reason else ""
    after = transition(report.pk, action.to_state, user=user_of(request), reason=reason)
    return _("Report %(number)s is now: %(state)s.") % {"number": report.pk, "state": state_name(State(after.state))}


def _actions() -> list[Action]:
    return [
        Action("publish", "p", State.PUBLISHED, _("Publish"), _("Everybody sees text and photo.")),
        Action(
            "accept", "a", State.ACCEPTED, _("Accept"), _("The reporter reads that you take it on."), needs_body=True
        ),
        Action(
            "fix",
            "f",
            State.FIXED,
            _("Mark as fixed"),
            _("The report is closed and the reporter sees it."),
            needs_body=True,
        ),
        Action(
            "refuse",
            "r",
            State.REFUSED,
            _("Close without work"),
            _("Text and photo are hidden. This cannot be undone."),
            needs_reason=True,
        ),
    ]


def _case(report: ServiceRequest) -> dict[str, object]:
    state = State(report.state)
    responsibility = report.responsibilities.first()
    explanation = explain(responsibility) if responsibility else None
    return {
        "report": report,
        "state": state,
        "state_name": state_name(state),
        "due": due_clock(report),
        "explanation": explanation,
        "timeline": timeline(report),
        "shows_times": True,
        "photos": list(report.photos.only("id", "width_px", "height_px")),
        "actions": [
            each for each in _actions() if may_step(state, each.to_state) and (report.body_id or not each.needs_body)
        ],
        "evidence": evidence_of(report, explanation),
        "can_hand_back": report.outcome == Outcome.ASSIGNED and report.body_id is not None,
        "case_id": report.case_reports.filter(left_at=None).values_list("case", flat=True).first(),
    }


def _queue(request: HttpRequest) -> dict[str, object]:
    """The filtered queue, one page of it, with its pins."""
    sees_all = request.user.has_perm("issues.arbitrate")
    bodies = list(Body.objects.all() if sees_all else bodies_with_offices(_own_slugs(request)))
    form = DeskFilterForm(request.GET, bodies)
    page = queue_page(request, desk_queue(request.user, form.wanted()))
    return {
        **page.context,
        "form": form,
        "queue": [_row(report, shows_body=len(bodies) > 1) for report in page.rows],
        "pins": pins_of(page.rows),
        "map_basics": map_basics(),
        "summary": _summary(request),
        "has_bodies": bool(bodies),
    }


def _own_slugs(request: HttpRequest) -> list[str]:
    return list(Membership.objects.filter(user=user_of(request)).values_list("body__slug", flat=True))


def _summary(request: HttpRequest) -> dict[str, int]:
    """How many open, undecided and overdue reports wait for this user, whatever the filters."""
    is_open = requests_of(request.user).filter(state__in=OPEN_STATES)
    return is_open.order_by().aggregate(
        open=Count("id"),
        undecided=Count("id", filter=Q(body=None)),
        overdue=Count("id", filter=Q(due_date__lt=timezone.localdate())),
    )


def _row(report: ServiceRequest, *, shows_body: bool) -> QueueRow:
    undecided = {
        Outcome.CONTESTED.value: _("Contested"),
        Outcome.GAP.value: _("Nobody's area"),
        Outcome.UNCERTAIN.value: _("Close to a border"),
    }.get(report.outcome)
    due = due_clock(report)
    facts = [Fact(undecided, "tag tag--contested")] if undecided else []
    if due.look != "closed":
        facts.append(Fact(due.words, f"due due--{due.look}"))
    facts.append(Fact(state_name(State(report.state)), f"state state--{report.state}"))
    if shows_body and report.body:
        facts.append(Fact(report.body.name, "muted"))
    return QueueRow(
        path=reverse("desk_request", args=[report.pk]),
        pk=report.pk,
        title=report.service.name,
        aside=f"#{report.pk}",
        line=report.place_text or f"{report.point.y:.5f}, {report.point.x:.5f}",
        facts=tuple(facts),
    )
