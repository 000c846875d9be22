"""What happened to a report, in public sentences."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from issues.models import Event, Responsibility, ServiceRequest


@dataclass(frozen=True)
class Entry:
    """One fact in words; `kind` is the event's."""

    at: datetime
    kind: str
    sentence: str


def timeline(service_request: ServiceRequest) -> list[Entry]:
    """The report's events as sentences in the active language, oldest first."""
    events = list(service_request.events.all())
    decided = {
        responsibility.pk: responsibility
        for responsibility in service_request.responsibilities.select_related("body").defer("candidates")
    }
    return [
        Entry(event.at, event.kind, sentence)
        for event in events
        if (sentence := _sentence(event, decided.get(event.data.get("responsibility"))))
    ]


def _sentence(event: Event, decided: Responsibility | None) -> str:
    """The public sentence of an event, "" for kinds that are not public."""
    name = decided.body.name if decided and decided.body else ""
    if event.kind == "assigned" and decided and decided.ruling_id:
        return _("By a ruling we sent it to %(body)s.") % {"body": name}
    sentences = {
        "submitted": _("Somebody reported it."),
        "assigned": _("We sent it to %(body)s.") % {"body": name},
        "not_ours": _("It belongs to %(body)s, which is not part of the city.") % {"body": name},
        "contested": _("Several bodies have a claim: it waits for arbitration."),
        "gap": _("No body's area includes the place: it waits for arbitration."),
        "uncertain": _("A border is too close to tell: it waits for arbitration."),
        "handed_back": _("The body handed it back as not its own."),
        "point_moved": _("The place was corrected."),
        "service_changed": _("The kind of problem was corrected."),
        "asset_corrected": _("The object was corrected."),
        "side_answered": _("The reporter said on which side of the border it is."),
        "published": _("Text and photo were checked and are public."),
        "accepted": _("The responsible body accepted it."),
        "fixed": _("The responsible body says it is fixed."),
        "refused": _("The report was closed without work."),
    }
    return sentences.get(event.kind, "")
