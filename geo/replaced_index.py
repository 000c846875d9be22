"""A cell index in which some polygons are exchanged for others, without a new grid over all that stays."""

import numpy as np
import numpy.typing as npt

from geo.cell_index import CellIndex, Located
from geo.polygon_sets import PolygonSets

Ints = npt.NDArray[np.int64]
GONE = -1
"""The number of a polygon that no longer counts."""


class ReplacedIndex:
    """Answers as one `CellIndex` over what stays of `base` and what came would; any number of threads may ask.

    `changed` indexes the polygons that come and may hold those that go, too, so
    that it also tells where anything differs at all.
    """

    def __init__(self, base: CellIndex, base_numbers: Ints, changed: CellIndex, changed_numbers: Ints) -> None:
        """`base_numbers[i]` is the number that polygon i of `base` has here, or `GONE`; likewise those of `changed`."""
        self.base, self.changed = base, changed
        self._base_numbers, self._changed_numbers = base_numbers, changed_numbers
        self.sets = PolygonSets(np.arange(max(base_numbers.max(initial=GONE), changed_numbers.max(initial=GONE)) + 1))

    @property
    def parts(self) -> tuple[CellIndex, ...]:
        """The indexes that hold all edges, and perhaps some that no longer count."""
        return (self.base, self.changed)

    def locate(self, x: npt.ArrayLike, y: npt.ArrayLike, threads: int = 1) -> Located:
        """See `CellIndex.locate`."""
        stays, comes = self.base.locate(x, y, threads), self.changed.locate(x, y, threads)
        pairs, which = np.unique(stays.sets.astype(np.int64) << 32 | comes.sets, return_inverse=True)
        numbers = [self.sets.number(self._members(pair >> 32, pair & 0xFFFFFFFF)) for pair in pairs.tolist()]
        return Located(np.array(numbers, dtype=np.int32)[which], np.union1d(stays.on_edge, comes.on_edge))

    def _members(self, base: int, changed: int) -> set[int]:
        numbers = {int(self._base_numbers[each]) for each in self.base.sets.members(base)}
        numbers |= {int(self._changed_numbers[each]) for each in self.changed.sets.members(changed)}
        return numbers - {GONE}
