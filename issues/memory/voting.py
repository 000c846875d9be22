"""One question, asked of the past answers around it: who, how sure, and on whose word.

The live counterpart of the replay: the same votes (near ones of the kind, the
kind's usual bodies, the place without the kind), but few enough to be read in a
moment. How sure it is, is measured on those very answers: each is foretold from
the ones before it, and the share that came true, taken with doubt, is the
confidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from issues.memory.calibration import wilson_low
from issues.memory.history import Floats, Integers
from issues.memory.voices import KIND_STRENGTH, YEAR_M

NEAREST = 24
NARROWEST_REACH_M = 20.0
RULING_WEIGHT = 2.0
"""A ruling was thought about; an accepted decision was only not objected to."""

HALF_LIFE_DAYS = 730.0
LOCAL_STRENGTH = 10.0
"""The record of the kind counts like so many answers beside the record of the place."""


class Level(StrEnum):
    """On what the answer rests, best first."""

    PLACE_AND_KIND = "place_and_kind"
    KIND = "kind"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Vote:
    """One past settled answer; metres in the city's system, `days_ago` before the question."""

    body_id: int
    x_m: float
    y_m: float
    days_ago: float
    same_kind: bool = True
    is_ruling: bool = False


@dataclass(frozen=True, slots=True)
class Scored:
    """A body with its part of the votes, 0…1; all parts sum to 1."""

    body_id: int
    score: float


@dataclass(frozen=True, slots=True)
class MemoryEvidence:
    """What memory says of one question: `votes` of the `of` answers within `radius_m` went to `body_id`.

    `confidence` is measured: of `record_of` such answers foretold from those
    before them, `record_right` came true; see `propose`.
    """

    body_id: int
    confidence: float
    votes: int
    of: int
    radius_m: float
    level: Level
    record_right: int
    record_of: int
    ranked: tuple[Scored, ...]
    is_city_body: bool = True
    handed_back_here: bool = False
    """The body has handed back a report of this kind close by: it is proposed, never decided."""


def propose(x_m: float, y_m: float, votes: Sequence[Vote]) -> MemoryEvidence | None:
    """Who probably answers at `x_m, y_m`, from past answers; None without any.

    The order of the votes never matters. Votes of other kinds are listened to
    only where there is none of the kind.
    """
    of_kind = [vote for vote in votes if vote.same_kind] or list(votes)
    if not of_kind:
        return None
    table = _Table(sorted(of_kind, key=lambda vote: (-vote.days_ago, vote.x_m, vote.y_m, vote.body_id)))
    here, today = np.array([x_m, y_m]), 0.0
    everything = np.arange(len(of_kind))
    score = table.score(here, today, everything)
    ranked = sorted(zip(table.bodies.tolist(), score.tolist(), strict=True), key=lambda item: (-item[1], item[0]))
    near, radius_m = table.near(here, today, everything)
    body = ranked[0][0]
    right, near_right = table.record(near)
    confidence = _confidence(score.max(), right, near_right)
    level = Level.PLACE if not of_kind[0].same_kind else Level.KIND if radius_m > 1000 else Level.PLACE_AND_KIND
    return MemoryEvidence(
        body_id=body,
        confidence=confidence,
        votes=int((table.body_of[near] == body).sum()),
        of=len(near),
        radius_m=radius_m,
        level=level,
        record_right=int(right.sum()),
        record_of=len(right),
        ranked=tuple(Scored(number, round(share, 6)) for number, share in ranked),
    )


def _confidence(share: float, right: np.ndarray, near_right: np.ndarray) -> float:
    """The record of the place, pulled to that of the kind taken with doubt; never surer than the votes."""
    of_kind = float(wilson_low(np.array(float(right.sum())), np.array(float(len(right)))))
    local = (near_right.sum() + LOCAL_STRENGTH * of_kind) / (len(near_right) + LOCAL_STRENGTH)
    return round(float(min(share, local)), 4)


class _Table:
    """The votes in order of time as arrays."""

    def __init__(self, votes: Sequence[Vote]) -> None:
        self.points = np.array([[vote.x_m, vote.y_m] for vote in votes])
        self.days_ago = np.array([vote.days_ago for vote in votes])
        self.weight = np.array([RULING_WEIGHT if vote.is_ruling else 1.0 for vote in votes])
        self.body_of = np.array([vote.body_id for vote in votes])
        self.bodies, self._number = np.unique(self.body_of, return_inverse=True)

    def near(self, here: Floats, days_ago: float, rows: Integers) -> tuple[Integers, float]:
        """The nearest of `rows`, an older one counting as farther, and how far the farthest lies in metres."""
        apart = np.hypot(*(self.points[rows] - here).T)
        aged = np.hypot(apart, (self.days_ago[rows] - days_ago) / 365.25 * YEAR_M)
        nearest = np.argsort(aged, kind="stable")[:NEAREST]
        return rows[nearest], round(float(apart[nearest].max(initial=0.0)), 1)

    def score(self, here: Floats, days_ago: float, rows: Integers) -> Floats:
        """(bodies,) the part of each body among `rows`: the near votes, pulled to the usual bodies of the kind."""
        age = self.days_ago[rows] - days_ago
        faded = self.weight[rows] * 0.5 ** (age / HALF_LIFE_DAYS)
        usual = np.bincount(self._number[rows], faded, minlength=len(self.bodies))
        usual = (usual + KIND_STRENGTH / len(self.bodies)) / (usual.sum() + KIND_STRENGTH)
        near, _ = self.near(here, days_ago, rows)
        apart = np.hypot(*(self.points[near] - here).T)
        apart = np.hypot(apart, (self.days_ago[near] - days_ago) / 365.25 * YEAR_M)
        reach = max(float(np.sort(apart)[min(4, len(apart) - 1)]), NARROWEST_REACH_M)
        kernel = self.weight[near] / (1 + (apart / reach) ** 2) ** 2
        votes = np.bincount(self._number[near], kernel, minlength=len(self.bodies))
        found: Floats = (votes + usual) / (votes.sum() + 1)
        return found

    def record(self, near: Integers) -> tuple[np.ndarray, np.ndarray]:
        """Which votes would have been foretold from strictly earlier ones: all that have any, and those of `near`."""
        right = np.full(len(self.body_of), -1)
        for row in range(len(right)):
            before = np.flatnonzero(self.days_ago > self.days_ago[row])
            if len(before):
                score = self.score(self.points[row], float(self.days_ago[row]), before)
                right[row] = self.bodies[int(np.argmax(score))] == self.body_of[row]
        local = right[near]
        return right[right >= 0] == 1, local[local >= 0] == 1
