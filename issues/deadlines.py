"""Deadlines in working days of the city's calendar. Pure: no Django."""

from collections.abc import Sequence
from datetime import date
from functools import cache

import holidays
import numpy as np
import numpy.typing as npt

from geo.city import WorkingDays

Days = npt.NDArray[np.datetime64]


@cache
def working_days(calendar: WorkingDays, first_year: int, last_year: int) -> Days:
    """All working days of the years, ascending, as `datetime64[D]`.

    Public holidays come from the `holidays` package; the calendar's own extra
    holidays and extra working days (a Saturday before a long holiday, as in
    China) win over it.
    """
    days = np.arange(f"{first_year}-01-01", f"{last_year + 1}-01-01", dtype="datetime64[D]")
    weekday = (days.astype(int) + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    public = holidays.country_holidays(
        calendar.country, subdiv=calendar.subdivision, years=range(first_year, last_year + 1)
    )
    free = np.isin(weekday, calendar.weekend) | np.isin(days, _days([*public, *calendar.extra_holidays]))
    worked: Days = days[~free | np.isin(days, _days(calendar.extra_working_days))]
    return worked


def due_dates(starts: Sequence[date], counts: Sequence[int], calendar: WorkingDays) -> Days:
    """The last day to answer for each report, `counts[i]` working days after `starts[i]`.

    The day of the report does not count; a report on a free day counts from the
    last working day before it. Empty input gives an empty array.
    """
    if not len(starts):
        return _days([])
    asked = _days(starts)
    years = asked.astype("datetime64[Y]").astype(int) + 1970
    # A year holds about 250 working days; a long deadline may end years later.
    reach = int(max(counts)) // 200 + 1
    working = working_days(calendar, int(years.min()) - 1, int(years.max()) + reach)
    last_before = np.searchsorted(working, asked, side="right") - 1
    due: Days = working[last_before + np.asarray(counts)]
    return due


def due_date(start: date, count: int, calendar: WorkingDays) -> date:
    """The last day to answer a report made on `start` (see `due_dates`)."""
    due: date = due_dates([start], [count], calendar)[0].astype(object)
    return due


def working_days_between(after: date, until: date, calendar: WorkingDays) -> int:
    """How many working days lie after `after`, up to and including `until`; 0 where `until` is not later."""
    if until <= after:
        return 0
    working = working_days(calendar, after.year, until.year)
    first, last = np.searchsorted(working, _days([after, until]), side="right")
    return int(last - first)


FEWEST_DEADLINES = 10
"""Below so many deadlines no share is told: "too few to say"."""


def kept_share(kept: int, closed: int, overdue: int) -> float | None:
    """Which share of the deadlines was kept, of those that were kept or missed; None where they are too few.

    `kept` of the `closed` reports were closed by their due date. Reports that are open
    though due (`overdue`) have missed theirs: else never closing them would raise the share.
    """
    known = closed + overdue
    return kept / known if known >= FEWEST_DEADLINES else None


def _days(days: Sequence[date]) -> Days:
    return np.array(days, dtype="datetime64[D]")
