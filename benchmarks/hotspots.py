"""Gi* on 50,000 cells beside PySAL's esda, on the same counts in the same run."""

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from libpysal.weights import lat2W

from benchmarks.__main__ import row
from geo.cells import CellGrid, CellKind
from geo.statistics import gi_star

ROWS, COLUMNS = 200, 250
TIMES = 20


def measure() -> None:
    """Print the rows of this benchmark."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from esda import G_Local

        counts = np.random.default_rng(1).negative_binomial(0.5, 0.03, ROWS * COLUMNS)
        addresses = np.array([(column, line) for line in range(ROWS) for column in range(COLUMNS)])
        grid = CellGrid(CellKind.SQUARE, 1)
        ours_weights, around = _milliseconds(lambda: grid.neighbourhoods(addresses), TIMES)
        ours, z = _milliseconds(lambda: gi_star(counts, around), TIMES)
        theirs_weights, weights = _milliseconds(lambda: lat2W(ROWS, COLUMNS, rook=False), 1)
        # Fresh objects each time: esda changes the weights it is given, and a second call would find them ready.
        G_Local(counts[:4].astype(float), lat2W(2, 2), transform="B", star=True, permutations=0)
        theirs, found = _milliseconds(
            lambda: G_Local(counts.astype(float), weights, transform="B", star=True, permutations=0), 1
        )
        same = float(np.abs(z - found.Zs).max())
    hexagons, listed = _milliseconds(lambda: CellGrid(CellKind.HEXAGON, 1).neighbourhoods(addresses), 3)
    listed_z, _z = _milliseconds(lambda: gi_star(counts, listed), TIMES)
    row("", "", f"Gi* of {ROWS * COLUMNS:,} cells, 3 × 3; largest difference to esda {same:.1e}")
    row("Gi*, squares", f"{ours:.2f} ms", f"neighbours {ours_weights:.1f} ms")
    row("Gi*, hexagons", f"{listed_z:.2f} ms", f"neighbours {hexagons:.0f} ms")
    row("esda.G_Local, permutations=0", f"{theirs:.0f} ms", f"weights (libpysal) {theirs_weights:.0f} ms")
    row("esda / ours, squares, without neighbours", f"{theirs / ours:.0f} ×")
    row("esda / ours, squares, with neighbours", f"{(theirs + theirs_weights) / (ours + ours_weights):.0f} ×")


def _milliseconds(act: Callable[[], Any], times: int) -> tuple[float, Any]:
    """The median of `times` calls, and what the last one returned."""
    taken = []
    for _call in range(times):
        start = time.perf_counter()
        found = act()
        taken.append((time.perf_counter() - start) * 1000)
    return sorted(taken)[times // 2], found
