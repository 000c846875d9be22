"""What may be asked of hotspots: read, checked, and in one canonical spelling."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from geo.cells import CellKind
from tiles.errors import HotspotQuestionInvalid
from tiles.rules import PUBLIC_STATES

CODE = re.compile(r"[-A-Za-z0-9_]{1,80}")
PLAIN_MEASURES = ("resident", "street_km", "all_reports")
"""What a rate may be per, beside `asset:<class>`; nothing: plain counts."""

SIZES_M = range(50, 5001)
MOST_PERIODS = 60
LARGEST_RATE = 0.25


@dataclass(frozen=True)
class HotspotQuestion:
    """Hotspots of which reports, in which cells, compared how. Days are the city's, both included."""

    since: date
    until: date
    services: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    cell: CellKind = CellKind.HEXAGON
    size_m: int = 500
    per: str = ""
    periods: int = 8
    false_discovery_rate: float = 0.05
    min_count: int = 10
    bodies: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    """Empty: all that the public map counts."""

    def __post_init__(self) -> None:
        days = (self.until - self.since).days + 1
        if days < 1:
            raise HotspotQuestionInvalid(
                _("The first day is %(first)s and the last %(last)s: exchange them.")
                % {"first": self.since, "last": self.until}
            )
        if self.size_m not in SIZES_M:
            raise HotspotQuestionInvalid(
                _("Cells of %(size)d m are not possible: choose %(least)d to %(most)d m.")
                % {"size": self.size_m, "least": SIZES_M[0], "most": SIZES_M[-1]}
            )
        if not 1 <= self.periods <= min(MOST_PERIODS, days):
            raise HotspotQuestionInvalid(
                _("%(periods)d periods are not possible in %(days)d days: choose 1 to %(most)d.")
                % {"periods": self.periods, "days": days, "most": min(MOST_PERIODS, days)}
            )
        if not 0 < self.false_discovery_rate <= LARGEST_RATE:
            raise HotspotQuestionInvalid(
                _("A share of %(rate)s false discoveries is not possible: choose one above 0, up to %(most)s.")
                % {"rate": self.false_discovery_rate, "most": LARGEST_RATE}
            )
        if not 1 <= self.min_count <= 1_000_000:
            raise HotspotQuestionInvalid(_("The minimum count must be 1 or more."))
        if unknown := set(self.states) - set(PUBLIC_STATES):
            raise HotspotQuestionInvalid(
                _("Reports of state %(states)s are not counted: choose of %(known)s, or nothing for all.")
                % {"states": ", ".join(sorted(unknown))[:200], "known": ", ".join(PUBLIC_STATES)}
            )
        if self.per and self.per not in PLAIN_MEASURES and not CODE.fullmatch(self.asset_class):
            raise HotspotQuestionInvalid(
                _("Rates per “%(per)s” are unknown: choose %(known)s or asset:CLASS, or nothing for counts.")
                % {"per": self.per[:40], "known": ", ".join(PLAIN_MEASURES)}
            )

    @property
    def asset_class(self) -> str:
        """The class whose assets a rate is per, "" for other measures."""
        return self.per.removeprefix("asset:") if self.per.startswith("asset:") else ""

    def canonical(self) -> str:
        """The query string that asks the same in its one spelling; defaults are written out."""
        return urlencode(sorted((name, text) for name, text in self.texts().items() if text), safe=",:")

    def texts(self) -> dict[str, str]:
        """Every part as text, as `read_hotspot_question` reads it: for forms, jobs and addresses."""
        return {
            "services": ",".join(self.services),
            "group": ",".join(self.groups),
            "body": ",".join(self.bodies),
            "state": ",".join(self.states),
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "cell": self.cell.value,
            "size_m": str(self.size_m),
            "per": self.per,
            "periods": str(self.periods),
            "fdr": repr(self.false_discovery_rate),
            "min_count": str(self.min_count),
        }


def read_hotspot_question(given: Mapping[str, str]) -> HotspotQuestion:
    """The question in texts by name; what is left out or empty has its default. Other names are not looked at.

    Raises
    ------
    HotspotQuestionInvalid
        With a sentence that says what to write instead.
    """
    asked = {name: str(value).strip() for name, value in given.items() if value not in (None, "")}
    cell = asked.get("cell", CellKind.HEXAGON.value)
    if cell not in set(CellKind):
        raise HotspotQuestionInvalid(_("Cells can be square or hexagon, not “%(cell)s”.") % {"cell": cell[:40]})
    until = _day(asked, "until")
    states = _codes(asked, "state")
    return HotspotQuestion(
        since=_day(asked, "since"),
        until=until,
        services=_codes(asked, "services"),
        groups=_codes(asked, "group"),
        cell=CellKind(cell),
        size_m=int(_number(asked, "size_m", 500)),
        per=asked.get("per", ""),
        periods=int(_number(asked, "periods", 8)),
        false_discovery_rate=_number(asked, "fdr", 0.05),
        min_count=int(_number(asked, "min_count", 10)),
        bodies=_codes(asked, "body"),
        states=() if states == PUBLIC_STATES else states,
    )


def _day(asked: Mapping[str, str], name: str) -> date:
    text = asked.get(name, "")
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year < 2200:
        raise HotspotQuestionInvalid(
            _("%(name)s is “%(day)s”: write one day as YYYY-MM-DD, for example 2026-05-31.")
            % {"name": name, "day": text[:40]}
        )
    return day


def _codes(asked: Mapping[str, str], name: str) -> tuple[str, ...]:
    codes = tuple(sorted({part.strip() for part in asked.get(name, "").split(",") if part.strip()}))
    for code in codes:
        if not CODE.fullmatch(code):
            raise HotspotQuestionInvalid(
                _("%(name)s holds “%(code)s”: write codes of letters, digits, - and _, separated by commas.")
                % {"name": name, "code": code[:40]}
            )
    return codes


def _number(asked: Mapping[str, str], name: str, otherwise: float) -> float:
    text = asked.get(name, "")
    if not text:
        return otherwise
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,6})?", text):
        raise HotspotQuestionInvalid(_("%(name)s is “%(text)s”: write a number.") % {"name": name, "text": text[:40]})
    return float(text)
