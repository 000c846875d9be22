"""Who may see a photo, and what an upload answers."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
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


def test_of_many_photos_only_the_newest_ten_go_on_waiting(toytown: Toytown, client: Client):
    urls = [send_photo(client, jpeg((8, 8))).json()["url"] for _ in range(12)]
    assert Photo.objects.count() == 10
    assert [client.get(url).status_code for url in (urls[1], urls[2], urls[11])] == [404, 200, 200]


def test_a_photo_that_was_sent_is_kept_however_many_follow(report: ServiceRequest, client: Client):
    for _ in range(11):
        send_photo(client, jpeg((8, 8)))
    assert report.photos.count() == 1


def test_after_sending_the_session_does_not_point_at_the_report(toytown: Toytown, client: Client):
    photo_id = send_photo(client, jpeg()).json()["photo_id"]
    fields = {"service_code": "litter", "lon": str(IN_WEST[0]), "lat": str(IN_WEST[1])}
    client.post("/report/", {"step": "send", "photo_id": photo_id, **fields})
    assert Photo.objects.get().service_request is not None
    assert photo_id not in str(dict(client.session))


def test_an_upload_fills_no_more_disk_than_a_photo_may(settings, toytown: Toytown, client: Client):
    settings.PHOTO_MAX_BYTES = 200_000
    taken = []
    settings.FILE_UPLOAD_HANDLERS = [*settings.FILE_UPLOAD_HANDLERS[:1], "tests.frontend.test_photo_pages.Counting"]
    Counting.taken = taken
    send_photo(client, b"\xff" * 5_000_000)
    assert 200_000 < sum(taken) < 300_000


class Counting(FileUploadHandler):
    """Notes how much arrives after the bound."""

    taken: list[int]

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.taken.append(len(raw_data))

    def file_complete(self, file_size: int) -> None:
        """Nothing is kept."""
