"""Asks the city's own settled answers who is probably responsible, where no rule knows."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from geo import sql
from issues.memory.voting import Asked, MemoryEvidence
from issues.routing.decision import Decision
from issues.routing.evidence import Evidence
from issues.routing.rules import decide
from issues.selectors.evidence import Question, find_evidence
from issues.selectors.live_memory import by_layer, live_memory, moment_of

PLACE_SQL = Path(__file__).parent.parent / "sql" / "memory_place.sql"

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
    [(x_m, y_m, group_id, areas, handed_back, outside)] = sql.rows(
        PLACE_SQL,
        {
            "service_id": question.service_id,
            "lon": question.lon,
            "lat": question.lat,
            "srid": settings.CITY.srid,
            "day": question.valid_on or timezone.localdate(asked_at),
            "before": asked_at,
            "hand_back_reach_m": HAND_BACK_REACH_M,
        },
    )
    asked = Asked(x_m, y_m, moment_of(asked_at), (group_id, question.service_id), by_layer(areas))
    proposal = live_memory.ask(asked, except_id)
    if proposal is None:
        return None
    return replace(
        proposal,
        is_city_body=proposal.body_id not in outside,
        handed_back_here=proposal.body_id in handed_back,
    )


def decide_remembering(question: Question, evidence: Evidence) -> Decision:
    """The decision on found evidence; only if it stays open the memory is asked, with two more statements."""
    decision = decide(evidence, settings.CITY.routing)
    if decision.body_id is not None:
        return decision
    memory = propose_from_memory(question, question.known_at, question.service_request_id)
    return decide(replace(evidence, memory=memory), settings.CITY.routing) if memory else decision


def find_responsibility_remembering(question: Question) -> Decision:
    """The decision for one question by all rules, memory included; nothing stored."""
    [evidence] = find_evidence([question])
    return decide_remembering(question, evidence)
