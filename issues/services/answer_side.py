"""The reporter's later answer to "which side are you on": evidence, so the report is decided anew."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.errors import RequestUnknown, SideNotAsked
from issues.models import Event, ServiceRequest
from issues.routing.outcomes import Outcome
from issues.selectors.evidence import Question, find_responsibility
from issues.selectors.responsibility import check_side_found
from issues.services.arbitration.turns import wait_for_rulings
from issues.services.assign import decide_again
from issues.workflow import State


@transaction.atomic
def answer_side(service_request_id: int, side_boundary_id: int) -> ServiceRequest:
    """Store the answer of who holds the tracking link, and decide anew. The same answer again changes nothing.

    Raises
    ------
    RequestUnknown
        There is no such report.
    SideNotAsked
        Closed, or no longer open for want of that answer.
    SideUnknown
        The area is not within the accuracy of the place.
    """
    wait_for_rulings()
    report = ServiceRequest.objects.select_for_update().filter(pk=service_request_id).first()
    if report is None:
        raise RequestUnknown(_("There is no such report, or it is not yours to see."))
    if report.side_boundary_id == side_boundary_id:
        return report
    if report.outcome != Outcome.UNCERTAIN.value or State(report.state).status == "closed":
        raise SideNotAsked(_("Thank you, but this is settled already: the side is no longer needed."))
    decision = find_responsibility(Question(report.service_id, report.point.x, report.point.y, report.accuracy_m))
    check_side_found(decision, side_boundary_id)
    report.side_boundary_id, report.updated_datetime = side_boundary_id, timezone.now()
    report.save(update_fields=["side_boundary", "updated_datetime"])
    Event.objects.create(
        service_request=report,
        kind="side_answered",
        actor=Event.Actor.REPORTER,
        at=report.updated_datetime,
        data={"boundary": side_boundary_id},
    )
    decide_again([report.pk])
    return ServiceRequest.objects.get(pk=report.pk)
