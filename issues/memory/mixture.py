"""Mixes the voices by how well each foretold the latest answers of the same kind.

Where a kind goes by district, the near votes earn the weight; where one body
does all of it, the counts do. Each key has weights of its own, which follow
changes because old merits fade.
"""

from collections.abc import Sequence
from copy import copy

import numpy as np

from issues.memory.fading import FadingSums
from issues.memory.history import Floats, Integers

UNTHOUGHT_OF = 1e-3
"""What a voice is taken to have said of a body that it did not think of."""

LEARNING_RATE = 0.5

LEAD = 5.0


class Mixture:
    """One set of faded merits for each key. Blocks must come in order.

    Parameters
    ----------
    first_merits
        (voices,) what each voice is taken to have earned before its first answer.
    half_life
        In answers of the same key.
    """

    def __init__(self, first_merits: Floats, half_life: float) -> None:
        self._merits = FadingSums(first_merits, half_life)

    def copied(self) -> "Mixture":
        """The same merits, which go on by themselves."""
        other = copy(self)
        other._merits = self._merits.copied()
        return other

    def weights(self, keys: Integers, known: Integers, truth_said: Floats) -> Floats:
        """(rows, voices) weights that sum to 1, from what was known at each row of the block.

        `truth_said` is (rows, voices): what each voice said of the true body,
        as a logarithm. `known` (rows,): how many of the block's rows are known.
        """
        merits = self._merits.before(keys, known, truth_said) * LEARNING_RATE
        powers = np.exp(merits - merits.max(axis=1, keepdims=True))
        found: Floats = powers / powers.sum(axis=1, keepdims=True)
        return found


def first_merits(names: Sequence[str], voices: Integers, finest: int) -> Floats:
    """(voices,) the voices of the finest kind begin with a lead: a city's kinds are there for a reason."""
    return np.array([LEAD if names[voice].split()[1] == str(finest) else 0.0 for voice in voices])


def truth_said(said: Floats, right_entry: Integers) -> Floats:
    """(rows, voices) logarithms said of the truth; `right_entry` (rows,) is its entry, -1 if nobody thought of it."""
    found = np.maximum(said[:, right_entry].T, np.log(UNTHOUGHT_OF))
    found[right_entry < 0] = np.log(UNTHOUGHT_OF)
    return found


def mixed_voices(names: Sequence[str]) -> Integers:
    """Which voices are chances, and can be mixed."""
    return np.array(
        [
            place
            for place, name in enumerate(names)
            if name.startswith(("kind", "place")) and not name.endswith("first")
        ],
        dtype=np.int64,
    )
