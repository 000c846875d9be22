"""`/api/v1/` as a client sees it."""

import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from issues.models import ServiceRequest
from issues.services.transition import transition
from issues.workflow import State
from tests import toytown as place
from tests.pictures import GPS_PLACE, jpeg_with_metadata
from tests.toytown import Toytown

REQUESTS = "/api/v1/service-requests"


def send(client: Client, **fields: object) -> object:
    lon, lat = place.IN_WEST
    body = {"service_code": "litter", "lon": lon, "lat": lat, **fields}
    return client.post(REQUESTS, body, content_type="application/json")


def test_the_same_content_from_somebody_else_does_not_get_the_tracking_link(client: Client, toytown: Toytown) -> None:
    first, second = send(client), send(client)
    assert second.json()["id"] == first.json()["id"]
    assert (first.json()["tracking_url"] is None, second.json()["tracking_url"] is None) == (False, True)


def test_who_is_responsible_is_told_with_every_candidate(client: Client, toytown: Toytown) -> None:
    lon, lat = place.IN_COMMONS_AND_WEST
    answer = client.get(f"/api/v1/responsibility?lon={lon}&lat={lat}&service_code=tree").json()
    assert answer["outcome"] == "assigned"
    assert answer["body"] == {"slug": "parks", "name": "Parks"}
    assert answer["rule"] == "boundary"
    assert "Commons land" in answer["explanation"]
    loser = answer["candidates"][1]
    assert loser["body"]["slug"] == "sanitation-west"
    assert (loser["rejected_because"], loser["covers"]) == ("lower_rank", True)
    assert set(loser) >= {"body", "rule", "boundary", "asset", "ruling", "distance_m", "covers", "share"}


def test_answers_are_in_the_language_of_the_request(client: Client, toytown: Toytown) -> None:
    lon, lat = place.IN_WEST
    url = f"/api/v1/responsibility?lon={lon}&lat={lat}&service_code=litter"
    assert client.get(url, headers={"accept-language": "zh-hans"}).json()["body"]["name"] == "环卫局西区"


def test_the_day_asked_chooses_the_boundary(client: Client, toytown: Toytown) -> None:
    lon, lat = place.IN_MOVED_WARD
    url = f"/api/v1/responsibility?lon={lon}&lat={lat}&service_code=pothole"
    assert client.get(url + "&at=2023-05-03").json()["outcome"] == "assigned"
    assert client.get(url).json()["outcome"] == "gap"


def test_a_report_is_created_and_found_again(client: Client, toytown: Toytown) -> None:
    response = send(client, description="Call me: 555-0100")
    created = response.json()
    assert response.status_code == 201
    assert created["responsibility"]["body"]["slug"] == "sanitation-west"
    listed = client.get(REQUESTS).json()
    assert [feature["id"] for feature in listed["features"]] == [created["id"]]
    one = client.get(f"{REQUESTS}/{created['id']}").json()
    assert one["properties"]["responsibility"]["body"]["slug"] == "sanitation-west"


def test_text_is_public_only_after_the_check(client: Client, toytown: Toytown) -> None:
    number = send(client, description="Call me: 555-0100").json()["id"]
    for url in (REQUESTS, f"{REQUESTS}/{number}", f"/reports/{number}/"):
        assert "555-0100" not in client.get(url).content.decode()
    transition(number, State.PUBLISHED, user=None)
    assert "555-0100" in client.get(f"{REQUESTS}/{number}").content.decode()


