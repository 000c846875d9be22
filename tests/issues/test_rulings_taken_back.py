"""Rulings taken back: undone at once, reversed later, appealed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from issues import errors
from issues.models import Case
from issues.services.arbitration import reverse as reversing
from issues.services.arbitration.reverse import appeal_ruling, dismiss_appeal, reverse_ruling, undo_ruling
from issues.services.arbitration.rule import confirm_ruling
from issues.services.transition import transition
from issues.workflow import State
from tests import toytown as place
from tests.issues.arbitrating import People, case_of, report, ruled, zone_ruling
from tests.toytown import Toytown

COMMONS_LON, COMMONS_LAT = place.IN_COMMONS_AND_WEST
NEARBY = (COMMONS_LON - 0.0005, COMMONS_LAT)


def test_undo_within_the_grace_time_brings_everything_back(
    toytown: Toytown, people: People, settings: pytest.FixtureRequest
) -> None:
    service_request = report()
    overdue_since = timezone.localdate() - timedelta(days=100)
    Case.objects.update(due_date=overdue_since)
    case = case_of(service_request)
    ruling = ruled(people, case)
    with pytest.raises(errors.RulingInvalid):
        undo_ruling(ruling.pk, " ", user=people.other_arbitrator)
    undo_ruling(ruling.pk, "A slip of the hand.", user=people.other_arbitrator)
    service_request.refresh_from_db()
    case.refresh_from_db()
    assert case.due_date == overdue_since
    assert case.events.get(kind="ruling_undone").data["reason"] == "A slip of the hand."
    assert (service_request.outcome, case_of(service_request)) == ("contested", case)
    assert case_of(report(at=NEARBY)) == case
    with pytest.raises(errors.RulingNotInForce):
        undo_ruling(ruling.pk, "A slip of the hand.", user=people.arbitrator)


def test_after_the_grace_time_only_a_reversal_with_a_reason_helps(
    toytown: Toytown, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    report()
    ruling = ruled(people, Case.objects.get())
    monkeypatch.setattr(reversing, "undo_until", lambda ruling: timezone.now() - timedelta(seconds=1))
    with pytest.raises(errors.RulingNotInForce):
        undo_ruling(ruling.pk, "A slip of the hand.", user=people.arbitrator)
    with pytest.raises(errors.RulingInvalid):
        reverse_ruling(ruling.pk, " ", user=people.arbitrator, reopen=True)


@pytest.mark.parametrize("reopen", [True, False])
def test_a_reversal_stops_the_precedent_at_once_and_reopens_only_if_asked(
    toytown: Toytown, people: People, reopen: bool
) -> None:
    service_request, closed = report(), report(at=NEARBY)
    case = case_of(service_request)
    ruling = ruled(people, case)
    transition(closed.pk, State.PUBLISHED, user=None)
    transition(closed.pk, State.FIXED, user=None)
    reverse_ruling(ruling.pk, "The lease ended.", user=people.arbitrator, reopen=reopen)
    service_request.refresh_from_db()
    closed.refresh_from_db()
    case.refresh_from_db()
    parks = toytown.bodies["parks"]
    assert report(at=(COMMONS_LON, COMMONS_LAT - 0.0003)).outcome == "contested"
    assert closed.body == parks
    assert (service_request.body, case.state) == ((None, "open") if reopen else (parks, "closed"))
    assert case.events.last().data["reason"] == "The lease ended."


def test_an_appeal_lets_the_ruling_hold_until_it_is_answered(toytown: Toytown, people: People) -> None:
    report()
    case = Case.objects.get()
    ruling = ruled(people, case)
    with pytest.raises(errors.RulingInvalid):
        appeal_ruling(ruling.pk, "", user=people.parks)
    appeal_ruling(ruling.pk, "The lawn ends at the path.", user=people.parks)
    case.refresh_from_db()
    assert (case.state, report(at=NEARBY).body) == ("appealed", toytown.bodies["parks"])
    with pytest.raises(errors.CaseNotLive):
        confirm_ruling(zone_ruling(case), user=people.arbitrator, version=case.version)
    dismiss_appeal(ruling.pk, "The path is inside.", user=people.arbitrator)
    case.refresh_from_db()
    assert case.state == "settled"
    appeal_ruling(ruling.pk, "It was moved.", user=people.west)
    reverse_ruling(ruling.pk, "Indeed.", user=people.arbitrator, reopen=True)
    case.refresh_from_db()
    assert case.state == "open"
    kinds = [event.kind for event in case.events.all()]
    assert kinds == ["opened", "ruled", "settled", "appealed", "appeal_dismissed", "appealed", "ruling_reversed"]
