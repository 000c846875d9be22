"""A due date as a clock: how far off it is, in words and as a class for its colour and shape."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from issues.deadlines import working_days_between
from issues.models import ServiceRequest
from issues.workflow import State

SOON_WORKING_DAYS = 2


@dataclass(frozen=True)
class DueClock:
    """`look` is `far`, `soon`, `overdue` or `closed`; `words` say the same."""

    day: date
    look: str
    words: str


def due_clock(service_request: ServiceRequest) -> DueClock:
    """The clock of a report as of today in the city."""
    if State(service_request.state).status == "closed":
        return DueClock(service_request.due_date, "closed", _("Closed"))
    return clock_until(service_request.due_date)


def clock_until(due: date) -> DueClock:
    """The clock of something that is due that day, as of today in the city."""
    today = timezone.localdate()
    if due < today:
        days = max(1, working_days_between(due, today, settings.CITY.working_days))
        words = ngettext("Overdue by %(days)d working day", "Overdue by %(days)d working days", days)
        return DueClock(due, "overdue", words % {"days": days})
    days = working_days_between(today, due, settings.CITY.working_days)
    look = "soon" if days <= SOON_WORKING_DAYS else "far"
    if due == today:
        return DueClock(due, "soon", _("Due today"))
    words = ngettext("Due in %(days)d working day", "Due in %(days)d working days", max(1, days))
    return DueClock(due, look, words % {"days": max(1, days)})
