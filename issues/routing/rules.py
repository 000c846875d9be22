"""Judges evidence: the first rule that applies wins, and every loser keeps its reason."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from geo.city import RoutingThresholds
from issues.memory.voting import Level, MemoryEvidence
from issues.routing.decision import Candidate, Decision
from issues.routing.evidence import AssetEvidence, BoundaryEvidence, Evidence, HandBackEvidence, RulingEvidence
from issues.routing.outcomes import CLAIMS, NARROWEST_FIRST, Outcome, Rejection, Rule

RULES_VERSION = 4
"""Stored with every decision; raise it when `decide` answers differently."""


def decide(evidence: Evidence, thresholds: RoutingThresholds) -> Decision:
    """Say who is responsible; the first rule that applies wins.

    ruling → chosen asset → nearest asset clearly ahead of the next owner → the
    highest rank of boundaries if it is one body → the side that the reporter
    named, where a border is too close → what earlier answers of the kind nearby
    say surely enough → contested, uncertain or gap.
    A body that handed the report back does not get it again unless a later
    ruling says so: it is contested. The order of the evidence never matters
    (source: DESIGN §3).
    """
    rulings = sorted(evidence.rulings, key=_narrowest_then_newest)
    decision = _by_rules(evidence, thresholds)
    if rulings:
        decision = _by_ruling(rulings, decision)
    ruled_at = rulings[0].confirmed_at if rulings else None
    given_back = {back.body_id for back in evidence.hand_backs if ruled_at is None or back.at >= ruled_at}
    decision = _contest(decision) if decision.body_id in given_back else decision
    if evidence.memory is None or decision.body_id is not None:
        return decision
    return _by_memory(decision, evidence.memory, evidence.hand_backs, thresholds)


def _narrowest_then_newest(ruling: RulingEvidence) -> tuple[int, float, int]:
    return NARROWEST_FIRST[ruling.scope], -ruling.confirmed_at.timestamp(), -ruling.ruling_id


def _by_ruling(rulings: Sequence[RulingEvidence], otherwise: Decision) -> Decision:
    """The first ruling; what the rules would have said is kept among the losers."""
    first = rulings[0]
    winner = _ruling_candidate(first, None)
    others = (
        _ruling_candidate(ruling, Rejection.NEWER_RULING if ruling.scope is first.scope else Rejection.NARROWER_RULING)
        for ruling in rulings[1:]
    )
    passed_over = (
        candidate
        if candidate.rejected_because is Rejection.DOES_NOT_COVER
        else replace(candidate, rejected_because=Rejection.RULING_BEFORE_RULES)
        for candidate in otherwise.candidates
    )
    return _decided(winner, Rule.RULING, 1.0, (winner, *others, *passed_over))


def _contest(decision: Decision) -> Decision:
    """The same without its winner, who has handed the report back."""
    candidates = tuple(
        replace(found, rejected_because=Rejection.HANDED_BACK) if found is decision.winner else found
        for found in decision.candidates
    )
    return Decision(Outcome.CONTESTED, decision.rule, 0.0, candidates)


def _by_memory(
    still_open: Decision, memory: MemoryEvidence, hand_backs: Sequence[HandBackEvidence], thresholds: RoutingThresholds
) -> Decision:
    """The open decision with the memory's body as last candidate, or decided for it."""
    rejection = _why_memory_does_not_decide(still_open, memory, hand_backs, thresholds)
    proposed = Candidate(
        body_id=memory.body_id,
        rule=Rule.MEMORY,
        is_city_body=memory.is_city_body,
        distance_m=memory.radius_m,
        covers=False,
        share=memory.votes / memory.of if memory.of else 0.0,
        rejected_because=rejection,
        votes=memory.votes,
        votes_of=memory.of,
        level=memory.level,
        area=memory.area,
    )
    if rejection is None:
        return _decided(proposed, Rule.MEMORY, memory.confidence, (proposed, *still_open.candidates))
    candidates = (*still_open.candidates, proposed)
    if rejection is Rejection.HANDED_BACK and still_open.outcome is Outcome.GAP:
        return Decision(Outcome.CONTESTED, Rule.MEMORY, 0.0, candidates)
    return replace(still_open, candidates=candidates)


