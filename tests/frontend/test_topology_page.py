"""The topology watch and the drawing of borders: what is shown, by harm, and who may act."""

import json

import pytest
import shapely
from django.test import Client
from django.utils import timezone

from config.jobs import HANDLERS
from issues.selectors.topology_watch import watched_findings
from issues.services.submit import Submission, submit_service_request
from jobs.models import Job
from jobs.progress import no_progress
from layers.models import Boundary, ImportDraft
from tests.frontend.import_pages import draw
from tests.signing_in import staff
from tests.toytown import IN_COMMONS_AND_WEST, Toytown

pytestmark = pytest.mark.django_db


def checked(client: Client) -> None:
    answer = client.post("/desk/topology/")
    assert answer.status_code == 303 and answer["Location"].startswith("/jobs/")
    job = Job.objects.latest("id")
    # A worker writes over a connection of its own, which does not see this test's transaction.
    result = HANDLERS[job.kind](no_progress, **job.arguments)
    Job.objects.filter(pk=job.pk).update(result=result, state=Job.State.DONE, finished_at=timezone.now())
    assert result["url"] == "/desk/topology/"


def test_strangers_and_clerks(toytown: Toytown, client: Client):
    assert client.get("/desk/topology/")["Location"].startswith("/login/")
    assert client.get("/desk/topology/findings.geojson")["Location"].startswith("/login/")
    clerk = staff("clerk")
    assert clerk.get("/desk/topology/").status_code == 200
    assert "Check now" not in clerk.get("/desk/topology/").content.decode()
    assert clerk.post("/desk/topology/").status_code == 403
    for path in ("/desk/layers/districts/edit/", "/desk/layers/districts/areas.geojson"):
        assert clerk.get(path).status_code == 403
        assert client.get(path).status_code == 302


def test_an_arbitrator_may_check_too(toytown: Toytown):
    assert staff("arbitrator", "arbitrate").post("/desk/topology/").status_code == 303


def test_the_findings_of_the_last_check_stand_there_most_harm_first(publisher: Client):
    assert "Not checked yet." in publisher.get("/desk/topology/").content.decode()
    submit_service_request(Submission("litter", *IN_COMMONS_AND_WEST))
    checked(publisher)
    html = publisher.get("/desk/topology/").content.decode()
    first = html.split('data-finding="')[1]
    assert "Overlap" in first and "Parks / Sanitation West" in first
    assert "1 decision disturbed in a year" in first and "1 open report" in first and "Litter" in first
    worst = watched_findings()[0]
    assert f"/desk/layers/districts/edit/?finding={worst.pk}" in first
    edit = publisher.get(f"/desk/layers/districts/edit/?finding={worst.pk}").content.decode()
    assert '"chosen": "west"' in edit
    assert "1 finding" in publisher.get("/desk/layers/").content.decode()
    features = publisher.get("/desk/topology/findings.geojson").json()["features"]
    assert shapely.geometry.shape(features[0]["geometry"]).covers(shapely.Point(IN_COMMONS_AND_WEST))
    said = features[0]["properties"]
    assert said["label"].startswith("Overlap · ") and said["label"].endswith(" m² · Parks / Sanitation West")
    assert said["page"] == f"/desk/topology/#finding-{worst.pk}"


def test_findings_are_filtered_by_kind_and_layer(publisher: Client):
    checked(publisher)
    kinds = {
        each["properties"]["kind"]
        for each in publisher.get("/desk/topology/findings.geojson?kind=gap").json()["features"]
    }
    assert kinds == {"gap"}
    parks = publisher.get("/desk/topology/findings.geojson?layer=parks").json()["features"]
    assert parks and all("parks" in each["properties"]["layers"] for each in parks)
    assert "No finding fits these filters." in publisher.get("/desk/topology/?kind=nonsense").content.decode()


def test_a_second_check_joins_the_one_that_runs(publisher: Client):
    first, second = publisher.post("/desk/topology/"), publisher.post("/desk/topology/")
    assert first["Location"] == second["Location"]


