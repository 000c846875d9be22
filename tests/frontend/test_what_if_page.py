"""What if: who may try a draft on past reports, what the page says, and where it leads."""

from datetime import date, timedelta

import pytest
import shapely
from django.contrib.gis.geos import Point
from django.test import Client
from django.utils import timezone

from config.jobs import HANDLERS
from issues.models import ServiceRequest
from issues.services.submit import Submission, submit_service_request
from jobs.models import Job
from jobs.progress import no_progress
from layers.models import Boundary, ImportDraft
from tests.frontend.import_pages import draw
from tests.signing_in import staff
from tests.toytown import IN_GAP, IN_WEST, Toytown

pytestmark = pytest.mark.django_db
PAGE = "/planner/what-if/"
BETWEEN = (-73.988, 40.712)
"""In east; the draft gives it to west."""
IN_FAR_EAST = (-73.986, 40.712)
"""In east; the draft leaves it there."""


@pytest.fixture
def planner(toytown: Toytown) -> Client:
    return staff("planner", "plan")


def drawn(client: Client, xmax: float = -73.987) -> ImportDraft:
    answer = draw(client, shapely.box(-74.0, 40.7, xmax, 40.72), neighbours_give_way="on")
    assert answer.status_code == 303, answer.content.decode()
    return ImportDraft.objects.latest("created_at")


def asked(draft: ImportDraft) -> dict[str, str]:
    today = timezone.localdate()
    return {"draft": str(draft.pk), "since": (today - timedelta(days=30)).isoformat(), "until": today.isoformat()}


def tried(client: Client, draft: ImportDraft) -> str:
    """The address of the result."""
    answer = client.post(PAGE, asked(draft))
    assert answer.status_code == 303 and answer["Location"].startswith("/jobs/")
    job = Job.objects.latest("id")
    # A worker writes over a connection of its own, which does not see this test's transaction.
    result = HANDLERS[job.kind](no_progress, **job.arguments)
    Job.objects.filter(pk=job.pk).update(result=result, state=Job.State.DONE, finished_at=timezone.now())
    return str(result["url"])


def test_planners_and_publishers_try_and_others_are_refused(toytown: Toytown, client: Client):
    assert client.get(PAGE)["Location"] == f"/login/?next={PAGE}"
    assert staff("clerk", "arbitrate").get(PAGE).status_code == 403
    for name in ("plan", "publish"):
        html = staff(name, name).get(PAGE).content.decode()
        assert "There is no change to try yet" in html and "/desk/layers/districts/edit/" in html


def test_moved_reports_are_told_in_numbers_lists_tables_and_points(planner: Client):
    moving = submit_service_request(Submission("noise", *BETWEEN)).service_request
    for place in (IN_WEST, IN_GAP):
        submit_service_request(Submission("noise", *place))
    draft = drawn(planner)
    assert f"{PAGE}?draft={draft.pk}" in planner.get(f"/desk/layers/import/{draft.pk}/").content.decode()
    html = planner.get(tried(planner, draft)).content.decode()
    assert "1 of 3 reports (33.3 %) would have gone elsewhere" in html
    assert f'href="/reports/{moving.pk}/"' in html and "Sanitation East → Sanitation West" in html
    assert "1 → 2 <strong>+1</strong>" in html and "1 → 0 <strong>-1</strong>" in html
    job = Job.objects.get()
    [feature] = planner.get(f"{PAGE}{job.pk}/moved.geojson").json()["features"]
    assert feature["properties"]["kind"] == "moved"
    assert Point(*feature["geometry"]["coordinates"]).distance(Point(*BETWEEN)) < 1e-9
    assert staff("clerk").get(f"{PAGE}{job.pk}/moved.geojson").status_code == 403
    assert Boundary.objects.filter(jurisdiction__code="west").count() == 1


