"""What may be asked of a tile layer, and the questions about reports.

`tiles.shape_filters` has those about boundaries and assets, `tiles.hotspot_filter`
the one about hotspots.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import QueryDict

from tiles import query_texts
from tiles.rules import OPEN_STATES

MONDAY = date(2000, 1, 3)
"""Bins count days and weeks from here."""


class Question(Protocol):
    """A checked question to one layer."""

    def canonical(self) -> str:
        """The query string that asks the same in its one spelling, "" for everything."""

    def parameters(self) -> dict[str, Any]:
        """Named parameters for the layer's SQL; looks codes up, FilterCodeUnknown if one does not exist."""


@dataclass(frozen=True)
class NoQuestion:
    """For a layer that takes no parameters."""

    def canonical(self) -> str:
        """Nothing can be asked."""
        return ""

    def parameters(self) -> dict[str, Any]:
        """Nothing can be asked."""
        return {}


@dataclass(frozen=True)
class ReportQuestion(query_texts.ReportFilters):
    """Which reports."""

    def parameters(self) -> dict[str, Any]:
        """What `tiles.selectors.bins` and `sql/report_*.sql` need beside `DataVersion.parameters`; None = all."""
        return {
            "service_ids": query_texts.service_ids(self.services, self.groups),
            "body_ids": query_texts.body_ids(self.bodies),
            **days_asked(self.first_day, self.last_day),
            "states": list(self.states),
            "open_states": list(OPEN_STATES),
            "time_zone": settings.CITY.time_zone,
        }


def days_asked(first: date | None, last: date | None) -> dict[str, Any]:
    """Days of the city, both included, as statements and bins ask for them; None = all."""
    return {
        "first_day": first,
        "last_day": last,
        "first_day_number": (first - MONDAY).days if first else None,
        "last_day_number": (last - MONDAY).days if last else None,
        "since": _midnight(first) if first else None,
        "before": _midnight(last + timedelta(days=1)) if last else None,
    }


def no_question(query: QueryDict) -> NoQuestion:
    """Refuse every parameter."""
    query_texts.refuse_other_parameters(query, ())
    return NoQuestion()


def report_question(query: QueryDict) -> ReportQuestion:
    """Read the filters of reports and refuse others.

    Raises
    ------
    FilterUnknown, FilterInvalid
        With a sentence that says what to write instead.
    """
    query_texts.refuse_other_parameters(query, query_texts.REPORT_FILTERS)
    return ReportQuestion.read(query)


def _midnight(day: date) -> datetime:
    """The start of a day in the city's time zone."""
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(settings.CITY.time_zone))
