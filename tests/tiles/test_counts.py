"""Figures, bars, cells and weeks from bins are those of the reports, for any filter and whatever waits in the log."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issues.models import ServiceRequest
from issues.selectors import planner
from issues.selectors.planner import SHOWN_STATES, PlannerFilter
from issues.selectors.service_requests import (
    RequestFilter,
    public_service_requests,
    public_summary,
    reports_by_week,
)
from tests.tiles.conftest import make_report
from tests.toytown import IN_WEST, Toytown, box
from tiles.selectors import planner_counts, public_counts
from tiles.services.fold_bins import fold_pending
from tiles.services.rebuild_bins import rebuild_bins

SERVICES = ["litter", "tree", "pothole", "noise"]
STATES = ["submitted", "published", "accepted", "fixed", "refused"]
BODIES = ["sanitation-west", "sanitation-east", "parks", None]
FIRST = datetime(2024, 1, 29, 3, tzinfo=UTC)  # ten at night on a Sunday in New York


EDGES = IN_WEST[0], IN_WEST[1], IN_WEST[0] + 0.01, IN_WEST[1] + 0.01
"""Of boxes that hold some of them: west, south, east, north, which a filter moves by some thousandths of a degree."""


def make_many(town: Toytown, numbers: range) -> None:
    for number in numbers:
        made = FIRST + timedelta(hours=number * 131 % 20_000)
        closed = made + timedelta(hours=number * 37 % 2_000)
        make_report(
            town,
            SERVICES[number % 4],
            IN_WEST[0] + number * 37 % 100 / 5000,
            IN_WEST[1] + number * 61 % 100 / 5000,
            body=BODIES[number % 7 % 4],
            state=STATES[number * 3 % 5],
            requested_datetime=made,
            updated_datetime=closed,
            due_date=made.date() + timedelta(days=number * 11 % 80),
        )


@pytest.fixture(params=["with changes that wait", "all folded", "recounted"])
def counted(toytown: Toytown, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Toytown:
    monkeypatch.setattr(planner_counts, "ESTIMATED_FROM", 0)
    make_many(toytown, range(60))
    rebuild_bins()
    make_many(toytown, range(60, 150))
    for number, report in enumerate(ServiceRequest.objects.order_by("id")[::6]):
        report.state, report.due_date = STATES[number % 5], report.due_date + timedelta(days=9)
        report.body, report.outcome = toytown.bodies["parks"], "assigned"
        report.save()
    for report in ServiceRequest.objects.order_by("id")[5::40]:
        report.delete()
    if request.param == "all folded":
        assert fold_pending()
    if request.param == "recounted":
        rebuild_bins()
        assert rebuild_bins(mend=False).drift == 0
    return toytown


@pytest.fixture
def never_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bins must answer: reading the reports is an error."""

    def refuse(*_asked: Any) -> None:
        raise AssertionError("the reports were read")

    for name in ("figures", "figures_by_service", "figures_by_body", "histogram", "cells"):
        monkeypatch.setattr(planner_counts.planner, name, refuse)
    for name in ("public_summary", "reports_by_week"):
        monkeypatch.setattr(public_counts, name, refuse)


some = lambda values: st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)  # noqa: E731
days = st.integers(-40, 900).map(lambda day: date(2024, 1, 29) + timedelta(days=day))
planner_filters = st.builds(
    lambda first, length, **parts: PlannerFilter(first, first + timedelta(days=length), **parts),
    first=days,
    length=st.sampled_from([0, 1, 6, 7, 20, 91, 92, 400, 1099, 1100, 3000]),
    services=some(SERVICES),
    groups=some(["cleanliness", "public-works"]),
    bodies=some(["sanitation", "parks"]),
    states=some(STATES).map(lambda states: states or SHOWN_STATES),
    older_than_days=st.sampled_from([None, None, 30, 800]),
    area=st.none()
    | st.builds(lambda *moved: box(*np.array(EDGES) + np.array(moved) / 1000), *[st.integers(-2, 4)] * 4),
)


def without_median(figures: planner.Figures) -> tuple[int, ...]:
    return figures.count, figures.open, figures.overdue, figures.closed, figures.kept


ANY_SIZE = {"suppress_health_check": [HealthCheck.function_scoped_fixture], "deadline": None}


@settings(max_examples=25, **ANY_SIZE)
@given(wanted=planner_filters)
def test_the_planners_counts_are_those_of_the_reports(counted: Toytown, wanted: PlannerFilter) -> None:
    extent, level = (-74.02, 40.69, -73.95, 40.75), 17
    expected = {
        "figures": without_median(planner.figures(wanted)),
        "services": {name: without_median(each) for name, each in planner.figures_by_service(wanted)},
        "bodies": {name: without_median(each) for name, each in planner.figures_by_body(wanted)},
        "bars": planner.histogram(wanted),
        "cells": planner.cells(wanted, extent, 2**level),
    }
    found = planner_counts.figures(wanted)
    assert found.is_estimate
    assert {
        "figures": without_median(found),
        "services": {name: without_median(each) for name, each in planner_counts.figures_by_service(wanted)},
        "bodies": {name: without_median(each) for name, each in planner_counts.figures_by_body(wanted)},
        "bars": planner_counts.histogram(wanted),
        "cells": planner_counts.cells(wanted, extent, level),
    } == expected
    true = planner.figures(wanted).median_days
    assert (found.median_days is None) == (true is None)


