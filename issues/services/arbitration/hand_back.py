"""A body gives a report back that is not its own; from then on that is evidence."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.arbitration import HandBackReason
from issues.errors import HandBackRefused, NotAllowed, RequestUnknown
from issues.models import Event, HandBack, ServiceRequest
from issues.routing.outcomes import Outcome
from issues.selectors.cases import is_arbitrator, staff_bodies
from issues.selectors.service_requests import requests_of
from issues.services.arbitration.turns import wait_for_rulings
from issues.services.assign import decide_again
from issues.workflow import State
from layers.models import Body

TEXT_LIMIT = 500


@transaction.atomic
def hand_back(
    service_request_id: int, reason: str, *, user: User, text: str = "", proposed_body: str | None = None
) -> HandBack:
    """Take the report from its body and open a case for it.

    The body does not get it again by the rules that gave it: only a ruling that
    is made afterwards can send it back.

    Parameters
    ----------
    reason
        One of `HandBackReason`; `other` needs a text.
    proposed_body
        Slug of who should have it instead, as the body thinks.

    Raises
    ------
    RequestUnknown
        None that the user may see.
    NotAllowed
        The user does not speak for the body that has it.
    HandBackRefused
        It is closed or nobody's, the reason is none, or the proposed body is unknown or the same.
    """
    if not requests_of(user).filter(pk=service_request_id).exists():
        raise RequestUnknown(_("There is no such report, or it is not yours to see."))
    wait_for_rulings()
    report = ServiceRequest.objects.select_for_update().get(pk=service_request_id)
    body = _body_that_has_it(report, user)
    proposed = _proposed(proposed_body, body)
    text = text.replace("\x00", "").strip()[:TEXT_LIMIT]
    if reason not in list(HandBackReason):
        raise HandBackRefused(_("Choose the reason why it is not yours."))
    if reason == HandBackReason.OTHER and not text:
        raise HandBackRefused(_("Write the reason why it is not yours."))
    now = timezone.now()
    back = HandBack.objects.create(
        service_request=report,
        responsibility=report.responsibilities.all()[0],
        body=body,
        proposed_body=proposed,
        reason=reason,
        text=text,
        user=user,
        service_id=report.service_id,
        point=report.point,
        at=now,
    )
    Event.objects.create(
        service_request=report,
        kind="handed_back",
        actor=Event.Actor.STAFF,
        user=user,
        at=now,
        data={"hand_back": back.pk, "reason": reason, "body": body.slug},
    )
    decide_again([report.pk], user=user)
    return back


def _body_that_has_it(report: ServiceRequest, user: User) -> Body:
    if State(report.state).status == "closed":
        raise HandBackRefused(_("The report is closed: there is nothing to hand back."))
    body = report.body
    if body is None or report.outcome != Outcome.ASSIGNED:
        raise HandBackRefused(_("The report is not with a body of the city: arbitration has it already."))
    if not is_arbitrator(user) and not staff_bodies(user).filter(pk=body.pk).exists():
        raise NotAllowed(_("You do not speak for the body that has this report."))
    return body


def _proposed(slug: str | None, body: Body) -> Body | None:
    if not slug:
        return None
    proposed = None if "\x00" in slug else Body.objects.filter(slug=slug).first()
    if proposed is None or proposed == body:
        raise HandBackRefused(_("Choose another body as the right one, or none."))
    return proposed
