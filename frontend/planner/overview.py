"""The overview: reports all together, over time and by kind of problem."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from frontend.planner.question import PlannerQuestion
from frontend.planner.tables import Column, Row, Table
from issues.models import Service
from issues.selectors import planner
from tiles.selectors import planner_counts

FEW = 10
"""Of fewer closed reports no median is told."""


def overview_table(asked: PlannerQuestion) -> Table:
    """All that the overview shows, one under the other; `part` says which: total, time or kind."""
    parts = {
        "total": [Row(figure_values(planner_counts.figures(asked.filter())))],
        "time": time_table(asked).rows,
        "kind": service_table(asked).rows,
    }
    return Table(
        "overview",
        _("Overview"),
        [
            Column("part", _("Part")),
            Column("first", _("From"), "day"),
            Column("last", _("To"), "day"),
            Column("code", _("Code")),
            Column("name", _("Kind")),
            *figure_columns(),
        ],
        [Row({"part": part, **row.values}) for part, rows in parts.items() for row in rows],
    )


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
        [Column("name", _("Kind")), *figure_columns()],
        [Row({"code": code, "name": names.get(code, code), **figure_values(each)}) for code, each in found],
        note=estimate_note(each for _code, each in found),
    )


def estimate_note(found: Iterable[planner.Figures], before: str = "") -> str:
    """Says so where medians are estimates."""
    if not any(each.is_estimate for each in found):
        return ""
    return before + _("Of so many reports medians are estimated within classes: up to 1, 2, 4, 8, 16, 32 and 64 days.")


def figure_columns() -> list[Column]:
    """The columns of `figure_values`."""
    return [
        Column("count", _("Reports"), "number"),
        Column("open", _("Open"), "number"),
        Column("overdue", _("Overdue"), "number"),
        Column("kept_share", _("Deadlines kept"), "percent"),
        Column("median_days", _("Median days"), "decimal"),
    ]


def figure_values(found: planner.Figures) -> dict[str, Any]:
    """Figures as a row's values; shares and medians of too few are None."""
    return {
        "count": found.count,
        "open": found.open,
        "overdue": found.overdue,
        "kept_share": found.kept_share,
        "median_days": found.median_days if found.closed >= FEW else None,
    }
