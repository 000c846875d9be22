"""The question "which side are you on?" in the form, before and after JavaScript, and on the tracking page."""

import re
import uuid

import pytest
from django.test import Client
from django.utils import translation

from issues.models import ServiceRequest
from tests.toytown import IN_WEST, NEAR_EDGE_IN_WEST, Toytown

LON, LAT = NEAR_EDGE_IN_WEST
UNCERTAIN = {"service_code": "litter", "lon": str(LON), "lat": str(LAT), "accuracy_m": "30"}


def post(client: Client, step: str = "send", **fields: object):
    return client.post("/report/", {"step": step, "idempotency_key": str(uuid.uuid4()), **fields})


def sides_in(html: str) -> list[str]:
    return re.findall(r'<input type="radio" name="side" value="(\d*)"', html)


def test_the_form_asks_with_names_letters_and_a_drawing_and_lets_nobody_be_forced(toytown: Toytown, client: Client):
    html = post(client, "check", **UNCERTAIN).content.decode()
    west, east = toytown.boundaries["west"].pk, toytown.boundaries["east"].pk
    assert sides_in(html) == [str(west), str(east), ""]
    assert "west side: West" in html and "east side: East" in html
    drawing = re.search(r"<svg class=\"side-map__drawing\".*?</svg>", html, re.DOTALL)[0]
    assert re.findall(r">([AB])</text>", drawing) == ["A", "B"]
    assert drawing.count("<pattern") == 2 and "Sanitation" not in drawing
    assert "Sanitation" not in re.search(r'data-step="side".*?</section>', html, re.DOTALL)[0]


def test_checked_with_a_side_the_form_names_its_body_and_keeps_the_answer(toytown: Toytown, client: Client):
    east = toytown.boundaries["east"].pk
    html = post(client, "check", **UNCERTAIN, side=east).content.decode()
    assert "Goes to Sanitation East" in html and "You said you are on the East side" in html
    assert f'name="side" value="{east}" checked' in html
    post(client, **UNCERTAIN, side=east)
    report = ServiceRequest.objects.get()
    assert (report.side_boundary_id, report.body.slug) == (east, "sanitation-east")


def test_sent_without_an_answer_it_waits_as_uncertain(toytown: Toytown, client: Client):
    assert post(client, **UNCERTAIN, side="").status_code == 303
    assert ServiceRequest.objects.get().outcome == "uncertain"


@pytest.mark.parametrize("side", ["999999999", "east", "0", "9" * 40])
def test_a_side_that_is_none_of_these_is_refused_beside_the_question(toytown: Toytown, client: Client, side: str):
    page = post(client, **UNCERTAIN, side=side)
    assert page.status_code == 422
    assert 'data-code="side_unknown"' in page.content.decode()
    assert not ServiceRequest.objects.exists()


def test_a_side_left_over_from_another_place_does_not_matter_where_none_is_asked(toytown: Toytown, client: Client):
    lon, lat = IN_WEST
    page = post(client, service_code="litter", lon=lon, lat=lat, side=toytown.boundaries["east"].pk)
    report = ServiceRequest.objects.get()
    assert (page.status_code, report.side_boundary, report.body.slug) == (303, None, "sanitation-west")


def test_the_panel_for_the_script_carries_question_and_answer(toytown: Toytown, client: Client):
    east = toytown.boundaries["east"].pk
    html = client.get("/report/panel/", UNCERTAIN).content.decode()
    assert sides_in(html.partition('data-part="side"')[2])[:2] == [str(toytown.boundaries["west"].pk), str(east)]
    answered = client.get("/report/panel/", {**UNCERTAIN, "side": east}).content.decode()
    assert "Goes to Sanitation East" in answered
    assert client.get("/report/panel/", {**UNCERTAIN, "side": "999999999"}).status_code == 422


def test_the_reporter_answers_later_on_the_tracking_page(toytown: Toytown, client: Client):
    address = post(client, **UNCERTAIN)["Location"].partition("?")[0]
    report = ServiceRequest.objects.get()
    west, east = (str(toytown.boundaries[name].pk) for name in ("west", "east"))
    page = client.get(address).content.decode()
    assert sides_in(page) == [west, east] and "Which side are you on?" in page
    assert sides_in(client.get(f"/reports/{report.pk}/").content.decode()) == []
    for wrong in ("", "999999999", "x"):
        refused = client.post(address, {"side": wrong})
        assert refused.status_code == 422 and 'data-code="side_unknown"' in refused.content.decode()
    assert client.post(f"/reports/{report.pk}/mine/guessed/", {"side": east}).status_code == 404
    assert client.post(address, {"side": east})["Location"] == address
    page = client.get(address).content.decode()
    assert "Goes to Sanitation East" in page and sides_in(page) == []
    assert "The reporter said on which side" in page
    assert client.post(address, {"side": west}).status_code == 409


def test_the_question_is_asked_in_chinese(toytown: Toytown, client: Client):
    with translation.override("zh-hans"):
        html = client.get("/report/panel/", UNCERTAIN, headers={"accept-language": "zh-hans"}).content.decode()
    assert "西侧：west区" in html
