"""The map of a decision: what was weighed, where it stood when it was made, and why it lost."""

from datetime import date, timedelta

import pytest
from django.contrib.gis.geos import Point
from django.test import Client
from django.utils import timezone

from frontend.case_map import evidence_of, shapes_of
from issues.explanations import explain, explain_fully, explain_publicly
from issues.selectors.responsibility import responsibility_at
from issues.services.submit import Submission, submit_service_request
from issues.tracking import tracking_key
from layers.services.change_asset import change_asset
from tests import toytown as place
from tests.issues.arbitrating import case_of, hire, report, ruled
from tests.toytown import Toytown

pytestmark = pytest.mark.django_db


def points(features: list[dict]) -> list[list[float]]:
    return [each["geometry"]["coordinates"] for each in features if each["geometry"]["type"] == "Point"]


def test_a_lamp_that_moved_is_drawn_where_it_stood_when_it_decided(toytown: Toytown):
    sent = submit_service_request(Submission("street-lamp", *place.AT_LAMP)).service_request
    stood = points(evidence_of(sent, explain_fully(sent))["features"])
    assert [-73.995, 40.71] in stood
    change_asset(toytown.assets["lamp-1"], geom=Point(-73.9965, 40.713, srid=4326), source="Moved")
    assert points(evidence_of(sent, explain_fully(sent))["features"]) == stood


def test_a_question_about_a_past_day_draws_that_day(toytown: Toytown):
    today = timezone.localdate()
    yesterday = today - timedelta(days=1)
    change_asset(toytown.assets["lamp-1"], geom=Point(-73.9951, 40.71, srid=4326), source="Moved")
    for day, lon in ((yesterday, -73.995), (today, -73.9951)):
        explanation = explain(responsibility_at("street-lamp", *place.AT_LAMP, valid_on=day))
        assert [lon, 40.71] in points(shapes_of(explanation, place.AT_LAMP, day))


def test_a_lamp_of_which_nothing_was_known_that_day_is_drawn_where_it_stands(toytown: Toytown):
    explanation = explain(responsibility_at("street-lamp", *place.AT_LAMP))
    assert [-73.995, 40.71] in points(shapes_of(explanation, place.AT_LAMP, date(1999, 1, 1)))


def of(role: str, features: list[dict]) -> list[dict]:
    return [each for each in features if each["properties"]["role"] == role]


def test_each_loser_is_drawn_with_what_speaks_for_it_and_why_it_lost(toytown: Toytown):
    sent = submit_service_request(Submission("litter", *place.IN_COMMONS_AND_WEST)).service_request
    drawn = of("boundary", evidence_of(sent, explain_fully(sent))["features"])
    assert len(drawn) == 2 and all(each["properties"]["lost"] for each in drawn)
    for each in drawn:
        assert "The place lies in" in each["properties"]["label"]
        assert "Another body has the same right to this place." in each["properties"]["label"]


def test_a_line_with_its_metres_leads_from_the_place_to_each_thing(toytown: Toytown):
    at = (place.AT_LAMP[0] + 0.0001, place.AT_LAMP[1])
    explanation = explain(responsibility_at("street-lamp", *at))
    lines = of("distance", shapes_of(explanation, at))
    lamps = of("asset", shapes_of(explanation, at))
    assert len(lines) == len(lamps) >= 1
    assert lines[0]["geometry"] == {"type": "LineString", "coordinates": [[-73.9949, 40.71], [-73.995, 40.71]]}
    assert lines[0]["properties"]["label"] == "8 m" and "8 m away" in lamps[0]["properties"]["label"]


def test_the_zone_of_a_ruling_is_drawn_with_its_public_reason_and_never_its_note(toytown: Toytown, client: Client):
    people = hire(toytown)
    first = report()
    ruled(people, case_of(first))
    first.refresh_from_db()
    [zone] = of("ruling", evidence_of(first, explain_fully(first))["features"])
    assert zone["geometry"]["type"] == "MultiPolygon" and not zone["properties"]["lost"]
    assert "The lawn is mown by them." in zone["properties"]["label"]
    page = client.get(f"/reports/{first.pk}/")
    drawn = page.context["weighed"]
    assert {each["properties"]["role"] for each in drawn} == {"ruling", "boundary"}
    assert "Budget line" not in page.content.decode()


def test_a_public_page_draws_only_what_lies_around_its_pin(toytown: Toytown):
    sent = submit_service_request(Submission("litter", *place.IN_COMMONS_AND_WEST)).service_request
    lon, lat = place.IN_COMMONS_AND_WEST
    features = shapes_of(explain_fully(sent), (lon, lat), box=(lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001))
    assert len(features) == 2
    corners = [corner for each in features for [ring, *_] in each["geometry"]["coordinates"] for corner in ring]
    assert all(abs(x - lon) <= 0.00101 and abs(y - lat) <= 0.00101 for x, y in corners)
    away = shapes_of(explain_fully(sent), (lon, lat), box=(0.0, 0.0, 1.0, 1.0))
    assert away == []


def test_where_places_are_private_only_the_reporter_sees_the_drawing(toytown: Toytown, client: Client):
    sent = submit_service_request(Submission("noise", *place.NEAR_EDGE_IN_WEST, accuracy_m=3.0)).service_request
    assert shapes_of(explain_publicly(sent), sent.public_point.coords) == []
    own = client.get(f"/reports/{sent.pk}/mine/{tracking_key(sent.pk)}/")
    assert own.context["weighed"] != []


def test_the_zone_of_a_ruling_about_a_private_kind_is_drawn_for_staff_only(toytown: Toytown, client: Client):
    first = submit_service_request(Submission("noise", *place.ON_SHARED_EDGE)).service_request
    ruled(hire(toytown), case_of(first), body="sanitation-west")
    later = submit_service_request(Submission("noise", *place.ON_SHARED_EDGE, description="Again")).service_request
    assert "ruling" in {each["properties"]["role"] for each in evidence_of(later, explain_fully(later))["features"]}
    own = client.get(f"/reports/{later.pk}/mine/{tracking_key(later.pk)}/")
    assert {each["properties"]["role"] for each in own.context["weighed"]} == {"boundary"}
