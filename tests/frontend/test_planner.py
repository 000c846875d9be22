"""The planner's page: who sees it, that its numbers agree, what a cell says, what files hold."""

import itertools
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from frontend.planner.question import polygon_of, read_planner_question
from frontend.planner.words import cell_words, question_words
from issues.models import ServiceRequest
from issues.selectors import planner
from issues.selectors.planner import PlannerFilter
from issues.selectors.planner_areas import area_counts, area_km2
from jobs.models import Job
from layers.models import Layer
from tests.frontend.conftest import client_with, hot_layer
from tests.tiles.conftest import make_report
from tests.toytown import IN_HOLE_OF_COMMONS, Toytown, box
from tiles.models import HotspotCell, HotspotLayer

pytestmark = pytest.mark.django_db
SPRING = "from=2026-04-06&to=2026-05-31"
WEST_BOX = "-74.00000 40.70000,-73.99000 40.70000,-73.99000 40.72000,-74.00000 40.72000"


def seen(client: Client, query: str = "") -> str:
    page = client.get(f"/planner/?{SPRING}&{query}")
    assert page.status_code == 200
    return page.content.decode()


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script id="planner-data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


# Who


@pytest.mark.parametrize(("codename", "status"), [("plan", 200), ("arbitrate", 200), ("", 403)])
def test_planners_and_arbitrators_see_it_and_other_staff_do_not(toytown: Toytown, codename: str, status: int) -> None:
    client = client_with(codename)
    layer = hot_layer(toytown)
    for path in (
        "/planner/", "/planner/areas.geojson", "/planner/export.csv", f"/planner/hotspots/{layer.pk}/cell/?lon=0&lat=0",
        "/planner/cells.json?west=-74&south=40&east=-73&north=41&z=11",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code in (status, 204), path
        if status == 200:
            assert "private" in answer["Cache-Control"]
    assert client.post(f"/planner/hotspots/{layer.pk}/").status_code == (302 if status == 200 else 403)


def test_visitors_are_asked_to_sign_in(client: Client, toytown: Toytown) -> None:
    assert client.get("/planner/").status_code == 302
    assert client.get("/planner/export.csv").status_code == 302
    assert client.post("/planner/hotspots/").status_code == 302


# One question, one set of numbers


def wanted(**parts: Any) -> PlannerFilter:
    return PlannerFilter(date(2026, 4, 6), date(2026, 5, 31), **parts)


def test_every_answer_counts_the_same_reports(spring_reports: Toytown) -> None:
    for parts in (
        {}, {"services": ("pothole",)}, {"groups": ("cleanliness",)}, {"bodies": ("sanitation",)},
        {"states": ("fixed",)}, {"older_than_days": 20},
        {"area": box(-74, 40.7, -73.99, 40.72)}, {"states": ("refused",)},
    ):  # fmt: skip
        asked = wanted(**parts)
        total = planner.figures(asked).count
        assert sum(bar.count for bar in planner.histogram(asked)) == total
        assert sum(found.count for _code, found in planner.figures_by_service(asked)) == total
        assert sum(found.count for _slug, found in planner.figures_by_body(asked)) == total
        assert sum(count for *_cell, count in planner.cells(asked, (-74.1, 40.6, -73.9, 40.8), 2**16)) == total
        areas = area_counts(asked, spring_reports.layers["districts"])
        assert sum(area.count for area in areas) == total
    assert planner.figures(wanted()).count == 16
    assert planner.figures(wanted(states=("refused",))).count == 1


@given(first=st.integers(-10, 60), length=st.integers(1, 1500), service=st.sampled_from(["", "litter", "pothole"]))
@hypothesis_settings(max_examples=25)
def test_bars_cover_every_day_once_and_hold_every_report(
    spring_reports: Toytown, first: int, length: int, service: str
) -> None:
    start = date(2026, 4, 1) + timedelta(days=first)
    asked = PlannerFilter(start, start + timedelta(days=length - 1), services=(service,) if service else ())
    bars = planner.histogram(asked)
    assert bars[0].first == asked.first_day and bars[-1].last == asked.last_day
    assert all(one.last + timedelta(days=1) == following.first for one, following in itertools.pairwise(bars))
    assert len(bars) <= 160
    assert sum(bar.count for bar in bars) == planner.planned(asked).count()


def test_open_longer_than_means_open(spring_reports: Toytown) -> None:
    assert planner.figures(wanted(older_than_days=1)).count == 11
    assert planner.figures(wanted(older_than_days=1)).closed == 0


def test_areas_count_what_lies_in_them_and_holes_are_not_in_them(spring_reports: Toytown) -> None:
    make_report(spring_reports, "litter", *IN_HOLE_OF_COMMONS, requested_datetime=datetime(2026, 5, 1, tzinfo=UTC))
    [commons] = area_counts(wanted(), spring_reports.layers["parks"])
    assert commons.count == 0
    by_code = {
        area.boundary.jurisdiction.code: (area.count, area.everything)
        for area in area_counts(wanted(services=("pothole",)), spring_reports.layers["districts"])
    }
    assert by_code == {"east": (0, 5), "west": (2, 12)}


def test_a_small_area_does_not_find_the_home_behind_a_hidden_place(toytown: Toytown) -> None:
    home = (-73.9958, 40.7023)
    make_report(toytown, "noise", *home, requested_datetime=datetime(2026, 5, 1, tzinfo=UTC))
    around = box(home[0] - 1e-4, home[1] - 1e-4, home[0] + 1e-4, home[1] + 1e-4)
    asked = wanted(area=around)
    assert planner.figures(asked).count == 0
    assert planner.cells(asked, (-74.1, 40.6, -73.9, 40.8), 2**20) == []
    assert sum(area.count for area in area_counts(asked, toytown.layers["districts"])) == 0
    assert planner.figures(wanted()).count == 1


# The page


def test_the_page_says_the_question_in_words_and_answers_without_script(
    spring_reports: Toytown, planner_client: Client
) -> None:
    html = seen(planner_client, "services=litter&older=8&body=sanitation-west")
    assert "Litter, open &gt; 8 days, April 6, 2026 – May 31, 2026, sent to Sanitation West" in html
    assert html.count("<h1") == 1
    for part in ("By kind of problem", "Reports over time", "Export"):
        assert part in html
    rows = re.findall(r'<th scope="row">Litter</th><td class="is-number">(\d+)</td>', html)
    assert rows == ["5"]


def test_all_parts_of_an_address_are_understood_and_written_in_one_spelling(spring_reports: Toytown) -> None:
    from django.http import QueryDict

    text = (
        f"view=compare&{SPRING}&services=litter,pothole&group=cleanliness&body=parks&state=fixed&older=8&area={WEST_BOX}"
        "&place=districts/west&layer=districts&measure=count&hotspots=7&with_from=2026-01-01&with_to=2026-02-01"
        "&with_place=districts/east"
    )
    asked = read_planner_question(QueryDict(text))
    assert read_planner_question(QueryDict(asked.query())) == asked
    assert asked.with_place == "districts/east" and asked.hotspots == 7 and asked.area == WEST_BOX


@given(st.dictionaries(
    st.sampled_from(["view", "from", "to", "services", "group", "body", "state", "older", "area", "place", "layer",
                     "measure", "hotspots", "with_from", "with_to", "with_place"]),
    st.text(max_size=30) | st.sampled_from(["2026-02-30", "9" * 40, "districts/", "0 0,1 1,0 1,1 0", "compare", "-1"]),
))  # fmt: skip
@hypothesis_settings(max_examples=40)
def test_no_address_breaks_the_page(spring_reports: Toytown, query: dict[str, str]) -> None:
    user = User.objects.filter(username="any").first() or User.objects.create_superuser("any")
    client = Client()
    client.force_login(user)
    assert client.get("/planner/", query).status_code == 200


@pytest.mark.parametrize("area", ["0 0,1 1,0 1,1 0", "0 0,1 1", "200 0,1 1,0 1", ",".join(["0 0"] * 5), "x"])
def test_an_area_that_is_no_polygon_is_left_out_of_question_and_words(toytown: Toytown, area: str) -> None:
    from django.http import QueryDict

    query = QueryDict(mutable=True)
    query["area"] = area
    asked = read_planner_question(query)
    assert asked.area == "" and "area" not in question_words(asked)


def test_a_drawn_area_has_its_figures(spring_reports: Toytown, planner_client: Client) -> None:
    html = seen(planner_client, f"area={WEST_BOX}")
    assert "in the drawn area" in html
    assert re.search(r"<dt>Reports</dt><dd>12</dd>", html)
    data = data_of(html)
    assert data["shape_is_drawn"] and len(data["cell_bounds"]) == 7
    assert area_km2(polygon_of(WEST_BOX)) == pytest.approx(0.844 * 2.221, rel=0.01)


def test_areas_come_with_funnel_and_are_listed_by_code(spring_reports: Toytown, planner_client: Client) -> None:
    html = seen(planner_client, "view=areas&layer=districts")
    names = re.findall(r'<th scope="row">(East|West)</th>', html)
    assert names == ["East", "West"]
    assert "<svg" in html and 'class="funnel__line' in html
    assert "style=" not in html.split("<main", 1)[1]
    features = planner_client.get(f"/planner/areas.geojson?{SPRING}&view=areas&layer=districts").json()["features"]
    assert {f["properties"]["name"]: f["properties"]["count"] for f in features} == {"East": 4, "West": 12}


def test_deadlines_are_judged_only_where_enough_is_known(spring_reports: Toytown, planner_client: Client) -> None:
    html = seen(planner_client, "view=deadlines")
    assert re.search(r"Sanitation East</th>.*?too few to say", html, re.DOTALL)
    figures = dict(planner.figures_by_body(wanted()))
    west = figures["sanitation-west"]
    # Five closed, of them those with the later due date (0, 2, 4) in time; seven are open and overdue.
    assert (west.closed, west.kept, west.overdue, west.known) == (5, 3, 7, 12)


def test_public_page_and_planner_tell_one_share_of_deadlines_kept(
    spring_reports: Toytown, planner_client: Client, client: Client
) -> None:
    """Five closed, three of them in time; of the eleven others all are due. Closed ones alone would make 60 %."""
    assert "<dd>19 %</dd>" in seen(planner_client)
    assert "<strong>19 %</strong> of deadlines kept" in client.get("/?from=2026-04-06&to=2026-05-31").content.decode()
    few = client.get("/?from=2026-04-06&to=2026-04-10").content.decode()
    assert "deadlines kept: too few to say" in few


def test_areas_are_coloured_by_residents_where_the_city_knows_them(
    spring_reports: Toytown, planner_client: Client, residents_file: Path
) -> None:
    asked = "view=areas&layer=districts&measure=residents"
    assert 'value="residents"' not in seen(planner_client, asked)
    assert "Reports per km² and month" in seen(planner_client, asked)
    assert 'value="resident"' not in seen(planner_client, "view=hotspots")
    residents_file.write_text("lon,lat,residents,square_m\n-73.995,40.71,4000,150\n-73.985,40.71,1000,150\n")
    html = seen(planner_client, asked)
    assert "Per 1,000 residents and year" in html and '<option value="residents" selected>' in html
    features = planner_client.get(f"/planner/areas.geojson?{SPRING}&{asked}").json()["features"]
    found = {each["properties"]["name"]: each["properties"] for each in features}
    years = 56 / 365.25
    assert found["West"]["value"] == pytest.approx(12 / 4 / years) and found["West"]["expected"] == pytest.approx(12.8)
    assert found["East"]["value"] == pytest.approx(4 / 1 / years) and found["East"]["expected"] == pytest.approx(3.2)
    assert 'value="resident"' in seen(planner_client, "view=hotspots")


def test_where_next_to_nobody_lives_no_rate_is_told(
    spring_reports: Toytown, planner_client: Client, residents_file: Path
) -> None:
    residents_file.write_text("lon,lat,residents\n-73.995,40.71,90000\n-73.985,40.71,3\n")
    asked = "view=areas&layer=districts&measure=residents"
    features = planner_client.get(f"/planner/areas.geojson?{SPRING}&{asked}").json()["features"]
    east = next(each["properties"] for each in features if each["properties"]["name"] == "East")
    assert (east["count"], east["value"], east["look"]) == (4, None, "few")
    assert re.search(r"East</th>.*?too few to say", seen(planner_client, asked), re.DOTALL)


def test_the_map_of_a_comparison_has_both_counts_and_both_outlines(
    spring_reports: Toytown, planner_client: Client
) -> None:
    around = "west=-74.1&south=40.6&east=-73.9&north=40.8&z=12"
    days = f"view=compare&{SPRING}&with_from=2026-04-06&with_to=2026-04-30"
    cells = planner_client.get(f"/planner/cells.json?{days}&{around}").json()["cells"]
    assert [sum(side) for side in list(zip(*cells, strict=True))[2:]] == [16, 9]
    assert data_of(seen(planner_client, days))["other_shape"] is None
    places = f"view=compare&{SPRING}&place=districts/west&with_place=districts/east"
    cells = planner_client.get(f"/planner/cells.json?{places}&{around}").json()["cells"]
    assert [sum(side) for side in list(zip(*cells, strict=True))[2:]] == [12, 4]
    data = data_of(seen(planner_client, places))
    assert data["compares_places"] and data["other_shape"] and data["other_shape"] != data["shape"]


def test_two_periods_and_two_areas_are_compared(spring_reports: Toytown, planner_client: Client) -> None:
    days = seen(planner_client, "view=compare&with_from=2026-04-06&with_to=2026-04-30")
    assert "A: April 6, 2026 – May 31, 2026. B: April 6, 2026 – April 30, 2026" in days
    places = seen(planner_client, "view=compare&layer=districts&place=districts/west&with_place=districts/east")
    assert "A: West. B: East" in places
    assert re.search(r"Litter</th><td class=\"is-number\">10</td><td class=\"is-number\">4</td>", places)


def test_a_cell_is_read_in_plain_language(toytown: Toytown, planner_client: Client) -> None:
    layer = hot_layer(toytown)
    cell = planner_client.get(f"/planner/hotspots/{layer.pk}/cell/?lon=-73.9965&lat=40.7125").content.decode()
    assert "14 reports in 8 weeks here and next to it, 0.3 expected; chance of this by accident under 0.01 %." in cell
    assert "<rect" in cell
    cold = planner_client.get(f"/planner/hotspots/{layer.pk}/cell/?lon=-73.982&lat=40.702").content.decode()
    assert "not significant" in cold
    for nowhere in ("lon=0&lat=0", "lon=x&lat=1", "lon=nan&lat=1", ""):
        assert planner_client.get(f"/planner/hotspots/{layer.pk}/cell/?{nowhere}").status_code == 204


@pytest.mark.parametrize(
    ("p", "words"), [(0.2, "20 %"), (0.011, "1 %"), (0.009, "under 1 %"), (0.0009, "under 0.1 %"), (0, "under 0.01 %")]
)
def test_a_chance_is_never_nothing(p: float, words: str) -> None:
    layer = HotspotLayer(since=date(2026, 4, 6), until=date(2026, 5, 31), min_count=10, false_discovery_rate=0.05)
    cell = HotspotCell(around_count=14, expected=3.1, p=p, q=p, pattern="persistent")
    assert cell_words(layer, cell).endswith(f"chance of this by accident {words}.")


def test_too_few_reports_are_called_too_few() -> None:
    layer = HotspotLayer(since=date(2026, 4, 6), until=date(2026, 4, 8), min_count=10, false_discovery_rate=0.05)
    cell = HotspotCell(around_count=4, expected=0.2, p=1e-4, q=0.01, pattern="not_significant")
    assert "4 reports in 3 days" in cell_words(layer, cell) and "too few" in cell_words(layer, cell)


def test_hotspots_are_listed_published_and_withdrawn_from_the_page(toytown: Toytown, planner_client: Client) -> None:
    layer = hot_layer(toytown)
    html = seen(planner_client, "view=hotspots")
    assert "Litter, April 6, 2026 – May 31, 2026, counts, squares of 100 m" in html and "Draft" in html
    assert "chance of this by accident" in html
    planner_client.post(f"/planner/hotspots/{layer.pk}/")
    layer.refresh_from_db()
    assert layer.status == "published" and layer.published_by.username == "plan"
    planner_client.post(f"/planner/hotspots/{layer.pk}/", {"withdraw": "1"})
    layer.refresh_from_db()
    assert layer.status == "withdrawn"


def test_a_computed_layer_brings_its_own_question(toytown: Toytown, planner_client: Client) -> None:
    """Else the page would say one span of days above the map of another, and so would its files."""
    layer = hot_layer(toytown)
    came = planner_client.get(f"/planner/?view=hotspots&hotspots={layer.pk}", follow=True)
    assert came.redirect_chain == [
        (f"/planner/?view=hotspots&from=2026-04-06&to=2026-05-31&services=litter&hotspots={layer.pk}", 302)
    ]
    html = came.content.decode()
    assert "data-words>Litter, April 6, 2026 – May 31, 2026<" in html.replace("&#x27;", "'")
    assert "data-other-question" not in html
    assert f"hotspots={layer.pk}" in html.split('class="planner__files')[1].split("</ul>")[0]


def test_hotspots_of_another_question_say_so_and_their_files_are_named_by_their_own_days(
    toytown: Toytown, planner_client: Client
) -> None:
    layer = hot_layer(toytown)
    other = f"/planner/?view=hotspots&from=2026-05-01&to=2026-05-31&hotspots={layer.pk}"
    assert "data-other-question" in planner_client.get(other).content.decode()
    file = planner_client.get(other.replace("/?", "/export.csv?"))
    assert 'filename="citypin-hotspots-2026-04-06-2026-05-31.csv"' in file["Content-Disposition"]


def test_a_draft_has_tiles_for_planners(toytown: Toytown, planner_client: Client, client: Client) -> None:
    layer = hot_layer(toytown)
    address = f"/planner/hotspots/{layer.pk}/13/2412/3079.mvt"
    tile = planner_client.get(address)
    assert tile.status_code == 200 and len(tile.content) > 100 and "private" in tile["Cache-Control"]
    assert client.get(address).status_code == 302
    assert planner_client.get(f"/planner/hotspots/{layer.pk}/13/x/3079.mvt").status_code == 404


def test_computing_is_queued_once_and_what_cannot_be_is_refused(
    toytown: Toytown, planner_client: Client, residents_file: Path
) -> None:
    asked = {"since": "2026-04-06", "until": "2026-05-31", "services": "litter", "size_m": "200"}
    first = planner_client.post("/planner/hotspots/", asked)
    again = planner_client.post("/planner/hotspots/", asked)
    job = Job.objects.get()
    assert first.url == again.url == f"/jobs/{job.pk}/"
    assert job.arguments["services"] == "litter"
    refused = planner_client.post("/planner/hotspots/", {**asked, "size_m": "1"}, follow=True)
    assert "Cells of 1 m are not possible" in refused.content.decode()
    residents_file.write_text("lon,lat,residents,square_m\n-73.995,40.71,4000,150\n")
    refused = planner_client.post("/planner/hotspots/", {**asked, "size_m": "100", "per": "resident"}, follow=True)
    assert "in squares of 150 m how many people live where" in refused.content.decode()
    assert Job.objects.count() == 1


@pytest.mark.parametrize("box", ["", "1,1,0,2", "a,1,2,2", "nan,1,2,2", "1,1,2,200"])
def test_cells_need_a_box(spring_reports: Toytown, planner_client: Client, box: str) -> None:
    sides = dict(zip(("west", "south", "east", "north"), box.split(","), strict=False))
    assert planner_client.get("/planner/cells.json", {**sides, "z": "11"}).status_code == 400


def test_no_layers_and_no_reports_are_an_answer(planner_client: Client) -> None:
    Layer.objects.all().delete()
    assert not ServiceRequest.objects.exists()
    for view in ("time", "areas", "hotspots", "deadlines", "compare"):
        assert planner_client.get(f"/planner/?view={view}").status_code == 200
    assert planner_client.get("/planner/areas.geojson").json()["features"] == []
