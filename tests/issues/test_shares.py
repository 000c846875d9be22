"""Decisions from shares, in arrays, against `decide` on the same evidence one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.city import RoutingThresholds
from geo.discs import Touched
from issues.bulk.answers import Answer, Answers, answer_of
from issues.bulk.shares import MARGIN_SHARE, Shares, chances_by_body, decide_by_shares, shares_of
from issues.routing.evidence import BoundaryEvidence, Evidence
from issues.routing.outcomes import Outcome, Rule
from issues.routing.rules import decide

THRESHOLDS = RoutingThresholds()

boundaries = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.booleans()), min_size=1, max_size=6)
"""Body, rank, and whether the boundary is one that may cover places."""


@st.composite
def touched(draw: st.DrawFn, count: int) -> list[tuple[int, bool, float]]:
    """Boundaries of one question: number, whether it covers, its share."""
    chosen = draw(st.lists(st.integers(0, count - 1), unique=True, min_size=1))
    return [(each, draw(st.booleans()), draw(st.floats(0.001, 1))) for each in sorted(chosen)]


@given(data=st.data(), each=boundaries)
def test_an_array_of_phones_is_decided_as_each_of_them_alone(data: st.DataObject, each: list[tuple]) -> None:
    asked = data.draw(st.lists(touched(len(each)), min_size=1, max_size=8))
    bodies, ranks = np.array([body for body, *_rest in each]), np.array([rank for _body, rank, _ours in each])
    evidence = [
        tuple(
            # A body is the city's or not, in all its boundaries.
            BoundaryEvidence(
                number, int(bodies[number]), bool(bodies[number] < 4), int(ranks[number]), covers, 0.0, share
            )
            for number, covers, share in one
        )
        for one in asked
    ]
    answers = Answers()
    alone = [decide(Evidence(10.0, (), found), THRESHOLDS) for found in evidence]
    exact = np.array([answers.number(answer_of(decide(Evidence(0.0, (), found), THRESHOLDS))) for found in evidence])
    rows = [(question, *row) for question, one in enumerate(asked) for row in one]
    shares = Shares(*(np.array(column) for column in zip(*rows, strict=True)))
    found = decide_by_shares(shares, bodies, ranks, exact, answers, THRESHOLDS.uncertain_below_share)
    assert found.questions.tolist() == list(range(len(asked)))
    for number, unsure, decision in zip(found.numbers.tolist(), found.unsure.tolist(), alone, strict=True):
        if not unsure:
            bulk, single = answers[number], answer_of(decision)
            assert (bulk.outcome, bulk.rule, bulk.body_id) == (single.outcome, single.rule, single.body_id)
            assert bulk.confidence == pytest.approx(single.confidence, abs=1e-6)


def test_higher_ranks_take_their_share_first() -> None:
    shares = Shares(
        np.array([0, 0, 0, 1]), np.array([0, 1, 2, 2]), np.ones(4, dtype=bool), np.array([0.3, 0.5, 0.9, 0.4])
    )
    chances = chances_by_body(shares, bodies=np.array([7, 8, 9]), ranks=np.array([30, 20, 10]))
    assert chances.questions.tolist() == [0, 0, 0, 1]
    assert chances.bodies.tolist() == [7, 8, 9, 9]
    assert chances.chance.tolist() == pytest.approx([0.3, 0.5, 0.2, 0.4])


def test_a_chance_at_the_threshold_is_left_to_the_database() -> None:
    answers = Answers()
    inside = BoundaryEvidence(0, 7, True, 10, True, 0.0, 1.0)
    exact = np.array([answers.number(answer_of(decide(Evidence(0.0, (), (inside,)), THRESHOLDS)))] * 3)
    threshold = THRESHOLDS.uncertain_below_share
    share = np.array([threshold - 2 * MARGIN_SHARE, threshold, threshold + 2 * MARGIN_SHARE])
    shares = Shares(np.arange(3), np.zeros(3, dtype=np.int64), np.ones(3, dtype=bool), share)
    found = decide_by_shares(shares, np.array([7]), np.array([10]), exact, answers, threshold)
    assert found.unsure.tolist() == [False, True, False]
    assert [answers[number].body_id for number in found.numbers.tolist()][::2] == [None, 7]


def test_a_centre_all_but_on_an_edge_counts_on_the_side_where_its_share_makes_sense() -> None:
    # Covered in degrees, outside in metres: 1 + 0.5; and the other way round.
    touched = Touched(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0.5, -0.5, -1.0]))
    found = shares_of(np.array([4, 9]), touched, (np.array([0, 1]), np.array([0, 1])), boundaries=2)
    assert found.questions.tolist() == [4, 4, 9] and found.boundaries.tolist() == [0, 1, 1]
    assert found.covers.tolist() == [True, False, True]
    assert found.share.tolist() == [0.5, 0.5, 0.0]


@pytest.mark.parametrize("before", [0, 4095, 100_000])
def test_an_answer_is_found_again_however_many_were_given_before(before: int) -> None:
    answers = Answers()
    for body in range(before):
        answers.number(Answer(Outcome.ASSIGNED, Rule.BOUNDARY, 1000 + body, 1.0))
    inside = BoundaryEvidence(0, 7, True, 10, True, 0.0, 1.0)
    exact = np.array([answers.number(answer_of(decide(Evidence(0.0, (), (inside,)), THRESHOLDS)))], dtype=np.int32)
    shares = Shares(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64), np.ones(1, dtype=bool), np.ones(1))
    found = decide_by_shares(shares, np.array([7]), np.array([10]), exact, answers, THRESHOLDS.uncertain_below_share)
    assert answers[int(found.numbers[0])].body_id == 7
