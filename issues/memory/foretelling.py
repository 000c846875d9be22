"""Foretells every answer of a history from the answers before it, and says how sure it is.

Block after block: the voices speak, weights learned from the blocks before add
them up, and the record so far makes a confidence of it. Within a block the
counts, the nearest answers and the records are as fresh as the report before;
only weights wait for the next block. Nothing that comes later is ever seen.
"""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass

import numpy as np

from issues.memory.calibration import (
    LEARNED_FROM,
    Assured,
    Flags,
    Lately,
    Measured,
    Track,
    claimed,
    learn_confidence,
    log_odds,
    start_confidence,
)
from issues.memory.history import Floats, History, Integers
from issues.memory.mixture import Mixture, first_merits, mixed_voices, truth_said
from issues.memory.voices import Guesses, Voices
from issues.memory.weighing import LEARNED_FROM as WEIGHED_FROM
from issues.memory.weighing import chances, learn_weights, start_weights

FIRST_BLOCK = 10
GROWTH = 1.25
LARGEST_BLOCK = 4000
NEGLIGIBLE = 1e-3
"""A wrong body that had a smaller chance teaches the weights nothing: nine of ten candidates."""

MOST_BODIES = 2**31
"""Pairs of kind and body are numbered by it: the numbers stay when a new body answers."""

Advance = Callable[[int, int], None]


@dataclass(frozen=True)
class Foretold:
    """What was foretold for each report of a history, all (n,).

    `body` is -1 where nothing was known yet. `confidence`: how probably it is
    right. `assured`: how often answers at least as sure were right so far, with
    doubt; what reaches the wanted precision may be decided automatically.
    """

    body: Integers
    confidence: Floats
    assured: Floats


def foretell(history: History, advance: Advance = lambda done, total: None) -> Foretold:
    """Foretell every report of `history`."""
    return Foretelling(history).all(advance)


def _blocks(known: Integers) -> Iterator[tuple[int, int]]:
    """Rows start…end, growing; never a border between reports of one moment."""
    n, start = len(known), 0
    while start < n:
        end = start + block_size(start)
        end = int(np.searchsorted(known, known[end], side="left")) if end < n else n
        if end <= start:  # one moment fills the block
            end = int(np.searchsorted(known, known[start], side="right"))
        yield start, end
        start = end


def block_size(start: int) -> int:
    """How many rows the block has that begins at row `start`, if no moment is cut."""
    return int(np.clip(start * (GROWTH - 1), FIRST_BLOCK, LARGEST_BLOCK))


