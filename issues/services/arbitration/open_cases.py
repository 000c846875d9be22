"""Keeps cases in step with decisions: an undecided report joins the case of its question, a decided one leaves.

Called in the transaction of the decision, after `turns.wait_for_rulings`. The
same code serves one report and the demo's thousands.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.gis.geos import GeometryCollection, GEOSGeometry, MultiPolygon, Point
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from geo import sql
from issues.arbitration import UNDECIDED, CaseState
from issues.deadlines import due_dates
from issues.errors import NothingToArbitrate
from issues.models import Case, CaseEvent, CaseReport, Event, Ruling, Service, ServiceRequest
from issues.models.arbitration import LIVE
from issues.selectors.cases import check_arbitrator
from issues.selectors.evidence import Question as Asked
from issues.selectors.evidence import find_responsibility
from issues.services.arbitration.questions import SQL, Question, Undecided, Zone, find_zones, questions_of
from issues.services.arbitration.turns import wait_for_rulings
from layers.selectors.city import as_multipolygon

ATTEMPTS = 5
"""A case may be settled between its insertion by somebody else and our lock on it: then another one opens."""


def join_cases(undecided: Sequence[Undecided], opened_at: datetime | None = None) -> None:
    """Put each report into the live case of its question; cases that are missing open.

    A report whose case still asks its question stays there. No reports, no query.
    A case opens at `opened_at`, or when its first report was made.
    """
    if not undecided:
        return
    questions = questions_of(undecided)
    here = _live_cases_here(questions)
    now_in = dict(
        CaseReport.objects.filter(
            service_request__in=[each.service_request.pk for each in undecided], left_at=None
        ).values_list("service_request_id", "case_id")
    )
    moving = [
        (number, question)
        for number, question in enumerate(questions)
        if here.get(number) is None or now_in.get(question.undecided.service_request.pk) != here[number]
    ]
    leave_cases([q.undecided.service_request.pk for _, q in moving if q.undecided.service_request.pk in now_in])
    without = [question for number, question in moving if number not in here]
    joins: dict[int, list[tuple[Question, Zone | None]]] = defaultdict(list)
    for number, question in moving:
        if number in here:
            joins[here[number]].append((question, None))
    waiting = list(zip(without, find_zones(without), strict=True))
    locked = _locked(joins)
    waiting += [(q, z) for pk, those in joins.items() if pk not in locked for q, z in _with_zones(those)]
    for case in locked.values():
        _join(case, joins[case.pk])
    for _attempt in range(ATTEMPTS):
        if not waiting:
            return
        waiting = _open_and_join(waiting, opened_at)
    raise RuntimeError("The case of a report is settled as fast as it opens.")


@transaction.atomic
def open_case_for_zone(*, zone: GEOSGeometry, services: Sequence[str], user: User, finding: int | None = None) -> Case:
    """The live case of the question that a place asks; opened by `user` where there is none, before any citizen asks.

    The question is the one that a report made there now would ask: the first such
    report joins the case.

    Parameters
    ----------
    zone
        EPSG:4326; asked is a point inside its largest part.
    services
        Codes of the services about which the bodies may disagree there.
    finding
        Id of the flaw of the borders that was looked at, for the case's history.

    Raises
    ------
    NotAllowed
        The user is no arbitrator.
    NothingToArbitrate
        Somebody answers there for each of the services, or the zone is empty.
    """
    check_arbitrator(user)
    wait_for_rulings()
    questions = _questions_at(_point_in(zone), services)
    if not questions:
        raise NothingToArbitrate(
            _("Somebody answers here for every kind of problem: a ruling stands, or the border was changed.")
        )
    here = _live_cases_here(questions)
    if here:
        return Case.objects.defer("zone_m").get(pk=here[min(here)])
    question, *others = questions
    [its_zone] = find_zones([question])
    case = _new_case(f"{question.group}:{its_zone.place}", [(question, its_zone)], timezone.now())
    case.is_demo = False
    if any(other.group == question.group for other in others):
        case.service = None
    # As in `_open_and_join`: a report that comes in this moment may open it first.
    Case.objects.bulk_create([case], ignore_conflicts=True)
    stored = Case.objects.select_for_update().filter(key=case.key, state__in=LIVE).defer("zone_m").get()
    if not stored.events.exists():
        stored.claimants.add(*question.bodies)
        data = {} if finding is None else {"finding": finding}
        CaseEvent.objects.create(
            case=stored, kind="opened", actor=Event.Actor.STAFF, user=user, at=stored.opened_at, data=data
        )
    return stored


def _point_in(zone: GEOSGeometry) -> Point:
    parts: list[GEOSGeometry] = list(zone) if isinstance(zone, GeometryCollection) else [zone]
    if zone.empty:
        raise NothingToArbitrate(_("There is no place here about which one could rule."))
    return max(parts, key=lambda part: part.area).point_on_surface


def _questions_at(point: Point, services: Sequence[str]) -> list[Question]:
    """What reports of these services made at the point now would ask, as far as nobody answers."""
    today = timezone.localdate()
    asked = [
        Undecided(
            ServiceRequest(service=service, point=point, requested_datetime=timezone.now()),
            find_responsibility(Asked(service.pk, point.x, point.y)),
            today,
        )
        for service in Service.objects.filter(service_code__in=services).order_by("pk")
    ]
    return questions_of([each for each in asked if each.decision.outcome in UNDECIDED])


def leave_cases(service_requests: Sequence[int], *, ruling: Ruling | None = None) -> None:
    """Take the reports out of the cases they are in; an open case that nobody asks any more ends.

    It is settled where a ruling was the reason, else closed. An appeal stays to be answered.
    """
    left = CaseReport.objects.filter(service_request__in=service_requests, left_at=None)
    case_ids = set(left.values_list("case_id", flat=True)) if service_requests else set()
    if not case_ids:
        return
    cases = _locked(case_ids)
    now = timezone.now()
    left.update(left_at=now, ruling=ruling)
    still_asked = set(
        CaseReport.objects.filter(case__in=case_ids, left_at=None).values_list("case_id", flat=True).distinct()
    )
    for case in cases.values():
        if case.pk in still_asked or case.state != CaseState.OPEN:
            continue
        end_case(case, CaseState.SETTLED if ruling else CaseState.CLOSED, now, ruling)


def end_case(case: Case, state: CaseState, now: datetime, ruling: Ruling | None = None) -> None:
    """Settle or close a locked case, with its event."""
    case.state = state.value
    case.version += 1
    case.save(update_fields=["state", "version"])
    CaseEvent.objects.create(
        case=case,
        kind=state.value,
        actor=Event.Actor.STAFF if ruling else Event.Actor.SYSTEM,
        user=ruling.user if ruling else None,
        at=now,
        data={"ruling": ruling.pk} if ruling else {},
    )


def _live_cases_here(questions: Sequence[Question]) -> dict[int, int]:
    """The live case that asks each question already, by the question's number (0-based)."""
    reports = [question.undecided.service_request for question in questions]
    found = sql.rows(
        SQL / "live_cases_here.sql",
        {
            "groups": [question.group for question in questions],
            "lons": [report.point.x for report in reports],
            "lats": [report.point.y for report in reports],
        },
    )
    return {number - 1: case_id for number, case_id in found}


