"""Deadlines in working days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.city import WorkingDays
from issues.deadlines import due_date, due_dates, kept_share, working_days_between

NEW_YORK = WorkingDays(country="US", subdivision="NY")
GUIYANG = WorkingDays(country="CN", extra_working_days=(date(2026, 2, 28),), extra_holidays=(date(2026, 3, 2),))


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # Friday to Monday
        (date(2026, 11, 25), 1, date(2026, 11, 27)),  # over Thanksgiving
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # a Saturday counts from its Friday
        (date(2026, 12, 31), 1, date(2027, 1, 4)),  # over New Year's Day
    ],
)
def test_free_days_do_not_count(start: date, days: int, due: date) -> None:
    assert due_date(start, days, NEW_YORK) == due


def test_a_city_can_work_on_a_saturday_and_rest_on_a_monday() -> None:
    assert due_date(date(2026, 2, 27), 1, GUIYANG) == date(2026, 2, 28)
    assert due_date(date(2026, 2, 28), 1, GUIYANG) == date(2026, 3, 3)


def test_no_reports_have_no_deadlines() -> None:
    assert due_dates([], [], NEW_YORK).size == 0


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 40))
def test_one_more_working_day_is_due_later_and_never_on_a_weekend(start: date, days: int) -> None:
    due = due_date(start, days, NEW_YORK)
    assert start < due < due_date(start, days + 1, NEW_YORK)
    assert due.weekday() < 5


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 40))
def test_a_deadline_is_as_many_working_days_away_as_it_was_given(start: date, days: int) -> None:
    assert working_days_between(start, due_date(start, days, NEW_YORK), NEW_YORK) == days


def test_between_a_day_and_itself_lie_no_working_days() -> None:
    assert working_days_between(date(2026, 11, 20), date(2026, 11, 20), NEW_YORK) == 0


@given(kept=st.integers(0, 50), missed=st.integers(0, 50), overdue=st.integers(0, 50))
def test_the_share_of_deadlines_kept_cannot_be_raised_by_never_closing(kept: int, missed: int, overdue: int) -> None:
    share = kept_share(kept, kept + missed, overdue)
    assert (share is None) == (kept + missed + overdue < 10)
    for left_open in range(missed + 1):
        assert kept_share(kept, kept + missed - left_open, overdue + left_open) == share
