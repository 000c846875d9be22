"""Facets of bins as arrays by id. They are never changed, so each process keeps those it has seen."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiles.binning import IN_TIME
from tiles.models import Facet
from tiles.rules import ALL_STATES

STATE_CODES = {state: code for code, state in enumerate(ALL_STATES, start=1)}


@dataclass(frozen=True)
class Facets:
    """`service`, `body`, `state` (its place in ALL_STATES from 1, 0 unknown), `days_class`, `in_time`: by facet id."""

    service: NDArray[np.int64]
    body: NDArray[np.int64]
    state: NDArray[np.int64]
    days_class: NDArray[np.int64]
    in_time: NDArray[np.int64]

    def asked(self, asked: Mapping[str, Any]) -> NDArray[np.bool_]:
        """For each facet id, whether a question counts it, days aside."""
        return is_asked(self.service, self.body, self.state, asked)


def is_asked(
    service: NDArray[Any], body: NDArray[Any], state: NDArray[Any], asked: Mapping[str, Any]
) -> NDArray[np.bool_]:
    """Which of these reports a question counts, days aside."""
    wanted = np.isin(state, [STATE_CODES[name] for name in asked["states"]])
    wanted &= ~np.isin(service, _array(asked["private_ids"]))
    if asked["service_ids"] is not None:
        wanted &= np.isin(service, _array(asked["service_ids"]))
    if asked["body_ids"] is not None:
        wanted &= np.isin(body, _array(asked["body_ids"]))
    return wanted


_EMPTY = np.zeros(0, dtype=np.int64)
_kept = Facets(_EMPTY, _EMPTY, _EMPTY, _EMPTY, _EMPTY)


def facets_up_to(highest: int) -> Facets:
    """All facets, at least up to the id `highest`."""
    global _kept
    if highest < len(_kept.service):
        return _kept
    known = len(_kept.service)
    rows = np.array(
        [
            (pk, service, body, STATE_CODES.get(state, 0), days % IN_TIME, days // IN_TIME)
            for pk, service, body, state, days in Facet.objects.filter(pk__gte=known).values_list(
                "pk", "service_id", "body_id", "state", "days_class"
            )
        ],
        dtype=np.int64,
    ).reshape(-1, 6)
    # Another transaction may have written lower ids than the highest seen and commit later: keep to `highest`.
    rows = rows[rows[:, 0] <= highest]
    wider = [np.concatenate([column, np.zeros(highest + 1 - known, dtype=np.int64)]) for column in vars(_kept).values()]
    for column, values in zip(wider, rows[:, 1:].T, strict=True):
        column[rows[:, 0]] = values
    _kept = Facets(*wider)
    return _kept


def _array(ids: Collection[int]) -> NDArray[np.int64]:
    return np.fromiter(ids, dtype=np.int64, count=len(ids))
