"""The words of arbitration and the steps of a case. Pure: no Django."""

from enum import StrEnum

from issues.routing.outcomes import Outcome


class Cause(StrEnum):
    """Why a case opened."""

    CONTESTED = "contested"
    GAP = "gap"
    UNCERTAIN = "uncertain"
    HANDED_BACK = "handed_back"


class CaseState(StrEnum):
    """Where a case stands. `open` and `appealed` wait for an arbitrator; `closed` ended without a ruling."""

    OPEN = "open"
    SETTLED = "settled"
    APPEALED = "appealed"
    CLOSED = "closed"

    @property
    def is_live(self) -> bool:
        """Whether an arbitrator still has something to do."""
        return self in (CaseState.OPEN, CaseState.APPEALED)


class Stance(StrEnum):
    """What a body says: the place is its own or not."""

    OURS = "ours"
    NOT_OURS = "not_ours"


class HandBackReason(StrEnum):
    """Why a body gives a report back."""

    NOT_OUR_AREA = "not_our_area"
    NOT_OUR_ASSET = "not_our_asset"
    WRONG_SERVICE = "wrong_service"
    DONE_BY_OTHER = "done_by_other"
    OTHER = "other"


UNDECIDED = frozenset({Outcome.CONTESTED, Outcome.GAP, Outcome.UNCERTAIN})
"""Outcomes that open a case."""
