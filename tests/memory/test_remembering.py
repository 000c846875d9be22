"""What goes on learning answers as a replay of everything would."""

from dataclasses import replace

import numpy as np
import pytest

from issues.memory.foretelling import foretell
from issues.memory.history import History, kinds_of, parts_of_week
from issues.memory.remembering import Remembering
from issues.memory.voting import Asked, Vote

START = np.datetime64("2026-01-05T00:00", "us")
WARDS, TRACTS = 3, 5


def past(n: int, seed: int = 1, layers: bool = True) -> list[Vote]:
    """Two kinds: one goes by ward (which nobody drew into the places), one by the side of x = 2000 m, with noise."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(n):
        x_m, y_m = (random.random(2) * 4000).tolist()
        kind = (1, 11) if random.random() < 0.5 else (1 + int(random.random() < 0.3), 12)
        ward = 30 + int(random.integers(WARDS))
        body = ward if kind == (1, 11) else 1 + int(x_m > 2000)
        if random.random() < 0.1:
            body = int(random.integers(1, 9))
        areas = {3: ward} | ({7: int(70 + x_m // 800)} if random.random() < 0.8 else {})
        moment = START + np.timedelta64(number * 7_919 + int(random.integers(7_000)), "s")
        found.append(Vote(body, Asked(x_m, y_m, moment, kind, areas if layers else {}), 500 + number, number))
    return found


def as_replayed(votes: list[Vote]) -> History:
    """The same past as a file of a backtest gives it."""
    n, moments = len(votes), np.array([vote.asked.moment for vote in votes])
    kinds = kinds_of(list(np.array([vote.asked.kinds for vote in votes]).T), n)
    bodies = list(dict.fromkeys(vote.body_id for vote in votes))
    areas = [np.array([vote.asked.areas.get(layer, -1) for vote in votes]) for layer in (3, 7)]
    return History(
        np.array([[vote.asked.x_m, vote.asked.y_m] for vote in votes]),
        (moments - moments[0]) / np.timedelta64(1, "D"),
        np.arange(n),
        kinds,
        np.array([bodies.index(vote.body_id) for vote in votes]),
        len(bodies),
        (*(clue for clue in areas if (clue >= 0).any()), parts_of_week(moments)),
    )


@pytest.mark.parametrize("layers", [True, False])
def test_each_question_is_answered_as_by_a_replay_of_all_that_was_settled(layers: bool) -> None:
    """Across ends of blocks, too, where the weights are learned anew."""
    votes = past(420, layers=layers)
    replayed = foretell(as_replayed(votes))
    names = list(dict.fromkeys(vote.body_id for vote in votes))
    remembering = Remembering(votes[:150])
    for row in range(150, 420):
        found = remembering.ask(votes[row].asked)
        assert found is not None
        assert found.body_id == names[replayed.body[row]]
        promised = round(float(replayed.assured[row]), 4)
        assert found.confidence == pytest.approx(promised, abs=1e-4) or 2 * found.votes <= found.of or not promised
        remembering.learn(votes[row])
    # However the answers came in, all at once or one by one.
    assert Remembering(votes).ask(votes[0].asked) == remembering.ask(votes[0].asked)


def test_asking_changes_nothing() -> None:
    votes = past(120)
    remembering, untouched = Remembering(votes), Remembering(votes)
    for vote in past(40, seed=9):
        remembering.ask(replace(vote.asked, kinds=(8, 88)))
    assert remembering.ask(votes[3].asked) == untouched.ask(votes[3].asked)


def test_a_copy_goes_on_by_itself() -> None:
    votes = past(140)
    remembering = Remembering(votes[:120])
    before = remembering.ask(votes[130].asked)
    other = remembering.copied()
    for vote in votes[120:]:
        other.learn(vote)
    other.forget({vote.answer_id for vote in votes[:60]})
    assert len(remembering) == 120
    assert remembering.ask(votes[130].asked) == before


def test_what_is_forgotten_votes_no_more() -> None:
    votes = past(200)
    gone = [vote for vote in votes if vote.body_id == 1]
    remembering = Remembering(votes)
    remembering.forget({vote.answer_id for vote in gone})
    assert len(remembering) == len(remembering.votes) == 200 - len(gone)
    for vote in past(30, seed=5):
        found = remembering.ask(vote.asked)
        assert found is not None
        assert found.body_id != 1
    for vote in past(80, seed=6):
        remembering.learn(replace(vote, answer_id=vote.answer_id + 1000))  # a block ends on the way
    assert len(remembering) == 280 - len(gone)


def test_an_area_is_named_where_it_makes_the_difference_and_only_there() -> None:
    remembering = Remembering(past(400))
    by_ward = remembering.ask(Asked(1990.0, 700.0, START + np.timedelta64(60, "D"), (1, 11), {3: 31, 7: 72}))
    assert by_ward is not None
    assert by_ward.body_id == 31
    assert by_ward.area is not None
    assert by_ward.area.jurisdiction_id == 31
    assert 0.8 < by_ward.area.votes / by_ward.area.of < 1
    by_side = remembering.ask(Asked(1000.0, 700.0, START + np.timedelta64(60, "D"), (1, 12), {3: 31}))
    assert by_side is not None
    assert (by_side.body_id, by_side.area) == (1, None)
    without = Remembering(past(400, layers=False))
    nobody_knows = without.ask(Asked(1990.0, 700.0, START + np.timedelta64(60, "D"), (1, 11), {3: 31, 7: 72}))
    assert nobody_knows is not None
    assert nobody_knows.area is None
    assert nobody_knows.confidence < by_ward.confidence


def test_areas_of_several_layers_that_end_at_one_border_do_not_hide_each_other() -> None:
    """Each alone changes little, because the others say the same."""
    votes = past(400)
    alike = [
        replace(vote, asked=replace(vote.asked, areas={layer: vote.asked.areas[3] + layer for layer in range(10, 15)}))
        for vote in votes
    ]
    asked = replace(alike[-1].asked, kinds=(1, 11))
    found = Remembering(alike[:-1]).ask(asked)
    assert found is not None
    assert found.area is not None
    layer = found.area.jurisdiction_id - found.body_id
    assert layer in range(10, 15)
    assert 2 * found.area.votes > found.area.of
