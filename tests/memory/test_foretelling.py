"""Memory learns from what came before, and only from that; its confidence is honest."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from issues.backtest.baseline import majority_so_far
from issues.memory.calibration import Assured, Lately, wilson_low
from issues.memory.fading import FadingSums
from issues.memory.foretelling import foretell
from issues.memory.history import known_before, parts_of_week
from issues.memory.neighbours import nearest_earlier
from issues.memory.tallies import Tally
from tests.memory.cities import InventedCity, as_history, invent


@hypothesis_settings(max_examples=40)
@given(st.integers(1, 60), st.integers(1, 4), st.integers(0, 10_000))
def test_faded_sums_are_those_of_the_earnings_known_before(n: int, keys: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    sums, start, fade = FadingSums(np.array([1.0, -2.0]), 3.0), np.array([1.0, -2.0]), 0.5 ** (1 / 3)
    before: dict[int, list[np.ndarray]] = {}
    for _block in range(3):
        asked, earned = random.integers(0, keys, n), random.normal(size=(n, 2))
        known = known_before(np.sort(random.integers(0, max(1, n // 2), n)))
        found = sums.before(asked, known, earned)
        for row in range(n):
            value = start
            here = [earned[place] for place in range(known[row]) if asked[place] == asked[row]]
            for earning in [*before.get(int(asked[row]), []), *here]:
                value = value * fade + earning
            assert np.allclose(found[row], value)
        for key, earning in zip(asked.tolist(), earned, strict=True):
            before.setdefault(key, []).append(earning)


@hypothesis_settings(max_examples=25)
@given(st.integers(1, 400), st.integers(1, 9), st.integers(0, 10_000))
def test_the_nearest_earlier_answers_are_those_that_a_full_comparison_finds(n: int, k: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    points = random.integers(0, 12, (n, 2)).astype(float)  # many ties and repeats
    known = known_before(np.sort(random.integers(0, max(1, n // 2), n)))
    found = nearest_earlier(points, known, k, limit=6.0)
    for row in range(n):
        apart = np.sort(np.hypot(*(points[: known[row]] - points[row]).T))
        expected = apart[apart < 6.0][:k]
        shown = found.index[row][found.index[row] >= 0]
        assert np.allclose(found.distance[row][: len(shown)], expected)
        assert len(set(shown.tolist())) == len(shown)
        assert (shown < known[row]).all()
        assert np.allclose(np.hypot(*(points[shown] - points[row]).T), expected)


def test_counts_are_those_of_the_answers_known_at_the_moment() -> None:
    random = np.random.default_rng(1)
    n = 300
    keys, bodies = random.integers(-1, 4, n), random.integers(0, 3, n)
    known = known_before(np.sort(random.integers(0, 90, n)))
    asked = random.integers(0, 3, n)
    lives = (np.inf, 7.0)
    shares = Tally(keys, bodies, 3, lives).shares(keys, asked, known, 2.0, [np.full(n, 0.1)] * 2)
    for row in range(n):
        before = [place for place in range(known[row]) if keys[place] == keys[row] and keys[row] >= 0]
        for life, share in zip(lives, shares, strict=True):
            weights = [0.5 ** ((len(before) - 1 - order) / life) for order in range(len(before))]
            mine = sum(w for w, place in zip(weights, before, strict=True) if bodies[place] == asked[row])
            assert share[row] == pytest.approx((mine + 0.2) / (sum(weights) + 2))


@pytest.mark.parametrize("cut", [1, 700, 1111])
def test_another_future_changes_nothing_that_was_foretold_before_it(cut: int) -> None:
    history = invent(InventedCity(reports=1500, noise=0.05))
    random = np.random.default_rng(5)
    order = np.r_[np.arange(cut), cut + random.permutation(len(history) - cut)]
    other = replace(
        history,
        points_m=history.points_m[order],
        bodies=np.r_[history.bodies[:cut], (history.bodies[order][cut:] + 1) % history.body_count],
        kinds=tuple(kind[order] for kind in history.kinds),
    )
    one, two = foretell(history), foretell(other)
    assert (one.body[:cut] == two.body[:cut]).all()
    assert np.allclose(one.confidence[:cut], two.confidence[:cut], atol=1e-12)
    assert (one.assured[:cut] == two.assured[:cut]).all()


def test_the_own_truth_is_never_seen() -> None:
    """A body that was never heard of before cannot be named, and pure chance cannot be foretold."""
    random = np.random.default_rng(2)
    n = 2000
    history = as_history(
        random.random((n, 2)) * 9000, np.arange(n), [random.integers(0, 5, n)], random.integers(0, 8, n)
    )
    foretold = foretell(history)
    first_answers = [int(np.flatnonzero(history.bodies == body)[0]) for body in range(history.body_count)]
    assert not (foretold.body[first_answers] == history.bodies[first_answers]).any()
    assert (foretold.body == history.bodies).mean() < 0.18  # an eighth, and chance
    assert not (foretold.assured >= 0.9).any()


def test_reports_of_one_moment_do_not_know_each_other() -> None:
    history = as_history(np.zeros((50, 2)), np.repeat(3.0, 50), [np.zeros(50)], np.zeros(50))
    foretold = foretell(history)
    assert (foretold.body == -1).all()
    assert (foretold.confidence == 0).all()
    assert (majority_so_far(history) == -1).all()


@pytest.mark.parametrize("a_day", [9, 10, 30, 400])
def test_files_that_know_only_days_are_foretold(a_day: int) -> None:
    """The first day, of which nothing was known, once fell over in the third block."""
    random = np.random.default_rng(4)
    n = 1200
    kind = random.integers(0, 3, n)
    history = as_history(random.random((n, 2)) * 5000, np.arange(n) // a_day, [kind], kind % 2)
    foretold = foretell(history)
    assert (foretold.body[:a_day] == -1).all()
    assert (foretold.body == history.bodies)[2 * a_day :].mean() > 0.95


def test_districts_are_learned_quickly() -> None:
    history = invent(InventedCity(reports=3000))
    right = foretell(history).body == history.bodies
    usual = majority_so_far(history) == history.bodies
    assert right[300:600].mean() > 0.8
    assert right[1500:].mean() > 0.93
    assert usual[1500:].mean() < 0.65


def test_a_body_that_answers_only_on_weekends_is_learned() -> None:
    """From the part of the week alone: places and kinds say nothing."""
    random = np.random.default_rng(8)
    moments = np.datetime64("2014-01-01", "us") + np.sort(random.integers(0, 3000 * 86_400, 1500)).astype(
        "timedelta64[s]"
    )
    parts = parts_of_week(moments)
    days = (moments - moments[0]) / np.timedelta64(1, "D")
    plain = as_history(random.random((1500, 2)) * 9000, days, [np.zeros(1500)], parts >= 4)
    told = foretell(replace(plain, clues=(parts,)))
    assert (foretell(plain).body == plain.bodies)[700:].mean() < 0.8
    assert (told.body == plain.bodies)[700:].mean() > 0.97


def test_the_parts_of_the_week_begin_on_monday_and_at_midnight() -> None:
    moments = ["2026-01-05T00:00", "2026-01-09T23:59", "2026-01-10T06:00", "2026-01-11T12:00", "1969-12-29T05:59"]
    assert parts_of_week(np.array(moments, dtype="datetime64[us]")).tolist() == [0, 3, 5, 6, 0]


def test_places_are_learned_without_any_kind() -> None:
    history = invent(InventedCity(reports=2500, kinds=2, with_kinds=False))
    right = foretell(history).body == history.bodies
    assert right[1200:].mean() > 0.9


def test_moved_borders_and_renamed_bodies_are_forgotten() -> None:
    history = invent(InventedCity(reports=4000, moved_halfway=True, renamed=True))
    foretold = foretell(history)
    last = slice(3200, None)
    assert (foretold.body == history.bodies)[last].mean() > 0.85


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_what_is_decided_automatically_is_right_as_often_as_wanted(seed: int, noise: float) -> None:
    history = invent(InventedCity(reports=4000, noise=noise, moved_halfway=True, seed=seed))
    for target in (0.9, 0.97):
        foretold = foretell(history)
        automatic = foretold.assured >= target
        right = (foretold.body == history.bodies)[automatic]
        if len(right):
            margin = 2.6 * np.sqrt(target * (1 - target) / len(right))
            assert right.mean() >= target - max(margin, 0.01)
        if noise == 0:
            assert automatic.mean() > 0.3


def test_a_promise_that_was_not_kept_lately_is_taken_back_and_comes_back() -> None:
    n = 600
    right = np.ones(n, dtype=bool)
    right[200:230] = np.arange(30) % 3 > 0  # for thirty answers every third is wrong
    kept = Lately().kept(np.full(n, 0.975), np.arange(n), right)
    assert (kept[:200] == 0.975).all()
    assert (kept[210:230] < 0.97).all()
    assert (kept[400:] == 0.975).all()
    low = Lately().kept(np.full(n, 0.7), np.arange(n), right)
    assert (low == 0.7).all()  # nobody relies on it


@pytest.mark.parametrize("seed", [1, 2])
def test_contractors_that_change_are_not_relied_upon_as_if_they_stayed(seed: int) -> None:
    """Each kind in each district has a contractor of its own, drawn anew every 200 days."""
    random = np.random.default_rng(seed)
    n, kinds, districts = 4000, 8, 6
    days, kind = np.sort(random.random(n)) * 1000, np.minimum(random.zipf(1.4, n) - 1, kinds - 1)
    points, offices = random.random((n, 2)) * 15_000, random.random((districts, 2)) * 15_000
    district = np.argmin(((offices - points[:, None, :]) ** 2).sum(axis=2), axis=1)
    contractor = random.integers(0, 5, (6, kinds, districts))
    body = contractor[(days // 200).astype(int), kind, np.where(kind % 2 == 0, 0, district)]
    noisy = random.random(n) < 0.02
    body[noisy] = random.permutation(body)[noisy]
    history = as_history(points, days, [kind], body)
    foretold = foretell(history)
    right, late = foretold.body == history.bodies, np.arange(n) > 0.3 * n
    for target in (0.95, 0.97):
        automatic = late & (foretold.assured >= target)
        margin = 1.7 * np.sqrt(target * (1 - target) / max(1, automatic.sum()))
        assert right[automatic].sum() >= (target - margin) * automatic.sum()
    assert (late & (foretold.assured >= 0.95)).sum() > 0.2 * late.sum()


def test_promised_confidence_is_kept() -> None:
    history = invent(InventedCity(reports=6000, noise=0.08))
    foretold = foretell(history)
    right = foretold.body == history.bodies
    for low in (0.3, 0.5, 0.7, 0.8, 0.9):
        inside = (foretold.confidence >= low) & (foretold.confidence < low + 0.1) & (np.arange(6000) > 500)
        if inside.sum() > 150:
            assert abs(foretold.confidence[inside].mean() - right[inside].mean()) < 0.07


def test_one_body_for_everything_becomes_certain_but_not_at_once() -> None:
    n = 600
    random = np.random.default_rng(3)
    history = as_history(random.random((n, 2)) * 1000, np.arange(n), [np.zeros(n)], np.zeros(n))
    foretold = foretell(history)
    assert (foretold.body[1:] == 0).all()
    assert foretold.confidence[5] < 0.9
    assert not (foretold.assured >= 0.97)[:80].any()
    assert (foretold.assured >= 0.97)[300:].all()


@pytest.mark.parametrize("n", [1, 2, 30])
def test_the_shortest_histories_are_foretold_too(n: int) -> None:
    history = as_history(np.zeros((n, 2)), np.arange(n), [np.arange(n)], np.arange(n))
    foretold = foretell(history)
    assert foretold.body[0] == -1
    assert len(foretold.body) == n


def test_thousands_of_repeats_at_one_place_follow_the_newest_answers() -> None:
    n = 1200
    body = np.where(np.arange(n) < 600, 0, 1)
    history = as_history(np.zeros((n, 2)), np.arange(n) / 4, [np.zeros(n)], body)
    right = foretell(history).body == history.bodies
    assert right[640:].all()


def test_the_baseline_is_the_usual_body_of_the_kind_so_far() -> None:
    history = invent(InventedCity(reports=800, noise=0.2))
    kinds, found = history.kinds[-1].tolist(), majority_so_far(history)
    for row in range(0, 800, 37):
        before = [place for place in range(row) if kinds[place] == kinds[row]] or list(range(row))
        counted = np.bincount(history.bodies[before], minlength=1) if before else np.zeros(1)
        assert (found[row] == -1) if not before else (counted[found[row]] == counted.max())


def test_a_promise_needs_a_record_and_never_falls_with_the_confidence() -> None:
    nothing = Assured(np.empty(0), np.empty(0, dtype=bool))
    assert nothing.of(np.array([0.99])) == 0
    short = Assured(np.full(60, 0.99), np.ones(60, dtype=bool)).of(np.array([0.98, 0.99, 1.0]))
    assert short[0] == 0
    assert 0.95 < short[1] == short[2] < 0.97
    assert Assured(np.full(200, 0.99), np.ones(200, dtype=bool)).of(np.array([0.99])) > 0.97
    mixed = Assured(np.r_[np.full(300, 0.99), np.full(300, 0.95)], np.r_[np.ones(300, bool), np.zeros(300, bool)])
    low, high = mixed.of(np.array([0.95, 0.99]))
    assert low < 0.5 < 0.97 < high


def test_wilson_never_exceeds_the_share() -> None:
    n = np.array([0.0, 1.0, 10.0, 1000.0])
    assert (wilson_low(n * 0.8, n) <= 0.8).all()
    assert wilson_low(np.array(0.0), np.array(0.0)) == 0
