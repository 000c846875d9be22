"""The laws of `decide`, without a database."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from geo.city import RoutingThresholds
from issues.routing import AssetEvidence, BoundaryEvidence, Evidence, Outcome, Rejection, Rule, decide

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
    return Evidence(accuracy_m, tuple(assets), tuple(boundaries))


@given(evidences(), st.randoms())
def test_the_order_of_the_evidence_never_matters(evidence: Evidence, random: object) -> None:
    assets, boundaries = list(evidence.assets), list(evidence.boundaries)
    random.shuffle(assets)
    random.shuffle(boundaries)
    shuffled = replace(evidence, assets=tuple(assets), boundaries=tuple(boundaries))
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
    if evidence.assets or not covering:
        return
    top = max(found.rank for found in covering)
    if len({found.body_id for found in covering if found.rank == top}) > 1:
        assert decide(evidence, THRESHOLDS).outcome is Outcome.CONTESTED
