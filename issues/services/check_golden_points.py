"""Replays the city's golden points: what would be answered now, where another answer is expected.

`judge_publication` is called before a publication counts, inside its
transaction (`layers.services.publication_checks`), so that a change of
boundaries or things that moves a point is refused unless somebody explained it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.models import Service
from issues.routing.decision import Decision
from issues.routing.outcomes import CLAIMS, Outcome
from issues.routing.rules import decide
from issues.selectors.evidence import Question, find_evidence
from layers.errors import GoldenPointsMoved
from layers.models import Body
from layers.pack.golden_points import GoldenPoint
from layers.selectors.golden_points import golden_points
from layers.services.golden_points import expect
from layers.services.publication_checks import Change


@dataclass(frozen=True)
class Difference:
    """A golden point with the answer that it gets instead of its own."""

    point: GoldenPoint
    outcome: str
    bodies: tuple[str, ...]

    @property
    def expected(self) -> tuple[str, tuple[str, ...]]:
        """The point's own answer."""
        return self.point.outcome, self.point.bodies

    def as_json(self) -> dict[str, Any]:
        """The point with both answers, as pages take it."""
        return {
            "name": self.point.name,
            "service_code": self.point.service_code,
            "lon": self.point.lon,
            "lat": self.point.lat,
            "why": self.point.why,
            "expected": {"outcome": self.point.outcome, "bodies": list(self.point.bodies)},
            "found": {"outcome": self.outcome, "bodies": list(self.bodies)},
        }

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
        Those stored with the loaded city if not given.
    day
        For the points without a day of their own: the first day of what is to
        be published. Today if not given.
    known_at
        As the records stood at that moment; now if not given.
    explained
        Names of points whose change somebody explained: they are not looked at.
    """
    if points is None:
        points = golden_points()
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


def judge_publication(change: Change) -> list[dict[str, Any]]:
    """Replay the golden points after a change; what was explained is returned and expected from now on.

    A point whose answer was as wrong before is not this change's doing. A point
    without a day of its own is asked for today, or for the first day of what
    is published where that does not reach today.

    Raises
    ------
    GoldenPointsMoved
        Names every point that would get another answer without an explanation.
    """
    points = golden_points()
    today = timezone.localdate()
    reaches_today = change.valid_from <= today and (change.valid_to is None or today < change.valid_to)
    day = today if reaches_today else change.valid_from
    known_at = max(change.recorded_at, timezone.now())
    found = check_golden_points(points, day=day, known_at=known_at)
    if not found:
        return []
    earlier = check_golden_points(
        [difference.point for difference in found], day=day, known_at=change.recorded_at - timedelta(microseconds=1)
    )
    before = {difference.point.name: (difference.outcome, difference.bodies) for difference in earlier}
    moved = [
        difference
        for difference in found
        if before.get(difference.point.name, difference.expected) != (difference.outcome, difference.bodies)
    ]
    unexplained = [difference for difference in moved if difference.point.name not in change.accepted]
    if unexplained:
        raise GoldenPointsMoved(
            _("%(count)s golden points would get another answer, nothing was stored. Explain each, or mend the change:")
            % {"count": len(unexplained)}
            + "".join(f"\n{difference}" for difference in unexplained),
            unexplained,
        )
    for difference in moved:
        expect(difference.point.name, difference.outcome, difference.bodies)
    return [
        {
            "name": difference.point.name,
            "before": _answer(*before.get(difference.point.name, difference.expected)),
            "after": _answer(difference.outcome, difference.bodies),
            "reason": change.accepted[difference.point.name],
        }
        for difference in moved
    ]


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
