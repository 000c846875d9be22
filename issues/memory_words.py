"""What memory proposes, in words that an arbitrator and the public may read."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from issues.memory.voting import Level, MemoryEvidence
from layers.models import Body, Jurisdiction


def memory_reasons(found: MemoryEvidence) -> list[str]:
    """Why memory proposes that body, in the active language: the votes, and how far such votes are to be trusted."""
    body = Body.objects.get(pk=found.body_id).name
    figures = {"votes": found.votes, "of": found.of, "radius": round(found.radius_m), "body": body}
    if found.level is Level.PLACE_AND_KIND:
        votes = memory_votes(found.votes, found.of, round(found.radius_m), body)
    elif found.level is Level.KIND:
        votes = _("None of this kind is near; of the %(of)d nearest earlier ones %(votes)d went to %(body)s.") % figures
    else:
        votes = _("%(votes)d of %(of)d earlier reports of other kinds within %(radius)d m went to %(body)s.") % figures
    reasons = [votes, *_area_reason(found, body)]
    if not found.record_of:
        return [*reasons, _("There is no earlier answer on which this could be tested.")]
    record = _("Foretold in the same way, %(right)d of %(of)d earlier answers came true.") % {
        "right": found.record_right,
        "of": found.record_of,
    }
    return [*reasons, record]


def _area_reason(found: MemoryEvidence, body: str) -> list[str]:
    """One sentence on the covering area that made the difference, if one did."""
    if found.area is None:
        return []
    area = Jurisdiction.objects.get(pk=found.area.jurisdiction_id).name
    sentence = ngettext(
        "The area counted: in %(area)s %(votes)d of %(of)d earlier report of this kind went to %(body)s.",
        "The area counted: in %(area)s %(votes)d of %(of)d earlier reports of this kind went to %(body)s.",
        found.area.of,
    )
    return [sentence % {"area": area, "votes": found.area.votes, "of": found.area.of, "body": body}]


def memory_votes(votes: int, of: int, radius: int, body: str) -> str:
    """How many earlier reports of the kind within `radius` metres went to the body; names no report."""
    sentence = ngettext(
        "%(votes)d of %(of)d earlier report of this kind within %(radius)d m went to %(body)s.",
        "%(votes)d of %(of)d earlier reports of this kind within %(radius)d m went to %(body)s.",
        of,
    )
    return sentence % {"votes": votes, "of": of, "radius": radius, "body": body}
