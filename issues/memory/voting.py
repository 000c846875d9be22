"""One question, asked of the past answers around it: who, how sure, and on whose word.

The answers are a history like that of a replay, the question its newest report,
and `foretell` answers both: what a backtest measures is what the desk gets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from issues.memory.calibration import wilson_low
from issues.memory.foretelling import Foretelling
from issues.memory.history import Floats, History, Integers, kinds_of, known_before, parts_of_week

PLACE_REACH_M = 1000.0
"""Answers of the kind that lie farther off say nothing about the place."""

UNTESTED = 0.5
"""The most that is promised where no earlier answer was foretold yet, or most near answers say otherwise."""


class Level(StrEnum):
    """On what the answer rests, best first."""

    PLACE_AND_KIND = "place_and_kind"
    KIND = "kind"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Vote:
    """One past settled answer; metres in the city's system, `days_ago` before the question.

    `kinds` are numbers from coarse to fine: the service's group, the service.
    """

    body_id: int
    x_m: float
    y_m: float
    days_ago: float
    kinds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MemoryEvidence:
    """What memory says of one question: `votes` of the `of` answers within `radius_m` went to `body_id`.

    `confidence` is measured: how often answers at least as sure were right, with
    doubt (`issues.memory.calibration.Assured`). Of `record_of` answers of the
    kind foretold from those before them, `record_right` came true.
    """

    body_id: int
    confidence: float
    votes: int
    of: int
    radius_m: float
    level: Level
    record_right: int
    record_of: int
    is_city_body: bool = True
    handed_back_here: bool = False
    """The body has handed back a report of this kind close by: it is proposed, never decided."""


def propose(
    x_m: float, y_m: float, kinds: tuple[int, ...], asked_at: np.datetime64, votes: Sequence[Vote]
) -> MemoryEvidence | None:
    """Who probably answers at `x_m, y_m` for the kind, from past answers; None without any.

    `asked_at` in UTC. The order of the votes never matters.
    """
    if not votes:
        return None
    ordered = sorted(votes, key=lambda vote: (-vote.days_ago, vote.x_m, vote.y_m, vote.body_id, vote.kinds))
    ordered.append(Vote(-1, x_m, y_m, 0.0, kinds))
    history, body_ids = _history(ordered, asked_at)
    foretelling = Foretelling(history)
    found = foretelling.all()
    last = len(history) - 1
    body, assured, confidence = int(found.body[last]), float(found.assured[last]), float(found.confidence[last])
    if body < 0:  # all answers are of this very moment
        return None
    level, near, radius_m = _told(history, foretelling, last, body)
    votes_for = int((history.bodies[near] == body).sum())
    tested = np.flatnonzero((history.kinds[-1] == history.kinds[-1][last]) & (found.body >= 0))[:-1]
    return MemoryEvidence(
        body_id=int(body_ids[body]),
        confidence=round(assured if assured and 2 * votes_for > len(near) else min(UNTESTED, confidence), 4),
        votes=votes_for,
        of=len(near),
        radius_m=radius_m,
        level=level,
        record_right=int((found.body == history.bodies)[tested].sum()),
        record_of=len(tested),
    )


def _history(ordered: Sequence[Vote], asked_at: np.datetime64) -> tuple[History, Integers]:
    """The votes and, as the newest report, the question; and the id of each of its bodies."""
    days_ago = np.array([vote.days_ago for vote in ordered])
    days = days_ago[0] - days_ago
    moments = asked_at.astype("datetime64[us]") - (days_ago * 86_400e6).astype("timedelta64[us]")
    # The question's own body is a new number at the end: it is never looked at.
    body_ids, bodies = np.unique([vote.body_id for vote in ordered[:-1]], return_inverse=True)
    levels = np.array([vote.kinds for vote in ordered], dtype=np.int64).T
    return (
        History(
            np.array([[vote.x_m, vote.y_m] for vote in ordered]),
            days,
            known_before(days),
            kinds_of(list(levels), len(ordered)),
            np.append(bodies, len(body_ids)).astype(np.int64),
            len(body_ids) + 1,
            (parts_of_week(moments),),
        ),
        body_ids,
    )


def _told(history: History, foretelling: Foretelling, row: int, body: int) -> tuple[Level, Integers, float]:
    """The near answers that are counted aloud: those of the kind, else of any kind; and how far they reach.

    All of the nearest, or where most of those went elsewhere (a small district)
    the nearest so many that speak most clearly for `body`.
    """
    for level in (len(history.kinds) - 1, 0):
        near = foretelling.voices.near[level]
        rows = near.index[row][near.index[row] >= 0].astype(np.int64)
        if len(rows):
            break
    votes = np.cumsum(history.bodies[rows] == body)
    if 2 * votes[-1] <= len(rows):
        rows = rows[: int(np.argmax(wilson_low(votes, np.arange(1.0, len(rows) + 1)))) + 1]
    apart: Floats = np.hypot(*(history.points_m[rows] - history.points_m[row]).T)
    radius_m = round(float(apart.max()), 1)
    if level == 0:
        return Level.PLACE, rows, radius_m
    return Level.PLACE_AND_KIND if radius_m <= PLACE_REACH_M else Level.KIND, rows, radius_m
