"""The arbitration desk: who comes too late loses no text, and a zone can be written corner by corner."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

import frontend.arbitration_case as page_of_case
from issues.models import Case, Ruling
from issues.services.arbitration import reverse as reversing
from issues.services.arbitration.reverse import appeal_ruling, dismiss_appeal, reverse_ruling
from tests import toytown as place
from tests.frontend.test_arbitration_pages import path, ruling_fields, signed_in
from tests.issues.arbitrating import People, case_of, report, ruled
from tests.toytown import Toytown


def taken_back(case: Case, ruling: Ruling, people: People) -> None:
    reverse_ruling(ruling.pk, "Wrong plan.", user=people.other_arbitrator, reopen=True)


def appealed_and_upheld(case: Case, ruling: Ruling, people: People) -> None:
    appeal_ruling(ruling.pk, "It is a road.", user=people.parks)
    dismiss_appeal(ruling.pk, "It is a path.", user=people.other_arbitrator)


@pytest.mark.parametrize(
    ("act", "who", "meanwhile"),
    [
        ("undo", "arbitrator", taken_back),
        ("reverse", "arbitrator", taken_back),
        ("appeal", "parks", taken_back),
        ("dismiss", "arbitrator", appealed_and_upheld),
    ],
)
def test_the_reason_of_who_was_slower_is_given_back(
    toytown: Toytown, people: People, act: str, who: str, meanwhile: Callable[..., None]
) -> None:
    case = case_of(report())
    ruling = ruled(people, case)
    case.refresh_from_db()
    late = {"act": act, "ruling": ruling.pk, "version": case.version, "reason": "The lease ended in May."}
    meanwhile(case, ruling, people)
    answer = signed_in(getattr(people, who)).post(path(case), late)
    unsent = answer.content.decode().split('id="case-unsent"')[1].split("</section>")[0]
    assert answer.status_code == 409
    assert "The lease ended in May." in unsent


def test_a_position_on_a_case_that_was_settled_meanwhile_is_given_back(toytown: Toytown, people: People) -> None:
    case = case_of(report())
    ruled(people, case)
    late = {"act": "position", "body": "parks", "stance": "ours", "text": "Ours by the contract of 1998."}
    page = signed_in(people.parks).post(path(case), late).content.decode()
    assert "Ours by the contract of 1998." in page.split('id="case-unsent"')[1].split("</section>")[0]


def test_who_may_try_again_finds_the_text_in_the_form_only(toytown: Toytown, people: People) -> None:
    case = case_of(report())
    ruling = ruled(people, case)
    late = {"act": "undo", "ruling": ruling.pk, "version": case.version - 1, "reason": "Wrong body chosen."}
    page = signed_in(people.arbitrator).post(path(case), late).content.decode()
    assert page.count("Wrong body chosen.") == 1
    assert 'value="Wrong body chosen."' in page


def test_after_the_grace_time_what_was_written_to_undo_stands_in_the_reversal(
    toytown: Toytown, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = case_of(report())
    ruling = ruled(people, case)
    case.refresh_from_db()
    for module in (reversing, page_of_case):
        monkeypatch.setattr(module, "undo_until", lambda ruling: timezone.now() - timedelta(seconds=1))
    late = {"act": "undo", "ruling": ruling.pk, "version": case.version, "reason": "Wrong body chosen."}
    answer = signed_in(people.arbitrator).post(path(case), late)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The time to undo is over." in page
    assert f'name="reason" required>{late["reason"]}</textarea>' in page
    assert '<details class="action--reason" open>' in page


def test_a_zone_is_written_corner_by_corner_without_script(toytown: Toytown, people: People) -> None:
    case = case_of(report())
    client = signed_in(people.arbitrator)
    corners = "40.706, -73.9915\r\n40.706, -73.9905\r\n\r\n40.707, -73.9905\r\n40.707 N 73.9915 W\r\n"
    client.post(path(case), ruling_fields(case, zone_kind="drawn", zone=corners))
    zone, meant = Ruling.objects.get().zone, place.box(-73.9915, 40.706, -73.9905, 40.707)
    assert zone.sym_difference(meant).area < 1e-12


@pytest.mark.parametrize(
    ("corners", "said"),
    [
        ("", "write its corners"),
        ("40.706, -73.9915\n40.706, -73.9905", "at least three corners"),
        ("40.706, -73.9915\n" * 5, "at least three corners"),
        ("40.706, -73.9915\n40.706\n40.707, -73.9905", "Corner in line 2: Write two numbers, latitude first"),
        ("40.706, -73.9915\n40.706, -73.9905\n99.7, -73.9905", "Corner in line 3: "),
        ("40.706, -73.9915\n40.707, -73.9905\n40.706, -73.9905\n40.707, -73.9915", "crosses itself"),
        ("40.706, -73.9915\n40.707, -73.9905\n41.706, -73.9905", "beyond the city"),
        ("40.706, -73.9915\n40.706, -73.9905\n" + "40.707, -73.9905\n" * 20_000, "too many corners"),
        ("1" * 100_000, "Corner in line 1: "),
    ],
)
def test_a_corner_that_is_none_is_named_and_what_was_written_stays(
    toytown: Toytown, people: People, corners: str, said: str
) -> None:
    case = case_of(report())
    fields = ruling_fields(case, act="preview", zone_kind="drawn", zone=corners)
    answer = signed_in(people.arbitrator).post(path(case), fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    assert corners.split("\n")[0] in page


def test_a_ruling_that_has_ended_says_so(toytown: Toytown, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    case, today = case_of(report()), timezone.localdate()
    ruled(people, case, expires_at=today + timedelta(days=2))
    client = signed_in(people.arbitrator)
    assert "· until" in client.get(path(case)).content.decode()
    monkeypatch.setattr(page_of_case.timezone, "localdate", lambda value=None: today + timedelta(days=2))
    assert "<strong>ended</strong>" in client.get(path(case)).content.decode()


def test_a_gap_that_goes_on_beyond_its_zone_says_so(toytown: Toytown, people: People) -> None:
    client, words = signed_in(people.arbitrator), "The gap goes on beyond this zone"
    assert words in client.get(path(case_of(report(at=place.IN_GAP)))).content.decode()
    assert words not in client.get(path(case_of(report()))).content.decode()
