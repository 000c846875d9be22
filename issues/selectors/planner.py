"""Reports as numbers, for planners: over time, by service, by body and in cells (by area: `planner_areas`).

Places are public points: a planner draws areas as small as he likes, and must not find
a home by it whose place the service hides. All functions take one `PlannerFilter`, so
that map, time and tables of a page speak of the same reports.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import (
    Aggregate,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    Q,
    QuerySet,
)
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek
from django.utils import timezone

from geo import sql
from issues.deadlines import kept_share
from issues.models import ServiceRequest
from issues.selectors.service_requests import CLOSED_STATES, OPEN_STATES, overdue_of
from issues.selectors.services import service_ids
from issues.workflow import State
from layers.selectors.bodies import bodies_with_offices

SQL = Path(__file__).parent.parent / "sql"
SHOWN_STATES = tuple(state.value for state in State if state is not State.REFUSED)
"""What counts unless states are chosen: what the public map counts."""

MOST_CELLS = 20_000
DAYS_IN_MONTH = 30.4375
LONGEST_BY_DAY, LONGEST_BY_WEEK = 92, 1100
STEPS = {"day": TruncDay, "week": TruncWeek, "month": TruncMonth}


@dataclass(frozen=True)
class PlannerFilter:
    """Which reports. Empty means all (but refused ones); days are the city's, both included.

    `older_than_days` keeps reports that are still open after more than so many
    days. `area` is a polygon in EPSG:4326.
    """

    first_day: date
    last_day: date
    services: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    states: tuple[str, ...] = SHOWN_STATES
    older_than_days: int | None = None
    area: GEOSGeometry | None = None

    @property
    def days(self) -> int:
        """How many days it spans, at least 1."""
        return (self.last_day - self.first_day).days + 1

    @property
    def asked_states(self) -> list[str]:
        """The states that count: of those chosen only open ones where age is asked for."""
        if self.older_than_days is None:
            return list(self.states)
        return [state for state in self.states if state in OPEN_STATES]

    def parameters(self) -> dict[str, Any]:
        """Named parameters for the statements under `sql/`."""
        return {
            "service_ids": service_ids(self.services, self.groups),
            "body_ids": sorted(bodies_with_offices(self.bodies).values_list("id", flat=True)) if self.bodies else None,
            "since": _midnight(self.first_day),
            "before": _midnight(self.last_day + timedelta(days=1)),
            "older_before": self._older_before(),
            "states": self.asked_states,
            "area": None if self.area is None else self.area.wkt,
        }

    def _older_before(self) -> datetime | None:
        if self.older_than_days is None:
            return None
        return _midnight(timezone.localdate() - timedelta(days=self.older_than_days))


def planned(wanted: PlannerFilter) -> QuerySet[ServiceRequest]:
    """The reports of a filter, in no order."""
    asked = wanted.parameters()
    conditions = Q(
        requested_datetime__gte=asked["since"], requested_datetime__lt=asked["before"], state__in=asked["states"]
    )
    if asked["service_ids"] is not None:
        conditions &= Q(service_id__in=asked["service_ids"])
    if asked["body_ids"] is not None:
        conditions &= Q(body_id__in=asked["body_ids"])
    if asked["older_before"] is not None:
        conditions &= Q(requested_datetime__lt=asked["older_before"])
    if wanted.area is not None:
        conditions &= Q(public_point__intersects=wanted.area)
    return ServiceRequest.objects.filter(conditions).order_by()


OPEN = Q(state__in=OPEN_STATES)
CLOSED = Q(state__in=CLOSED_STATES)
KEPT = CLOSED & Q(updated_datetime__date__lte=F("due_date"))


class Median(Aggregate):
    """`percentile_cont(0.5)`."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


class Days(Func):
    """A duration in days."""

    template = "(EXTRACT(EPOCH FROM %(expressions)s) / 86400)"
    output_field = FloatField()


