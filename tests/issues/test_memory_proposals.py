"""Proposals from the city's own settled answers, in real PostGIS."""

from datetime import UTC, timedelta

import numpy as np
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pyproj import CRS

from issues.backtest.projection import to_metres
from issues.backtest.reading import PastReports
from issues.backtest.replay import replay
from issues.explanations import explain_publicly
from issues.memory.voting import Level
from issues.memory_words import memory_reasons
from issues.models import Case, Event, HandBack
from issues.routing.outcomes import Outcome, Rejection, Rule
from issues.selectors.evidence import Question
from issues.selectors.live_memory import live_memory
from issues.selectors.memory import find_responsibility_remembering, propose_from_memory
from issues.services.arbitration.hand_back import hand_back
from issues.services.arbitration.reverse import reverse_ruling
from issues.services.arbitration.rule import confirm_ruling
from tests import toytown as place
from tests.issues.arbitrating import case_of, decided_again, hire, report, zone_ruling
from tests.issues.settled_reports import remember_parks, settled
from tests.toytown import Toytown


def question(town: Toytown, service: str = "litter") -> Question:
    return Question(town.services[service].pk, *place.IN_GAP)


def test_without_settled_answers_memory_says_nothing(toytown: Toytown) -> None:
    assert propose_from_memory(question(toytown)) is None


def test_accepted_answers_nearby_are_proposed_with_their_number(toytown: Toytown) -> None:
    for day in range(14):
        settled(toytown, "parks", days_ago=20 + day, shift=0.0001 * day)
    settled(toytown, "roads", days_ago=50, shift=0.001)
    found = propose_from_memory(question(toytown))
    assert found is not None
    assert (found.body_id, found.votes, found.of) == (toytown.bodies["parks"].pk, 14, 15)
    assert found.level is Level.PLACE_AND_KIND
    assert 0 < found.confidence < 0.97
    votes, record = memory_reasons(found)
    assert votes.startswith("14 of 15 earlier reports of this kind within ")
    assert votes.endswith(" went to Parks.")
    assert f"{found.record_right} of {found.record_of}" in record
    with translation.override("zh-hans"):
        assert "14件由公园局负责" in memory_reasons(found)[0]


def test_what_was_not_settled_does_not_vote(toytown: Toytown) -> None:
    settled(toytown, "parks", state="published")
    settled(toytown, "parks", state="refused")
    handed_back = settled(toytown, "parks")
    Event.objects.create(service_request=handed_back, kind="handed_back", actor=Event.Actor.STAFF)
    assert live_memory.votes() == []
    arbitrator = hire(toytown).arbitrator
    ruled = report(at=place.IN_GAP)
    case = case_of(ruled)
    draft = zone_ruling(case, "roads", "this_report", service_request=ruled.pk)
    ruling = confirm_ruling(draft, user=arbitrator, version=case.version)
    [vote] = live_memory.votes()
    litter = toytown.services["litter"]
    assert (vote.body_id, vote.asked.kinds) == (toytown.bodies["roads"].pk, (litter.group_id, litter.pk))
    assert propose_from_memory(question(toytown)) is not None
    assert propose_from_memory(question(toytown), except_id=ruled.pk) is None
    assert propose_from_memory(question(toytown), before=timezone.now() - timedelta(days=11)) is None
    reverse_ruling(ruling.pk, "Nobody mows it.", user=arbitrator, reopen=False)
    assert live_memory.votes() == []


def test_other_kinds_speak_only_where_there_is_none_of_this_one(toytown: Toytown) -> None:
    settled(toytown, "roads", service="tree")
    found = propose_from_memory(question(toytown))
    assert found is not None
    assert found.level is Level.PLACE
    assert "of other kinds" in memory_reasons(found)[0]
    asked = report(at=place.IN_GAP)
    assert explain_publicly(asked).candidates[-1].sentence == memory_reasons(found)[0]


def test_reports_of_private_places_cannot_be_counted_through_memory(toytown: Toytown) -> None:
    for day in range(5):
        settled(toytown, "roads", service="noise", days_ago=10 + day)
    for asked in ("noise", "litter"):
        assert propose_from_memory(question(toytown, asked)) is None


def test_two_statements_ask(toytown: Toytown) -> None:
    """One about the place, one for what was settled since."""
    settled(toytown, "roads")
    with CaptureQueriesContext(connection) as captured:
        propose_from_memory(question(toytown))
    assert len(captured) == 2


