"""A decision in words: who, because of what, and why the others lost.

Public text. It names bodies, areas and things, never people or internal notes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from geo.translation import localized
from issues.memory.voting import AreaVotes, Level
from issues.memory_words import memory_sentence
from issues.models import Responsibility, Ruling, ServiceRequest
from issues.routing.decision import Candidate, Decision
from issues.routing.outcomes import CLAIMS, Outcome, Rejection, Rule
from layers.models import Asset, Body, Boundary


@dataclass(frozen=True)
class ExplainedCandidate:
    """One candidate in words; `rejected_because` is "" for the winner."""

    candidate: Candidate
    body: Body
    sentence: str
    rejected_because: str
    boundary: Boundary | None
    asset: Asset | None
    ruling: Ruling | None


@dataclass(frozen=True)
class Explanation:
    """A decision in words, in the active language."""

    outcome: Outcome
    rule: Rule
    confidence: float | None
    headline: str
    because: str
    advice: str
    body: Body | None
    candidates: list[ExplainedCandidate]
    day: date | None = None
    known_at: datetime | None = None
    """For which day it was decided, as known when; None for a fresh decision."""


def explain(decision: Decision | Responsibility, *, to_reporter: bool = False) -> Explanation:
    """Say a decision, fresh or stored, in words.

    `to_reporter` says "you" of what the reporter answered, and no day or reason of a ruling about a private kind.
    """
    candidates = _candidates_of(decision)
    outcome, rule = Outcome(decision.outcome), Rule(decision.rule)
    explained = _explain_candidates(candidates, to_reporter)
    winner = next((item for item in explained if item.candidate.rejected_because is None), None)
    winner = winner if outcome in (Outcome.ASSIGNED, Outcome.NOT_OURS) else None
    return Explanation(
        outcome=outcome,
        rule=rule,
        confidence=decision.confidence,
        headline=_headline(outcome, winner),
        because=_because(outcome, winner, explained),
        advice=localized(winner.body.advice) if winner and outcome is Outcome.NOT_OURS else "",
        body=winner.body if winner else None,
        candidates=explained,
        day=None if isinstance(decision, Decision) else decision.valid_on,
        known_at=None if isinstance(decision, Decision) else decision.decided_at,
    )


def explain_fully(service_request: ServiceRequest, *, to_reporter: bool = False) -> Explanation | None:
    """The decision in force in words for staff and the reporter, None before there is one."""
    responsibility = service_request.responsibilities.select_related("body").first()
    return explain(responsibility, to_reporter=to_reporter) if responsibility else None


def explain_publicly(service_request: ServiceRequest) -> Explanation | None:
    """The decision in force in words for anybody, None before there is one.

    Where the exact point is private, distances and neighbouring candidates
    would tell it, and so would a confidence that comes from them, and a ruling's
    reason may describe the spot: only body and sentence by area are said.
    """
    explanation = explain_fully(service_request)
    if explanation is None or service_request.service.exact_point_is_public:
        return explanation
    if explanation.rule is Rule.RULING:
        because = _("Arbitration settled who is responsible.") if explanation.body else explanation.because
    else:
        by_area = explanation.rule is Rule.BOUNDARY or explanation.body is None
        because = explanation.because if by_area else ""
    return replace(explanation, candidates=[], confidence=None, because=because)


def weighed_assets(explanation: Explanation | None) -> list[Asset]:
    """The things of an explanation, nearest first, each once; none where candidates are private."""
    candidates = explanation.candidates if explanation else []
    found = sorted((item for item in candidates if item.asset), key=lambda item: item.candidate.distance_m)
    return list({item.asset.pk: item.asset for item in found if item.asset}.values())


def _candidates_of(decision: Decision | Responsibility) -> list[Candidate]:
    if isinstance(decision, Decision):
        return list(decision.candidates)
    return [_stored_candidate(stored) for stored in decision.candidates]


def _stored_candidate(stored: dict[str, Any]) -> Candidate:
    rejection, level, area = stored["rejected_because"], stored.get("level"), stored.get("area")
    return Candidate(
        **{
            **stored,
            "rule": Rule(stored["rule"]),
            "rejected_because": Rejection(rejection) if rejection else None,
            "level": Level(level) if level else None,
            "area": AreaVotes(**area) if area else None,
        }
    )


def _explain_candidates(candidates: Iterable[Candidate], to_reporter: bool) -> list[ExplainedCandidate]:
    candidates = list(candidates)
    bodies = Body.objects.in_bulk({candidate.body_id for candidate in candidates})
    boundaries = (
        Boundary.objects.filter(pk__in={candidate.boundary_id for candidate in candidates if candidate.boundary_id})
        .defer("geom", "geom_m")
        .select_related("jurisdiction__layer")
        .in_bulk()
    )
    assets = (
        Asset.objects.filter(pk__in={candidate.asset_id for candidate in candidates if candidate.asset_id})
        .select_related("asset_class")
        .in_bulk()
    )
    rulings = (
        Ruling.objects.filter(pk__in={candidate.ruling_id for candidate in candidates if candidate.ruling_id})
        .select_related("service")
        .defer("zone", "zone_m", "internal_note")
        .in_bulk()
    )
    explained = []
    for candidate in candidates:
        boundary = boundaries.get(candidate.boundary_id or 0)
        asset = assets.get(candidate.asset_id or 0)
        ruling = rulings.get(candidate.ruling_id or 0)
        body = bodies[candidate.body_id]
        explained.append(
            ExplainedCandidate(
                candidate=candidate,
                body=body,
                sentence=(
                    _ruling_sentence(candidate, body, ruling, to_reporter)
                    if ruling
                    else _side_sentence(body, boundary, to_reporter)
                    if boundary and candidate.rule is Rule.CHOSEN_SIDE
                    else _evidence_sentence(candidate, body, boundary, asset)
                ),
                rejected_because=_rejection_sentence(candidate.rejected_because),
                boundary=boundary,
                asset=asset,
                ruling=ruling,
            )
        )
    return explained


def _ruling_sentence(candidate: Candidate, body: Body, ruling: Ruling, to_reporter: bool) -> str:
    if to_reporter and ruling.service and not ruling.service.exact_point_is_public:
        # Anybody may ask as a reporter: day and reason would tell of the private report that was ruled about.
        return _("Arbitration settled who is responsible.")
    day = timezone.localdate(ruling.confirmed_at)
    words = {"day": date_format(day, pgettext("date format", "j F Y")), "body": body.name}
    if candidate.rejected_because:
        return _("A ruling of %(day)s names %(body)s.") % words
    return _("A ruling of %(day)s settled this place: it goes to %(body)s. The reason: %(reason)s") % {
        **words,
        "reason": ruling.public_reason,
    }


def _side_sentence(body: Body, boundary: Boundary, to_reporter: bool) -> str:
    words = {
        "area": boundary.jurisdiction.name,
        "layer": boundary.jurisdiction.layer.name,
        "body": body.name,
    }
    if to_reporter:
        return _("You said you are on the %(area)s side (%(layer)s), where %(body)s is responsible.") % words
    return _("The reporter is on the %(area)s side (%(layer)s), where %(body)s is responsible.") % words


def _evidence_sentence(candidate: Candidate, body: Body, boundary: Boundary | None, asset: Asset | None) -> str:
    distance = round(candidate.distance_m)
    if candidate.rule is Rule.MEMORY:
        return memory_sentence(candidate, body.name)
    if asset:
        return _("%(asset)s, %(distance)s m away, belongs to %(body)s.") % {
            "asset": localized(asset.names) or asset.asset_class.name,
            "distance": distance,
            "body": body.name,
        }
    if boundary is None:
        return ""
    words = {
        "area": boundary.jurisdiction.name,
        "layer": boundary.jurisdiction.layer.name,
        "body": body.name,
        "distance": distance,
    }
    if candidate.covers:
        return _("The place lies in %(area)s (%(layer)s), where %(body)s is responsible.") % words
    return _("%(area)s (%(layer)s) of %(body)s is %(distance)s m away.") % words


def _rejection_sentence(rejection: Rejection | None) -> str:
    sentences = {
        Rejection.RULING_BEFORE_RULES: _("A ruling comes before areas and objects."),
        Rejection.NARROWER_RULING: _("A ruling that says more exactly what it is about comes first."),
        Rejection.NEWER_RULING: _("A newer ruling took its place."),
        Rejection.HANDED_BACK: _("It has handed the report back."),
        Rejection.OTHER_ASSET_CHOSEN: _("Another object was chosen."),
        Rejection.FARTHER_ASSET: _("Another object is clearly nearer."),
        Rejection.ASSETS_TOO_CLOSE_TO_CALL: _(
            "Objects of different owners are too close together to tell which is meant."
        ),
        Rejection.ASSET_BEFORE_AREA: _("An object's owner comes before the area it stands in."),
        Rejection.LOWER_RANK: _("Another kind of district comes first for this problem."),
        Rejection.SAME_RANK: _("Another body has the same right to this place."),
        Rejection.SAME_BODY: _("The same body, by a second area."),
        Rejection.BORDER_TOO_CLOSE: _("A border runs too close to say on which side the place is."),
        Rejection.OTHER_SIDE_CHOSEN: _("The reporter is on another side of the border."),
        Rejection.DOES_NOT_COVER: _("Its area does not include the place."),
        Rejection.MEMORY_NOT_SURE: _("Earlier reports alone do not say it surely enough."),
        Rejection.MEMORY_WITHOUT_CLAIM: _("It is not among those who have a claim to this place."),
        Rejection.HANDED_BACK_NEARBY: _("It has handed back reports of this kind close by."),
        Rejection.HAND_BACK_BEFORE_MEMORY: _("After a body handed the report back, people settle it."),
    }
    return sentences[rejection] if rejection else ""


def _headline(outcome: Outcome, winner: ExplainedCandidate | None) -> str:
    if winner and outcome is Outcome.ASSIGNED:
        return _("Goes to %(body)s") % {"body": winner.body.name}
    if winner:
        return _("Not the city's: %(body)s") % {"body": winner.body.name}
    return {
        Outcome.CONTESTED: _("Several bodies: we settle it"),
        Outcome.UNCERTAIN: _("Close to a border: we settle it"),
    }.get(outcome, _("Nobody yet: we find out who"))


def _because(outcome: Outcome, winner: ExplainedCandidate | None, explained: list[ExplainedCandidate]) -> str:
    if winner:
        return winner.sentence
    names = _claimants(explained)
    back = next((item for item in explained if item.candidate.rejected_because is Rejection.HANDED_BACK), None)
    if back:
        return _("%(body)s says that it is not responsible: arbitration settles who is.") % {"body": back.body.name}
    if outcome is Outcome.CONTESTED:
        return _("%(bodies)s each have a claim to this place: arbitration settles who is responsible.") % {
            "bodies": names
        }
    if outcome is Outcome.UNCERTAIN:
        return _("A border between %(bodies)s runs within the accuracy of the position: arbitration settles it.") % {
            "bodies": names
        }
    return _("No body's area includes this place: arbitration settles who is responsible.")


def _claimants(explained: list[ExplainedCandidate]) -> str:
    names = list(dict.fromkeys(item.body.name for item in explained if item.candidate.rejected_because in CLAIMS))
    if len(names) < 2:
        return "".join(names)
    return pgettext("list of bodies", "%(first)s and %(last)s") % {
        "first": pgettext("between the names in a list", ", ").join(names[:-1]),
        "last": names[-1],
    }
