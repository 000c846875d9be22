"""The voices about the newest report alone, read from the answers as they lie.

A replay prepares trees and running sums for all reports at once. One question
needs none of it: looking once through the arrays answers it in milliseconds,
and there is nothing to bring up to date when an answer is added.
"""

import numpy as np
from numpy.typing import NDArray

from issues.memory.history import Floats, History, Integers
from issues.memory.neighbours import Neighbours
from issues.memory.voices import (
    CLUE_HALF_LIVES,
    HALF_LIVES,
    LATEST_BODIES,
    NEIGHBOURS,
    USUAL_BODIES,
    YEAR_M,
    Voices,
    usual_weight,
)


class PresentTally:
    """As `issues.memory.tallies.Tally`, for questions about one key at the end of the history."""

    def __init__(self, bodies: Integers, half_lives: tuple[float, ...], fading: dict[float, Floats]) -> None:
        """`bodies` that answered for the key, oldest first; `fading` as of `_fading`, for at least as many."""
        self._bodies, self._half_lives, self._fading = bodies, half_lives, fading

    def shares(
        self, keys: Integers, bodies: Integers, known: Integers, strength: float, prior: list[Floats]
    ) -> list[Floats]:
        """The share of each of `bodies` among the key's answers, pulled to `prior`; one for each half-life."""
        n, most = len(self._bodies), int(bodies.max(initial=0)) + 1
        found = []
        for life, expected in zip(self._half_lives, prior, strict=True):
            fade = 0.5 ** (1 / life)
            total = (1 - fade**n) / (1 - fade) if np.isfinite(life) else float(n)
            weight = self._fading[life]
            count = np.bincount(self._bodies, weight[len(weight) - n :], minlength=most)[bodies]
            found.append((count + strength * expected) / (total + strength))
        return found


def _fading(n: int) -> dict[float, Floats]:
    """For each half-life what the latest `n` answers of a key count for, the newest last."""
    ago = np.arange(n - 1, -1, -1)
    return {life: (0.5 ** (1 / life)) ** ago for life in {*HALF_LIVES, *CLUE_HALF_LIVES}}


class PresentVoices(Voices):
    """What `Voices` says of the last row of `history`, which knows all rows before it.

    `opened` is the row where the block of that row begins.
    """

    def __init__(self, history: History, opened: int) -> None:
        self.history, self._opened = history, opened
        last = len(history) - 1
        self._before = np.arange(last)
        self._clue_keys = self._keys_of_clues()
        keys = [*history.kinds, *self._clue_keys]
        self._rows = [self._rows_of(key) for key in keys]
        levels, bodies = len(history.kinds), history.bodies
        fading = _fading(last)
        self._kinds = [PresentTally(bodies[rows], HALF_LIVES, fading) for rows in self._rows[:levels]]
        self._clues = [PresentTally(bodies[rows], CLUE_HALF_LIVES, fading) for rows in self._rows[levels:]]
        self._weight = usual_weight(opened)
        self.names = self._names()
        aged = history.days / 365.25 * YEAR_M
        apart = np.column_stack([history.points_m, aged])
        self._apart = np.sqrt(np.square(apart[:-1] - apart[-1]).sum(axis=1))

    def _rows_of(self, keys: Integers) -> Integers:
        """The earlier rows of the last row's key; none for an unknown one."""
        return np.flatnonzero(keys[:-1] == keys[-1]) if keys[-1] >= 0 else np.empty(0, dtype=np.int64)

    def nearest(self, level: int, start: int, end: int) -> Neighbours:
        """The nearest answers of one level of kinds, (1, NEIGHBOURS)."""
        rows = self._rows[level]
        apart = self._apart[rows]
        if len(rows) > NEIGHBOURS:
            some = np.argpartition(apart, NEIGHBOURS)[:NEIGHBOURS]
            rows, apart = rows[some], apart[some]
        order = np.lexsort((rows, apart))
        index = np.full((1, NEIGHBOURS), -1, dtype=np.int32)
        distance = np.full((1, NEIGHBOURS), np.inf)
        index[0, : len(rows)], distance[0, : len(rows)] = rows[order], apart[order]
        return Neighbours(index, distance)

    def _latest_places(self, bodies: Integers, known: Integers) -> tuple[Integers, Integers]:
        before = self.history.bodies[:-1]
        most = int(bodies.max(initial=0)) + 1
        latest = np.full(self.history.body_count, -1)
        latest[before] = self._before  # of equal numbers the last one stays
        return np.bincount(before, minlength=most)[bodies], latest[bodies]

    def _usual(self, number: int, start: int, rows: Integers) -> Integers:
        of_key = self._rows[number]
        of_key = of_key[: int(np.searchsorted(of_key, self._opened))]
        total = np.bincount(self.history.bodies[of_key], self._weight[of_key], minlength=1)
        usual = np.argsort(-total, kind="stable")[:USUAL_BODIES]
        return start * self.history.body_count + usual[total[usual] > 0]

    def _latest_of(self, number: int, start: int, end: int) -> NDArray[np.int32]:
        found = np.full((1, LATEST_BODIES), -1, dtype=np.int32)
        bodies = self.history.bodies[self._rows[number]]
        latest = np.full(self.history.body_count, -1)
        latest[bodies] = np.arange(len(bodies))
        newest_first = np.argsort(-latest, kind="stable")[:LATEST_BODIES]
        newest_first = newest_first[latest[newest_first] >= 0]
        found[0, : len(newest_first)] = newest_first
        return found
