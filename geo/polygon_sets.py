"""Sets of polygons by number: each different set is stored once, and adding or removing a polygon is a lookup."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
CHUNK = 1 << 16


class _Steps(NamedTuple):
    """Known steps: toggling a shape in a set, `keys[i] = set * shapes + shape` ascending, gives `after[i]`."""

    keys: Ints
    after: npt.NDArray[np.int32]


class _Members(NamedTuple):
    """Members of all sets one after another; those of set i begin at `starts[i]` and are `counts[i]`."""

    flat: npt.NDArray[np.int32]
    starts: Ints
    counts: Ints


class PolygonSets:
    """Set 0 is empty. Sets are added while asking, under a lock; numbers never change.

    Polygons of one and the same shape (the borough that five departments go by) are in
    the same sets: what is walked and toggled are shapes, what is told are polygons.
    """

    def __init__(self, shape_of: Ints) -> None:
        """No sets but the empty one; polygon i has the shape number `shape_of[i]`, counted from 0."""
        self._shape_of = shape_of
        shapes = int(shape_of.max(initial=-1)) + 1
        order = np.argsort(shape_of, kind="stable")
        alike = np.split(order, np.searchsorted(shape_of[order], np.arange(1, shapes)))
        self._polygons_of: list[list[int]] = [each.tolist() for each in alike]
        self.shapes = max(shapes, 1)
        self._members: list[tuple[int, ...]] = [()]
        self._numbers: dict[tuple[int, ...], int] = {(): 0}
        self._after: dict[int, int] = {}
        self._lock = threading.Lock()
        self._steps = _Steps(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32))
        self._flat = _Members(np.empty(0, dtype=np.int32), np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))

    def __len__(self) -> int:
        return len(self._members)

    def members(self, number: int) -> tuple[int, ...]:
        """The polygons of a set, ascending."""
        return tuple(sorted(polygon for shape in self._members[number] for polygon in self._polygons_of[shape]))

    def number(self, shapes: Iterable[int]) -> int:
        """The number of the set of these shapes, a new one if it was never met before."""
        wanted = tuple(sorted(shapes))
        with self._lock:
            number = self._numbers.setdefault(wanted, len(self._members))
            if number == len(self._members):
                self._members.append(wanted)
            return number

    def walk(self, shapes: Ints) -> list[int]:
        """The set after each toggle, from the empty set on; for building, by one thread."""
        after, count, state, states = self._after, self.shapes, 0, []
        for shape in shapes.tolist():
            step = after.get(state * count + shape)
            state = self._step(state, shape) if step is None else step
            states.append(state)
        self._sort_steps()
        return states

    def toggle_each(self, states: npt.NDArray[np.int32], at: Ints, shapes: Ints) -> None:
        """Toggle `shapes[i]` in the set `states[at[i]]`, in place; `at` ascending, repeated for several shapes."""
        if not len(at):
            return
        first = np.flatnonzero(np.concatenate(([True], at[1:] != at[:-1])))
        turn = np.arange(len(at)) - np.repeat(first, np.diff(np.append(first, len(at))))
        for number in range(int(turn.max()) + 1):
            chosen = np.flatnonzero(turn == number)
            states[at[chosen]] = self._toggle(states[at[chosen]], shapes[chosen])

    def contain(self, states: npt.NDArray[np.int32], polygons: Ints) -> npt.NDArray[np.bool_]:
        """Whether polygon `polygons[i]` is in set `states[i]`."""
        return self.contain_shapes(states, self._shape_of[polygons])

    def contain_shapes(self, states: npt.NDArray[np.int32], shapes: Ints) -> npt.NDArray[np.bool_]:
        """Whether shape `shapes[i]` is in set `states[i]`."""
        members = self._members
        pairs = zip(states.tolist(), shapes.tolist(), strict=True)
        return np.fromiter((shape in members[state] for state, shape in pairs), dtype=bool, count=len(states))

    def pairs(self, sets: npt.NDArray[np.int32], threads: int = 1) -> tuple[Ints, Ints]:
        """(position in `sets`, polygon) for every member of every set given, sorted."""
        members = self._flat_members()
        counts = members.counts[sets]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        at, polygons = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.int64)

        def write(start: int) -> None:
            stop = min(start + CHUNK, len(sets))
            begin, end = int(ends[start] - counts[start]), int(ends[stop - 1])
            here = counts[start:stop]
            at[begin:end] = np.repeat(np.arange(start, stop), here)
            shift = members.starts[sets[start:stop]] - (ends[start:stop] - here)
            polygons[begin:end] = members.flat[np.arange(begin, end) + np.repeat(shift, here)]

        starts = range(0, len(sets), CHUNK)
        if threads > 1:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(write, starts))
        else:
            for start in starts:
                write(start)
        return at, polygons

    def _toggle(self, states: npt.NDArray[np.int32], shapes: Ints) -> npt.NDArray[np.int32]:
        keys = states * np.int64(self.shapes) + shapes
        steps = self._steps
        at = np.searchsorted(steps.keys, keys)
        known = at < len(steps.keys)
        known[known] = steps.keys[at[known]] == keys[known]
        if not known.all():
            with self._lock:
                self._learn(np.unique(keys[~known]).tolist())
                steps = self._steps
            at = np.searchsorted(steps.keys, keys)
        return steps.after[at]

    def _learn(self, keys: Iterable[int]) -> None:
        for key in keys:
            if key not in self._after:
                self._step(*divmod(key, self.shapes))
        self._sort_steps()

    def _step(self, state: int, shape: int) -> int:
        """The set with the shape put in or taken out, known from now on both ways."""
        members = tuple(sorted({shape}.symmetric_difference(self._members[state])))
        number = self._numbers.get(members)
        if number is None:
            number = len(self._members)
            self._members.append(members)
            self._numbers[members] = number
        self._after[state * self.shapes + shape] = number
        self._after[number * self.shapes + shape] = state
        return number

    def _sort_steps(self) -> None:
        keys = np.fromiter(self._after.keys(), dtype=np.int64, count=len(self._after))
        after = np.fromiter(self._after.values(), dtype=np.int32, count=len(self._after))
        order = np.argsort(keys)
        self._steps = _Steps(keys[order], after[order])

    def _flat_members(self) -> _Members:
        with self._lock:
            if len(self._flat.counts) != len(self._members):
                known = [self.members(number) for number in range(len(self._members))]
                counts = np.array([len(members) for members in known], dtype=np.int64)
                flat = np.array([polygon for members in known for polygon in members], dtype=np.int32)
                self._flat = _Members(flat, np.cumsum(counts) - counts, counts)
            return self._flat