def test_the_desk_is_told_what_a_backtest_of_the_same_past_would_have_decided(toytown: Toytown) -> None:
    """One method: the file of a backtest, read and replayed as such, and the question put to the database."""
    now = timezone.now()
    random = np.random.default_rng(3)
    rows = []
    for number in range(140):
        service = "litter" if random.random() < 0.7 else "tree"
        shift = float(random.random() * 0.002)
        body = "parks" if service == "litter" and shift < 0.001 else "roads"
        report = settled(toytown, body, service=service, days_ago=140.0 - number + random.random() / 2, shift=shift)
        rows.append((report.point.x, report.point.y, report.requested_datetime, service, body))
    asked = question(toytown)
    found = propose_from_memory(asked, before=now)
    rows.append((*place.IN_GAP, now, "litter", "nobody yet"))
    lon, lat, moments, kinds, truth = (
        np.array(column) for column in zip(*sorted(rows, key=lambda r: r[2]), strict=True)
    )
    groups = np.array([str(toytown.services[kind].group_id) for kind in kinds])
    utc = np.array([moment.astimezone(UTC).replace(tzinfo=None) for moment in moments], "datetime64[us]")
    past = PastReports(
        np.arange(len(rows)), lon, lat, utc, (groups, kinds), truth.astype(object), {}, len(rows), {}
    )  # fmt: skip
    replayed = replay(past, to_metres(lon, lat, CRS.from_epsg(settings.CITY.srid)), "")
    assert found is not None
    assert toytown.bodies[replayed.bodies[replayed.foretold[-1]]].pk == found.body_id
    assert replayed.assured[-1] == pytest.approx(found.confidence, abs=1e-4)
    assert 0.8 < found.confidence < 1
    assert found.votes * 2 > found.of


def test_a_long_clean_record_decides_a_gap_and_says_so_publicly(toytown: Toytown) -> None:
    remember_parks(toytown, 140)
    asked = report(at=place.IN_GAP)
    [stored] = asked.responsibilities.all()
    assert (asked.outcome, asked.body.slug, stored.rule) == ("assigned", "parks", "memory")
    assert stored.confidence >= 0.97
    assert not Case.objects.exists()
    public = explain_publicly(asked)
    assert public.because.startswith("24 of 24 earlier reports of this kind within ")
    assert public.because.endswith(" m went to Parks.")
    with translation.override("zh-hans"):
        assert "24件由公园局负责" in explain_publicly(asked).because
    assert decided_again(asked).pk == stored.pk


def test_a_short_record_leaves_the_gap_to_people_with_the_proposal_among_the_candidates(toytown: Toytown) -> None:
    remember_parks(toytown, 15)
    asked = report(at=place.IN_GAP)
    assert asked.outcome == "gap"
    assert Case.objects.count() == 1
    candidate = explain_publicly(asked).candidates[-1]
    assert candidate.candidate.rejected_because is Rejection.MEMORY_NOT_SURE
    assert candidate.sentence.startswith("15 of 15 earlier reports of this kind within ")


def test_what_a_body_handed_back_is_never_given_to_it_from_memory(toytown: Toytown) -> None:
    remember_parks(toytown, 140)
    people = hire(toytown)
    asked = report(at=place.IN_GAP)
    hand_back(asked.pk, "not_our_area", user=people.parks)
    asked.refresh_from_db()
    assert (asked.outcome, asked.body) == ("contested", None)
    assert case_of(asked).cause == "handed_back"
    again = report(at=(place.IN_GAP[0] + 0.0001, place.IN_GAP[1]))
    assert again.outcome == "gap"
    assert again.responsibilities.get().candidates[-1]["rejected_because"] == "handed_back_nearby"
    assert HandBack.objects.count() == 1


def test_what_was_handed_back_of_a_private_kind_is_not_told_to_who_asks_from_many_points(toytown: Toytown) -> None:
    people = hire(toytown)
    settled(toytown, "parks", service="tree")
    before = find_responsibility_remembering(question(toytown, "noise"))
    handed_back = settled(toytown, "parks", service="noise", state="published")
    hand_back(handed_back.pk, "not_our_area", user=people.parks)
    assert find_responsibility_remembering(question(toytown, "noise")) == before
    assert before.candidates[-1].rejected_because is Rejection.MEMORY_NOT_SURE


def test_memory_is_asked_only_about_what_stays_open(toytown: Toytown) -> None:
    litter = toytown.services["litter"].pk
    find_responsibility_remembering(Question(litter, *place.IN_WEST))
    with CaptureQueriesContext(connection) as decided:
        assert find_responsibility_remembering(Question(litter, *place.IN_WEST)).rule is Rule.BOUNDARY
    with CaptureQueriesContext(connection) as still_open:
        assert find_responsibility_remembering(Question(litter, *place.IN_GAP)).outcome is Outcome.GAP
    assert (len(decided), len(still_open)) == (1, 3)