def test_the_same_post_twice_gives_the_same_report(client: Client, toytown: Toytown) -> None:
    first = send(client, idempotency_key="abc")
    second = send(client, idempotency_key="abc")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["tracking_url"] == second.json()["tracking_url"]
    by_header = client.post(
        REQUESTS,
        {"service_code": "litter", "lon": place.IN_WEST[0], "lat": place.IN_WEST[1]},
        content_type="application/json",
        headers={"Idempotency-Key": "abc"},
    )
    assert by_header.json()["id"] == first.json()["id"]


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"lon": place.OUTSIDE[0]}, 422, "outside_city"),
        ({"lon": place.IN_WEST[1], "lat": place.IN_WEST[0]}, 422, "axes_swapped"),
        ({"lon": "NaN"}, 400, "invalid"),
        ({"lon": 1e400}, 400, "parse_error"),
        ({"lon": None}, 400, "null"),
        ({"lon": "east"}, 400, "invalid"),
        ({"lat": 200}, 400, "point_invalid"),
        ({"service_code": "no-such"}, 422, "service_unknown"),
        ({"service_code": "a\x00b"}, 400, "null_characters_not_allowed"),
        ({"description": "x" * 100_000}, 422, "description_invalid"),
        ({"description": "a\x00b"}, 400, "null_characters_not_allowed"),
        ({"description": "\x01"}, 422, "description_invalid"),
        ({"description": ["a"]}, 400, "invalid"),
        ({"accuracy_m": "nan"}, 400, "invalid"),
        ({"accuracy_m": -3}, 400, "min_value"),
        ({"asset_id": 10**30}, 400, "max_value"),
        ({"asset_id": 99_999_999}, 422, "asset_unknown"),
        ({"photo_ids": [str(uuid.uuid4())]}, 422, "photo_unknown"),
        ({"photo_ids": "x"}, 400, "not_a_list"),
        ({"photo_ids": ["x"]}, 400, "invalid"),
        ({"photo_ids": ["x"] * 6}, 400, "max_length"),  # of too many none is looked at: that took seconds
        ({"idempotency_key": "ключ"}, 400, "idempotency_key_invalid"),
    ],
)
def test_bad_input_is_a_4xx_with_a_stable_code(
    client: Client, toytown: Toytown, fields: dict[str, object], status: int, code: str
) -> None:
    response = send(client, **fields)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert len(response.json()["detail"]) > 10
    assert not ServiceRequest.objects.exists()


def test_swapped_numbers_are_named_in_the_sentence(client: Client, toytown: Toytown) -> None:
    lon, lat = place.IN_WEST
    detail = send(client, lon=lat, lat=lon).json()["detail"]
    assert str(lon) in detail
    assert "exchanged" in detail


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b'{"lon": NaN}', b"\xff\xfe", b"[" * 5000])
def test_a_body_that_is_no_report_is_refused(client: Client, toytown: Toytown, content: bytes) -> None:
    response = client.generic("POST", REQUESTS, content, content_type="application/json")
    assert 400 <= response.status_code < 500
    assert set(response.json()) >= {"code", "detail"}


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=2026-02-30",
        "from=2026-05-02&to=2026-05-01",
        "to=9999-12-31",
        "bbox=1,2,3",
        "bbox=nan,1,2,3",
        "state=lost",
        "status=ajar",
        "group=%00",
    ],
)
def test_a_filter_that_means_nothing_is_refused(client: Client, toytown: Toytown, query: str) -> None:
    response = client.get(f"{REQUESTS}?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "filter_invalid")


def test_filters_narrow_the_list(client: Client, toytown: Toytown) -> None:
    west = send(client).json()["id"]
    east = send(client, lon=place.IN_EAST[0], lat=place.IN_EAST[1]).json()["id"]
    pothole = send(client, service_code="pothole", lon=-73.999, lat=40.701).json()["id"]

    def found(query: str) -> set[int]:
        return {feature["id"] for feature in client.get(f"{REQUESTS}?{query}").json()["features"]}

    assert found("group=cleanliness") == {west, east}
    assert found("services=pothole,litter") == {west, east, pothole}
    assert found("body=sanitation") == {west, east}
    assert found("body=sanitation-east") == {east}
    assert found("bbox=-73.99,40.70,-73.98,40.71") == {east}
    assert found("status=closed") == set()
    assert found("from=2001-01-01&to=2001-01-02") == set()


@pytest.mark.parametrize("number", ["0", "99999", str(10**40)])
def test_an_unknown_report_is_a_404_in_json(client: Client, toytown: Toytown, number: str) -> None:
    response = client.get(f"{REQUESTS}/{number}")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_photo_is_uploaded_first_and_sent_with_the_report(client: Client, toytown: Toytown) -> None:
    upload = SimpleUploadedFile("me.jpg", jpeg_with_metadata(), "image/jpeg")
    photo = client.post("/api/v1/photos", {"photo": upload})
    assert photo.status_code == 201
    assert (photo.json()["lon"], photo.json()["lat"]) == pytest.approx(GPS_PLACE, abs=1e-5)
    number = send(client, photo_ids=[photo.json()["photo_id"]]).json()["id"]
    assert ServiceRequest.objects.get(pk=number).photos.count() == 1


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"no picture", 415, "photo_invalid"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 100, 415, "photo_format_unsupported"),
        (b"\xff\xd8" + b"\x00" * 40 * 1024 * 1024, 413, "photo_too_large"),
    ],
    ids=["text", "heic", "40 MB"],
)
def test_what_is_no_photo_is_refused(client: Client, toytown: Toytown, content: bytes, status: int, code: str) -> None:
    response = client.post("/api/v1/photos", {"photo": SimpleUploadedFile("x.jpg", content, "image/jpeg")})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert client.post("/api/v1/photos").json()["code"] == "photo_invalid"


