"""Decides many questions at once with the very same `decide`.

What covers a place comes from the cell index as the number of a set; a set is
decided once per service and then looked up. Only places with assets in reach, a
ruling, a chosen asset, or a border in the accuracy disc have evidence of their
own. Where a rounding could tip the answer the question is marked `unsure`, so
that the caller can ask PostGIS, which has the last word (docs/adr/0010).
"""

import threading
from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import shapely

from geo.cell_index import CellIndex
from geo.city import RoutingThresholds
from geo.discs import DiscIndex, Outline, outlines_of
from geo.replaced_index import ReplacedIndex
from issues.bulk.answers import Answers, answer_of
from issues.bulk.nearby import AssetTree, Clearance, in_metres
from issues.bulk.reach import MARGIN_M, Answered, Reach, assets_in_reach, decide_by_assets, nearest_first
from issues.bulk.shares import MARGIN_SHARE, Shares, decide_by_shares, shares_of
from issues.bulk.single import Remembered, Singles
from issues.bulk.world import Bools, Boundaries, Ints, Questions, World
from issues.routing.decision import Decision
from issues.routing.evidence import BoundaryEvidence, Evidence
from issues.routing.outcomes import Outcome, Rule
from issues.routing.rules import decide

Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Routed:
    """The number of each question's answer; `unsure` marks the questions that PostGIS should decide."""

    numbers: Numbers
    unsure: Bools


@dataclass(frozen=True)
class Shared:
    """What routers over the same assets and other versions of boundaries keep only once.

    `trees` of assets by class and `outlines` of boundaries by id are filled when
    first needed. Ids must be unique among all that share.
    """

    answers: Answers = field(default_factory=Answers)
    trees: dict[int, AssetTree] = field(default_factory=dict)
    outlines: dict[int, Outline] = field(default_factory=dict)


