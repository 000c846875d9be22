"""Queue a job, claim it, do it, end it. A crash repeats a job and never loses one."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from geo.sentences import said_by, stored
from jobs.errors import AlreadyRunning, JobCancelled
from jobs.models import Job
from jobs.progress import WORKER_LOCK, StoredProgress

Handler = Callable[..., dict[str, Any]]
"""`handler(progress, **arguments)` returns what is stored as the job's result (JSON)."""

MOST_ATTEMPTS = 3
CLAIMED_LATELY = timedelta(seconds=5)
"""Between claiming a job and taking its lock a worker needs a moment."""

logger = logging.getLogger(__name__)


def start_job(kind: str, arguments: dict[str, Any], *, key: str, user: User | None = None) -> Job:
    """Queue work; raises AlreadyRunning (with that job's id) if the same kind and key is unfinished."""
    try:
        with transaction.atomic():
            return Job.objects.create(kind=kind, arguments=arguments, key=key[:200], user=user)
    except IntegrityError:
        running = Job.objects.filter(kind=kind, key=key[:200], state__in=Job.UNFINISHED).first()
        if running is None:  # it ended in this very moment
            return start_job(kind, arguments, key=key, user=user)
        raise AlreadyRunning(running.pk) from None


def cancel_job(job: Job) -> None:
    """Ask a job to stop: at once if it still waits, else when it next says how far it is."""
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED)
    if not waiting.update(state=Job.State.CANCELLED, finished_at=timezone.now()):
        Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(cancel_requested=True)


def run_next(handlers: Mapping[str, Handler]) -> bool:
    """Do the oldest waiting job. False if there is none."""
    _bring_back_lost_jobs()
    job = _claim()
    if job is None:
        return False
    with StoredProgress(job.pk) as progress:
        try:
            if job.kind not in handlers:
                raise LookupError(f"Nothing here does jobs of the kind {job.kind!r}.")
            result = handlers[job.kind](progress, **job.arguments)
        except JobCancelled:
            _end(job, Job.State.CANCELLED)
        except Exception as problem:
            logger.exception("Job %s (%s) failed", job.pk, job.kind)
            _end(job, Job.State.FAILED, error=stored(said_by(problem)))
        else:
            _end(job, Job.State.DONE, result=result)
    return True


@transaction.atomic
def _claim() -> Job | None:
    """SKIP LOCKED: two workers never get the same job and never wait for each other."""
    job = Job.objects.select_for_update(skip_locked=True).filter(state=Job.State.QUEUED).order_by("id").first()
    if job is not None:
        now = timezone.now()
        job.state, job.started_at, job.heartbeat_at = Job.State.RUNNING, now, now
        job.attempts += 1
        job.save(update_fields=["state", "started_at", "heartbeat_at", "attempts"])
    return job


def _end(job: Job, state: Job.State, *, result: dict[str, Any] | None = None, error: Any = "") -> None:
    """Only a running job ends: one that was taken away meanwhile belongs to another worker."""
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts).update(
        state=state, result=result or {}, error=error, finished_at=timezone.now()
    )


@transaction.atomic
def _bring_back_lost_jobs() -> None:
    """Jobs that say they run while no worker holds their lock are queued again."""
    running = Job.objects.select_for_update(skip_locked=True).filter(
        state=Job.State.RUNNING, heartbeat_at__lt=timezone.now() - CLAIMED_LATELY
    )
    for job in running:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [WORKER_LOCK, job.pk])
            [is_lost] = cursor.fetchone()
        if not is_lost:
            continue
        if job.attempts >= MOST_ATTEMPTS:
            _end(job, Job.State.FAILED, error=f"Its worker was lost {MOST_ATTEMPTS} times.")
        else:
            Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
