"""Flaws of random polygons against counting cells, and against comparing all with all by shapely."""

from itertools import combinations, permutations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.topology import (
    Plane,
    Tolerances,
    find_gaps,
    find_invalid_rings,
    find_shared_areas,
    find_unmatched_vertices,
    pairs_touching,
    split_slivers,
    width,
)

EXACT = Tolerances(minimum_area_m2=1e-9, sliver_width_m=0, near_m=0.5, same_m=0.02)
SIDE = 40


def square(x: int, y: int, wide: int, high: int) -> shapely.Polygon:
    return shapely.box(x, y, min(x + wide, SIDE), min(y + high, SIDE))


rectangles = st.builds(
    square, st.integers(0, SIDE - 1), st.integers(0, SIDE - 1), st.integers(1, 20), st.integers(1, 20)
)


@st.composite
def stars(draw: st.DrawFn) -> shapely.Polygon:
    """A star around a centre: any radii give a valid polygon."""
    x, y = draw(st.integers(0, 30)), draw(st.integers(0, 30))
    radii = draw(st.lists(st.floats(1, 12), min_size=3, max_size=14))
    angles = np.arange(len(radii)) * 2 * np.pi / len(radii)
    return shapely.Polygon(np.stack([x + np.cos(angles) * radii, y + np.sin(angles) * radii], axis=1))


def cells(shape: shapely.Geometry) -> np.ndarray:
    """The unit cells whose middle the shape covers: arithmetic of its own for shapes on whole numbers."""
    xs, ys = np.meshgrid(np.arange(SIDE) + 0.5, np.arange(SIDE) + 0.5)
    return shapely.intersects_xy(shape, xs, ys)


@given(st.lists(rectangles, max_size=10))
def test_shared_areas_are_the_cells_that_both_cover(shapes: list[shapely.Polygon]) -> None:
    found = {(shared.first, shared.second): shared.geometry.area for shared in find_shared_areas(shapes, None, EXACT)}
    expected = {
        (first, second): count
        for first, second in combinations(range(len(shapes)), 2)
        if (count := int((cells(shapes[first]) & cells(shapes[second])).sum()))
    }
    assert found == pytest.approx(expected)


@given(st.lists(rectangles, max_size=10))
def test_gaps_are_the_cells_that_nobody_covers_and_do_not_touch_each_other(shapes: list[shapely.Polygon]) -> None:
    outline = shapely.box(0, 0, SIDE, SIDE)
    holes = find_gaps(outline, shapes, EXACT)
    covered = np.zeros((SIDE, SIDE), dtype=bool)
    for shape in shapes:
        covered |= cells(shape)
    assert sum(hole.geometry.area for hole in holes) == pytest.approx(float((~covered).sum()))
    for one, other in combinations(holes, 2):
        assert one.geometry.intersection(other.geometry).length == 0


@given(st.lists(stars(), max_size=8))
def test_shared_areas_of_stars_are_those_of_comparing_every_pair(shapes: list[shapely.Polygon]) -> None:
    tolerances = Tolerances(minimum_area_m2=0.01, sliver_width_m=1.0)
    found = find_shared_areas(shapes, None, tolerances)
    for first, second in combinations(range(len(shapes)), 2):
        parts = shapely.get_parts(shapes[first].intersection(shapes[second]))
        areas = {part: part.area for part in parts if part.area > 0.01}
        thin = sum(area for part, area in areas.items() if 2 * area / part.length < 1.0)
        ours = {
            shared.is_sliver: shared.geometry.area
            for shared in found
            if (shared.first, shared.second) == (first, second)
        }
        assert ours.get(True, 0) == pytest.approx(thin)
        assert ours.get(False, 0) == pytest.approx(sum(areas.values()) - thin)


@given(st.lists(rectangles, min_size=1, max_size=10), rectangles, st.data())
def test_after_a_change_only_its_pairs_differ(
    before: list[shapely.Polygon], moved: shapely.Polygon, data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(before) - 1))
    after = [*before[:number], moved, *before[number + 1 :]]

    def areas(shapes: list[shapely.Polygon], pairs: object = None) -> dict[tuple[int, int], float]:
        return {(one.first, one.second): one.geometry.area for one in find_shared_areas(shapes, pairs, EXACT)}

    untouched = {pair: area for pair, area in areas(before).items() if number not in pair}
    assert untouched | areas(after, pairs_touching(after, [number])) == areas(after)


