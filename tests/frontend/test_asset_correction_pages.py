"""The desk of corrections: what waits, what it would change, who decides, and that it is decided once."""

import re
from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client

from issues.models import ServiceRequest
from issues.services.submit import Submission, submit_service_request
from layers.models import Asset, AssetCorrection, Publication
from layers.pack.golden_points import GoldenPoint
from layers.selectors.assets import waiting_corrections
from layers.services.asset_corrections import Proposal, propose_asset_correction
from layers.services.golden_points import load_golden_points
from tests import toytown as place
from tests.signing_in import staff
from tests.toytown import Toytown

pytestmark = pytest.mark.django_db


def proposed(town: Toytown, kind: str, lamp: str = "lamp-1", **said: object) -> AssetCorrection:
    return propose_asset_correction(Proposal(town.assets[lamp].pk, kind, **said)).correction


def reported() -> ServiceRequest:
    return submit_service_request(Submission("street-lamp", *place.AT_LAMP)).service_request


def address(correction: AssetCorrection) -> str:
    return f"/desk/corrections/{correction.pk}/"


def text(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>|&nbsp;", " ", answer.content.decode()))


def shown(client: Client, **query: object) -> list[int]:
    answer = client.get("/desk/corrections/", query)
    assert answer.status_code == 200
    return [int(number) for number in re.findall(r'data-queue-item="(\d+)"', answer.content.decode())]


def test_only_who_publishes_layers_sees_and_decides(toytown: Toytown, client: Client):
    found = proposed(toytown, "not_here")
    clerk = staff("clerk", "plan", "arbitrate")
    for path in ("/desk/corrections/", address(found)):
        assert client.get(path)["Location"].startswith("/login/")
        assert clerk.get(path).status_code == 403
        assert client.post(path, {"act": "accept"}).status_code == 302
        assert clerk.post(path, {"act": "accept"}).status_code == 403
    assert "/desk/corrections/" not in clerk.get("/desk/").content.decode()
    assert waiting_corrections().get() == found


def test_the_queue_says_what_is_wrong_with_which_object_and_is_filtered(toytown: Toytown, publisher: Client):
    gone = proposed(toytown, "not_here", text="Only a hole <b>")
    owner = proposed(toytown, "owner", "lamp-2", body="parks")
    assert shown(publisher) == [gone.pk, owner.pk]
    page = text(publisher.get("/desk/corrections/"))
    for words in ("Street lamp lamp-1", "It is not here", "Only a hole &lt;b&gt;", "It belongs to Parks", "Roads"):
        assert words in page
    assert "Corrections (2)" in text(publisher.get("/desk/"))
    assert "Corrections (2)" in text(publisher.get("/desk/layers/"))
    assert shown(publisher, kind="owner") == [owner.pk]
    assert shown(publisher, asset_class="lamp", kind="not_here") == [gone.pk]
    assert shown(publisher, asset_class="tree\x00", kind="lost", page="x") == [gone.pk, owner.pk]
    assert shown(publisher, page=2) == []


def test_a_page_holds_fifty(toytown: Toytown, publisher: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("frontend.queue_page.PAGE_SIZE", 1)
    first, second = proposed(toytown, "broken"), proposed(toytown, "broken", "lamp-2")
    assert shown(publisher) == [first.pk]
    assert shown(publisher, page=2) == [second.pk]
    assert "page=2" in publisher.get("/desk/corrections/").content.decode()


def test_the_page_says_what_would_change_and_acceptance_moves_the_reports(toytown: Toytown, publisher: Client):
    report, found = reported(), proposed(toytown, "owner", body="parks", text="The plate says Parks")
    page = text(publisher.get(address(found)))
    assert "Roads → Parks" in page
    assert "1 names it or lies within 15 m of it; it is decided again." in page
    answer = publisher.post(address(found), {"act": "accept", "since": ""}, follow=True)
    assert answer.redirect_chain == [("/desk/corrections/", 303)]
    assert "1 open report was decided again; 1 of them went to somebody else." in text(answer)
    report.refresh_from_db()
    assert report.body == toytown.bodies["parks"]
    assert Publication.objects.get().source == f"Correction {found.pk}"


def test_a_moved_object_counts_the_reports_of_both_places(toytown: Toytown, publisher: Client):
    reported()
    lon, lat = place.BETWEEN_LAMPS
    submit_service_request(Submission("street-lamp", lon, lat))
    found = proposed(toytown, "moved", lon=lon, lat=lat)
    page = publisher.get(address(found))
    assert "2 name it or lie within 15 m" in text(page)
    assert "It moves by 562 m." in text(page)
    assert [shape["properties"]["kind"] for shape in page.context["shapes"]] == ["now", "said"]


def test_a_refusal_needs_a_reason(toytown: Toytown, publisher: Client):
    found = proposed(toytown, "not_here")
    answer = publisher.post(address(found), {"act": "refuse", "reason": " "})
    assert answer.status_code == 422
    assert "Write the reason why you refuse it." in text(answer)
    assert publisher.post(address(found), {"act": "refuse", "reason": "We saw it"}).status_code == 303
    page = text(publisher.get(address(found)))
    assert "publisher refused it." in page and "We saw it" in page
    assert "Accept" not in page
    assert toytown.assets["lamp-1"].gone_on is None


@pytest.mark.parametrize(
    ("posted", "status"),
    [
        ({}, 422),
        ({"act": "burn"}, 422),
        ({"act": "accept", "since": "May"}, 422),
        ({"act": "accept", "since": "2999-01-01"}, 422),
        ({"act": "refuse", "reason": "x" * 501}, 422),
        ({"act": "refuse", "reason": "\x07"}, 422),
    ],
)
def test_bad_input_is_told_and_decides_nothing(
    toytown: Toytown, publisher: Client, posted: dict[str, str], status: int
):
    found = proposed(toytown, "not_here")
    answer = publisher.post(address(found), posted)
    assert (answer.status_code, waiting_corrections().count()) == (status, 1)
    assert 'role="alert"' in answer.content.decode()


@pytest.mark.parametrize("number", [0, 999_999, 10**30])
def test_a_correction_that_does_not_exist_is_404(publisher: Client, number: int):
    assert publisher.get(f"/desk/corrections/{number}/").status_code == 404
    assert publisher.get(f"/desk/corrections/rulings/{number}/").status_code == 404


def test_the_second_of_two_people_is_told_who_was_quicker(toytown: Toytown, publisher: Client):
    found = proposed(toytown, "not_here")
    other = staff("colleague", "publish")
    assert publisher.get(address(found)).status_code == other.get(address(found)).status_code == 200
    assert other.post(address(found), {"act": "accept"}).status_code == 303
    answer = publisher.post(address(found), {"act": "refuse", "reason": "I saw it"})
    assert answer.status_code == 409
    assert "has been decided already" in text(answer)
    assert "colleague accepted it." in text(answer)
    found.refresh_from_db()
    assert (found.state, found.decided_by) == ("accepted", User.objects.get(username="colleague"))


LAMP = GoldenPoint("lamp", *place.AT_LAMP, "street-lamp", 0.0, None, "assigned", ("roads",), "On the bridge.")


def test_golden_points_refuse_an_acceptance_until_somebody_explains_it(toytown: Toytown, publisher: Client):
    load_golden_points([LAMP])
    found = proposed(toytown, "owner", body="parks")
    answer = publisher.post(address(found), {"act": "accept"})
    assert answer.status_code == 409
    assert "Expected: Roads. It would be: Parks." in text(answer)
    assert Asset.objects.get(pk=found.asset_id).owner.slug == "roads"
    assert (waiting_corrections().count(), Publication.objects.count()) == (1, 0)
    explained = {"act": "accept", "point": "lamp", "explanation": "Sold in May"}
    assert publisher.post(address(found), explained).status_code == 303
    [change] = Publication.objects.get().accepted_changes
    assert (change["before"], change["after"]) == ("assigned roads", "assigned parks")
    assert change["reason"] == "Sold in May"


def test_what_was_explained_once_is_not_asked_again(toytown: Toytown, publisher: Client):
    load_golden_points([LAMP, replace(LAMP, name="lamp at night")])
    found = proposed(toytown, "owner", body="parks")
    answer = publisher.post(address(found), {"act": "accept", "point": "lamp", "explanation": "Sold in May"})
    assert answer.status_code == 409
    assert [line.name for line in answer.context["golden"]] == ["lamp at night"]
    assert '<input type="hidden" name="explanation" value="Sold in May">' in answer.content.decode()
    both = {"act": "accept", "point": ["lamp at night", "lamp"], "explanation": ["The same one", "Sold in May"]}
    assert publisher.post(address(found), both).status_code == 303


def test_what_moves_no_golden_point_is_accepted_and_broken_publishes_nothing(toytown: Toytown, publisher: Client):
    load_golden_points([LAMP])
    assert publisher.post(address(proposed(toytown, "broken")), {"act": "accept"}).status_code == 303
    assert not Publication.objects.exists()
    assert publisher.post(address(proposed(toytown, "not_here", "lamp-5")), {"act": "accept"}).status_code == 303
    assert Publication.objects.get().superseded == 1
