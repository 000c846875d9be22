"""Findings with their harm, in Toytown."""

import json
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.management import CommandError, call_command
from django.utils import timezone

from issues.selectors.topology import find_topology
from issues.selectors.topology_findings import Finding, Kind
from issues.services.submit import Submission, submit_service_request
from layers.models import Boundary
from tests import toytown as place
from tests.toytown import Toytown


def report(service: str, where: tuple[float, float]) -> object:
    lon, lat = where
    text = f"{service} {timezone.now()}"
    return submit_service_request(Submission(service, lon, lat, description=text)).service_request


def only(found: list[Finding], kind: Kind, *areas: str) -> Finding:
    [finding] = [one for one in found if one.kind == kind and one.areas == areas]
    return finding


def test_an_overlap_of_two_bodies_that_decide_the_same_service_is_found_with_its_area(toytown: Toytown) -> None:
    found = only(find_topology(), Kind.OVERLAP, "commons", "west")
    assert found.bodies == ("parks", "sanitation-west")
    assert found.layers == ("districts", "parks")
    assert found.services == ("litter",)
    shared = shapely.box(-73.993, 40.705, -73.990, 40.708)
    assert found.geometry.symmetric_difference(shared).area == pytest.approx(0, abs=1e-12)
    assert found.area_m2 == pytest.approx(253.4 * 333.1, rel=0.002)


def test_the_hole_of_a_park_belongs_to_nobody_twice(toytown: Toytown) -> None:
    found = only(find_topology(), Kind.OVERLAP, "commons", "east")
    assert not found.geometry.covers(shapely.Point(place.IN_HOLE_OF_COMMONS))


def test_another_rank_is_an_answer_and_not_an_overlap(toytown: Toytown) -> None:
    assert not [one for one in find_topology() if "commons-land" in one.areas]


def test_a_higher_rank_for_all_their_services_settles_an_overlap(toytown: Toytown) -> None:
    toytown.services["litter"].layers.add(toytown.layers["park-land"])
    assert not [one for one in find_topology() if one.kind == Kind.OVERLAP]


def test_neighbours_that_share_an_edge_are_fine(toytown: Toytown) -> None:
    assert not [one for one in find_topology() if one.areas == ("east", "west")]


def test_a_gap_is_found_once_for_the_services_that_are_silent_there(toytown: Toytown) -> None:
    gaps = [one for one in find_topology() if one.kind == Kind.GAP]
    strip = shapely.box(-73.985, 40.7, -73.98, 40.72)
    [by_districts] = [
        one for one in gaps if "districts" in one.layers and one.geometry.equals_exact(strip, 1e-9, normalize=True)
    ]
    assert by_districts.services == ("litter", "noise", "street-lamp", "tree")
    [by_wards] = [one for one in gaps if one.layers == ("wards",)]
    assert by_wards.services == ("pothole",)


def test_the_findings_are_of_the_day_asked(toytown: Toytown) -> None:
    def gap_of_wards(day: date) -> float:
        return sum(one.area_m2 for one in find_topology(on=day) if one.layers == ("wards",))

    ward = 84.46 * 2221
    assert gap_of_wards(date(2024, 6, 1)) - gap_of_wards(date(2023, 6, 1)) == pytest.approx(ward, rel=0.01)


def test_harm_counts_open_reports_and_disturbed_decisions_of_the_services_touched(toytown: Toytown) -> None:
    report("litter", place.IN_COMMONS_AND_WEST)
    report("litter", place.IN_COMMONS_AND_WEST)
    report("noise", place.IN_COMMONS_AND_WEST)  # districts alone decide it: not touched
    report("litter", place.IN_WEST)
    found = only(find_topology(), Kind.OVERLAP, "commons", "west")
    assert (found.open_reports, found.disturbed_decisions) == (2, 2)
    assert find_topology()[0] == found


def test_the_most_harm_comes_first_not_the_largest_area(toytown: Toytown) -> None:
    report("litter", place.IN_COMMONS_AND_WEST)
    found = find_topology()
    assert found[0].areas == ("commons", "west")
    assert found[0].area_m2 < max(one.area_m2 for one in found)
    assert [one.harm for one in found] == sorted((one.harm for one in found), reverse=True)


