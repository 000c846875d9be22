"""The reporter names the side of a border: evidence that decides where the position alone could not."""

import pytest
from shapely.geometry import Point, shape

from issues import errors
from issues.explanations import explain, explain_publicly
from issues.models import ServiceRequest
from issues.routing.decision import Decision
from issues.routing.outcomes import Rule
from issues.routing.rules import RULES_VERSION
from issues.selectors.evidence import Question, find_responsibility
from issues.selectors.sides import SideQuestion, asks_for_side, side_question
from issues.services.answer_side import answer_side
from issues.services.correct import change_service, move_point
from issues.services.submit import Submission, submit_service_request
from tests import toytown as place
from tests.issues.arbitrating import case_of, decided_again, hire, report
from tests.toytown import Toytown

ACCURACY_M = 30.0
HERE = place.NEAR_EDGE_IN_WEST


@pytest.fixture
def waiting(toytown: Toytown) -> ServiceRequest:
    return report(at=HERE, accuracy_m=ACCURACY_M)


def decided(town: Toytown, service: str = "litter", at: tuple[float, float] = HERE, **other: object) -> Decision:
    return find_responsibility(Question(town.services[service].pk, *at, ACCURACY_M, **other))


def asked(decision: Decision, at: tuple[float, float] = HERE) -> SideQuestion | None:
    return side_question(decision.candidates, *at, ACCURACY_M)


def test_the_question_names_both_areas_with_their_direction_from_the_pin(toytown: Toytown) -> None:
    decision = decided(toytown)
    question = asked(decision)
    assert asks_for_side(decision.outcome, decision.rule)
    assert [(side.letter, side.boundary.jurisdiction.name, side.direction) for side in question.sides] == [
        ("A", "West", "west"),
        ("B", "East", "east"),
    ]
    assert sum(side.share for side in question.sides) == pytest.approx(1, abs=0.01)


def test_the_sides_are_drawn_near_the_pin_only_and_do_not_overlap(toytown: Toytown) -> None:
    at = (-73.9931, 40.7065)  # 8 m west of the commons, which lie in West as well
    decision = decided(toytown, "tree", at)
    question = asked(decision, at)
    larger, smaller = question.sides
    assert [side.boundary.jurisdiction.name for side in (larger, smaller)] == ["West", "Commons land"]
    shapes = [shape(side.geometry) for side in question.sides]
    assert shapes[0].intersection(shapes[1]).area < 1e-12
    view_deg = question.view_m / 84_000  # a degree of longitude here is 84 km
    assert all(each.within(Point(at).buffer(view_deg * 1.1)) for each in shapes)
    assert [side.direction for side in (larger, smaller)] == ["west", "east"]


def test_nothing_is_asked_where_only_one_area_is_near(toytown: Toytown) -> None:
    assert asked(decided(toytown, at=place.IN_WEST), place.IN_WEST) is None
    at_the_gap = (-73.9851, 40.702)
    assert asked(decided(toytown, at=at_the_gap), at_the_gap) is None


def test_a_report_sent_with_a_side_goes_to_its_body_and_says_why(toytown: Toytown) -> None:
    east = toytown.boundaries["east"]
    sent = report(at=HERE, accuracy_m=ACCURACY_M, side_boundary_id=east.pk)
    [row] = sent.responsibilities.all()
    assert (sent.body.slug, sent.side_boundary, row.boundary) == ("sanitation-east", east, east)
    assert (row.rule, row.rules_version) == (Rule.CHOSEN_SIDE.value, RULES_VERSION)
    explanation = explain(row, to_reporter=True)
    assert explanation.because == "You said you are on the East side (Districts), where Sanitation East is responsible."
    assert "The reporter is on another side" in explanation.candidates[1].rejected_because
    assert "You" not in explain_publicly(sent).because


@pytest.mark.parametrize("name", ["commons", "ward-after"])
def test_a_side_that_is_not_here_is_refused_and_nothing_is_stored(toytown: Toytown, name: str) -> None:
    for boundary in (toytown.boundaries[name].pk, 10**9):
        submission = Submission("litter", *HERE, accuracy_m=ACCURACY_M, side_boundary_id=boundary)
        with pytest.raises(errors.SideUnknown):
            submit_service_request(submission)
    assert not ServiceRequest.objects.exists()


def test_a_key_used_without_the_side_is_another_report_with_it(toytown: Toytown) -> None:
    report(at=HERE, accuracy_m=ACCURACY_M, idempotency_key="k1")
    other = Submission(
        "litter",
        *HERE,
        accuracy_m=ACCURACY_M,
        description="Bags 0",
        idempotency_key="k1",
        side_boundary_id=toytown.boundaries["east"].pk,
    )
    with pytest.raises(errors.IdempotencyKeyReused):
        submit_service_request(other)


def test_a_later_answer_decides_and_the_case_settles_by_itself(toytown: Toytown, waiting: ServiceRequest) -> None:
    case = case_of(waiting)
    answered = answer_side(waiting.pk, toytown.boundaries["east"].pk)
    case.refresh_from_db()
    assert (answered.outcome, answered.body.slug, case.state) == ("assigned", "sanitation-east", "closed")
    events = [(event.kind, event.actor) for event in answered.events.all()]
    assert events[-2:] == [("side_answered", "reporter"), ("assigned", "system")]
    again = answer_side(waiting.pk, toytown.boundaries["east"].pk)
    assert again.events.count() == len(events)


def test_a_later_answer_is_refused_where_it_is_not_asked(toytown: Toytown, waiting: ServiceRequest) -> None:
    with pytest.raises(errors.SideUnknown):
        answer_side(waiting.pk, toytown.boundaries["commons"].pk)
    certain = report(at=place.IN_WEST)
    with pytest.raises(errors.SideNotAsked):
        answer_side(certain.pk, toytown.boundaries["west"].pk)
    with pytest.raises(errors.RequestUnknown):
        answer_side(10**9, toytown.boundaries["west"].pk)


def test_the_answer_survives_a_new_decision(toytown: Toytown) -> None:
    sent = report(at=HERE, accuracy_m=ACCURACY_M, side_boundary_id=toytown.boundaries["east"].pk)
    in_force = decided_again(sent)
    assert (in_force.rule, sent.responsibilities.count()) == (Rule.CHOSEN_SIDE.value, 1)


def test_moving_the_pin_or_changing_the_kind_drops_the_answer(toytown: Toytown) -> None:
    people = hire(toytown)
    for correct in (
        lambda pk: move_point(pk, HERE[0] - 0.00001, HERE[1], accuracy_m=ACCURACY_M, user=people.arbitrator),
        lambda pk: change_service(pk, "tree", user=people.arbitrator),
    ):
        sent = report(at=HERE, accuracy_m=ACCURACY_M, side_boundary_id=toytown.boundaries["east"].pk)
        corrected = correct(sent.pk)
        assert (corrected.side_boundary, corrected.outcome) == (None, "uncertain")
