"""The answer of each view: reads, compares with chance, and puts it into tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from frontend.planner.question import PlannerQuestion
from frontend.planner.tables import Column, Row, Table
from frontend.planner.words import cell_words, pattern_name, side_words
from geo.chance_limits import binomial_limits, compare_counts, overdispersion, poisson_limits
from geo.statistics import false_discovery
from geo.translation import localized
from issues.models import Service
from issues.selectors import planner
from issues.selectors.planner_areas import area_counts, area_km2
from layers.models import Body, Layer
from layers.selectors.places import describe_place
from tiles.models import HotspotCell, HotspotLayer
from tiles.selectors import planner_counts
from tiles.selectors.hotspots import hot_cells

FEW = 10
"""Below so many no share is judged: "too few to say"."""
MOST_CELLS_LISTED = 50
DAYS_IN_MONTH = planner.DAYS_IN_MONTH


def time_table(asked: PlannerQuestion) -> Table:
    """Reports by day, week or month."""
    periods = planner_counts.histogram(asked.filter())
    return Table(
        "time",
        _("Reports over time"),
        [
            Column("first", _("From"), "day"),
            Column("last", _("To"), "day"),
            Column("count", _("Reports"), "number"),
            Column("open", _("Of these open"), "number"),
        ],
        [Row({"first": p.first, "last": p.last, "count": p.count, "open": p.open}) for p in periods],
    )


def service_table(asked: PlannerQuestion) -> Table:
    """Reports by kind of problem."""
    names = {service.service_code: service.name for service in Service.objects.all()}
    found = planner_counts.figures_by_service(asked.filter())
    return Table(
        "services",
        _("By kind of problem"),
        [Column("name", _("Kind")), *_figure_columns()],
        [Row({"code": code, "name": names.get(code, code), **_figure_values(each)}) for code, each in found],
        note=_estimate_note(each for _code, each in found),
    )


def deadline_table(asked: PlannerQuestion) -> Table:
    """Deadlines kept by body, by name: no rank, because chance alone would make one."""
    bodies = {body.slug: body.name for body in Body.objects.all()}
    found = [(slug, each) for slug, each in planner_counts.figures_by_body(asked.filter()) if slug is not None]
    known = np.array([each.known for _slug, each in found], dtype=np.int64)
    kept = np.array([each.kept for _slug, each in found], dtype=np.int64)
    common = float(kept.sum() / known.sum()) if known.sum() else 0.0
    looks = _share_looks(kept, known, common)
    rows = [
        Row(
            {
                "name": bodies[slug],
                "known": each.known,
                "kept": each.kept,
                "share": each.kept_share if each.known >= FEW else None,
                "overdue": each.overdue,
                "median_days": each.median_days,
                "verdict": verdict_words(look, _("kept more often than chance explains"), _("missed more often")),
            },
            look=look,
        )
        for (slug, each), look in zip(found, looks, strict=True)
    ]
    return Table(
        "deadlines",
        _("Deadlines kept, by body"),
        [
            Column("name", _("Body")),
            Column("known", _("Due"), "number"),
            Column("kept", _("Kept"), "number"),
            Column("share", _("Share"), "percent"),
            Column("overdue", _("Overdue"), "number"),
            Column("median_days", _("Median days"), "decimal"),
            Column("verdict", _("Beside the whole city")),
        ],
        sorted(rows, key=lambda row: row.values["name"]),
        note=_("The whole city kept %(share)d %% of its deadlines. A body stands out only beyond what chance explains.")
        % {"share": round(100 * common)}
        + _estimate_note((each for _slug, each in found), before=" "),
    )


def verdict_words(look: str, more: str, fewer: str) -> str:
    """A look of the funnel in words."""
    return {
        "high": more,
        "low": fewer,
        "inside": _("as chance explains"),
        "few": _("too few to say"),
    }[look]


def _share_looks(kept: Any, known: Any, common: float) -> list[str]:
    """high, low, inside or few for each share, at 99.8 %."""
    low, high = binomial_limits(known, common, 0.998) if len(known) else (known, known)
    return [
        "few" if n < FEW else "high" if k > top else "low" if k < bottom else "inside"
        for k, n, bottom, top in zip(kept, known, low, high, strict=True)
    ]


@dataclass(frozen=True)
class AreaAnswer:
    """Areas of a layer with their funnel."""

    table: Table
    funnel: list[dict[str, Any]]
    common: float
    spread: float


def area_answer(asked: PlannerQuestion, layer: Layer) -> AreaAnswer:
    """Counts or rates by area, each beside what the common rate would give it."""
    found = area_counts(asked.filter(), layer)
    months = asked.filter().days / DAYS_IN_MONTH
    observed = np.array([each.count for each in found], dtype=float)
    exposure = np.array(
        [each.everything / 1000 if asked.measure == "all_reports" else each.km2 * months for each in found]
    )
    total = exposure.sum() if len(found) else 0.0
    common = float(observed.sum() / total) if total else 0.0
    expected = exposure * common
    spread = overdispersion(observed, expected) if len(found) else 1.0
    low, high = poisson_limits(expected, 0.998)
    wider = spread**0.5
    rows, funnel = [], []
    for index, each in enumerate(found):
        due = float(expected[index])
        top, bottom = due + (high[index] - due) * wider, max(0.0, due - (due - low[index]) * wider)
        look = "few" if due < 1 else "high" if each.count > top else "low" if each.count < bottom else "inside"
        rate = each.count / float(exposure[index]) if exposure[index] else None
        rows.append(
            Row(
                {
                    "code": each.boundary.jurisdiction.code,
                    "name": each.boundary.jurisdiction.name,
                    "count": each.count,
                    "value": each.count if asked.measure == "count" else rate,
                    "expected": due,
                    "km2": each.km2,
                    "verdict": verdict_words(look, _("more than chance explains"), _("fewer than chance explains")),
                },
                geometry=each.boundary.geom,
                look=look,
            )
        )
        funnel.append({"name": rows[-1].values["name"], "expected": due, "count": each.count, "look": look})
    columns = [
        Column("name", _("Area")),
        Column("count", _("Reports"), "number"),
        *([] if asked.measure == "count" else [Column("value", measure_label(asked.measure), "decimal")]),
        Column("expected", _("Expected"), "decimal"),
        Column("verdict", _("Beside the whole city")),
    ]
    note = _(
        "Expected: what the area would have if all were alike for its %(what)s. Listed by code, not as a league table."
    ) % {"what": _("reports of all kinds") if asked.measure == "all_reports" else _("size")}
    if spread > 1.5:
        note += " " + _(
            "Areas differ %(times)s times more than chance alone would make them; the limits allow for it."
        ) % {"times": round(spread**0.5, 1)}
    return AreaAnswer(Table("areas", layer.name, columns, rows, note), funnel, common, spread)


def measure_label(measure: str) -> str:
    """What a value of the choropleth is."""
    return {
        "count": _("Reports"),
        "km2": _("Reports per km² and month"),
        "all_reports": _("Per 1,000 reports of all kinds"),
    }[measure]


def compare_table(asked: PlannerQuestion) -> Table:
    """Kinds of problem on two sides: other days, or another place."""
    here, there = asked.filter(), asked.other_filter()
    counts = [dict(planner_counts.figures_by_service(side)) for side in (here, there)]
    names = {service.service_code: service.name for service in Service.objects.all()}
    codes = sorted(set(counts[0]) | set(counts[1]), key=lambda code: names.get(code, code))
    first = np.array([counts[0][code].count if code in counts[0] else 0 for code in codes], dtype=np.int64)
    second = np.array([counts[1][code].count if code in counts[1] else 0 for code in codes], dtype=np.int64)
    exposures = [area_km2(side.area) if asked.with_place else float(side.days) for side in (here, there)]
    share = exposures[0] / sum(exposures) if sum(exposures) else 0.5
    q = false_discovery(compare_counts(first, second, share))
    per = 1.0 if asked.with_place else 30.0
    rows = []
    for index, code in enumerate(codes):
        rates = [
            float(count) * per / exposure if exposure else None
            for count, exposure in zip((first[index], second[index]), exposures, strict=True)
        ]
        stands_out = q[index] <= 0.05
        more = (rates[0] or 0) > (rates[1] or 0)
        look = "high" if stands_out and more else "low" if stands_out else "inside"
        rows.append(
            Row(
                {
                    "name": names.get(code, code),
                    "first": int(first[index]),
                    "second": int(second[index]),
                    "first_rate": rates[0],
                    "second_rate": rates[1],
                    "verdict": verdict_words(look, _("more than chance explains"), _("fewer than chance explains")),
                },
                look=look,
            )
        )
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
        rows,
        note=_("All kinds are tested together: of the differences named, at most one in twenty should be an accident."),
    )


def hotspot_table(layer: HotspotLayer, limit: int | None = MOST_CELLS_LISTED) -> Table:
    """The significant cells of a computed layer, each with its sentence."""
    cells = hot_cells(layer)[:limit] if limit else hot_cells(layer)
    return Table(
        "hotspots",
        _("Hotspots"),
        [
            Column("pattern_name", _("Class")),
            Column("place", _("Place")),
            Column("reading", _("In words")),
        ],
        [
            Row(
                {
                    "id": cell.pk,
                    "pattern": cell.pattern,
                    "pattern_name": pattern_name(cell.pattern),
                    "count": cell.count,
                    "around_count": cell.around_count,
                    "expected": cell.expected,
                    "z": cell.z,
                    "p": cell.p,
                    "q": cell.q,
                    "place": place_of(cell),
                    "reading": cell_words(layer, cell),
                },
                geometry=cell.geom,
                look=cell.pattern,
            )
            for cell in cells
        ],
    )


def place_of(cell: HotspotCell) -> str:
    """The middle of a cell in words, else its coordinates."""
    middle = cell.geom.centroid
    return localized(describe_place(middle.x, middle.y, exact=True)) or f"{middle.y:.5f}, {middle.x:.5f}"


def _estimate_note(found: Iterable[planner.Figures], before: str = "") -> str:
    """Says so where medians are estimates."""
    if not any(each.is_estimate for each in found):
        return ""
    return before + _("Of so many reports medians are estimated within classes: up to 1, 2, 4, 8, 16, 32 and 64 days.")


def _figure_columns() -> list[Column]:
    return [
        Column("count", _("Reports"), "number"),
        Column("open", _("Open"), "number"),
        Column("overdue", _("Overdue"), "number"),
        Column("kept_share", _("Deadlines kept"), "percent"),
        Column("median_days", _("Median days"), "decimal"),
    ]


def _figure_values(found: planner.Figures) -> dict[str, Any]:
    return {
        "count": found.count,
        "open": found.open,
        "overdue": found.overdue,
        "kept_share": found.kept_share if found.known >= FEW else None,
        "median_days": found.median_days if found.closed >= FEW else None,
    }
