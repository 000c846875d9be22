"""One arbitration case as its page shows it: what bears on it, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

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
from issues.services.arbitration.questions import is_cut_to_cell
from issues.services.arbitration.reverse import undo_until
from layers.models import Body

REPORTS_SHOWN = 200
RULING_ACTS = ("preview", "confirm")
REASONED_ACTS = ("undo", "reverse", "appeal", "dismiss")
"""Of a ruling that stands, each with its reason."""


@dataclass(frozen=True)
class RulingItem:
    """A ruling with its words and what can still be done about it."""

    ruling: Ruling
    scope: str
    person: str
    undo_until: datetime | None
    can_be_boundary: bool
    has_ended: bool


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
    explanation = _explanation(case, reports)
    own, near = rulings_of(case), rulings_near(case)
    may_rule = arbitrates and state is CaseState.OPEN
    speaks_for = list(staff_bodies(user).filter(pk__in=case.claimants.values("pk")))
    shown = {
        **_head(case, state),
        **_positions(case, speaks_for if state.is_live else []),
        **_rulings(own, near, arbitrates),
        "can_appeal": bool(speaks_for) and state is CaseState.SETTLED and any(r.reversed_at is None for r in own),
        "citable": _citable(explanation),
        "reports": reports,
        "settled": _settled(case),
        "explanation": explanation,
        "proposal": _proposal(reports[0]) if reports and may_rule else None,
        "history": case_history(case),
        "arbitrates": arbitrates,
        "posted": posted,
        "ruling_form": _ruling_form(case, reports, posted) if may_rule else None,
        "case_map": map_of_case(case, reports, explanation, [r for r in (*own, *near) if r.reversed_at is None]),
    }
    return {**shown, "unsent": _unsent(shown, posted)}


def _explanation(case: Case, reports: list[ServiceRequest]) -> Explanation | None:
    """The decision of the report that waits first, else of the first that ever asked; None before anybody asked."""
    links = case.case_reports.select_related("service_request")
    report = reports[0] if reports else next((link.service_request for link in links), None)
    responsibility = report.responsibilities.last() if report else None
    return explain(responsibility) if responsibility else None


def _head(case: Case, state: CaseState) -> dict[str, object]:
    return {
        "case": case,
        "state": state,
        "state_name": case_state_name(state),
        "cause": cause_name(Cause(case.cause)),
        "due": clock_until(case.due_date),
        "claimants": claimants_of(case),
        "zone_is_cut": is_cut_to_cell(case),
    }


def _positions(case: Case, speaks_for: list[Body]) -> dict[str, object]:
    """What the bodies say, and for which of them the reader may."""
    positions = standing_positions(case)
    return {
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
        "speaks_for": speaks_for,
        "has_spoken": {body.pk for body in speaks_for} <= {position.body_id for position in positions},
    }


def _rulings(own: Sequence[Ruling], near: Sequence[Ruling], arbitrates: bool) -> dict[str, object]:
    items = [_ruling_item(ruling) for ruling in own]
    return {
        "rulings": items,
        "can_undo": arbitrates and any(item.undo_until for item in items),
        "rulings_near": [_ruling_item(ruling) for ruling in near],
    }


def _ruling_form(case: Case, reports: list[ServiceRequest], posted: QueryDict) -> RulingForm:
    return RulingForm(case, reports, posted if posted.get("act") in RULING_ACTS else None)


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
        "percent": int(100 * found.confidence),  # "at least": never rounded up
    }


def _settled(case: Case) -> list[ServiceRequest]:
    """The reports that rest on a standing ruling of this case."""
    links = case.case_reports.filter(ruling__isnull=False, ruling__reversed_at=None)
    return [link.service_request for link in links.select_related("service_request__service")[:REPORTS_SHOWN]]


def _unsent(shown: dict[str, Any], posted: QueryDict) -> list[tuple[str, str]]:
    """What a person wrote for a form that the page has no more, with its labels: somebody else was faster."""
    act = posted.get("act", "")
    if act in RULING_ACTS and not shown["ruling_form"]:
        body = next((body.name for body in Body.objects.all() if body.slug == posted.get("body")), "")
        texts = [(RulingForm.base_fields["body"].label, body)]
        for name in ("public_reason", "internal_note"):
            texts.append((RulingForm.base_fields[name].label, posted.get(name, "")))
    elif act == "position" and not shown["speaks_for"]:
        texts = [(_("Your position"), posted.get("text", ""))]
    elif act in REASONED_ACTS and not _offers(shown, act, posted.get("ruling")):
        texts = [(_("Why?"), posted.get("reason", ""))]
    else:
        texts = []
    return [(str(label), text) for label, text in texts if text]


def _offers(shown: dict[str, Any], act: str, ruling: str | None) -> bool:
    """Whether the page still has the form of that act on that ruling; what was written to undo also reverses."""
    stands = any(str(item.ruling.pk) == ruling and item.ruling.reversed_at is None for item in shown["rulings"])
    if act == "appeal":
        return stands and bool(shown["can_appeal"])
    return stands and bool(shown["arbitrates"]) and (act != "dismiss" or shown["state"] is CaseState.APPEALED)


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
        ruling,
        ruling_scope(ruling),
        person_name(ruling.user),
        until if undoable else None,
        can_be_boundary=by_area,
        has_ended=ruling.expires_at is not None and ruling.expires_at <= timezone.localdate(),
    )