def _why_memory_does_not_decide(
    still_open: Decision, memory: MemoryEvidence, hand_backs: Sequence[HandBackEvidence], thresholds: RoutingThresholds
) -> Rejection | None:
    """None where it does. What somebody handed back is for people, and no body gets a place that it does not claim."""
    if any(back.body_id == memory.body_id for back in hand_backs):
        return Rejection.HANDED_BACK
    if hand_backs:
        return Rejection.HAND_BACK_BEFORE_MEMORY
    if memory.handed_back_here:
        return Rejection.HANDED_BACK_NEARBY
    claimants = {found.body_id for found in still_open.candidates if found.rejected_because in CLAIMS}
    if still_open.outcome is not Outcome.GAP and memory.body_id not in claimants:
        return Rejection.MEMORY_WITHOUT_CLAIM
    if still_open.outcome is Outcome.UNCERTAIN:
        # Earlier answers say what holds at the measured point, not on which side of it the reporter stands.
        return Rejection.BORDER_TOO_CLOSE
    if memory.level is not Level.PLACE_AND_KIND or memory.confidence < thresholds.memory_min_confidence:
        return Rejection.MEMORY_NOT_SURE
    return None


def _by_rules(evidence: Evidence, thresholds: RoutingThresholds) -> Decision:
    """What assets and boundaries say."""
    assets = sorted(evidence.assets, key=lambda asset: (not asset.chosen, asset.distance_m, asset.asset_id))
    boundaries = sorted(
        evidence.boundaries,
        key=lambda found: (not found.covers, -found.rank, -found.share, found.distance_m, found.boundary_id),
    )
    if assets and assets[0].chosen:
        return _by_asset(assets, boundaries, Rule.CHOSEN_ASSET, 1.0)
    if assets:
        confidence = _asset_lead_confidence(assets, max(thresholds.asset_lead_m, evidence.accuracy_m))
        if confidence is not None:
            return _by_asset(assets, boundaries, Rule.ASSET, confidence)
    return _by_boundary(assets, boundaries, evidence, thresholds)


def _asset_lead_confidence(assets: Sequence[AssetEvidence], lead_m: float) -> float | None:
    """How clearly the nearest owner leads the next one; None when it is too close to call."""
    nearest = assets[0]
    others = [asset.distance_m for asset in assets if asset.body_id != nearest.body_id]
    if not others:
        return 1.0
    lead = min(others) - nearest.distance_m
    return min(1.0, 0.5 + lead / (4 * lead_m)) if lead >= lead_m else None


def _by_asset(
    assets: Sequence[AssetEvidence], boundaries: Sequence[BoundaryEvidence], rule: Rule, confidence: float
) -> Decision:
    winner = _asset_candidate(assets[0], rule, None)
    lost = Rejection.OTHER_ASSET_CHOSEN if rule is Rule.CHOSEN_ASSET else Rejection.FARTHER_ASSET
    candidates = (
        winner,
        *(_asset_candidate(asset, Rule.ASSET, lost) for asset in assets[1:]),
        *(
            _boundary_candidate(found, Rejection.ASSET_BEFORE_AREA if found.covers else Rejection.DOES_NOT_COVER)
            for found in boundaries
        ),
    )
    return _decided(winner, rule, confidence, candidates)


def _by_boundary(
    assets: Sequence[AssetEvidence],
    boundaries: Sequence[BoundaryEvidence],
    evidence: Evidence,
    thresholds: RoutingThresholds,
) -> Decision:
    tied_assets = [_asset_candidate(asset, Rule.ASSET, Rejection.ASSETS_TOO_CLOSE_TO_CALL) for asset in assets]
    covering = [found for found in boundaries if found.covers]
    top_rank = covering[0].rank if covering else None
    top = [found for found in covering if found.rank == top_rank]
    if len({found.body_id for found in top}) > 1:
        candidates = (*_ranked(boundaries, top, Rejection.SAME_RANK), *tied_assets)
        return Decision(Outcome.CONTESTED, Rule.BOUNDARY, 0.0, candidates)
    accuracy_m, chances = evidence.accuracy_m, _chance_by_body(boundaries)
    if top and (accuracy_m == 0 or chances[top[0].body_id] >= thresholds.uncertain_below_share):
        winner = _boundary_candidate(top[0], None)
        losers = [found for found in boundaries if found is not top[0]]
        candidates = (winner, *_ranked(losers, top[1:], Rejection.SAME_BODY), *tied_assets)
        return _decided(winner, Rule.BOUNDARY, 1.0 if accuracy_m == 0 else chances[winner.body_id], candidates)
    near = [found for found in boundaries if found.share > 0]
    side = next((found for found in near if found.boundary_id == evidence.side_boundary_id), None)
    if side:
        return _by_side(side, boundaries, tied_assets, chances[side.body_id])
    if near:
        candidates = (*_ranked(boundaries, near, Rejection.BORDER_TOO_CLOSE), *tied_assets)
        return Decision(Outcome.UNCERTAIN, Rule.BOUNDARY, min(1.0, max(chances.values())), candidates)
    candidates = (*tied_assets, *_ranked(boundaries, [], None))
    if tied_assets:
        return Decision(Outcome.CONTESTED, Rule.ASSET, 0.0, candidates)
    return Decision(Outcome.GAP, Rule.NONE, 0.0, candidates)


