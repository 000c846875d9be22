"""What `manage.py work` does: jobs by kind, and duties that come round by the clock."""

from collections.abc import Callable
from dataclasses import dataclass

from jobs.services import Handler

HANDLERS: dict[str, Handler] = {}


@dataclass(frozen=True)
class Duty:
    """Something small that is done every so many seconds, by one worker at a time."""

    name: str
    every_s: float
    act: Callable[[], object]


DUTIES: list[Duty] = []
