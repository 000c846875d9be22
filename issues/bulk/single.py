"""Evidence of single questions: what a set of covering boundaries alone does not say."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from issues.bulk.nearby import AssetTree
from issues.bulk.shares import MARGIN_SHARE, Shares
from issues.bulk.world import Floats, Ints, Questions, Said, ZoneRuling
from issues.memory.voting import MemoryEvidence
from issues.routing.evidence import AssetEvidence, BoundaryEvidence, HandBackEvidence, RulingEvidence

Evidences = Callable[[int, bool, float], BoundaryEvidence]
"""Evidence of boundary number i: whether it covers the place, and its share of the disc."""

Remembered = Mapping[int, MemoryEvidence]
"""What the memory knows, by report."""

MARGIN_M = 0.001
"""Distances computed here and in PostGIS agree to far less; this near to a threshold PostGIS is asked."""


@dataclass(frozen=True, slots=True)
class Singles:
    """Evidence by number of the question; `unsure` are questions that PostGIS should decide.

    `classes` says by question of which classes assets are in reach, and whether the asset was the chosen one.
    """

    assets: dict[int, list[AssetEvidence]] = field(default_factory=lambda: defaultdict(list))
    classes: dict[int, set[tuple[int, bool]]] = field(default_factory=lambda: defaultdict(set))
    boundaries: dict[int, list[BoundaryEvidence]] = field(default_factory=lambda: defaultdict(list))
    rulings: dict[int, list[RulingEvidence]] = field(default_factory=lambda: defaultdict(list))
    hand_backs: dict[int, list[HandBackEvidence]] = field(default_factory=lambda: defaultdict(list))
    memory: dict[int, MemoryEvidence] = field(default_factory=dict)
    unsure: list[int] = field(default_factory=list)

    def numbers(self) -> list[int]:
        """The questions that have evidence of their own, ascending."""
        return sorted({*self.assets, *self.boundaries, *self.rulings, *self.hand_backs, *self.memory})

    def add_assets(
        self, asked: Questions, asset_class: int, tree: AssetTree, chosen_limit_m: float,
        questions: Ints, x: Floats, y: Floats,
    ) -> None:  # fmt: skip
        """Assets of the class within its snap distance (and the accuracy), and the chosen one within its limit."""
        assets = tree.assets
        reach = assets.snap_distance_m + asked.accuracy_m[questions]
        wanted = asked.assets[questions]
        farthest = np.where(wanted > 0, np.maximum(reach, chosen_limit_m), reach)
        found = tree.in_reach(x, y, farthest + MARGIN_M)
        days = asked.days[questions[found.points]]
        held = (assets.valid_from[found.assets] <= days) & (days < assets.valid_to[found.assets])
        for point, each, distance in zip(*(column[held].tolist() for column in found), strict=True):
            question, asset = int(questions[point]), int(assets.ids[each])
            chosen = bool(asset == wanted[point])
            limit = farthest[point] if chosen else reach[point]
            if abs(distance - limit) < MARGIN_M:
                self.unsure.append(question)
            if distance <= limit:
                owner, is_city_body = int(assets.owners[each]), bool(assets.is_city_body[each])
                self.assets[question].append(AssetEvidence(asset, owner, is_city_body, distance, chosen))
                self.classes[question].add((asset_class, chosen))

    def add_shares(self, shares: Shares, evidence: Evidences) -> None:
        """Boundaries that hold the place or touch the accuracy disc."""
        rows = zip(*(column.tolist() for column in shares), strict=True)
        for question, boundary, covers, share in rows:
            if covers or share > 0:
                self.boundaries[question].append(evidence(boundary, covers, share))
            if share < MARGIN_SHARE:
                self.unsure.append(question)

    def add_ruling(self, asked: Questions, question: int, ruling: ZoneRuling) -> None:
        """A ruling in whose zone the question lies, if it is about that service, those assets and that day."""
        day, service = asked.days[question], int(asked.services[question])
        if ruling.service not in (0, service) or not ruling.valid_from <= day < ruling.expires_at:
            return
        if ruling.asset_class:
            in_reach = self.classes.get(question, set())
            if (ruling.asset_class, True) not in in_reach and (
                asked.assets[question] > 0 or (ruling.asset_class, False) not in in_reach
            ):
                return
        self.rulings[question].append(ruling.evidence)

    def add_said(self, asked: Questions, question: int, said: Said) -> None:
        """What was ruled or said about the very report that asks, while it asks the same."""
        same = (said.service, said.lon, said.lat) == (
            asked.services[question],
            asked.lon[question],
            asked.lat[question],
        )
        if same and said.valid_from <= asked.days[question] < said.expires_at:
            if isinstance(said.evidence, RulingEvidence):
                self.rulings[question].append(said.evidence)
            else:
                self.hand_backs[question].append(said.evidence)

    def add_remembered(self, asked: Questions, remembered: Remembered) -> None:
        """What the memory knows of the reports that ask."""
        if remembered:
            known = np.array(list(remembered), dtype=np.int64)
            for question in np.flatnonzero(np.isin(asked.reports, known)).tolist():
                self.memory[question] = remembered[int(asked.reports[question])]
