"""From the rows of a file to what would have been decided, and what it was worth."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from issues.backtest.baseline import majority_so_far
from issues.backtest.reading import PastReports
from issues.errors import HistoryInvalid
from issues.memory.calibration import Flags
from issues.memory.foretelling import Advance, foretell
from issues.memory.history import Floats, History, Integers, kinds_of, known_before, parts_of_week


@dataclass(frozen=True)
class Clues:
    """What the loaded city says of each report; empty for an empty city.

    `columns` are (n,) numbers by name, -1 for unknown. `routed_names`: for each
    report the names under which the routed body may stand in the truth column.
    """

    columns: dict[str, Integers] = field(default_factory=dict)
    routed_names: Sequence[Sequence[str]] | None = None
    notes: tuple[str, ...] = ()
    summary: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Replay:
    """Every report of a history with what would have been decided.

    (n,) arrays: `truth`, `foretold` and `baseline` are numbers of `bodies`, -1
    for none; `assured` is the precision that could be promised; `measured`
    marks the reports that the figures are made of.
    """

    reports: PastReports
    points_m: Floats
    bodies: list[str]
    truth: Integers
    foretold: Integers
    baseline: Integers
    confidence: Floats
    assured: Floats
    automatic: Flags
    measured: Flags
    system: str

    @property
    def right(self) -> Flags:
        """(n,) where the foretold body is the true one."""
        right: Flags = self.foretold == self.truth
        return right


def replay(
    reports: PastReports,
    points_m: Floats,
    system: str,
    *,
    clues: Clues | None = None,
    train_until: np.datetime64 | None = None,
    target: float = 0.97,
    advance: Advance = lambda done, total: None,
) -> Replay:
    """Decide every report with what was known before it, then let it be known.

    Raises
    ------
    HistoryInvalid
        `train_until` without times, or with no report after it.
    """
    measured = measured_after(reports, train_until)
    history, bodies = history_of(reports, points_m, clues or Clues())
    foretold = foretell(history, advance)
    return Replay(
        reports,
        points_m,
        bodies,
        history.bodies,
        foretold.body,
        majority_so_far(history),
        foretold.confidence,
        foretold.assured,
        foretold.assured >= target,
        measured,
        system,
    )


def measured_after(reports: PastReports, train_until: np.datetime64 | None) -> Flags:
    """(n,) the reports from `train_until` on; all without it."""
    if train_until is None:
        return np.ones(len(reports), dtype=bool)
    if reports.moment is None:
        raise HistoryInvalid("--train-until needs a column of time: name it with --time.")
    measured = np.asarray(reports.moment >= train_until)
    if not measured.any():
        last = np.datetime_as_string(reports.moment[-1], unit="D")
        raise HistoryInvalid(f"No report lies after --train-until: the last one is of {last}. Choose an earlier day.")
    return measured


def history_of(reports: PastReports, points_m: Floats, clues: Clues) -> tuple[History, list[str]]:
    """The history as numbers, and the names of its bodies in the order of their first answer."""
    n = len(reports)
    numbers, names = pd.factorize(reports.truth)
    bodies = [str(name) for name in names]
    if reports.moment is None:
        known, days = np.arange(n), np.zeros(n)
    else:
        known = known_before(reports.moment)
        days = (reports.moment - reports.moment[0]) / np.timedelta64(1, "D")
    kinds = kinds_of([service.astype(str) for service in reports.services], n)
    clues_known = list(clues.columns.values())
    if reports.moment is not None:
        clues_known.append(parts_of_week(reports.moment))
    return (
        History(
            points_m,
            np.asarray(days, dtype=float),
            known.astype(np.int64),
            kinds,
            numbers.astype(np.int64),
            len(bodies),
            tuple(clues_known),
            _named(clues.routed_names, bodies),
        ),
        bodies,
    )


def _named(routed_names: Sequence[Sequence[str]] | None, bodies: list[str]) -> Integers | None:
    """For each report the body whose label is one of the routed body's names, -1 for none."""
    if routed_names is None:
        return None
    by_name = {plain(name): number for number, name in reversed(list(enumerate(bodies)))}
    found: NDArray[np.int64] = np.full(len(routed_names), -1, dtype=np.int64)
    cache: dict[tuple[str, ...], int] = {}
    for row, names in enumerate(routed_names):
        key = tuple(names)
        if key not in cache:
            cache[key] = next((by_name[plain(name)] for name in key if plain(name) in by_name), -1)
        found[row] = cache[key]
    return found


def plain(name: str) -> str:
    """A name without case, spaces and punctuation, to compare."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())
