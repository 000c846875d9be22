"""Query parameters of lists, as `RequestFilter`."""

import math
from datetime import date

from django.http import QueryDict
from django.utils.translation import gettext as _

from issues.errors import FilterInvalid
from issues.selectors.service_requests import RequestFilter
from issues.workflow import State

STATUSES = ("", "open", "closed")


def parse_filter(query: QueryDict) -> RequestFilter:
    """Read `group`, `services`, `body`, `state`, `status`, `from`, `to`, `bbox`.

    Several values of one parameter are separated by commas or repeated. Codes
    that nothing has give an empty list, as a search does; malformed values are
    refused.

    Raises
    ------
    FilterInvalid
        A state, status, date or box that means nothing, or NUL characters.
    """
    if any("\x00" in value for values in query.lists() for value in values[1]):
        raise FilterInvalid(_("A filter holds characters that no name has."))
    states = _many(query, "state")
    if unknown := [state for state in states if state not in {known.value for known in State}]:
        raise FilterInvalid(
            _("There is no state “%(state)s”: use one of %(states)s.")
            % {"state": unknown[0][:40], "states": ", ".join(known.value for known in State)}
        )
    status = query.get("status", "")
    if status not in STATUSES:
        raise FilterInvalid(_("status must be open or closed."))
    from_day, to_day = _day(query, "from"), _day(query, "to")
    if from_day and to_day and from_day > to_day:
        raise FilterInvalid(_("“from” must not be later than “to”."))
    return RequestFilter(
        groups=_many(query, "group"),
        services=_many(query, "services"),
        bodies=_many(query, "body"),
        states=states,
        status=status,
        from_day=from_day,
        to_day=to_day,
        bbox=_bbox(query.get("bbox", "")),
    )


def _many(query: QueryDict, name: str) -> tuple[str, ...]:
    values = (part.strip() for text in query.getlist(name) for part in text.split(","))
    return tuple(sorted({value for value in values if value}))


def _day(query: QueryDict, name: str) -> date | None:
    text = query.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    # datetime arithmetic around the first and last year would overflow.
    if not 1900 <= day.year <= 9000:
        raise FilterInvalid(_("“%(name)s” must be a date like 2026-11-21.") % {"name": name})
    return day


def _bbox(text: str) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    try:
        xmin, ymin, xmax, ymax = (float(part) for part in text.split(","))
    except ValueError:
        xmin = ymin = xmax = ymax = math.nan
    if not (-180 <= xmin <= xmax <= 180 and -90 <= ymin <= ymax <= 90):
        raise FilterInvalid(_("bbox must be xmin,ymin,xmax,ymax in degrees, for example -74.1,40.6,-73.9,40.8."))
    return xmin, ymin, xmax, ymax
