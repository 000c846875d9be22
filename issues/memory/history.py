"""A history of answered reports as arrays, in the order in which the answers became known."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class History:
    """n reports in order of time, each with the body that answered for it.

    Parameters
    ----------
    points_m
        (n, 2) x and y in metres.
    days
        (n,) days since the first report, never falling.
    known
        (n,) how many answers were known when the report was made: those of
        strictly earlier moments. Reports of one moment do not know each other.
    kinds
        One (n,) array of numbers from 0 for each level of detail, coarse to
        fine: the first says nothing (all 0), the last is the finest kind.
    bodies
        (n,) the number of the body that answered, from 0.
    body_count
        How many bodies there are in the whole history. Never used as a clue.
    clues
        Further (n,) arrays of numbers known when a report is made, -1 for
        unknown: the areas that cover the place, what the router said, the
        part of the week.
    named
        (n,) the body whose name the router said word for word, -1 for none.
    """

    points_m: Floats
    days: Floats
    known: Integers
    kinds: tuple[Integers, ...]
    bodies: Integers
    body_count: int
    clues: tuple[Integers, ...] = ()
    named: Integers | None = field(default=None)

    def __len__(self) -> int:
        return len(self.bodies)


def known_before(moments: NDArray[np.generic]) -> Integers:
    """How many of the sorted `moments` are strictly earlier than each."""
    return np.searchsorted(moments, moments, side="left").astype(np.int64)


def parts_of_week(moments: NDArray[np.datetime64]) -> Integers:
    """0…7 for each moment: working days or weekend, and which quarter of the day.

    Some bodies answer only then. In UTC where the file says so: the parts are
    shifted, but the same for all.
    """
    day = moments.astype("datetime64[D]")
    quarter = (moments - day) // np.timedelta64(6, "h")
    weekend = (day.astype(np.int64) + 3) % 7 >= 5  # 1 January 1970 was a Thursday
    found: Integers = (weekend * 4 + quarter).astype(np.int64)
    return found


def kinds_of(columns: list[NDArray[np.generic]], n: int) -> tuple[Integers, ...]:
    """Levels of kinds from columns, coarse to fine: nothing, the first, the first two and so on."""
    levels = [np.zeros(n, dtype=np.int64)]
    for column in columns:
        _, numbers = np.unique(column, return_inverse=True)
        combined = levels[-1] * (int(numbers.max(initial=0)) + 1) + numbers
        levels.append(np.unique(combined, return_inverse=True)[1].astype(np.int64))
    return tuple(levels)
