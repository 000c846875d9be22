"""What memory proposes, in words that an arbitrator and the public may read."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from issues.memory.voting import AreaVotes, Level, MemoryEvidence
from issues.routing.decision import Candidate
from layers.models import Body, Jurisdiction


def memory_reasons(found: MemoryEvidence) -> list[str]:
    """Why memory proposes that body, in the active language: the votes, the area that counted, the kind's record."""
    body = Body.objects.get(pk=found.body_id).name
    votes = _votes(found.level, found.votes, found.of, round(found.radius_m), body)
    return [votes, *_area_reason(found.area, body), _record(found)]


def memory_sentence(candidate: Candidate, body: str) -> str:
    """Why memory speaks for its candidate: the votes and the area that counted; names no report.

    The public reads it: an area of a layer that is for staff only is left out.
    """
    level = candidate.level or Level.PLACE_AND_KIND  # decisions stored before the level was kept
    votes = _votes(level, candidate.votes or 0, candidate.votes_of or 0, round(candidate.distance_m), body)
    for reason in _area_reason(candidate.area, body, of_public_layers_only=True):
        votes = pgettext("two sentences", "%(first)s %(second)s") % {"first": votes, "second": reason}
    return votes


def _votes(level: Level, votes: int, of: int, radius: int, body: str) -> str:
    """How many of the earlier reports that are counted, up to `radius` metres away, went to the body."""
    figures = {"votes": votes, "of": of, "radius": radius, "body": body}
    if level is Level.KIND:
        return _("None of this kind is near; of the %(of)d nearest earlier ones %(votes)d went to %(body)s.") % figures
    if level is Level.PLACE:
        return _("%(votes)d of %(of)d earlier reports of other kinds within %(radius)d m went to %(body)s.") % figures
    sentence = ngettext(
        "%(votes)d of %(of)d earlier report of this kind within %(radius)d m went to %(body)s.",
        "%(votes)d of %(of)d earlier reports of this kind within %(radius)d m went to %(body)s.",
        of,
    )
    return sentence % figures


def _area_reason(area: AreaVotes | None, body: str, *, of_public_layers_only: bool = False) -> list[str]:
    """One sentence on the covering area that made the difference, if one did."""
    if area is None:
        return []
    jurisdiction = Jurisdiction.objects.select_related("layer").get(pk=area.jurisdiction_id)
    if of_public_layers_only and not jurisdiction.layer.is_public:
        return []
    sentence = ngettext(
        "The area counted: in %(area)s, %(votes)d of %(of)d earlier report of this kind went to %(body)s.",
        "The area counted: in %(area)s, %(votes)d of %(of)d earlier reports of this kind went to %(body)s.",
        area.of,
    )
    return [sentence % {"area": jurisdiction.name, "votes": area.votes, "of": area.of, "body": body}]


def _record(found: MemoryEvidence) -> str:
    """How often all forecasts of the kind came true: of these, `confidence` counts only the sure ones."""
    if not found.record_of:
        return _("No earlier report of this kind could be used to test such forecasts.")
    sentence = ngettext(
        "Of all forecasts for this kind of problem, the unsure ones included, %(right)d of %(of)d came true.",
        "Of all forecasts for this kind of problem, the unsure ones included, %(right)d of %(of)d came true.",
        found.record_of,
    )
    return sentence % {"right": found.record_right, "of": found.record_of}
