"""The laws of `decide`, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from geo.city import RoutingThresholds
from issues.memory.voting import Level, MemoryEvidence
from issues.routing import (
    AssetEvidence,
    BoundaryEvidence,
    Evidence,
    HandBackEvidence,
    Outcome,
    Rejection,
    Rule,
    RulingEvidence,
    Scope,
    decide,
)

THRESHOLDS = RoutingThresholds()


def area(boundary: int, body: int, rank: int = 10, covers: bool = True, **other: object) -> BoundaryEvidence:
    values = {"is_city_body": True, "distance_m": 0.0, "share": 1.0 if covers else 0.0, **other}
    return BoundaryEvidence(boundary, body, rank=rank, covers=covers, **values)


def thing(asset: int, body: int, distance_m: float, **other: object) -> AssetEvidence:
    return AssetEvidence(asset, body, **{"is_city_body": True, "distance_m": distance_m, **other})


def test_one_covering_boundary_is_assigned() -> None:
    decision = decide(Evidence(boundaries=(area(1, 7),)), THRESHOLDS)
    assert (decision.outcome, decision.rule, decision.body_id) == (Outcome.ASSIGNED, Rule.BOUNDARY, 7)


def test_nothing_found_is_a_gap() -> None:
    assert decide(Evidence(), THRESHOLDS).outcome is Outcome.GAP


def test_a_near_boundary_that_does_not_cover_leaves_a_gap_and_is_kept_as_candidate() -> None:
    decision = decide(Evidence(boundaries=(area(1, 7, covers=False, distance_m=12.0),)), THRESHOLDS)
    assert decision.outcome is Outcome.GAP
    assert [found.rejected_because for found in decision.candidates] == [Rejection.DOES_NOT_COVER]


def test_two_bodies_of_the_same_rank_are_contested() -> None:
    decision = decide(Evidence(boundaries=(area(1, 7), area(2, 8))), THRESHOLDS)
    assert decision.outcome is Outcome.CONTESTED
    assert decision.body_id is None
    assert {found.rejected_because for found in decision.candidates} == {Rejection.SAME_RANK}


def test_two_boundaries_of_one_body_are_no_contest() -> None:
    assert decide(Evidence(boundaries=(area(1, 7), area(2, 7))), THRESHOLDS).body_id == 7


def test_the_higher_rank_decides() -> None:
    decision = decide(Evidence(boundaries=(area(1, 7, rank=10), area(2, 8, rank=20))), THRESHOLDS)
    assert decision.body_id == 8
    assert decision.candidates[1].rejected_because is Rejection.LOWER_RANK


def test_asset_comes_before_area() -> None:
    decision = decide(Evidence(assets=(thing(1, 9, 3.0),), boundaries=(area(1, 7),)), THRESHOLDS)
    assert (decision.rule, decision.body_id) == (Rule.ASSET, 9)
    assert decision.candidates[1].rejected_because is Rejection.ASSET_BEFORE_AREA


def test_assets_of_two_owners_side_by_side_leave_it_to_the_area() -> None:
    evidence = Evidence(assets=(thing(1, 9, 3.0), thing(2, 8, 4.0)), boundaries=(area(1, 7),))
    decision = decide(evidence, THRESHOLDS)
    assert (decision.rule, decision.body_id) == (Rule.BOUNDARY, 7)


def test_assets_of_two_owners_and_no_area_are_contested() -> None:
    decision = decide(Evidence(assets=(thing(1, 9, 3.0), thing(2, 8, 4.0))), THRESHOLDS)
    assert decision.outcome is Outcome.CONTESTED


def test_two_assets_of_one_owner_need_no_lead() -> None:
    assert decide(Evidence(assets=(thing(1, 9, 3.0), thing(2, 9, 3.1))), THRESHOLDS).body_id == 9


def test_poor_accuracy_needs_a_larger_lead() -> None:
    evidence = Evidence(assets=(thing(1, 9, 3.0), thing(2, 8, 13.0)))
    assert decide(evidence, THRESHOLDS).body_id == 9
    assert decide(replace(evidence, accuracy_m=30.0), THRESHOLDS).body_id is None


def test_the_chosen_asset_wins_over_a_nearer_one() -> None:
    decision = decide(Evidence(assets=(thing(1, 9, 3.0), thing(2, 8, 12.0, chosen=True))), THRESHOLDS)
    assert (decision.rule, decision.body_id) == (Rule.CHOSEN_ASSET, 8)


def test_an_owner_outside_the_city_is_not_ours() -> None:
    decision = decide(Evidence(assets=(thing(1, 9, 3.0, is_city_body=False),)), THRESHOLDS)
    assert (decision.outcome, decision.body_id) == (Outcome.NOT_OURS, 9)


def test_a_border_through_the_accuracy_disc_is_uncertain() -> None:
    boundaries = (area(1, 7, share=0.6), area(2, 8, covers=False, distance_m=4.0, share=0.4))
    decision = decide(Evidence(accuracy_m=20.0, boundaries=boundaries), THRESHOLDS)
    assert decision.outcome is Outcome.UNCERTAIN
    assert decision.confidence == 0.6


def test_a_disc_almost_inside_is_assigned_with_its_share_as_confidence() -> None:
    boundaries = (area(1, 7, share=0.9), area(2, 8, covers=False, distance_m=15.0, share=0.1))
    decision = decide(Evidence(accuracy_m=20.0, boundaries=boundaries), THRESHOLDS)
    assert (decision.body_id, decision.confidence) == (7, 0.9)


def test_a_higher_rank_that_takes_half_the_disc_makes_the_lower_rank_uncertain() -> None:
    boundaries = (area(1, 7, rank=10, share=1.0), area(2, 8, rank=20, covers=False, distance_m=1.0, share=0.5))
    assert decide(Evidence(accuracy_m=20.0, boundaries=boundaries), THRESHOLDS).outcome is Outcome.UNCERTAIN


NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)


def ruling(number: int, body: int, scope: Scope = Scope.SERVICE_IN_ZONE, hours: float = 0) -> RulingEvidence:
    return RulingEvidence(number, body, True, scope, NOON + timedelta(hours=hours))


def test_a_ruling_comes_before_everything_and_all_others_stay_with_a_reason() -> None:
    evidence = Evidence(assets=(thing(1, 9, 3.0, chosen=True),), boundaries=(area(1, 7),), rulings=(ruling(5, 8),))
    decision = decide(evidence, THRESHOLDS)
    assert (decision.outcome, decision.rule, decision.body_id) == (Outcome.ASSIGNED, Rule.RULING, 8)
    assert decision.winner.ruling_id == 5
    assert {found.rejected_because for found in decision.candidates[1:]} == {Rejection.RULING_BEFORE_RULES}


def test_the_narrowest_ruling_wins_however_old() -> None:
    scopes = list(Scope)
    rulings = tuple(ruling(number, number, scope, hours=number) for number, scope in enumerate(scopes, start=1))
    for first in range(len(scopes)):
        decision = decide(Evidence(rulings=rulings[first:]), THRESHOLDS)
        assert decision.body_id == first + 1
        assert {found.rejected_because for found in decision.candidates[1:]} <= {Rejection.NARROWER_RULING}


def test_of_equal_rulings_the_newest_wins_and_of_the_same_moment_the_last() -> None:
    newer = decide(Evidence(rulings=(ruling(1, 7, hours=2), ruling(2, 8))), THRESHOLDS)
    same = decide(Evidence(rulings=(ruling(1, 7), ruling(2, 8))), THRESHOLDS)
    assert (newer.body_id, same.body_id) == (7, 8)
    assert newer.candidates[1].rejected_because is Rejection.NEWER_RULING


def test_a_ruling_for_a_body_outside_the_city_is_not_ours() -> None:
    evidence = Evidence(rulings=(replace(ruling(1, 9), is_city_body=False),))
    assert decide(evidence, THRESHOLDS).outcome is Outcome.NOT_OURS


def test_a_body_that_handed_a_report_back_does_not_get_it_by_the_same_rules() -> None:
    back = (HandBackEvidence(7, NOON),)
    decision = decide(Evidence(boundaries=(area(1, 7),), hand_backs=back), THRESHOLDS)
    assert (decision.outcome, decision.body_id) == (Outcome.CONTESTED, None)
    assert decision.candidates[0].rejected_because is Rejection.HANDED_BACK
    other = decide(Evidence(boundaries=(area(1, 8),), hand_backs=back), THRESHOLDS)
    assert other.body_id == 8


def test_only_a_ruling_after_the_hand_back_sends_it_there_again() -> None:
    for hours, outcome in [(-1, Outcome.CONTESTED), (0, Outcome.CONTESTED), (1, Outcome.ASSIGNED)]:
        evidence = Evidence(rulings=(ruling(1, 7, hours=hours),), hand_backs=(HandBackEvidence(7, NOON),))
        assert decide(evidence, THRESHOLDS).outcome is outcome


def remembered(body: int, confidence: float = 0.99, **other: object) -> MemoryEvidence:
    values = {"votes": 14, "of": 15, "radius_m": 120.0, "level": Level.PLACE_AND_KIND, **other}
    return MemoryEvidence(body, confidence, record_right=98, record_of=99, **values)


def test_a_gap_goes_to_whom_earlier_reports_surely_went() -> None:
    decision = decide(Evidence(memory=remembered(7)), THRESHOLDS)
    assert (decision.outcome, decision.rule, decision.body_id, decision.confidence) == ("assigned", "memory", 7, 0.99)
    assert (decision.winner.votes, decision.winner.votes_of, decision.winner.distance_m) == (14, 15, 120.0)
    outside = decide(Evidence(memory=remembered(7, is_city_body=False)), THRESHOLDS)
    assert outside.outcome is Outcome.NOT_OURS


def test_memory_that_is_not_sure_or_not_of_this_place_and_kind_only_proposes() -> None:
    for memory in (remembered(7, 0.9699), remembered(7, level=Level.KIND), remembered(7, level=Level.PLACE)):
        decision = decide(Evidence(memory=memory), THRESHOLDS)
        assert decision.outcome is Outcome.GAP
        assert [found.rejected_because for found in decision.candidates] == [Rejection.MEMORY_NOT_SURE]


def test_memory_settles_a_contest_for_a_claimant_only() -> None:
    contest = Evidence(boundaries=(area(1, 7), area(2, 8)))
    assert decide(replace(contest, memory=remembered(8)), THRESHOLDS).body_id == 8
    other = decide(replace(contest, memory=remembered(9)), THRESHOLDS)
    assert other.outcome is Outcome.CONTESTED
    assert other.candidates[-1].rejected_because is Rejection.MEMORY_WITHOUT_CLAIM


def test_memory_gives_no_place_to_a_body_that_handed_it_back() -> None:
    nearby = decide(Evidence(memory=remembered(7, handed_back_here=True)), THRESHOLDS)
    assert (nearby.outcome, nearby.candidates[-1].rejected_because) == ("gap", Rejection.HANDED_BACK_NEARBY)
    same = Evidence(memory=remembered(7), hand_backs=(HandBackEvidence(7, NOON),))
    assert decide(same, THRESHOLDS).outcome is Outcome.CONTESTED
    assert decide(same, THRESHOLDS).candidates[-1].rejected_because is Rejection.HANDED_BACK
    other = decide(replace(same, memory=remembered(8)), THRESHOLDS)
    assert (other.body_id, other.candidates[-1].rejected_because) == (None, Rejection.HAND_BACK_BEFORE_MEMORY)


shares = st.floats(0, 1)
bodies = st.integers(1, 4)


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    """Any evidence the database could give; ids are unique, a body is inside or outside the city for good."""
    accuracy_m = draw(st.sampled_from([0.0, 10.0, 50.0]))
    outside = draw(st.sets(bodies, max_size=2))
    boundaries = []
    for number in range(draw(st.integers(0, 5))):
        body, covers = draw(bodies), draw(st.booleans())
        share = (1.0 if covers else 0.0) if accuracy_m == 0 else draw(shares)
        distance_m = 0.0 if covers else draw(st.floats(0, 200))
        rank = draw(st.integers(1, 3))
        boundaries.append(BoundaryEvidence(number, body, body not in outside, rank, covers, distance_m, share))
    assets = []
    chosen = draw(st.integers(-4, 3))
    for number in range(draw(st.integers(0, 4))):
        body = draw(bodies)
        assets.append(AssetEvidence(number, body, body not in outside, draw(st.floats(0, 60)), number == chosen))
    moments = st.integers(0, 3).map(lambda hours: NOON + timedelta(hours=hours))
    rulings = []
    for number in range(draw(st.integers(0, 3))):
        body = draw(bodies)
        rulings.append(RulingEvidence(number, body, body not in outside, draw(st.sampled_from(Scope)), draw(moments)))
    hand_backs = [HandBackEvidence(body, draw(moments)) for body in draw(st.sets(bodies, max_size=2))]
    memory = None
    if draw(st.booleans()):
        body = draw(bodies)
        memory = remembered(
            body,
            draw(st.sampled_from([0.5, 0.97, 1.0])),
            level=draw(st.sampled_from(Level)),
            is_city_body=body not in outside,
            handed_back_here=draw(st.booleans()),
        )
    side = draw(st.none() | st.integers(0, 5))
    return Evidence(accuracy_m, tuple(assets), tuple(boundaries), tuple(rulings), tuple(hand_backs), side, memory)


@given(evidences())
def test_memory_changes_nothing_that_is_decided_without_it(evidence: Evidence) -> None:
    alone = decide(replace(evidence, memory=None), THRESHOLDS)
    both = decide(evidence, THRESHOLDS)
    if alone.body_id is not None or evidence.memory is None:
        assert both == alone
    else:
        assert [found for found in both.candidates if found.rule is not Rule.MEMORY] == list(alone.candidates)
        assert len(both.candidates) == len(alone.candidates) + 1
        assert both.body_id in (None, evidence.memory.body_id)
        assert both.body_id is None or both.confidence >= THRESHOLDS.memory_min_confidence


@given(evidences(), st.randoms())
def test_the_order_of_the_evidence_never_matters(evidence: Evidence, random: object) -> None:
    shuffled = evidence
    for name in ("assets", "boundaries", "rulings", "hand_backs"):
        found = list(getattr(evidence, name))
        random.shuffle(found)
        shuffled = replace(shuffled, **{name: tuple(found)})
    assert decide(shuffled, THRESHOLDS) == decide(evidence, THRESHOLDS)


@given(evidences())
def test_every_candidate_appears_once_and_every_loser_has_a_reason(evidence: Evidence) -> None:
    decision = decide(evidence, THRESHOLDS)
    assert sorted(found.boundary_id for found in decision.candidates if found.boundary_id is not None) == sorted(
        found.boundary_id for found in evidence.boundaries
    )
    assert sorted(found.asset_id for found in decision.candidates if found.asset_id is not None) == sorted(
        found.asset_id for found in evidence.assets
    )
    assert sorted(found.ruling_id for found in decision.candidates if found.ruling_id is not None) == sorted(
        found.ruling_id for found in evidence.rulings
    )
    without_reason = [found for found in decision.candidates if found.rejected_because is None]
    assert without_reason == ([decision.winner] if decision.winner else [])


@given(evidences())
def test_there_is_a_body_exactly_when_it_is_decided(evidence: Evidence) -> None:
    decision = decide(evidence, THRESHOLDS)
    assert (decision.body_id is not None) == (decision.outcome in (Outcome.ASSIGNED, Outcome.NOT_OURS))
    assert 0 <= decision.confidence <= 1


@given(evidences())
def test_raising_the_winning_boundary_in_rank_never_changes_the_winner(evidence: Evidence) -> None:
    exact = replace(evidence, accuracy_m=0.0)
    decision = decide(exact, THRESHOLDS)
    if decision.rule is not Rule.BOUNDARY or decision.winner is None:
        return
    raised = tuple(
        replace(found, rank=found.rank + 1) if found.boundary_id == decision.winner.boundary_id else found
        for found in exact.boundaries
    )
    assert decide(replace(exact, boundaries=raised), THRESHOLDS).body_id == decision.body_id


@given(evidences())
def test_a_point_that_two_bodies_cover_at_the_top_rank_is_never_given_away_silently(evidence: Evidence) -> None:
    covering = [found for found in evidence.boundaries if found.covers]
    if evidence.assets or evidence.rulings or not covering:
        return
    top = max(found.rank for found in covering)
    tied = {found.body_id for found in covering if found.rank == top}
    if len(tied) > 1:
        decision = decide(evidence, THRESHOLDS)
        assert decision.outcome is Outcome.CONTESTED or (decision.rule is Rule.MEMORY and decision.body_id in tied)
        assert decide(replace(evidence, memory=None), THRESHOLDS).outcome is Outcome.CONTESTED


@given(evidences(), st.sampled_from(Scope))
def test_a_ruling_made_now_about_this_report_always_decides(evidence: Evidence, scope: Scope) -> None:
    now = RulingEvidence(99, 1, True, Scope.THIS_REPORT, NOON + timedelta(days=1))
    decision = decide(replace(evidence, rulings=(*evidence.rulings, now)), THRESHOLDS)
    assert (decision.winner.ruling_id, decision.confidence) == (99, 1.0)
    broader = replace(now, ruling_id=98, body_id=2, scope=scope)
    if scope is not Scope.THIS_REPORT:
        assert decide(replace(evidence, rulings=(*evidence.rulings, now, broader)), THRESHOLDS).body_id == 1


@given(evidences())
def test_narrowing_or_renewing_the_winning_ruling_never_makes_it_lose(evidence: Evidence) -> None:
    decision = decide(evidence, THRESHOLDS)
    if decision.rule is not Rule.RULING or decision.winner is None:
        return
    winner = next(found for found in evidence.rulings if found.ruling_id == decision.winner.ruling_id)
    for stronger in (
        replace(winner, scope=Scope.THIS_REPORT, confirmed_at=NOON + timedelta(days=1)),
        replace(winner, confirmed_at=winner.confirmed_at + timedelta(days=1)),
    ):
        rulings = tuple(stronger if found is winner else found for found in evidence.rulings)
        assert decide(replace(evidence, rulings=rulings), THRESHOLDS).winner.ruling_id == winner.ruling_id


@given(evidences())
def test_no_body_gets_back_what_it_handed_back_unless_a_later_ruling_says_so(evidence: Evidence) -> None:
    decision = decide(evidence, THRESHOLDS)
    back = next((found for found in evidence.hand_backs if found.body_id == decision.body_id), None)
    if back is not None:
        assert decision.rule is Rule.RULING
        ruled = next(found for found in evidence.rulings if found.ruling_id == decision.winner.ruling_id)
        assert ruled.confirmed_at > back.at


def border(side: int | None = None, **other: object) -> Evidence:
    boundaries = (area(1, 7, share=0.6), area(2, 8, covers=False, distance_m=4.0, share=0.4))
    return Evidence(**{"accuracy_m": 20.0, "boundaries": boundaries, "side_boundary_id": side, **other})


def test_the_side_that_the_reporter_names_decides_where_a_border_is_too_close() -> None:
    decision = decide(border(side=2), THRESHOLDS)
    assert (decision.outcome, decision.rule, decision.body_id) == (Outcome.ASSIGNED, Rule.CHOSEN_SIDE, 8)
    assert decision.confidence == 0.7
    assert [found.rejected_because for found in decision.candidates] == [None, Rejection.OTHER_SIDE_CHOSEN]


def test_a_side_that_the_disc_does_not_touch_is_no_answer() -> None:
    far = area(3, 9, covers=False, distance_m=90.0)
    evidence = border(boundaries=(*border().boundaries, far))
    for side in (3, 4):
        assert decide(replace(evidence, side_boundary_id=side), THRESHOLDS) == decide(evidence, THRESHOLDS)


def test_a_side_changes_nothing_where_rules_can_tell() -> None:
    certain = Evidence(
        accuracy_m=20.0,
        boundaries=(area(1, 7, share=0.9), area(2, 8, covers=False, distance_m=15.0, share=0.1)),
        side_boundary_id=2,
    )
    assert decide(certain, THRESHOLDS).body_id == 7
    both_cover = Evidence(boundaries=(area(1, 7), area(2, 8)), side_boundary_id=2)
    assert decide(both_cover, THRESHOLDS).outcome is Outcome.CONTESTED
    assert decide(border(side=2, rulings=(ruling(5, 7),)), THRESHOLDS).rule is Rule.RULING


def test_a_side_that_two_bodies_hold_with_the_same_right_stays_contested() -> None:
    park = area(3, 9, rank=20, covers=False, distance_m=1.0, share=0.5)
    evidence = Evidence(accuracy_m=20.0, boundaries=(area(1, 7), area(2, 8), park), side_boundary_id=1)
    alone = replace(evidence, boundaries=(area(1, 7), park))
    within = replace(evidence, boundaries=(area(1, 7, covers=False, share=0.4), area(2, 8, share=1.0), park))
    assert decide(within, replace(THRESHOLDS, uncertain_below_share=0.99)).rule is Rule.CHOSEN_SIDE
    assert decide(within, replace(THRESHOLDS, uncertain_below_share=0.99)).outcome is Outcome.CONTESTED
    assert decide(alone, THRESHOLDS).body_id == 7


def test_a_body_that_handed_back_does_not_get_it_again_by_the_side() -> None:
    decision = decide(border(side=2, hand_backs=(HandBackEvidence(8, NOON),)), THRESHOLDS)
    assert decision.outcome is Outcome.CONTESTED


@given(evidences())
def test_a_side_changes_only_what_is_uncertain_without_it(evidence: Evidence) -> None:
    unanswered = decide(replace(evidence, side_boundary_id=None), THRESHOLDS)
    answered = decide(evidence, THRESHOLDS)
    if answered != unanswered:
        handed_back = {back.body_id for back in evidence.hand_backs}
        assert unanswered.outcome is Outcome.UNCERTAIN or evidence.rulings
        named = next(found for found in evidence.boundaries if found.boundary_id == evidence.side_boundary_id)
        assert named.share > 0
        assert answered.body_id in {named.body_id, None} - handed_back or evidence.rulings
