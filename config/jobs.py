"""What `manage.py work` does: jobs by kind, and duties that come round by the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jobs.progress import Progress
from jobs.services import Handler
from tiles.services import compute_hotspots
from tiles.services.fold_bins import FOLD_FROM
from tiles.services.publish_sensitive import publish_sensitive
from tiles.services.rebuild_bins import keep_bins, rebuild_bins


def _check_topology(progress: Progress, publication: int | None = None, url: str = "") -> dict[str, Any]:
    # Geopandas costs 0.7 s to import: only a worker that has such a job pays.
    from issues.services.record_topology import run_job

    return {"url": url, **run_job(progress, publication)}


def _compare_draft(progress: Progress, **arguments: Any) -> dict[str, Any]:
    from issues.services.publish_draft import compare_job  # as above

    return compare_job(progress, **arguments)


def _publish_draft(progress: Progress, **arguments: Any) -> dict[str, Any]:
    from issues.services.publish_draft import publish_job  # as above

    return publish_job(progress, **arguments)


def _simulate_draft(progress: Progress, **arguments: Any) -> dict[str, Any]:
    from issues.services.simulate_job import run  # as above

    return run(progress, **arguments)


HANDLERS: dict[str, Handler] = {
    "check_topology": _check_topology,
    "compare_draft": _compare_draft,
    "publish_draft": _publish_draft,
    "simulate_draft": _simulate_draft,
    compute_hotspots.KIND: compute_hotspots.run,
}


@dataclass(frozen=True)
class Duty:
    """Something small that is done every so many seconds, by one worker at a time."""

    name: str
    every_s: float
    act: Callable[[], object]


DUTIES: list[Duty] = [
    Duty("bins: fold what waits, if it is much", 5, lambda: keep_bins(least=FOLD_FROM)),
    Duty("bins: fold all, build them where they are missing", 300, keep_bins),
    Duty("bins: recount", 24 * 3600, rebuild_bins),
    Duty("sensitive services: publish finished quarters", 3600, publish_sensitive),
]
