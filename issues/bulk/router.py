"""Decides many questions at once with the very same `decide`.

What covers a place comes from the cell index as the number of a set; a set is
decided once per service and then looked up. Only places with assets in reach, a
chosen asset, or a border in the accuracy disc have evidence of their own. Where
a rounding could tip the answer the question is marked `unsure`, so that the
caller can ask PostGIS, which has the last word (docs/adr/0008).
"""

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from geo.cell_index import CellIndex
from geo.city import RoutingThresholds
from issues.bulk.nearby import AreaTree, AssetTree, Clearance, cut
from issues.bulk.world import Boundaries, Floats, Ints, Objects, Questions, World
from issues.routing import AssetEvidence, BoundaryEvidence, Decision, Evidence, Outcome, Rule, decide

MARGIN_M = 0.001
"""Distances computed here and in PostGIS agree to far less; this near to a threshold PostGIS is asked."""
MARGIN_SHARE = 1e-6


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision without its candidates; `boundary_id` and `asset_id` are the winner's.

    `confidence` is rounded to a millionth, so that there are few different answers.
    """

    outcome: Outcome
    rule: Rule
    body_id: int | None
    confidence: float
    boundary_id: int | None = None
    asset_id: int | None = None


class Answers:
    """Different answers by number, shared by routers whose results are put side by side."""

    def __init__(self) -> None:
        self._answers: list[Answer] = []
        self._numbers: dict[Answer, int] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._answers)

    def __getitem__(self, number: int) -> Answer:
        return self._answers[number]

    def __iter__(self) -> Iterator[Answer]:
        return iter(self._answers)

    def number(self, answer: Answer) -> int:
        """The number of that answer, a new one if it was never given before."""
        known = self._numbers.get(answer)
        if known is not None:
            return known
        with self._lock:
            if answer not in self._numbers:
                self._answers.append(answer)
                self._numbers[answer] = len(self._answers) - 1
            return self._numbers[answer]


@dataclass(frozen=True, slots=True)
class Routed:
    """The number of each question's answer; `unsure` marks the questions that PostGIS should decide."""

    numbers: npt.NDArray[np.int32]
    unsure: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Shared:
    """What routers over the same assets and other versions of boundaries keep only once.

    `trees` of assets by class and `pieces` of boundaries by id are filled when
    first needed. Ids must be unique among all that share.
    """

    answers: Answers = field(default_factory=Answers)
    trees: dict[int, AssetTree] = field(default_factory=dict)
    pieces: dict[int, Objects] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Own:
    """Evidence of single questions, by number of the question."""

    assets: dict[int, list[AssetEvidence]]
    boundaries: dict[int, list[BoundaryEvidence]]
    unsure: list[int]


def answer_of(decision: Decision) -> Answer:
    """The decision without its candidates."""
    winner = decision.winner
    return Answer(
        decision.outcome,
        decision.rule,
        decision.body_id,
        round(decision.confidence, 6),
        winner.boundary_id if winner else None,
        winner.asset_id if winner else None,
    )


