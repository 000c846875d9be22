"""/report/ without script: what is kept, what is refused and how, and what the script's small requests answer."""

import re
import time
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from issues.models import Event, Photo, Responsibility, ServiceRequest
from tests.pictures import jpeg, jpeg_with_metadata
from tests.toytown import AT_LAMP, IN_COMMONS_AND_WEST, IN_GAP, IN_WEST, OUTSIDE, Toytown

pytestmark = pytest.mark.django_db
LITTER_IN_WEST = {"service_code": "litter", "lon": str(IN_WEST[0]), "lat": str(IN_WEST[1])}
NOISE_IN_WEST = {**LITTER_IN_WEST, "service_code": "noise"}
HEIC = b"\x00\x00\x00\x18ftypheic" + b"\x00" * 200


def codes(html: str) -> set[str]:
    return set(re.findall(r'data-code="(\w+)"', html))


def upload(content: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def post(client: Client, step: str = "send", **fields: object):
    return client.post("/report/", {"step": step, "idempotency_key": str(uuid.uuid4()), **fields})


def nothing_written() -> bool:
    return not (ServiceRequest.objects.exists() or Responsibility.objects.exists() or Event.objects.exists())


def test_the_empty_form_asks_for_no_name_mail_or_phone(toytown: Toytown, client: Client):
    page = client.get("/report/")
    assert page.status_code == 200
    names = set(re.findall(r'name="(\w+)"', page.content.decode()))
    assert not names & {"name", "email", "phone", "body"}
    assert "no-store" in page["Cache-Control"]


def test_check_says_who_and_why_and_until_when_and_writes_no_report(toytown: Toytown, client: Client):
    page = post(client, "check", **LITTER_IN_WEST)
    html = page.content.decode()
    assert page.status_code == 200
    assert "Goes to Sanitation West" in html
    assert "Answer due by" in html
    assert nothing_written()


def test_check_with_coordinates_typed_latitude_first(toytown: Toytown, client: Client):
    page = post(client, "check", service_code="litter", place=f"{IN_WEST[1]}, {IN_WEST[0]}")
    assert "Goes to Sanitation West" in page.content.decode()
    assert 'name="lon" value="-73.997000"' in page.content.decode()


def test_check_takes_the_place_of_the_photo_and_keeps_the_photo(toytown: Toytown, client: Client):
    page = post(client, "check", service_code="litter", photo=upload(jpeg_with_metadata(lonlat=IN_WEST)))
    html = page.content.decode()
    photo = Photo.objects.get()
    assert page.status_code == 200
    assert f'value="{photo.pk}"' in html
    assert "Taken from your photo" in html
    assert "Goes to Sanitation West" in html
    assert client.get(f"/photos/{photo.pk}/large.jpg").status_code == 200


def test_a_place_guessed_from_the_photo_wants_a_look_before_sending(toytown: Toytown, client: Client):
    page = post(client, service_code="litter", photo=upload(jpeg_with_metadata(lonlat=IN_WEST)))
    assert page.status_code == 422
    assert codes(page.content.decode()) == {"place_unconfirmed"}
    assert nothing_written()


def test_a_photo_taken_elsewhere_gives_no_place_but_is_kept(toytown: Toytown, client: Client):
    page = post(client, "check", service_code="litter", photo=upload(jpeg_with_metadata(lonlat=(2.35, 48.85))))
    assert codes(page.content.decode()) == {"place_missing"}
    assert str(Photo.objects.get().pk) in page.content.decode()


def test_send_redirects_to_the_tracking_link_and_stores_text_and_photo(toytown: Toytown, client: Client):
    page = post(client, **LITTER_IN_WEST, description="<b>Bags</b>", photo=upload(jpeg()))
    report = ServiceRequest.objects.get()
    assert page.status_code == 303
    assert re.fullmatch(rf"/reports/{report.pk}/mine/[\w=-]+/\?sent=1", page["Location"])
    assert report.body == toytown.bodies["sanitation-west"]
    assert report.photos.count() == 1
    assert "&lt;b&gt;Bags&lt;/b&gt;" in client.get(page["Location"]).content.decode()


def test_posting_twice_with_the_same_key_gives_the_same_report(toytown: Toytown, client: Client):
    key = str(uuid.uuid4())
    first = post(client, **LITTER_IN_WEST, idempotency_key=key)
    again = post(client, **LITTER_IN_WEST, idempotency_key=key)
    assert first["Location"] == again["Location"]
    assert ServiceRequest.objects.count() == 1


def test_the_same_content_within_a_minute_gives_the_same_report_but_not_its_tracking_link(
    toytown: Toytown, client: Client
):
    first, again = post(client, **LITTER_IN_WEST), post(client, **LITTER_IN_WEST)
    report = ServiceRequest.objects.get()
    assert "/mine/" in first["Location"]
    assert again["Location"] == f"/reports/{report.pk}/"
    assert "there is only one. Follow it here." in client.get(again["Location"]).content.decode()


def test_the_same_private_report_within_a_minute_is_told_that_it_has_no_page(toytown: Toytown, client: Client):
    post(client, **NOISE_IN_WEST)
    again = post(client, **NOISE_IN_WEST)
    assert again["Location"] == "/"
    assert "Reports of this kind have no public page." in client.get("/").content.decode()


def test_a_place_name_with_one_match_is_found_and_wants_a_look(toytown: Toytown, client: Client):
    checked = post(client, "check", service_code="litter", place="old market")
    assert "Goes to Sanitation West" in checked.content.decode()
    assert codes(post(client, service_code="litter", place="old market").content.decode()) == {"place_unconfirmed"}


def test_a_newly_typed_place_wins_over_the_numbers_of_an_earlier_one(toytown: Toytown, client: Client):
    fields = {"lon": str(IN_GAP[0]), "lat": str(IN_GAP[1]), "place": "Old Market", "place_for": "somewhere else"}
    page = post(client, "check", service_code="litter", **fields)
    assert "Goes to Sanitation West" in page.content.decode()


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"lon": str(OUTSIDE[0]), "lat": str(OUTSIDE[1])}, 422, "outside_city"),
        ({"lon": str(IN_WEST[1]), "lat": str(IN_WEST[0])}, 422, "axes_swapped"),
        ({"lon": "NaN", "lat": "40.7"}, 400, "point_invalid"),
        ({"lon": "1e999", "lat": "40.7"}, 400, "point_invalid"),
        ({"lon": "", "lat": "40.7"}, 400, "point_invalid"),
        ({"lon": "", "lat": ""}, 422, "place_missing"),
        ({"place": "Nowhere Road", "lon": "", "lat": ""}, 422, "place_unknown"),
        ({"place": "12 34 56", "lon": "", "lat": ""}, 400, "point_invalid"),
        ({"place": "a\x00b", "lon": "", "lat": ""}, 422, "place_unknown"),
        ({"service_code": "no-such"}, 422, "service_unknown"),
        ({"service_code": "litter\x00"}, 422, "service_unknown"),
        ({"service_code": ""}, 422, "service_missing"),
        ({"description": "x" * 100_000}, 422, "description_invalid"),
        ({"description": "a\x00b"}, 422, "description_invalid"),
        ({"photo": b"no picture"}, 415, "photo_invalid"),
        ({"photo": b""}, 415, "photo_invalid"),
        ({"photo": HEIC}, 415, "photo_format_unsupported"),
        ({"photo": jpeg()[:4000]}, 415, "photo_invalid"),
        ({"photo": jpeg() + b"\x00" * 40 * 1024**2}, 413, "photo_too_large"),
        ({"photo_id": "not-a-uuid"}, 422, "photo_unknown"),
        ({"photo_id": str(uuid.uuid4())}, 422, "photo_unknown"),
        ({"asset_id": "99999"}, 422, "asset_unknown"),
        ({"asset_id": str(10**30)}, 422, "asset_unknown"),
    ],
)
def test_bad_input_is_refused_by_name_on_the_form_and_in_json(
    toytown: Toytown, client: Client, fields: dict, status: int, code: str
):
    def fresh() -> dict:
        kept = {**LITTER_IN_WEST, "description": "Bags by the door", **fields}
        return {**kept, "photo": upload(fields["photo"])} if "photo" in fields else kept

    page = post(client, **fresh())
    html = page.content.decode()
    assert page.status_code == status
    assert code in codes(html)
    assert 'id="answer"' in html.split("data-problems")[1].split(">")[0]
    kept = fields.get("description", "Bags by the door").replace("\x00", "")
    assert kept in html

    answer = client.post("/report/", {"step": "send", **fresh()}, headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert len(answer.json()["detail"]) > 20
    assert nothing_written()


def test_html_in_the_description_is_shown_as_typed(toytown: Toytown, client: Client):
    html = post(client, "check", **LITTER_IN_WEST, description="</textarea><script>x</script>").content.decode()
    assert "<script>x" not in html
    assert "&lt;/textarea&gt;" in html


def test_several_places_of_a_name_are_offered_as_a_choice(toytown: Toytown, client: Client):
    from django.contrib.gis.geos import Point

    from layers.models import BasemapFeature

    BasemapFeature.objects.create(kind="place", names={"en": "Old Market East"}, geom=Point(-73.987, 40.702, srid=4326))
    page = post(client, "check", service_code="litter", place="Old Market")
    html = page.content.decode()
    assert codes(html) == {"place_ambiguous"}
    choices = re.findall(r'name="place_choice" value="([^"]+)"', html)
    assert len(choices) == 2
    fields = {"place": "Old Market", "place_for": "Old Market", "place_choice": "40.702000, -73.987000"}
    assert "Goes to Sanitation East" in post(client, "check", service_code="litter", **fields).content.decode()


def test_the_photo_can_be_left_out_again(toytown: Toytown, client: Client):
    post(client, "check", **LITTER_IN_WEST, photo=upload(jpeg()))
    photo = Photo.objects.get()
    post(client, **LITTER_IN_WEST, photo_id=str(photo.pk), remove_photo="1")
    assert ServiceRequest.objects.get().photos.count() == 0


def test_a_contested_place_is_said_openly_before_sending(toytown: Toytown, client: Client):
    place = {"lon": str(IN_COMMONS_AND_WEST[0]), "lat": str(IN_COMMONS_AND_WEST[1])}
    html = post(client, "check", service_code="litter", **place).content.decode()
    assert "Several bodies" in html
    assert "who--contested" in html


def test_what_is_not_the_citys_comes_with_advice_and_no_due_date(toytown: Toytown, client: Client):
    place = {"lon": "-73.98700", "lat": "40.71500"}
    html = post(client, "check", service_code="street-lamp", **place).content.decode()
    assert "Call the power company." in html
    assert "Answer due by" not in html


def test_similar_open_reports_nearby_are_offered(toytown: Toytown, client: Client):
    post(client, **LITTER_IN_WEST)
    report = ServiceRequest.objects.get()
    html = post(client, "check", service_code="litter", lon="-73.9971", lat="40.7021").content.decode()
    assert f'href="/reports/{report.pk}/"' in html


def test_the_panel_answers_with_a_fragment(toytown: Toytown, client: Client):
    lon, lat = AT_LAMP
    panel = client.get("/report/panel/", {"lon": lon, "lat": lat, "service_code": "street-lamp"})
    assert panel.status_code == 200
    assert "Goes to Roads" in panel.content.decode()
    assert "<html" not in panel.content.decode()


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 400, "point_invalid"),
        ({"lon": "nan", "lat": "1"}, 400, "point_invalid"),
        ({"lon": "40.702", "lat": "-73.997"}, 422, "axes_swapped"),
        ({"lon": "0", "lat": "0"}, 422, "outside_city"),
        ({**LITTER_IN_WEST, "service_code": "x"}, 422, "service_unknown"),
        ({**LITTER_IN_WEST, "accuracy_m": "nan"}, 400, "point_invalid"),
        ({**LITTER_IN_WEST, "asset_id": "77"}, 422, "asset_unknown"),
    ],
)
def test_the_panel_refuses_by_name(toytown: Toytown, client: Client, query: dict, status: int, code: str):
    panel = client.get("/report/panel/", query)
    assert panel.status_code == status
    assert codes(panel.content.decode()) == {code}


