"""Squares and hexagons: everything is in one cell, and neighbours are those that touch."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.cells import CellGrid, CellKind, positions

KINDS = pytest.mark.parametrize("kind", list(CellKind))
places = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=20)


@KINDS
@given(points=places, size_m=st.sampled_from([50.0, 250.0, 1234.5]))
def test_a_point_lies_in_the_polygon_of_its_cell(kind, points, size_m):
    grid = CellGrid(kind, size_m)
    xy = np.array(points)
    distance = shapely.distance(shapely.points(xy), grid.polygons(grid.at(xy)))
    assert distance.max() <= 1e-3


@KINDS
def test_the_centre_of_a_cell_is_in_it_and_areas_are_right(kind):
    grid = CellGrid(kind, 300.0)
    addresses = np.array([(column, row) for row in range(-4, 4) for column in range(-4, 4)])
    np.testing.assert_array_equal(grid.at(grid.centres(addresses)), addresses)
    polygons = grid.polygons(addresses)
    np.testing.assert_allclose(shapely.area(polygons), grid.area_m2, rtol=1e-6)
    assert shapely.area(shapely.union_all(polygons)) == pytest.approx(64 * grid.area_m2, rel=1e-6)


@KINDS
def test_neighbours_are_the_cells_that_touch(kind):
    grid = CellGrid(kind, 100.0)
    area = shapely.Point(500, 700).buffer(420).difference(shapely.Point(600, 700).buffer(160))
    addresses = grid.covering(area)
    polygons = grid.polygons(addresses)
    tree = shapely.STRtree(polygons)
    touching = [len(tree.query(polygon, "dwithin", distance=0.01)) for polygon in polygons]
    assert grid.neighbourhoods(addresses).sizes.tolist() == touching


@KINDS
def test_cells_cover_an_area_and_nothing_beyond_it(kind):
    grid = CellGrid(kind, 100.0)
    area = shapely.MultiPolygon([shapely.box(1, 1, 570, 130), shapely.box(900, 900, 901, 901)])
    polygons = grid.polygons(grid.covering(area))
    assert shapely.union_all(polygons).buffer(0.01).covers(area)
    assert all(polygon.intersection(area).area > 0 for polygon in polygons)
    assert len(grid.covering(shapely.MultiPolygon())) == 0


def test_a_square_that_only_shares_an_edge_is_left_out():
    assert CellGrid(CellKind.SQUARE, 100).covering(shapely.box(0, 0, 200, 100)).tolist() == [[0, 0], [1, 0]]


@given(st.sets(st.tuples(st.integers(-30, 30), st.integers(-30, 30)), min_size=1), st.data())
def test_positions_finds_what_is_there_and_nothing_else(cells, data):
    listed = sorted(cells)
    wanted = data.draw(st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1))
    found = positions(np.array(listed), np.array(wanted))
    assert found.tolist() == [listed.index(one) if one in cells else -1 for one in wanted]
