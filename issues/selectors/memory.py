"""Asks the city's own past answers who is probably responsible, where no rule knows."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.contrib.gis.geos import Point
from django.utils import timezone

from geo import sql
from issues.memory.voting import MemoryEvidence, Vote, propose
from issues.selectors.evidence import Question
from issues.workflow import State

VOTES_SQL = Path(__file__).parent.parent / "sql" / "memory_votes.sql"

ACCEPTED_STATES = [State.ACCEPTED, State.FIXED]
"""The body took the report as its own."""

AROUND = 1000
RADIUS_M = 2000.0
LATEST = 200


def votes_about(question: Question, before: datetime | None = None, except_id: int | None = None) -> list[Vote]:
    """The settled answers that may vote on `question`, by one statement.

    `before`: only those reported earlier (None: now). `except_id` is the report
    that asks: it never votes on itself.
    """
    found = sql.rows(
        VOTES_SQL,
        {
            "service_id": question.service_id,
            "lon": question.lon,
            "lat": question.lat,
            "srid": settings.CITY.srid,
            "before": before or timezone.now(),
            "except_id": except_id,
            "accepted_states": [state.value for state in ACCEPTED_STATES],
            "around": AROUND,
            "radius_m": RADIUS_M,
            "latest": LATEST,
        },
    )
    return [Vote(*row) for row in found]


def propose_from_memory(
    question: Question, before: datetime | None = None, except_id: int | None = None
) -> MemoryEvidence | None:
    """Who probably answers for `question` by past rulings and accepted decisions; None where there are none.

    Evidence like the other kinds: `issues.routing.decide` may use it above the
    city's `memory_min_confidence`, the arbitration desk shows it as a proposal.
    """
    point = Point(question.lon, question.lat, srid=4326)
    point.transform(settings.CITY.srid)
    return propose(point.x, point.y, votes_about(question, before, except_id))
