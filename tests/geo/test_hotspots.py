"""Hotspots put together: what is found in worlds without any, and in one that has some."""

import numpy as np
import pytest

from geo.cells import CellGrid, CellKind
from geo.hotspots import find_hotspots

ADDRESSES = np.array([(column, row) for row in range(40) for column in range(40)])
GRID = CellGrid(CellKind.SQUARE, 100)


def found(counts: np.ndarray, exposure: np.ndarray | None = None):
    return find_hotspots(GRID, ADDRESSES, counts, exposure, false_discovery_rate=0.05, min_count=1)


@pytest.mark.parametrize("mean", [0.02, 0.3, 5.0])
def test_worlds_of_chance_alone_seldom_have_a_hotspot_of_any_class(mean):
    random = np.random.default_rng(3)
    worlds = [(found(random.poisson(mean, (8, 1600))).pattern != "not_significant").any() for _world in range(60)]
    assert sum(worlds) <= 7  # 5 % of 60 are 3; more than 7 happen once in 100 times


def test_rates_by_chance_alone_seldom_have_a_hotspot_though_exposure_differs_widely():
    random = np.random.default_rng(4)
    exposure = random.gamma(0.7, 10, 1600) + 0.01
    worlds = [
        bool(
            set(found(random.poisson(0.1 * exposure / 8, (8, 1600)), exposure).pattern) - {"not_significant", "no_data"}
        )
        for _world in range(60)
    ]
    assert sum(worlds) <= 7


def test_each_planted_history_gets_its_class():
    random = np.random.default_rng(5)
    counts = random.poisson(0.5, (10, 40, 40))
    counts[:, 5, 5] += 12
    counts[-1, 5, 20] += 25
    counts[:, 20, 5] += np.arange(6, 46, 4)
    counts[:, 20, 20] += np.arange(42, 2, -4)
    counts[[1, 4, 7], 34, 34] += 25
    patterns = found(counts.reshape(10, 1600)).pattern.reshape(40, 40)
    assert patterns[5, 5] == "persistent"
    assert patterns[5, 20] == "new"
    assert patterns[20, 5] == "intensifying"
    assert patterns[20, 20] == "diminishing"
    assert patterns[34, 34] == "sporadic"


def test_no_cells_make_no_hotspots():
    nothing = find_hotspots(
        GRID, np.empty((0, 2), dtype=np.int64), np.zeros((4, 0), dtype=np.int64), None,
        false_discovery_rate=0.05, min_count=1,
    )  # fmt: skip
    assert nothing.pattern.shape == (0,) and nothing.period_around.shape == (4, 0)
