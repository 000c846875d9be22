"""A citizen says what is wrong with a lamp: no script, no name, nothing public before somebody checked."""

import re

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from issues.services.submit import Submission, submit_service_request
from layers.models import AssetCorrection
from layers.services import asset_corrections as service
from layers.services.change_asset import let_asset_vanish
from tests import toytown as place
from tests.toytown import Toytown

pytestmark = pytest.mark.django_db


def say(client: Client, town: Toytown, **said: str) -> HttpResponse:
    return client.post(f"/assets/{town.assets['lamp-1'].pk}/correction/", said)


def text(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_report_leads_to_the_form_of_each_object_that_was_weighed(toytown: Toytown, client: Client):
    report = submit_service_request(Submission("street-lamp", *place.AT_LAMP)).service_request
    page = client.get(f"/reports/{report.pk}/").content.decode()
    address = f"/assets/{toytown.assets['lamp-1'].pk}/correction/?report={report.pk}"
    assert address in page and "Street lamp lamp-1:" in page
    form = text(client.get(address))
    for words in ("Street lamp lamp-1", "belongs to Roads", "It is not here", f"Report {report.pk}", "Power Company"):
        assert words in form
    toytown.services["street-lamp"].exact_point_is_public = False
    toytown.services["street-lamp"].save()
    assert "/correction/" not in client.get(f"/reports/{report.pk}/").content.decode(), "it would tell the place"
    without = submit_service_request(Submission("noise", *place.AT_LAMP)).service_request
    assert "/correction/" not in client.get(f"/reports/{without.pk}/").content.decode()


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ({"kind": "not_here", "text": "Only a hole"}, ("not_here", None, None, "Only a hole")),
        ({"kind": "broken", "body": "parks", "place": "rubbish"}, ("broken", None, None, "")),
        ({"kind": "owner", "body": "parks"}, ("owner", "parks", None, "")),
        ({"kind": "moved", "place": "40.7102, -73.9951"}, ("moved", None, (-73.9951, 40.7102), "")),
    ],
)
def test_what_is_said_is_kept_and_nothing_about_who_said_it(
    toytown: Toytown, client: Client, said: dict[str, str], stored: tuple[object, ...]
):
    client.force_login(User.objects.create_user("member-of-staff"))
    answer = say(client, toytown, **said)
    assert answer.status_code == 303
    thanks = client.get(answer["Location"])
    assert "Thank you" in text(thanks) and "Only a hole" not in text(thanks)
    found = AssetCorrection.objects.get()
    body, point = found.body and found.body.slug, found.point and found.point.coords
    assert (found.kind, body, point, found.text) == stored
    assert found.proposed_by is None
    assert found.state == "proposed"


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({}, 422, "Choose what is wrong."),
        ({"kind": "lost"}, 422, "Choose what is wrong."),
        ({"kind": "owner"}, 422, "Name the body that it belongs to"),
        ({"kind": "owner", "body": "roads"}, 422, "Choose one of the names."),
        ({"kind": "owner", "body": "a\x00"}, 422, "Choose one of the names."),
        ({"kind": "moved"}, 400, "Write two numbers"),
        ({"kind": "moved", "place": "40.7, -73.0"}, 422, "outside the city"),
        ({"kind": "moved", "place": "40.71, -73.995"}, 422, "It stands there already."),
        ({"kind": "broken", "text": "x" * 501}, 422, "at most 500 characters"),
        ({"kind": "broken", "text": "a\x00b"}, 422, "Null characters are not allowed."),
        ({"kind": "broken", "text": "bell \x07"}, 422, "cannot be shown"),
    ],
)
def test_bad_input_is_told_in_a_sentence_and_stores_nothing(
    toytown: Toytown, client: Client, said: dict[str, str], status: int, words: str
):
    answer = say(client, toytown, **said)
    assert (answer.status_code, AssetCorrection.objects.count()) == (status, 0)
    assert words in text(answer)


def test_too_many_and_gone_and_unknown(toytown: Toytown, client: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service, "MOST_PER_HOUR", 1)
    assert say(client, toytown, kind="broken").status_code == 303
    assert say(client, toytown, kind="broken").status_code == 303, "the same one waits already"
    assert say(client, toytown, kind="not_here").status_code == 429
    let_asset_vanish(toytown.assets["lamp-1"], source="Test")
    gone = client.get(f"/assets/{toytown.assets['lamp-1'].pk}/correction/")
    assert "gone since" in text(gone) and "<textarea" not in gone.content.decode()
    assert say(client, toytown, kind="owner", body="parks").status_code == 422
    for number in (0, 999_999, 10**30):
        assert client.get(f"/assets/{number}/correction/").status_code == 404
        assert client.post(f"/assets/{number}/correction/", {"kind": "broken"}).status_code == 404
    assert client.put(f"/assets/{toytown.assets['lamp-2'].pk}/correction/").status_code == 405
