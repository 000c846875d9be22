"""What-if on Toytown: a draft moves exactly the reports that the single decision would move, and writes nothing."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from django.contrib.auth.models import User
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from issues.models import ServiceRequest
from issues.routing.decision import Candidate, Decision
from issues.routing.outcomes import Outcome, Rule
from issues.selectors.evidence import Question, find_responsibility
from issues.services.arbitration.rule import confirm_ruling
from issues.services.assign import build_responsibility
from issues.services.simulate import Simulation, simulate
from issues.services.simulate_job import run
from jobs.progress import no_progress
from layers.errors import BodyUnknown, DraftUnknown
from layers.importing.areas import Area
from layers.models import Boundary
from layers.selectors.areas import as_area, boundaries_in_force
from layers.services.drafts import discard_draft
from layers.services.draw_area import Drawing, store_drawing
from layers.services.publish import publish_boundaries
from tests import toytown as place
from tests.issues import arbitrating
from tests.toytown import Toytown

SINCE = date(2026, 1, 1)
EVERYWHERE = [
    place.IN_WEST, place.IN_EAST, place.ON_SHARED_EDGE, place.IN_GAP, place.IN_COMMONS_AND_WEST,
    place.IN_HOLE_OF_COMMONS, place.NEAR_EDGE_IN_WEST, place.AT_LAMP, place.BETWEEN_LAMPS, (-73.9915, 40.702),
]  # fmt: skip
IN_COMMONS_NEAR_EAST = (-73.9915, 40.7065)
WEST = shapely.box(-74.0, 40.7, -73.993, 40.72)
EAST = shapely.box(-73.993, 40.7, -73.982, 40.72)


def report(town: Toytown, service: str, lonlat: tuple[float, float], **fields: object) -> ServiceRequest:
    point = Point(*lonlat, srid=4326)
    given = {
        "service": town.services[service],
        "point": point,
        "public_point": point,
        "outcome": Outcome.GAP.value,
        "requested_datetime": datetime(2026, 6, 1, 12, tzinfo=UTC),
        "due_date": timezone.localdate() + timedelta(days=30),
    }
    return ServiceRequest.objects.create(**(given | fields))


def draft(west: shapely.Geometry = WEST, east: shapely.Geometry = EAST) -> list[Area]:
    return [
        Area("west", {}, "sanitation-west", shapely.multipolygons([west])),
        Area("east", {}, "sanitation-east", shapely.multipolygons([east])),
    ]


def simulated(town: Toytown, areas: list[Area], **options: object) -> Simulation:
    return simulate(town.layers["districts"], areas, SINCE, **options)


def moves(found: Simulation) -> dict[int, tuple[str, str]]:
    return {each.service_request: (each.before.label, each.after.label) for each in found.moved}


def test_reports_between_the_old_and_the_new_border_move_and_others_stay(toytown: Toytown) -> None:
    moving = report(toytown, "noise", (-73.9915, 40.702))
    homeless = report(toytown, "noise", place.IN_GAP)
    report(toytown, "noise", place.IN_WEST)
    found = simulated(toytown, draft())
    assert found.reports == 3
    assert moves(found) == {
        moving.pk: ("sanitation-west", "sanitation-east"),
        homeless.pk: ("(gap)", "sanitation-east"),
    }
    assert (found.settled, found.newly_contested, found.newly_homeless) == (1, 0, 0)
    assert ("sanitation-west", "sanitation-east", 1) in found.table


def test_a_draft_with_an_overlap_and_a_gap_says_what_becomes_contested_and_homeless(toytown: Toytown) -> None:
    report(toytown, "noise", (-73.9915, 40.702))
    report(toytown, "noise", place.IN_EAST)
    overlapping = shapely.box(-73.993, 40.7, -73.990, 40.72)
    found = simulated(toytown, draft(west=shapely.box(-74.0, 40.7, -73.99, 40.72), east=overlapping))
    assert (found.newly_contested, found.newly_homeless, found.settled) == (1, 1, 0)


def test_workload_and_risk_count_open_reports_by_body(toytown: Toytown) -> None:
    today = timezone.localdate()
    moving = (-73.9915, 40.702)
    report(toytown, "noise", moving, due_date=today - timedelta(days=1))
    report(toytown, "noise", moving, due_date=today + timedelta(days=2))
    report(toytown, "noise", moving, state="fixed", due_date=today - timedelta(days=9))
    report(toytown, "noise", place.IN_WEST)
    loads = {load.body: load for load in simulated(toytown, draft()).workloads}
    west, east = loads["sanitation-west"], loads["sanitation-east"]
    assert (west.all_before, west.all_after, west.open_before, west.open_after) == (4, 1, 3, 1)
    assert (east.all_before, east.all_after, east.open_after, east.late_after, east.near_due_after) == (0, 3, 2, 1, 1)
    assert (west.risk_before, west.risk_after, east.risk_after) == (pytest.approx(2 / 3), 0, 1)


def test_only_reports_of_the_period_are_replayed_on_their_own_day(toytown: Toytown) -> None:
    report(toytown, "pothole", place.IN_MOVED_WARD, requested_datetime=datetime(2023, 12, 31, 12, tzinfo=UTC))
    last = report(toytown, "pothole", place.IN_MOVED_WARD, requested_datetime=datetime(2024, 1, 2, 4, tzinfo=UTC))
    ward = [Area("ward", {}, "roads", shapely.multipolygons([shapely.box(-74.0, 40.7, -73.99, 40.72)]))]
    found = simulate(toytown.layers["wards"], ward, date(2023, 12, 31), date(2024, 1, 1))
    assert found.reports == 2  # 4 h UTC on the 2nd is still the 1st in New York
    assert moves(found) == {last.pk: ("(gap)", "roads")}  # on the day before, the old ward had it
    assert simulate(toytown.layers["wards"], ward, date(2024, 1, 2), date(2024, 1, 2)).reports == 0


def test_a_simulation_foretells_what_publishing_does_to_every_answer(toytown: Toytown) -> None:
    """Accuracy discs, lamps, borders and holes: the decisions after publishing are those that were foretold."""
    reports = [
        report(toytown, service, lonlat, accuracy_m=accuracy_m, asset=asset and toytown.assets[asset])
        for service in toytown.services
        for lonlat in EVERYWHERE
        for accuracy_m in (0, 25)
        for asset in (None, "lamp-2")
    ]
    found = moves(simulated(toytown, draft()))

    def decided(each: ServiceRequest) -> str:
        day = timezone.localdate(each.requested_datetime)
        question = Question(each.service_id, each.point.x, each.point.y, each.accuracy_m, each.asset_id, valid_on=day)
        decision = find_responsibility(question)
        slug = next((slug for slug, body in toytown.bodies.items() if body.pk == decision.body_id), "")
        return slug or f"({decision.outcome.value})"

    before = {each.pk: decided(each) for each in reports}
    publish_boundaries(toytown.layers["districts"], draft(), SINCE, source="test")
    after = {each.pk: decided(each) for each in reports}
    assert found == {pk: (before[pk], after[pk]) for pk in before if before[pk] != after[pk]}
    assert len(found) > 10


def test_the_areas_in_force_move_nothing_and_nothing_is_written(toytown: Toytown) -> None:
    for service in toytown.services:
        for lonlat in EVERYWHERE:
            report(toytown, service, lonlat, accuracy_m=12)
    same = [as_area(boundary) for boundary in boundaries_in_force(toytown.layers["districts"], SINCE)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn(), txid_current_if_assigned()")
        before = cursor.fetchone()
        assert simulated(toytown, same).moved == []
        cursor.execute("SELECT pg_current_wal_insert_lsn(), txid_current_if_assigned()")
        assert cursor.fetchone()[1] == before[1]
    assert Boundary.objects.count() == len(toytown.boundaries)


def test_an_empty_draft_and_an_empty_period_are_answered(toytown: Toytown) -> None:
    report(toytown, "noise", place.IN_WEST)
    assert simulated(toytown, []).newly_homeless == 1
    assert simulate(toytown.layers["districts"], draft(), date(2000, 1, 1), date(2000, 1, 2)).reports == 0
    with pytest.raises(BodyUnknown):
        simulated(toytown, [Area("west", {}, "nobody", shapely.multipolygons([WEST]))])


def write_draft(folder: Path) -> Path:
    path = folder / "draft.geojson"
    frame = gpd.GeoDataFrame({"code": ["west", "east"]}, geometry=[WEST, EAST], crs=4326)
    frame.to_file(path, driver="GeoJSON")
    return path


def test_the_command_writes_a_table_a_map_and_a_summary(toytown: Toytown, tmp_path: Path) -> None:
    moving = report(toytown, "noise", (-73.9915, 40.702))
    out = io.StringIO()
    call_command(
        "simulate_boundaries", write_draft(tmp_path), layer="districts", since=SINCE, code_field="code",
        out=tmp_path / "result", stdout=out,
    )  # fmt: skip
    assert "1 reports, 1 would have moved" in out.getvalue()
    [row] = csv.DictReader((tmp_path / "result/moved.csv").open())
    assert (int(row["service_request"]), row["from_body"], row["to_body"]) == (
        moving.pk, "sanitation-west", "sanitation-east",
    )  # fmt: skip
    [feature] = gpd.read_file(tmp_path / "result/moved.geojson").itertuples()
    assert (feature.geometry.x, feature.to_body) == (-73.9915, "sanitation-east")
    summary = json.loads((tmp_path / "result/summary.json").read_text())
    assert summary["table"] == [{"from": "sanitation-west", "to": "sanitation-east", "reports": 1}]
    assert {load["body"] for load in summary["workloads"]} == {"sanitation-west", "sanitation-east"}


def test_a_draft_with_refused_features_is_not_replayed_unless_asked(toytown: Toytown, tmp_path: Path) -> None:
    path = tmp_path / "draft.geojson"
    bowtie = shapely.Polygon([(-74, 40.7), (-73.99, 40.72), (-73.99, 40.7), (-74, 40.72)])
    gpd.GeoDataFrame({"code": ["west", "east"]}, geometry=[bowtie, EAST], crs=4326).to_file(path, driver="GeoJSON")
    options = {"layer": "districts", "since": SINCE, "code_field": "code", "stdout": io.StringIO()}
    with pytest.raises(CommandError, match="refused"):
        call_command("simulate_boundaries", path, **options)
    call_command("simulate_boundaries", path, skip_refused=True, **options)


def test_the_job_tries_a_draft_and_returns_json(toytown: Toytown) -> None:
    report(toytown, "noise", (-73.9915, 40.702))
    planner = User.objects.create_user("planner")
    drawing = Drawing("west", shapely.to_geojson(WEST))
    draft = store_drawing(toytown.layers["districts"], drawing, timezone.localdate(), planner)
    steps: list[str] = []
    asked = {"draft": str(draft.pk), "since": "2026-01-01", "until": "2026-12-31", "url": "/x/", "language": "en"}
    result = run(lambda done, total=0, message="": steps.append(str(message)), **asked)
    stored = json.loads(json.dumps(result))
    [moved] = stored["moved_reports"]
    assert (moved["from_body"], moved["to_outcome"], stored["url"]) == ("sanitation-west", "gap", "/x/")
    assert any("as it was" in step for step in steps)
    discard_draft(draft)
    with pytest.raises(DraftUnknown):
        run(no_progress, **asked)


def test_a_ruled_report_stays_where_the_ruling_put_it(toytown: Toytown) -> None:
    """The draft moves the border over a contested report that was ruled, and over one beside it that was not."""
    people = arbitrating.hire(toytown)
    ruled, other = arbitrating.report(at=IN_COMMONS_NEAR_EAST), arbitrating.report(at=IN_COMMONS_NEAR_EAST)
    case = arbitrating.case_of(ruled)
    draft_of_one = arbitrating.zone_ruling(case, scope="this_report", service_request=ruled.pk)
    confirm_ruling(draft_of_one, user=people.arbitrator, version=case.version)
    far_west = draft(west=shapely.box(-74.0, 40.7, -73.999, 40.72), east=shapely.box(-73.985, 40.7, -73.982, 40.72))
    assert moves(simulated(toytown, far_west)) == {other.pk: ("(contested)", "parks")}


NEAR_SHARED_EDGE = (-73.9901, 40.702)
"""8 m west of it: by phone nobody can tell the side."""


def test_the_side_that_a_reporter_named_counts_as_long_as_the_area_is_there(toytown: Toytown) -> None:
    sides = [toytown.boundaries["west"], toytown.boundaries["east"], None]
    west, east, _silent = [
        report(toytown, "noise", NEAR_SHARED_EDGE, accuracy_m=30, side_boundary=side) for side in sides
    ]
    in_force = [as_area(boundary) for boundary in boundaries_in_force(toytown.layers["districts"], SINCE)]
    assert moves(simulated(toytown, in_force)) == {}
    loads = {load.body: load.all_before for load in simulated(toytown, in_force).workloads}
    assert loads == {"sanitation-west": 1, "sanitation-east": 1}
    # East ends elsewhere and so is asked about anew; west is the same record still.
    elsewhere = draft(west=shapely.box(-74.0, 40.7, -73.99, 40.72), east=shapely.box(-73.99, 40.7, -73.982, 40.72))
    assert moves(simulated(toytown, elsewhere)) == {east.pk: ("sanitation-east", "(uncertain)")}
    assert west.pk not in moves(simulated(toytown, elsewhere))


def test_what_memory_settled_stays_settled_where_the_draft_leaves_it_as_open_as_it_was(toytown: Toytown) -> None:
    """Three in the gap, two of them settled by memory, one of these superseded by a later decision."""
    parks = toytown.bodies["parks"]
    remembered, forgotten, open_still = (report(toytown, "noise", place.IN_GAP) for _number in range(3))
    memory = Candidate(parks.pk, Rule.MEMORY, True, 120.0, False, 0.95, votes=19, votes_of=20)
    decision = Decision(Outcome.ASSIGNED, Rule.MEMORY, 0.99, (memory,), memory)
    today = timezone.localdate()
    for each in (remembered, forgotten):
        build_responsibility(each, decision, today, timezone.now()).save()
    gap = Decision(Outcome.GAP, Rule.NONE, 0.0, ())
    build_responsibility(forgotten, gap, today, timezone.now()).save()
    same = [as_area(boundary) for boundary in boundaries_in_force(toytown.layers["districts"], SINCE)]
    assert {load.body: load.all_before for load in simulated(toytown, same).workloads} == {"parks": 1}
    assert moves(simulated(toytown, same)) == {}
    # A border over the gap is a rule, and rules come before the memory.
    assert moves(simulated(toytown, draft())) == {
        remembered.pk: ("parks", "sanitation-east"),
        forgotten.pk: ("(gap)", "sanitation-east"),
        open_still.pk: ("(gap)", "sanitation-east"),
    }


def test_reports_at_risk_are_told_by_where_they_come_from_and_go(toytown: Toytown) -> None:
    """As many come as go: the sums stay, and yet other deadlines are the body's."""
    today = timezone.localdate()
    late, soon = {"due_date": today - timedelta(days=1)}, {"due_date": today + timedelta(days=3)}
    report(toytown, "noise", place.IN_WEST, **late)
    report(toytown, "noise", place.IN_EAST, **soon)
    report(toytown, "noise", place.IN_EAST, due_date=today + timedelta(days=4))
    report(toytown, "noise", place.IN_EAST, state="fixed", **late)
    west, east = shapely.box(-74.0, 40.7, -73.99, 40.72), shapely.box(-73.99, 40.7, -73.985, 40.72)
    found = simulated(toytown, draft(west=east, east=west))
    loads = {load.body: load for load in found.workloads}
    exchanged = loads["sanitation-west"]
    assert (exchanged.late_before, exchanged.late_after) == (1, 0)
    assert (exchanged.near_due_before, exchanged.near_due_after) == (0, 1)
    assert (exchanged.risky_in, exchanged.risky_out) == (1, 1)
    assert (loads["sanitation-east"].risky_in, loads["sanitation-east"].risky_out) == (1, 1)
    assert (exchanged.risk_before, exchanged.risk_after) == (1.0, 0.5)
    assert found.summary()["workloads"][0].keys() >= {"risky_in", "risky_out", "risk_after"}
