"""The public page of a report and its reporter's own."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from issues.models import ServiceRequest
from issues.services.submit import Submission, submit_service_request
from issues.services.transition import transition
from issues.tracking import tracking_key
from issues.workflow import State
from tests.toytown import IN_COMMONS_AND_WEST, IN_WEST, Toytown

pytestmark = pytest.mark.django_db
SECRET = "Call me on 555 0147"


def reported(code: str = "litter", place: tuple[float, float] = IN_WEST) -> ServiceRequest:
    return submit_service_request(Submission(code, *place, description=SECRET)).service_request


def public(client: Client, report: ServiceRequest) -> str:
    page = client.get(f"/reports/{report.pk}/")
    assert page.status_code == 200
    return page.content.decode()


def own(report: ServiceRequest) -> str:
    return f"/reports/{report.pk}/mine/{tracking_key(report.pk)}/"


def test_it_says_who_why_when_and_what_happened(toytown: Toytown, client: Client):
    html = public(client, reported())
    for words in ("Goes to Sanitation West", "The place lies in West", "Due in", "Received", "We sent it to"):
        assert words in html


def test_text_is_public_only_after_the_check(toytown: Toytown, client: Client):
    report = reported()
    assert SECRET not in public(client, report)
    transition(report.pk, State.PUBLISHED, user=None)
    assert SECRET in public(client, report)
    transition(report.pk, State.REFUSED, user=None, reason="A private number")
    html = public(client, report)
    assert SECRET not in html
    assert "A private number" not in html


def test_the_reporter_sees_everything_at_once_and_why_it_was_refused(toytown: Toytown, client: Client):
    report = reported()
    sent = client.get(own(report) + "?sent=1")
    assert SECRET in sent.content.decode()
    assert "Thank you" in sent.content.decode()
    assert f"http://testserver{own(report)}" in sent.content.decode()
    assert sent["X-Robots-Tag"] == "noindex, nofollow"
    # The address is the key: no other host may learn it. ("no-referrer" would break the forms: CSRF reads Origin.)
    assert sent["Referrer-Policy"] == "same-origin"
    transition(report.pk, State.REFUSED, user=None, reason="Already clean")
    later = client.get(own(report)).content.decode()
    assert "Already clean" in later
    assert "Thank you" not in later


@pytest.mark.parametrize("path", ["/reports/999999/", "/reports/99999999999999999999999/"])
def test_unknown_numbers_are_not_found(toytown: Toytown, client: Client, path: str):
    assert client.get(path).status_code == 404


def test_a_wrong_key_is_not_found(toytown: Toytown, client: Client):
    report, other = reported(), reported("pothole")
    assert client.get(f"/reports/{report.pk}/mine/wrong/").status_code == 404
    assert client.get(f"/reports/{report.pk}/mine/{tracking_key(other.pk)}/").status_code == 404


def test_a_sensitive_report_has_no_public_page_and_is_exact_for_its_reporter(toytown: Toytown, client: Client):
    report = reported("noise")
    assert client.get(f"/reports/{report.pk}/").status_code == 404
    assert f'data-lon="{IN_WEST[0]:.6f}"' in client.get(own(report)).content.decode()


def test_an_overdue_report_says_so_in_words(toytown: Toytown, client: Client):
    report = reported()
    ServiceRequest.objects.filter(pk=report.pk).update(due_date=timezone.localdate() - timedelta(days=30))
    assert "Overdue by" in public(client, report)


def test_a_contested_report_lists_the_claimants(toytown: Toytown, client: Client):
    html = public(client, reported("litter", IN_COMMONS_AND_WEST))
    assert "Several bodies" in html
    assert "Another body has the same right to this place." in html


def test_demo_reports_are_labelled(toytown: Toytown, client: Client):
    report = reported()
    assert "demo-label" not in public(client, report)
    ServiceRequest.objects.filter(pk=report.pk).update(is_demo=True)
    assert "demo-label" in public(client, report)


def test_markup_in_the_text_is_shown_as_text(toytown: Toytown, client: Client):
    report = submit_service_request(
        Submission("litter", *IN_WEST, description="<img src=x onerror=alert(1)>")
    ).service_request
    html = client.get(own(report)).content.decode()
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html


def test_the_number_of_queries_does_not_grow_with_events(
    toytown: Toytown, client: Client, django_assert_max_num_queries
):
    report = reported("litter", IN_COMMONS_AND_WEST)
    with django_assert_max_num_queries(8):
        client.get(f"/reports/{report.pk}/")
