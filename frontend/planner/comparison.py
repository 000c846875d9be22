"""Two periods or two places beside each other."""

from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from frontend.planner.question import PlannerQuestion
from frontend.planner.tables import Column, Row, Table
from frontend.planner.verdicts import verdict_words
from frontend.planner.words import side_words
from geo.chance_limits import compare_counts
from geo.statistics import Integers, false_discovery
from issues.models import Service
from issues.selectors.planner_areas import area_km2
from tiles.selectors import planner_counts

FALSE_DISCOVERIES = 0.05
DAYS = 30.0
"""Counts of two periods are compared per so many days."""


def compare_table(asked: PlannerQuestion) -> Table:
    """Kinds of problem on two sides: other days, or another place."""
    names = {service.service_code: service.name for service in Service.objects.all()}
    codes, first, second = _counts(asked, names)
    exposures = side_exposures(asked)
    share = exposures[0] / sum(exposures) if sum(exposures) else 0.5
    q = false_discovery(compare_counts(first, second, share))
    side, other = side_words(asked)
    unit = _("per km²") if asked.with_place else _("per 30 days")
    return Table(
        "compare",
        _("A: %(first)s. B: %(second)s") % {"first": side, "second": other},
        [
            Column("name", _("Kind")),
            Column("first", "A", "number"),
            Column("second", "B", "number"),
            Column("first_rate", f"A {unit}", "decimal"),
            Column("second_rate", f"B {unit}", "decimal"),
            Column("verdict", _("Difference")),
        ],
        [
            _row(names.get(code, code), counts, exposures, is_chance=chance > FALSE_DISCOVERIES)
            for code, *counts, chance in zip(codes, first.tolist(), second.tolist(), q, strict=True)
        ],
        note=_("All kinds are tested together: of the differences named, at most one in twenty should be an accident."),
        drawn=("first_rate", "second_rate"),
    )


def side_exposures(asked: PlannerQuestion) -> tuple[float, float]:
    """What the rates of the two sides are per: km² of two places, or periods of 30 days."""
    here, there = asked.filter(), asked.other_filter()
    if asked.with_place:
        return area_km2(here.area), area_km2(there.area)
    return here.days / DAYS, there.days / DAYS


def _counts(asked: PlannerQuestion, names: dict[str, str]) -> tuple[list[str], Integers, Integers]:
    """Codes of the services on any side, by name, with their counts on each."""
    sides = [dict(planner_counts.figures_by_service(side)) for side in (asked.filter(), asked.other_filter())]
    codes = sorted({*sides[0], *sides[1]}, key=lambda code: (names.get(code, code), code))
    first, second = (
        np.array([side[code].count if code in side else 0 for code in codes], dtype=np.int64) for side in sides
    )
    return codes, first, second


def _row(name: str, counts: list[int], exposures: tuple[float, float], *, is_chance: bool) -> Row:
    rates = [count / exposure if exposure else None for count, exposure in zip(counts, exposures, strict=True)]
    look = "inside" if is_chance else "high" if (rates[0] or 0) > (rates[1] or 0) else "low"
    values: dict[str, Any] = {
        "name": name,
        "first": counts[0],
        "second": counts[1],
        "first_rate": rates[0],
        "second_rate": rates[1],
        "verdict": verdict_words(look, _("more than chance explains"), _("fewer than chance explains")),
    }
    return Row(values, look=look)
