"""The cell index against shapely's `covers`: random shapes, awkward points, real cities."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate, translate
from shapely.geometry import MultiPolygon, Point, Polygon, box

from geo.cell_index import CellIndex

SLIVER = Polygon([(0, 0), (1, 1e-9), (1, 2e-9)])


def pairs_by_shapely(polygons: list[shapely.Geometry], points: np.ndarray) -> list[tuple[int, int]]:
    asked = shapely.points(points)
    return [
        (int(point), number)
        for point in range(len(points))
        for number, polygon in enumerate(polygons)
        if shapely.covers(polygon, asked[point])
    ]


def pairs_by_index(polygons: list[shapely.Geometry], points: np.ndarray, **options: object) -> list[tuple[int, int]]:
    found = CellIndex(polygons, **options).pairs(points[:, 0], points[:, 1])
    return list(zip(*(column.tolist() for column in found), strict=True))


def awkward_points(polygons: list[shapely.Geometry]) -> np.ndarray:
    """Vertices, middles and thirds of edges, points a hair beside them, and crossings with the axes of vertices."""
    corners = shapely.get_coordinates(polygons)
    following = np.roll(corners, -1, axis=0)
    on_edges = np.concatenate([(corners + following) / 2, corners + (following - corners) / 3])
    beside = np.concatenate([np.nextafter(corners, np.inf), np.nextafter(corners, -np.inf), on_edges + 1e-13])
    crossed = np.column_stack([corners[:, 0], following[:, 1]])
    return np.concatenate([corners, on_edges, beside, crossed])


small = st.integers(0, 12)


@st.composite
def rings(draw: st.DrawFn) -> shapely.Geometry:
    """A star around a place, on whole numbers so that shapes share edges and vertices; perhaps with a hole."""
    x, y = draw(small), draw(small)
    radii = draw(st.lists(st.integers(1, 5), min_size=3, max_size=9))
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    around = np.column_stack([np.cos(angles), np.sin(angles)]) * np.array(radii)[:, None]
    ring = np.round(around) + np.array([x, y])
    shape = Polygon(ring) if len(np.unique(ring, axis=0)) > 2 else box(x, y, x + 1, y + 1)
    shape = shape if shape.is_valid else shape.convex_hull.buffer(0)
    if draw(st.booleans()):
        shape = shape.difference(Point(x, y).buffer(draw(st.sampled_from([0.25, 0.5, 1.0])), 4))
    return shape


@st.composite
def shapes(draw: st.DrawFn) -> list[shapely.Geometry]:
    """Up to eight overlapping shapes: boxes that share edges, stars, their unions, and turned copies."""
    boxes = st.builds(lambda x, y, w, h: box(x, y, x + w, y + h), small, small, st.integers(1, 6), st.integers(1, 6))
    turned = st.builds(lambda shape, angle: rotate(shape, angle), rings(), st.floats(0, 360))
    joined = st.builds(lambda one, other: shapely.union(one, translate(other, 20, 3)), rings(), boxes)
    found = draw(st.lists(st.one_of(boxes, rings(), turned, joined), min_size=1, max_size=8))
    return [shape for shape in found if shape.geom_type in ("Polygon", "MultiPolygon") and not shape.is_empty]


@settings(max_examples=150)
@given(
    shapes(),
    st.lists(st.tuples(st.floats(-2, 35), st.floats(-2, 35)), max_size=30),
    st.sampled_from([None, 1, 5_000, 200_000]),
    st.sampled_from([(1.0, 0.0, 0.0), (0.001, -74.0, 40.7), (100.0, 3.0e6, 5.0e6)]),
)
def test_the_pairs_are_those_that_shapely_covers(
    polygons: list[shapely.Geometry],
    anywhere: list[tuple[float, float]],
    cells: int | None,
    place: tuple[float, float, float],
) -> None:
    scale, x, y = place
    moved = [shapely.transform(polygon, lambda points: points * scale + (x, y)) for polygon in polygons]
    moved = [polygon for polygon in moved if polygon.is_valid]
    points = np.array([*anywhere, *np.mgrid[0:14:2, 0:14:3].reshape(2, -1).T]) * scale + (x, y)
    points = np.concatenate([points, awkward_points(moved)]) if moved else points
    assert pairs_by_index(moved, points, cells=cells) == pairs_by_shapely(moved, points)


@given(shapes(), st.integers(0, 2**32))
def test_one_point_alone_gets_what_it_gets_among_many(polygons: list[shapely.Geometry], seed: int) -> None:
    index = CellIndex(polygons)
    points = np.concatenate([np.random.default_rng(seed).uniform(-2, 20, (50, 2)), awkward_points(polygons)])
    sets = index.locate(points[:, 0], points[:, 1]).sets
    assert [index.query(*point) for point in points.tolist()] == [index.sets.members(each) for each in sets.tolist()]


def test_points_on_edges_and_vertices_are_named_as_such() -> None:
    index = CellIndex([box(0, 0, 1, 1), box(1, 0, 2, 1)])
    located = index.locate([0.5, 1.0, 1.0, 0.3], [0.5, 0.5, 1.0, 1.0])
    assert located.on_edge.tolist() == [1, 2, 3]
    assert [index.sets.members(number) for number in located.sets] == [(0,), (0, 1), (0, 1), (0,)]


def test_nothing_is_covered_by_no_polygon_by_empty_ones_and_outside() -> None:
    for polygons in ([], [Polygon()], [Polygon(), MultiPolygon()]):
        assert CellIndex(polygons).query(0.0, 0.0) == ()
        assert [column.tolist() for column in CellIndex(polygons).pairs([0.0, 5.0], [0.0, 5.0])] == [[], []]
    index = CellIndex([box(0, 0, 1, 1)])
    far = [float("nan"), float("inf"), -float("inf"), 1e300, -5.0, 0.5]
    assert index.locate(far, [0.5] * 6).sets.tolist() == [0, 0, 0, 0, 0, 1]
    assert [index.query(x, 0.5) for x in far] == [(), (), (), (), (), (0,)]
    assert index.locate([], []).sets.tolist() == []


def test_equal_polygons_holes_filled_by_others_and_slivers_are_told_apart() -> None:
    ring = box(0, 0, 4, 4).difference(box(1, 1, 2, 2))
    polygons = [ring, ring, box(1, 1, 2, 2), SLIVER, MultiPolygon([box(5, 5, 6, 6), box(7, 7, 8, 8)])]
    points = np.concatenate([awkward_points(polygons), [[1.5, 1.5], [0.5, 0.75e-9], [5.5, 5.5], [6.5, 6.5]]])
    assert pairs_by_index(polygons, points) == pairs_by_shapely(polygons, points)


def test_edges_along_the_lines_of_the_grid_are_exact() -> None:
    """Polygons made of the grid's own lines: every corner of a cell lies on an edge."""
    grid = CellIndex([box(-74, 40, -73, 41)], 4_000).grid
    lines = [grid.x0 + column * grid.width for column in range(2, grid.columns - 2, 7)]
    rows = [grid.y0 + row * grid.height for row in range(2, grid.rows - 2, 9)]
    polygons = [box(left, low, right, high) for left, right in pairwise(lines) for low, high in pairwise(rows)]
    polygons.append(box(-74, 40, -73, 41))
    points = np.array([(x, y) for x in [*lines, -73.55] for y in [*rows, 40.123]])
    assert pairs_by_index(polygons, points, cells=4_000) == pairs_by_shapely(polygons, points)


