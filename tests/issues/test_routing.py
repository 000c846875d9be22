"""What `decide` answers, case by case, without a database."""

from dataclasses import replace

from issues.memory.voting import Level
from issues.routing.evidence import Evidence, HandBackEvidence
from issues.routing.outcomes import Outcome, Rejection, Rule, Scope
from issues.routing.rules import decide
from tests.issues.evidences import NOON, THRESHOLDS, area, remembered, ruling, thing


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


def test_memory_does_not_say_on_which_side_of_a_border_a_reporter_stands() -> None:
    decision = decide(border(memory=remembered(7)), THRESHOLDS)
    assert decision.outcome is Outcome.UNCERTAIN
    assert decision.candidates[-1].rule is Rule.MEMORY
    assert decision.candidates[-1].rejected_because is Rejection.BORDER_TOO_CLOSE
    assert decide(border(side=2, memory=remembered(7)), THRESHOLDS).body_id == 8


def test_memory_gives_no_place_to_a_body_that_handed_it_back() -> None:
    nearby = decide(Evidence(memory=remembered(7, handed_back_here=True)), THRESHOLDS)
    assert (nearby.outcome, nearby.candidates[-1].rejected_because) == ("gap", Rejection.HANDED_BACK_NEARBY)
    same = Evidence(memory=remembered(7), hand_backs=(HandBackEvidence(7, NOON),))
    assert decide(same, THRESHOLDS).outcome is Outcome.CONTESTED
    assert decide(same, THRESHOLDS).candidates[-1].rejected_because is Rejection.HANDED_BACK
    other = decide(replace(same, memory=remembered(8)), THRESHOLDS)
    assert (other.body_id, other.candidates[-1].rejected_because) == (None, Rejection.HAND_BACK_BEFORE_MEMORY)


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
