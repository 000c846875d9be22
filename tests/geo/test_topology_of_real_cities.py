"""Real polygons: New York's pack, and Moscow, San Francisco and Guiyang where their files are at hand."""

import os
from itertools import combinations
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from django.conf import settings

from geo.topology import (
    USUAL,
    Plane,
    find_gaps,
    find_invalid_rings,
    find_shared_areas,
    find_unmatched_vertices,
    pairs_touching,
    width,
)
from layers.pack.sources import read_sources

DATA = Path(os.environ.get("CITYPIN_SHARED", settings.BASE_DIR.parent / "shared")) / "data"
FILES = [
    "moscow/okrug.geojson.gz",
    "moscow/district.geojson.gz",
    "sf/planning_neighborhood.geojson.gz",
    "guiyang/district.geojson.gz",
    "nyc/police_precinct.geojson.gz",
]
SOURCES = ["boroughs", "community_districts", "council_districts", "neighbourhoods"]


def in_metres(frame: gpd.GeoDataFrame) -> list[shapely.Geometry]:
    xmin, ymin, xmax, ymax = frame.total_bounds
    return Plane((xmin + xmax) / 2, (ymin + ymax) / 2).to_metres(frame.geometry)


@pytest.fixture(scope="module", params=[*SOURCES, *FILES])
def polygons(request: pytest.FixtureRequest) -> list[shapely.Geometry]:
    if request.param in SOURCES:
        return in_metres(read_sources(settings.PACKS_DIR / "new_york")[request.param].frame)
    path = DATA / request.param
    if not path.exists():
        pytest.skip(f"{request.param} is not beside the project")
    return in_metres(gpd.read_file(f"/vsigzip/{path}"))


def test_shared_areas_of_real_polygons_are_those_of_shapely(polygons: list[shapely.Geometry]) -> None:
    ours = {}
    for shared in find_shared_areas(polygons):
        ours[(shared.first, shared.second)] = ours.get((shared.first, shared.second), 0) + shared.geometry.area
    tree = shapely.STRtree(polygons)
    firsts, seconds = tree.query(polygons, predicate="intersects")
    firsts, seconds = firsts[firsts < seconds], seconds[firsts < seconds]
    areas = shapely.area(shapely.intersection(np.take(polygons, firsts), np.take(polygons, seconds)))
    for first, second, area in zip(firsts, seconds, areas, strict=True):
        # Ours leaves out pieces below 1 m²: many of them make less than a metre along the whole border.
        assert ours.pop((first, second), 0) == pytest.approx(area, abs=200)
    assert ours == {}


def test_gaps_of_real_polygons_cover_no_polygon_and_fill_their_box(polygons: list[shapely.Geometry]) -> None:
    outline = shapely.box(*shapely.total_bounds(polygons))
    holes = find_gaps(outline, polygons)
    covered = outline.area - sum(hole.geometry.area for hole in holes)
    shared = sum(one.geometry.area for one in find_shared_areas(polygons))
    assert covered == pytest.approx(sum(polygon.area for polygon in polygons) - shared, rel=1e-3)
    assert all(hole.is_sliver == (width(hole.geometry) < USUAL.sliver_width_m) for hole in holes)
    tree = shapely.STRtree(polygons)
    inside = [shapely.point_on_surface(hole.geometry) for hole in holes]
    assert tree.query(inside, predicate="within").size == 0


def test_unmatched_vertices_of_real_polygons_are_those_of_measuring(polygons: list[shapely.Geometry]) -> None:
    found = {(one.first, one.second): one.places for one in find_unmatched_vertices(polygons)}
    for first, second in list(combinations(range(min(len(polygons), 40)), 2)):
        for one, other in ((first, second), (second, first)):
            if not polygons[one].envelope.buffer(1).intersects(polygons[other].envelope):
                assert (one, other) not in found
                continue
            vertices = np.unique(shapely.get_coordinates(polygons[one]), axis=0)
            near = (
                shapely.get_coordinates(
                    shapely.points(vertices)[
                        shapely.dwithin(shapely.points(vertices), polygons[other].boundary, USUAL.near_m)
                    ]
                )
                if len(vertices) < 4000
                else None
            )
            if near is None:
                continue  # the largest rings would take minutes one by one
            corners = shapely.multipoints(shapely.get_coordinates(polygons[other]))
            apart = shapely.distance(shapely.points(near), corners) > USUAL.same_m if len(near) else np.array([], bool)
            expected = {tuple(place) for place in near[apart]}
            ours = (
                {tuple(place) for place in shapely.get_coordinates(found[(one, other)])}
                if (one, other) in found
                else set()
            )
            assert ours == expected


def test_a_moved_district_is_rechecked_with_its_neighbours_only(polygons: list[shapely.Geometry]) -> None:
    number = len(polygons) // 2
    moved = [*polygons]
    moved[number] = shapely.transform(polygons[number], lambda found: found + 25)
    pairs = pairs_touching(moved, [number])
    assert all(number in pair for pair in pairs)
    again = {(one.first, one.second, one.is_sliver) for one in find_shared_areas(moved, pairs)}
    whole = {(one.first, one.second, one.is_sliver) for one in find_shared_areas(moved)}
    assert again == {one for one in whole if number in one[:2]}


def test_the_invalid_rings_of_guiyangs_raw_file_are_named() -> None:
    path = DATA / "guiyang" / "district_raw_invalid.geojson"
    if not path.exists():
        pytest.skip("Guiyang's raw file is not beside the project")
    raw = gpd.read_file(path, on_invalid="ignore")
    found = find_invalid_rings(list(raw.geometry))
    assert len(found) == int((~raw.geometry.is_valid).sum()) > 0
    for ring in found:
        assert ring.reason
        assert ring.place.distance(raw.geometry.iloc[ring.number].envelope) < 1e-6
