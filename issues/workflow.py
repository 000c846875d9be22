"""The life of a report: one table of states and of the steps between them.

Pure: no Django. `issues.services.transition` applies it.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a report stands. `status` is what Open311 and the public call open or closed."""

    SUBMITTED = "submitted"
    PUBLISHED = "published"
    ACCEPTED = "accepted"
    FIXED = "fixed"
    REFUSED = "refused"

    @property
    def status(self) -> str:
        """`open` while somebody still has something to do, else `closed`."""
        return "closed" if self in (State.FIXED, State.REFUSED) else "open"

    @property
    def shows_text_and_photo(self) -> bool:
        """Free text and photos are public once staff have looked at them."""
        return self in (State.PUBLISHED, State.ACCEPTED, State.FIXED)


STEPS: dict[State, frozenset[State]] = {
    State.SUBMITTED: frozenset({State.PUBLISHED, State.REFUSED}),
    State.PUBLISHED: frozenset({State.ACCEPTED, State.FIXED, State.REFUSED}),
    State.ACCEPTED: frozenset({State.FIXED, State.REFUSED}),
    State.FIXED: frozenset(),
    State.REFUSED: frozenset(),
}
"""From each state to those that may follow. Dispute and reopening are still to come."""


def may_step(before: State, after: State) -> bool:
    """Whether a report may go from `before` to `after`."""
    return after in STEPS[before]


def when_moved_to_another_body(state: State) -> State:
    """The state of a report that another body has from now on: what the first one accepted, the next has not."""
    return State.PUBLISHED if state is State.ACCEPTED else state
