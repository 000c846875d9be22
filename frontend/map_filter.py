"""The question in the address of the map page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.http import QueryDict

from frontend.heat_scale import DAYS_A_MONTH
from issues.models import ServiceGroup
from issues.selectors.service_requests import RequestFilter

PERIODS = {"7": 7, "30": 30, "90": 90, "365": 365, "all": None}
DEFAULT_PERIOD = "90"
STATUSES = ("open", "closed")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class MapFilter:
    """What the filter form asks. Exact days, where given, win over the period; `week` (a Monday) wins over both."""

    groups: tuple[str, ...]
    period: str
    from_day: date | None
    to_day: date | None
    status: str
    week: date | None = None

    def first_day(self, today: date) -> date | None:
        """The first day of the period, None for "since ever"."""
        days = PERIODS[self.period]
        if self.from_day or self.to_day:
            return self.from_day
        return today - timedelta(days=days - 1) if days else None

    def request_filter(self, today: date) -> RequestFilter:
        """The same question for selectors."""
        first, last = self.first_day(today), self.to_day
        if self.week:
            first, last = self.week, self.week + timedelta(days=6)
        return RequestFilter(groups=self.groups, status=self.status, from_day=first, to_day=last)

    def whole_period(self) -> "MapFilter":
        """The same without the week that the time slider shows."""
        return replace(self, week=None)

    def months(self, first_report: date, today: date) -> float:
        """Length of the period in months: from the first report at the earliest, to today at the latest."""
        start = max(self.first_day(today) or first_report, first_report)
        end = min(self.to_day or today, today)
        return max((end - start).days + 1, 1) / DAYS_A_MONTH


def read_map_filter(query: QueryDict, groups: Sequence[ServiceGroup]) -> MapFilter:
    """The filter in an address. What is unknown or malformed is ignored: old links must keep working."""
    known = {group.slug for group in groups}
    asked_groups = {part for text in query.getlist("group") for part in text.split(",")}
    period, status = query.get("period", DEFAULT_PERIOD), query.get("status", "")
    asked = MapFilter(
        groups=tuple(sorted(asked_groups & known)),
        period=period if period in PERIODS else DEFAULT_PERIOD,
        from_day=_day(query.get("from", "")),
        to_day=_day(query.get("to", "")),
        status=status if status in STATUSES else "",
        week=_monday(_day(query.get("week", ""))),
    )
    if asked.from_day and asked.to_day and asked.from_day > asked.to_day:
        return replace(asked, from_day=asked.to_day, to_day=asked.from_day)
    return asked


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None
    return day if day and 1900 <= day.year <= 2199 else None


def _monday(day: date | None) -> date | None:
    return day and day - timedelta(days=day.weekday())