@settings(max_examples=25, **ANY_SIZE)
@given(data=st.data())
def test_the_public_counts_are_those_of_the_reports(counted: Toytown, data: st.DataObject) -> None:
    first = data.draw(st.none() | days)
    wanted = RequestFilter(
        groups=data.draw(some(["cleanliness", "public-works", "unicorns"])),
        services=data.draw(some(SERVICES)),
        bodies=data.draw(some(["sanitation", "parks", "unicorns"])),
        states=data.draw(some(STATES)),
        status=data.draw(st.sampled_from(["", "open", "closed"])),
        from_day=first,
        to_day=data.draw(
            st.none() | st.integers(0, 400).map(lambda more: (first or date(2025, 1, 1)) + timedelta(more))
        ),
    )
    reports = public_service_requests(wanted)
    summary, weeks = public_counts.public_counts(wanted)
    assert summary == public_summary(reports)
    if first and wanted.to_day and not wanted.states and not wanted.status:
        as_planned = PlannerFilter(first, wanted.to_day, wanted.services, wanted.groups, wanted.bodies)
        hidden = any(code == "noise" for code, _each in planner.figures_by_service(as_planned))
        assert hidden or planner.figures(as_planned).kept_share == summary.kept_share
    assert weeks == reports_by_week(reports)
    assert public_counts.public_total(wanted) == reports.count()


def test_where_bins_are_the_reports_are_not_read(counted: Toytown, never_reports: None) -> None:
    wanted = PlannerFilter(date(2024, 1, 31), date(2025, 6, 3))
    assert planner_counts.figures(wanted).count == sum(bar.count for bar in planner_counts.histogram(wanted)) > 50
    assert planner_counts.figures_by_service(wanted) and planner_counts.figures_by_body(wanted)
    assert planner_counts.cells(wanted, (-74.0, 40.70, -73.98, 40.72), 17)
    assert public_counts.public_counts(RequestFilter())[0].open


def test_an_areas_reports_are_read_once_for_the_whole_page_and_again_after_a_change(counted: Toytown) -> None:
    area = box(*EDGES)
    wanted = PlannerFilter(date(2024, 1, 31), date(2025, 6, 3), area=area)

    def page() -> int:
        total = planner_counts.figures(wanted).count
        assert total == sum(bar.count for bar in planner_counts.histogram(wanted))
        assert total == sum(each.count for _code, each in planner_counts.figures_by_service(wanted))
        assert total == sum(count for *_cell, count in planner_counts.cells(wanted, (-75.0, 40.0, -73.0, 41.0), 15))
        return total

    def reads(asked: CaptureQueriesContext) -> int:
        return sum("FROM issues_servicerequest\n    WHERE ST_Intersects" in query["sql"] for query in asked)

    with CaptureQueriesContext(connection) as asked:
        before = page()
    assert reads(asked) == 1
    with CaptureQueriesContext(connection) as asked:
        assert page() == before > 5
    assert reads(asked) == 0
    make_report(counted, "litter", IN_WEST[0] + 0.005, IN_WEST[1] + 0.005, requested_datetime=FIRST + timedelta(90))
    assert page() == before + 1


def test_where_an_area_may_hold_too_many_reports_each_part_asks_for_itself(
    counted: Toytown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner_counts, "MOST_FACTS", 3)
    monkeypatch.delattr(planner_counts, "area_facts")
    wanted = PlannerFilter(date(2024, 1, 31), date(2025, 6, 3), area=box(*EDGES))
    assert planner_counts.figures(wanted) == planner.figures(wanted)
    assert planner_counts.histogram(wanted) == planner.histogram(wanted)


def test_a_view_too_large_to_sum_is_read_from_the_reports(counted: Toytown) -> None:
    wanted = PlannerFilter(date(2024, 1, 1), date(2027, 1, 1))
    found = planner_counts.cells(wanted, (-180.0, -85.0, 180.0, 85.0), 22)
    assert sum(count for *_cell, count in found) == planner.figures(wanted).count


def test_few_reports_are_read_one_by_one_and_their_median_is_exact(toytown: Toytown) -> None:
    for days_open in (1, 3, 40):
        made = datetime(2026, 5, 10, 12, tzinfo=UTC)
        make_report(toytown, "litter", *IN_WEST, state="fixed", updated_datetime=made + timedelta(days=days_open))
    rebuild_bins()
    found = planner_counts.figures(PlannerFilter(date(2026, 5, 1), date(2026, 5, 31)))
    assert (found.median_days, found.is_estimate) == (3.0, False)


def test_without_bins_everything_is_still_answered(toytown: Toytown) -> None:
    make_many(toytown, range(20))
    wanted = PlannerFilter(date(2024, 1, 1), date(2027, 1, 1))
    assert planner_counts.figures(wanted) == planner.figures(wanted)
    assert planner_counts.histogram(wanted) == planner.histogram(wanted)
    summary, weeks = public_counts.public_counts(RequestFilter())
    assert summary.open + summary.closed == sum(weeks.counts)
