"""The laws of `decide`, over all evidence that the database could give."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from issues.memory.voting import Level
from issues.routing.evidence import AssetEvidence, BoundaryEvidence, Evidence, HandBackEvidence, RulingEvidence
from issues.routing.outcomes import Outcome, Rule, Scope
from issues.routing.rules import decide
from tests.issues.evidences import NOON, THRESHOLDS, remembered

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
    decision = decide(evidence, THRESHOLDS)
    if decision.rule is not Rule.BOUNDARY or decision.winner is None:
        return
    raised = tuple(
        replace(found, rank=found.rank + 1) if found.boundary_id == decision.winner.boundary_id else found
        for found in evidence.boundaries
    )
    assert decide(replace(evidence, boundaries=raised), THRESHOLDS).body_id == decision.body_id


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
