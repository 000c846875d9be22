"""Bulk decisions against the statement and `decide`: the same on every point, borders and lamps included."""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.contrib.gis.geos import LineString
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from issues.bulk.answers import Answer, answer_of
from issues.bulk.world import Questions
from issues.models import Ruling
from issues.routing.outcomes import Outcome, Rule
from issues.selectors import routing_check
from issues.selectors.evidence import Question
from issues.selectors.routing_index import RoutingIndex, decisions_of
from issues.services.arbitration.hand_back import hand_back
from layers.models import Asset, AssetClass, Boundary
from tests import toytown as place
from tests.issues.arbitrating import case_of, hire, report, ruled
from tests.toytown import Toytown, box, build_toytown

TODAY = date(2026, 1, 1)


def as_arrays(asked: Sequence[Question]) -> Questions:
    return Questions(
        services=np.array([each.service_id for each in asked], dtype=np.int64),
        lon=np.array([each.lon for each in asked]),
        lat=np.array([each.lat for each in asked]),
        accuracy_m=np.array([each.accuracy_m for each in asked]),
        assets=np.array([each.asset_id or 0 for each in asked], dtype=np.int64),
        days=np.array([each.valid_on or timezone.localdate() for each in asked], dtype="datetime64[D]"),
        reports=np.array([each.service_request_id or 0 for each in asked], dtype=np.int64),
        sides=np.array([each.side_boundary_id or 0 for each in asked], dtype=np.int64),
    )


def in_bulk(asked: Sequence[Question], index: RoutingIndex | None = None, **options: object) -> list[Answer]:
    index = index or RoutingIndex()
    return [index.answers[number] for number in index.decide(as_arrays(asked), **options)]


def one_by_one(asked: Sequence[Question]) -> list[Answer]:
    return [answer_of(decision) for decision in decisions_of(asked)]


def rounded(answers: Sequence[Answer]) -> list[tuple[object, ...]]:
    return [(each.outcome, each.rule, each.body_id, pytest.approx(each.confidence, abs=1e-6)) for each in answers]


def assert_same(asked: Sequence[Question], **options: object) -> None:
    bulk, single = in_bulk(asked, **options), one_by_one(asked)
    differing = [
        (question, one, other)
        for question, one, other in zip(asked, bulk, single, strict=True)
        if rounded([one]) != rounded([other])
    ]
    assert differing == []


PLACES = [
    place.IN_WEST, place.IN_EAST, place.ON_SHARED_EDGE, place.IN_GAP, place.IN_COMMONS_AND_WEST,
    place.IN_HOLE_OF_COMMONS, place.NEAR_EDGE_IN_WEST, place.OUTSIDE, place.AT_LAMP, place.BETWEEN_LAMPS,
    place.IN_MOVED_WARD,
]  # fmt: skip


@pytest.mark.parametrize("accuracy_m", [0.0, 4.0, 30.0, 2500.0])
def test_toytowns_awkward_places_get_the_same_answers(toytown: Toytown, accuracy_m: float) -> None:
    services = [service.pk for service in toytown.services.values()]
    asked = [
        Question(service, *lonlat, accuracy_m, valid_on=day)
        for service in services
        for lonlat in PLACES
        for day in (date(2023, 6, 1), TODAY)
    ]
    assert_same(asked)
    assert len({answer.outcome for answer in in_bulk(asked)}) >= 3


def test_a_chosen_lamp_counts_even_where_another_one_is_nearer(toytown: Toytown) -> None:
    service = toytown.services["street-lamp"].pk
    lamps = [toytown.assets[name].pk for name in ("lamp-1", "lamp-2", "lamp-5")]
    asked = [Question(service, *lonlat, asset_id=lamp) for lonlat in PLACES for lamp in (*lamps, 10**9)]
    assert_same(asked)


