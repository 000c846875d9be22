"""The evidence statement against Toytown and against shapely."""

from datetime import UTC, date, datetime

import pytest
import shapely
from django.db import connection
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from issues.routing.outcomes import Outcome, Rule
from issues.selectors.evidence import Question, evidence_function, find_evidence, find_responsibility
from issues.services.install_evidence_function import install_evidence_function
from layers.models import Boundary
from tests import toytown as place
from tests.toytown import Toytown, build_toytown


def ask(town: Toytown, service: str, lonlat: tuple[float, float], **other: object) -> Question:
    return Question(town.services[service].pk, *lonlat, **other)


def body_at(town: Toytown, service: str, lonlat: tuple[float, float], **other: object) -> str | None:
    decision = find_responsibility(ask(town, service, lonlat, **other))
    return next((slug for slug, body in town.bodies.items() if body.pk == decision.body_id), None)


def test_a_point_inside_one_district_goes_to_its_office(toytown: Toytown) -> None:
    assert body_at(toytown, "litter", place.IN_WEST) == "sanitation-west"
    assert body_at(toytown, "litter", place.IN_EAST) == "sanitation-east"


def test_a_point_on_a_shared_edge_is_covered_by_both_and_contested(toytown: Toytown) -> None:
    [evidence] = find_evidence([ask(toytown, "noise", place.ON_SHARED_EDGE)])
    assert [found.covers for found in evidence.boundaries] == [True, True]
    assert find_responsibility(ask(toytown, "noise", place.ON_SHARED_EDGE)).outcome is Outcome.CONTESTED


def test_an_overlap_of_equal_rank_is_contested_and_a_higher_rank_decides(toytown: Toytown) -> None:
    assert find_responsibility(ask(toytown, "litter", place.IN_COMMONS_AND_WEST)).outcome is Outcome.CONTESTED
    assert body_at(toytown, "tree", place.IN_COMMONS_AND_WEST) == "parks"


def test_a_hole_belongs_to_what_surrounds_it_only_by_other_layers(toytown: Toytown) -> None:
    assert body_at(toytown, "litter", place.IN_HOLE_OF_COMMONS) == "sanitation-east"


def test_a_gap_lists_the_nearest_boundary_with_its_distance(toytown: Toytown) -> None:
    decision = find_responsibility(ask(toytown, "litter", place.IN_GAP))
    assert decision.outcome is Outcome.GAP
    assert decision.candidates[0].boundary_id == toytown.boundaries["east"].pk
    assert 165 < decision.candidates[0].distance_m < 173  # 0.002° of longitude at 40.7° N


def test_boundaries_of_layers_that_do_not_decide_the_service_are_no_evidence(toytown: Toytown) -> None:
    [evidence] = find_evidence([ask(toytown, "noise", place.IN_COMMONS_AND_WEST)])
    assert [found.boundary_id for found in evidence.boundaries] == [toytown.boundaries["west"].pk]


def test_a_lamp_in_reach_comes_before_its_district(toytown: Toytown) -> None:
    decision = find_responsibility(ask(toytown, "street-lamp", place.AT_LAMP))
    assert (decision.rule, decision.body_id) == (Rule.ASSET, toytown.bodies["roads"].pk)


def test_lamps_of_two_owners_five_metres_apart_leave_it_to_the_district(toytown: Toytown) -> None:
    assert body_at(toytown, "street-lamp", place.BETWEEN_LAMPS) == "sanitation-west"


def test_a_lamp_of_the_power_company_is_not_ours(toytown: Toytown) -> None:
    lamp = toytown.assets["lamp-5"].geom
    assert find_responsibility(ask(toytown, "street-lamp", (lamp.x, lamp.y))).outcome is Outcome.NOT_OURS


def test_a_chosen_lamp_beyond_its_snap_distance_counts_but_its_neighbours_do_not(toytown: Toytown) -> None:
    chosen = toytown.assets["lamp-2"]
    at = (place.AT_LAMP[0] - 0.00025, place.AT_LAMP[1])  # 21 m west of lamp-1, 38 m west of lamp-2
    [evidence] = find_evidence([ask(toytown, "street-lamp", at, asset_id=chosen.pk)])
    assert [(found.asset_id, found.chosen) for found in evidence.assets] == [(chosen.pk, True)]


def test_accuracy_gives_each_side_of_a_border_its_share(toytown: Toytown) -> None:
    [evidence] = find_evidence([ask(toytown, "noise", place.NEAR_EDGE_IN_WEST, accuracy_m=30)])
    shares = {found.boundary_id: found.share for found in evidence.boundaries}
    west, east = shares[toytown.boundaries["west"].pk], shares[toytown.boundaries["east"].pk]
    assert west > east > 0.1
    assert west + east == pytest.approx(1, abs=0.001)
    assert find_responsibility(ask(toytown, "noise", place.NEAR_EDGE_IN_WEST, accuracy_m=30)).outcome is (
        Outcome.UNCERTAIN
    )
    assert body_at(toytown, "noise", place.NEAR_EDGE_IN_WEST, accuracy_m=4) == "sanitation-west"


