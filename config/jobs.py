"""What `manage.py work` does: jobs by kind, and duties that come round by the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jobs.progress import Progress
from jobs.services import Handler
from tiles.services import compute_hotspots


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


HANDLERS: dict[str, Handler] = {
    "check_topology": _check_topology,
    "compare_draft": _compare_draft,
    "publish_draft": _publish_draft,
    compute_hotspots.KIND: compute_hotspots.run,
}


@dataclass(frozen=True)
class Duty:
    """Something small that is done every so many seconds, by one worker at a time."""

    name: str
    every_s: float
    act: Callable[[], object]


DUTIES: list[Duty] = []
