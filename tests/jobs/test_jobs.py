"""Long work: queued once, done once, watched, stopped, and never lost with its worker."""

import threading
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.utils import timezone

from config import jobs as registry
from config.jobs import Duty
from jobs.errors import AlreadyRunning
from jobs.models import Job
from jobs.progress import Progress, StoredProgress
from jobs.services import CLAIMED_LATELY, MOST_ATTEMPTS, cancel_job, run_next, start_job

pytestmark = pytest.mark.django_db(transaction=True)


def _count(progress: Progress, upto: int) -> dict[str, Any]:
    for number in range(upto):
        progress(number, upto, f"step {number}")
    return {"counted": upto}


def test_a_job_is_done_and_keeps_its_result() -> None:
    job = start_job("count", {"upto": 3}, key="a")
    assert run_next({"count": _count})
    job.refresh_from_db()
    assert (job.state, job.result, job.done, job.total) == ("done", {"counted": 3}, 2, 3)
    assert not run_next({"count": _count})


def test_the_same_work_is_not_queued_twice_until_it_has_ended() -> None:
    job = start_job("count", {"upto": 1}, key="a")
    start_job("count", {"upto": 1}, key="another")
    with pytest.raises(AlreadyRunning) as refused:
        start_job("count", {"upto": 1}, key="a")
    assert refused.value.job_id == job.pk
    while run_next({"count": _count}):
        pass
    start_job("count", {"upto": 1}, key="a")


def test_a_waiting_job_is_cancelled_at_once_and_never_runs() -> None:
    job = start_job("count", {"upto": 1}, key="a")
    cancel_job(job)
    assert not run_next({"count": _count})
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_running_job_stops_when_it_next_says_how_far_it_is_and_its_writes_are_undone() -> None:
    job = start_job("write", {}, key="a")

    def write_then_report(progress: Progress) -> dict[str, Any]:
        with transaction.atomic():
            start_job("left over", {}, key="b")
            cancel_job(job)  # by its own transaction: seen by the progress connection only once committed
        progress(1, 2, "after the request")
        raise AssertionError("went on although it was asked to stop")

    run_next({"write": write_then_report})
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_progress_is_seen_while_the_job_is_inside_its_transaction() -> None:
    job = start_job("slow", {}, key="a")
    seen: list[tuple[int, str]] = []

    def in_one_transaction(progress: Progress) -> dict[str, Any]:
        with transaction.atomic():
            progress(7, 10, "half way")
            watcher = threading.Thread(target=_look, args=(job.pk, seen))
            watcher.start()
            watcher.join()
        return {}

    run_next({"slow": in_one_transaction})
    assert seen == [(7, "half way")]


def _look(job_id: int, seen: list[tuple[int, str]]) -> None:
    try:
        seen.append(Job.objects.values_list("done", "message").get(pk=job_id))
    finally:
        connections.close_all()


def test_a_failure_is_told_in_its_own_words() -> None:
    job = start_job("fail", {}, key="a")

    def fail(progress: Progress) -> dict[str, Any]:
        raise ValueError("The file holds no polygons.")

    run_next({"fail": fail})
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "The file holds no polygons.")


def test_a_kind_that_nobody_knows_fails_and_holds_nothing_up() -> None:
    job = start_job("unheard-of", {}, key="a")
    assert run_next({})
    job.refresh_from_db()
    assert job.state == "failed"


def test_a_job_whose_worker_died_is_done_by_the_next_one() -> None:
    job = start_job("count", {"upto": 1}, key="a")
    _as_if_claimed_before(job)
    assert run_next({"count": _count})
    job.refresh_from_db()
    assert job.state == "done"


def test_a_job_whose_worker_lives_is_left_alone_however_long_it_is_silent() -> None:
    job = start_job("count", {"upto": 1}, key="a")
    _as_if_claimed_before(job)
    with StoredProgress(job.pk):
        assert not run_next({"count": _count})
    job.refresh_from_db()
    assert job.state == "running"


def test_a_job_that_kills_its_workers_is_given_up() -> None:
    job = start_job("count", {"upto": 1}, key="a")
    _as_if_claimed_before(job, attempts=MOST_ATTEMPTS)
    assert not run_next({"count": _count})
    job.refresh_from_db()
    assert job.state == "failed" and "worker was lost" in job.error


def _as_if_claimed_before(job: Job, attempts: int = 1) -> None:
    long_ago = timezone.now() - 2 * CLAIMED_LATELY
    Job.objects.filter(pk=job.pk).update(state="running", heartbeat_at=long_ago, attempts=attempts)


def test_two_workers_never_do_the_same_job() -> None:
    for number in range(20):
        start_job("note", {"number": number}, key=str(number))
    done: list[int] = []

    def note(progress: Progress, number: int) -> dict[str, Any]:
        done.append(number)
        return {}

    def work() -> None:
        try:
            while run_next({"note": note}):
                pass
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(done) == list(range(20))


def test_the_worker_does_queued_jobs_and_its_duties(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[str] = []
    monkeypatch.setattr("config.management.commands.work.HANDLERS", {"count": _count})
    monkeypatch.setattr("config.management.commands.work.DUTIES", [Duty("note", 60, lambda: rounds.append("was here"))])
    job = start_job("count", {"upto": 2}, key="a")
    call_command("work", once=True)
    job.refresh_from_db()
    assert job.state == "done" and rounds == ["was here"]


def test_every_registered_name_fits_the_column() -> None:
    longest = Job._meta.get_field("kind").max_length
    assert all(len(name) <= (longest or 0) for name in registry.HANDLERS)
    assert connection.vendor == "postgresql"
