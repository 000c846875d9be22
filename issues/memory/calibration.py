"""Confidence that is measured: how often such answers turned out right so far.

A chance that a model gives is an opinion. Here it is held against the record:
how far answers of the same kind, the same body, both and all together were
right more or less often than was claimed. Then answers of about this confidence
are counted, and their share of right ones is the confidence that is given.
"""

from copy import copy

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from issues.memory.fading import FadingSums
from issues.memory.history import Floats, Integers

Flags = NDArray[np.bool_]

TRACK_HALF_LIFE = 200.0
TRACK_STRENGTH = 8.0
PENALTY = 2.0
LEARNED_FROM = 10_000
BIN = 40
"""So many answers at least are counted for one confidence."""

COUNTED_WEIGHT = 0.3
"""Of the counted share in a confidence; the rest is the claim, which keeps finer differences apart."""

LEVELS = np.round(np.arange(0.90, 0.995, 0.01), 2)
"""Promises that are held against what was kept lately."""

LATELY_HALF_LIFE = 25.0
LATELY_DOUBT = 2.0
"""Standard errors by which the latest answers must fall short before a promise is taken back."""

LATELY_STRENGTH = 8.0

DOUBT = 1.645
"""Standard errors by which a measured precision must exceed the wanted one: 95 % one-sided."""


class Track:
    """How much more often than claimed the answers of a key were right. Blocks must come in order."""

    def __init__(self) -> None:
        self._sums = FadingSums(np.zeros(2), TRACK_HALF_LIFE)

    def copied(self) -> "Track":
        """The same record, which goes on by itself."""
        other = copy(self)
        other._sums = self._sums.copied()
        return other

    def surplus(self, keys: Integers, known: Integers, more: Floats) -> Floats:
        """(rows,) the mean of `more` (right − claimed) so far, pulled to 0; see `FadingSums.before`."""
        sums = self._sums.before(keys, known, np.column_stack([more, np.ones(len(more))]))
        found: Floats = TRACK_STRENGTH * sums[:, 0] / (sums[:, 1] + TRACK_STRENGTH)
        return found


def log_odds(chance: Floats) -> Floats:
    """The logarithm of chance to no chance, kept within ±9.2."""
    within = np.clip(chance, 1e-4, 1 - 1e-4)
    return np.log(within / (1 - within))


def start_confidence(features: int) -> Floats:
    """Weights that believe four fifths of the claimed log-odds, which is the first of `features` but one."""
    weights = np.zeros(features)
    weights[1] = 0.8
    return weights


def learn_confidence(features: Floats, right: Flags) -> Floats:
    """Weights of a logistic regression of `right` (n,) on `features` (n, f), with a small penalty."""
    start = start_confidence(features.shape[1])

    def loss(weights: Floats) -> tuple[float, Floats]:
        score = np.einsum("nf,f->n", features, weights)
        pull = weights - start
        value = np.logaddexp(0, score).sum() - score[right].sum() + PENALTY * (pull @ pull)
        slope = np.einsum("nf,n->f", features, 1 / (1 + np.exp(-score)) - right) + 2 * PENALTY * pull
        return float(value), slope

    weights: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60}).x
    return weights


def claimed(features: Floats, weights: Floats) -> Floats:
    """The confidence (n,) of `features` under `weights`.

    Rounded: equal features must give equal confidences however many rows are computed at once.
    """
    found: Floats = np.round(1 / (1 + np.exp(-np.einsum("nf,f->n", features, weights))), 9)
    return found


