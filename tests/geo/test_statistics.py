"""Hotspot statistics against PySAL, SciPy and what can be counted by hand."""

import warnings
from itertools import product

import numpy as np
import pytest
from esda import G_Local
from esda.smoothing import Empirical_Bayes
from hypothesis import given
from hypothesis import strategies as st
from libpysal.weights import W
from scipy import stats

from geo.cells import NEIGHBOURS_OF_HEXAGON, CellGrid, CellKind, listed_neighbourhoods
from geo.chance_limits import binomial_limits, poisson_limits
from geo.statistics import (
    Pattern,
    SquareNeighbourhoods,
    chances,
    discoveries_within,
    false_discovery,
    gi_star,
    mann_kendall,
    patterns,
    smoothed_rates,
)

AROUND_A_SQUARE = tuple(product((-1, 0, 1), repeat=2))


def pysal_z(values: np.ndarray, addresses: np.ndarray, steps: tuple) -> np.ndarray:
    """Gi* as PySAL computes it, from neighbours found in a dictionary."""
    number = {tuple(address): index for index, address in enumerate(addresses.tolist())}
    neighbours = {
        index: [number[(c + dc, r + dr)] for dc, dr in steps if (dc, dr) != (0, 0) and (c + dc, r + dr) in number]
        for (c, r), index in number.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weights = W(neighbours, silence_warnings=True)
        return G_Local(values.astype(float), weights, transform="B", star=True, permutations=0).Zs


@st.composite
def ragged_counts(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Cells with holes and islands, and a count for each; at least two counts differ."""
    columns, rows = draw(st.integers(3, 9)), draw(st.integers(3, 9))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    inside = random.random((rows, columns)) < draw(st.sampled_from([0.5, 0.8, 1.0]))
    inside[0, 0] = inside[-1, -1] = inside[0, -1] = True
    row, column = np.nonzero(inside)
    addresses = np.column_stack([column, row]).astype(np.int64)
    counts = random.poisson(draw(st.sampled_from([0.3, 2.0, 40.0])), len(addresses))
    counts[0] = counts[1:].max(initial=0) + 1
    return addresses, counts


@given(ragged_counts())
def test_gi_star_on_squares_with_missing_neighbours_is_pysals(case):
    addresses, counts = case
    around = CellGrid(CellKind.SQUARE, 1).neighbourhoods(addresses)
    assert isinstance(around, SquareNeighbourhoods)
    ours, theirs = gi_star(counts, around), pysal_z(counts, addresses, AROUND_A_SQUARE)
    whole_map = around.sizes == len(addresses)  # PySAL divides 0 by 0 there
    np.testing.assert_allclose(ours[~whole_map], theirs[~whole_map], rtol=0, atol=1e-9)
    assert (ours[whole_map] == 0).all()


@given(ragged_counts())
def test_gi_star_on_hexagons_with_missing_neighbours_is_pysals(case):
    addresses, counts = case
    around = CellGrid(CellKind.HEXAGON, 1).neighbourhoods(addresses)
    ours, theirs = gi_star(counts, around), pysal_z(counts, addresses, NEIGHBOURS_OF_HEXAGON)
    whole_map = around.sizes == len(addresses)
    np.testing.assert_allclose(ours[~whole_map], theirs[~whole_map], rtol=0, atol=1e-9)


@given(ragged_counts())
def test_box_sums_and_listed_neighbours_say_the_same(case):
    addresses, counts = case
    boxes = CellGrid(CellKind.SQUARE, 1).neighbourhoods(addresses)
    lists = listed_neighbourhoods(addresses, AROUND_A_SQUARE)
    np.testing.assert_array_equal(boxes.sizes, lists.sizes)
    np.testing.assert_array_equal(boxes.sums(counts), lists.sums(counts))
    several = np.stack([counts, counts[::-1]])
    np.testing.assert_array_equal(boxes.sums(several), lists.sums(several))


@pytest.mark.parametrize("value", [0, 7, 0.1, 1e9 + 0.3])
def test_where_all_cells_are_equal_nothing_is_significant(value):
    around = SquareNeighbourhoods(np.ones((5, 6), dtype=bool))
    values = np.full(30, value)
    assert (gi_star(values, around) == 0).all()


def test_large_values_that_differ_little_still_differ():
    around = SquareNeighbourhoods(np.ones((20, 20), dtype=bool))
    values = np.full(400, 1e9)
    values[:5] += 1
    assert gi_star(values, around).max() > 5


def test_no_cells_and_one_cell_are_answered():
    nothing = CellGrid(CellKind.SQUARE, 1).neighbourhoods(np.empty((0, 2), dtype=np.int64))
    assert gi_star(np.zeros(0), nothing).shape == (0,)
    one = SquareNeighbourhoods(np.ones((1, 1), dtype=bool))
    assert gi_star(np.array([5]), one).tolist() == [0.0]
    assert false_discovery(np.zeros(0)).shape == (0,)


@given(st.lists(st.tuples(st.floats(-5, 9), st.integers(0, 60), st.floats(0.01, 50)), min_size=1))
def test_a_chance_is_the_larger_of_the_normal_and_the_poisson_tail(cells):
    z, counted, expected = (np.array(values) for values in zip(*cells, strict=True))
    poisson = stats.poisson.sf(counted - 1, expected)
    np.testing.assert_allclose(chances(z, counted, expected), np.maximum(stats.norm.sf(z), poisson), rtol=1e-7)


def test_rare_reports_of_no_pattern_are_seldom_called_hot_where_the_normal_tail_alone_often_does():
    random = np.random.default_rng(7)
    around = SquareNeighbourhoods(np.ones((80, 80), dtype=bool))
    ours = normal = 0
    for _world in range(100):
        counts = random.poisson(0.05, 6400)
        z = gi_star(counts, around)
        ours += (false_discovery(chances(z, around.sums(counts), around.sizes * counts.mean())) <= 0.05).any()
        normal += (false_discovery(stats.norm.sf(z)) <= 0.05).any()
    assert ours <= 10  # 5 % of worlds, and what chance adds to that in 100
    assert normal >= 40


def test_a_real_excess_is_found():
    random = np.random.default_rng(8)
    around = SquareNeighbourhoods(np.ones((40, 40), dtype=bool))
    counts = random.poisson(1.0, (40, 40))
    counts[10:13, 20:23] += 5
    flat = counts.ravel()
    p = chances(gi_star(flat, around), around.sums(flat), around.sizes * flat.mean())
    q = false_discovery(p).reshape(40, 40)
    assert q[11, 21] < 1e-4
    assert (q <= 0.05).sum() < 40


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_false_discovery_is_scipys_benjamini_hochberg(p):
    np.testing.assert_allclose(false_discovery(np.array(p)), stats.false_discovery_control(p), atol=1e-12)


@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_discoveries_within_are_scipys_for_each_cell(tests, cells, seed):
    p = np.random.default_rng(seed).random((tests, cells)) ** 3
    np.testing.assert_allclose(discoveries_within(p), stats.false_discovery_control(p, axis=0), atol=1e-12)


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0.5, 1000)), min_size=2, max_size=40))
def test_smoothed_rates_are_pysals_empirical_bayes(cells):
    counts, exposure = (np.array(values, dtype=float) for values in zip(*cells, strict=True))
    if counts.sum() == 0:
        assert (smoothed_rates(counts, exposure) == 0).all()
        return
    common = counts.sum() / exposure.sum()
    between = (exposure * (counts / exposure - common) ** 2).sum() / exposure.sum() - common / exposure.mean()
    if between <= 1e-12:  # Marshall takes a negative variance between cells for none; PySAL calculates on with it
        np.testing.assert_allclose(smoothed_rates(counts, exposure), common, rtol=1e-6)
        return
    theirs = np.asarray(Empirical_Bayes(counts, exposure).r).ravel()
    np.testing.assert_allclose(smoothed_rates(counts, exposure), theirs, rtol=1e-9, atol=1e-9)


def test_one_report_among_few_residents_is_not_the_hottest_rate():
    counts = np.array([1, 300, 100, 100, 100])
    residents = np.array([2, 1000, 1000, 1000, 1000])
    assert (counts / residents).argmax() == 0
    assert smoothed_rates(counts, residents).argmax() == 1


@given(st.lists(st.integers(0, 5), min_size=3, max_size=12))
def test_mann_kendall_has_kendalls_score_and_the_tie_corrected_variance(series):
    found = mann_kendall(np.array(series, dtype=float)[:, None])[0]
    if len(set(series)) == 1:
        assert found == 0
        return
    pairs = [(a, b) for i, a in enumerate(series) for b in series[i + 1 :]]
    score = sum((b > a) - (b < a) for a, b in pairs)
    n = len(series)
    ties = sum(series.count(v) * (series.count(v) - 1) * (2 * series.count(v) + 5) for v in set(series))
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    assert found == pytest.approx((score - np.sign(score)) / variance**0.5)


RISING = np.arange(10.0)


@pytest.mark.parametrize(
    ("hot", "z", "overall", "expected"),
    [
        ("0000000000", RISING, False, Pattern.NOT_SIGNIFICANT),
        ("0000000001", RISING * 0, False, Pattern.NEW),
        ("0000000111", RISING, True, Pattern.NEW),
        ("0100000001", RISING * 0, True, Pattern.SPORADIC),
        ("0110000000", RISING * 0, False, Pattern.SPORADIC),
        ("1111111111", RISING, True, Pattern.INTENSIFYING),
        ("0111111111", RISING, True, Pattern.INTENSIFYING),
        ("1111111111", RISING * 0, True, Pattern.PERSISTENT),
        ("1111111111", -RISING, True, Pattern.DIMINISHING),
        ("1111111110", RISING * 0, True, Pattern.DIMINISHING),
        ("0000000000", RISING * 0, True, Pattern.PERSISTENT),
        ("0000000000", RISING, True, Pattern.INTENSIFYING),
    ],
)
def test_each_history_has_its_class(hot, z, overall, expected):
    marks = np.array([[mark == "1"] for mark in hot])
    assert patterns(marks, z[:, None], np.array([overall]))[0] == expected.value


def test_a_single_period_is_hot_all_the_time_or_not_at_all():
    found = patterns(np.array([[True, False]]), np.zeros((1, 2)), np.array([True, False]))
    assert found.tolist() == ["persistent", "not_significant"]


@pytest.mark.parametrize("level", [0.95, 0.998])
def test_funnel_limits_hold_chance_to_their_level(level):
    expected = np.array([0.5, 3, 20, 500, 20_000])
    low, high = poisson_limits(expected, level)
    assert (low <= expected).all() and (expected <= high).all()
    held = stats.poisson(expected).cdf(np.ceil(high)) - stats.poisson(expected).cdf(np.floor(low) - 1)
    assert (held >= level).all()
    # In a large count the limits are the normal ones.
    bound = stats.norm.isf((1 - level) / 2)
    assert high[-1] == pytest.approx(20_000 + bound * 20_000**0.5, rel=1e-3)


def test_funnel_limits_of_a_share_lie_around_it():
    tries = np.array([1, 10, 100, 10_000])
    low, high = binomial_limits(tries, 0.9, 0.95)
    assert (low <= 0.9 * tries).all() and (0.9 * tries <= high).all() and (high <= tries).all()
    assert (high / tries)[-1] == pytest.approx(0.9 + 1.96 * 0.003, rel=1e-3)
