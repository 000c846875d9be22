"""One question to the past answers around it."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from issues.memory.foretelling import foretell
from issues.memory.history import kinds_of, known_before, parts_of_week
from issues.memory.remembering import Remembering
from issues.memory.voting import Asked, Level, MemoryEvidence, Vote
from tests.memory.cities import as_history

NOW = np.datetime64("2026-05-04T10:00", "us")
LAMP, DOG = (1, 11), (1, 12)


def vote(body: int, x_m: float, y_m: float, days_ago: float, kinds: tuple[int, ...]) -> Vote:
    moment = NOW - np.timedelta64(round(days_ago * 86_400e6), "us")
    return Vote(body, Asked(x_m, y_m, moment, kinds))


votes = st.lists(
    st.builds(
        vote,
        st.integers(1, 4),
        st.floats(-500, 500),
        st.floats(-500, 500),
        st.floats(0, 3000),
        st.sampled_from([LAMP, DOG, (2, 21)]),
    ),
    min_size=1,
    max_size=40,
)


def ask(x_m: float, given_votes: list[Vote]) -> MemoryEvidence:
    """A lamp asked about now, each vote known since the moment of its own question."""
    known = sorted(given_votes, key=lambda vote: vote.asked.moment)
    return Remembering(known).ask(Asked(x_m, 0.0, NOW, LAMP))


@settings(max_examples=40, deadline=None)
@given(votes)
def test_every_figure_is_possible(given_votes: list[Vote]) -> None:
    found = ask(0, given_votes)
    assert 0 <= found.confidence <= 1
    assert 0 <= found.votes <= found.of <= 24
    assert found.record_right <= found.record_of <= len(given_votes)
    assert found.body_id in {vote.body_id for vote in given_votes}


def around(body: int, count: int, x_m: float, kinds: tuple[int, ...] = LAMP) -> list[Vote]:
    return [vote(body, x_m + 3 * place, 0.0, 10.0 + place, kinds) for place in range(count)]


def test_a_question_is_answered_as_the_newest_report_of_a_replay() -> None:
    generator = np.random.default_rng(6)
    n = 260
    points, days = generator.random((n, 2)) * 2000, np.sort(generator.random(n)) * 300
    kinds = [LAMP if generator.random() < 0.6 else DOG for _ in range(n)]
    bodies = [1 if kind == LAMP and x < 1000 else 2 for kind, (x, _) in zip(kinds, points, strict=True)]
    past = [vote(bodies[row], *points[row], days[-1] - days[row], kinds[row]) for row in range(n - 1)]
    found = Remembering(past).ask(Asked(*points[-1], NOW, kinds[-1]))
    history = as_history(points, days, list(kinds_of(list(np.array(kinds).T), n))[1:], np.r_[bodies[:-1], 9])
    moments = NOW - ((days[-1] - days) * 86_400e6).astype("timedelta64[us]")
    replayed = foretell(replace(history, clues=(parts_of_week(moments),)))
    names = list(dict.fromkeys(bodies[:-1]))
    assert found.body_id == names[replayed.body[-1]] == bodies[-1]
    assert found.confidence == round(float(replayed.assured[-1]), 4) > 0.8
    assert (history.known == known_before(days)).all()


def test_the_near_side_of_a_border_that_nobody_drew_wins() -> None:
    history = [*around(1, 30, -200), *around(2, 30, 100)]
    assert ask(-150, history).body_id == 1
    assert ask(150, history).body_id == 2


def test_few_answers_are_never_trusted() -> None:
    assert ask(0, around(1, 1, 0)).confidence <= 0.5
    assert ask(0, around(1, 4, 0)).confidence < 0.8
    assert ask(0, around(1, 150, 0)).confidence > 0.97


def test_contradicting_answers_lower_the_confidence() -> None:
    either = np.random.default_rng(4).integers(1, 3, 120).tolist()
    disputed = [vote(body, 3.0 * place, 0.0, 10.0 + place, LAMP) for place, body in enumerate(either)]
    assert ask(0, disputed).confidence < 0.6


def test_what_was_renamed_fades() -> None:
    before = [vote(1, place, 0.0, 2000.0 + place, LAMP) for place in range(40)]
    since = [vote(2, place, 0.0, 5.0 + place, LAMP) for place in range(20)]
    assert ask(10, [*before, *since]).body_id == 2


def test_the_kind_comes_first_and_the_level_says_on_what_the_answer_rests() -> None:
    assert ask(0, [*around(1, 12, 100), *around(2, 30, 0, DOG)]).body_id == 1
    assert ask(0, around(2, 20, 0, DOG)).level is Level.PLACE
    assert ask(0, around(1, 5, 40_000)).level is Level.KIND
    assert ask(0, around(1, 5, 0)).level is Level.PLACE_AND_KIND


def test_a_small_district_is_told_by_its_own_answers_not_by_the_many_around_it() -> None:
    ring = [vote(2, *(400 * np.array([np.cos(turn), np.sin(turn)])), 400 - 4.0 * turn, LAMP) for turn in range(80)]
    here = [vote(1, 3.0 * place, 0.0, 90.0 - 10 * place, LAMP) for place in range(8)]
    found = ask(0, [*ring, *here])
    assert found.body_id == 1
    assert found.votes * 2 > found.of
    assert found.radius_m < 100
