"""Parameters of a tile's address as checked values: codes, choices, days; and back into one spelling.

Two spellings of one question give equal values, so that they share an address,
an answer and its ETag. All that raise, raise FilterUnknown, FilterInvalid or
FilterCodeUnknown with a sentence that says what to write instead.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.models import Service, ServiceGroup
from issues.workflow import State
from layers.selectors.bodies import bodies_with_offices
from tiles.errors import FilterCodeUnknown, FilterInvalid, FilterUnknown
from tiles.rules import PUBLIC_STATES

CODE = re.compile(r"[-A-Za-z0-9_]{1,80}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
YEARS = range(1900, 2200)
"""Days outside these years are slips of the finger, and PostgreSQL and Python end at different ones."""

REPORT_FILTERS = ("services", "group", "body", "from", "to", "state", "status")
"""What every layer of the city's own data takes: one filter fits all layers of a map."""


def refuse_other_parameters(query: QueryDict, known: tuple[str, ...]) -> None:
    """FilterUnknown for a parameter that is not `known`."""
    for name in query:
        if name not in known:
            raise FilterUnknown(
                _("There is no parameter “%(name)s” here. Leave it out; this layer knows: %(known)s.")
                % {"name": name[:40], "known": ", ".join(known) or _("none")}
            )


def codes(query: QueryDict, name: str) -> tuple[str, ...]:
    """The codes of a parameter, sorted, each once."""
    given = _texts(query, name)
    for code in given:
        if not CODE.fullmatch(code):
            raise FilterInvalid(
                _("%(name)s holds “%(code)s”: write codes of letters, digits, - and _, separated by commas.")
                % {"name": name, "code": code[:40]}
            )
    return given


def states(query: QueryDict) -> tuple[str, ...]:
    """`state` and `status` as one set of states: `status=closed` asks the same as `state=fixed`."""
    asked = _choices(query, "state", PUBLIC_STATES) or PUBLIC_STATES
    statuses = _choices(query, "status", ("open", "closed")) or ("open", "closed")
    both = tuple(state for state in asked if State(state).status in statuses)
    if not both:
        raise FilterInvalid(
            _("No report with state %(states)s has status %(statuses)s: leave one of the two out.")
            % {"states": ", ".join(asked), "statuses": ", ".join(statuses)}
        )
    return both


def day(query: QueryDict, name: str) -> date | None:
    """One day, None if not given."""
    given = _texts(query, name)
    if not given:
        return None
    try:
        if len(given) > 1 or not DAY.fullmatch(given[0]):
            raise ValueError
        found = date.fromisoformat(given[0])
    except ValueError:
        found = None
    if found is None or found.year not in YEARS:
        raise FilterInvalid(
            _("%(name)s is “%(day)s”: write one day as YYYY-MM-DD, for example 2026-05-31.")
            % {"name": name, "day": ",".join(given)[:40]}
        )
    return found


def first_and_last_day(query: QueryDict) -> tuple[date | None, date | None]:
    """`from` and `to`."""
    first, last = day(query, "from"), day(query, "to")
    if first and last and first > last:
        raise FilterInvalid(_("from is %(first)s and to is %(last)s: exchange them.") % {"first": first, "last": last})
    return first, last


def today() -> date:
    """Today in the city."""
    return timezone.localdate(timezone=ZoneInfo(settings.CITY.time_zone))


def service_ids(services: tuple[str, ...], groups: tuple[str, ...]) -> list[int] | None:
    """Ids of the services that have one of these codes and are of one of these groups; None where neither is asked."""
    if not (services or groups):
        return None
    wanted = Service.objects.order_by()
    if groups:
        known = ServiceGroup.objects.filter(slug__in=groups).values_list("slug", flat=True)
        refuse_unknown("group", groups, known)
    if not services:
        return sorted(wanted.filter(group__slug__in=groups).values_list("id", flat=True))
    named = wanted.filter(service_code__in=services).values_list("service_code", "id", "group__slug")
    refuse_unknown("services", services, [code for code, _pk, _group in named])
    return sorted(pk for _code, pk, group in named if not groups or group in groups)


def body_ids(bodies: tuple[str, ...]) -> list[int] | None:
    """Ids of these bodies and their offices; None where none is asked."""
    if not bodies:
        return None
    found = dict(bodies_with_offices(bodies).values_list("slug", "id"))
    refuse_unknown("body", bodies, found)
    return sorted(found.values())


def refuse_unknown(parameter: str, asked: Iterable[str], known: Collection[str] | Iterable[str]) -> None:
    """FilterCodeUnknown for a code that is not `known`."""
    missing = sorted(set(asked) - set(known))
    if missing:
        raise FilterCodeUnknown(
            _("%(parameter)s: this city has no %(codes)s. Leave it out or write one that exists.")
            % {"parameter": parameter, "codes": ", ".join(missing)[:200]}
        )


def query_string(asked: Mapping[str, tuple[str, ...] | date | None]) -> str:
    """Values by name in their one spelling; empty ones are left out."""
    texts = {
        name: value.isoformat() if isinstance(value, date) else ",".join(value)
        for name, value in sorted(asked.items())
        if value
    }
    return urlencode(texts, safe=",")


@dataclass(frozen=True)
class ReportFilters:
    """Of these services, groups and bodies, of these days and states; empty means all."""

    services: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    states: tuple[str, ...] = PUBLIC_STATES

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """From `services`, `group`, `body`, `from`, `to`, `state` and `status`; FilterInvalid with a sentence."""
        first_day, last_day = first_and_last_day(query)
        return cls(
            services=codes(query, "services"),
            groups=codes(query, "group"),
            bodies=codes(query, "body"),
            first_day=first_day,
            last_day=last_day,
            states=states(query),
        )

    def canonical(self) -> str:
        """The query string that asks the same in its one spelling."""
        return query_string(
            {
                "services": self.services,
                "group": self.groups,
                "body": self.bodies,
                "from": self.first_day,
                "to": self.last_day,
                "state": () if self.states == PUBLIC_STATES else self.states,
            }
        )


def _texts(query: QueryDict, name: str) -> tuple[str, ...]:
    """The comma-separated values, sorted, each once; empty ones, as forms send them, count as not given."""
    if name not in query:
        return ()
    given = (part.strip() for value in query.getlist(name) for part in value.split(","))
    return tuple(sorted({part for part in given if part}))


def _choices(query: QueryDict, name: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    given = _texts(query, name)
    for choice in given:
        if choice not in choices:
            raise FilterInvalid(
                _("%(name)s is “%(choice)s”: write one of %(choices)s.")
                % {"name": name, "choice": choice[:40], "choices": ", ".join(choices)}
            )
    return given
