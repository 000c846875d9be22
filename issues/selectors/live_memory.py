"""What this process remembers of the settled answers, kept up to date.

The answers are replayed at the first question; then each question reads, by one
statement, what was settled or taken back since, and learns it. No row is missed
whatever the order of commits (`memory_changes.sql`), so all processes remember
the same. What this transaction itself has written counts for it alone.
"""

import json
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from django.db import DatabaseError, connection

from geo import sql
from issues.memory.remembering import Remembering
from issues.memory.voting import Asked, MemoryEvidence, Vote

log = logging.getLogger(__name__)

CHANGES_SQL = Path(__file__).parent.parent / "sql" / "memory_changes.sql"

MOST = 10_000
"""The newest so many answers are read at the start, and at most twice as many remembered.

As many as confidence is learned from; with New York's 17 layers 6 s of processor and 200 MB in each process.
"""

REPLAY_FROM = 1_000
"""From so many new answers on, replaying all is faster than learning one by one."""


@dataclass(frozen=True)
class _Change:
    """An answer that was settled or withdrawn. `vote` is None in a row that says: read all again."""

    vote: Vote | None
    is_withdrawn: bool
    is_own: bool


@dataclass(frozen=True)
class _Found:
    """What one statement saw. Columns as in `memory_changes.sql`, changes oldest first."""

    oldest: int
    own: int | None
    file: str
    changes: list[_Change]


class LiveMemory:
    """The memory of one process; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file, self._since = "", 0
        self._remembering: Remembering | None = None

    def ask(self, asked: Asked, except_id: int | None = None) -> MemoryEvidence | None:
        """What the answers say that this transaction sees; questions of that moment or later do not vote.

        The report `except_id` never votes on itself.
        """
        with self._lock:
            remembering = self._now()
            if remembering:
                remembering = _changed(remembering, [], remembering.answers_of(except_id, asked.moment))
            return remembering.ask(asked) if remembering else None

    def warm_up(self) -> None:
        """Remember all that is settled by now, so that no question waits for the replay. For a thread of its own."""
        try:
            self.votes()
        except DatabaseError:
            log.warning("The memory could not be read at the start: the first question reads it.", exc_info=True)
        finally:
            connection.close()

    def votes(self) -> list[Vote]:
        """The answers that may vote, in the order in which they became known."""
        with self._lock:
            remembering = self._now()
            return list(remembering.votes) if remembering else []

    def _now(self) -> Remembering | None:
        if self._since:
            found = _read(self._since)
            if self._goes_on(found):
                return self._follow(found)
        found = _read_committed()
        votes = [change.vote for change in found.changes if change.vote]
        self._file, self._since, self._remembering = found.file, found.oldest, Remembering(votes) if votes else None
        return self._follow(_read(self._since))

    def _goes_on(self, found: _Found) -> bool:
        """Whether the changes can be learned; otherwise all is read again."""
        return (
            found.file == self._file
            and len(found.changes) < REPLAY_FROM
            and len(self._remembering or ()) <= 2 * MOST
            and all(change.vote for change in found.changes)
        )

    def _follow(self, found: _Found) -> Remembering | None:
        own = [change for change in found.changes if change.is_own]
        others = [change for change in found.changes if not change.is_own]
        self._remembering = _after(self._remembering, others)
        if not own:  # those hide what others wrote there before: it is read again once this transaction is over
            self._since = found.oldest
        return _after(self._remembering, own)


def _read(since: int) -> _Found:
    rows = sql.rows(CHANGES_SQL, {"since": since, "most": REPLAY_FROM if since else MOST})
    oldest, own, file = rows[0][:3]
    return _Found(oldest, own, file, [_change(row[3:], own) for row in reversed(rows) if row[3] is not None])


def _read_committed() -> _Found:
    """All answers, as if this transaction had not begun: what it has written hides what it wrote over."""
    found = _read(0)
    if found.own is None:
        return found
    with ThreadPoolExecutor(1) as other:  # a thread has a connection of its own
        return other.submit(_read_and_close).result()


def _read_and_close() -> _Found:
    try:
        return _read(0)
    finally:
        connection.close()


def _change(row: Sequence[Any], own: int | None) -> _Change:
    answer, report, is_withdrawn, changed_in, body, x_m, y_m, asked_at, group, service, areas = row
    is_own = own is not None and changed_in == own
    if report is None:
        return _Change(None, is_withdrawn, is_own)
    asked = Asked(x_m, y_m, moment_of(asked_at), (group, service), by_layer(areas))
    return _Change(Vote(body, asked, answer, report), is_withdrawn, is_own)


def _after(remembering: Remembering | None, changes: Sequence[_Change]) -> Remembering | None:
    """The same after `changes`; the same object if they say nothing new."""
    known = remembering.answer_ids if remembering else set()
    votes = [(change.vote, change.is_withdrawn) for change in changes if change.vote]
    gone = {vote.answer_id for vote, is_withdrawn in votes if is_withdrawn} & known
    new = [vote for vote, is_withdrawn in votes if not is_withdrawn and vote.answer_id not in known]
    return _changed(remembering, new, gone)


def _changed(remembering: Remembering | None, new: Sequence[Vote], gone: set[int]) -> Remembering | None:
    if not new and not gone:
        return remembering
    kept = len(remembering or ()) - len(gone)
    if remembering is None or not kept or not remembering.has_layers_of(new):
        stays = [vote for vote in (remembering.votes if remembering else []) if vote.answer_id not in gone]
        return Remembering([*stays, *new]) if stays or new else None
    other = remembering.copied()
    other.forget(gone)
    for vote in new:
        other.learn(vote)
    return other


def moment_of(at: datetime) -> np.datetime64:
    """The moment in UTC, as the memory reads it."""
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")


def by_layer(areas: str) -> dict[int, int]:
    """Jurisdiction by layer, from the JSON text that a plain cursor gives."""
    return {int(layer): jurisdiction for layer, jurisdiction in json.loads(areas).items()}


live_memory = LiveMemory()
"""That of this process."""
