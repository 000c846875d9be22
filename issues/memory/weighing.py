"""How much each voice is worth, learned from how well it foretold earlier answers.

The voices' logarithms are added with one weight each and made chances by a
softmax over the bodies of a report (a conditional logit). The weights are those
that would have foretold the past best, pulled to a sane start by a small
penalty, so that a short history changes little.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from issues.memory.history import Floats, Integers
from issues.memory.voices import Guesses

PENALTY = 3.0
CLUES_WORTH = 0.5
"""Of all clues together at the start, however many layers a city has."""

STEPS = 25
SMALL_GAIN = 1e-4
"""A step that makes the past less than a ten-thousandth likelier is the last one."""
LEARNED_FROM = 6_000
"""The newest so many reports teach the weights: enough for any number of voices, and they follow the city."""


def start_weights(names: Sequence[str], finest: int) -> Floats:
    """What the voices are worth before anything was learned: about what they are in most cities."""
    worth = {f"kind {finest} all time": 0.3, "mixture finest": 0.5, f"place {finest} first": 0.3, "named": 2.0}
    worth |= {"lift near": 0.3, "place 0 first": 0.15} if finest else {}
    clues = [name for name in names if name.startswith("clue") and name.endswith("all time")]
    worth |= dict.fromkeys(clues, CLUES_WORTH / max(1, len(clues)))
    return np.array([worth.get(name, 0.0) for name in names])


def chances(said: Floats, row: Integers, weights: Floats) -> Floats:
    """The chance of each body of each report, (p,); sums to 1 for each report."""
    if not len(row):
        return np.empty(0)
    first, group = _groups(row)
    return _softmax(np.einsum("vp,v->p", said, weights), first, group)[0]


def learn_weights(guesses: Guesses, right: np.ndarray, begin: Floats, start: Floats) -> Floats:
    """The weights under which `right` (p, bool) would have been foretold best.

    `begin` is where the search begins, `start` what the penalty pulls to.
    Reports whose answer no voice had thought of teach nothing.
    """
    # einsum, not @: a small product must not wake BLAS' threads, which cost more than they give.
    _, group = _groups(guesses.row)
    thought_of = np.bincount(group, right, minlength=1)[group] > 0
    said, row, right = guesses.said[:, thought_of], guesses.row[thought_of], right[thought_of]
    if not len(row):
        return begin
    first, group = _groups(row)
    of_right = said[:, right].sum(axis=1)

    def loss(weights: Floats) -> tuple[float, Floats]:
        score = np.einsum("vp,v->p", said, weights)
        chance, log_total = _softmax(score, first, group)
        pull = weights - start
        value = log_total.sum() - of_right @ weights + PENALTY * (pull @ pull)
        return float(value), np.einsum("vp,p->v", said, chance) - of_right + 2 * PENALTY * pull

    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "ftol": SMALL_GAIN})
    weights: Floats = found.x
    return weights


def _groups(row: Integers) -> tuple[Integers, Integers]:
    """Where each report's entries begin, and the number of each entry's report."""
    begins = np.r_[True, row[1:] != row[:-1]] if len(row) else np.empty(0, dtype=bool)
    return np.flatnonzero(begins), np.cumsum(begins) - 1


def _softmax(score: Floats, first: Integers, group: Integers) -> tuple[Floats, Floats]:
    top = np.maximum.reduceat(score, first)
    powers = np.exp(score - top[group])
    total = np.add.reduceat(powers, first)
    return powers / total[group], np.log(total) + top
