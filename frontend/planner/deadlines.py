"""Deadlines kept by body."""

from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from frontend.planner.overview import estimate_note
from frontend.planner.question import PlannerQuestion
from frontend.planner.tables import Column, Row, Table
from frontend.planner.verdicts import look_of, verdict_words
from geo.chance_limits import binomial_limits
from issues.deadlines import FEWEST_DEADLINES
from layers.models import Body
from tiles.selectors import planner_counts

LEVEL = 0.998


def deadline_table(asked: PlannerQuestion) -> Table:
    """By name: no rank, because chance alone would make one."""
    bodies = {body.slug: body.name for body in Body.objects.all()}
    found = [(slug, each) for slug, each in planner_counts.figures_by_body(asked.filter()) if slug is not None]
    known = np.array([each.known for _slug, each in found], dtype=np.int64)
    kept = np.array([each.kept for _slug, each in found], dtype=np.int64)
    common = float(kept.sum() / known.sum()) if known.sum() else 0.0
    rows = [
        Row(
            {
                "name": bodies[slug],
                "known": each.known,
                "kept": each.kept,
                "share": each.kept_share,
                "overdue": each.overdue,
                "median_days": each.median_days,
                "verdict": verdict_words(look, _("kept more often than chance explains"), _("missed more often")),
                "body": slug,
            },
            look=look,
        )
        for (slug, each), look in zip(found, _looks(kept, known, common), strict=True)
    ]
    return Table(
        "deadlines",
        _("Deadlines kept, by body"),
        _columns(),
        sorted(rows, key=lambda row: (row.values["name"], row.values["body"])),
        note=_("The whole city kept %(share)d %% of its deadlines. A body stands out only beyond what chance explains.")
        % {"share": round(100 * common)}
        + estimate_note((each for _slug, each in found), before=" "),
        drawn=("known", "kept"),
    )


def _columns() -> list[Column]:
    return [
        Column("name", _("Body")),
        Column("known", _("Due"), "number"),
        Column("kept", _("Kept"), "number"),
        Column("share", _("Share"), "percent"),
        Column("overdue", _("Overdue"), "number"),
        Column("median_days", _("Median days"), "decimal"),
        Column("verdict", _("Beside the whole city")),
    ]


def _looks(kept: Any, known: Any, common: float) -> list[str]:
    low, high = binomial_limits(known, common, LEVEL) if len(known) else (known, known)
    return [
        look_of(number, bottom, top, is_enough=tries >= FEWEST_DEADLINES)
        for number, tries, bottom, top in zip(kept, known, low, high, strict=True)
    ]
