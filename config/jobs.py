"""What `manage.py work` does: jobs by kind, and duties that come round by the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jobs.progress import Progress
from jobs.services import Handler
from tiles.services import compute_hotspots


def _check_topology(progress: Progress, publication: int | None = None) -> dict[str, Any]:
    # Geopandas costs 0.7 s to import: only a worker that has such a job pays.
    from issues.services.record_topology import run_job

    return run_job(progress, publication)


HANDLERS: dict[str, Handler] = {
    "check_topology": _check_topology,
    compute_hotspots.KIND: compute_hotspots.run,
}


@dataclass(frozen=True)
class Duty:
    """Something small that is done every so many seconds, by one worker at a time."""

    name: str
    every_s: float
    act: Callable[[], object]


DUTIES: list[Duty] = []
