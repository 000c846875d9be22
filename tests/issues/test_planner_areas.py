"""Reports by area: located in this process, and just those that PostGIS finds in each area."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issues.selectors.planner import SHOWN_STATES, PlannerFilter, planned
from issues.selectors.planner_areas import MOST_BOXES, _boxes_around, area_counts
from layers.models import Boundary, Jurisdiction
from tests.tiles.conftest import make_report
from tests.toytown import LONG_AGO, Toytown, box

FIRST = date(2024, 1, 29)
STATES = ["submitted", "published", "accepted", "fixed", "refused"]
CORNERS = st.tuples(st.integers(-2, 22), st.integers(-2, 22)).map(lambda at: (-74 + at[0] / 1000, 40.7 + at[1] / 1000))


def triangle_of(corners: list[tuple[float, float]]) -> Polygon | None:
    shape = Polygon([*corners, corners[0]], srid=4326)
    return shape if shape.valid and shape.area > 0 else None


@pytest.fixture
def town(toytown: Toytown) -> Toytown:
    """400 reports on a lattice, many of them on edges and corners; and a layer with more awkward areas."""
    for number in range(400):
        make_report(
            toytown,
            ["litter", "tree", "pothole", "noise"][number % 4],
            -74.001 + number * 37 % 46 / 2000,
            40.699 + number * 61 % 46 / 2000,
            body=["sanitation-west", "sanitation-east", "parks", None][number % 7 % 4],
            state=STATES[number * 3 % 5],
            requested_datetime=datetime(2024, 1, 29, 3, tzinfo=UTC) + timedelta(hours=number * 131 % 20_000),
        )
    awkward = {
        "two-parts": MultiPolygon(*box(-74.0, 40.7, -73.999, 40.701), *box(-73.98, 40.719, -73.979, 40.72), srid=4326),
        "overlaps": box(-73.9995, 40.7, -73.985, 40.705),
        "slanted": MultiPolygon(triangle_of([(-73.999, 40.7), (-73.98, 40.713), (-73.99, 40.72)]), srid=4326),
        "nowhere": box(-73.5, 40.7, -73.49, 40.71),
    }
    for code, shape in awkward.items():
        jurisdiction = Jurisdiction.objects.create(
            layer=toytown.layers["wards"], code=code, names={"en": code}, body=toytown.bodies["roads"]
        )
        Boundary.objects.create(jurisdiction=jurisdiction, geom=shape, valid_from=LONG_AGO)
    return toytown


some = lambda values: st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)  # noqa: E731
filters = st.builds(
    lambda first, length, **parts: PlannerFilter(
        FIRST + timedelta(days=first), FIRST + timedelta(days=first + length), **parts
    ),
    first=st.integers(-40, 900),
    length=st.sampled_from([0, 6, 91, 400, 3000]),
    services=some(["litter", "tree", "pothole", "noise"]),
    bodies=some(["sanitation", "parks"]),
    states=some(STATES).map(lambda states: states or SHOWN_STATES),
    older_than_days=st.sampled_from([None, None, 30, 800]),
    area=st.none() | st.lists(CORNERS, min_size=3, max_size=3).map(triangle_of),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(wanted=filters, layer=st.sampled_from(["districts", "parks", "wards"]))
def test_areas_count_just_the_reports_that_postgis_finds_in_them(town: Toytown, wanted: PlannerFilter, layer: str):
    everything = PlannerFilter(
        wanted.first_day, wanted.last_day, area=wanted.area, states=(*SHOWN_STATES, *wanted.asked_states)
    )
    found = area_counts(wanted, town.layers[layer])
    assert [each.boundary.jurisdiction.code for each in found] == sorted(
        each.boundary.jurisdiction.code for each in found
    )
    for each in found:
        here = {"public_point__intersects": each.boundary.geom}
        assert each.count == planned(wanted).filter(**here).count()
        assert each.everything == planned(everything).filter(**here).count()
    assert bool(found) == (wanted.last_day >= LONG_AGO)


def test_residents_count_in_every_area_that_covers_their_place(town: Toytown, residents_file: Path):
    everybody = PlannerFilter(FIRST, FIRST)
    assert {each.residents for each in area_counts(everybody, town.layers["districts"])} == {None}
    residents_file.write_text(
        "lon,lat,residents,square_m\n-73.995,40.71,4000,150\n-73.985,40.71,200,150\n-73.985,40.711,55,150\n-73,40,9,0\n"
    )
    found = {
        each.boundary.jurisdiction.code: each.residents for each in area_counts(everybody, town.layers["districts"])
    }
    assert found == {"west": 4000, "east": 255}


def test_of_areas_only_what_lies_in_the_drawn_one_counts(town: Toytown, residents_file: Path):
    residents_file.write_text("lon,lat,residents\n-73.995,40.715,4000\n-73.995,40.705,300\n-73.985,40.71,200\n")
    south = box(-74.0, 40.70, -73.98, 40.71)
    whole = {
        each.boundary.jurisdiction.code: each
        for each in area_counts(PlannerFilter(FIRST, FIRST), town.layers["districts"])
    }
    some = area_counts(PlannerFilter(FIRST, FIRST, area=south), town.layers["districts"])
    for each in some:
        assert each.km2 == pytest.approx(whole[each.boundary.jurisdiction.code].km2 / 2, rel=1e-3)
    assert {each.boundary.jurisdiction.code: each.residents for each in some} == {"west": 300, "east": 200}


def test_areas_far_apart_are_asked_for_apart_and_those_that_touch_together(town: Toytown):
    def boxes(*shapes: MultiPolygon) -> int:
        return len(_boxes_around([Boundary(geom=shape) for shape in shapes]))

    assert boxes(box(0, 0, 1, 1), box(1, 1, 2, 2)) == 1
    assert boxes(box(0, 0, 1, 1), box(3, 3, 4, 4)) == 2
    ring = [box(0, 0, 9, 1), box(0, 1, 1, 9), box(5, 5, 6, 6)]
    assert boxes(*ring) == 1
    assert boxes(*(box(n * 3, 0, n * 3 + 1, 1) for n in range(MOST_BOXES + 1))) == 1
