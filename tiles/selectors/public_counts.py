"""What the public map says in numbers beside the tiles: from bins, or from the reports while there are none.

Reports that the public may not count (refused ones, those of sensitive services) are
left out, as in `public_service_requests`.
"""

from datetime import timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from issues.selectors.service_requests import (
    PublicSummary,
    RequestFilter,
    WeeklyCounts,
    overdue_of,
    public_service_requests,
    public_summary,
    reports_by_week,
    summary_of,
)
from issues.selectors.services import service_ids
from issues.workflow import State
from layers.selectors.bodies import bodies_with_offices
from tiles.filters import MONDAY, days_asked
from tiles.rules import PUBLIC_STATES
from tiles.selectors.tallies import Tally, tally
from tiles.selectors.versions import fresh_data_version


def public_counts(wanted: RequestFilter) -> tuple[PublicSummary, WeeklyCounts]:
    """How many are open and closed, which share of deadlines was kept, and how many were made in each week."""
    asked = _asked(wanted)
    if asked is None:
        found = public_service_requests(wanted)
        return public_summary(found), reports_by_week(found)
    counted = tally(asked)
    is_open = counted.days_class == 0
    summary = summary_of(
        open=counted.where(is_open),
        closed=counted.where(~is_open),
        kept=int((counted.count * counted.in_time).sum()),
        overdue=overdue_of(public_service_requests(wanted)).count(),
    )
    return summary, _weeks(counted)


def public_total(wanted: RequestFilter) -> int:
    """How many there are."""
    asked = _asked(wanted)
    return public_service_requests(wanted).count() if asked is None else tally(asked).total


def _weeks(counted: Tally) -> WeeklyCounts:
    week = counted.day // 7
    if not counted.total:
        return WeeklyCounts(timezone.localdate(), ())
    first = int(week.min())
    sums = np.bincount(week - first, weights=counted.count).astype(int)
    there = np.flatnonzero(sums)  # changes that wait may leave nothing of a week
    counts = tuple(sums[there[0] : there[-1] + 1].tolist())
    return WeeklyCounts(MONDAY + timedelta(weeks=first + int(there[0])), counts)


def _asked(wanted: RequestFilter) -> dict[str, Any] | None:
    """The filter as bins are asked; None where only the reports know. Unknown codes choose nothing."""
    version = fresh_data_version()
    if wanted.bbox or not version.bins_are_usable:
        return None
    states = [
        state
        for state in PUBLIC_STATES
        if (not wanted.states or state in wanted.states) and (not wanted.status or State(state).status == wanted.status)
    ]
    return {
        "service_ids": service_ids(wanted.services, wanted.groups),
        "body_ids": list(bodies_with_offices(wanted.bodies).values_list("id", flat=True)) if wanted.bodies else None,
        "states": states,
        "private_ids": list(version.private_ids),
        **days_asked(wanted.from_day, wanted.to_day),
    }
