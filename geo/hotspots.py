"""From counts by cell and period to hotspots: puts `geo.statistics` together. Pure: no Django."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.cells import Addresses, CellGrid
from geo.statistics import (
    Booleans,
    Floats,
    Integers,
    Neighbourhoods,
    Pattern,
    chances,
    discoveries_within,
    false_discovery,
    gi_star,
    patterns,
    smoothed_rates,
)

LEAST_EXPOSURE_SHARE = 0.05
"""A cell with less than this share of the median exposure says nothing about rates: "no data"."""

PERIOD_LEVEL = 0.05


@dataclass(frozen=True)
class Hotspots:
    """One value a cell; `period_around` (periods, cells). `expected` is nan where there is no data."""

    count: Integers
    exposure: Floats | None
    around_count: Integers
    expected: Floats
    z: Floats
    p: Floats
    q: Floats
    pattern: NDArray[np.str_]
    period_around: Integers


def find_hotspots(
    grid: CellGrid,
    addresses: Addresses,
    counts: Integers,
    exposure: Floats | None,
    *,
    false_discovery_rate: float,
    min_count: int,
) -> Hotspots:
    """Which cells, with their neighbours, hold more than chance explains, and since when.

    Parameters
    ----------
    grid, addresses
        (cells, 2), row by row as `CellGrid.covering` gives them.
    counts
        (periods, cells).
    exposure
        (cells,) for rates, None for counts. Cells with (nearly) none are no data:
        nobody's neighbours.
    false_discovery_rate
        Of the cells called hot, so many may be expected to be wrong.
    min_count
        A neighbourhood with fewer reports is never called hot. It stays in the family
        of tests: leaving it out would make the others look better than they are.
    """
    cells = len(addresses)
    told = np.ones(cells, dtype=bool) if exposure is None else _enough(exposure)
    around = grid.neighbourhoods(addresses[told])
    seen = counts[:, told]
    total = seen.sum(axis=0)
    per = None if exposure is None else exposure[told]
    z, expected = _compared(total, per, around)
    around_count = around.sums(total)
    period_z, period_expected = _compared(seen, per, around)
    period_around = around.sums(seen)
    within = discoveries_within(chances(period_z, period_around, period_expected))
    p = _either(chances(z, around_count, expected), within)
    q = false_discovery(p)
    found = (q <= false_discovery_rate) & (around_count >= min_count)
    # A place is found among all places; once found, its periods are told apart among themselves.
    hot = found & (within <= PERIOD_LEVEL)
    return Hotspots(
        count=counts.sum(axis=0),
        exposure=exposure,
        around_count=_spread(around_count, told, 0),
        expected=_spread(expected, told, np.nan),
        z=_spread(z, told, 0.0),
        p=_spread(p, told, 1.0),
        q=_spread(q, told, 1.0),
        pattern=_spread(patterns(hot, period_z, found), told, Pattern.NO_DATA.value),
        period_around=_spread(period_around, told, 0),
    )


def _enough(exposure: Floats) -> Booleans:
    some = exposure[exposure > 0]
    if not some.size:
        return np.zeros(exposure.shape, dtype=bool)
    enough: Booleans = exposure >= LEAST_EXPOSURE_SHARE * np.median(some)
    return enough


def _compared(counts: Integers, exposure: Floats | None, around: Neighbourhoods) -> tuple[Floats, Floats]:
    """Z of Gi*, and what each neighbourhood would count if all cells were alike; both in the shape of `counts`."""
    if not counts.size:
        return np.zeros(counts.shape), np.zeros(counts.shape)
    total = counts.sum(axis=-1, keepdims=True)
    if exposure is None:
        return gi_star(counts, around), around.sizes * (total / counts.shape[-1])
    return gi_star(smoothed_rates(counts, exposure), around), around.sums(exposure) * (total / exposure.sum())


def _either(overall: Floats, within: Floats) -> Floats:
    """One chance a cell, that it stands out over the whole time or in some period.

    Twice the smaller of two: the overall one, and Simes' combination of the
    periods, which is the least of their q within the cell. A single period is the whole.
    """
    if len(within) < 2:
        return overall
    either: Floats = np.minimum(1.0, 2 * np.minimum(overall, within.min(axis=0)))
    return either


def _spread(values: NDArray[Any], told: Booleans, otherwise: Any) -> NDArray[Any]:
    """Values of the cells with data (…, told) among all cells."""
    full = np.full((*values.shape[:-1], told.size), otherwise, dtype=values.dtype)
    full[..., told] = values
    return full
