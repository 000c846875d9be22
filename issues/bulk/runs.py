"""Runs of equal values in sorted columns."""

import numpy as np

from issues.bulk.world import Ints


def firsts(*columns: Ints) -> Ints:
    """Where a row differs from the one before; the columns are sorted together and of one length."""
    differs = np.ones(len(columns[0]), dtype=bool)
    differs[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return np.flatnonzero(differs)


def runs(first: Ints, count: int) -> Ints:
    """How long each run is that begins at `first`, of `count` rows in all."""
    return np.diff(np.append(first, count))
