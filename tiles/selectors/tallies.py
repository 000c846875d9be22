"""Counts of reports without places, from bins: how many of which kind in which week, at any size of the city."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.binary_rows import binary_rows, whole_number
from tiles import binning
from tiles.binning import CLASSES, FIRST_ZOOM, IN_TIME, LEAF_LEVEL, WORLD_ZOOM
from tiles.rules import fact_parameters
from tiles.selectors.bins import FIRST_WEEK, LAST_WEEK
from tiles.selectors.facets import facets_up_to, is_asked
from tiles.statements import statement

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """Equally long columns: so many reports of that service, body (0: nobody) and class, of those days.

    `day` counts from 3 January 2000; of a week that no day was asked to cut it is the
    Monday. `in_time` is 1 for reports that were closed by their due date.
    """

    day: Numbers
    service: Numbers
    body: Numbers
    days_class: Numbers
    in_time: Numbers
    count: Numbers

    @property
    def total(self) -> int:
        """All reports."""
        return int(self.count.sum())

    def where(self, chosen: NDArray[np.bool_]) -> int:
        """The reports of some rows."""
        return int(self.count[chosen].sum())

    def by_class(self, group: Numbers, groups: int) -> Numbers:
        """Counts by group (0 to groups - 1, a column as long as the others) and class, shape (groups, 9)."""
        places = group * CLASSES + self.days_class
        summed = np.bincount(places, weights=self.count, minlength=groups * CLASSES)
        return summed.astype(np.int64).reshape(groups, CLASSES)


def tally(asked: Mapping[str, Any], cuts: Iterable[int] = ()) -> Tally:
    """Count the reports of a question (`service_ids`, `body_ids`, `states`, `private_ids`, days) anywhere.

    Only where the bins are usable. Weeks are told apart by day where a day of
    `cuts`, or the question's first or last one, is inside them.
    """
    first, last = asked["first_day_number"], asked["last_day_number"]
    edges = {*cuts, *([] if first is None else [first]), *([] if last is None else [last + 1])}
    parameters = {
        **fact_parameters(2**LEAF_LEVEL),
        "world_zoom": WORLD_ZOOM,
        "first_zoom": FIRST_ZOOM,
        "first_week": FIRST_WEEK if first is None else first // 7,
        "last_week": LAST_WEEK if last is None else last // 7,
        "cut_weeks": sorted({edge // 7 for edge in edges if edge % 7}),
    }
    found = binary_rows(statement("bin_tally.sql"), parameters)
    rows = [(whole_number(week), packed) for week, packed in found if week is not None and packed is not None]
    parts = [_of_rows(rows, asked)] if rows else []
    parts += [_of_facts(packed, asked) for week, packed in found if week is None and packed is not None]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)] or [np.zeros(0, dtype=np.int64)] * 6
    wanted = np.ones(len(columns[0]), dtype=bool)
    if first is not None:
        wanted &= columns[0] >= first
    if last is not None:
        wanted &= columns[0] <= last
    return Tally(*(column[wanted] for column in columns))


def _of_rows(rows: list[tuple[int, bytes]], asked: Mapping[str, Any]) -> list[Numbers]:
    records = np.frombuffer(b"".join(packed for _week, packed in rows), dtype=binning.DETAIL)
    lengths = [len(packed) // binning.DETAIL.itemsize for _week, packed in rows]
    facet = records["facet"].astype(np.int64)
    facets = facets_up_to(int(facet.max()))
    wanted = facets.asked(asked)[facet]
    facet = facet[wanted]
    day = np.repeat([week * 7 for week, _packed in rows], lengths)[wanted] + records["weekday"][wanted]
    named = [column[facet] for column in (facets.service, facets.body, facets.days_class, facets.in_time)]
    return [day, *named, records["count"][wanted].astype(np.int64)]


def _of_facts(packed: bytes, asked: Mapping[str, Any]) -> list[Numbers]:
    facts = np.frombuffer(packed, dtype=binning.FACT)
    facts = facts[is_asked(facts["service"], facts["body"], facts["state"], asked)]
    day, service, body, kind, sign = (
        facts[name].astype(np.int64) for name in ("day", "service", "body", "class", "sign")
    )
    return [day, service, body, kind % IN_TIME, kind // IN_TIME, sign]
