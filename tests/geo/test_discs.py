"""Shares of discs against shapely's intersections, which know nothing of edges and angles."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import discs
from geo.discs import DiscIndex, outlines_of

CORNERS = st.integers(-6, 6)
"""Whole numbers: discs around corners, on edges and touching sides come about by themselves."""


def shares(polygons: np.ndarray, x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Shape (discs, polygons), the centre judged by shapely."""
    index = DiscIndex(outlines_of(polygons), np.ones((1, len(polygons)), dtype=bool))
    touched = index.touched(x, y, radius, np.zeros(len(x), dtype=np.int64))
    found = shapely.intersects_xy(polygons[None, :], x[:, None], y[:, None]).astype(np.float64)
    found[touched.discs, touched.polygons] += touched.change
    return found


def clipped(polygons: np.ndarray, x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    cut = shapely.buffer(shapely.points(x, y), radius, quad_segs=16)
    return shapely.area(shapely.intersection(cut[:, None], polygons[None, :])) / shapely.area(cut)[:, None]


@st.composite
def areas(draw: st.DrawFn) -> shapely.Geometry:
    """Any valid area on few whole numbers: holes, islands, slivers, concave ones."""
    rings = draw(st.lists(st.lists(st.tuples(CORNERS, CORNERS), min_size=3, max_size=9), min_size=1, max_size=3))
    shape = shapely.Polygon()
    for ring in rings:
        shape = shapely.symmetric_difference(shape, shapely.make_valid(shapely.Polygon(ring)))
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0]
    return shapely.make_valid(shapely.MultiPolygon(parts))


@given(
    polygons=st.lists(areas(), min_size=1, max_size=4),
    asked=st.lists(
        st.tuples(st.floats(-8, 8) | CORNERS, st.floats(-8, 8) | CORNERS, st.floats(0.05, 12) | st.integers(1, 9)),
        min_size=1,
        max_size=30,
    ),
)
def test_shares_are_those_of_the_clipped_disc(polygons: list[shapely.Geometry], asked: list[tuple]) -> None:
    several = np.array([each for each in polygons if each.geom_type in ("Polygon", "MultiPolygon")], dtype=object)
    x, y, radius = np.array(asked, dtype=np.float64).T
    apart = shares(several, x, y, radius) - clipped(several, x, y, radius)
    # On an edge it is a matter of rounding which side holds the centre: 1 more or less, never anything else.
    on_edge = shapely.distance(shapely.boundary(several)[None, :], shapely.points(x, y)[:, None]) < 1e-9
    assert np.abs(apart - np.round(apart)).max(initial=0) < 1e-9
    assert np.abs(apart[~on_edge]).max(initial=0) < 1e-9
    assert set(np.round(apart[on_edge]).tolist()) <= {-1.0, 0.0, 1.0}


def test_in_the_metres_of_a_real_city_shares_agree_to_a_billionth() -> None:
    rng = np.random.default_rng(5)
    turns = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    away = 900 + rng.uniform(-60, 60, 2000).cumsum() / 20
    east, north = 6_687_000.0, 25_497_000.0
    ring = np.column_stack((east + away * np.cos(turns), north + away * np.sin(turns)))
    polygons = np.array([shapely.Polygon(ring, [ring[::-40] / 2 + np.array([east, north]) / 2])], dtype=object)
    assert shapely.is_valid(polygons).all()
    at = ring[rng.integers(0, 2000, 3000)] + rng.normal(0, 25, (3000, 2))
    radius = rng.uniform(3, 120, 3000)
    assert np.abs(shares(polygons, *at.T, radius) - clipped(polygons, *at.T, radius)).max() < 1e-9


def test_only_wanted_pairs_are_told_and_one_outline_serves_many_polygons(monkeypatch: pytest.MonkeyPatch) -> None:
    square, other = shapely.box(0, 0, 4, 4), shapely.box(4, 0, 8, 4)
    one, two = outlines_of(np.array([square, other], dtype=object))
    x, y = np.array([4.0, 4.5, 20.0]), np.array([2.0, 2.0, 2.0])
    index = DiscIndex([one, two, one], np.array([[True, True, True], [False, True, True]]))
    monkeypatch.setattr(discs, "AT_ONCE", 1)  # in as many batches as there are chains
    touched = index.touched(x, y, np.ones(3), np.array([0, 1, 0]))
    assert list(zip(touched.discs.tolist(), touched.polygons.tolist(), strict=True)) == [
        (0, 0), (0, 1), (0, 2), (1, 1), (1, 2),
    ]  # fmt: skip
    assert np.allclose(np.abs(touched.change[:3]), 0.5)
    assert touched.change[3] == pytest.approx(-touched.change[4])


def test_no_polygons_and_empty_polygons_touch_nothing() -> None:
    nowhere = np.zeros(2)
    for outlines in ([], outlines_of(np.array([shapely.Polygon()], dtype=object))):
        index = DiscIndex(outlines, np.ones((1, len(outlines)), dtype=bool))
        touched = index.touched(nowhere, nowhere, np.ones(2), np.zeros(2, dtype=np.int64))
        assert len(touched.discs) == len(touched.change) == 0
