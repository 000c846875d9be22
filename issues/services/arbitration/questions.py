"""Which question an undecided report asks: its cause, its claimants, and where it is asked."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon

from geo import sql
from issues.arbitration import Cause
from issues.models import Case, HandBack, Service, ServiceRequest
from issues.routing.decision import Candidate, Decision
from issues.routing.outcomes import CLAIMS, Outcome, Rejection
from layers.selectors.city import as_multipolygon

SQL = Path(__file__).parent.parent.parent / "sql"
DISC_CELL_M = 100.0
"""Questions without an area of their own are grouped by cells of this size."""
DISC_AT_LEAST_M = 15.0
GAP_CELL_M, GAP_WINDOW_M = 1000.0, 500.0
"""A gap that reaches farther than the window around its cell is cut to the cell: the sea is no single case."""
CELL_LINE_M = 0.5
"""A side of a cell is stored in degrees: between its corners, 200 m apart, it leaves the line by centimetres."""
NEIGHBOURS = 3
"""Bodies next to a gap that are asked to speak."""
LONGEST_GROUP = 120


@dataclass(frozen=True)
class Undecided:
    """A stored report whose decision names nobody."""

    service_request: ServiceRequest
    decision: Decision
    day: date


@dataclass(frozen=True)
class Question:
    """What a report asks. `group` is the part of the case's key before its place."""

    undecided: Undecided
    cause: Cause
    group: str
    bodies: tuple[int, ...]
    boundaries: tuple[int, ...] = ()
    reason: str = ""

    @property
    def kind(self) -> str:
        """How the zone is found (issues/sql/case_zones.sql)."""
        if self.boundaries:
            return "overlap"
        return "gap" if self.cause is Cause.GAP else "disc"


@dataclass(frozen=True)
class Zone:
    """Where a question is asked; `place` is the same for all reports of one overlap or gap."""

    place: str
    is_disc: bool
    geom: MultiPolygon


def questions_of(undecided: Sequence[Undecided]) -> list[Question]:
    """The question of each report, in order. No reports, no query."""
    layers = _layer_sets({each.service_request.service_id for each in undecided if _is_gap(each)})
    given_back = _hand_backs([each.service_request.pk for each in undecided if _handed_back_by(each.decision)])
    return [_question(each, layers, given_back.get(each.service_request.pk)) for each in undecided]


def find_zones(questions: Sequence[Question]) -> list[Zone]:
    """The zone of each question, in order. No questions, no query."""
    if not questions:
        return []
    reports = [question.undecided.service_request for question in questions]
    found = sql.rows(
        SQL / "case_zones.sql",
        {
            "kinds": [question.kind for question in questions],
            "service_ids": [report.service_id for report in reports],
            "lons": [report.point.x for report in reports],
            "lats": [report.point.y for report in reports],
            "radii_m": [max(DISC_AT_LEAST_M, min(report.accuracy_m, DISC_CELL_M)) for report in reports],
            "days": [question.undecided.day for question in questions],
            "boundary_sets": [f"{{{_joined(question.boundaries)}}}" for question in questions],
            "srid": settings.CITY.srid,
            "disc_cell_m": DISC_CELL_M,
            "gap_cell_m": GAP_CELL_M,
            "gap_window_m": GAP_WINDOW_M,
        },
    )
    return [Zone(place, is_disc, as_multipolygon(GEOSGeometry(zone))) for _question, place, is_disc, zone in found]


def is_cut_to_cell(case: Case) -> bool:
    """Whether the proposed zone is only the part of a larger gap in one cell: it ends where the cell does."""
    if case.cause != Cause.GAP:
        return False
    xmin, ymin, xmax, ymax = case.zone.transform(settings.CITY.srid, clone=True).extent
    ends = np.array([xmin, ymin, xmax, ymax])
    on_line = np.abs(ends - GAP_CELL_M * np.round(ends / GAP_CELL_M)) < CELL_LINE_M
    return bool(on_line.any()) and max(xmax - xmin, ymax - ymin) < GAP_CELL_M + 2 * CELL_LINE_M


def _question(undecided: Undecided, layers: dict[int, str], given_back: HandBack | None) -> Question:
    decision = undecided.decision
    if given_back is not None:
        proposed = (given_back.proposed_body_id,) if given_back.proposed_body_id else ()
        bodies = _distinct((given_back.body_id, *proposed, *_claiming(decision.candidates)))
        group = _group(Cause.HANDED_BACK, given_back.body_id, given_back.reason, *proposed)
        return Question(undecided, Cause.HANDED_BACK, group, bodies, reason=given_back.reason)
    if _is_gap(undecided):
        near = sorted(decision.candidates, key=lambda found: (found.distance_m, found.body_id))
        bodies = _distinct(found.body_id for found in near)[:NEIGHBOURS]
        return Question(undecided, Cause.GAP, _group(Cause.GAP, layers[undecided.service_request.service_id]), bodies)
    bodies = _distinct(_claiming(decision.candidates))
    if decision.outcome is Outcome.UNCERTAIN:
        return Question(undecided, Cause.UNCERTAIN, _group(Cause.UNCERTAIN, *sorted(bodies)), bodies)
    boundary_of: dict[int, int] = {}
    for found in decision.candidates:
        if found.rejected_because is Rejection.SAME_RANK and found.boundary_id is not None:
            boundary_of[found.body_id] = min(found.boundary_id, boundary_of.get(found.body_id, found.boundary_id))
    boundaries = tuple(sorted(boundary_of.values())) if len(boundary_of) > 1 else ()
    group = _group(Cause.CONTESTED, *boundaries) if boundaries else _group(Cause.CONTESTED, "bodies", *sorted(bodies))
    return Question(undecided, Cause.CONTESTED, group, bodies, boundaries)


def _group(cause: Cause, *parts: object) -> str:
    text = _joined(parts)
    if len(text) > LONGEST_GROUP:
        text = hashlib.sha256(text.encode()).hexdigest()
    return f"{cause.value}:{text}"


def _is_gap(undecided: Undecided) -> bool:
    return undecided.decision.outcome is Outcome.GAP


def _claiming(candidates: Iterable[Candidate]) -> list[int]:
    return [found.body_id for found in candidates if found.rejected_because in CLAIMS]


def _handed_back_by(decision: Decision) -> list[int]:
    return [found.body_id for found in decision.candidates if found.rejected_because is Rejection.HANDED_BACK]


def _distinct(bodies: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(bodies))


def _joined(parts: Iterable[object]) -> str:
    return ",".join(map(str, parts))


def _layer_sets(services: set[int]) -> dict[int, str]:
    """The layers that decide each service, as text."""
    found: dict[int, list[int]] = {service: [] for service in services}
    if services:
        for service, layer in Service.layers.through.objects.filter(service__in=services).values_list(
            "service_id", "layer_id"
        ):
            found[service].append(layer)
    return {service: _joined(sorted(layers)) for service, layers in found.items()}


def _hand_backs(reports: list[int]) -> dict[int, HandBack]:
    """The newest hand-back of each report."""
    if not reports:
        return {}
    return {back.service_request_id: back for back in HandBack.objects.filter(service_request__in=reports)}