def _by_side(
    side: BoundaryEvidence, boundaries: Sequence[BoundaryEvidence], tied_assets: Sequence[Candidate], chance: float
) -> Decision:
    """The side that the reporter named; contested where another body's area of that rank holds that side, too.

    An answer is worth more than the disc and less than certainty: half way between the body's chance and 1.
    """
    others = [found for found in boundaries if found is not side]
    rivals = [found for found in others if found.body_id != side.body_id and _holds(found, side)]
    if rivals:
        candidates = (*_ranked(boundaries, [side, *rivals], Rejection.SAME_RANK), *tied_assets)
        return Decision(Outcome.CONTESTED, Rule.CHOSEN_SIDE, 0.0, candidates)
    winner = replace(_boundary_candidate(side, None), rule=Rule.CHOSEN_SIDE)
    losers = _ranked(others, [found for found in others if found.share > 0], Rejection.OTHER_SIDE_CHOSEN)
    of_same_body = (
        replace(lost, rejected_because=Rejection.SAME_BODY)
        if lost.body_id == side.body_id and lost.rejected_because is Rejection.OTHER_SIDE_CHOSEN
        else lost
        for lost in losers
    )
    return _decided(winner, Rule.CHOSEN_SIDE, (1 + chance) / 2, (winner, *of_same_body, *tied_assets))


def _holds(larger: BoundaryEvidence, side: BoundaryEvidence) -> bool:
    """Whether most of the side's part of the disc must lie in `larger`, too.

    Two shares that sum to more than 1 overlap at least by the excess. Naming the
    larger of two says "not in the smaller"; naming the smaller says nothing
    against the larger.
    """
    excess = larger.share + side.share - 1
    return larger.rank == side.rank and larger.share >= side.share and excess > side.share / 2


def _chance_by_body(boundaries: Iterable[BoundaryEvidence]) -> dict[int, float]:
    """The chance that each body is responsible, the true place being anywhere in the disc.

    Higher ranks take their share first; lower ranks get what is left.
    """
    share_by_rank: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for found in boundaries:
        share_by_rank[found.rank][found.body_id] += found.share
    chances: dict[int, float] = defaultdict(float)
    left = 1.0
    for rank in sorted(share_by_rank, reverse=True):
        for body_id, share in share_by_rank[rank].items():
            chances[body_id] += min(share, left)
        left = max(0.0, left - sum(share_by_rank[rank].values()))
    return chances


def _ranked(
    boundaries: Sequence[BoundaryEvidence], claimants: Sequence[BoundaryEvidence], reason: Rejection | None
) -> list[Candidate]:
    """Candidates for `boundaries`: `claimants` get `reason`, the others why they never could win."""
    claimed = {found.boundary_id for found in claimants}
    candidates = []
    for found in boundaries:
        if found.boundary_id in claimed:
            rejection = reason
        else:
            rejection = Rejection.LOWER_RANK if found.covers else Rejection.DOES_NOT_COVER
        candidates.append(_boundary_candidate(found, rejection))
    return candidates


def _decided(winner: Candidate, rule: Rule, confidence: float, candidates: tuple[Candidate, ...]) -> Decision:
    outcome = Outcome.ASSIGNED if winner.is_city_body else Outcome.NOT_OURS
    return Decision(outcome, rule, min(1.0, confidence), candidates, winner)


def _ruling_candidate(ruling: RulingEvidence, rejection: Rejection | None) -> Candidate:
    return Candidate(
        body_id=ruling.body_id,
        rule=Rule.RULING,
        is_city_body=ruling.is_city_body,
        distance_m=0.0,
        covers=True,
        share=1.0,
        ruling_id=ruling.ruling_id,
        rejected_because=rejection,
    )


def _asset_candidate(asset: AssetEvidence, rule: Rule, rejection: Rejection | None) -> Candidate:
    return Candidate(
        body_id=asset.body_id,
        rule=rule,
        is_city_body=asset.is_city_body,
        distance_m=asset.distance_m,
        covers=False,
        share=0.0,
        asset_id=asset.asset_id,
        rejected_because=rejection,
    )


def _boundary_candidate(found: BoundaryEvidence, rejection: Rejection | None) -> Candidate:
    return Candidate(
        body_id=found.body_id,
        rule=Rule.BOUNDARY,
        is_city_body=found.is_city_body,
        distance_m=found.distance_m,
        covers=found.covers,
        share=found.share,
        boundary_id=found.boundary_id,
        rejected_because=rejection,
    )
