"""Statistics of counts on a map: where are more than chance explains, and since when. Pure NumPy and SciPy.

Definitions and sources: docs/hotspots.md. Arrays have one value a cell in their
last axis; a leading axis, where there is one, is time.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, special, stats

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]

OFTEN = 0.9
"""Share of periods from which on a cell counts as hot all the time (as in ESRI's definition)."""

TREND_LEVEL = 0.05


class Neighbourhoods(Protocol):
    """For each cell itself and its neighbours, with weight 1 each."""

    @property
    def sizes(self) -> Integers:
        """How many cells each neighbourhood has."""

    def sums(self, values: NDArray[Any]) -> NDArray[Any]:
        """The sum of `values` (…, cells) over each cell's neighbourhood, in the same shape."""


@dataclass(frozen=True)
class SquareNeighbourhoods:
    """The 3 × 3 cells around each cell of a raster, as far as they are `inside` (rows, columns).

    Cells are numbered row by row, those outside left out: they are nobody's
    neighbour, not neighbours with nothing in them.
    """

    inside: Booleans
    sizes: Integers = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", self.sums(np.ones(int(self.inside.sum()), dtype=np.int64)))

    def sums(self, values: NDArray[Any]) -> NDArray[Any]:
        """See `Neighbourhoods`."""
        rows, columns = self.inside.shape
        padded = np.zeros((*values.shape[:-1], rows + 2, columns + 2), dtype=values.dtype)
        padded[..., 1:-1, 1:-1][..., self.inside] = values
        across = padded[..., :-2] + padded[..., 1:-1] + padded[..., 2:]
        around: NDArray[Any] = across[..., :-2, :] + across[..., 1:-1, :] + across[..., 2:, :]
        return around[..., self.inside]


@dataclass(frozen=True)
class ListedNeighbourhoods:
    """Any neighbourhoods: a symmetric sparse matrix (cells, cells) of ones, its diagonal included."""

    matrix: sparse.csr_array
    sizes: Integers = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", np.asarray(self.matrix.sum(axis=1)).astype(np.int64))

    def sums(self, values: NDArray[Any]) -> NDArray[Any]:
        """See `Neighbourhoods`."""
        summed: NDArray[Any] = (self.matrix @ values.T).T
        return summed


def gi_star(values: NDArray[Any], around: Neighbourhoods) -> Floats:
    """The z-scores of Getis and Ord's Gi* with binary weights (Ord & Getis 1995, equation 6).

    Parameters
    ----------
    values
        (…, cells); each leading index is a map of its own with its own mean.
    around

    Returns
    -------
    z in the shape of `values`. 0 where nothing can stand out: all values are
    equal, or the neighbourhood is the whole map. No cells: no values.
    """
    found = np.asarray(values, dtype=np.float64)
    cells = found.shape[-1]
    if cells < 2:
        return np.zeros_like(found)
    mean = found.mean(axis=-1, keepdims=True)
    centred = found - mean  # before squaring: no digits are lost where values are large and alike
    variance = (centred**2).mean(axis=-1, keepdims=True)
    size = around.sizes
    spread = np.sqrt(variance * (size * (cells - size) / (cells - 1)))
    # Rounding leaves equal values a variance of 1e-32 times their square, never more.
    flat = variance <= 1e-24 * np.maximum(mean**2, np.finfo(float).tiny)
    z: Floats = np.divide(around.sums(centred), spread, out=np.zeros_like(found), where=(spread > 0) & ~flat)
    return z


def chances(z: Floats, around_count: NDArray[Any], expected: Floats) -> Floats:
    """How likely so much is by accident: p, one-sided, the larger of two chances.

    * the normal tail of Gi*'s z, whose spread is that of the city: places differ
      by more than the accidents of counting;
    * the Poisson chance of `around_count` reports where `expected` are due: the normal
      tail is far too thin where counts are small (9 where 2.7 are due: z = 3.8 says
      1 in 14,000, Poisson says 1 in 500).

    The larger one is right wherever one of the two is. Shapes are those of `z`.
    """
    normal = special.ndtr(-z)
    counted = np.maximum(around_count, 1)
    poisson = np.where(around_count > 0, special.gammainc(counted, np.maximum(expected, 1e-300)), 1.0)
    larger: Floats = np.maximum(normal, poisson)
    return larger


def false_discovery(p: Floats) -> Floats:
    """Benjamini–Hochberg q of each p: calling all with q ≤ 0.05 hot, at most 5 % of them are expected to be wrong.

    Valid for neighbourhoods that overlap, whose sums are positively dependent
    (Benjamini & Yekutieli 2001). Any shape in, all values one family, the same shape out.
    """
    flat = p.ravel()
    if flat.size == 0:
        return np.array(p, dtype=np.float64)
    order = np.argsort(flat)
    scaled = flat[order] * flat.size / np.arange(1, flat.size + 1)
    q = np.empty_like(flat)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    shaped: Floats = q.reshape(p.shape)
    return shaped


def discoveries_within(p: Floats) -> Floats:
    """Benjamini–Hochberg q of p (tests, cells), each cell a family of its own; its least is Simes' p of the cell."""
    tests = len(p)
    order = np.argsort(p, axis=0)
    scaled = np.take_along_axis(p, order, axis=0) * (tests / np.arange(1, tests + 1))[:, None]
    least = np.minimum(np.minimum.accumulate(scaled[::-1], axis=0)[::-1], 1.0)
    q = np.empty_like(p)
    np.put_along_axis(q, order, least, axis=0)
    return q


def smoothed_rates(counts: NDArray[Any], exposure: NDArray[Any]) -> Floats:
    """Rates drawn towards the common rate the more, the smaller their exposure (Marshall 1991, global).

    Parameters
    ----------
    counts, exposure
        (…, cells); exposure above 0, broadcast against counts.

    Returns
    -------
    Rates, 0 where nothing was counted at all on that map.
    """
    counts, exposure = np.broadcast_arrays(np.asarray(counts, dtype=np.float64), np.asarray(exposure, dtype=np.float64))
    if counts.size == 0:
        return np.zeros(counts.shape)
    total = exposure.sum(axis=-1, keepdims=True)
    common = counts.sum(axis=-1, keepdims=True) / total
    raw = counts / exposure
    scatter = (exposure * (raw - common) ** 2).sum(axis=-1, keepdims=True) / total
    between = np.maximum(scatter - common / exposure.mean(axis=-1, keepdims=True), 0.0)
    within = between + common / exposure
    trust = np.divide(between, within, out=np.zeros_like(raw), where=within > 0)
    smoothed: Floats = common + trust * (raw - common)
    return smoothed


class Pattern(StrEnum):
    """What a cell has been over the periods. The words are those of ESRI's emerging hot spots, fewer of them."""

    NEW = "new"
    INTENSIFYING = "intensifying"
    PERSISTENT = "persistent"
    DIMINISHING = "diminishing"
    SPORADIC = "sporadic"
    NOT_SIGNIFICANT = "not_significant"
    NO_DATA = "no_data"


def patterns(hot: Booleans, z: Floats, hot_overall: Booleans) -> NDArray[np.str_]:
    """The class of each cell over time.

    Parameters
    ----------
    hot
        (periods, cells): significant in that period, the newest last.
    z
        (periods, cells): the Gi* of each period, for the trend.
    hot_overall
        (cells,): significant over the whole time.

    Returns
    -------
    (cells,) of `Pattern` values, by the first rule that fits:
    not significant in any period nor overall; new (all hot periods are one run that
    reaches the end, shorter than 90 % of the time); always hot (in 90 % of the
    periods, or overall but in no single one): diminishing if the trend
    falls or the newest period is not hot, intensifying if it rises, else
    persistent; sporadic.
    """
    periods, cells = hot.shape
    found = np.full(cells, Pattern.SPORADIC.value, dtype="<U16")
    times = hot.sum(axis=0)
    often = times >= OFTEN * periods if periods else np.zeros(cells, dtype=bool)
    run = np.cumprod(hot[::-1], axis=0).sum(axis=0)
    together = hot_overall & (times == 0)
    always = often | together
    rising, falling = trends(z)
    ended = often & ~hot[-1] if periods else often
    found[always] = Pattern.PERSISTENT.value
    found[always & rising] = Pattern.INTENSIFYING.value
    found[always & (falling | ended)] = Pattern.DIMINISHING.value
    found[~often & (times > 0) & (run == times)] = Pattern.NEW.value
    found[~hot_overall & (times == 0)] = Pattern.NOT_SIGNIFICANT.value
    return found


def trends(values: Floats) -> tuple[Booleans, Booleans]:
    """Whether each cell's series (periods, cells) rises, and whether it falls: Mann-Kendall, two-sided, at 5 %."""
    z = mann_kendall(values)
    bound = float(stats.norm.isf(TREND_LEVEL / 2))
    return z >= bound, z <= -bound


def mann_kendall(values: Floats) -> Floats:
    """The z of the Mann-Kendall test for each column of (periods, cells), with ties and continuity correction.

    0 where nothing can be said: fewer than two periods, or all values equal.
    """
    periods, cells = values.shape
    score = np.zeros(cells)
    for later in range(1, periods):
        score += np.sign(values[later] - values[:later]).sum(axis=0)
    ordered = np.sort(values, axis=0)
    tied = np.zeros(cells)
    length = np.ones(cells)
    for period in range(1, periods + 1):
        same = ordered[period] == ordered[period - 1] if period < periods else np.zeros(cells, dtype=bool)
        tied += np.where(same, 0.0, length * (length - 1) * (2 * length + 5))
        length = np.where(same, length + 1, 1.0)
    spread = np.sqrt((periods * (periods - 1) * (2 * periods + 5) - tied) / 18)
    z: Floats = np.divide(score - np.sign(score), spread, out=np.zeros(cells), where=spread > 0)
    return z
