"""The desk: who sees what, in which order, and what they can do."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from issues.models import Event, Membership, ServiceRequest
from issues.services.submit import Submission, submit_service_request
from tests.toytown import IN_COMMONS_AND_WEST, IN_EAST, IN_GAP, IN_WEST, Toytown

pytestmark = pytest.mark.django_db


def reported(place: tuple[float, float], text: str = "") -> ServiceRequest:
    return submit_service_request(Submission("litter", *place, description=text)).service_request


@pytest.fixture
def reports(toytown: Toytown) -> dict[str, ServiceRequest]:
    places = {"west": IN_WEST, "east": IN_EAST, "gap": IN_GAP, "contested": IN_COMMONS_AND_WEST}
    return {name: reported(place, f"text of {name}") for name, place in places.items()}


def member(toytown: Toytown, *bodies: str) -> Client:
    user = User.objects.create_user("-".join(bodies) or "nobody")
    for body in bodies:
        Membership.objects.create(user=user, body=toytown.bodies[body])
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def arbitrator(db: None) -> Client:
    user = User.objects.create_user("arbitrator")
    user.user_permissions.add(Permission.objects.get(codename="arbitrate"))
    client = Client()
    client.force_login(user)
    return client


def queue(client: Client, **query: str) -> list[int]:
    page = client.get("/desk/", query)
    assert page.status_code == 200
    return [int(number) for number in re.findall(r'data-queue-item="(\d+)"', page.content.decode())]


def act(client: Client, report: ServiceRequest, action: str, **fields: str):
    return client.post(f"/desk/reports/{report.pk}/", {"action": action, **fields})


@pytest.mark.parametrize("path", ["/desk/", "/desk/reports/1/"])
def test_strangers_are_asked_to_sign_in(toytown: Toytown, client: Client, path: str):
    assert client.get(path)["Location"] == f"/login/?next={path}"
    assert client.post(path, {"action": "publish"}).status_code == 302


def test_signing_in_leads_to_the_desk(toytown: Toytown, client: Client):
    User.objects.create_user("staff", password="walks-the-street")
    refused = client.post("/login/", {"username": "staff", "password": "wrong"})
    assert 'role="alert"' in refused.content.decode()
    done = client.post("/login/", {"username": "staff", "password": "walks-the-street", "next": "/desk/"})
    assert done["Location"] == "/desk/"


def test_arbitrators_see_contested_and_gaps_first(reports: dict[str, ServiceRequest], arbitrator: Client):
    shown = queue(arbitrator)
    assert shown[:2] == [reports["contested"].pk, reports["gap"].pk]
    assert set(shown) == {report.pk for report in reports.values()}


def test_members_see_their_bodys_and_its_offices_reports_only(reports: dict, toytown: Toytown):
    assert set(queue(member(toytown, "sanitation"))) == {reports["west"].pk, reports["east"].pk}
    west = member(toytown, "sanitation-west")
    assert queue(west) == [reports["west"].pk]
    for name in ("east", "gap", "contested"):
        path = f"/desk/reports/{reports[name].pk}/"
        assert west.get(path).status_code == 404
        assert west.post(path, {"action": "publish"}).status_code == 404
    assert ServiceRequest.objects.filter(state="submitted").count() == 4


def test_a_filter_cannot_widen_what_a_member_sees(reports: dict, toytown: Toytown):
    west = member(toytown, "sanitation-west")
    assert reports["east"].pk not in queue(west, body="sanitation-east", state="all")


def test_members_of_nothing_are_told_what_to_do(reports: dict, toytown: Toytown):
    nobody = member(toytown)
    assert queue(nobody) == []
    assert "Ask an administrator" in nobody.get("/desk/").content.decode()


def test_filters_by_body_kind_and_state(reports: dict, arbitrator: Client):
    assert queue(arbitrator, body="sanitation-east") == [reports["east"].pk]
    assert queue(arbitrator, group="public-works") == []
    assert queue(arbitrator, state="closed") == []
    act(arbitrator, reports["west"], "refuse", reason="Not there any more")
    assert queue(arbitrator, state="closed") == [reports["west"].pk]
    assert len(queue(arbitrator, state="all")) == 4


@pytest.mark.parametrize("query", [{"state": "x\x00"}, {"page": "-1"}, {"page": "9" * 30}, {"body": "'; --"}])
def test_unreadable_filters_do_no_harm(reports: dict, arbitrator: Client, query: dict):
    assert arbitrator.get("/desk/", query).status_code == 200


def test_the_case_shows_text_place_reason_and_evidence(reports: dict, arbitrator: Client):
    html = arbitrator.get(f"/desk/reports/{reports['contested'].pk}/").content.decode()
    assert "text of contested" in html
    assert "Several bodies" in html
    assert "MultiPolygon" in html
    assert 'value="accept"' not in html  # nobody can accept what is not decided


def test_publish_accept_fix_in_order(reports: dict, toytown: Toytown):
    client, report = member(toytown, "sanitation-west"), reports["west"]
    for action, state in [("publish", "published"), ("accept", "accepted"), ("fix", "fixed")]:
        done = act(client, report, action)
        assert (done.status_code, done["Location"]) == (303, f"/desk/reports/{report.pk}/")
        report.refresh_from_db()
        assert report.state == state
    assert Event.objects.filter(service_request=report, actor="staff", user__isnull=False).count() == 3


def test_refusing_needs_a_reason(reports: dict, toytown: Toytown):
    client, report = member(toytown, "sanitation-west"), reports["west"]
    refused = act(client, report, "refuse")
    assert refused.status_code == 409
    assert 'data-code="transition_refused"' in refused.content.decode()
    act(client, report, "refuse", reason="Private ground\x00")
    assert report.events.last().data == {"reason": "Private ground"}


@pytest.mark.parametrize("action", ["accept", "fix"])
def test_nobody_accepts_or_fixes_what_is_undecided(reports: dict, arbitrator: Client, action: str):
    act(arbitrator, reports["contested"], "publish")
    assert act(arbitrator, reports["contested"], action).status_code == 409


@pytest.mark.parametrize("action", ["fix", "nonsense", ""])
def test_impossible_steps_are_refused_with_a_sentence(reports: dict, toytown: Toytown, action: str):
    answer = act(member(toytown, "sanitation-west"), reports["west"], action)
    assert answer.status_code == 409
    reports["west"].refresh_from_db()
    assert reports["west"].state == "submitted"


def test_the_queue_keeps_its_filters_beside_a_case(reports: dict, arbitrator: Client):
    path = f"/desk/reports/{reports['west'].pk}/?group=cleanliness"
    html = arbitrator.get(path).content.decode()
    assert f'href="/desk/reports/{reports["east"].pk}/?group=cleanliness"' in html
    done = arbitrator.post(path, {"action": "publish"})
    assert done["Location"] == path


def test_the_queue_costs_the_same_for_many_reports(reports: dict, arbitrator: Client, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        arbitrator.get("/desk/")