def test_streets_and_lamps_in_one_class_are_measured_alike(toytown: Toytown) -> None:
    lamps = AssetClass.objects.get(slug="lamp")
    for number, owner in enumerate(("roads", "power-company", "parks")):
        street = LineString((-73.999, 40.703 + number / 20_000), (-73.986, 40.7031 + number / 10_000), srid=4326)
        Asset.objects.create(asset_class=lamps, external_id=owner, owner=toytown.bodies[owner], geom=street)
    service = toytown.services["street-lamp"].pk
    rng = np.random.default_rng(11)
    asked = [
        Question(service, lon, lat, accuracy)
        for lon, lat, accuracy in rng.uniform((-74.0, 40.7025, 0), (-73.985, 40.704, 20), (400, 3)).tolist()
    ]
    assert_same(asked)


@pytest.mark.parametrize("accuracy_m", [0.0, 4.0, 30.0])
def test_the_side_that_a_reporter_named_counts_in_bulk_too(toytown: Toytown, accuracy_m: float) -> None:
    asked = [
        Question(service.pk, *lonlat, accuracy_m, side_boundary_id=side)
        for service in toytown.services.values()
        for lonlat in (*PLACES, (-73.9931, 40.7065))
        for side in (None, *(boundary.pk for boundary in toytown.boundaries.values()), 10**9)
    ]
    assert_same(asked)
    assert (Rule.CHOSEN_SIDE in {answer.rule for answer in in_bulk(asked)}) == (accuracy_m > 0)


def test_the_audit_of_the_bulk_index_finds_what_differs_and_only_that(
    toytown: Toytown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing_check, "CHUNK", 200)
    index = RoutingIndex()
    asked = routing_check.awkward_questions(index, 1000, seed=5)
    assert len(asked) == 1000 and 20 < np.count_nonzero(asked.sides) < 80
    assert list(routing_check.disagreements(index, asked)) == []
    out = io.StringIO()
    call_command("check_bulk_routing", points=300, threads=1, stdout=out, stderr=io.StringIO())
    assert "300 questions, 0 answers differ" in out.getvalue()
    # An index of how the city was is caught.
    Boundary.objects.filter(pk=toytown.boundaries["west"].pk).update(superseded_at=datetime.now(UTC))
    found = list(routing_check.disagreements(index, asked))
    assert 50 < len(found) < 900
    assert toytown.bodies["sanitation-west"].pk in {each.bulk.body_id for each in found}


def test_nothing_asked_is_nothing_answered_and_the_bare_city_is_one_gap(toytown: Toytown) -> None:
    assert in_bulk([]) == []
    [answer] = in_bulk([Question(toytown.services["litter"].pk, *place.IN_WEST, valid_on=date(1990, 1, 1))])
    assert answer.outcome is Outcome.GAP


def test_what_was_recorded_later_is_not_in_an_index_of_earlier(toytown: Toytown) -> None:
    asked = Question(toytown.services["litter"].pk, *place.IN_WEST, known_at=datetime(1999, 6, 1, tzinfo=UTC))
    assert rounded(in_bulk([asked], RoutingIndex(asked.known_at))) == rounded(one_by_one([asked]))


