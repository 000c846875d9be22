"""Hotspots as background work: a job, one at a time, and the command."""

import threading
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connections

from config.jobs import HANDLERS
from jobs.errors import JobCancelled
from jobs.services import cancel_job, run_next, start_job
from tests.tiles.hot_reports import gather, question
from tests.toytown import Toytown
from tiles.errors import HotspotsRunning
from tiles.models import HotspotLayer
from tiles.services.compute_hotspots import KIND, compute_hotspots


@pytest.mark.django_db(transaction=True)
def test_a_job_computes_and_publishes_and_says_where(toytown: Toytown) -> None:
    gather(toytown, "litter", 40, range(56))
    user = User.objects.create_user("planner")
    asked = question()
    job = start_job(KIND, {**asked.texts(), "publish": True, "user_id": user.pk}, key=asked.canonical())
    assert run_next(HANDLERS)
    job.refresh_from_db()
    layer = HotspotLayer.objects.get()
    assert (job.state, job.error) == ("done", "")
    assert job.result == {"layer": layer.pk, "url": f"/planner/?view=hotspots&hotspots={layer.pk}"}
    assert (layer.status, layer.computed_by, layer.published_by) == ("published", user, user)


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_job_leaves_nothing(toytown: Toytown) -> None:
    gather(toytown, "litter", 40, range(56))
    asked = question()
    job = start_job(KIND, asked.texts(), key=asked.canonical())

    def stopped_half_way(progress: Any, **arguments: Any) -> dict[str, Any]:
        def told(done: int, total: int = 0, message: str = "") -> None:
            if done:
                cancel_job(job)
            progress(done, total, message)

        return HANDLERS[KIND](told, **arguments)

    with patch("jobs.services.StoredProgress.__call__", side_effect=JobCancelled):
        assert run_next({KIND: stopped_half_way})
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert not HotspotLayer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_question_is_not_computed_twice_at_once(toytown: Toytown) -> None:
    started, go_on, refused = threading.Event(), threading.Event(), []

    def first() -> None:
        def wait(done: int, total: int = 0, message: str = "") -> None:
            started.set()
            go_on.wait(20)

        compute_hotspots(question(), progress=wait)
        connections.close_all()

    worker = threading.Thread(target=first)
    worker.start()
    assert started.wait(20)
    try:
        compute_hotspots(question())
    except HotspotsRunning as refusal:
        refused.append(refusal)
    go_on.set()
    worker.join()
    assert refused and HotspotLayer.objects.count() == 1


def test_the_command_computes_publishes_and_counts(littered: Toytown, capsys: pytest.CaptureFixture[str]) -> None:
    days = ["--since=2026-04-06", "--until=2026-05-31", "--services=litter"]
    call_command("compute_hotspots", *days, "--cell=square", "--size-m=100", "--publish")
    said = capsys.readouterr().out
    assert "100 reports" in said and "persistent" in said and "published" in said
    with pytest.raises(CommandError, match="YYYY-MM-DD"):
        call_command("compute_hotspots", "--until=yesterday")
