"""One arbitration case as its page shows it: what bears on it, in words."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils import timezone

from frontend.arbitration_map import claimants_of, map_of_case
from frontend.due import clock_until
from frontend.forms.arbitration import RulingForm
from issues.arbitration import CaseState, Cause, HandBackReason, Stance
from issues.case_words import (
    case_history,
    case_state_name,
    cause_name,
    hand_back_reason_name,
    person_name,
    position_evidence,
    ruling_scope,
    stance_name,
)
from issues.explanations import Explanation, explain
from issues.memory.remembering import UNTESTED
from issues.memory_words import memory_reasons
from issues.models import Case, HandBack, Position, Ruling, ServiceRequest
from issues.routing.outcomes import Scope
from issues.selectors.cases import (
    is_arbitrator,
    open_reports_of,
    rulings_near,
    rulings_of,
    staff_bodies,
    standing_positions,
)
from issues.selectors.evidence import Question
from issues.selectors.memory import propose_from_memory
from issues.services.arbitration.reverse import undo_until
from layers.models import Body

REPORTS_SHOWN = 200


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
    evidence: str


def case_context(case: Case, user: User, posted: QueryDict) -> dict[str, object]:
    """All that the page of one case shows to `user`; `posted` is what was refused or is previewed, {} for neither."""
    state, arbitrates = CaseState(case.state), is_arbitrator(user)
    reports = list(open_reports_of(case)[:REPORTS_SHOWN])
    known = reports[0] if reports else None
    known = known or next((link.service_request for link in case.case_reports.select_related("service_request")), None)
    responsibility = known.responsibilities.last() if known else None
    explanation = explain(responsibility) if responsibility else None
    near = rulings_near(case)
    own = rulings_of(case)
    own_items = [_ruling_item(ruling) for ruling in own]
    speaks_for = list(staff_bodies(user).filter(pk__in=case.claimants.values("pk")))
    form = RulingForm(case, reports, posted if posted.get("act") in ("preview", "confirm") else None)
    ruling_form = form if arbitrates and state is CaseState.OPEN else None
    positions = standing_positions(case)
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
            PositionItem(
                position,
                stance_name(Stance(position.stance)),
                person_name(position.user),
                position_evidence(position),
            )
            for position in positions
        ],
        "hand_backs": _hand_backs(case),
        "rulings": own_items,
        "can_undo": arbitrates and any(item.undo_until for item in own_items),
        "rulings_near": [_ruling_item(ruling) for ruling in near],
        "history": case_history(case),
        "arbitrates": arbitrates,
        "speaks_for": speaks_for if state.is_live else [],
        "has_spoken": {body.pk for body in speaks_for} <= {position.body_id for position in positions},
        "settled": _settled(case),
        "unsent": [] if ruling_form else _unsent(posted),
        "citable": _citable(explanation),
        "can_appeal": bool(speaks_for) and state is CaseState.SETTLED and any(r.reversed_at is None for r in own),
        "ruling_form": ruling_form,
        "posted": posted,
        "case_map": map_of_case(case, reports, explanation, [r for r in (*own, *near) if r.reversed_at is None]),
    }


def _citable(explanation: Explanation | None) -> list[tuple[str, str]]:
    """What a position can rest on: what was found, by the value that the form posts and in words."""
    found = {}
    for item in explanation.candidates if explanation else []:
        for kind, thing in (("boundary", item.boundary), ("asset", item.asset), ("ruling", item.ruling)):
            if thing is not None:
                found[f"{kind}:{thing.pk}"] = item.sentence
    return list(found.items())


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
        "is_likely": found.confidence > UNTESTED,
        "percent": round(100 * found.confidence),
    }


def _settled(case: Case) -> list[ServiceRequest]:
    """The reports that rest on a standing ruling of this case."""
    links = case.case_reports.filter(ruling__isnull=False, ruling__reversed_at=None)
    return [link.service_request for link in links.select_related("service_request__service")[:REPORTS_SHOWN]]


def _unsent(posted: QueryDict) -> list[tuple[str, str]]:
    """What a person wrote for a form that the case has no more, with its labels: somebody else was faster."""
    if posted.get("act") not in ("preview", "confirm"):
        return []
    body = next((body.name for body in Body.objects.all() if body.slug == posted.get("body")), "")
    texts = [(RulingForm.base_fields["body"].label, body)]
    texts += [(RulingForm.base_fields[name].label, posted.get(name, "")) for name in ("public_reason", "internal_note")]
    return [(str(label), text) for label, text in texts if text]


def _hand_backs(case: Case) -> list[tuple[HandBack, str]]:
    found = HandBack.objects.filter(
        service_request__case_reports__case=case, service_request__case_reports__left_at=None
    ).select_related("body", "proposed_body")
    return [(back, hand_back_reason_name(HandBackReason(back.reason))) for back in found[:20]]


def _ruling_item(ruling: Ruling) -> RulingItem:
    until = undo_until(ruling)
    undoable = ruling.reversed_at is None and timezone.now() < until
    by_area = ruling.scope in (Scope.SERVICE_IN_ZONE, Scope.ALL_SERVICES_IN_ZONE)
    return RulingItem(
        ruling, ruling_scope(ruling), person_name(ruling.user), until if undoable else None, can_be_boundary=by_area
    )