def test_services_and_bodies_are_listed_in_both_languages(client: Client, toytown: Toytown) -> None:
    english = {service["service_code"]: service["service_name"] for service in client.get("/api/v1/services").json()}
    assert english["litter"] == "Litter"
    chinese = client.get("/api/v1/bodies", headers={"accept-language": "zh-hans"}).json()
    assert "公园局" in {body["name"] for body in chinese}


def test_the_schema_describes_every_address(client: Client, toytown: Toytown) -> None:
    schema = client.get("/api/schema/", headers={"accept": "application/json"})
    paths = set(json.loads(schema.content)["paths"])
    assert paths >= {
        "/api/v1/responsibility",
        "/api/v1/service-requests",
        "/api/v1/service-requests/{id}",
        "/api/v1/services",
        "/api/v1/bodies",
        "/api/v1/photos",
    }
    assert client.get("/api/docs/").status_code == 200


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_larger_than_any_report_is_refused_unread(client: Client, toytown: Toytown, content_type: str) -> None:
    response = client.generic("POST", REQUESTS, b" " * (2 * 1024 * 1024 + 1), content_type=content_type)
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


def test_a_form_of_thousands_of_fields_is_refused_with_a_code(client: Client, toytown: Toytown) -> None:
    body = "&".join(f"a{number}=1" for number in range(2000))
    response = client.generic("POST", REQUESTS, body, content_type="application/x-www-form-urlencoded")
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_address_that_does_not_exist_is_a_404_with_a_code(client: Client, toytown: Toytown, method: str) -> None:
    response = getattr(client, method)("/api/v1/service-requests/none")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.django_db
def test_the_schema_puts_nothing_typed_into_a_header(client: Client) -> None:
    response = client.get("/api/schema/?version=%22%00")
    assert response["Content-Disposition"] == 'inline; filename="CityPin.yaml"'


def test_an_uncertain_place_asks_which_side_and_the_answer_decides(toytown: Toytown, client: Client) -> None:
    lon, lat = place.NEAR_EDGE_IN_WEST
    url = f"/api/v1/responsibility?lon={lon}&lat={lat}&service_code=litter&accuracy_m=30"
    asked = client.get(url).json()
    question = asked["question"]
    assert (asked["outcome"], question["text"]) == ("uncertain", "Which side are you on?")
    west, east = question["options"]
    assert [(side["letter"], side["label"]) for side in (west, east)] == [
        ("A", "west side: West"),
        ("B", "east side: East"),
    ]
    assert east["area"]["type"] in ("Polygon", "MultiPolygon")
    answered = client.get(f"{url}&side_boundary_id={east['side_boundary_id']}").json()
    assert (answered["body"]["slug"], answered["rule"]) == ("sanitation-east", "chosen_side")
    assert "You said you are on the East side" in answered["explanation"]
    sent = {"service_code": "litter", "lon": lon, "lat": lat, "accuracy_m": 30}
    created = client.post(
        "/api/v1/service-requests",
        {**sent, "side_boundary_id": east["side_boundary_id"]},
        content_type="application/json",
    ).json()
    assert created["responsibility"]["body"]["slug"] == "sanitation-east"
    for wrong, status in [(10**9, 422), (toytown.boundaries["commons"].pk, 422), (0, 400)]:
        assert client.get(f"{url}&side_boundary_id={wrong}").status_code == status
    refused = client.post(
        "/api/v1/service-requests", {**sent, "side_boundary_id": 10**9}, content_type="application/json"
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "side_unknown")


def test_nothing_is_asked_where_the_answer_is_clear(toytown: Toytown, client: Client) -> None:
    lon, lat = place.IN_WEST
    assert client.get(f"/api/v1/responsibility?lon={lon}&lat={lat}&service_code=litter").json()["question"] is None
