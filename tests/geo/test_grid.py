"""Tile arithmetic, without a database."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import grid
from geo.errors import TileAddressInvalid
from geo.grid import Tile

zooms = st.integers(0, grid.MAX_ZOOM)
lons = st.floats(-180, 180, allow_nan=False)
lats = st.floats(-85.05, 85.05, allow_nan=False)


@st.composite
def tiles(draw: st.DrawFn) -> Tile:
    """Any tile that exists."""
    z = draw(zooms)
    return Tile(z, draw(st.integers(0, 2**z - 1)), draw(st.integers(0, 2**z - 1)))


def test_the_whole_world_is_one_tile_at_zoom_zero() -> None:
    assert grid.tile_at(-73.957, 40.735, 0) == Tile(0, 0, 0)
    west, south, east, north = grid.tile_extent(Tile(0, 0, 0))
    assert (west, east) == (-180, 180)
    assert south == pytest.approx(-85.0511287798066) and north == pytest.approx(85.0511287798066)


def test_a_known_place_is_in_its_known_tile() -> None:
    assert grid.tile_at(-73.9857, 40.7484, 14) == Tile(14, 4824, 6157)  # Empire State Building
    assert grid.tile_at(24.9414, 60.1719, 12) == Tile(12, 2331, 1185)  # Helsinki Central


@given(lon=lons, lat=lats, z=zooms)
def test_a_place_lies_in_the_extent_of_its_tile(lon: float, lat: float, z: int) -> None:
    west, south, east, north = grid.tile_extent(grid.tile_at(lon, lat, z))
    assert west - 1e-9 <= lon <= east + 1e-9
    assert south - 1e-9 <= lat <= north + 1e-9


@given(tile=tiles())
def test_the_middle_of_a_tile_is_in_that_tile(tile: Tile) -> None:
    west, south, east, north = grid.tile_extent(tile)
    assert grid.tile_at((west + east) / 2, (south + north) / 2, tile.z) == tile


@given(tile=tiles())
def test_neighbours_share_their_edge_exactly(tile: Tile) -> None:
    last = 2**tile.z - 1
    if tile.x < last:
        assert grid.tile_extent(tile)[2] == grid.tile_extent(Tile(tile.z, tile.x + 1, tile.y))[0]
    if tile.y < last:
        assert grid.tile_extent(tile)[1] == grid.tile_extent(Tile(tile.z, tile.x, tile.y + 1))[3]


def test_a_place_on_an_edge_belongs_to_the_tile_east_and_south_of_it() -> None:
    assert grid.tile_at(0, 0, 1) == Tile(1, 1, 1)
    assert grid.tile_at(-90, 0, 2) == Tile(2, 1, 2)


def test_the_antimeridian_is_in_the_first_tile_from_the_west_and_the_last_from_the_east() -> None:
    assert grid.tile_at(-180, 0, 3) == Tile(3, 0, 4)
    assert grid.tile_at(180, 0, 3) == Tile(3, 7, 4)


def test_a_margin_stops_at_the_edge_of_the_world() -> None:
    west, south, east, north = grid.tile_extent(Tile(0, 0, 0), margin=0.25)
    assert (west, east) == (-180, 180)
    assert south > -90 and north < 90


@given(tile=tiles(), margin=st.floats(0, 1))
def test_a_margin_never_makes_an_extent_smaller(tile: Tile, margin: float) -> None:
    west, south, east, north = grid.tile_extent(tile)
    wide = grid.tile_extent(tile, margin)
    assert wide[0] <= west and wide[1] <= south and wide[2] >= east and wide[3] >= north


def test_the_poles_count_as_on_the_edge_of_the_world() -> None:
    assert grid.tile_at(0, 90, 5).y == 0
    assert grid.tile_at(0, -90, 5).y == 31


@pytest.mark.parametrize(
    ("z", "x", "y"), [(-1, 0, 0), (23, 0, 0), (0, 1, 0), (0, 0, 1), (3, 8, 0), (3, 0, 8), (3, -1, 0), (3, 0, -1)]
)
def test_an_address_that_no_tile_has_is_refused(z: int, x: int, y: int) -> None:
    with pytest.raises(TileAddressInvalid):
        Tile(z, x, y)


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "01", " 1", "1e1", "１", "x", "1_0", "999999999999"])
def test_a_text_that_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(TileAddressInvalid):
        grid.parse_tile("22", text, "0")


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 91), (math.nan, 0), (0, math.inf)])
def test_a_place_that_is_not_on_earth_is_in_no_tile(lon: float, lat: float) -> None:
    with pytest.raises(TileAddressInvalid):
        grid.tile_at(lon, lat, 3)


def test_extents_that_share_only_an_edge_meet() -> None:
    assert grid.extents_meet((0, 0, 1, 1), (1, 0, 2, 1))
    assert not grid.extents_meet((0, 0, 1, 1), (1.001, 0, 2, 1))
