"""Who may see a photo, and what an upload answers."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from issues.models import Membership, Photo, ServiceRequest
from issues.services.submit import Submission, submit_service_request
from issues.services.transition import transition
from issues.tracking import tracking_key
from issues.workflow import State
from tests.pictures import jpeg, jpeg_with_metadata
from tests.toytown import IN_WEST, Toytown

pytestmark = pytest.mark.django_db


def send_photo(client: Client, content: bytes):
    return client.post("/report/photo/", {"photo": SimpleUploadedFile("p.jpg", content, "image/jpeg")})


@pytest.fixture
def report(toytown: Toytown, client: Client) -> ServiceRequest:
    photo_id = uuid.UUID(send_photo(client, jpeg()).json()["photo_id"])
    return submit_service_request(Submission("litter", *IN_WEST, photo_ids=(photo_id,))).service_request


def address(report: ServiceRequest, size: str = "large") -> str:
    return f"/photos/{report.photos.get().pk}/{size}.jpg"


def test_an_upload_tells_its_place_to_the_uploader_only(toytown: Toytown, client: Client):
    answer = send_photo(client, jpeg_with_metadata(lonlat=IN_WEST)).json()
    assert (round(answer["lon"], 4), round(answer["lat"], 4)) == IN_WEST
    assert client.get(answer["url"])["Content-Type"] == "image/jpeg"
    assert Client().get(answer["url"]).status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"GIF89a", 415, "photo_invalid"),
        (jpeg()[:3000], 415, "photo_invalid"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 99, 415, "photo_format_unsupported"),
        (b"\xff" * (40 * 1024**2), 413, "photo_too_large"),
    ],
)
def test_a_bad_upload_is_refused_by_name(toytown: Toytown, client: Client, content: bytes, status: int, code: str):
    answer = send_photo(client, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Photo.objects.exists()


def test_no_upload_at_all_is_refused(toytown: Toytown, client: Client):
    assert client.post("/report/photo/", {"photo": "text"}).json()["code"] == "photo_invalid"
    assert client.get("/report/photo/").status_code == 405


def test_before_the_check_only_reporter_and_own_staff_see_it(report: ServiceRequest, toytown: Toytown):
    assert Client().get(address(report)).status_code == 404
    assert Client().get(address(report), {"key": "wrong"}).status_code == 404
    with_key = Client().get(address(report), {"key": tracking_key(report.pk)})
    assert (with_key.status_code, with_key["Cache-Control"]) == (200, "private, max-age=300")
    for body, status in [("sanitation", 200), ("parks", 404)]:
        staff = Client()
        user = User.objects.create_user(body)
        Membership.objects.create(user=user, body=toytown.bodies[body])
        staff.force_login(user)
        assert staff.get(address(report)).status_code == status


def test_after_the_check_everybody_sees_it_until_it_is_refused(report: ServiceRequest):
    transition(report.pk, State.PUBLISHED, user=None)
    shown = Client().get(address(report, "small"))
    assert (shown.status_code, shown["Cache-Control"]) == (200, "public, max-age=300")
    transition(report.pk, State.REFUSED, user=None, reason="Shows a face")
    assert Client().get(address(report)).status_code == 404


@pytest.mark.parametrize("path", ["huge.jpg", "large.png"])
def test_other_sizes_do_not_exist(report: ServiceRequest, path: str):
    assert Client().get(f"/photos/{report.photos.get().pk}/{path}").status_code == 404
