"""Moves a report from state to state, with its event, in one transaction."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.errors import TransitionRefused
from issues.models import Event, ServiceRequest
from issues.services.arbitration.open_cases import leave_cases
from issues.services.arbitration.turns import wait_for_rulings
from issues.state_names import state_name
from issues.workflow import State, may_step

REASON_LIMIT = 500


@transaction.atomic
def transition(service_request_id: int, to_state: State, *, user: User | None, reason: str = "") -> ServiceRequest:
    """Set the report's state and append the event that says who did it and why.

    Raises
    ------
    TransitionRefused
        The present state does not allow it, or a refusal has no reason. Two
        people at once: the row is locked, the second is judged by what the
        first has done.
    """
    if to_state.status == "closed":
        wait_for_rulings()
    service_request = ServiceRequest.objects.select_for_update().get(pk=service_request_id)
    before = State(service_request.state)
    if not may_step(before, to_state):
        raise TransitionRefused(
            _("The report is “%(state)s” now, that step is no longer possible. Reload the page.")
            % {"state": state_name(before)}
        )
    if to_state is State.REFUSED and not reason.strip():
        raise TransitionRefused(_("Write the reason why you close it without work."))
    now = timezone.now()
    service_request.state = to_state.value
    service_request.updated_datetime = now
    service_request.save(update_fields=["state", "updated_datetime"])
    Event.objects.create(
        service_request=service_request,
        kind=to_state.value,
        actor=Event.Actor.STAFF if user else Event.Actor.SYSTEM,
        user=user,
        at=now,
        data={"reason": reason.strip()[:REASON_LIMIT]} if reason.strip() else {},
    )
    if to_state.status == "closed":
        leave_cases([service_request.pk])
    return service_request
