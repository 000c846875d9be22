"""Finds, for every answer in a history, the nearest earlier ones: fast and without peeking.

A tree of points cannot grow, and 120,000 trees are too many. So the history is
cut into blocks of 2^n answers, each with a tree of its own, and the answers
before number i are the blocks of i's binary digits: 13 = 8 + 4 + 1. Each answer
is then asked of at most log2(n) trees and sees exactly what came before it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

SMALL_BLOCK = 64
"""Below this, comparing one with all is faster than a tree."""

WORKERS = 2


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest earlier answers of each answer, nearest first.

    `index` is (n, k) row numbers, -1 where there were fewer; `distance` is
    (n, k) in the units of the points, infinite there.
    """

    index: NDArray[np.int32]
    distance: NDArray[np.float64]


def nearest_earlier(points: NDArray[np.float64], known: NDArray[np.int64], k: int, limit: float = np.inf) -> Neighbours:
    """The `k` nearest of the rows before `known[i]` for every row i.

    Parameters
    ----------
    points
        (n, dimensions), finite, in the order in which they became known.
    known
        (n,) how many rows were known when row i was asked, never more than i,
        never falling. Rows of one moment do not know each other.
    limit
        Neighbours this far or farther do not count.
    """
    n = len(points)
    index = np.full((n, k), -1, dtype=np.int32)
    distance = np.full((n, k), np.inf)
    _within_small_blocks(points, known, index, distance)
    size = SMALL_BLOCK
    while size <= n:
        # The even blocks of this size, each asked by the rows whose digit for it is 1.
        for start in range(0, n - size + 1, 2 * size):
            first, last = np.searchsorted(known, [start + size, start + 2 * size])
            if first < last:
                _ask_block(points, start, size, slice(first, last), index, distance)
        size *= 2
    index[distance >= limit] = -1
    distance[distance >= limit] = np.inf
    return Neighbours(index, distance)


def _within_small_blocks(
    points: NDArray[np.float64], known: NDArray[np.int64], index: NDArray[np.int32], distance: NDArray[np.float64]
) -> None:
    """The last few rows, those that fill no whole block, compared one with all."""
    n, k = index.shape
    base = (known // SMALL_BLOCK) * SMALL_BLOCK
    for rows in np.array_split(np.arange(n), max(1, n // 4096)):
        candidates = base[rows, None] + np.arange(SMALL_BLOCK)
        seen = candidates < known[rows, None]
        apart = points[np.minimum(candidates, n - 1)] - points[rows, None, :]
        far = np.where(seen, np.sqrt(np.einsum("ijk,ijk->ij", apart, apart)), np.inf)
        keep = np.argsort(far, axis=1, kind="stable")[:, :k]
        width = keep.shape[1]
        distance[rows, :width] = np.take_along_axis(far, keep, axis=1)
        index[rows, :width] = np.where(
            np.isfinite(distance[rows, :width]), np.take_along_axis(candidates, keep, axis=1), -1
        )


def _ask_block(
    points: NDArray[np.float64],
    start: int,
    size: int,
    rows: slice,
    index: NDArray[np.int32],
    distance: NDArray[np.float64],
) -> None:
    k = index.shape[1]
    tree = cKDTree(points[start : start + size], balanced_tree=False, compact_nodes=False)
    far, found = tree.query(points[rows], k=min(k, size), workers=WORKERS if size > 1024 else 1)
    far, found = far.reshape(far.shape[0], -1), found.reshape(far.shape[0], -1)
    nearer = np.flatnonzero(far[:, 0] < distance[rows, -1])
    changed = nearer + rows.start
    both_far = np.concatenate([distance[changed], far[nearer]], axis=1)
    both = np.concatenate([index[changed], (found[nearer] + start).astype(np.int32)], axis=1)
    keep = np.argsort(both_far, axis=1, kind="stable")[:, :k]
    distance[changed] = np.take_along_axis(both_far, keep, axis=1)
    index[changed] = np.take_along_axis(both, keep, axis=1)
