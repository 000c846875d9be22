"""Decides by the hundred thousand: an index in this process, built for a version.

PostGIS decides where a rounding could tip the answer. Every answer is the one
that `find_evidence` and `decide` give, compared on a million points (docs/adr/0010).
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.utils import timezone

from issues.bulk.answers import Answers, answer_of
from issues.bulk.router import BulkRouter, Shared
from issues.bulk.world import Days, Ints, Questions
from issues.routing.decision import Decision
from issues.routing.rules import decide
from issues.selectors.evidence import Question, find_evidence
from issues.selectors.routing_world import load_boundaries, load_world
from layers.models import Boundary
from layers.selectors.version import GeographyVersion, geography_version

MOST_ROUTERS = 4
"""Indexes kept at once, one for each span of days without a change (80 MB for a city of 700,000 vertices)."""
ASKED_AT_ONCE = 1000
"""Questions in one statement for those that PostGIS decides."""


class RoutingIndex:
    """One version of the city as known at one moment, for any days; threads may share it."""

    def __init__(self, known_at: datetime | None = None, cells: int | None = None) -> None:
        """Remember the version; what a day needs is loaded when it is first asked for.

        `cells` as of `CellIndex`: fewer are built faster, for few questions.
        """
        self.known_at = known_at
        self.cells = cells
        self.version: GeographyVersion = geography_version()
        self.shared = Shared()
        self._routers: OrderedDict[date, BulkRouter] = OrderedDict()
        self._lock = threading.Lock()
        changes = Boundary.objects.order_by().values_list("valid_from", "valid_to")
        self._changes = np.array(sorted({day for days in changes for day in days if day}), dtype="datetime64[D]")

    @property
    def answers(self) -> Answers:
        """The answers given so far, by number."""
        return self.shared.answers

    def decide(self, asked: Questions, threads: int = 1) -> npt.NDArray[np.int32]:
        """The number in `answers` of each question's answer, in order. Services must exist."""
        asked = asked.complete(np.datetime64(timezone.localdate(), "D"))
        numbers = np.zeros(len(asked), dtype=np.int32)
        spans = self.spans(asked.days)
        for span in np.unique(spans).tolist():
            chosen = np.flatnonzero(spans == span)
            some = asked.chosen(chosen)
            routed = self.router(some.days[0].astype(date)).route(some, threads)
            found = routed.numbers
            unsure = np.flatnonzero(routed.unsure)
            found[unsure] = self._ask_database(some.chosen(unsure))
            numbers[chosen] = found
        return numbers

    def spans(self, days: Days) -> Ints:
        """The number of the span of days without a change of boundaries in which each day lies."""
        return np.searchsorted(self._changes, days, side="right")

    def router(self, day: date) -> BulkRouter:
        """The router for that day and all days around it without a change of boundaries."""
        span = int(self.spans(np.array([day], dtype="datetime64[D]"))[0])
        first = self._changes[span - 1].astype(date) if span else date.min
        with self._lock:
            if first in self._routers:
                self._routers.move_to_end(first)
                return self._routers[first]
            world = load_world(load_boundaries(first, self.known_at), self.known_at)
            router = BulkRouter(world, settings.CITY.routing, self.shared, self.cells)
            self._routers[first] = router
            while len(self._routers) > MOST_ROUTERS:
                self._routers.popitem(last=False)
            return router

    def _ask_database(self, asked: Questions) -> list[int]:
        """By the statement that decides single reports."""
        return [
            self.answers.number(answer_of(decision)) for decision in decisions_of(questions_of(asked, self.known_at))
        ]


def questions_of(asked: Questions, known_at: datetime | None = None) -> list[Question]:
    """The same questions one by one."""
    asked = asked.complete(np.datetime64(timezone.localdate(), "D"))
    columns = (getattr(asked, each.name).tolist() for each in fields(asked))
    return [
        Question(service, lon, lat, accuracy, asset or None, day, known_at, report or None, side or None)
        for service, lon, lat, accuracy, asset, day, report, side in zip(*columns, strict=True)
    ]


def decisions_of(questions: Sequence[Question]) -> list[Decision]:
    """Decided in PostGIS, in order, a thousand a statement."""
    batches = range(0, len(questions), ASKED_AT_ONCE)
    return [
        decide(evidence, settings.CITY.routing)
        for start in batches
        for evidence in find_evidence(questions[start : start + ASKED_AT_ONCE])
    ]


KEPT_CELLS = 1_000_000
"""An index is built in a third of the time of the default and answers half as fast: two million places a second."""

_current: RoutingIndex | None = None
_current_lock = threading.Lock()


def current_index() -> RoutingIndex:
    """The index of what is in force now, shared by this process and built anew when the version changed."""
    global _current
    with _current_lock:
        if _current is None or _current.version != geography_version():
            _current = RoutingIndex(cells=KEPT_CELLS)
        return _current
