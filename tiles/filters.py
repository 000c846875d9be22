"""What may be asked of a tile layer: parameters read, checked and put in one canonical form.

Two spellings of one question become equal objects with one `canonical()`
text, so that they share an address, an answer and its ETag.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from issues.models import Service, ServiceGroup
from issues.workflow import State
from layers.models import AssetClass, Layer
from layers.selectors.bodies import bodies_with_offices
from tiles.errors import FilterCodeUnknown, FilterInvalid, FilterUnknown
from tiles.rules import OPEN_STATES, PUBLIC_STATES

CODE = re.compile(r"[-A-Za-z0-9_]{1,80}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
YEARS = range(1900, 2200)
"""Days outside these years are slips of the finger, and PostgreSQL and Python end at different ones."""

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
class ReportQuestion:
    """Which reports: of these services, groups and bodies, of these days and states; empty means all."""

    services: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    states: tuple[str, ...] = PUBLIC_STATES

    def canonical(self) -> str:
        """The query string that asks the same in its one spelling."""
        return _query_string(
            {
                "services": self.services,
                "group": self.groups,
                "body": self.bodies,
                "from": self.first_day,
                "to": self.last_day,
                "state": () if self.states == PUBLIC_STATES else self.states,
            }
        )

    def parameters(self) -> dict[str, Any]:
        """What `tiles.selectors.bins` and `sql/report_*.sql` need beside `DataVersion.parameters`; None = all."""
        return {
            "service_ids": self._service_ids(),
            "body_ids": self._body_ids(),
            "first_day": self.first_day,
            "last_day": self.last_day,
            "first_day_number": (self.first_day - MONDAY).days if self.first_day else None,
            "last_day_number": (self.last_day - MONDAY).days if self.last_day else None,
            "since": _midnight(self.first_day) if self.first_day else None,
            "before": _midnight(self.last_day + timedelta(days=1)) if self.last_day else None,
            "states": list(self.states),
            "open_states": list(OPEN_STATES),
            "time_zone": settings.CITY.time_zone,
        }

    def _service_ids(self) -> list[int] | None:
        if not (self.services or self.groups):
            return None
        wanted = Service.objects.order_by()
        if self.groups:
            known = ServiceGroup.objects.filter(slug__in=self.groups).values_list("slug", flat=True)
            _refuse_unknown("group", self.groups, known)
        if not self.services:
            return sorted(wanted.filter(group__slug__in=self.groups).values_list("id", flat=True))
        named = wanted.filter(service_code__in=self.services).values_list("service_code", "id", "group__slug")
        _refuse_unknown("services", self.services, [code for code, _pk, _group in named])
        return sorted(pk for _code, pk, group in named if not self.groups or group in self.groups)

    def _body_ids(self) -> list[int] | None:
        if not self.bodies:
            return None
        found = dict(bodies_with_offices(self.bodies).values_list("slug", "id"))
        _refuse_unknown("body", self.bodies, found)
        return sorted(found.values())


@dataclass(frozen=True)
class BoundaryQuestion:
    """Which boundaries: of these layers, of layers that decide these services, in force on a day (None: today)."""

    layers: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    on: date | None = None

    def canonical(self) -> str:
        """The query string that asks the same in its one spelling."""
        return _query_string({"layer": self.layers, "service": self.services, "on": self.on})

    def parameters(self) -> dict[str, Any]:
        """layer_ids (public ones only) and day."""
        public = dict(Layer.objects.filter(is_public=True).values_list("slug", "id"))
        # A layer that is not public is answered like one that does not exist.
        _refuse_unknown("layer", self.layers, public)
        wanted = {public[slug] for slug in self.layers or public}
        if self.services:
            services = _services_named("service", self.services)
            wanted &= set(services.values_list("layers", flat=True))
        return {"layer_ids": sorted(wanted), "day": self.on or _today()}


@dataclass(frozen=True)
class AssetQuestion:
    """Which assets: of these classes, of classes that decide these services; as on a day (None: as they are now)."""

    classes: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    on: date | None = None

    def canonical(self) -> str:
        """The query string that asks the same in its one spelling."""
        return _query_string({"class": self.classes, "service": self.services, "on": self.on})

    def parameters(self) -> dict[str, Any]:
        """asset_class_ids, None = all; day, today if none was asked for."""
        wanted: set[int] | None = None
        if self.classes:
            known = dict(AssetClass.objects.filter(slug__in=self.classes).values_list("slug", "id"))
            _refuse_unknown("class", self.classes, known)
            wanted = set(known.values())
        if self.services:
            deciding = set(_services_named("service", self.services).values_list("asset_classes", flat=True)) - {None}
            wanted = deciding if wanted is None else wanted & deciding
        return {"asset_class_ids": None if wanted is None else sorted(wanted), "day": self.on or _today()}


def no_question(query: QueryDict) -> NoQuestion:
    """Refuse every parameter."""
    _refuse_other_parameters(query, ())
    return NoQuestion()


def report_question(query: QueryDict) -> ReportQuestion:
    """Read `services`, `group`, `body`, `from`, `to`, `state` and `status`.

    Raises
    ------
    FilterUnknown, FilterInvalid
        With a sentence that says what to write instead.
    """
    _refuse_other_parameters(query, ("services", "group", "body", "from", "to", "state", "status"))
    first_day, last_day = _day(query, "from"), _day(query, "to")
    if first_day and last_day and first_day > last_day:
        raise FilterInvalid(
            _("from is %(first)s and to is %(last)s: exchange them.") % {"first": first_day, "last": last_day}
        )
    return ReportQuestion(
        services=_codes(query, "services"),
        groups=_codes(query, "group"),
        bodies=_codes(query, "body"),
        first_day=first_day,
        last_day=last_day,
        states=_states(query),
    )


def boundary_question(query: QueryDict) -> BoundaryQuestion:
    """Read `layer`, `service` and `on`; raises as `report_question`."""
    _refuse_other_parameters(query, ("layer", "service", "on"))
    on = _day(query, "on")
    return BoundaryQuestion(_codes(query, "layer"), _codes(query, "service"), None if on == _today() else on)


def asset_question(query: QueryDict) -> AssetQuestion:
    """Read `class`, `service` and `on`; raises as `report_question`."""
    _refuse_other_parameters(query, ("class", "service", "on"))
    on = _day(query, "on")
    return AssetQuestion(_codes(query, "class"), _codes(query, "service"), None if on == _today() else on)


def _refuse_other_parameters(query: QueryDict, known: tuple[str, ...]) -> None:
    for name in query:
        if name not in known:
            raise FilterUnknown(
                _("There is no parameter “%(name)s” here. Leave it out; this layer knows: %(known)s.")
                % {"name": name[:40], "known": ", ".join(known) or _("none")}
            )


def _texts(query: QueryDict, name: str) -> tuple[str, ...]:
    """The comma-separated values, sorted, each once; empty ones, as forms send them, count as not given."""
    given = (part.strip() for value in query.getlist(name) for part in value.split(","))
    return tuple(sorted({part for part in given if part}))


def _codes(query: QueryDict, name: str) -> tuple[str, ...]:
    codes = _texts(query, name)
    for code in codes:
        if not CODE.fullmatch(code):
            raise FilterInvalid(
                _("%(name)s holds “%(code)s”: write codes of letters, digits, - and _, separated by commas.")
                % {"name": name, "code": code[:40]}
            )
    return codes


def _choices(query: QueryDict, name: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    given = _texts(query, name)
    for choice in given:
        if choice not in choices:
            raise FilterInvalid(
                _("%(name)s is “%(choice)s”: write one of %(choices)s.")
                % {"name": name, "choice": choice[:40], "choices": ", ".join(choices)}
            )
    return given


def _states(query: QueryDict) -> tuple[str, ...]:
    """`state` and `status` as one set of states: `status=closed` asks the same as `state=fixed`."""
    states = _choices(query, "state", PUBLIC_STATES) or PUBLIC_STATES
    statuses = _choices(query, "status", ("open", "closed")) or ("open", "closed")
    both = tuple(state for state in states if State(state).status in statuses)
    if not both:
        raise FilterInvalid(
            _("No report with state %(states)s has status %(statuses)s: leave one of the two out.")
            % {"states": ", ".join(states), "statuses": ", ".join(statuses)}
        )
    return both


def _day(query: QueryDict, name: str) -> date | None:
    given = _texts(query, name)
    if not given:
        return None
    try:
        if len(given) > 1 or not DAY.fullmatch(given[0]):
            raise ValueError
        day = date.fromisoformat(given[0])
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise FilterInvalid(
            _("%(name)s is “%(day)s”: write one day as YYYY-MM-DD, for example 2026-05-31.")
            % {"name": name, "day": ",".join(given)[:40]}
        )
    return day


def _today() -> date:
    return timezone.localdate(timezone=ZoneInfo(settings.CITY.time_zone))


def _midnight(day: date) -> datetime:
    """The start of a day in the city's time zone."""
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(settings.CITY.time_zone))


def _services_named(parameter: str, codes: tuple[str, ...]) -> Any:
    services = Service.objects.filter(service_code__in=codes)
    _refuse_unknown(parameter, codes, services.values_list("service_code", flat=True))
    return services


def _refuse_unknown(parameter: str, asked: Iterable[str], known: Collection[str] | Iterable[str]) -> None:
    missing = sorted(set(asked) - set(known))
    if missing:
        raise FilterCodeUnknown(
            _("%(parameter)s: this city has no %(codes)s. Leave it out or write one that exists.")
            % {"parameter": parameter, "codes": ", ".join(missing)[:200]}
        )


def _query_string(asked: dict[str, tuple[str, ...] | date | None]) -> str:
    texts = {
        name: value.isoformat() if isinstance(value, date) else ",".join(value)
        for name, value in sorted(asked.items())
        if value
    }
    return urlencode(texts, safe=",")
