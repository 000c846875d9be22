"""What if some boundaries were others: decides only the questions to which the exchange can matter.

All others have the same evidence but for ids. No edge of a boundary that goes or
comes passes through their accuracy disc, so each of these holds all of the disc
or nothing; and those that held it and those that would belong to the same bodies
with the same ranks. No rule asks for more. A property test holds this against a
replay of everything over an index of its own.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from geo.cell_index import CellIndex
from geo.replaced_index import GONE, ReplacedIndex
from issues.bulk.answers import Answers
from issues.bulk.nearby import Clearance
from issues.bulk.router import BulkRouter, Shared
from issues.bulk.world import Bools, Boundaries, Questions


class DraftRouter:
    """A router's world with some boundaries exchanged; the router itself stays as it is."""

    def __init__(self, router: BulkRouter, goes: Bools, comes: Boundaries) -> None:
        """`goes` marks `router.boundaries`; the ids of `comes` must be new to the router."""
        deciding = frozenset(layer for layers in router.world.layers_of.values() for layer in layers)
        comes = comes.chosen(np.isin(comes.layers, list(deciding)))
        self._before, self._gone, self._comes = router, router.boundaries.chosen(goes), comes
        self._changed = CellIndex(np.concatenate([self._gone.geometries, comes.geometries]))
        self._clearance: Clearance | None = None
        self.router = BulkRouter(
            replace(router.world, boundaries=router.boundaries.chosen(~goes).joined(comes)),
            router.thresholds,
            Shared(Answers(), router.shared.trees, dict(router.shared.outlines)),
            index=self._exchanged(goes),
        )

    def _exchanged(self, goes: Bools) -> ReplacedIndex:
        """Numbered as a router expects: boundaries that stay, those that come, zones of rulings."""
        stay, come, zones = int(np.count_nonzero(~goes)), len(self._comes), len(self._before.world.zones)
        base = np.full(len(goes) + zones, GONE, dtype=np.int64)
        base[: len(goes)][~goes] = np.arange(stay)
        base[len(goes) :] = stay + come + np.arange(zones)
        changed = np.full(len(self._gone) + come, GONE, dtype=np.int64)
        changed[len(self._gone) :] = stay + np.arange(come)
        before = self._before.index
        if not isinstance(before, CellIndex):
            raise TypeError("A draft of a draft has no index to start from.")
        return ReplacedIndex(before, base, self._changed, changed)

    def may_differ(self, asked: Questions, threads: int = 1) -> Bools:
        """Whether the draft can give another outcome or body; never False where it does. As `BulkRouter.route`."""
        concerned: Bools = np.isin(asked.services, self._services())
        some = np.flatnonzero(concerned)
        located = self._changed.locate(asked.lon[some], asked.lat[some], threads)
        differ = np.array([self._differs(members) for members in self._sets()], dtype=bool)[located.sets]
        if asked.accuracy_m.any():
            if self._clearance is None:
                self._clearance = Clearance(self._changed)
            accuracy_m = np.clip(asked.accuracy_m[some], 0.0, self._before.world.accuracy_limit_m)
            clear_m = self._clearance.metres(asked.lon[some], asked.lat[some])
            differ |= (accuracy_m > 0) & (clear_m <= accuracy_m)
        # Who named a side that goes has named none of the draft's.
        differ |= np.isin(asked.sides[some], self._gone.ids)
        concerned[some] = differ
        return concerned

    def _services(self) -> list[int]:
        layers = {*self._gone.layers.tolist(), *self._comes.layers.tolist()}
        return [service for service, deciding in self._before.world.layers_of.items() if layers & deciding]

    def _sets(self) -> list[tuple[int, ...]]:
        return [self._changed.sets.members(number) for number in range(len(self._changed.sets))]

    def _differs(self, members: Iterable[int]) -> bool:
        """Whether those that go and those that come, where these polygons are, speak for other bodies or ranks."""
        gone = [each for each in members if each < len(self._gone)]
        come = [each - len(self._gone) for each in members if each >= len(self._gone)]
        return _claims(self._gone, gone) != _claims(self._comes, come)


def _claims(boundaries: Boundaries, chosen: list[int]) -> list[tuple[int, int, int]]:
    columns: list[npt.NDArray[np.int64]] = [boundaries.layers, boundaries.ranks, boundaries.bodies]
    return sorted((int(column[0]), int(column[1]), int(column[2])) for column in np.column_stack(columns)[chosen])
