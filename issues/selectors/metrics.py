"""How well responsibility is found: figures of a period for staff, counted by the database.

Arbitrators see all bodies, other staff what concerns their own.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from geo import sql
from issues.models import HandBack, Ruling
from issues.selectors.cases import Staff, is_arbitrator, staff_bodies
from layers.models import Body

SQL = Path(__file__).parent.parent / "sql"
KEPT_DAYS = 30
"""An automatic decision was right if its body kept the report so long."""

PRECEDENTS_SHOWN = 50
PLACES_SHOWN = 500


@dataclass(frozen=True)
class Period:
    """Days in the city, both included."""

    first: date
    last: date

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """From when, and before when."""
        zone = timezone.get_default_timezone()
        start = datetime.combine(self.first, datetime.min.time(), zone)
        return start, datetime.combine(self.last + timedelta(days=1), datetime.min.time(), zone)


@dataclass(frozen=True)
class Decisions:
    """Counts of reports by their first decision; of `mature` ones, `kept` were not handed back within 30 days."""

    reports: int
    automatic: int
    by_ruling: int
    by_memory: int
    mature: int
    kept: int


@dataclass(frozen=True)
class HoursToRuling:
    """Cases opened in the period; hours are None where none was ruled on."""

    cases: int
    ruled: int
    median: float | None
    p90: float | None


@dataclass(frozen=True)
class HandedOver:
    """So many reports that `giver` handed back are with `taker` now; None: still nobody's."""

    giver: Body
    taker: Body | None
    reports: int


@dataclass(frozen=True)
class Precedent:
    """A ruling over a zone, the reports that it decided in the period, and whether it was reversed in it."""

    ruling: Ruling
    uses: int
    is_reversed: bool


@dataclass(frozen=True)
class Metrics:
    """All figures of one period. `bodies` is None for all of them; `places` are the newest hand-backs."""

    period: Period
    bodies: list[Body] | None
    decisions: Decisions
    hours: HoursToRuling
    handed_over: list[HandedOver]
    places: list[HandBack]
    precedents: list[Precedent]


def metrics_of(user: Staff, period: Period, now: datetime | None = None) -> Metrics:
    """The figures that the user may see; zeros and empty lists for somebody without bodies."""
    bodies = None if is_arbitrator(user) else list(staff_bodies(user))
    since, before = period.moments
    asked = {"since": since, "before": before, "body_ids": None if bodies is None else [body.pk for body in bodies]}
    moment = now or timezone.now()
    [decisions] = sql.rows(SQL / "metrics_decisions.sql", {**asked, "kept_days": KEPT_DAYS, "now": moment})
    [hours] = sql.rows(SQL / "metrics_hours_to_ruling.sql", asked)
    hand_backs = _hand_backs(bodies, since, before)
    return Metrics(
        period,
        bodies,
        Decisions(*decisions),
        HoursToRuling(*hours),
        _handed_over(hand_backs),
        list(_newest(hand_backs)),
        _precedents({**asked, "limit": PRECEDENTS_SHOWN}),
    )


def _hand_backs(bodies: list[Body] | None, since: datetime, before: datetime) -> QuerySet[HandBack]:
    """Those of the period that the bodies made, or after which they have the report."""
    found = HandBack.objects.filter(at__gte=since, at__lt=before)
    if bodies is None:
        return found
    return found.filter(Q(body__in=bodies) | Q(service_request__body__in=bodies))


def _handed_over(hand_backs: QuerySet[HandBack]) -> list[HandedOver]:
    counted = list(
        hand_backs.order_by()
        .values("body_id", taker_id=F("service_request__body_id"))
        .annotate(reports=Count("service_request_id", distinct=True))
        .order_by("-reports", "body_id", "taker_id")
    )
    named = Body.objects.in_bulk({row[key] for row in counted for key in ("body_id", "taker_id") if row[key]})
    return [HandedOver(named[row["body_id"]], named.get(row["taker_id"]), row["reports"]) for row in counted]


def _newest(hand_backs: QuerySet[HandBack]) -> QuerySet[HandBack]:
    return hand_backs.select_related("body", "service", "service_request__body").order_by("-pk")[:PLACES_SHOWN]


def _precedents(asked: dict[str, object]) -> list[Precedent]:
    found = sql.rows(SQL / "metrics_precedents.sql", asked)
    rulings = (
        Ruling.objects.select_related("body", "service", "asset_class")
        .defer("zone", "zone_m")
        .in_bulk([ruling_id for ruling_id, _uses, _reversed in found])
    )
    return [Precedent(rulings[ruling_id], uses, is_reversed) for ruling_id, uses, is_reversed in found]
