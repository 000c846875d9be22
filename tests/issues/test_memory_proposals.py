"""Proposals from the city's own settled answers, in real PostGIS."""

from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from issues.memory.voting import Level
from issues.memory_words import memory_reasons
from issues.models import Event, Responsibility, ServiceRequest
from issues.selectors.evidence import Question
from issues.selectors.memory import propose_from_memory, votes_about
from tests import toytown as place
from tests.toytown import Toytown


def settled(
    town: Toytown,
    body: str,
    *,
    service: str = "litter",
    state: str = "accepted",
    days_ago: float = 10,
    rule: str = "boundary",
    shift: float = 0.0,
) -> ServiceRequest:
    lon, lat = place.IN_GAP
    point = Point(lon + shift, lat, srid=4326)
    when = timezone.now() - timedelta(days=days_ago)
    report = ServiceRequest.objects.create(
        service=town.services[service],
        point=point,
        public_point=point,
        state=state,
        requested_datetime=when,
        due_date=when.date(),
        body=town.bodies[body],
        outcome="assigned",
    )
    Responsibility.objects.create(
        service_request=report,
        outcome="assigned",
        rule=rule,
        body=town.bodies[body],
        confidence=1,
        candidates=[],
        rules_version=1,
        valid_on=when.date(),
    )
    return report


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
    assert votes_about(question(toytown)) == []
    ruled = settled(toytown, "roads", state="published", rule="ruling")
    [vote] = votes_about(question(toytown))
    assert (vote.body_id, vote.is_ruling, vote.same_kind) == (toytown.bodies["roads"].pk, True, True)
    assert votes_about(question(toytown), except_id=ruled.pk) == []
    assert votes_about(question(toytown), before=timezone.now() - timedelta(days=11)) == []


def test_other_kinds_speak_only_where_there_is_none_of_this_one(toytown: Toytown) -> None:
    settled(toytown, "roads", service="noise")
    found = propose_from_memory(question(toytown))
    assert found is not None
    assert found.level is Level.PLACE
    assert "of other kinds" in memory_reasons(found)[0]


@pytest.mark.django_db
def test_one_statement_asks(toytown: Toytown) -> None:
    settled(toytown, "roads")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        propose_from_memory(question(toytown))
    assert len(captured) == 1
