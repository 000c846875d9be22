"""Finds, in one SQL statement, all that speaks for a body at a place.

The same statement serves one citizen and a bulk of thousands, so there is one
answer. What it finds is judged by `issues.routing.rules.decide`.

Planning the statement takes ten times as long as running it for one place. So
`migrate` installs it as a function, too (`evidence_function`), whose plan
PostgreSQL keeps in each session, behind a PgBouncer as well. Many questions get
a plan of their own.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from geo import sql
from issues.routing.decision import Decision
from issues.routing.evidence import AssetEvidence, BoundaryEvidence, Evidence, HandBackEvidence, RulingEvidence
from issues.routing.outcomes import Scope
from issues.routing.rules import decide

EVIDENCE_SQL = Path(__file__).parent.parent / "sql" / "responsibility_evidence.sql"

PARAMETERS = {
    "service_ids": "bigint[]",
    "lons": "float8[]",
    "lats": "float8[]",
    "accuracies_m": "float8[]",
    "asset_ids": "bigint[]",
    "days": "date[]",
    "known_at": "timestamptz[]",
    "service_request_ids": "bigint[]",
    "srid": "integer",
    "chosen_limit_m": "float8",
    "nearest_limit_m": "float8",
}
"""The statement's parameters with their types, in the function's order."""

COLUMNS = {
    "question": "bigint",
    "kind": "text",
    "asset_id": "bigint",
    "boundary_id": "bigint",
    "body_id": "bigint",
    "is_city_body": "boolean",
    "rank": "integer",
    "covers": "boolean",
    "distance_m": "float8",
    "share": "float8",
    "chosen": "boolean",
    "ruling_id": "bigint",
    "scope": "text",
    "at": "timestamptz",
}
"""The statement's columns with their types."""

ACCURACY_LIMIT_M = 1000.0
"""A larger accuracy disc says nothing more, and costs: it is cut to this."""

CHOSEN_ASSET_LIMIT_M = 100.0
"""An asset farther than this from the pin is not the one the citizen stands at."""


@dataclass(frozen=True, slots=True)
class Question:
    """A service, a place and a time for which a body is sought.

    `lon, lat` in degrees (EPSG:4326). `valid_on` is the day whose boundaries
    count, `known_at` the moment whose records count; None means now. With
    `service_request_id` what was ruled or said about that very report counts, too.
    `side_boundary_id` is the area in which the reporter says the place is.
    """

    service_id: int
    lon: float
    lat: float
    accuracy_m: float = 0.0
    asset_id: int | None = None
    valid_on: date | None = None
    known_at: datetime | None = None
    service_request_id: int | None = None
    side_boundary_id: int | None = None


def find_evidence(questions: Sequence[Question]) -> list[Evidence]:
    """Evidence for each question, in order. No questions, no query."""
    if not questions:
        return []
    accuracies = [min(max(question.accuracy_m, 0.0), ACCURACY_LIMIT_M) for question in questions]
    assets: dict[int, list[AssetEvidence]] = defaultdict(list)
    boundaries: dict[int, list[BoundaryEvidence]] = defaultdict(list)
    rulings: dict[int, list[RulingEvidence]] = defaultdict(list)
    hand_backs: dict[int, list[HandBackEvidence]] = defaultdict(list)
    found = _ask(questions, accuracies)
    for question, kind, asset, boundary, body, is_ours, rank, covers, distance_m, share, chosen, *ruled in found:
        if kind == "asset":
            assets[question].append(AssetEvidence(asset, body, is_ours, distance_m, chosen))
        elif kind == "boundary":
            boundaries[question].append(BoundaryEvidence(boundary, body, is_ours, rank, covers, distance_m, share))
        else:
            ruling, scope, at = ruled
            if kind == "ruling":
                rulings[question].append(RulingEvidence(ruling, body, is_ours, Scope(scope), at))
            else:
                hand_backs[question].append(HandBackEvidence(body, at))
    return [
        Evidence(
            accuracy,
            tuple(assets[number]),
            tuple(boundaries[number]),
            tuple(rulings[number]),
            tuple(hand_backs[number]),
            question.side_boundary_id,
        )
        for number, (accuracy, question) in enumerate(zip(accuracies, questions, strict=True), start=1)
    ]


def _ask(questions: Sequence[Question], accuracies_m: list[float]) -> list[tuple[Any, ...]]:
    """The statement's rows, `COLUMNS` in order; questions are numbered from 1."""
    now = timezone.now()
    today = timezone.localdate(now)
    parameters: dict[str, Any] = {
        "service_ids": [question.service_id for question in questions],
        "lons": [question.lon for question in questions],
        "lats": [question.lat for question in questions],
        "accuracies_m": accuracies_m,
        "asset_ids": [question.asset_id for question in questions],
        "days": [question.valid_on or today for question in questions],
        "known_at": [question.known_at or now for question in questions],
        "service_request_ids": [question.service_request_id for question in questions],
        "srid": settings.CITY.srid,
        "chosen_limit_m": CHOSEN_ASSET_LIMIT_M,
        "nearest_limit_m": settings.CITY.routing.nearest_boundary_limit_m,
    }
    if len(questions) > 1:
        return sql.rows(EVIDENCE_SQL, parameters)
    with connection.cursor() as cursor:
        cursor.execute(_call(), parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def evidence_function() -> tuple[str, str]:
    """Name and CREATE statement of the function that runs the statement with a kept plan.

    The name holds a digest of the statement, so processes of two releases find
    each their own beside the other's.
    """
    names = list(PARAMETERS)
    body = re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", sql.statement(EVIDENCE_SQL)).replace(
        "%%", "%"
    )
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    rest = (
        f"({', '.join(PARAMETERS.values())}) RETURNS TABLE ({columns}) LANGUAGE plpgsql STABLE\n"
        # Without it PostgreSQL plans anew each time: it thinks a plan for these very values cheaper.
        "SET plan_cache_mode = force_generic_plan SET jit = off\n"
        f"AS $evidence$\n#variable_conflict use_column\nBEGIN RETURN QUERY\n{body};\nEND $evidence$"
    )
    name = f"issues_evidence_{hashlib.sha256(rest.encode()).hexdigest()[:12]}"
    return name, f"CREATE OR REPLACE FUNCTION {name}{rest}"


@cache
def _call() -> str:
    values = ", ".join(f"%({name})s::{kind}" for name, kind in PARAMETERS.items())
    return f"SELECT * FROM {evidence_function()[0]}({values})"  # noqa: S608 (a name of ours)


def find_responsibility(question: Question) -> Decision:
    """The decision for one question, nothing stored."""
    [evidence] = find_evidence([question])
    return decide(evidence, settings.CITY.routing)
