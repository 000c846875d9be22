"""The map of a decision: its things stand where they stood when it was made."""

from datetime import date, timedelta

import pytest
from django.contrib.gis.geos import Point
from django.utils import timezone

from frontend.case_map import evidence_of, shapes_of
from issues.explanations import explain, explain_fully
from issues.selectors.responsibility import responsibility_at
from issues.services.submit import Submission, submit_service_request
from layers.services.change_asset import change_asset
from tests import toytown as place
from tests.toytown import Toytown

pytestmark = pytest.mark.django_db


def points(features: list[dict]) -> list[list[float]]:
    return [each["geometry"]["coordinates"] for each in features if each["geometry"]["type"] == "Point"]


def test_a_lamp_that_moved_is_drawn_where_it_stood_when_it_decided(toytown: Toytown):
    report = submit_service_request(Submission("street-lamp", *place.AT_LAMP)).service_request
    stood = points(evidence_of(report, explain_fully(report))["features"])
    assert [-73.995, 40.71] in stood
    change_asset(toytown.assets["lamp-1"], geom=Point(-73.9965, 40.713, srid=4326), source="Moved")
    assert points(evidence_of(report, explain_fully(report))["features"]) == stood


def test_a_question_about_a_past_day_draws_that_day(toytown: Toytown):
    today = timezone.localdate()
    yesterday = today - timedelta(days=1)
    change_asset(toytown.assets["lamp-1"], geom=Point(-73.9951, 40.71, srid=4326), source="Moved")
    for day, lon in ((yesterday, -73.995), (today, -73.9951)):
        explanation = explain(responsibility_at("street-lamp", *place.AT_LAMP, valid_on=day))
        assert [lon, 40.71] in points(shapes_of(explanation, day))


def test_a_lamp_of_which_nothing_was_known_that_day_is_drawn_where_it_stands(toytown: Toytown):
    explanation = explain(responsibility_at("street-lamp", *place.AT_LAMP))
    assert [-73.995, 40.71] in points(shapes_of(explanation, date(1999, 1, 1)))
