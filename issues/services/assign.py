"""Stores decisions: a new row each time, the newest in force."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from issues.models import Event, Responsibility, ServiceRequest
from issues.routing import RULES_VERSION, Decision
from issues.selectors.evidence import Question, find_responsibility


def build_responsibility(
    service_request: ServiceRequest, decision: Decision, valid_on: date, decided_at: datetime
) -> Responsibility:
    """An unsaved row that holds the whole decision."""
    return Responsibility(
        service_request=service_request,
        outcome=decision.outcome.value,
        rule=decision.rule.value,
        body_id=decision.body_id,
        boundary_id=decision.winner.boundary_id if decision.winner else None,
        asset_id=decision.winner.asset_id if decision.winner else None,
        confidence=decision.confidence,
        candidates=[candidate.as_json() for candidate in decision.candidates],
        rules_version=RULES_VERSION,
        valid_on=valid_on,
        decided_at=decided_at,
    )


@transaction.atomic
def assign_responsibility(service_request: ServiceRequest) -> Responsibility:
    """Decide anew who is responsible and append decision and event.

    The report's row is locked, so parallel changes queue up. The same decision
    as the one in force is not stored twice.
    """
    locked = ServiceRequest.objects.select_for_update().get(pk=service_request.pk)
    now = timezone.now()
    valid_on = timezone.localdate(now)
    decision = find_responsibility(
        Question(
            locked.service_id,
            locked.point.x,
            locked.point.y,
            locked.accuracy_m,
            locked.asset_id,
            valid_on,
            now,
        )
    )
    responsibility = build_responsibility(locked, decision, valid_on, now)
    in_force = locked.responsibilities.first()
    if in_force and _same(in_force, responsibility):
        return in_force
    responsibility.save()
    ServiceRequest.objects.filter(pk=locked.pk).update(
        outcome=responsibility.outcome, body=responsibility.body_id, updated_datetime=now
    )
    Event.objects.create(
        service_request=locked,
        kind=decision.outcome.value,
        actor=Event.Actor.SYSTEM,
        at=now,
        data={"responsibility": responsibility.pk},
    )
    return responsibility


def _same(before: Responsibility, after: Responsibility) -> bool:
    fields = ("outcome", "rule", "body_id", "boundary_id", "asset_id", "candidates", "rules_version")
    return all(getattr(before, name) == getattr(after, name) for name in fields)
