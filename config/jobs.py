"""What `manage.py work` does: jobs by kind, and duties that come round by the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jobs.services import Handler

HANDLERS: dict[str, Handler] = {
    "compare_draft": lambda progress, **arguments: _drafts().compare_job(progress, **arguments),
    "watch_topology": lambda progress, **arguments: _topology().watch_topology(progress, **arguments),
    "publish_draft": lambda progress, **arguments: _drafts().publish_job(progress, **arguments),
}


def _drafts() -> Any:
    from issues.services import publish_draft  # geopandas costs 0.7 s to import, which other work must not pay

    return publish_draft


def _topology() -> Any:
    from issues.services import watch_topology  # as above

    return watch_topology


@dataclass(frozen=True)
class Duty:
    """Something small that is done every so many seconds, by one worker at a time."""

    name: str
    every_s: float
    act: Callable[[], object]


DUTIES: list[Duty] = []
