"""Corrections of things: anyone proposes, staff decide, and reports follow."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.test import Client

from issues.models import ServiceRequest
from issues.services.asset_corrections import accept_and_decide_anew
from issues.services.submit import Submission, submit_service_request
from issues.services.transition import transition
from issues.workflow import State
from layers.errors import (
    AssetChangeRefused,
    CorrectionDecided,
    CorrectionInvalid,
    CorrectionUnknown,
    TooManyCorrections,
)
from layers.models import AssetCorrection
from layers.selectors.assets import asset_on, waiting_corrections
from layers.services import asset_corrections as service
from layers.services.asset_corrections import Proposal, propose_asset_correction
from layers.services.decide_corrections import refuse_asset_corrections
from tests import toytown as place
from tests.toytown import Toytown


@pytest.fixture
def clerk(db: None) -> User:
    return User.objects.create_user("clerk", is_staff=True)


def proposed(town: Toytown, kind: str, lamp: str = "lamp-1", **said: Any) -> AssetCorrection:
    return propose_asset_correction(Proposal(town.assets[lamp].pk, kind, **said)).correction


def report(lon: float, lat: float, **said: Any) -> ServiceRequest:
    return submit_service_request(Submission("street-lamp", lon, lat, **said)).service_request


def body_of(found: ServiceRequest) -> str | None:
    found.refresh_from_db()
    return found.body.slug if found.body else None


def test_an_accepted_owner_decides_the_open_reports_nearby_anew(toytown: Toytown, clerk: User) -> None:
    lon, lat = place.AT_LAMP
    near, far = report(lon, lat), report(*place.IN_EAST)
    beside = report(lon - 0.0004, lat, accuracy_m=30.0)  # 34 m off: only its accuracy reaches the lamp
    closed = report(lon, lat, description="Another")
    transition(closed.pk, State.REFUSED, user=clerk, reason="Not a lamp")
    decided_before = closed.responsibilities.count(), far.responsibilities.count()
    correction = proposed(toytown, "owner", body="parks", text="The plate says Parks")
    assert body_of(near) == "roads", "nothing changes before staff accept"
    done = accept_and_decide_anew(correction.pk, user=clerk)
    assert (done.asked, done.decided_anew) == (2, tuple(sorted([near.pk, beside.pk])))
    assert body_of(near) == "parks"
    assert near.responsibilities.count() == 2
    assert (closed.responsibilities.count(), far.responsibilities.count()) == decided_before
    assert near.events.filter(kind="assigned").count() == 2


def test_a_thing_that_is_not_here_and_one_that_moved_take_their_reports_along(toytown: Toytown, clerk: User) -> None:
    at_five, target = toytown.assets["lamp-5"].geom.clone(), Point(-73.9865, 40.7185, srid=4326)
    old, new = report(at_five.x, at_five.y), report(target.x, target.y)
    assert (body_of(old), body_of(new)) == ("power-company", "sanitation-east")
    moved = proposed(toytown, "moved", "lamp-5", lon=target.x, lat=target.y)
    accept_and_decide_anew(moved.pk, user=clerk)
    assert (body_of(old), body_of(new)) == ("sanitation-east", "power-company")
    gone = proposed(toytown, "not_here", "lamp-5")
    accept_and_decide_anew(gone.pk, user=clerk, since=date(2026, 5, 3))
    assert body_of(new) == "sanitation-east"
    lamp = toytown.assets["lamp-5"].pk
    before = asset_on(lamp, date(2026, 5, 2))
    assert before is not None
    assert before.geom.equals_exact(at_five)
    assert asset_on(lamp, date(2026, 5, 3)) is None


def test_broken_is_a_fact_that_moves_nothing(toytown: Toytown, clerk: User) -> None:
    found = report(*place.AT_LAMP)
    done = accept_and_decide_anew(proposed(toytown, "broken").pk, user=clerk)
    assert (done.asked, done.decided_anew, body_of(found)) == (1, (), "roads")
    assert done.corrections[0].state == "accepted"


def test_the_same_correction_waits_only_once(toytown: Toytown) -> None:
    first = proposed(toytown, "moved", lon=-73.9960, lat=40.71)
    again = propose_asset_correction(Proposal(first.asset_id, "moved", lon=-73.9960000001, lat=40.71))
    assert (again.correction.pk, again.created) == (first.pk, False)
    other = propose_asset_correction(Proposal(first.asset_id, "moved", lon=-73.9961, lat=40.71))
    assert other.created
    assert list(waiting_corrections()) == [first, other.correction]


def test_a_decision_is_taken_once(toytown: Toytown, clerk: User) -> None:
    found = proposed(toytown, "not_here")
    with pytest.raises(CorrectionInvalid, match="reason"):
        refuse_asset_corrections([found.pk], user=clerk, reason=" ")
    [refused] = refuse_asset_corrections([found.pk], user=clerk, reason="We saw it")
    assert (refused.state, refused.reason, refused.decided_by) == ("refused", "We saw it", clerk)
    with pytest.raises(CorrectionDecided):
        accept_and_decide_anew(found.pk, user=clerk)
    with pytest.raises(CorrectionUnknown):
        refuse_asset_corrections([found.pk + 99], user=clerk, reason="None")
    for change in ({"text": "x"}, {"state": "proposed", "decided_at": None, "reason": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AssetCorrection.objects.filter(pk=found.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        found.delete()


def test_accepting_from_a_day_to_come_leaves_it_waiting(toytown: Toytown, clerk: User) -> None:
    found = proposed(toytown, "not_here")
    with pytest.raises(AssetChangeRefused):
        accept_and_decide_anew(found.pk, user=clerk, since=date(2999, 1, 1))
    found.refresh_from_db()
    assert found.state == "proposed"


def test_a_thing_that_is_gone_meanwhile_takes_no_other_correction(toytown: Toytown, clerk: User) -> None:
    owner, gone = proposed(toytown, "owner", body="parks"), proposed(toytown, "not_here")
    accept_and_decide_anew(gone.pk, user=clerk)
    with pytest.raises(CorrectionInvalid, match="gone"):
        accept_and_decide_anew(owner.pk, user=clerk)
    with pytest.raises(CorrectionInvalid, match="gone"):
        proposed(toytown, "broken")


def test_so_many_and_no_more(toytown: Toytown, clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_WAITING_PER_ASSET", 2)
    monkeypatch.setattr(service, "MOST_PER_HOUR", 3)
    proposed(toytown, "not_here")
    proposed(toytown, "broken")
    with pytest.raises(TooManyCorrections, match="this object"):
        proposed(toytown, "owner", body="parks")
    proposed(toytown, "broken", "lamp-2")
    with pytest.raises(TooManyCorrections, match="last hour"):
        proposed(toytown, "broken", "lamp-3")
    by_staff = propose_asset_correction(Proposal(toytown.assets["lamp-3"].pk, "broken"), user=clerk)
    assert by_staff.correction.proposed_by == clerk


def post(client: Client, pk: int, said: object) -> tuple[int, dict[str, Any]]:
    response = client.post(f"/api/v1/assets/{pk}/corrections", said, content_type="application/json")
    return response.status_code, response.json()


def test_the_api_takes_a_correction(client: Client, toytown: Toytown) -> None:
    lamp = toytown.assets["lamp-1"].pk
    code, answer = post(client, lamp, {"kind": "owner", "body": "parks", "text": "Plate"})
    assert (code, answer["state"], answer["asset"]) == (201, "proposed", lamp)
    assert post(client, lamp, {"kind": "owner", "body": "parks"}) == (200, answer)
    assert AssetCorrection.objects.get().proposed_by is None


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({}, 400, "required"),
        ({"kind": "lost"}, 400, "invalid_choice"),
        ({"kind": "owner"}, 422, "correction_invalid"),
        ({"kind": "owner", "body": "nobody"}, 422, "correction_invalid"),
        ({"kind": "owner", "body": "roads"}, 422, "correction_invalid"),
        ({"kind": "owner", "body": "a\u0000"}, 400, "null_characters_not_allowed"),
        ({"kind": "broken", "body": "parks"}, 422, "correction_invalid"),
        ({"kind": "broken", "lon": 1.0}, 422, "correction_invalid"),
        ({"kind": "broken", "text": "x" * 501}, 422, "correction_invalid"),
        ({"kind": "broken", "text": "bell \u0007"}, 422, "correction_invalid"),
        ({"kind": "moved"}, 400, "point_invalid"),
        ({"kind": "moved", "lon": -73.0, "lat": 40.7}, 422, "correction_invalid"),
        ({"kind": "moved", "lon": -73.995, "lat": 40.71}, 422, "correction_invalid"),
        ("[" * 100_000, 400, "parse_error"),
        ([], 400, "invalid"),
    ],
)
def test_the_api_refuses_by_name(client: Client, toytown: Toytown, said: object, status: int, code: str) -> None:
    found, answer = post(client, toytown.assets["lamp-1"].pk, said)
    assert (found, answer["code"]) == (status, code)
    assert answer["detail"]


@pytest.mark.parametrize("pk", [0, 999_999, 10**30])
def test_a_thing_that_does_not_exist_is_404(client: Client, toytown: Toytown, pk: int) -> None:
    assert post(client, pk, {"kind": "broken"})[0] == 404
    assert client.get(f"/api/v1/assets/{pk}").status_code == 404


def test_the_api_says_whose_it_was_on_a_day_as_known_at_a_moment(client: Client, toytown: Toytown, clerk: User) -> None:
    lamp = toytown.assets["lamp-1"].pk
    found = proposed(toytown, "owner", body="parks")
    accept_and_decide_anew(found.pk, user=clerk, since=date(2026, 5, 1))

    def owner(query: str) -> str:
        return client.get(f"/api/v1/assets/{lamp}?{query}").json()["properties"]["owner"]["slug"]

    assert owner("at=2026-05-03") == owner("") == "parks"
    assert owner("at=2026-04-30") == "roads"
    assert owner("at=2026-05-03&known_at=2026-05-10T09:00:00Z") == "roads"
    assert client.get(f"/api/v1/assets/{lamp}?at=1999-01-01").status_code == 404
    assert client.get(f"/api/v1/assets/{lamp}?at=may").status_code == 400
    assert client.get(f"/api/v1/assets/{lamp}?known_at=2999-01-01T00:00:00Z").json()["code"] == "known_at_in_future"
