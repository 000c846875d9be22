"""Sums of what each key earned so far, in which old earnings fade with each new one of the key."""

from copy import copy

import numpy as np
from scipy.signal import lfilter

from issues.memory.history import Floats, Integers


class FadingSums:
    """One sum (of `width` numbers) for each key; all rows of a block at once.

    Parameters
    ----------
    start
        (width,) what a key has before its first earning.
    half_life
        An earning counts half after so many later ones of its key.
    """

    def __init__(self, start: Floats, half_life: float) -> None:
        self._start, self._fade = start, 0.5 ** (1 / half_life)
        self._sums: dict[int, Floats] = {}

    def copied(self) -> "FadingSums":
        """The same sums, which go on by themselves."""
        other = copy(self)
        other._sums = dict(self._sums)  # a sum is exchanged, never changed
        return other

    def before(self, keys: Integers, known: Integers, earned: Floats) -> Floats:
        """(rows, width) the sum of each row's key when the row came; then the block is learned.

        `keys` (rows,), `earned` (rows, width); `known` (rows,) how many of the
        block's first rows were known to each: never falling, never its own number.
        """
        found = np.empty(earned.shape)
        order = np.argsort(keys, kind="stable")
        border = np.flatnonzero(np.diff(keys[order])) + 1
        for rows in np.split(order, border) if len(keys) else []:
            key = int(keys[rows[0]])
            first = self._sums.get(key, self._start)
            # After j earnings: fade times what was after j - 1, and the j-th.
            sums, _ = lfilter([1.0], [1.0, -self._fade], earned[rows], axis=0, zi=self._fade * first[None, :])
            self._sums[key] = sums[-1]
            seen = np.searchsorted(rows, known[rows])
            found[rows] = np.where(seen[:, None] > 0, sums[np.maximum(seen - 1, 0)], first)
        return found
