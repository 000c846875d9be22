"""What chance makes of counts and shares: the lines of a funnel, and two counts beside each other. NumPy and SciPy."""

from typing import Any

import numpy as np
from scipy import stats

from geo.statistics import Floats, Integers


def poisson_limits(expected: Floats, level: float) -> tuple[Floats, Floats]:
    """Between which counts `level` (0.95, 0.998) of chance lies, for each expected count: a funnel's lines.

    Interpolated between whole numbers, so that the lines are smooth (Spiegelhalter 2005, appendix).
    """
    below, above = (1 - level) / 2, (1 + level) / 2
    frozen = stats.poisson(np.maximum(np.asarray(expected, dtype=np.float64), 1e-12))
    return _interpolated(frozen, below), _interpolated(frozen, above)


def binomial_limits(tries: Floats, share: float, level: float) -> tuple[Floats, Floats]:
    """As `poisson_limits`, for how many of `tries` succeed when the common share is `share`."""
    below, above = (1 - level) / 2, (1 + level) / 2
    frozen = stats.binom(np.asarray(tries, dtype=np.int64), share)
    return _interpolated(frozen, below), _interpolated(frozen, above)


def overdispersion(observed: Floats, expected: Floats) -> float:
    """How many times wider than chance the areas of a funnel scatter, at least 1 (Spiegelhalter 2005).

    The mean of squared standardised residuals, the outermost tenth on each side drawn in
    (winsorised), so that the areas to be found do not widen the funnel that finds them.
    """
    told = expected > 0
    if told.sum() < 5:
        return 1.0
    residuals = (observed[told] - expected[told]) / np.sqrt(expected[told])
    low, high = np.quantile(residuals, [0.1, 0.9])
    return max(1.0, float(np.mean(np.clip(residuals, low, high) ** 2)))


def compare_counts(first: Integers, second: Integers, first_share: float) -> Floats:
    """How likely two counts differ so much by accident, two-sided, for each pair.

    Given their sum, `first` is binomial with `first_share`: the part of the exposure
    (days, km²) that lies on its side (Przyborowski & Wilenski 1940). 1 where both are 0.
    """
    total = first + second
    below, above = stats.binom.cdf(first, total, first_share), stats.binom.sf(first - 1, total, first_share)
    p: Floats = np.minimum(1.0, 2 * np.minimum(below, above))
    return p


def _interpolated(distribution: Any, quantile: float) -> Floats:
    count = distribution.ppf(quantile)
    reached = distribution.cdf(count)
    step = distribution.pmf(count)
    part = np.divide(reached - quantile, step, out=np.zeros_like(reached), where=step > 0)
    limits: Floats = np.maximum(count - part, 0.0)
    return limits