def test_the_place_search_finds_names_and_coordinates(toytown: Toytown, client: Client):
    assert client.get("/report/places/", {"q": "market"}).json()[0]["label"] == "Old Market"
    found = client.get("/report/places/", {"q": "40.7, -73.99"}).json()
    assert [(place["lon"], place["lat"]) for place in found] == [(-73.99, 40.7)]
    assert client.get("/report/places/", {"q": "\x00"}).json() == []


def test_the_page_speaks_chinese_names(toytown: Toytown, client: Client):
    html = client.get("/report/", headers={"Accept-Language": "zh-hans"}).content.decode()
    assert '<html lang="zh-Hans">' in html
    assert "垃圾" in html


def test_a_sent_form_that_was_changed_is_another_report(toytown: Toytown, client: Client):
    key = str(uuid.uuid4())
    post(client, **LITTER_IN_WEST, idempotency_key=key)
    changed = post(client, **LITTER_IN_WEST, idempotency_key=key, description="Two bags")
    assert changed.status_code == 303
    assert ServiceRequest.objects.count() == 2


def test_a_form_with_a_photo_sent_twice_is_one_report(toytown: Toytown, client: Client):
    key = str(uuid.uuid4())
    sent = [post(client, **LITTER_IN_WEST, idempotency_key=key, photo=upload(jpeg()))["Location"] for _ in range(2)]
    assert sent[0] == sent[1]
    assert ServiceRequest.objects.count() == 1


@pytest.mark.parametrize("address", ["/report/panel/", "/report/"])
def test_an_address_with_nul_is_no_crash(toytown: Toytown, client: Client, address: str):
    answer = client.get(address, {"lon": IN_WEST[0], "lat": IN_WEST[1], "service_code": "a\x00b"})
    assert answer.status_code in (200, 422)


def test_a_megabyte_of_blanks_as_the_chosen_place_is_refused_at_once(toytown: Toytown, client: Client):
    started = time.thread_time()  # our own work: other processes' load is no property of the code
    page = post(client, place="a", place_for="a", place_choice=" " * 1_000_000 + "x")
    assert page.status_code == 400
    assert time.thread_time() - started < 5


def test_a_cookie_that_no_session_has_is_no_crash(toytown: Toytown, client: Client):
    client.cookies.load({"sessionid": "a" * 12 + "\x00"})
    assert client.get("/desk/").status_code == 302
