"""Asks the city's own past answers who is probably responsible, where no rule knows."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.gis.geos import Point
from django.utils import timezone

from geo import sql
from issues.memory.voting import MemoryEvidence, Vote, propose
from issues.routing.decision import Decision
from issues.routing.evidence import Evidence
from issues.routing.rules import decide
from issues.selectors.evidence import Question, find_evidence
from issues.workflow import State

VOTES_SQL = Path(__file__).parent.parent / "sql" / "memory_votes.sql"

ACCEPTED_STATES = [State.ACCEPTED, State.FIXED]
"""The body took the report as its own."""

AROUND = 300
RADIUS_M = 2000.0
LATEST = 200
HAND_BACK_REACH_M = 100.0
"""A report of the kind handed back so near says that this place, too, is not that body's for sure."""


def propose_from_memory(
    question: Question, before: datetime | None = None, except_id: int | None = None
) -> MemoryEvidence | None:
    """Who probably answers for `question` by past rulings and accepted decisions; None where there are none.

    `before`: only answers reported earlier vote (None: now). `except_id` is the
    report that asks: it never votes on itself. Evidence like the other kinds:
    `issues.routing.rules.decide` may use it above the city's `memory_min_confidence`,
    the arbitration desk shows it as a proposal.
    """
    asked_at = before or timezone.now()
    found = _settled(question, asked_at, except_id)
    if not found:
        return None
    point = Point(question.lon, question.lat, srid=4326)
    point.transform(settings.CITY.srid)
    votes = [_vote(row) for row in found]
    moment = np.datetime64(asked_at.astimezone(UTC).replace(tzinfo=None))
    proposal = propose(point.x, point.y, (found[0][7], question.service_id), moment, votes)
    if proposal is None:
        return None
    is_city_body, _, handed_back_here = next(row[6:] for row in found if row[0] == proposal.body_id)
    return replace(proposal, is_city_body=is_city_body, handed_back_here=handed_back_here)


def votes_about(question: Question, before: datetime | None = None, except_id: int | None = None) -> list[Vote]:
    """The settled answers that may vote on `question`, by one statement; see `propose_from_memory`."""
    return [_vote(row) for row in _settled(question, before or timezone.now(), except_id)]


def _vote(row: tuple[Any, ...]) -> Vote:
    body_id, x_m, y_m, days_ago, *kinds = row[:6]
    return Vote(body_id, x_m, y_m, days_ago, tuple(kinds))


def _settled(question: Question, before: datetime, except_id: int | None) -> list[tuple[Any, ...]]:
    return sql.rows(
        VOTES_SQL,
        {
            "service_id": question.service_id,
            "lon": question.lon,
            "lat": question.lat,
            "srid": settings.CITY.srid,
            "before": before,
            "except_id": except_id,
            "accepted_states": [state.value for state in ACCEPTED_STATES],
            "around": AROUND,
            "radius_m": RADIUS_M,
            "latest": LATEST,
            "hand_back_reach_m": HAND_BACK_REACH_M,
        },
    )


def decide_remembering(question: Question, evidence: Evidence) -> Decision:
    """The decision on found evidence; only if it stays open the memory is asked, with one more statement."""
    decision = decide(evidence, settings.CITY.routing)
    if decision.body_id is not None:
        return decision
    memory = propose_from_memory(question, question.known_at, question.service_request_id)
    return decide(replace(evidence, memory=memory), settings.CITY.routing) if memory else decision


def find_responsibility_remembering(question: Question) -> Decision:
    """The decision for one question by all rules, memory included; nothing stored."""
    [evidence] = find_evidence([question])
    return decide_remembering(question, evidence)
