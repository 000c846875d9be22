"""Who answers on either side of a simulation, and what that does to each body's work and deadlines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from issues.bulk.router import BulkRouter, Routed
from issues.bulk.world import Bools, Days, Ints
from issues.routing.outcomes import Outcome

NEAR_DUE_DAYS = 3
"""An open report due within so many days is at risk."""


@dataclass(frozen=True)
class Side:
    """Who was responsible on one side: a slug, "" where nobody, and the outcome."""

    outcome: Outcome
    body: str

    @property
    def label(self) -> str:
        """The body, or what stands in its place."""
        return self.body or f"({self.outcome.value})"


class Sides:
    """Different sides by number: answers that differ only in boundary or confidence are one side."""

    def __init__(self, slugs: Mapping[int, str]) -> None:
        """`slugs` of all bodies by id."""
        self._slugs = slugs
        self._numbers: dict[Side, int] = {}

    def __iter__(self) -> Iterator[Side]:
        return iter(self._numbers)

    def numbers(self, router: BulkRouter, routed: Routed) -> Ints:
        """The number of the side of each routed question."""
        given, which = np.unique(routed.numbers, return_inverse=True)
        answers = (router.shared.answers[number] for number in given.tolist())
        sides = [Side(answer.outcome, self._slugs.get(answer.body_id or 0, "")) for answer in answers]
        numbers = [self._numbers.setdefault(side, len(self._numbers)) for side in sides]
        return np.array(numbers, dtype=np.int64)[which]


@dataclass(frozen=True)
class Work:
    """What reports ask of whoever has them: whether they are open, and the last day to answer; shape (n,)."""

    is_open: Bools
    due: Days

    def late(self, today: np.datetime64) -> Bools:
        """Open and past the day due."""
        late: Bools = self.is_open & (self.due < today)
        return late

    def near_due(self, today: np.datetime64) -> Bools:
        """Open, not late, and due within three days."""
        near: Bools = self.is_open & (self.due >= today) & (self.due <= today + NEAR_DUE_DAYS)
        return near


@dataclass(frozen=True)
class Workload:
    """A body's reports before and after.

    `late` and `near_due` are of the open ones; together they are at risk. Of these
    `risky_in` come from elsewhere and `risky_out` leave: deadlines are frozen on
    the report, so they come with it.
    """

    body: str
    all_before: int
    all_after: int
    open_before: int
    open_after: int
    late_before: int
    late_after: int
    near_due_before: int
    near_due_after: int
    risky_in: int
    risky_out: int

    @property
    def risk_before(self) -> float:
        """The share of its open reports that is past or near the day due, 0 if none is open."""
        return (self.late_before + self.near_due_before) / max(self.open_before, 1)

    @property
    def risk_after(self) -> float:
        """The same with the draft."""
        return (self.late_after + self.near_due_after) / max(self.open_after, 1)


def workloads(sides: Sequence[Side], was: Ints, would: Ints, work: Work, today: np.datetime64) -> list[Workload]:
    """Of every body that has a report on either side; the largest change of open ones first.

    `was[i]` and `would[i]` are the numbers in `sides` of report i.
    """
    late, near_due = work.late(today), work.near_due(today)
    everything, risky_moves = np.ones(len(was), dtype=bool), (late | near_due) & (was != would)
    counted = [
        (side, which) for which in (everything, work.is_open, late, near_due) for side in (was, would)
    ] + [(would, risky_moves), (was, risky_moves)]  # fmt: skip
    counts = np.array([np.bincount(side[which], minlength=len(sides)) for side, which in counted], dtype=np.int64)
    loads = [
        Workload(side.body, *counts[:, number].tolist()) for number, side in enumerate(sides) if side.body
    ]  # a body has one outcome: assigned, or not ours  # fmt: skip
    return sorted(loads, key=lambda load: (-abs(load.open_after - load.open_before), -load.all_after, load.body))