class BulkRouter:
    """One version of the world, ready to answer; any number of threads may ask."""

    def __init__(
        self,
        world: World,
        thresholds: RoutingThresholds,
        shared: "Shared | None" = None,
        cells: int | None = None,
    ) -> None:
        """Build the index over all boundaries of layers that decide some service; `cells` as of `CellIndex`."""
        deciding = np.array(sorted({layer for layers in world.layers_of.values() for layer in layers}), dtype=np.int64)
        self.world = world
        self.thresholds = thresholds
        self.boundaries: Boundaries = world.boundaries.chosen(np.isin(world.boundaries.layers, deciding))
        # Rulings in force join here: their zones are one more run of polygons
        # behind the boundaries, and `_covering` turns members of that run into
        # ruling evidence. Nothing else has to know of them.
        self.cells = cells
        self.index = CellIndex(self.boundaries.geometries, cells)
        self.services = np.array(sorted(world.layers_of), dtype=np.int64)
        layers_of = (sorted(world.layers_of[service]) for service in self.services.tolist())
        self._decides = np.array([np.isin(self.boundaries.layers, layers) for layers in layers_of], dtype=bool)
        self.shared = shared or Shared()
        self._by_set = np.full((len(self.services), 64), -1, dtype=np.int32)
        self._lock = threading.Lock()
        self._areas: AreaTree | None = None
        self._clearance: Clearance | None = None

    def route(self, asked: Questions, threads: int = 1) -> Routed:
        """The answers, in order. All services must be known to the world."""
        if not len(asked):
            return Routed(np.empty(0, dtype=np.int32), np.empty(0, dtype=bool))
        service = np.searchsorted(self.services, asked.services)
        located = self.index.locate(asked.lon, asked.lat, threads)
        numbers = self._of_sets(service, located.sets)
        unsure = np.zeros(len(asked), dtype=bool)
        unsure[located.on_edge] = True
        accuracy: Floats | None = None
        if len(asked.accuracy_m):
            accuracy = np.clip(asked.accuracy_m, 0.0, self.world.accuracy_limit_m).astype(np.float64)
        own = self._own_evidence(asked, accuracy, located.sets)
        unsure[own.unsure] = True
        if own.assets or own.boundaries:
            self._decide_alone(asked, accuracy, located.sets, own, numbers, unsure)
        return Routed(numbers, unsure)

    def _of_sets(self, service: Ints, sets: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """The answer of each question by its set alone, each (service, set) decided once."""
        largest = int(sets.max())
        if largest >= self._by_set.shape[1]:
            with self._lock:
                more = max(len(self.index.sets), 2 * self._by_set.shape[1]) - self._by_set.shape[1]
                self._by_set = np.pad(self._by_set, ((0, 0), (0, more)), constant_values=-1)
        by_set = self._by_set
        flat = service * by_set.shape[1] + sets
        found = by_set.reshape(-1)[flat]
        if (found < 0).any():
            with self._lock:
                for key in np.unique(flat[found < 0]).tolist():
                    which, number = divmod(key, by_set.shape[1])
                    evidence = Evidence(0.0, (), self._covering(int(self.services[which]), number))
                    by_set[which, number] = self.shared.answers.number(answer_of(decide(evidence, self.thresholds)))
            found = by_set.reshape(-1)[flat]
        numbers: npt.NDArray[np.int32] = found
        return numbers

    def _covering(self, service: int, number: int) -> tuple[BoundaryEvidence, ...]:
        """Evidence of the boundaries in a set that decide the service."""
        layers, members = self.world.layers_of[service], self.index.sets.members(number)
        return tuple(self._boundary(each, True, 1.0) for each in members if int(self.boundaries.layers[each]) in layers)

    def _boundary(self, each: int, covers: bool, share: float) -> BoundaryEvidence:
        """Its distance stays 0: no rule compares distances of boundaries."""
        found = self.boundaries
        return BoundaryEvidence(
            int(found.ids[each]),
            int(found.bodies[each]),
            bool(found.is_city_body[each]),
            int(found.ranks[each]),
            covers,
            0.0,
            share,
        )

    def _own_evidence(self, asked: Questions, accuracy: Floats | None, sets: npt.NDArray[np.int32]) -> _Own:
        own = _Own(defaultdict(list), defaultdict(list), [])
        with_assets = [service for service, classes in self.world.asset_classes_of.items() if classes]
        near_assets = np.isin(asked.services, np.array(with_assets, dtype=np.int64))
        near_border = self._near_border(asked, accuracy)
        needed = np.flatnonzero(near_assets | near_border)
        if not len(needed):
            return own
        x, y = self.world.to_metres(asked.lon[needed], asked.lat[needed])
        radius = np.zeros(len(needed)) if accuracy is None else accuracy[needed]
        for service in with_assets:
            chosen = np.flatnonzero(asked.services[needed] == service)
            if len(chosen):
                for asset_class in sorted(self.world.asset_classes_of[service]):
                    self._add_assets(own, asked, asset_class, needed[chosen], x[chosen], y[chosen], radius[chosen])
        border = np.flatnonzero(near_border[needed])
        if len(border):
            self._add_shares(own, asked, sets, needed[border], x[border], y[border], radius[border])
        return own

    def _near_border(self, asked: Questions, accuracy: Floats | None) -> npt.NDArray[np.bool_]:
        """Whether an edge may pass through the accuracy disc; never False where one does."""
        if accuracy is None or not accuracy.any():
            return np.zeros(len(asked), dtype=bool)
        with self._lock:
            if self._clearance is None:
                self._clearance = Clearance(self.index)
        near: npt.NDArray[np.bool_] = (accuracy > 0) & (self._clearance.metres(asked.lon, asked.lat) <= accuracy)
        return near

    def _add_assets(
        self, own: _Own, asked: Questions, asset_class: int, questions: Ints, x: Floats, y: Floats, radius: Floats
    ) -> None:
        """Assets of the class within its snap distance (and the accuracy), and the chosen one within its limit."""
        tree = self._tree(asset_class)
        reach = tree.assets.snap_distance_m + radius
        wanted = asked.assets[questions] if len(asked.assets) else np.zeros(len(questions), dtype=np.int64)
        farthest = np.where(wanted > 0, np.maximum(reach, self.world.chosen_limit_m), reach)
        found = tree.in_reach(x, y, farthest + MARGIN_M)
        for point, each, distance in zip(*(column.tolist() for column in found), strict=True):
            question, asset = int(questions[point]), int(tree.assets.ids[each])
            chosen = asset == wanted[point]
            limit = farthest[point] if chosen else reach[point]
            if abs(distance - limit) < MARGIN_M:
                own.unsure.append(question)
            if distance <= limit:
                owner, is_city_body = int(tree.assets.owners[each]), bool(tree.assets.is_city_body[each])
                own.assets[question].append(AssetEvidence(asset, owner, is_city_body, distance, bool(chosen)))

    def _tree(self, asset_class: int) -> AssetTree:
        with self._lock:
            if asset_class not in self.shared.trees:
                self.shared.trees[asset_class] = AssetTree(self.world.assets_of(asset_class))
            return self.shared.trees[asset_class]

    def _add_shares(
        self,
        own: _Own,
        asked: Questions,
        sets: npt.NDArray[np.int32],
        questions: Ints,
        x: Floats,
        y: Floats,
        radius: Floats,
    ) -> None:
        """Boundaries that touch the accuracy disc, with their share of it."""
        with self._lock:
            if self._areas is None:
                self._areas = AreaTree(self._pieces())
        service = np.searchsorted(self.services, asked.services[questions])
        found = self._areas.shares(x, y, radius, self._decides[service])
        covers = self.index.sets.contain(sets[questions[found[0]]], found[1])
        rows = zip(questions[found[0]].tolist(), found[1].tolist(), covers.tolist(), found[2].tolist(), strict=True)
        for question, each, is_inside, share in rows:
            if is_inside or share > 0:
                own.boundaries[question].append(self._boundary(each, is_inside, share))
            if share < MARGIN_SHARE:
                own.unsure.append(question)

    def _pieces(self) -> list[Objects]:
        """Each boundary's pieces; those that another router has cut already are taken from there."""
        known, ids = self.shared.pieces, self.boundaries.ids.tolist()
        missing = np.array([number for number, pk in enumerate(ids) if pk not in known], dtype=np.int64)
        fresh = cut(self.boundaries.geometries[missing], self.world.to_metres)
        known.update(zip(self.boundaries.ids[missing].tolist(), fresh, strict=True))
        return [known[pk] for pk in ids]

    def _decide_alone(
        self,
        asked: Questions,
        accuracy: Floats | None,
        sets: npt.NDArray[np.int32],
        own: _Own,
        numbers: npt.NDArray[np.int32],
        unsure: npt.NDArray[np.bool_],
    ) -> None:
        """Decide questions with evidence of their own, one by one."""
        for question in sorted({*own.assets, *own.boundaries}):
            radius = float(accuracy[question]) if accuracy is not None else 0.0
            boundaries = own.boundaries.get(question)
            found = (
                tuple(boundaries) if boundaries else self._covering(int(asked.services[question]), int(sets[question]))
            )
            evidence = Evidence(radius, tuple(own.assets.get(question, ())), found)
            decision = decide(evidence, self.thresholds)
            numbers[question] = self.shared.answers.number(answer_of(decision))
            unsure[question] |= self._is_close(evidence, decision)

    def _is_close(self, evidence: Evidence, decision: Decision) -> bool:
        """Whether another rounding of a distance or a share could give another decision."""
        if evidence.assets:
            nearest = min(evidence.assets, key=lambda asset: asset.distance_m)
            others = [asset.distance_m for asset in evidence.assets if asset.body_id != nearest.body_id]
            lead_m = max(self.thresholds.asset_lead_m, evidence.accuracy_m)
            if others and abs(min(others) - nearest.distance_m - lead_m) < MARGIN_M:
                return True
        threshold = self.thresholds.uncertain_below_share
        is_clear = decision.outcome is not Outcome.UNCERTAIN and abs(decision.confidence - threshold) > 2 * MARGIN_SHARE
        if is_clear or not evidence.accuracy_m:
            return False
        stricter, laxer = (
            decide(evidence, replace(self.thresholds, uncertain_below_share=threshold + shift)).outcome
            for shift in (MARGIN_SHARE, -MARGIN_SHARE)
        )
        return stricter is not laxer