@given(st.lists(rectangles, max_size=8), rectangles)
def test_gaps_within_a_box_are_the_gaps_cut_to_it(shapes: list[shapely.Polygon], within: shapely.Polygon) -> None:
    outline = shapely.box(0, 0, SIDE, SIDE)
    everywhere = shapely.union_all([hole.geometry for hole in find_gaps(outline, shapes, EXACT)])
    here = shapely.union_all([hole.geometry for hole in find_gaps(outline, shapes, EXACT, within)])
    assert here.symmetric_difference(everywhere.intersection(within)).area == pytest.approx(0)


@given(st.lists(rectangles, max_size=7))
def test_unmatched_vertices_are_those_of_measuring_every_distance(shapes: list[shapely.Polygon]) -> None:
    expected = {}
    for first, second in permutations(range(len(shapes)), 2):
        vertices = shapely.points(np.unique(shapely.get_coordinates(shapes[first]), axis=0))
        on_edge = shapely.distance(vertices, shapes[second].exterior) <= EXACT.near_m
        on_vertex = (
            shapely.distance(vertices, shapely.multipoints(shapely.get_coordinates(shapes[second]))) <= EXACT.same_m
        )
        if (on_edge & ~on_vertex).any():
            expected[(first, second)] = shapely.multipoints(vertices[on_edge & ~on_vertex])
    found = {(one.first, one.second): one.places for one in find_unmatched_vertices(shapes, None, EXACT)}
    assert found.keys() == expected.keys()
    assert all(found[pair].equals(expected[pair]) for pair in found)


def test_a_vertex_in_the_middle_of_the_neighbours_edge_is_unmatched_with_its_place() -> None:
    left = shapely.box(0, 0, 10, 10)
    right = shapely.Polygon([(10, 0), (20, 0), (20, 10), (10, 10), (10, 4)])
    [found] = find_unmatched_vertices([left, right])
    assert (found.first, found.second, found.places.wkt) == (1, 0, "MULTIPOINT ((10 4))")


def test_neighbours_that_share_every_vertex_are_matched_and_so_is_a_common_hole() -> None:
    ring = shapely.Polygon(shapely.box(0, 0, 30, 30).exterior, [shapely.box(10, 10, 20, 20).exterior.coords])
    assert find_unmatched_vertices([ring, shapely.box(10, 10, 20, 20)]) == []


def test_an_overlap_counts_its_land_and_its_slivers_apart() -> None:
    comb = shapely.union_all([shapely.box(0, 0, 100, 100), shapely.box(100, 0, 101, 400)])
    land, slivers = find_shared_areas([comb, shapely.box(50, 20, 100.5, 80), shapely.box(100, 200, 300, 300)])
    assert (land.first, land.second, land.is_sliver) == (0, 1, False)
    assert land.geometry.area == pytest.approx(50.5 * 60)
    assert (slivers.first, slivers.second, slivers.is_sliver) == (0, 2, True)
    assert slivers.geometry.area == pytest.approx(100)


def test_the_width_of_a_strip_is_its_width() -> None:
    assert width(shapely.box(0, 0, 2, 4000)) == pytest.approx(2, rel=0.001)
    assert width(shapely.Polygon()) == 0
    assert split_slivers(shapely.LineString([(0, 0), (1, 1)])) == ([], [])


def test_an_invalid_ring_is_named_with_its_place() -> None:
    bow_tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    [found] = find_invalid_rings([shapely.box(0, 0, 1, 1), bow_tie])
    assert (found.number, found.reason, found.place.wkt) == (1, "Self-intersection", "POINT (5 5)")


def test_nothing_is_wrong_with_nothing() -> None:
    assert find_shared_areas([]) == []
    assert find_unmatched_vertices([]) == []
    assert find_invalid_rings([]) == []
    assert pairs_touching([], []) == []
    assert find_gaps(shapely.Polygon(), []) == []
    assert find_shared_areas([shapely.Polygon(), shapely.box(0, 0, 1, 1)]) == []
    assert pairs_touching([shapely.Polygon(), shapely.box(0, 0, 1, 1)], [0]) == []


def test_without_parts_the_outline_is_the_gap() -> None:
    [hole] = find_gaps(shapely.box(0, 0, 10, 10), [])
    assert hole.geometry.area == 100


def test_the_plane_keeps_lengths_within_a_percent_and_finds_the_way_back() -> None:
    plane = Plane(-73.957, 40.735)
    line = shapely.LineString([(-74.2, 40.5), (-73.8, 40.9)])
    [metres] = plane.to_metres([line])
    assert metres.length == pytest.approx(Geod(ellps="WGS84").geometry_length(line), rel=0.005)
    [back] = plane.to_degrees([metres])
    assert back.equals_exact(line, 1e-12)
    assert plane.to_metres([]) == []
