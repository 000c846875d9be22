"""What identifies a person never reaches a public page, list, tile or answer."""

import io
import re

import pytest
from django.test import Client
from django.urls import reverse

from issues.models import ServiceRequest
from issues.selectors.services import likely_services
from issues.services.photos import store_photo
from issues.services.submit import Submission, submit_service_request
from issues.services.transition import transition
from issues.tracking import tracking_key
from issues.workflow import State
from tests import toytown as place
from tests.pictures import jpeg_with_metadata
from tests.toytown import Toytown

AGENT = "NosyPhone/12.3 (Alice's phone)"
TEXT = "I am Alice, 212-555-0147"


@pytest.fixture
def noise_report(toytown: Toytown) -> ServiceRequest:
    """A report about a home, with text and photo, of a service whose exact point is private."""
    photo = store_photo(io.BytesIO(jpeg_with_metadata())).photo
    lon, lat = place.NEAR_EDGE_IN_WEST
    submission = Submission("noise", lon, lat, accuracy_m=3.0, description=TEXT, photo_ids=(photo.pk,))
    return submit_service_request(submission).service_request


def public_answers(client: Client, report: ServiceRequest) -> dict[str, bytes]:
    """Everything the public can read about a report."""
    x, y, z = 19298, 24642, 16  # the tile of NEAR_EDGE_IN_WEST
    addresses = [
        "/",
        f"/reports/{report.pk}/",
        "/api/v1/service-requests",
        f"/api/v1/service-requests/{report.pk}",
        f"/tiles/reports/{z}/{x}/{y}.mvt",
        f"/tiles/heat/{z}/{x}/{y}.mvt",
    ]
    return {address: client.get(address, headers={"user-agent": AGENT}).content for address in addresses}


def test_public_answers_hold_nothing_of_the_reporter(client: Client, noise_report: ServiceRequest) -> None:
    at = noise_report.requested_datetime
    secrets = ["Alice", "212-555", "NosyPhone", "127.0.0.1", "SecretPhoneMaker", tracking_key(noise_report.pk)]
    secrets += [f"{noise_report.point.x:.5f}", f"{noise_report.point.y:.5f}", at.strftime("%H:%M:%S")]
    secrets += [str(photo.pk) for photo in noise_report.photos.all()]
    noise_report.service.exact_point_is_public = True  # so that the report is in each of them, tiles included
    noise_report.service.save()
    answers = public_answers(client, noise_report)
    assert all(answers.values())
    for address, content in answers.items():
        # The reporter's address would be the test client's; our own links may name the host.
        text = content.decode("utf-8", "replace").replace("http://127.0.0.1", "")
        assert [secret for secret in secrets if secret in text] == [], address


def test_public_pages_name_the_day_and_never_the_minute(client: Client, noise_report: ServiceRequest) -> None:
    noise_report.service.exact_point_is_public = True
    noise_report.service.save()
    page = client.get(f"/reports/{noise_report.pk}/").content.decode()
    assert not re.search(r"\d\d?:\d\d", re.sub(r"<(script|style).*?</\1>", "", page, flags=re.S))
    own = client.get(f"/reports/{noise_report.pk}/mine/{tracking_key(noise_report.pk)}/").content.decode()
    assert re.search(r"\d\d?:\d\d", own)


def test_a_report_of_a_sensitive_service_is_its_reporters_alone(client: Client, noise_report: ServiceRequest) -> None:
    transition(noise_report.pk, State.PUBLISHED, user=None)
    [photo] = noise_report.photos.all()
    for address in (
        f"/reports/{noise_report.pk}/",
        f"/api/v1/service-requests/{noise_report.pk}",
        reverse("photo", args=[photo.pk, "large"]),
    ):
        assert client.get(address).status_code == 404, address
    key = tracking_key(noise_report.pk)
    assert client.get(f"/reports/{noise_report.pk}/mine/{key}/").status_code == 200
    assert client.get(reverse("photo", args=[photo.pk, "large"]) + f"?key={key}").status_code == 200


def test_the_reporter_sees_their_own_text_and_place_by_their_link_only(
    client: Client, noise_report: ServiceRequest
) -> None:
    own = client.get(f"/reports/{noise_report.pk}/mine/{tracking_key(noise_report.pk)}/")
    assert TEXT in own.content.decode()
    assert "noindex" in own["X-Robots-Tag"]
    assert client.get(f"/reports/{noise_report.pk}/mine/{tracking_key(noise_report.pk + 1)}/").status_code == 404


def test_the_database_holds_no_trace_of_the_reporter(noise_report: ServiceRequest) -> None:
    columns = {field.name for field in ServiceRequest._meta.get_fields()}
    assert columns.isdisjoint({"ip", "email", "phone", "name", "user", "user_agent", "reporter"})
    assert {event.user_id for event in noise_report.events.all()} == {None}


def test_likely_services_do_not_tell_of_sensitive_reports(noise_report: ServiceRequest) -> None:
    assert likely_services(*noise_report.public_point.coords) == []
    assert likely_services(*noise_report.point.coords) == []


def test_a_guessed_idempotency_key_tells_nothing_of_the_other_report(client: Client, toytown: Toytown) -> None:
    lon, lat = place.IN_WEST
    first = submit_service_request(Submission("noise", lon, lat, description=TEXT, idempotency_key="1"))
    guess = {"service_code": "noise", "lon": lon, "lat": lat, "description": "", "idempotency_key": "1"}
    answer = client.post("/api/v1/service-requests", guess, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert tracking_key(first.service_request.pk) not in answer.content.decode()


def test_log_lines_hold_no_tracking_key(
    client: Client, noise_report: ServiceRequest, caplog: pytest.LogCaptureFixture
) -> None:
    key = tracking_key(noise_report.pk)
    client.get(f"/reports/{noise_report.pk}/mine/{key}./")
    assert caplog.messages == [f"Not Found: /reports/{noise_report.pk}/mine/…/"]


def test_pages_with_a_token_are_not_for_shared_caches(client: Client, toytown: Toytown) -> None:
    report = submit_service_request(Submission("litter", *place.IN_WEST)).service_request
    for address in ("/", f"/reports/{report.pk}/"):
        assert client.get(address)["Cache-Control"] == "private"