def test_an_arbitrator_opens_the_case_of_a_finding_in_one_click(publisher: Client):
    checked(publisher)
    finding = next(each for each in watched_findings("overlap") if "litter" in each.services)
    assert "Open an arbitration case here" not in publisher.get("/desk/topology/").content.decode()
    assert publisher.post("/desk/topology/", {"finding": finding.pk}).status_code == 403
    arbitrator = staff("arbitrator", "arbitrate")
    page = arbitrator.get("/desk/topology/?kind=overlap").content.decode()
    assert page.count("Open an arbitration case here") == page.count("data-finding=")
    opened = [arbitrator.post("/desk/topology/", {"finding": finding.pk}) for _ in range(2)]
    assert [answer.status_code for answer in opened] == [303, 303]
    assert opened[0]["Location"] == opened[1]["Location"]
    case = arbitrator.get(opened[0]["Location"]).content.decode()
    assert "arbitrator opened the case at a flaw of the borders." in case
    for number in ("0", "x", "9" * 30):
        assert arbitrator.post("/desk/topology/", {"finding": number}).status_code == 404


def test_the_areas_come_with_every_digit(publisher: Client):
    features = publisher.get("/desk/layers/districts/areas.geojson").json()["features"]
    assert [each["properties"]["code"] for each in features] == ["east", "west"]
    stored = Boundary.objects.get(jurisdiction__code="west").geom
    [west] = [each["geometry"] for each in features if each["properties"]["code"] == "west"]
    assert json.loads(stored.geojson)["coordinates"] == west["coordinates"]


def test_a_drawing_becomes_a_draft_whose_neighbours_give_way(publisher: Client):
    answer = draw(publisher, shapely.box(-74.0, 40.7, -73.989, 40.72), neighbours_give_way="on")
    assert answer.status_code == 303, answer.content.decode()
    draft = ImportDraft.objects.get()
    assert answer["Location"] == f"/desk/layers/import/{draft.pk}/"
    html = publisher.get(answer["Location"]).content.decode()
    assert '<strong class="numbers">2</strong> moved' in html and '<strong class="numbers">0</strong> removed' in html
    assert publisher.post(answer["Location"], {"action": "publish"}).status_code == 303
    east = Boundary.objects.get(jurisdiction__code="east", valid_to=None, superseded_at=None)
    assert shapely.equals(shapely.from_wkb(bytes(east.geom.wkb)), shapely.box(-73.989, 40.7, -73.985, 40.72))
    assert east.jurisdiction.name == "East"


def test_without_giving_way_only_the_drawn_area_changes(publisher: Client):
    draw(publisher, shapely.box(-74.0, 40.7, -73.989, 40.72))
    html = publisher.get(f"/desk/layers/import/{ImportDraft.objects.get().pk}/").content.decode()
    assert '<strong class="numbers">1</strong> moved' in html


def test_an_area_drawn_as_it_is_changes_nothing(publisher: Client):
    features = publisher.get("/desk/layers/districts/areas.geojson").json()["features"]
    [west] = [each["geometry"] for each in features if each["properties"]["code"] == "west"]
    draw(publisher, shapely.geometry.shape(west), neighbours_give_way="on")
    html = publisher.get(f"/desk/layers/import/{ImportDraft.objects.get().pk}/").content.decode()
    assert "Publishing would change nothing" in html


def test_a_new_area_needs_a_body(publisher: Client):
    shape = shapely.box(-73.985, 40.7, -73.98, 40.72)
    refused = draw(publisher, shape, code="new")
    assert refused.status_code == 422 and "Choose the body" in refused.content.decode()
    answer = draw(publisher, shape, code="new", name="New", body="parks")
    assert '<strong class="numbers">1</strong> added' in publisher.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("geometry", "sentence"),
    [
        ("nonsense", "Draw the area on the map first."),
        ('{"type": "Point", "coordinates": [-74, 40.7]}', "Draw the area on the map first."),
        (
            '{"type": "Polygon", "coordinates": [[[-74,40.7],[-73.9,40.8],[-73.9,40.7],[-74,40.8],[-74,40.7]]]}',
            "crosses",
        ),
        ('{"type": "Polygon", "coordinates": [[[0,0],[1,0],[1,1],[0,0]]]}', "outside the city"),
        ("", "Draw the area on the map first."),
    ],
)
def test_what_is_no_area_is_said_so(publisher: Client, geometry: str, sentence: str):
    posted = {"code": "west", "valid_from": "2025-05-01", "geometry": geometry}
    answer = publisher.post("/desk/layers/districts/edit/", posted)
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert not ImportDraft.objects.exists()
