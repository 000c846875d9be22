"""Overlaps by R-tree against overlaps by comparing all."""

from itertools import combinations

import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.overlaps import candidate_pairs, find_overlaps, uncovered_area

squares = st.builds(
    lambda x, y, size: shapely.box(x, y, x + size, y + size),
    st.integers(0, 30), st.integers(0, 30), st.integers(1, 8),
)  # fmt: skip


@given(st.lists(squares, max_size=12))
def test_overlaps_are_those_of_comparing_every_pair(shapes: list[shapely.Polygon]) -> None:
    expected = {
        (first, second): area
        for first, second in combinations(range(len(shapes)), 2)
        if (area := shapes[first].intersection(shapes[second]).area) > 0
    }
    assert {(found.first, found.second): found.area for found in find_overlaps(shapes)} == expected


def test_touching_squares_are_candidates_but_do_not_overlap() -> None:
    shapes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.Polygon()]
    assert list(candidate_pairs(shapes)) == [(0, 1)]
    assert find_overlaps(shapes) == []


def test_slivers_below_the_minimum_area_are_left_out() -> None:
    shapes = [shapely.box(0, 0, 10, 10), shapely.box(9.9, 0, 20, 10), shapely.box(5, 0, 8, 10)]
    assert [(found.first, found.second) for found in find_overlaps(shapes, minimum_area=2)] == [(0, 2)]


def test_nothing_overlaps_in_nothing() -> None:
    assert find_overlaps([]) == []


def test_the_uncovered_area_is_what_no_part_covers() -> None:
    whole = shapely.box(0, 0, 10, 10)
    assert uncovered_area(whole, [shapely.box(0, 0, 5, 10), shapely.box(4, 0, 6, 10)]) == 40
    assert uncovered_area(whole, []) == 100
