"""How a job says how far it is, and hears that it shall stop."""

import json
import time
from types import TracebackType
from typing import Protocol, Self

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from geo.sentences import stored
from jobs.errors import JobCancelled

WRITE_EVERY_S = 0.5
WORKER_LOCK = 20_261
"""First key of the advisory lock that a worker holds while it does a job; the second is the job's id."""


class Progress(Protocol):
    """`progress(done, total, message)`; `total` 0 while unknown, `message` text or Sentence. Raises JobCancelled."""

    def __call__(self, done: int, total: int = 0, message: object = "") -> None: ...  # noqa: D102


def no_progress(done: int, total: int = 0, message: object = "") -> None:
    """For callers whom nobody watches."""


class StoredProgress:
    """Writes to the job's row over a connection of its own.

    The job's own connection may be in one long transaction, whose writes nobody
    sees before the end. At most two writes a second. The connection also holds the
    lock that says "a worker is on it": PostgreSQL frees it in the moment in which a
    worker dies. (So a worker needs a direct connection, no transaction pooling.)
    """

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        self.connection: BaseDatabaseWrapper = connection.copy()
        self.written_at = 0.0
        self.message: object = ""

    def __enter__(self) -> Self:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [WORKER_LOCK, self.job_id])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def __call__(self, done: int, total: int = 0, message: object = "") -> None:  # noqa: D102 (see Progress)
        now = time.monotonic()
        if now - self.written_at < WRITE_EVERY_S and message == self.message:
            return
        self.written_at, self.message = now, message
        with self.connection.cursor() as cursor:
            cursor.execute(
                "UPDATE jobs_job SET done = %s, total = %s, message = %s::jsonb, heartbeat_at = now()"
                " WHERE id = %s RETURNING cancel_requested OR state <> 'running'",
                [done, total, json.dumps(stored(message)), self.job_id],
            )
            [stop] = cursor.fetchone() or [True]
        if stop:
            raise JobCancelled(self.job_id)
