"""Cases, rulings and what happened to them in words, for staff.

Unlike a report's timeline these sentences name people: only staff read them.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from issues.arbitration import CaseState, Cause, HandBackReason, Stance
from issues.models import Case, CaseEvent, Position, Ruling
from issues.routing.outcomes import Scope
from layers.models import Body


@dataclass(frozen=True)
class CaseEntry:
    """One act in words. `reason` is what its actor wrote, "" for none."""

    at: datetime
    kind: str
    sentence: str
    reason: str


def cause_name(cause: Cause) -> str:
    """Why a case opened."""
    return {
        Cause.CONTESTED: _("Several bodies claim it"),
        Cause.GAP: _("Nobody's area"),
        Cause.UNCERTAIN: _("Close to a border"),
        Cause.HANDED_BACK: _("Handed back"),
    }[cause]


def case_state_name(state: CaseState) -> str:
    """Where a case stands."""
    return {
        CaseState.OPEN: _("Waits for a ruling"),
        CaseState.APPEALED: _("Appealed"),
        CaseState.SETTLED: _("Settled"),
        CaseState.CLOSED: _("Closed without a ruling"),
    }[state]


def stance_name(stance: Stance) -> str:
    """What a body says."""
    return {Stance.OURS: _("Ours"), Stance.NOT_OURS: _("Not ours")}[stance]


def position_evidence(position: Position) -> str:
    """On what of the evidence a position rests, "" for nothing of it."""
    if position.boundary is not None:
        jurisdiction = position.boundary.jurisdiction
        return f"{jurisdiction.name} ({jurisdiction.layer.name})"
    if position.ruling is not None:
        return f"{position.ruling.body.name}: {ruling_scope(position.ruling)}"
    return str(position.asset) if position.asset is not None else ""


def hand_back_reason_name(reason: HandBackReason) -> str:
    """Why a body gives a report back."""
    return {
        HandBackReason.NOT_OUR_AREA: _("Not our area"),
        HandBackReason.NOT_OUR_ASSET: _("Not our object"),
        HandBackReason.WRONG_SERVICE: _("Another kind of problem"),
        HandBackReason.DONE_BY_OTHER: _("Somebody else does it already"),
        HandBackReason.OTHER: _("Another reason"),
    }[reason]


def scope_name(scope: Scope) -> str:
    """What a ruling settles, as a choice."""
    return {
        Scope.THIS_REPORT: _("This report only"),
        Scope.SERVICE_IN_ZONE: _("This kind of problem in the zone"),
        Scope.ASSET_CLASS_IN_ZONE: _("This kind of object in the zone"),
        Scope.ALL_SERVICES_IN_ZONE: _("Everything in the zone"),
    }[scope]


def ruling_scope(ruling: Ruling) -> str:
    """What a stored ruling settles, with its kind of problem or object by name."""
    scope = Scope(ruling.scope)
    if ruling.service_request_id is not None:
        return _("Report %(number)s only") % {"number": ruling.service_request_id}
    if ruling.service is not None:
        return _("“%(kind)s” in the zone") % {"kind": ruling.service.name}
    if ruling.asset_class is not None:
        return _("“%(kind)s” in the zone") % {"kind": ruling.asset_class.name}
    return scope_name(scope)


def case_history(case: Case) -> list[CaseEntry]:
    """The case's events as sentences in the active language, oldest first."""
    events = list(case.events.select_related("user"))
    slugs = {event.data["body"] for event in events if "body" in event.data}
    names = {body.slug: body.name for body in Body.objects.filter(slug__in=slugs)}
    return [
        CaseEntry(event.at, event.kind, _sentence(event, names), str(event.data.get("reason", ""))) for event in events
    ]


def person_name(user: User | None) -> str:
    """The full name, or the account's name."""
    return (user.get_full_name() or user.get_username()) if user else ""


def _sentence(event: CaseEvent, names: dict[str, str]) -> str:
    words = {
        "person": person_name(event.user),
        "body": names.get(event.data.get("body", ""), ""),
        "stance": stance_name(Stance(event.data["stance"])) if "stance" in event.data else "",
    }
    sentences = {
        "opened": _("%(person)s opened the case at a flaw of the borders.") % words
        if event.user
        else _("The case opened with report %(number)s.") % {"number": event.data.get("service_request", "")},
        "position_stated": _("%(body)s stated its position: %(stance)s (%(person)s).") % words
        if words["stance"]
        else _("%(body)s stated its position (%(person)s).") % words,
        "ruled": _("%(person)s ruled: it goes to %(body)s.") % words,
        "settled": _("No report waits any more: the case is settled."),
        "closed": _("No report asks any more: the case is closed."),
        "ruling_undone": _("%(person)s undid the ruling.") % words,
        "ruling_reversed": _("%(person)s reversed the ruling.") % words,
        "appealed": _("%(body)s appealed (%(person)s).") % words,
        "appeal_dismissed": _("%(person)s upheld the ruling.") % words,
        "boundary_published": _("%(person)s made a boundary of the ruling.") % words,
        "corrections_staged": _("%(person)s asked that the stored owners follow the ruling.") % words,
    }
    return sentences[event.kind]
