"""The choropleth: areas of a layer by count or rate, each beside what the common rate would give it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from frontend.planner.question import PlannerQuestion
from frontend.planner.tables import Column, Row, Table
from frontend.planner.verdicts import look_of, verdict_words
from geo.chance_limits import overdispersion, poisson_limits
from geo.hotspots import LEAST_EXPOSURE_SHARE
from geo.statistics import Floats
from issues.selectors.planner import DAYS_IN_MONTH
from issues.selectors.planner_areas import AreaCount, area_counts
from layers.models import Layer

DAYS_IN_YEAR = 365.25
LEVEL = 0.998
WORTH_SAYING = 1.5
"""From this dispersion on the note says that the limits are wider than chance alone."""


@dataclass(frozen=True)
class AreaAnswer:
    """Areas of a layer with their funnel. `spread`: how many times wider than chance they scatter."""

    table: Table
    funnel: list[dict[str, Any]]
    spread: float


def area_answer(asked: PlannerQuestion, layer: Layer) -> AreaAnswer:
    """Counts or rates by area, listed by code."""
    found = area_counts(asked.filter(), layer)
    observed = np.array([each.count for each in found], dtype=float)
    exposure = _exposure(asked, found)
    total = exposure.sum() if len(found) else 0.0
    expected = exposure * (observed.sum() / total if total else 0.0)
    spread = overdispersion(observed, expected) if len(found) else 1.0
    looks = _looks(asked, observed, exposure, expected, spread)
    rows = [
        _row(asked, each, float(exposed), float(due), look)
        for each, exposed, due, look in zip(found, exposure, expected, looks, strict=True)
    ]
    funnel = [{**{key: row.values[key] for key in ("name", "expected", "count")}, "look": row.look} for row in rows]
    return AreaAnswer(Table("areas", layer.name, _columns(asked), rows, _note(asked, spread)), funnel, spread)


def measure_label(measure: str) -> str:
    """What a value of the choropleth is."""
    return {
        "count": _("Reports"),
        "km2": _("Reports per km² and month"),
        "residents": _("Per 1,000 residents and year"),
        "all_reports": _("Per 1,000 reports of all kinds"),
    }[measure]


def _exposure(asked: PlannerQuestion, found: Sequence[AreaCount]) -> Floats:
    """What the rate of each area is per: km² and months, 1,000 residents and years, or 1,000 reports."""
    days = asked.filter().days
    if asked.measure == "all_reports":
        return np.array([each.everything / 1000 for each in found])
    if asked.measure == "residents":
        return np.array([(each.residents or 0.0) / 1000 * days / DAYS_IN_YEAR for each in found])
    return np.array([each.km2 * days / DAYS_IN_MONTH for each in found])


def _looks(asked: PlannerQuestion, observed: Floats, exposure: Floats, expected: Floats, spread: float) -> list[str]:
    """How each area stands out, the limits widened by the spread. Where next to nobody lives, residents say nothing."""
    low, high = poisson_limits(expected, LEVEL)
    enough = expected >= 1
    if asked.measure == "residents" and exposure.any():
        enough &= exposure >= LEAST_EXPOSURE_SHARE * np.median(exposure[exposure > 0])
    bottom, top = np.maximum(0, expected - (expected - low) * spread**0.5), expected + (high - expected) * spread**0.5
    return [
        look_of(*each, is_enough=bool(is_enough))
        for *each, is_enough in zip(observed.tolist(), bottom.tolist(), top.tolist(), enough, strict=True)
    ]


def _row(asked: PlannerQuestion, each: AreaCount, exposure: float, due: float, look: str) -> Row:
    says_nothing = not exposure or (asked.measure == "residents" and look == "few")
    rate = None if says_nothing else each.count / exposure
    values = {
        "code": each.boundary.jurisdiction.code,
        "name": each.boundary.jurisdiction.name,
        "count": each.count,
        "value": each.count if asked.measure == "count" else rate,
        "expected": due,
        "km2": each.km2,
        "residents": each.residents,
        "verdict": verdict_words(look, _("more than chance explains"), _("fewer than chance explains")),
    }
    return Row(values, geometry=each.boundary.geom, look=look)


def _columns(asked: PlannerQuestion) -> list[Column]:
    return [
        Column("name", _("Area")),
        Column("count", _("Reports"), "number"),
        *([] if asked.measure == "count" else [Column("value", measure_label(asked.measure), "decimal")]),
        Column("expected", _("Expected"), "decimal"),
        Column("verdict", _("Beside the whole city")),
    ]


def _note(asked: PlannerQuestion, spread: float) -> str:
    alike_for = {"all_reports": _("reports of all kinds"), "residents": _("residents")}.get(asked.measure, _("size"))
    note = _(
        "Expected: what the area would have if all were alike for its %(what)s. Listed by code, not as a league table."
    ) % {"what": alike_for}
    if spread > WORTH_SAYING:
        note += " " + _(
            "Areas differ %(times)s times more than chance alone would make them; the limits allow for it."
        ) % {"times": round(spread**0.5, 1)}
    return note