def test_open_reports_near_or_past_their_due_date_are_told_by_body(planner: Client):
    """East gives two of its three open reports, one late and one nearly, and keeps one that is nearly due."""
    today = timezone.localdate()
    for lonlat, days in ((BETWEEN, -1), (BETWEEN, 3), (BETWEEN, 20), (IN_FAR_EAST, 2)):
        made = submit_service_request(Submission("noise", *lonlat, description=f"{days}")).service_request
        ServiceRequest.objects.filter(pk=made.pk).update(due_date=today + timedelta(days=days))
    html = " ".join(planner.get(tried(planner, drawn(planner))).content.decode().split())
    assert '0 (0 %) → 2 (67 %)<br><span class="small">2 come, 0 go</span>' in html
    assert '3 (75 %) → 1 (100 %)<br><span class="small">0 come, 2 go</span>' in html


def test_a_change_that_moves_nothing_says_so(planner: Client):
    submit_service_request(Submission("noise", *IN_WEST))
    html = planner.get(tried(planner, drawn(planner))).content.decode()
    assert "No report would have gone elsewhere." in html and "1 reports were decided again." in html


def test_the_same_is_not_computed_twice_at_once_nor_shown_after_the_draft_changed(planner: Client):
    draft = drawn(planner)
    first, second = planner.post(PAGE, asked(draft)), planner.post(PAGE, asked(draft))
    assert first["Location"] == second["Location"]
    other = staff("other", "plan").post(PAGE, asked(draft))  # may not watch another one's job
    assert other["Location"].startswith(PAGE)
    assert "This is being computed." in planner.get(other["Location"]).content.decode()
    Job.objects.all().delete()
    url = tried(planner, draft)
    assert "The draft was changed since." not in planner.get(url).content.decode()
    draft.refresh_from_db()
    draft.options["keep_missing"] = False
    draft.save()
    assert "The draft was changed since." in planner.get(url).content.decode()


def test_a_publisher_goes_on_to_publishing_from_a_day_and_a_planner_does_not(planner: Client):
    draft = drawn(planner)
    url = tried(planner, draft)
    address = f"/desk/layers/import/{draft.pk}/"
    assert "Go on to publishing" not in planner.get(url).content.decode()
    day = timezone.localdate() + timedelta(days=40)
    for posted in ({"action": "day", "day": day.isoformat()}, {"action": "publish"}):
        assert planner.post(address, posted).status_code == 403
    publisher = staff("publisher", "publish")
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert f'value="{tomorrow:%Y-%m-%d}"' in publisher.get(url).content.decode()
    assert publisher.post(address, {"action": "day", "day": "soon"}).status_code == 422
    assert publisher.post(address, {"action": "day", "day": day.isoformat()}).status_code == 303
    assert "The draft was changed since." not in publisher.get(url).content.decode()
    assert publisher.post(address, {"action": "publish"}).status_code == 303
    assert Boundary.objects.filter(jurisdiction__code="west").order_by("valid_from").last().valid_from == day
    assert "This draft is published." in planner.get(url).content.decode()


def test_drafts_are_thrown_away_by_who_made_them_or_may_publish(planner: Client):
    draft = drawn(planner)
    address = f"/desk/layers/import/{draft.pk}/"
    assert staff("other", "plan").post(address, {"action": "discard"}).status_code == 403
    assert planner.post(address, {"action": "discard"}).status_code == 303
    assert "There is no change to try yet" in planner.get(PAGE).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"draft": "x"}, {"since": "x"}, {"until": "2020-01-01"}, {"draft": "00000000-0000-0000-0000-000000000000"}],
)
def test_bad_questions_are_said_so(planner: Client, wrong: dict[str, str]):
    question = asked(drawn(planner)) | wrong
    assert planner.post(PAGE, question).status_code == 422
    assert planner.get(PAGE, question).status_code == 200
    assert not Job.objects.exists()


def test_a_result_of_nothing_is_not_found(planner: Client):
    assert planner.get(f"{PAGE}1/moved.geojson").status_code == 404
    assert planner.get(PAGE, {"draft": "x", "since": date.min.isoformat(), "until": "y"}).status_code == 200