class Measured:
    """What confidences turned out to be worth, from answers whose truth is known.

    Never falling: a higher claim is never worth less. Without a record of two
    bins a claim stays what it is.
    """

    def __init__(self, claims: Floats, right: Flags) -> None:
        order = np.argsort(claims, kind="stable")
        bins = np.array_split(order, max(1, min(40, len(order) // BIN)))
        self._claims = self._worth = np.empty(0)
        if len(bins) < 2:
            return
        middle = [float(claims[rows].mean()) for rows in bins]
        # One imagined answer as good as the claim keeps a flawless bin from certainty.
        worth = [float((right[rows].sum() + claims[rows].mean()) / (len(rows) + 1)) for rows in bins]
        self._claims = np.array(middle)
        self._worth = _never_falling(worth, [len(rows) for rows in bins])

    def worth(self, claims: Floats) -> Floats:
        """What `claims` are worth, (n,) in 0…1."""
        if not len(self._claims):
            return claims
        counted = np.interp(claims, self._claims, self._worth)
        found: Floats = COUNTED_WEIGHT * counted + (1 - COUNTED_WEIGHT) * claims
        return found


def _never_falling(values: list[float], weights: list[int]) -> Floats:
    """The nearest never falling sequence (pool adjacent violators)."""
    pools: list[tuple[float, int, int]] = []
    for value, weight in zip(values, weights, strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (low, light, one), (high, heavy, other) = pools.pop(), pools.pop()
            together = light + heavy
            pools.append(((low * light + high * heavy) / together, together, one + other))
    return np.repeat([value for value, _, _ in pools], [count for _, _, count in pools])


def wilson_low(right: Floats, n: Floats, doubt: float = DOUBT) -> Floats:
    """The lower end of Wilson's interval for a share: `right` of `n`; 0 for n = 0."""
    n = np.maximum(n, 1e-9)
    share, square = right / n, doubt**2
    middle = share + square / (2 * n)
    spread = doubt * np.sqrt(share * (1 - share) / n + square / (4 * n**2))
    found: Floats = np.maximum(0.0, (middle - spread) / (1 + square / n))
    return found


class Assured:
    """How often answers at least as sure were right so far, with doubt: what may be promised.

    An answer may be decided without people where this reaches the precision
    that is wanted. Where the record is too short or too bad, it never does.
    """

    def __init__(self, confidence: Floats, right: Flags) -> None:
        order = np.argsort(-confidence, kind="stable")
        ranked = confidence[order]
        low = wilson_low(np.cumsum(right[order]), np.arange(1, len(order) + 1, dtype=float))
        last_of_tie = np.r_[ranked[1:] != ranked[:-1], True] if len(order) else np.empty(0, dtype=bool)
        # No single answer may be three times as often wrong as is promised of all.
        low = np.minimum(low, 1 - (1 - ranked) / 3)[last_of_tie]
        self._from = ranked[last_of_tie][::-1]
        self._low = np.maximum.accumulate(low[::-1])

    def of(self, confidence: Floats) -> Floats:
        """(n,) the precision that may be promised for answers of `confidence`, 0 where there is no record."""
        if not len(self._from):
            return np.zeros(len(confidence))
        place = np.searchsorted(self._from, confidence, side="right") - 1
        return np.where(place < 0, 0.0, self._low[np.maximum(place, 0)])


class Lately:
    """Takes promises back that were not kept lately: labels drift faster than a record of thousands shows.

    For each level the latest answers that were promised at least as much are
    counted, also those whose promise was taken back: so it comes back, too.
    Blocks must come in order.
    """

    def __init__(self) -> None:
        self._sums = FadingSums(np.zeros(2), LATELY_HALF_LIFE)
        self._squares = FadingSums(np.zeros(1), LATELY_HALF_LIFE / 2)  # of the weights: each fades twice as fast

    def copied(self) -> "Lately":
        """The same counts, which go on by themselves."""
        other = copy(self)
        other._sums, other._squares = self._sums.copied(), self._squares.copied()
        return other

    def kept(self, promised: Floats, known: Integers, right: Flags) -> Floats:
        """(rows,) what may still be promised; `known` (rows,) as of `FadingSums.before`."""
        found = promised.copy()
        for number, level in reversed(list(enumerate(LEVELS))):
            rows = np.flatnonzero(promised >= level)
            keys, seen = np.full(len(rows), number), np.searchsorted(rows, known[rows])
            ones = np.ones(len(rows))
            good, n = self._sums.before(keys, seen, np.column_stack([right[rows], ones])).T
            square = self._squares.before(keys, seen, ones[:, None])[:, 0]
            share = (good + LATELY_STRENGTH * level) / (n + LATELY_STRENGTH)
            doubt = LATELY_DOUBT * np.sqrt(level * (1 - level) * square) / (n + LATELY_STRENGTH)
            broken = rows[share + doubt < level]
            found[broken] = np.nextafter(level, 0)
        return found
