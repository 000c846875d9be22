"""What people paste is understood or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import PointInvalid
from geo.points import parse_lonlat


@pytest.mark.parametrize(
    "text",
    [
        "40.7128, -74.0060",
        "40.7128 -74.0060",
        " (40.7128; -74.0060) ",
        "40.7128°N 74.0060°W",
        "74.0060W, 40.7128N",
        "40°42'46.08\"N 74°00'21.6\"W",
        "40.7128,−74.0060",
    ],
)
def test_the_usual_ways_to_write_a_place_are_understood(text: str) -> None:
    assert parse_lonlat(text) == pytest.approx((-74.0060, 40.7128), abs=1e-6)


@pytest.mark.parametrize(
    "text",
    ["", "here", "40.7", "40,7 74,0 3", "nan, nan", "1e5 2", "95, 200", "40.7x -74.0", "²,³", " " * 2_000_000 + "1 2"],
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(PointInvalid):
        parse_lonlat(text)


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_what_we_print_we_read(lon: float, lat: float) -> None:
    assert parse_lonlat(f"{lat:.6f}, {lon:.6f}") == pytest.approx((lon, lat), abs=1e-6)


@given(st.text())
def test_any_text_is_a_point_or_refused(text: str) -> None:
    try:
        lon, lat = parse_lonlat(text)
    except PointInvalid:
        return
    assert -180 <= lon <= 180 and -90 <= lat <= 90