def _counts(today: date) -> dict[str, Any]:
    taken = Days(ExpressionWrapper(F("updated_datetime") - F("requested_datetime"), output_field=DurationField()))
    return {
        "count": Count("id"),
        "open": Count("id", filter=OPEN),
        "overdue": Count("id", filter=OPEN & Q(due_date__lt=today)),
        "closed": Count("id", filter=CLOSED),
        "kept": Count("id", filter=KEPT),
        "median_days": Median(taken, filter=CLOSED),
    }


@dataclass(frozen=True)
class Figures:
    """Counts of one group of reports. `known`: the deadline was kept or missed; `median_days` from report to close."""

    count: int
    open: int
    overdue: int
    closed: int
    kept: int
    median_days: float | None
    is_estimate: bool = False
    """The median only: it lies in the class of the true one."""

    @property
    def known(self) -> int:
        """Closed ones, and open ones whose deadline has passed."""
        return self.closed + self.overdue

    @property
    def kept_share(self) -> float | None:
        """Which share of `known` was closed by the due date; None where that are too few (`issues.deadlines`)."""
        return kept_share(self.kept, self.closed, self.overdue)


def overdue(wanted: PlannerFilter) -> QuerySet[ServiceRequest]:
    """Those of the filter that are open though due."""
    return overdue_of(planned(wanted))


def figures(wanted: PlannerFilter) -> Figures:
    """The filter's reports all together."""
    return Figures(**planned(wanted).aggregate(**_counts(timezone.localdate())))


def figures_by_service(wanted: PlannerFilter) -> list[tuple[str, Figures]]:
    """Figures by service code, most reports first."""
    return _by(wanted, "service__service_code")


def figures_by_body(wanted: PlannerFilter) -> list[tuple[str | None, Figures]]:
    """Figures by slug of the body, by size; None for reports of nobody yet."""
    return _by(wanted, "body__slug")


def _by(wanted: PlannerFilter, column: str) -> list[tuple[Any, Figures]]:
    found = planned(wanted).values(column).annotate(**_counts(timezone.localdate())).order_by("-count", column)
    return [(row.pop(column), Figures(**row)) for row in found]


@dataclass(frozen=True)
class Period:
    """One bar of the time histogram: days from `first`, both included."""

    first: date
    last: date
    count: int
    open: int


def step_for(days: int) -> str:
    """Bars of days, weeks or months, so that there are at most about 150."""
    return "day" if days <= LONGEST_BY_DAY else "week" if days <= LONGEST_BY_WEEK else "month"


def histogram(wanted: PlannerFilter) -> list[Period]:
    """Reports over time, bars without reports included; the first and the last are cut to the filter's days."""
    step = step_for(wanted.days)
    zone = ZoneInfo(settings.CITY.time_zone)
    found = (
        planned(wanted)
        .annotate(start=STEPS[step]("requested_datetime", tzinfo=zone))
        .values_list("start")
        .annotate(count=Count("id"), open=Count("id", filter=OPEN))
    )
    counted = {start.astimezone(zone).date(): (count, still_open) for start, count, still_open in found}
    return [Period(first, last, *counted.get(_start_of(first, step), (0, 0))) for first, last in spans(wanted)]


def spans(wanted: PlannerFilter) -> list[tuple[date, date]]:
    """The first and the last day of each bar of the histogram."""
    step = step_for(wanted.days)
    found = []
    start = _start_of(wanted.first_day, step)
    while start <= wanted.last_day:
        following = _after(start, step)
        found.append((max(start, wanted.first_day), min(following - timedelta(days=1), wanted.last_day)))
        start = following
    return found


def cells(wanted: PlannerFilter, extent: tuple[float, float, float, float], cells_across: int) -> list[tuple[int, ...]]:
    """`(map_column, map_row, count)` of Web Mercator cells with reports in `extent` (degrees), at most 20,000."""
    west, south, east, north = extent
    box = {"west": west, "south": south, "east": east, "north": north}
    asked = {**wanted.parameters(), **box, "cells": cells_across, "most": MOST_CELLS}
    return sql.rows(SQL / "planner_cells.sql", asked)


def _start_of(day: date, step: str) -> date:
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def _after(start: date, step: str) -> date:
    if step == "month":
        return (start + timedelta(days=32)).replace(day=1)
    return start + timedelta(days=7 if step == "week" else 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(settings.CITY.time_zone))
