"""The reports of a planner's area, read once: its figures, bars, kinds and cells are sums of the same facts."""

from collections import OrderedDict
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from geo.binary_rows import binary_rows
from issues.selectors.planner import PlannerFilter
from tiles.binning import FACT, IN_TIME, LEAF_LEVEL
from tiles.rules import fact_parameters
from tiles.selectors.tallies import Tally
from tiles.selectors.versions import DataVersion
from tiles.statements import statement

KEPT_AREAS = 4
"""Of 28 bytes a report: a page asks several times, and the map with each move."""

_kept: OrderedDict[str, NDArray[np.void]] = OrderedDict()
_lock = Lock()


def area_facts(wanted: PlannerFilter, version: DataVersion) -> NDArray[np.void]:
    """The filter's reports in its area as `FACT`, cells of `LEAF_LEVEL`; kept while `version` stays."""
    asked = wanted.parameters()
    key = repr((version, sorted(asked.items())))
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    rows = binary_rows(statement("area_facts.sql"), {**fact_parameters(2**LEAF_LEVEL), **asked})
    facts = np.frombuffer(b"".join(packed or b"" for [packed] in rows), dtype=FACT)
    with _lock:
        _kept[key] = facts
        while len(_kept) > KEPT_AREAS:
            _kept.popitem(last=False)
    return facts


def tally_of(facts: NDArray[np.void]) -> Tally:
    """Facts as a tally by day; each counts one."""
    day, service, body, kind = (facts[name].astype(np.int64) for name in ("day", "service", "body", "class"))
    return Tally(day, service, body, kind % IN_TIME, kind // IN_TIME, np.ones(len(facts), dtype=np.int64))
