"""Replaces the demo's reports: invented places and times, decided by the real rules.

Only rows with `is_demo` are ever deleted. Everything runs in the caller's
transaction.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone

from geo.copy_rows import copy_objects, copy_rows
from geo.progress import Progress
from issues.arbitration import UNDECIDED
from issues.deadlines import due_dates
from issues.demo.lives import Chances, Step, live
from issues.demo.plan import InventedReport
from issues.models import Event, Responsibility, Service, ServiceRequest
from issues.privacy import public_point
from issues.routing.decision import Decision
from issues.routing.rules import decide
from issues.selectors.evidence import Question, find_evidence
from issues.services.arbitration.open_cases import join_cases
from issues.services.arbitration.questions import Undecided
from issues.services.assign import build_responsibility
from issues.services.delete_demo import delete_demo_reports
from issues.workflow import State

BATCH = 1000
"""Reports decided by one statement and stored by one INSERT."""


@dataclass(frozen=True)
class RoutedReport:
    """An invented report with its decision, its due date and its life."""

    invented: InventedReport
    service: Service
    day: date
    due: date
    decision: Decision
    steps: list[Step]


@transaction.atomic
def seed_demo(
    reports: Sequence[InventedReport],
    services: dict[str, Service],
    end: datetime,
    reasons: dict[str, str],
    chances: Chances,
    progress: Progress,
) -> Counter[str]:
    """Replace the demo's reports with `reports`; how many have which outcome."""
    delete_demo_reports()
    days = [timezone.localdate(report.made) for report in reports]
    wanted = [services[report.service_code].deadline_working_days for report in reports]
    dues = due_dates(days, wanted, settings.CITY.working_days).tolist()
    outcomes: Counter[str] = Counter()
    starts = range(0, len(reports), BATCH)
    for start in progress.each(starts, total=len(starts)):
        some = slice(start, start + BATCH)
        routed = [
            RoutedReport(
                report,
                services[report.service_code],
                day,
                due,
                decision,
                live(number, chances, report.made, (due - day).days, decision.outcome, end, reasons),
            )
            for number, report, day, due, decision in zip(
                range(start, start + BATCH),
                reports[some],
                days[some],
                dues[some],
                _decide(reports[some], days[some], services),
                strict=False,
            )
        ]
        _store(routed)
        outcomes.update(report.decision.outcome.value for report in routed)
    return outcomes


def _decide(
    reports: Sequence[InventedReport], days: Sequence[date], services: dict[str, Service]
) -> Iterator[Decision]:
    questions = [
        Question(
            services[report.service_code].pk,
            report.lon,
            report.lat,
            report.accuracy_m,
            report.asset_id,
            valid_on=day,
            known_at=report.made,
        )
        for report, day in zip(reports, days, strict=True)
    ]
    for evidence in find_evidence(questions):
        yield decide(evidence, settings.CITY.routing)


def _store(routed: Sequence[RoutedReport]) -> None:
    """Reports, decisions and events of one batch, and the cases of what still waits."""
    requests = [_service_request(report) for report in routed]
    copy_objects(requests)
    responsibilities = [
        build_responsibility(service_request, report.decision, report.day, report.invented.made)
        for service_request, report in zip(requests, routed, strict=True)
    ]
    copy_objects(responsibilities)
    copy_rows(  # five rows a report: making an object of each would cost 4 s
        Event._meta.db_table,
        ("service_request_id", "kind", "at", "actor", "data"),
        (
            event
            for service_request, responsibility, report in zip(requests, responsibilities, routed, strict=True)
            for event in _events(service_request, responsibility, report.steps)
        ),
    )
    join_cases(
        [
            Undecided(service_request, report.decision, report.day)
            for service_request, report in zip(requests, routed, strict=True)
            if report.decision.outcome in UNDECIDED and State(service_request.state).status == "open"
        ]
    )


def _service_request(report: RoutedReport) -> ServiceRequest:
    invented = report.invented
    return ServiceRequest(
        service=report.service,
        point=Point(invented.lon, invented.lat, srid=4326),
        public_point=Point(*public_point(invented.lon, invented.lat, report.service.exact_point_is_public), srid=4326),
        accuracy_m=invented.accuracy_m,
        asset_id=invented.asset_id,
        description=invented.description,
        place=invented.place,
        state=(report.steps[-1].state if report.steps else State.SUBMITTED).value,
        requested_datetime=invented.made,
        updated_datetime=report.steps[-1].at if report.steps else invented.made,
        due_date=report.due,
        body_id=report.decision.body_id,
        outcome=report.decision.outcome.value,
        is_demo=True,
    )


def _events(
    service_request: ServiceRequest, responsibility: Responsibility, steps: Sequence[Step]
) -> Iterator[tuple[object, ...]]:
    """Report, kind, moment, actor and data of each event."""
    pk, made = service_request.pk, service_request.requested_datetime
    yield pk, "submitted", made, Event.Actor.REPORTER.value, "{}"
    yield pk, responsibility.outcome, made, Event.Actor.SYSTEM.value, json.dumps({"responsibility": responsibility.pk})
    for step in steps:
        data = {"reason": step.reason} if step.reason else {}
        yield pk, step.state.value, step.at, Event.Actor.STAFF.value, json.dumps(data)