class BulkAgreesWithTheStatement(TestCase):
    """Property test; the world is built once, not per example."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.town = build_toytown()

    # Thousandths of a degree hit edges and corners of Toytown exactly.
    lon = st.one_of(st.integers(-74_002, -73_978).map(lambda value: value / 1000), st.floats(-74.002, -73.978))
    lat = st.one_of(st.integers(40_698, 40_722).map(lambda value: value / 1000), st.floats(40.698, 40.722))
    questions = st.tuples(
        st.sampled_from(["litter", "tree", "noise", "pothole", "street-lamp"]),
        lon,
        lat,
        st.one_of(st.just(0.0), st.floats(0.5, 80.0)),
        st.sampled_from([None, "lamp-1", "lamp-2", "lamp-3", "lamp-5"]),
        st.integers(-900, 400),
        st.sampled_from([None, None, "west", "east", "commons", "commons-land"]),
    )

    @hypothesis_settings(max_examples=60)
    @given(st.lists(questions, min_size=1, max_size=40))
    def test_any_questions_get_the_same_answers(self, drawn: list[tuple]) -> None:
        asked = [
            Question(
                self.town.services[service].pk, lon, lat, accuracy, lamp and self.town.assets[lamp].pk,
                TODAY + timedelta(days=days), side_boundary_id=side and self.town.boundaries[side].pk,
            )
            for service, lon, lat, accuracy, lamp, days, side in drawn
        ]  # fmt: skip
        assert_same(asked)


@pytest.mark.parametrize("scope", ["service_in_zone", "all_services_in_zone"])
def test_a_ruling_holds_in_its_zone_for_its_services_and_days_in_bulk_too(toytown: Toytown, scope: str) -> None:
    people = hire(toytown)
    ruled(people, case_of(report()), scope=scope)
    today = timezone.localdate()
    asked = [
        Question(service.pk, *lonlat, accuracy_m, valid_on=day)
        for service in toytown.services.values()
        for lonlat in PLACES
        for accuracy_m in (0.0, 30.0)
        for day in (today - timedelta(days=40), today, today + timedelta(days=40))
    ]
    assert_same(asked)
    assert Rule.RULING in {answer.rule for answer in in_bulk(asked)}


def test_a_ruling_on_a_class_of_assets_holds_where_one_is_in_reach(toytown: Toytown) -> None:
    people = hire(toytown)
    case = case_of(report())
    lamps = AssetClass.objects.get()
    Ruling.objects.create(
        case=case, body=toytown.bodies["parks"], scope="asset_class_in_zone", asset_class=lamps,
        zone=box(-74.0, 40.7, -73.98, 40.72), public_reason="Lamps of the green", valid_from=date(2020, 1, 1),
        user=people.arbitrator,
    )  # fmt: skip
    lamp = toytown.assets["lamp-2"].pk
    service = toytown.services["street-lamp"].pk
    asked = [
        Question(service, *lonlat, accuracy_m, asset) for lonlat in PLACES for accuracy_m in (0, 30)
        for asset in (None, lamp)
    ]  # fmt: skip
    assert_same(asked)
    assert Rule.RULING in {answer.rule for answer in in_bulk(asked)}


def test_what_was_said_about_a_report_counts_for_it_alone(toytown: Toytown) -> None:
    people = hire(toytown)
    settled, other, handed_back = report(), report(), report("noise", place.IN_WEST)
    ruled(people, case_of(settled), scope="this_report", service_request=settled.pk)
    hand_back(handed_back.pk, "not_our_area", user=people.west)
    reports = (settled, other, handed_back)
    asked = [
        Question(each.service_id, each.point.x, each.point.y, service_request_id=asking)
        for each in reports
        for asking in (None, *(one.pk for one in reports))
    ]
    assert_same(asked)
    assert len({answer.outcome for answer in in_bulk(asked)}) == 2


def test_an_asset_that_changed_its_owner_or_went_is_what_it_was_on_each_day(toytown: Toytown) -> None:
    today = timezone.localdate()
    Asset.objects.filter(external_id="lamp-1").update(owner=toytown.bodies["parks"], valid_from=date(2026, 3, 1))
    Asset.objects.filter(external_id="lamp-5").update(gone_on=date(2026, 5, 1))
    service, lamp = toytown.services["street-lamp"].pk, toytown.assets["lamp-5"].pk
    asked = [
        Question(service, *lonlat, asset_id=asset, valid_on=day)
        for lonlat in (*PLACES, (-73.987, 40.715))
        for asset in (None, lamp)
        for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 4, 30), date(2026, 5, 1), today)
    ]
    assert_same(asked)
    owners = {answer.body_id for answer in in_bulk(asked) if answer.rule is Rule.ASSET}
    assert {toytown.bodies[slug].pk for slug in ("roads", "parks", "power-company")} <= owners