def test_threads_share_an_index() -> None:
    polygons = [Point(number % 9, number // 9).buffer(1.5) for number in range(60)]
    points = np.random.default_rng(5).uniform(-2, 11, (100_000, 2))
    alone = CellIndex(polygons).pairs(points[:, 0], points[:, 1])
    shared = CellIndex(polygons)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(shared.pairs, points[:, 0], points[:, 1], 2) for _ in range(4)]
        for found in asked:
            assert all(np.array_equal(one, other) for one, other in zip(found.result(), alone, strict=True))


def test_prepared_polygons_are_asked_by_one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once have hung a process in GEOS, and broken its memory."""
    polygons = [Point(number % 9, number // 9).buffer(1.5) for number in range(60)]
    corners = shapely.get_coordinates(polygons)
    index, inside, most, as_it_is = CellIndex(polygons), [], [], shapely.intersects_xy

    def watched(*asked: object) -> np.ndarray:
        inside.append(1)
        time.sleep(0.01)
        most.append(len(inside))
        inside.pop()
        return as_it_is(*asked)

    monkeypatch.setattr(shapely, "intersects_xy", watched)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _number: index.locate(*corners.T), range(8)))
    assert len(most) >= 8 and max(most) == 1


def test_cells_know_how_far_the_next_edge_is() -> None:
    index = CellIndex([box(0, 0, 1, 1)], 10_000)
    steps = index.distance_to_edges()
    assert steps[index.grid.cell_of(0.0, 0.5)] == 0
    cell = index.grid.cell_of(0.5, 0.5)
    assert steps[cell] == pytest.approx(0.5 / index.grid.width, abs=1.5)


def test_polygons_of_one_shape_are_told_each_and_indexed_once() -> None:
    """Departments that go by the same boroughs: the grid, which grows with the edges, stays that of one."""
    square, other = box(0, 0, 4, 4), box(2, 2, 6, 6)
    polygons = [square, other, box(0, 0, 4, 4), square, translate(other, 1, 0)]
    points = awkward_points(polygons)
    assert pairs_by_index(polygons, points) == pairs_by_shapely(polygons, points)
    index = CellIndex(polygons)
    located = index.locate([1.0, 3.0], [1.0, 3.0])
    assert [index.sets.members(number) for number in located.sets] == [(0, 2, 3), (0, 1, 2, 3, 4)]
    assert index.sets.contain(located.sets, np.array([3, 4])).tolist() == [True, True]
    assert CellIndex([square] * 1000).grid.size == CellIndex([square]).grid.size
