"""Foretells every answer of a history from the answers before it, and says how sure it is.

Block after block: the voices speak, weights learned from the blocks before add
them up, and the record so far makes a confidence of it. Within a block the
counts, the nearest answers and the records are as fresh as the report before;
only weights wait for the next block. Nothing that comes later is ever seen.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from issues.memory.calibration import (
    LEARNED_FROM,
    Assured,
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
    n, start, size = len(known), 0, FIRST_BLOCK
    while start < n:
        end = start + size
        end = int(np.searchsorted(known, known[end], side="left")) if end < n else n
        if end <= start:  # one moment fills the block
            end = int(np.searchsorted(known, known[start], side="right"))
        yield start, end
        start, size = end, int(np.clip(end * (GROWTH - 1), FIRST_BLOCK, LARGEST_BLOCK))


class Foretelling:
    """What was learned up to a block of the history, and the voices that speak about it."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.voices = Voices(history)
        self._mixed = mixed_voices(self.voices.names)
        names = [*self.voices.names, "mixture finest", "mixture all"]
        finest = len(history.kinds) - 1
        merits = first_merits(names, self._mixed, finest)
        self._mixtures = ((history.kinds[-1], Mixture(merits, 50.0)), (history.kinds[0], Mixture(merits, 500.0)))
        self._start = self._weights = start_weights(names, finest)
        self._past: list[Guesses] = []
        self._tracks = [Track() for _ in range(4)]
        self._confidence_weights = start_confidence(2 + len(self._tracks))
        n = len(history)
        self._features = np.zeros((n, 2 + len(self._tracks)))
        self._right, self._answered = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)

    def all(self, advance: Advance = lambda done, total: None) -> Foretold:
        """Foretell every report, once."""
        n = len(self.history)
        body, confidence, assured = np.full(n, -1), np.zeros(n), np.zeros(n)
        for start, end in _blocks(self.history.known):
            advance(start, n)
            body[start:end], confidence[start:end], assured[start:end] = self._block(start, end)
        advance(n, n)
        return Foretold(body, confidence, assured)

    def _block(self, start: int, end: int) -> tuple[Integers, Floats, Floats]:
        """Body, confidence and what may be promised, for the rows start…end."""
        assured, measured = self._learn(start)
        guesses = self._guesses(start, end)
        chance = chances(guesses.said, guesses.row, self._weights)
        body, likely = _best(guesses, chance, start, end)
        rows = slice(start, end)
        self._right[rows], self._answered[rows] = body == self.history.bodies[rows], body >= 0
        self._features[rows] = self._confidence_features(rows, body, likely)
        claims = claimed(self._features[rows], self._confidence_weights)
        # After n answers nobody is surer than n + 1 in n + 2, nor sure of anything before the first.
        known = self.history.known[rows]
        sure = np.where(body < 0, 0.0, np.minimum(measured.worth(claims), (known + 1) / (known + 2)))
        self._past.append(guesses.part((chance >= NEGLIGIBLE) | (self.history.bodies[guesses.row] == guesses.body)))
        return body, sure, np.where(body < 0, 0.0, assured.of(claims))

    def _learn(self, start: int) -> tuple[Assured, Measured]:
        """Learn from the rows before `start`, all of which are known to the rows after it."""
        # A block in which nothing was known yet, such as the first day of a file of days, has no rows at all.
        self._past = [past for past in self._past if len(past.row) and start - past.row[-1] <= WEIGHED_FROM]
        if self._past:
            row = np.concatenate([past.row for past in self._past])
            body = np.concatenate([past.body for past in self._past])
            past = Guesses(row, body, np.concatenate([past.said for past in self._past], axis=1))
            self._weights = learn_weights(past, self.history.bodies[row] == body, self._weights, self._start)
        window = np.arange(max(0, start - LEARNED_FROM), start)
        window = window[self._answered[window]]
        right = self._right[window]
        self._confidence_weights = learn_confidence(self._features[window], right)
        # Past answers as they would be claimed today: the confidences given at first were too rough to count on.
        claims = claimed(self._features[window], self._confidence_weights)
        return Assured(claims, right), Measured(claims, right)

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
        for keys, mixture in self._mixtures:
            weights = mixture.weights(keys[start:end], known, of_truth)
            mixtures.append(np.log(np.einsum("vp,pv->p", np.exp(said), weights[spoken.row - start]) + 1e-6))
        return Guesses(spoken.row, spoken.body, np.vstack([spoken.said, *mixtures]))

    def _confidence_features(self, rows: slice, body: Integers, likely: Floats) -> Floats:
        kind = self.history.kinds[-1][rows]
        known, more = self.history.known[rows] - rows.start, self._right[rows] - likely
        keys = (kind, body, kind * (self.history.body_count + 1) + body + 1, np.zeros_like(body))
        tracks = [track.surplus(key, known, more) for track, key in zip(self._tracks, keys, strict=True)]
        return np.column_stack([np.ones(len(body)), log_odds(likely), *tracks])


def _best(guesses: Guesses, chance: Floats, start: int, end: int) -> tuple[Integers, Floats]:
    """The likeliest body of each row and its chance; -1 and 0 where there is none."""
    body, likely = np.full(end - start, -1), np.zeros(end - start)
    if len(chance):
        order = np.lexsort((-chance, guesses.row))
        rows, first = np.unique(guesses.row[order], return_index=True)
        body[rows - start], likely[rows - start] = guesses.body[order][first], chance[order][first]
    return body, likely
