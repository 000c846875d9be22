"""Remembers settled answers: replays them once, then learns each new one and answers questions in milliseconds.

The replay is that of a backtest, each answer foretold from those that had
become known before it. A question is answered as the next report of that
replay, by the same code: what a backtest measures is what the desk gets.
"""

from collections.abc import Hashable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import cast

import numpy as np

from issues.memory.calibration import Flags, wilson_low
from issues.memory.foretelling import Foretelling, block_size
from issues.memory.history import Floats, History, Integers, parts_of_week
from issues.memory.present import PresentVoices
from issues.memory.voting import AreaVotes, Asked, Level, MemoryEvidence, Vote

PLACE_REACH_M = 1000.0
"""Answers of the kind that lie farther off say nothing about the place."""

UNTESTED = 0.5
"""The most that is promised where no earlier answer was foretold yet, or most near answers say otherwise."""

AREA_MATTERS = np.log(2)
"""An area is named if it alone doubles the odds of the body."""

NOBODY_YET = -1


class Numbers:
    """Numbers from 0 in the order in which the values were first met."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self.values: list[Hashable] = []

    def __len__(self) -> int:
        return len(self.values)

    def add(self, value: Hashable) -> int:
        """The value's number, a new one for a new value."""
        number = self._numbers.setdefault(value, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number

    def find(self, value: Hashable) -> int:
        """The value's number; that of the next new one for a new value."""
        return self._numbers.get(value, len(self.values))


@dataclass(frozen=True)
class _Row:
    """An answer, or a question, in numbers."""

    body: int
    kinds: tuple[int, ...]
    clues: tuple[int, ...]


class Remembering:
    """At least one settled answer, and what a replay of them taught. Threads share it only with a lock.

    Parameters
    ----------
    votes
        In the order in which they became known; all with kinds of as many levels.
    """

    def __init__(self, votes: Sequence[Vote]) -> None:
        self.layers = sorted({layer for vote in votes for layer in vote.asked.areas})
        self.votes = list(votes)
        self.answer_ids = {vote.answer_id for vote in votes}
        self._answer_of = {vote.report_id: vote.answer_id for vote in votes}
        self._bodies = Numbers()
        self._kinds = [Numbers() for _ in range(len(votes[0].asked.kinds) + 1)]
        self._areas = [Numbers() for _ in self.layers]
        rows = [self._row(vote.asked, vote.body_id) for vote in votes]
        self._foretelling = Foretelling(
            History(
                np.array([[vote.asked.x_m, vote.asked.y_m] for vote in votes]),
                np.array([_day(vote.asked.moment) for vote in votes]),
                np.arange(len(votes)),
                tuple(np.array(level) for level in zip(*(row.kinds for row in rows), strict=True)),
                np.array([row.body for row in rows]),
                len(self._bodies),
                tuple(np.array(clue) for clue in zip(*(row.clues for row in rows), strict=True)),
            )
        )
        self._foretelling.all()
        self._open_block()

    def __len__(self) -> int:
        return len(self.votes)

    def copied(self) -> "Remembering":
        """The same, which goes on by itself."""
        other = copy(self)
        other.votes, other.answer_ids, other._answer_of = list(self.votes), set(self.answer_ids), dict(self._answer_of)
        other._foretelling = self._foretelling.copied()
        return other

    def answers_of(self, report_id: int | None, moment: np.datetime64) -> set[int]:
        """The answer about that report, and those to questions of that moment or later."""
        own = set() if report_id is None else {self._answer_of.get(report_id, NOBODY_YET)} & self.answer_ids
        late = np.flatnonzero(self._foretelling.history.days >= _day(moment))
        return own | {self.votes[place].answer_id for place in late.tolist()}

    def has_layers_of(self, votes: Iterable[Vote]) -> bool:
        """Whether only areas of layers are named that had answers when this was made; others need a new one."""
        return all(layer in self.layers for vote in votes for layer in vote.asked.areas)

    def learn(self, vote: Vote) -> None:
        """Remember one more answer: 4 ms, and some tenths of a second when a block of the replay ends with it."""
        history = self._longer(vote.asked, self._row(vote.asked, vote.body_id))
        self._foretelling.next(history, PresentVoices(history, self._foretelling.opened))
        self.votes.append(vote)
        self.answer_ids.add(vote.answer_id)
        self._answer_of[vote.report_id] = vote.answer_id
        self._open_block()

    def forget(self, answer_ids: set[int]) -> None:
        """Those votes are not counted any more; what they taught about confidence before stays. Not all of them."""
        gone = np.array([place for place, vote in enumerate(self.votes) if vote.answer_id in answer_ids], dtype=int)
        if not len(gone):
            return
        history = self._foretelling.history
        self._foretelling.without(
            gone,
            History(
                np.delete(history.points_m, gone, axis=0),
                np.delete(history.days, gone),
                np.arange(len(history) - len(gone)),
                tuple(np.delete(kind, gone) for kind in history.kinds),
                np.delete(history.bodies, gone),
                history.body_count,
                tuple(np.delete(clue, gone) for clue in history.clues),
            ),
        )
        self.votes = [vote for vote in self.votes if vote.answer_id not in answer_ids]
        self.answer_ids -= answer_ids

    def ask(self, asked: Asked) -> MemoryEvidence | None:
        """Who probably answers; None where nothing speaks for anybody. Changes nothing."""
        history = self._longer(asked, self._row(asked, None))
        foretelling, row = self._foretelling.copied(), len(self)
        voices = PresentVoices(history, foretelling.opened)
        found = foretelling.next(history, voices)
        body, assured, confidence = int(found.body[0]), float(found.assured[0]), float(found.confidence[0])
        if body < 0:
            return None
        level, near, radius_m = _told(voices, row, body)
        votes_for = int((history.bodies[near] == body).sum())
        tested = (history.kinds[-1][:row] == history.kinds[-1][row]) & foretelling.answered[:row]
        return MemoryEvidence(
            body_id=cast(int, self._bodies.values[body]),
            confidence=round(assured if assured and 2 * votes_for > len(near) else min(UNTESTED, confidence), 4),
            votes=votes_for,
            of=len(near),
            radius_m=radius_m,
            level=level,
            record_right=int(foretelling.right[:row][tested].sum()),
            record_of=int(tested.sum()),
            area=self._area(foretelling, body),
        )

    def _open_block(self) -> None:
        if len(self) >= self._foretelling.opened + block_size(self._foretelling.opened):
            self._foretelling.open_block(len(self))

    def _row(self, asked: Asked, body_id: int | None) -> _Row:
        """The numbers of an answer; of a question where there is no body: its new values get no number for good."""
        number = Numbers.find if body_id is None else Numbers.add
        kinds = [asked.kinds[:level] for level in range(len(self._kinds))]
        areas = [asked.areas.get(layer) for layer in self.layers]
        return _Row(
            number(self._bodies, NOBODY_YET if body_id is None else body_id),
            tuple(number(numbers, kind) for numbers, kind in zip(self._kinds, kinds, strict=True)),
            (
                *(-1 if area is None else number(numbers, area)
                  for numbers, area in zip(self._areas, areas, strict=True)),
                int(parts_of_week(np.array([asked.moment], dtype="datetime64[us]"))[0]),
            ),
        )  # fmt: skip

    def _longer(self, asked: Asked, row: _Row) -> History:
        history = self._foretelling.history
        return History(
            np.vstack([history.points_m, [asked.x_m, asked.y_m]]),
            np.append(history.days, _day(asked.moment)),
            np.arange(len(history) + 1),
            tuple(np.append(kind, number) for kind, number in zip(history.kinds, row.kinds, strict=True)),
            np.append(history.bodies, row.body),
            max(len(self._bodies), row.body + 1),
            tuple(np.append(clue, number) for clue, number in zip(history.clues, row.clues, strict=True)),
        )

    def _area(self, foretelling: Foretelling, body: int) -> AreaVotes | None:
        """The area that sets the body apart most, if they do at all and most of its answers agree.

        Districts of several layers often end at the same border: each alone then
        changes little, as the others say the same, so all together count, too.
        """
        spoken, history, names = foretelling.spoken, foretelling.history, foretelling.names
        worth = foretelling.weights[:, None] * spoken.said
        score, kind, is_body = worth.sum(axis=0), history.kinds[-1], spoken.body == body
        # Each clue is heard alone and with the kind (`Voices`), each of them in two voices.
        voices = [
            worth[
                [names.index(f"clue {number} {life}")
                 for number in (2 * place, 2 * place + 1) for life in ("all time", "latest")]
            ].sum(axis=0)
            for place in range(len(self._areas))
        ]  # fmt: skip
        with_all = _log_odds(score, is_body)
        together = with_all - _log_odds(score - np.sum(voices, axis=0), is_body)
        found, strongest = None, 0.0 if together > AREA_MATTERS else AREA_MATTERS
        for place, numbers in enumerate(self._areas):
            area = int(history.clues[place][-1])
            difference = with_all - _log_odds(score - voices[place], is_body)
            if area < 0 or difference <= strongest:
                continue
            here = history.bodies[:-1][(history.clues[place][:-1] == area) & (kind[:-1] == kind[-1])]
            votes = int((here == body).sum())
            if 2 * votes > len(here):
                strongest = difference
                found = AreaVotes(cast(int, numbers.values[area]), votes, len(here))
        return found


def _log_odds(score: Floats, body: Flags) -> float:
    """How much the score of one body, marked in `body`, exceeds that of all others together; 0 without others."""
    return float(score[body][0] - np.logaddexp.reduce(score[~body])) if (~body).any() else 0.0


def _day(moment: np.datetime64) -> float:
    return float(moment.astype("datetime64[us]").astype(np.int64)) / 86_400e6


def _told(voices: PresentVoices, row: int, body: int) -> tuple[Level, Integers, float]:
    """The near answers that are counted aloud: those of the kind, else of any kind; and how far they reach.

    All of the nearest, or where most of those went elsewhere (a small district)
    the nearest so many that speak most clearly for `body`.
    """
    history = voices.history
    for level in (len(history.kinds) - 1, 0):
        index = voices.nearest(level, row, row + 1).index[0]
        rows = index[index >= 0].astype(np.int64)
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
