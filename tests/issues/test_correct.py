"""Correcting place, kind and object of a report decides it anew."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from issues import errors
from issues.models import Case, ServiceRequest
from issues.services.correct import change_service, correct_asset, move_point
from tests import toytown as place
from tests.issues.arbitrating import People, case_of, hire, report
from tests.toytown import Toytown, build_toytown


def test_moving_the_pin_appends_a_decision_and_an_event(toytown: Toytown, people: People) -> None:
    service_request = report(at=place.IN_WEST)
    moved = move_point(service_request.pk, *place.IN_EAST, user=people.sanitation, reason="The photo shows it")
    assert moved.body == toytown.bodies["sanitation-east"]
    assert (moved.public_point.x, moved.place["en"]) == (place.IN_EAST[0], "East")
    assert [row.body.slug for row in moved.responsibilities.all()] == ["sanitation-east", "sanitation-west"]
    kinds = [(event.kind, event.user) for event in moved.events.all()]
    assert kinds[2:] == [("point_moved", people.sanitation), ("assigned", people.sanitation)]


def test_the_same_correction_twice_is_stored_once(toytown: Toytown, people: People) -> None:
    service_request = report(at=place.IN_WEST)
    for _ in range(2):
        move_point(service_request.pk, *place.IN_EAST, user=people.sanitation)
        change_service(service_request.pk, "tree", user=people.sanitation)
    assert service_request.events.filter(kind="point_moved").count() == 1
    assert service_request.events.filter(kind="service_changed").count() == 1
    assert service_request.responsibilities.count() == 2  # as a tree it is decided by the same evidence


def test_a_report_follows_its_question_from_case_to_case(toytown: Toytown, people: People) -> None:
    service_request = report()
    first = case_of(service_request)
    move_point(service_request.pk, *place.IN_GAP, user=people.arbitrator)
    second = case_of(service_request)
    first.refresh_from_db()
    assert (first.state, second.cause) == ("closed", "gap")
    move_point(service_request.pk, place.IN_GAP[0] + 0.0002, place.IN_GAP[1], user=people.arbitrator)
    assert case_of(service_request) == second
    move_point(service_request.pk, *place.IN_WEST, user=people.arbitrator)
    assert [found.state for found in Case.objects.order_by("pk")] == ["closed", "closed"]


def test_a_private_kind_hides_the_place_that_was_public(toytown: Toytown, people: People) -> None:
    service_request = report(at=place.IN_WEST)
    changed = change_service(service_request.pk, "noise", user=people.sanitation)
    assert changed.public_point != changed.point and changed.place["en"] == "West"


def test_the_right_object_gets_its_owner_and_a_far_one_is_refused(toytown: Toytown, people: People) -> None:
    service_request = report("street-lamp", place.BETWEEN_LAMPS)
    assert service_request.body == toytown.bodies["sanitation-west"]
    assert (
        correct_asset(service_request.pk, toytown.assets["lamp-3"].pk, user=people.west).body == toytown.bodies["roads"]
    )
    with pytest.raises(errors.AssetUnknown):
        correct_asset(service_request.pk, toytown.assets["lamp-5"].pk, user=people.roads)
    assert change_service(service_request.pk, "litter", user=people.roads).asset is None


@pytest.mark.parametrize(
    "lonlat", [place.OUTSIDE, (place.IN_WEST[1], place.IN_WEST[0]), ("here", 1), (float("nan"), 1)]
)
def test_a_place_that_is_none_changes_nothing(toytown: Toytown, people: People, lonlat: tuple[object, object]) -> None:
    service_request = report(at=place.IN_WEST)
    with pytest.raises(Exception) as refused:
        move_point(service_request.pk, *lonlat, user=people.west)
    assert hasattr(refused.value, "code")
    assert service_request.responsibilities.count() == 1


@pytest.mark.django_db(transaction=True)
def test_parallel_corrections_never_race() -> None:
    town = build_toytown()
    people = hire(town)
    service_request = report(at=place.IN_WEST)
    places = [place.IN_WEST, place.IN_EAST, place.IN_COMMONS_AND_WEST, place.IN_GAP]

    def correct(number: int) -> None:
        try:
            move_point(service_request.pk, *places[number % 4], user=people.arbitrator)
            change_service(service_request.pk, ["tree", "litter"][number % 2], user=people.arbitrator)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(correct, range(24)))
    after = ServiceRequest.objects.get()
    newest = after.responsibilities.all()[0]
    assert (newest.outcome, newest.body_id) == (after.outcome, after.body_id)
    corrections = after.events.filter(kind__in=["point_moved", "service_changed"]).count()
    assert after.responsibilities.count() <= 1 + corrections
    waiting = Case.objects.filter(case_reports__service_request=after, case_reports__left_at=None)
    assert waiting.count() == (1 if after.body_id is None else 0)
    assert set(Case.objects.filter(state="open")) == set(waiting)