def test_the_day_asked_chooses_the_version_of_a_moved_boundary(toytown: Toytown) -> None:
    before = find_responsibility(ask(toytown, "pothole", place.IN_MOVED_WARD, valid_on=date(2023, 12, 31)))
    after = find_responsibility(ask(toytown, "pothole", place.IN_MOVED_WARD, valid_on=place.MOVED_ON))
    assert (before.outcome, after.outcome) == (Outcome.ASSIGNED, Outcome.GAP)


def test_what_was_recorded_later_was_not_known_earlier(toytown: Toytown) -> None:
    known_at = datetime(1999, 6, 1, tzinfo=UTC)
    assert find_responsibility(ask(toytown, "litter", place.IN_WEST, known_at=known_at)).outcome is Outcome.GAP


def test_many_questions_get_the_answers_they_would_get_alone_in_order(toytown: Toytown) -> None:
    questions = [
        ask(toytown, service, lonlat, accuracy_m=accuracy_m)
        for service in toytown.services
        for lonlat in (place.IN_WEST, place.ON_SHARED_EDGE, place.IN_GAP, place.AT_LAMP, place.IN_COMMONS_AND_WEST)
        for accuracy_m in (0.0, 25.0)
    ]
    together = find_evidence(questions)
    alone = [find_evidence([question])[0] for question in questions]
    assert [canonical(evidence) for evidence in together] == [canonical(evidence) for evidence in alone]


def canonical(evidence: object) -> object:
    return (
        sorted((found.asset_id, found.distance_m) for found in evidence.assets),
        sorted((found.boundary_id, found.covers, found.distance_m, found.share) for found in evidence.boundaries),
    )


def test_no_questions_ask_the_database_nothing(toytown: Toytown, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):
        assert find_evidence([]) == []


def test_one_statement_answers_any_number_of_questions(toytown: Toytown, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):
        find_evidence([ask(toytown, "litter", place.IN_WEST)] * 50)


class CoveringAgreesWithShapely(TestCase):
    """Property test; the world is built once, not per example."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.town = build_toytown()
        today = date(2026, 1, 1)
        cls.shapes = {
            boundary.pk: shapely.from_wkb(bytes(boundary.geom.wkb))
            for boundary in Boundary.objects.all()
            if boundary.valid_from <= today and (boundary.valid_to is None or today < boundary.valid_to)
        }

    # Thousandths of a degree hit edges and corners of Toytown exactly.
    grid_lon = st.integers(-74_002, -73_978).map(lambda value: value / 1000)
    grid_lat = st.integers(40_698, 40_722).map(lambda value: value / 1000)

    @hypothesis_settings(max_examples=150)
    @example(-73.995, 40.72, "noise")  # the middle of an edge of 840 m: straight in degrees, a curve in metres
    @given(
        st.one_of(grid_lon, st.floats(-74.002, -73.978)),
        st.one_of(grid_lat, st.floats(40.698, 40.722)),
        st.sampled_from(["litter", "tree", "noise", "pothole"]),
    )
    def test_covering_boundaries_are_those_that_shapely_covers(self, lon: float, lat: float, service: str) -> None:
        question = Question(self.town.services[service].pk, lon, lat, valid_on=date(2026, 1, 1))
        [evidence] = find_evidence([question])
        layers = {layer.pk for layer in self.town.services[service].layers.all()}
        deciding = {pk for pk in self.shapes if Boundary.objects.get(pk=pk).jurisdiction.layer_id in layers}
        point = shapely.Point(lon, lat)
        assert {found.boundary_id for found in evidence.boundaries if found.covers} == {
            pk for pk in deciding if shapely.covers(self.shapes[pk], point)
        }


def test_the_function_for_one_question_says_what_the_statement_says(toytown: Toytown) -> None:
    """One question goes through the function with the kept plan, two through the statement itself."""
    for service in toytown.services:
        for lonlat in (place.IN_WEST, place.ON_SHARED_EDGE, place.IN_GAP, place.AT_LAMP, place.BETWEEN_LAMPS):
            for accuracy_m in (0.0, 25.0):
                question = ask(toytown, service, lonlat, accuracy_m=accuracy_m)
                [alone], [one, other] = find_evidence([question]), find_evidence([question, question])
                assert canonical(alone) == canonical(one) == canonical(other)


def test_the_function_keeps_its_plan_and_sees_what_changes(toytown: Toytown) -> None:
    question = ask(toytown, "litter", place.IN_WEST)
    answers = [find_responsibility(question).outcome for _ in range(8)]  # past the five custom plans of PostgreSQL
    toytown.services["litter"].layers.clear()
    assert [*answers, find_responsibility(question).outcome] == [Outcome.ASSIGNED] * 8 + [Outcome.GAP]


def test_migrate_installs_the_function_of_the_statement_as_it_is(toytown: Toytown) -> None:
    name, _create = evidence_function()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP FUNCTION {name}")
        install_evidence_function("default")
    assert find_responsibility(ask(toytown, "litter", place.IN_WEST)).outcome is Outcome.ASSIGNED