def _locked(case_ids: Iterable[int]) -> dict[int, Case]:
    """The live ones of these cases, locked in the order of their ids."""
    wanted = Case.objects.select_for_update().filter(pk__in=list(case_ids), state__in=LIVE)
    return {case.pk: case for case in wanted.order_by("pk").defer("zone_m")}


def _with_zones(joining: list[tuple[Question, Zone | None]]) -> list[tuple[Question, Zone]]:
    questions = [question for question, _zone in joining]
    return list(zip(questions, find_zones(questions), strict=True))


def _open_and_join(waiting: list[tuple[Question, Zone]], opened_at: datetime | None) -> list[tuple[Question, Zone]]:
    """Open the missing cases of these questions and join them; what found its case settled meanwhile comes back."""
    by_key: dict[str, list[tuple[Question, Zone]]] = defaultdict(list)
    for question, zone in waiting:
        by_key[f"{question.group}:{zone.place}"].append((question, zone))
    keys = sorted(by_key)
    wanted = [_new_case(key, by_key[key], opened_at) for key in keys]
    # ON CONFLICT DO NOTHING: whoever comes second waits for the first and then finds the case.
    Case.objects.bulk_create(wanted, ignore_conflicts=True)
    found = Case.objects.select_for_update().filter(key__in=keys, state__in=LIVE).order_by("pk").defer("zone_m")
    by_found_key = {case.key: case for case in found}
    known = set(CaseEvent.objects.filter(case__in=by_found_key.values()).values_list("case_id", flat=True))
    opened = [case for case in by_found_key.values() if case.pk not in known]
    CaseEvent.objects.bulk_create(
        CaseEvent(
            case=case,
            kind="opened",
            actor=Event.Actor.SYSTEM,
            at=case.opened_at,
            data={"service_request": by_key[case.key][0][0].undecided.service_request.pk},
        )
        for case in opened
    )
    for key, case in by_found_key.items():
        _join(case, by_key[key])
    return [pair for key in keys if key not in by_found_key for pair in by_key[key]]


def _new_case(key: str, joining: list[tuple[Question, Zone]], opened_at: datetime | None) -> Case:
    first, zone = min(joining, key=lambda each: each[0].undecided.service_request.requested_datetime)
    report = first.undecided.service_request
    opened_at = opened_at or report.requested_datetime
    return Case(
        key=key,
        cause=first.cause.value,
        service_id=report.service_id,
        zone=zone.geom,
        place=report.place,
        opened_at=opened_at,
        due_date=case_due_date(timezone.localdate(opened_at)),
        is_demo=all(question.undecided.service_request.is_demo for question, _zone in joining),
    )


def case_due_date(opened_on: date) -> date:
    """The last day to rule on a case that opens (or opens again) that day."""
    wanted = settings.CITY.arbitration.case_clock_working_days
    due: date = due_dates([opened_on], [wanted], settings.CITY.working_days)[0].astype(object)
    return due


def _join(case: Case, joining: Sequence[tuple[Question, Zone | None]]) -> None:
    """Link reports to a locked case, which learns their bodies, kinds and places."""
    reports = [question.undecided.service_request for question, _zone in joining]
    CaseReport.objects.bulk_create(CaseReport(case=case, service_request=report) for report in reports)
    Claimant = Case.claimants.through
    bodies = dict.fromkeys(body for question, _zone in joining for body in question.bodies)
    Claimant.objects.bulk_create((Claimant(case_id=case.pk, body_id=body) for body in bodies), ignore_conflicts=True)
    changed = []
    if case.service_id is not None and any(report.service_id != case.service_id for report in reports):
        case.service = None
        changed.append("service")
    outside = [zone.geom for _question, zone in joining if zone and zone.is_disc and not case.zone.covers(zone.geom)]
    if outside:
        parts = [*case.zone, *(part for zone in outside for part in zone)]
        case.zone = as_multipolygon(MultiPolygon(parts, srid=4326).unary_union)
        changed.append("zone")
    if changed:
        case.save(update_fields=changed)
