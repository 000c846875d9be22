"""The classes of the heatmap's colours."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontend.heat_scale import CELL_PX, CLASSES, ZOOMS, bounds_by_zoom, class_bounds, pixel_side_km


def test_a_pixel_of_zoom_0_is_the_equator_in_256_parts():
    assert pixel_side_km(0, 0) == pytest.approx(40075.016686 / 256)
    assert pixel_side_km(1, 60) == pytest.approx(pixel_side_km(0, 0) / 4)


def test_the_first_bound_is_half_of_the_mean_and_they_go_by_1_2_5():
    assert class_bounds(mean=1.3, months=3, zoom=10, lat=40.7) == [0.5, 1, 2, 5, 10, 20, 50]
    assert class_bounds(mean=2, months=3, zoom=10, lat=40.7) == [1, 2, 5, 10, 20, 50, 100]


def test_near_the_ground_one_report_is_in_the_first_classes():
    cell_km2 = (CELL_PX * pixel_side_km(17, 40.7)) ** 2
    bounds = class_bounds(mean=1.3, months=3, zoom=17, lat=40.7)
    one_report = 1 / cell_km2 / 3
    assert bounds[0] <= one_report < bounds[3]


@given(mean=st.floats(0, 1e6), months=st.floats(0.03, 300), zoom=st.sampled_from(ZOOMS), lat=st.floats(-70, 70))
def test_bounds_rise_are_round_and_show_what_one_report_makes(mean, months, zoom, lat):
    bounds = class_bounds(mean, months, zoom, lat)
    assert len(bounds) == CLASSES
    assert all(1.9 < after / before < 2.6 for before, after in pairwise(bounds))
    assert all(f"{bound:.0e}"[0] in "125" and float(f"{bound:.0e}") == bound for bound in bounds)
    one_report = 1 / ((CELL_PX * pixel_side_km(zoom, lat)) ** 2 * months)
    assert bounds[0] <= max(mean, one_report, 0.002) / 2 * (1 + 1e-6)


def test_the_bounds_hang_on_filter_and_zoom_alone():
    scale = bounds_by_zoom(total=4000, area_km2=780, months=3, shown_months=0.23, lat=40.7)
    assert set(scale) == set(ZOOMS)
    assert scale == bounds_by_zoom(total=4000, area_km2=780, months=3, shown_months=0.23, lat=40.7)
