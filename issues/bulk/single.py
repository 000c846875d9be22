"""Evidence of single questions: what a set of covering boundaries alone does not say."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from issues.bulk.reach import Reach
from issues.bulk.shares import MARGIN_SHARE, Shares
from issues.bulk.world import Questions, Said, ZoneRuling
from issues.memory.voting import MemoryEvidence
from issues.routing.evidence import AssetEvidence, BoundaryEvidence, HandBackEvidence, RulingEvidence

Evidences = Callable[[int, bool, float], BoundaryEvidence]
"""Evidence of boundary number i: whether it covers the place, and its share of the disc."""

Remembered = Mapping[int, MemoryEvidence]
"""What the memory knows, by report."""


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

    def add_assets(self, reach: Reach) -> None:
        """Assets in reach."""
        columns = (reach.questions, reach.assets, reach.owners, reach.is_city_body, reach.distance_m, reach.chosen)
        for question, *evidence in zip(*(column.tolist() for column in columns), strict=True):
            self.assets[question].append(AssetEvidence(*evidence))

    def add_classes(self, reach: Reach) -> None:
        """Of which classes there are assets in reach: rulings ask."""
        columns = (reach.questions, reach.classes, reach.chosen)
        for question, *found in zip(*(column.tolist() for column in columns), strict=True):
            self.classes[question].add(tuple(found))

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