class Foretelling:
    """What was learned up to a block of the history, and the voices that speak about it.

    `weights` (voices and mixtures,) in the order of `names`; `features`, `right` and `answered` (n, …) are the
    record of each row; `opened` is where the block began whose weights are in use; `spoken` the latest guesses.
    """

    def __init__(self, history: History) -> None:
        self.history = history
        self.voices = Voices(history)
        self._mixed = mixed_voices(self.voices.names)
        self.names = names = [*self.voices.names, "mixture finest", "mixture all"]
        finest = len(history.kinds) - 1
        merits = first_merits(names, self._mixed, finest)
        self._mixtures: tuple[tuple[int, Mixture], ...] = ((-1, Mixture(merits, 50.0)), (0, Mixture(merits, 500.0)))
        self._start = self.weights = start_weights(names, finest)
        self._past: list[tuple[Guesses, Flags]] = []
        self._tracks = [Track() for _ in range(4)]
        self._lately = Lately()
        self._confidence_weights = start_confidence(2 + len(self._tracks))
        n = len(history)
        self.features = np.zeros((n, 2 + len(self._tracks)))
        self.right, self.answered = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        self.open_block(0)

    def all(self, advance: Advance = lambda done, total: None) -> Foretold:
        """Foretell every report, once."""
        n = len(self.history)
        parts = [Foretold(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))]
        for start, end in _blocks(self.history.known):
            advance(start, n)
            self.open_block(start)
            parts.append(self._rows(start, end))
        advance(n, n)
        return Foretold(
            np.concatenate([part.body for part in parts]),
            np.concatenate([part.confidence for part in parts]),
            np.concatenate([part.assured for part in parts]),
        )

    def next(self, history: History, voices: Voices) -> Foretold:
        """Foretell the last row of `history`, which is that of this foretelling and one more; learn its answer."""
        self.history, self.voices = history, voices
        self.features = np.vstack([self.features, np.zeros(self.features.shape[1])])
        self.right, self.answered = np.append(self.right, False), np.append(self.answered, False)
        return self._rows(len(history) - 1, len(history))

    def copied(self) -> "Foretelling":
        """The same, going on by itself."""
        other = copy(self)
        other._past = list(self._past)
        other._mixtures = tuple((level, mixture.copied()) for level, mixture in self._mixtures)
        other._tracks = [track.copied() for track in self._tracks]
        other._lately = self._lately.copied()
        return other

    def without(self, gone: Integers, history: History) -> None:
        """Forget the rows `gone` (ascending); `history` is what is left. What they taught before stays learned."""
        self.history = history
        self.opened -= int(np.searchsorted(gone, self.opened))
        self.features = np.delete(self.features, gone, axis=0)
        self.right, self.answered = np.delete(self.right, gone), np.delete(self.answered, gone)
        if self._past:
            said, right = _joined(self._past)
            stays = ~np.isin(said.row, gone)
            kept = said.part(stays)
            renumbered = Guesses(kept.row - np.searchsorted(gone, kept.row), kept.body, kept.said)
            self._past = [(renumbered, right[stays])]

    def _rows(self, start: int, end: int) -> Foretold:
        """What is foretold of the rows start…end, which lie in the block that was opened; their answers are learned."""
        guesses = self._guesses(start, end)
        chance = chances(guesses.said, guesses.row, self.weights)
        body, likely = _best(guesses, chance, start, end)
        rows = slice(start, end)
        self.right[rows], self.answered[rows] = body == self.history.bodies[rows], body >= 0
        self.features[rows] = self._confidence_features(rows, body, likely)
        claims = claimed(self.features[rows], self._confidence_weights)
        # After n answers nobody is surer than n + 1 in n + 2, nor sure of anything before the first.
        known = self.history.known[rows]
        sure = np.where(body < 0, 0.0, np.minimum(self._measured.worth(claims), (known + 1) / (known + 2)))
        right = self.history.bodies[guesses.row] == guesses.body
        teaches = (chance >= NEGLIGIBLE) | right
        self._past.append((guesses.part(teaches), right[teaches]))
        self.spoken = guesses
        promised = np.where(body < 0, 0.0, self._assured.of(claims))
        return Foretold(body, sure, self._lately.kept(promised, known - start, self.right[rows]))

    def open_block(self, start: int) -> None:
        """Learn from the rows before `start`, all of which are known to the rows after it."""
        self.opened = start
        # A block in which nothing was known yet, such as the first day of a file of days, has no rows at all.
        self._past = [
            (said, right) for said, right in self._past if len(said.row) and start - said.row[-1] <= WEIGHED_FROM
        ]
        if self._past:
            said, right = _joined(self._past)
            self.weights = learn_weights(said, right, self.weights, self._start)
        window = np.arange(max(0, start - LEARNED_FROM), start)
        window = window[self.answered[window]]
        right = self.right[window]
        self._confidence_weights = learn_confidence(self.features[window], right)
        # Past answers as they would be claimed today: the confidences given at first were too rough to count on.
        claims = claimed(self.features[window], self._confidence_weights)
        self._assured, self._measured = Assured(claims, right), Measured(claims, right)

    def _guesses(self, start: int, end: int) -> Guesses:
        """The voices and, as two more, their mixtures."""
        spoken = self.voices.guesses(start, end)
        said = spoken.said[self._mixed]
        right = np.flatnonzero(self.history.bodies[spoken.row] == spoken.body)
        entry = np.full(end - start, -1)
        entry[spoken.row[right] - start] = right
        of_truth = truth_said(said, entry) if said.shape[1] else np.zeros((end - start, len(self._mixed)))
        known = self.history.known[start:end] - start
        mixtures = []
        for level, mixture in self._mixtures:
            weights = mixture.weights(self.history.kinds[level][start:end], known, of_truth)
            mixtures.append(np.log(np.einsum("vp,pv->p", np.exp(said), weights[spoken.row - start]) + 1e-6))
        return Guesses(spoken.row, spoken.body, np.vstack([spoken.said, *mixtures]))

    def _confidence_features(self, rows: slice, body: Integers, likely: Floats) -> Floats:
        kind = self.history.kinds[-1][rows]
        known, more = self.history.known[rows] - rows.start, self.right[rows] - likely
        keys = (kind, body, kind * MOST_BODIES + body + 1, np.zeros_like(body))
        tracks = [track.surplus(key, known, more) for track, key in zip(self._tracks, keys, strict=True)]
        return np.column_stack([np.ones(len(body)), log_odds(likely), *tracks])


def _joined(past: list[tuple[Guesses, Flags]]) -> tuple[Guesses, Flags]:
    row = np.concatenate([said.row for said, _ in past])
    body = np.concatenate([said.body for said, _ in past])
    said = np.concatenate([said.said for said, _ in past], axis=1)
    return Guesses(row, body, said), np.concatenate([right for _, right in past])


def _best(guesses: Guesses, chance: Floats, start: int, end: int) -> tuple[Integers, Floats]:
    """The likeliest body of each row and its chance; -1 and 0 where there is none."""
    body, likely = np.full(end - start, -1), np.zeros(end - start)
    if len(chance):
        order = np.lexsort((-chance, guesses.row))
        rows, first = np.unique(guesses.row[order], return_index=True)
        body[rows - start], likely[rows - start] = guesses.body[order][first], chance[order][first]
    return body, likely
