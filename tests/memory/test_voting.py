"""One question to the past answers around it."""

import random

from hypothesis import given
from hypothesis import strategies as st

from issues.memory.voting import Level, Vote, propose

votes = st.lists(
    st.builds(
        Vote,
        st.integers(1, 4),
        st.floats(-500, 500),
        st.floats(-500, 500),
        st.floats(0.1, 3000),
        st.booleans(),
        st.booleans(),
    ),
    max_size=40,
)


@given(votes, st.integers(0, 100))
def test_order_never_matters_and_every_figure_is_possible(given_votes: list[Vote], seed: int) -> None:
    found = propose(0, 0, given_votes)
    shuffled = random.Random(seed).sample(given_votes, len(given_votes))
    assert propose(0, 0, shuffled) == found
    if not given_votes:
        assert found is None
        return
    assert found is not None
    assert 0 <= found.confidence <= 1
    assert 0 <= found.votes <= found.of <= 24
    assert found.record_right <= found.record_of
    assert abs(sum(item.score for item in found.ranked) - 1) < 1e-4
    assert found.body_id == found.ranked[0].body_id


def around(body: int, count: int, x_m: float, **other: object) -> list[Vote]:
    return [Vote(body, x_m + 3 * place, 0.0, 10.0 + place, **other) for place in range(count)]


def test_the_near_side_of_a_border_that_nobody_drew_wins() -> None:
    history = [*around(1, 30, -200), *around(2, 30, 100)]
    assert propose(-150, 0, history).body_id == 1
    assert propose(150, 0, history).body_id == 2


def test_few_answers_are_never_trusted() -> None:
    assert propose(0, 0, around(1, 1, 0)).confidence < 0.5
    assert propose(0, 0, around(1, 4, 0)).confidence < 0.8
    assert propose(0, 0, around(1, 150, 0)).confidence > 0.97


def test_contradicting_answers_lower_the_confidence() -> None:
    disputed = [vote for pair in zip(around(1, 60, 0), around(2, 60, 1), strict=True) for vote in pair]
    assert propose(0, 0, disputed).confidence < 0.6


def test_what_was_renamed_fades() -> None:
    before = [Vote(1, place, 0.0, 2000.0 + place) for place in range(40)]
    since = [Vote(2, place, 0.0, 5.0 + place) for place in range(20)]
    assert propose(10, 0, [*before, *since]).body_id == 2


def test_a_ruling_weighs_more_than_an_acceptance_and_kinds_come_first() -> None:
    tie = [*around(1, 3, 10), *around(2, 3, 10, is_ruling=True)]
    assert propose(0, 0, tie).body_id == 2
    mixed = [*around(1, 3, 100), *around(2, 20, 0, same_kind=False)]
    assert propose(0, 0, mixed).body_id == 1
    only_place = propose(0, 0, around(2, 20, 0, same_kind=False))
    assert only_place.level is Level.PLACE
    assert propose(0, 0, around(1, 5, 40_000)).level is Level.KIND