class BulkRouter:
    """One version of the world, ready to answer; any number of threads may ask."""

    def __init__(
        self,
        world: World,
        thresholds: RoutingThresholds,
        shared: Shared | None = None,
        cells: int | None = None,
        index: CellIndex | ReplacedIndex | None = None,
    ) -> None:
        """Build the index over boundaries of layers that decide some service, and all zones; `cells` as of it.

        `index` is that index if it is there already.
        """
        deciding = np.array(sorted({layer for layers in world.layers_of.values() for layer in layers}), dtype=np.int64)
        self.world = world
        self.thresholds = thresholds
        self.boundaries: Boundaries = world.boundaries.chosen(np.isin(world.boundaries.layers, deciding))
        # The zones of rulings are one more run of polygons behind the boundaries.
        self.index = index or CellIndex(np.concatenate([self.boundaries.geometries, world.zones]), cells)
        self.services = np.array(sorted(world.layers_of), dtype=np.int64)
        layers_of = (sorted(world.layers_of[service]) for service in self.services.tolist())
        self._decides = np.array([np.isin(self.boundaries.layers, layers) for layers in layers_of], dtype=bool)
        self.shared = shared or Shared()
        self._by_set = np.full((len(self.services), 64), -1, dtype=np.int32)
        self._in_zone = np.zeros(0, dtype=bool)
        self._lock = threading.Lock()
        self._discs: DiscIndex | None = None
        self._clearance: Clearance | None = None

    def route(self, asked: Questions, threads: int = 1, remembered: Remembered | None = None) -> Routed:
        """The answers, in order. All columns must be filled (`Questions.complete`), all services known to the world.

        `remembered` says by report what the memory knows of it, for those that the rules leave open.
        """
        if not len(asked):
            return Routed(np.empty(0, dtype=np.int32), np.empty(0, dtype=bool))
        asked = replace(asked, accuracy_m=np.clip(asked.accuracy_m, 0.0, self.world.accuracy_limit_m))
        service = np.searchsorted(self.services, asked.services)
        located = self.index.locate(asked.lon, asked.lat, threads)
        numbers = self._of_sets(service, located.sets)
        unsure = np.zeros(len(asked), dtype=bool)
        unsure[located.on_edge] = True
        reach, at_limit = self._reach(asked)
        unsure[at_limit] = True
        singles = self._rulings(asked, located.sets, reach)
        singles.add_remembered(asked, remembered or {})
        by_assets = self._by_assets(asked, reach.some(~np.isin(reach.questions, singles.numbers())))
        singles.add_assets(reach.some(~np.isin(reach.questions, by_assets.questions)))
        shares = self._shares(asked, service, located.sets, by_assets.questions)
        special = np.isin(shares.questions, singles.numbers()) | (asked.sides[shares.questions] > 0)
        singles.add_shares(shares.chosen(special), self._boundary)
        unsure[singles.unsure] = True
        for answered in (by_assets, self._by_shares(shares.chosen(~special), numbers)):
            numbers[answered.questions] = answered.numbers
            unsure[answered.questions] |= answered.unsure
        for question in singles.numbers():
            decision, is_close = self._decide_single(asked, located.sets, singles, question)
            numbers[question] = self.shared.answers.number(answer_of(decision))
            unsure[question] |= is_close
        return Routed(numbers, unsure)

    def _of_sets(self, service: Ints, sets: Numbers) -> Numbers:
        """The answer of each question by its covering boundaries alone, each (service, set) decided once."""
        largest = int(sets.max())
        if largest >= self._by_set.shape[1]:
            with self._lock:
                more = max(len(self.index.sets), 2 * self._by_set.shape[1]) - self._by_set.shape[1]
                self._by_set = np.pad(self._by_set, ((0, 0), (0, more)), constant_values=-1)
        by_set = self._by_set
        flat = service * by_set.shape[1] + sets
        found: Numbers = by_set.reshape(-1)[flat]
        if (found < 0).any():
            for key in np.unique(flat[found < 0]).tolist():
                which, number = divmod(key, by_set.shape[1])
                evidence = Evidence(0.0, (), self._covering(int(self.services[which]), number))
                by_set[which, number] = self.shared.answers.number(answer_of(decide(evidence, self.thresholds)))
            found = by_set.reshape(-1)[flat]
        return found

    def _covering(self, service: int, number: int) -> tuple[BoundaryEvidence, ...]:
        """Evidence of the boundaries in a set that decide the service."""
        layers, count = self.world.layers_of[service], len(self.boundaries)
        members = (each for each in self.index.sets.members(number) if each < count)
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

    def _reach(self, asked: Questions) -> tuple[Reach, Ints]:
        """Assets in reach, nearest first, and questions with one all but at the limit."""
        found, at_limit = [], [np.empty(0, dtype=np.int64)]
        for service, classes in self.world.asset_classes_of.items():
            chosen = np.flatnonzero(asked.services == service)
            if classes and len(chosen):
                x, y = self.world.to_metres(asked.lon[chosen], asked.lat[chosen])
                for each in sorted(classes):
                    reach, close = assets_in_reach(
                        asked, chosen, each, self._tree(each), self.world.chosen_limit_m, x, y
                    )
                    found.append(reach)
                    at_limit.append(close)
        return nearest_first(found), np.concatenate(at_limit)

    def _by_assets(self, asked: Questions, reach: Reach) -> Answered:
        return decide_by_assets(reach, asked.accuracy_m, self.thresholds.asset_lead_m, self.shared.answers)

    def _near_border(self, asked: Questions) -> Bools:
        """Whether an edge may pass through the accuracy disc; never False where one does."""
        if not asked.accuracy_m.any():
            return np.zeros(len(asked), dtype=bool)
        with self._lock:
            if self._clearance is None:
                self._clearance = Clearance(*self.index.parts)
        clear_m = self._clearance.metres(asked.lon, asked.lat)
        near: Bools = (asked.accuracy_m > 0) & (clear_m <= asked.accuracy_m)
        return near

    def _tree(self, asset_class: int) -> AssetTree:
        with self._lock:
            if asset_class not in self.shared.trees:
                self.shared.trees[asset_class] = AssetTree(self.world.assets_of(asset_class))
            return self.shared.trees[asset_class]

    def _shares(self, asked: Questions, service: Ints, sets: Numbers, settled: Ints) -> Shares:
        """Of the questions near a border that are not `settled`."""
        is_near = self._near_border(asked)
        is_near[settled] = False
        near = np.flatnonzero(is_near)
        if not len(near):
            return Shares(near, near, np.zeros(0, dtype=bool), np.zeros(0))
        with self._lock:
            if self._discs is None:
                self._discs = DiscIndex(self._outlines(), self._decides)
        x, y = self.world.to_metres(asked.lon[near], asked.lat[near])
        touched = self._discs.touched(x, y, asked.accuracy_m[near], service[near])
        disc, holding = self.index.sets.pairs(sets[near])
        deciding = np.flatnonzero(holding < len(self.boundaries))
        deciding = deciding[self._decides[service[near[disc[deciding]]], holding[deciding]]]
        return shares_of(near, touched, (disc[deciding], holding[deciding]), len(self.boundaries))

    def _by_shares(self, shares: Shares, numbers: Numbers) -> Answered:
        return decide_by_shares(
            shares,
            self.boundaries.bodies,
            self.boundaries.ranks,
            numbers,
            self.shared.answers,
            self.thresholds.uncertain_below_share,
        )

    def _outlines(self) -> list[Outline]:
        """Each boundary's, in metres; those that another router has projected already are taken from there."""
        known, ids, shapes = self.shared.outlines, self.boundaries.ids.tolist(), self.boundaries.geometries
        missing = [number for number, pk in enumerate(ids) if pk not in known]
        # Several departments often go by the same areas: each shape is kept once.
        alike = defaultdict(list)
        for number, shape in zip(missing, shapely.to_wkb(shapes[missing]).tolist(), strict=True):
            alike[shape].append(number)
        fresh = outlines_of(in_metres(shapes[[numbers[0] for numbers in alike.values()]], self.world.to_metres))
        for numbers, outline in zip(alike.values(), fresh, strict=True):
            known.update((ids[number], outline) for number in numbers)
        return [known[pk] for pk in ids]

    def _rulings(self, asked: Questions, sets: Numbers, reach: Reach) -> Singles:
        """Rulings of zones that hold the place, and what was settled or said about the very reports that ask."""
        singles, count = Singles(), len(self.boundaries)
        if self.world.rulings:
            in_zones = self._zone_sets()[sets]
            singles.add_classes(reach.some(in_zones[reach.questions]))
            for question in np.flatnonzero(in_zones).tolist():
                for each in self.index.sets.members(int(sets[question])):
                    if each >= count:
                        singles.add_ruling(asked, question, self.world.rulings[each - count])
        if self.world.said_of and asked.reports.any():
            spoken_of = np.array(list(self.world.said_of), dtype=np.int64)
            for question in np.flatnonzero(np.isin(asked.reports, spoken_of)).tolist():
                for said in self.world.said_of[int(asked.reports[question])]:
                    singles.add_said(asked, question, said)
        return singles

    def _zone_sets(self) -> Bools:
        """By number of a set, whether a zone is in it."""
        with self._lock:
            known, count, sets = len(self._in_zone), len(self.boundaries), self.index.sets
            fresh = [any(each >= count for each in sets.members(number)) for number in range(known, len(sets))]
            self._in_zone = np.concatenate([self._in_zone, np.array(fresh, dtype=bool)])
            return self._in_zone

    def _decide_single(self, asked: Questions, sets: Numbers, singles: Singles, question: int) -> tuple[Decision, bool]:
        """The decision of a question with evidence of its own, and whether a rounding could give another one."""
        boundaries = singles.boundaries.get(question)
        service, number = int(asked.services[question]), int(sets[question])
        evidence = Evidence(
            float(asked.accuracy_m[question]),
            tuple(singles.assets.get(question, ())),
            tuple(boundaries) if boundaries else self._covering(service, number),
            tuple(singles.rulings.get(question, ())),
            tuple(singles.hand_backs.get(question, ())),
            int(asked.sides[question]) or None,
            singles.memory.get(question),
        )
        decision = decide(evidence, self.thresholds)
        return decision, self._is_close(evidence, decision)

    def _is_close(self, evidence: Evidence, decision: Decision) -> bool:
        if evidence.assets:
            nearest = min(evidence.assets, key=lambda asset: asset.distance_m)
            others = [asset.distance_m for asset in evidence.assets if asset.body_id != nearest.body_id]
            lead_m = max(self.thresholds.asset_lead_m, evidence.accuracy_m)
            if others and abs(min(others) - nearest.distance_m - lead_m) < MARGIN_M:
                return True
        if not evidence.accuracy_m:
            return False
        if decision.rule is Rule.CHOSEN_SIDE:  # compares shares with each other
            return True
        threshold = self.thresholds.uncertain_below_share
        if decision.outcome is not Outcome.UNCERTAIN and abs(decision.confidence - threshold) > 2 * MARGIN_SHARE:
            return False
        stricter, laxer = (
            decide(evidence, replace(self.thresholds, uncertain_below_share=threshold + shift))
            for shift in (MARGIN_SHARE, -MARGIN_SHARE)
        )
        return (stricter.outcome, stricter.body_id) != (laxer.outcome, laxer.body_id)
