"""Stores decisions: a new row each time, the newest in force."""

from collections.abc import Sequence
from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from issues.arbitration import UNDECIDED
from issues.models import Event, Responsibility, Ruling, ServiceRequest
from issues.routing.decision import Decision
from issues.routing.outcomes import Outcome
from issues.routing.rules import RULES_VERSION, decide
from issues.selectors.evidence import Question, find_evidence
from issues.selectors.memory import decide_remembering
from issues.services.arbitration.open_cases import join_cases, leave_cases
from issues.services.arbitration.questions import Undecided
from issues.workflow import State, when_moved_to_another_body


def build_responsibility(
    service_request: ServiceRequest, decision: Decision, valid_on: date, decided_at: datetime
) -> Responsibility:
    """An unsaved row that holds the whole decision."""
    winner = decision.winner
    return Responsibility(
        service_request=service_request,
        outcome=decision.outcome.value,
        rule=decision.rule.value,
        body_id=decision.body_id,
        boundary_id=winner.boundary_id if winner else None,
        asset_id=winner.asset_id if winner else None,
        ruling_id=winner.ruling_id if winner else None,
        confidence=decision.confidence,
        candidates=[candidate.as_json() for candidate in decision.candidates],
        rules_version=RULES_VERSION,
        valid_on=valid_on,
        decided_at=decided_at,
    )


def decide_again(
    service_requests: Sequence[int], *, user: User | None = None, ruling: Ruling | None = None, remember: bool = True
) -> list[Responsibility]:
    """Decide these reports anew and append what changed, with events; in the caller's transaction.

    To be called with a lock of `issues.services.arbitration.turns`. Undecided
    reports join the case of their question, decided ones leave theirs. A decision
    equal to the one in force is not stored twice.

    Parameters
    ----------
    service_requests
        Ids; their rows are locked in ascending order.
    user
        Whose act made it necessary; None for the system.
    ruling
        The ruling that was just made: named in the events and where cases end.
    remember
        Whether earlier answers may decide what stays open. Not for those that an arbitrator
        reopens: a person asked for them, and the memory is asked report by report.
    """
    locked = list(
        ServiceRequest.objects.select_for_update().filter(pk__in=service_requests).order_by("pk").defer("point_m")
    )
    now = timezone.now()
    today = timezone.localdate(now)
    questions = [_question(report, today, now) for report in locked]
    decisions = [
        decide_remembering(question, evidence) if remember else decide(evidence, settings.CITY.routing)
        for question, evidence in zip(questions, find_evidence(questions), strict=True)
    ]
    in_force = {
        row.service_request_id: row
        for row in Responsibility.objects.filter(service_request__in=locked)
        .order_by("service_request_id", "-id")
        .distinct("service_request_id")
    }
    changed = [
        (report, decision, responsibility)
        for report, decision in zip(locked, decisions, strict=True)
        if not _same(in_force.get(report.pk), responsibility := build_responsibility(report, decision, today, now))
    ]
    stored = Responsibility.objects.bulk_create([responsibility for _, _, responsibility in changed])
    _apply(changed, now, user, ruling)
    _sync_cases(list(zip(locked, decisions, strict=True)), today, now, ruling)
    return stored


def _question(report: ServiceRequest, today: date, now: datetime) -> Question:
    lon, lat = report.point.x, report.point.y
    return Question(
        report.service_id,
        lon,
        lat,
        report.accuracy_m,
        report.asset_id,
        today,
        now,
        report.pk,
        report.side_boundary_id,
    )


def _same(before: Responsibility | None, after: Responsibility) -> bool:
    fields = ("outcome", "rule", "body_id", "boundary_id", "asset_id", "ruling_id", "candidates", "rules_version")
    return before is not None and all(getattr(before, name) == getattr(after, name) for name in fields)


def _apply(
    changed: Sequence[tuple[ServiceRequest, Decision, Responsibility]],
    now: datetime,
    user: User | None,
    ruling: Ruling | None,
) -> None:
    """The reports and events that follow from new decisions."""
    events = []
    for report, decision, responsibility in changed:
        moves = (report.outcome, report.body_id) != (decision.outcome.value, decision.body_id)
        if report.body_id != decision.body_id:
            report.state = when_moved_to_another_body(State(report.state)).value
        report.outcome, report.body_id, report.updated_datetime = decision.outcome.value, decision.body_id, now
        data = {"responsibility": responsibility.pk} | ({"ruling": ruling.pk} if ruling else {})
        events.append(
            Event(
                service_request=report,
                kind=decision.outcome.value if moves else "decided_again",
                actor=Event.Actor.STAFF if user else Event.Actor.SYSTEM,
                user=user,
                at=now,
                data=data,
            )
        )
    reports = [report for report, _, _ in changed]
    ServiceRequest.objects.bulk_update(reports, ["outcome", "body", "state", "updated_datetime"], batch_size=500)
    Event.objects.bulk_create(events)


def _sync_cases(
    decided: Sequence[tuple[ServiceRequest, Decision]], today: date, now: datetime, ruling: Ruling | None
) -> None:
    waiting = [
        Undecided(report, decision, today)
        for report, decision in decided
        if Outcome(decision.outcome) in UNDECIDED and State(report.state).status == "open"
    ]
    still_undecided = {each.service_request.pk for each in waiting}
    leave_cases([report.pk for report, _ in decided if report.pk not in still_undecided], ruling=ruling)
    join_cases(waiting, now)