def test_decisions_of_more_than_a_year_before_the_day_do_not_count(toytown: Toytown) -> None:
    report("litter", place.IN_COMMONS_AND_WEST)
    later = timezone.localdate() + timedelta(days=400)
    assert only(find_topology(on=later), Kind.OVERLAP, "commons", "west").disturbed_decisions == 0


def move_east(toytown: Toytown, xmin: float, extra: tuple[float, float] | None = None) -> None:
    ring = [(xmin, 40.7), (-73.985, 40.7), (-73.985, 40.72), (xmin, 40.72)]
    ring += [extra] if extra else []
    east = toytown.boundaries["east"]
    east.geom = MultiPolygon(Polygon([*ring, ring[0]]), srid=4326)
    Boundary.objects.filter(pk=east.pk).update(superseded_at=timezone.now())
    Boundary.objects.create(jurisdiction=east.jurisdiction, geom=east.geom, valid_from=date(2000, 1, 1))


def test_a_border_drawn_twice_is_a_sliver_and_no_overlap(toytown: Toytown) -> None:
    move_east(toytown, -73.99002)
    found = only(find_topology(), Kind.OVERLAP_SLIVERS, "east", "west")
    assert found.area_m2 == pytest.approx(1.69 * 2221, rel=0.01)
    assert found.services == ("litter", "noise", "street-lamp", "tree")


def test_a_vertex_that_only_one_neighbour_has_is_found(toytown: Toytown) -> None:
    move_east(toytown, -73.99, extra=(-73.99, 40.711))
    found = only(find_topology(), Kind.UNMATCHED_VERTICES, "east", "west")
    assert found.geometry.geoms[0].distance(shapely.Point(-73.99, 40.711)) < 1e-9


def test_after_a_change_only_what_it_touches_is_looked_at(toytown: Toytown) -> None:
    move_east(toytown, -73.99002)
    found = find_topology(jurisdictions=[toytown.boundaries["east"].jurisdiction_id])
    assert {one.areas for one in found if one.kind != Kind.GAP} == {("east", "west"), ("commons", "east")}
    assert find_topology(jurisdictions=[]) == []


def test_only_the_layer_asked_for_takes_part(toytown: Toytown) -> None:
    assert {layer for one in find_topology(layers=["wards"]) for layer in one.layers} == {"wards"}


def test_an_empty_database_has_no_flaws(db: None) -> None:
    assert find_topology() == []


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("check_topology", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_lists_the_findings_as_text(toytown: Toytown) -> None:
    text = run()
    assert "parks / sanitation-west" in text
    assert "2 overlap" in text


def test_the_command_writes_geojson_that_gdal_reads(toytown: Toytown, tmp_path: Path) -> None:
    run("--format", "geojson", "--output", str(tmp_path / "flaws.geojson"))
    frame = gpd.read_file(tmp_path / "flaws.geojson")
    assert frame.crs.to_epsg() == 4326
    assert len(frame) == len(find_topology())
    assert set(frame["kind"]) == {"overlap", "gap"}
    coordinates = shapely.get_coordinates(frame.geometry.to_numpy())
    assert (abs(coordinates - coordinates.round(7)) < 1e-12).all()


def test_the_command_writes_json_in_the_order_of_harm(toytown: Toytown) -> None:
    report("litter", place.IN_COMMONS_AND_WEST)
    first, *_others = json.loads(run("--format", "json", "--layer", "parks"))
    assert (first["kind"], first["disturbed_decisions"], first["services"]) == ("overlap", 1, ["litter"])


def test_the_command_fails_on_what_it_is_told_to_fail_on(toytown: Toytown) -> None:
    run("--fail-on", "invalid,slivers")
    with pytest.raises(SystemExit) as refused:
        run("--fail-on", "overlaps")
    assert refused.value.code == 1


def test_the_command_refuses_unknown_layers_and_kinds(toytown: Toytown) -> None:
    with pytest.raises(CommandError, match="no layer nowhere"):
        run("--layer", "nowhere")
    with pytest.raises(CommandError, match="not everything"):
        run("--fail-on", "everything")
