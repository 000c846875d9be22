"""The voices of memory: different ways to read the same history, each a guess of who will answer.

For a report and each body that it may belong to, every voice says how likely it
finds that body, as a logarithm. Which voices are worth listening to is learned
elsewhere (`issues.memory.weighing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from issues.memory.history import Floats, History, Integers
from issues.memory.neighbours import Neighbours, nearest_earlier
from issues.memory.tallies import Tally

NEIGHBOURS = 24
YEAR_M = 100.0
"""An answer a year older counts as so many metres farther away: boundaries move, bodies are renamed."""

HALF_LIVES = (np.inf, 200.0, 25.0)
"""Of answers by kind: all time, the usual, the latest."""

CLUE_HALF_LIVES = (np.inf, 50.0)

USUAL = 1
"""Which of the half-lives is what one expects before looking at the place."""

KIND_STRENGTH = 2.0
USUAL_BODIES = 6
LATEST_BODIES = 4
GROUP_GAP_M = 1e7
"""Kinds lie that far apart in the trees, so that one tree serves them all."""

NEWEST = 2.0
"""Of the near answers, one counts half as much as the one so many places newer."""

FLOOR = 1e-6

DENSEST = 20_000_000
"""So many bytes may be spent on ticking off."""


@dataclass(frozen=True)
class Guesses:
    """What the voices say of some reports: one entry for each report and body that it may belong to.

    `row` and `body` are (p,), sorted by both; `said` is (voices, p).
    """

    row: Integers
    body: Integers
    said: Floats

    def part(self, keep: Integers | np.ndarray) -> "Guesses":
        """Those entries only."""
        return Guesses(self.row[keep], self.body[keep], self.said[:, keep])


class Shares(Protocol):
    """What counts the answers of a key by body."""

    def shares(
        self, keys: Integers, bodies: Integers, known: Integers, strength: float, prior: list[Floats]
    ) -> list[Floats]:
        """As `issues.memory.tallies.Tally.shares`."""


class Voices:
    """All voices of one history. Ask for rows in blocks that start where no moment is cut."""

    def __init__(self, history: History) -> None:
        self.history = history
        aged = history.days / 365.25 * YEAR_M
        self._near: list[Neighbours] = [
            nearest_earlier(
                np.column_stack([history.points_m, aged, kind * GROUP_GAP_M]),
                history.known,
                NEIGHBOURS,
                GROUP_GAP_M / 2,
            )
            for kind in history.kinds
        ]
        bodies, count = history.bodies, history.body_count
        self._kinds: Sequence[Shares] = [Tally(kind, bodies, count, HALF_LIVES) for kind in history.kinds]
        self._any_body = Tally(bodies, np.zeros_like(bodies), 1, (np.inf,))
        self._clue_keys = self._keys_of_clues()
        self._clues: Sequence[Shares] = [Tally(key, bodies, count, CLUE_HALF_LIVES) for key in self._clue_keys]
        self._latest = [_latest_bodies(keys, bodies, history.known) for keys in (*history.kinds, *self._clue_keys)]
        self.names = self._names()

    def _keys_of_clues(self) -> list[Integers]:
        """Each clue alone and, where there are kinds, with the finest kind; -1 where it is unknown."""
        finest = self.history.kinds[-1]
        keys: list[Integers] = []
        for clue in self.history.clues:
            with_kind = np.where(clue < 0, -1, finest * (int(clue.max(initial=0)) + 1) + clue)
            keys += [clue, with_kind] if len(self.history.kinds) > 1 else [clue]
        return keys

    def _names(self) -> list[str]:
        names = []
        for level in range(len(self.history.kinds)):
            names += [f"kind {level} all time", f"kind {level} usual", f"kind {level} latest"]
            names += [f"place {level} near", f"place {level} wide", f"place {level} here", f"place {level} recent"]
            names += [f"place {level} first"]
        names += ["lift near", "lift wide"] if len(self.history.kinds) > 1 else []
        names += [f"clue {number} {life}" for number in range(len(self._clues)) for life in ("all time", "latest")]
        names += ["named"] if self.history.named is not None else []
        return [*names, "stale"]

    def guesses(self, start: int, end: int) -> Guesses:
        """What every voice says of the reports `start`…`end`; nothing where no answer is known yet."""
        history = self.history
        row, body = self._possible(start, end)
        known = history.known[row]
        said: list[Floats] = []
        usual: list[Floats] = []
        expected = [np.full(len(row), 1.0 / 50)] * len(HALF_LIVES)
        for level, kind in enumerate(history.kinds):
            expected = self._kinds[level].shares(kind[row], body, known, KIND_STRENGTH, expected)
            usual.append(expected[USUAL])
            said += [np.log(share + FLOOR) for share in expected]
            near = self.nearest(level, start, end)
            said += _place(near, start, row, body, history, expected[USUAL])
        if len(history.kinds) > 1:
            said += [said[3] - np.log(usual[0] + FLOOR), said[4] - np.log(usual[0] + FLOOR)]
        for key, tally in zip(self._clue_keys, self._clues, strict=True):
            shares = tally.shares(key[row], body, known, KIND_STRENGTH, [usual[-1]] * 2)
            said += [np.log(share + FLOOR) - np.log(usual[-1] + FLOOR) for share in shares]
        if history.named is not None:
            said.append((history.named[row] == body).astype(float))
        answers, latest = self._latest_places(body, known)
        since = (known - latest) * answers / np.maximum(known, 1)
        said.append(np.log1p(np.where(answers > 0, since, 0.0)))
        return Guesses(row, body, np.array(said) if len(row) else np.empty((len(self.names), 0)))

    def _possible(self, start: int, end: int) -> tuple[Integers, Integers]:
        """The bodies that each report may belong to: those nearby and the usual ones of its kind and clues."""
        history, rows = self.history, np.arange(start, end)
        count = history.body_count
        pairs = []
        for level in range(len(history.kinds)):
            index = self.nearest(level, start, end).index
            found = index >= 0
            pairs.append(np.repeat(rows, found.sum(axis=1)) * count + history.bodies[index[found]])
        for number in range(len(history.kinds) + len(self._clue_keys)):
            pairs.append(self._usual(number, start, rows))
            latest = self._latest_of(number, start, end)
            found = latest >= 0
            pairs.append(np.repeat(rows, found.sum(axis=1)) * count + latest[found])
        if history.named is not None:
            named = history.named[rows]
            pairs.append(rows[named >= 0] * count + named[named >= 0])
        both = _different(np.concatenate(pairs) - start * count, (end - start) * count) + start * count
        return both // count, both % count

    def nearest(self, level: int, start: int, end: int) -> Neighbours:
        """The nearest answers of one level of kinds to the reports `start`…`end`."""
        near = self._near[level]
        return Neighbours(near.index[start:end], near.distance[start:end])

    def _usual(self, number: int, start: int, rows: Integers) -> Integers:
        """The usual bodies of each row's key before the block that begins at `start`, as row × count + body.

        The number of a key is its place among kinds and clues.
        """
        keys = [*self.history.kinds, *self._clue_keys][number]
        bodies, weight = self.history.bodies, usual_weight(start)
        return _usual_bodies(keys, bodies, self.history.body_count, weight, rows)

    def _latest_places(self, bodies: Integers, known: Integers) -> tuple[Integers, Integers]:
        """How often each of `bodies` had answered, and the row of its newest answer (-1 for none)."""
        return self._any_body.latest_places(bodies, known)

    def _latest_of(self, number: int, start: int, end: int) -> NDArray[np.int32]:
        """(rows, LATEST_BODIES) of the key with that number among kinds and clues."""
        return self._latest[number][start:end]


def usual_weight(start: int) -> Floats:
    """(start,) how much each answer before `start` counts for what is usual there."""
    weight: Floats = 0.5 ** ((start - np.arange(start)) / (start / 4 + 1))
    return weight


def _place(
    near: Neighbours, start: int, row: Integers, body: Integers, history: History, expected: Floats
) -> list[Floats]:
    """The votes of the nearest answers of one level of kinds, counted in five ways; `near` from row `start` on."""
    index, distance = near.index, near.distance
    found = index >= 0
    apart = np.where(found, distance, 0.0)
    fifth = np.where(found[:, 4], apart[:, 4], 1e5)
    reach = np.maximum(fifth, 20.0)[:, None]
    first = np.zeros_like(apart)
    first[:, 0] = found[:, 0]
    # A newer answer always has the greater row: how many of the near ones are newer than each.
    newer = np.argsort(np.argsort(-index, axis=1, kind="stable"), axis=1, kind="stable")
    weights = (
        (found / (1 + (apart / reach) ** 2) ** 2, 1.0),
        (found.astype(float), 2.0),
        (found * np.exp(-apart / 60.0), 0.5),
        (found * 0.5 ** (newer / NEWEST), 0.5),
    )
    count = history.body_count
    pairs = row * count + body
    voters = ((start + np.arange(len(index)))[:, None] * count + history.bodies[np.maximum(index, 0)])[found]
    slot = np.searchsorted(pairs, voters)
    said = []
    for weight, strength in weights:
        votes = np.bincount(slot, weight[found], minlength=len(row))
        total = weight.sum(axis=1)[row - start]
        said.append(np.log((votes + strength * expected) / (total + strength) + FLOOR))
    said.append(np.bincount(slot, first[found], minlength=len(row)))
    return said


def _different(numbers: Integers, end: int) -> Integers:
    """The different ones of `numbers` (0…end), ascending. Ticking them off is ten times faster than sorting."""
    if end > DENSEST:
        return np.unique(numbers)
    there = np.zeros(end, dtype=bool)
    there[numbers] = True
    return np.flatnonzero(there)


def _usual_bodies(keys: Integers, bodies: Integers, count: int, weight: Floats, rows: Integers) -> Integers:
    """The most frequent bodies of each row's key before the block, as row × count + body."""
    start = len(weight)
    before = keys[:start]
    both, inverse = np.unique(np.where(before < 0, -1, before * count + bodies[:start]), return_inverse=True)
    total = np.bincount(inverse, weight, minlength=len(both))
    both, total = both[both >= 0], total[both >= 0]
    key = both // count
    order = np.lexsort((-total, key))
    key, body = key[order], both[order] % count
    first = np.searchsorted(key, keys[rows])
    after = np.searchsorted(key, keys[rows], side="right")
    pairs = []
    for place in range(USUAL_BODIES):
        has = (first + place < after) & (keys[rows] >= 0)
        pairs.append(rows[has] * count + body[first[has] + place])
    return np.concatenate(pairs)


def _latest_bodies(keys: Integers, bodies: Integers, known: Integers) -> NDArray[np.int32]:
    """(n, LATEST_BODIES) the different bodies that answered last for the key of each row, newest first; -1 for none."""
    found = np.full((len(keys), LATEST_BODIES), -1, dtype=np.int32)
    latest: dict[int, list[int]] = {}
    learned = 0
    asked, answered = keys.tolist(), bodies.tolist()
    for row, until in enumerate(known.tolist()):
        for place in range(learned, until):
            newest_first = latest.setdefault(asked[place], [])
            body = answered[place]
            if not newest_first or newest_first[0] != body:
                if body in newest_first:
                    newest_first.remove(body)
                newest_first.insert(0, body)
                del newest_first[LATEST_BODIES:]
        learned = max(learned, until)
        if asked[row] >= 0 and asked[row] in latest:
            newest_first = latest[asked[row]]
            found[row, : len(newest_first)] = newest_first
    return found
