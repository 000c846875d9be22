"""Replays a pack's golden points: what would be answered now, where another answer is expected.

Called before a publication counts, inside its transaction, so that a change of
boundaries that moves one of them is refused unless somebody explained it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from issues.models import Service
from issues.routing import CLAIMS, Decision, Outcome, decide
from issues.selectors.evidence import Question, find_evidence
from layers.models import Body
from layers.pack.golden_points import GoldenPoint, read_golden_points


@dataclass(frozen=True)
class Difference:
    """A golden point with the answer that it gets instead of its own."""

    point: GoldenPoint
    outcome: str
    bodies: tuple[str, ...]

    def __str__(self) -> str:
        point = self.point
        return (
            f"{point.name} ({point.service_code} at {point.lat}, {point.lon}): "
            f"{_answer(point.outcome, point.bodies)} expected, {_answer(self.outcome, self.bodies)} found. {point.why}"
        )


def check_golden_points(
    points: Sequence[GoldenPoint] | None = None,
    *,
    day: date | None = None,
    known_at: datetime | None = None,
    explained: Collection[str] = (),
) -> list[Difference]:
    """The golden points that get another answer than theirs, in order. No points, no query.

    Parameters
    ----------
    points
        Those of the city's pack if not given.
    day
        For the points without a day of their own: the first day of what is to
        be published. Today if not given.
    known_at
        As the records stood at that moment; now if not given.
    explained
        Names of points whose change somebody explained: they are not looked at.
    """
    if points is None:
        points = read_golden_points(settings.PACKS_DIR / settings.CITY.slug)
    asked = [point for point in points if point.name not in explained]
    services = dict(Service.objects.filter(is_active=True).values_list("service_code", "pk")) if asked else {}
    answered = [point for point in asked if point.service_code in services]
    questions = [
        Question(
            services[point.service_code],
            point.lon,
            point.lat,
            point.accuracy_m,
            valid_on=point.on or day,
            known_at=known_at,
        )
        for point in answered
    ]
    decisions = [decide(evidence, settings.CITY.routing) for evidence in find_evidence(questions)]
    slugs = _slugs(decisions)
    answers = {
        point.name: (str(decision.outcome), _claimants(decision, slugs))
        for point, decision in zip(answered, decisions, strict=True)
    }
    differences = []
    for point in asked:
        outcome, bodies = answers.get(point.name, ("no such service", ()))
        if (outcome, bodies) != (point.outcome, point.bodies):
            differences.append(Difference(point, outcome, bodies))
    return differences


def _slugs(decisions: Sequence[Decision]) -> dict[int, str]:
    ids = {candidate.body_id for decision in decisions for candidate in decision.candidates}
    return dict(Body.objects.filter(pk__in=ids).values_list("pk", "slug"))


def _claimants(decision: Decision, slugs: dict[int, str]) -> tuple[str, ...]:
    """The winner, or all who claim the place; nobody in a gap."""
    if decision.body_id is not None:
        return (slugs[decision.body_id],)
    if decision.outcome == Outcome.GAP:
        return ()
    return tuple(sorted({slugs[found.body_id] for found in decision.candidates if found.rejected_because in CLAIMS}))


def _answer(outcome: str, bodies: Sequence[str]) -> str:
    return f"{outcome} {' / '.join(bodies)}".rstrip()
