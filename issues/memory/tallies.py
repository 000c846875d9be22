"""Counts answers by kind and body as they stood at each moment of a history, all at once."""

import numpy as np

from issues.memory.history import Floats, Integers


class Tally:
    """How often each body answered for each key, as known at any moment.

    Parameters
    ----------
    keys
        (n,) numbers from 0, for instance the kind of each report; -1 counts for nothing.
    bodies
        (n,) the body that answered.
    body_count
        More than the greatest of `bodies`.
    half_lives
        In answers of the same key: an answer counts half after so many later
        ones. Infinite: all count the same.
    """

    def __init__(self, keys: Integers, bodies: Integers, body_count: int, half_lives: tuple[float, ...]) -> None:
        self._keys, self._body_count, self._n = keys, body_count, len(keys)
        self._half_lives = half_lives
        both = keys * body_count + bodies
        both[keys < 0] = -1
        self._order = np.argsort(both, kind="stable")
        self._sorted = both[self._order] * self._stride + self._order
        order = np.argsort(keys, kind="stable")
        self._sorted_keys = keys[order] * self._stride + order
        clock = np.empty(self._n, dtype=np.int64)
        clock[order] = np.arange(self._n) - np.searchsorted(keys[order], keys[order])
        self._clock = clock[self._order]
        self._sums = {life: self._running_sums(both, life) for life in half_lives if np.isfinite(life)}

    @property
    def _stride(self) -> int:
        return self._n + 1

    def _running_sums(self, both: Integers, half_life: float) -> Floats:
        """For each answer of a key and body, in order: itself plus the faded ones before it."""
        sums = np.empty(self._n)
        running, previous_key, previous_clock = 0.0, -2, 0
        fade = 0.5 ** (1 / half_life)
        for place, (key, clock) in enumerate(zip(both[self._order].tolist(), self._clock.tolist(), strict=True)):
            running = running * fade ** (clock - previous_clock) + 1 if key == previous_key else 1.0
            previous_key, previous_clock = key, clock
            sums[place] = running
        return sums

    def shares(
        self, keys: Integers, bodies: Integers, known: Integers, strength: float, prior: list[Floats]
    ) -> list[Floats]:
        """The share of each body among the answers for its key, pulled to `prior` by `strength` answers.

        All arrays have one length; one result and one prior for each half-life.
        An unknown key (-1) gives the prior.
        """
        asked = keys * self._body_count + bodies
        first = np.searchsorted(self._sorted, asked * self._stride)
        after = np.searchsorted(self._sorted, asked * self._stride + known)
        first_of_key = np.searchsorted(self._sorted_keys, keys * self._stride)
        of_key = np.searchsorted(self._sorted_keys, keys * self._stride + known) - first_of_key
        of_key[keys < 0] = 0
        of_both = np.where(keys < 0, 0, after - first)
        last = np.maximum(after - 1, 0)
        found = []
        for life, expected in zip(self._half_lives, prior, strict=True):
            if life in self._sums:
                fade = 0.5 ** (1 / life)
                since = np.maximum(of_key - 1.0 - self._clock[last], 0.0)
                count = np.where(of_both > 0, self._sums[life][last] * fade**since, 0.0)
                total: Floats = (1 - fade**of_key) / (1 - fade)
            else:
                count, total = of_both.astype(float), of_key.astype(float)
            found.append((count + strength * expected) / (total + strength))
        return found

    def latest_places(self, keys: Integers, known: Integers) -> tuple[Integers, Integers]:
        """For each key: how many answers, and the row of the newest (-1 for none)."""
        first = np.searchsorted(self._sorted_keys, keys * self._stride)
        after = np.searchsorted(self._sorted_keys, keys * self._stride + known)
        newest = self._sorted_keys[np.maximum(after - 1, 0)] - keys * self._stride
        return after - first, np.where(after > first, newest, -1)
